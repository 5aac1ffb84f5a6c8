/*
 * See files.h. The new content is written beside the file and renamed over it, so that two programs that end
 * at the same time cannot mix their words.
 */
#include "data/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_PATH_MAX = 4096 };

static bool xdg_directory(const char *variable, const char *below_home, struct buf *out)
{
    const char *base = getenv(variable);
    const char *home = getenv("HOME");
    if (base && base[0] == '/')
        buf_printf(out, "%s/executor-runs", base);
    else if (home && home[0])
        buf_printf(out, "%s/%s/executor-runs", home, below_home);
    else
        return false;
    return true;
}

static bool xdg_path(const char *variable, const char *below_home, const char *name, struct buf *out)
{
    bool is_known = xdg_directory(variable, below_home, out);
    if (is_known)
        buf_printf(out, "/%s", name);
    return is_known;
}

bool files_config_path(const char *name, struct buf *out)
{
    return xdg_path("XDG_CONFIG_HOME", ".config", name, out);
}

bool files_state_path(const char *name, struct buf *out)
{
    return xdg_path("XDG_STATE_HOME", ".local/state", name, out);
}

bool files_data_path(const char *name, struct buf *out)
{
    return xdg_path("XDG_DATA_HOME", ".local/share", name, out);
}

bool files_cache_directory(struct buf *out)
{
    return xdg_directory("XDG_CACHE_HOME", ".cache", out);
}

static enum err_code fail(const char *path, const char *what, struct err *err)
{
    enum err_code code = errno == ENOENT                     ? ERR_NOT_FOUND
                         : errno == EACCES || errno == EPERM ? ERR_DENIED
                                                             : ERR_IO;
    return err_set(err, code, "%s: cannot %s: %s", path, what, strerror(errno));
}

static enum err_code read_all(int fd, const char *path, struct buf *out, struct err *err)
{
    char chunk[4096];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EAGAIN)
            poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1); /* a pipe that somebody writes to */
        else if (n < 0 && errno != EINTR)
            return fail(path, "read", err);
        if (n < 0)
            continue;
        if (n == 0)
            return ERR_OK;
        buf_add(out, chunk, (size_t)n);
        if (buf_is_cut(out))
            return err_set(err, ERR_TOO_BIG, "%s: larger than %zu bytes", path, out->limit);
    }
}

enum err_code files_read(const char *path, struct buf *out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(path, "open", err);
    enum err_code code = read_all(fd, path, out, err);
    close(fd);
    return code;
}

enum err_code files_make_directories(const char *path, struct err *err)
{
    char directory[FILES_PATH_MAX];
    snprintf(directory, sizeof directory, "%s", path);
    for (char *at = strchr(directory + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(directory, 0700) < 0 && errno != EEXIST)
            return fail(directory, "make", err);
        *at = '/';
    }
    return ERR_OK;
}

static bool write_all(int fd, struct text content)
{
    for (size_t at = 0; at < content.n;) {
        ssize_t n = write(fd, content.s + at, content.n - at);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    return fsync(fd) == 0;
}

static enum err_code write_beside(const char *beside, int fd, struct text content, struct err *err)
{
    bool is_written = write_all(fd, content);
    int why = errno;
    if (close(fd) == 0 && is_written)
        return ERR_OK;
    if (!is_written)
        errno = why;
    return fail(beside, "write", err);
}

enum err_code files_replace(const char *path, struct text content, struct err *err)
{
    char beside[FILES_PATH_MAX];
    if (snprintf(beside, sizeof beside, "%s.XXXXXX", path) >= (int)sizeof beside)
        return err_set(err, ERR_TOO_BIG, "%.80s…: the path is too long", path);
    enum err_code code = files_make_directories(path, err);
    if (code)
        return code;
    int fd = mkostemp(beside, O_CLOEXEC); /* 0600 */
    if (fd < 0)
        return fail(path, "write beside", err);
    code = write_beside(beside, fd, content, err);
    if (!code && rename(beside, path) < 0)
        code = fail(path, "replace", err);
    if (code)
        unlink(beside);
    return code;
}
