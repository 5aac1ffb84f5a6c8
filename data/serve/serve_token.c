/*
 * See serve_token.h.
 */
#include "data/serve/serve_token.h"

#include "data/base/trim.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_READ_MAX = 4096 };

static enum err_code cannot_read(const char *path, int why, struct err *err)
{
    err_set(err,
            why == ENOENT   ? ERR_NOT_FOUND
            : why == EACCES ? ERR_DENIED
                            : ERR_IO,
            "cannot read the token file %s: %s", path, strerror(why));
    return err_hint(err, "A token is a line of at least %d characters: (umask 077; openssl rand -hex 32 >%s)",
                    SERVE_TOKEN_MIN, path);
}

/* At most as much as a token and its blanks can be. */
static ssize_t read_start(int fd, char *bytes, size_t size)
{
    size_t n = 0;
    while (n < size) {
        ssize_t more = read(fd, bytes + n, size - n);
        if (more < 0 && errno == EINTR)
            continue;
        if (more < 0)
            return -1;
        if (!more)
            break;
        n += (size_t)more;
    }
    return (ssize_t)n;
}

static struct text first_line(const char *bytes, size_t n)
{
    const char *end = memchr(bytes, '\n', n);
    struct text line = {bytes, end ? (size_t)(end - bytes) : n};
    return text_trim(line, TEXT_LIT(" \t\r\0"));
}

static enum err_code take_token(const char *path, struct text line, struct serve_token *token,
                                struct err *err)
{
    if (line.n < SERVE_TOKEN_MIN || line.n > SERVE_TOKEN_MAX) {
        err_set(err, ERR_USAGE, "the first line of the token file %s is %s", path,
                line.n < SERVE_TOKEN_MIN ? "too short for a token" : "too long for a token");
        return err_hint(err, "%d to %d characters: (umask 077; openssl rand -hex 32 >%s)", SERVE_TOKEN_MIN,
                        SERVE_TOKEN_MAX, path);
    }
    for (size_t i = 0; i < line.n; i++)
        if (line.s[i] <= ' ' || line.s[i] > '~')
            return err_set(err, ERR_USAGE, "the token in %s holds a blank or a character that is not ASCII",
                           path);
    memcpy(token->text, line.s, line.n);
    token->text[line.n] = '\0';
    token->n = line.n;
    return ERR_OK;
}

static enum err_code read_open(const char *path, int fd, struct serve_token *token, struct err *err)
{
    struct stat stat;
    if (fstat(fd, &stat) < 0)
        return cannot_read(path, errno, err);
    if (stat.st_mode & S_IRWXO) {
        err_set(err, ERR_DENIED, "everybody on this machine can read the token file %s", path);
        return err_hint(err, "chmod 600 %s", path);
    }
    char bytes[FILE_READ_MAX];
    ssize_t n = read_start(fd, bytes, sizeof bytes);
    enum err_code code =
        n < 0 ? cannot_read(path, errno, err) : take_token(path, first_line(bytes, (size_t)n), token, err);
    explicit_bzero(bytes, sizeof bytes);
    return code;
}

enum err_code serve_token_read(const char *path, struct serve_token *token, struct err *err)
{
    *token = (struct serve_token){.n = 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cannot_read(path, errno, err);
    enum err_code code = read_open(path, fd, token, err);
    close(fd);
    return code;
}

bool serve_token_is(const struct serve_token *token, struct text given)
{
    if (!token->n || !given.n)
        return false;
    volatile unsigned char difference = token->n != given.n;
    for (size_t i = 0; i < given.n; i++)
        difference = (unsigned char)(difference | (given.s[i] ^ token->text[i % token->n]));
    return !difference;
}

struct text serve_token_given(const char *authorization)
{
    static const char scheme[] = "Bearer ";
    if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return TEXT_NULL;
    const char *token = authorization + sizeof scheme - 1;
    return text_of(token + strspn(token, " "));
}
