/*
 * A secret from a file: a plain file of ours that nobody else can read. A pipe that never ends, or a device, would hold up whoever asks.
 */
#include "data/http/http_auth_int.h"

#include "data/base/die.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void secret_free(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

static enum err_code cannot_read(const char *path, struct err *err)
{
    enum err_code code = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND
                         : errno == EACCES || errno == EPERM ? ERR_DENIED
                                                             : ERR_IO;
    return err_set(err, code, "cannot read %s: %s", path, strerror(errno));
}

static enum err_code check(const struct secret_file *file, const struct stat *about, struct err *err)
{
    if (!S_ISREG(about->st_mode)) {
        err_set(err, ERR_IO, "%s is not a plain file", file->path);
        return err_hint(err, "A secret is read from a plain file; what a program prints: token_command.");
    }
    if (file->must_be_private && (about->st_mode & 077)) {
        err_set(err, ERR_DENIED, "%s holds a secret, and others can read it", file->path);
        return err_hint(err, "chmod 600 %s", file->path);
    }
    if ((uintmax_t)about->st_size > file->max)
        return err_set(err, ERR_TOO_BIG, "%s has %lld bytes, more than a file of secrets may have (%zu)",
                       file->path, (long long)about->st_size, file->max);
    return ERR_OK;
}

/* At most max bytes: what the file grows by meanwhile is not looked at. */
static enum err_code read_all(int fd, const struct secret_file *file, char **text, struct err *err)
{
    char *bytes = mem_new_array(file->max + 1, 1);
    size_t n = 0;
    ssize_t got;
    while ((got = read(fd, bytes + n, file->max - n)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            enum err_code code = cannot_read(file->path, err);
            explicit_bzero(bytes, n);
            free(bytes);
            return code;
        }
        n += (size_t)got;
    }
    *text = bytes;
    return ERR_OK;
}

enum err_code secret_read_file(const struct secret_file *file, char **text, struct err *err)
{
    struct stat about;
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return cannot_read(file->path, err);
    enum err_code code = fstat(fd, &about) ? cannot_read(file->path, err) : check(file, &about, err);
    if (code == ERR_OK)
        code = read_all(fd, file, text, err);
    close(fd);
    return code;
}
