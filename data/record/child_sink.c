/*
 * Writing without blocking to descriptors that are not ours alone. O_NONBLOCK belongs to the open file
 * description, which the shell and everybody else shares: set here, it would break them. A pipe or a terminal
 * can be opened anew through /proc, which makes a description of our own; a socket takes MSG_DONTWAIT; a file
 * never waits for anybody.
 */
#include "data/record/child_int.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_anew(int fd)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static enum child_sink_kind kind_of(mode_t mode, int fd)
{
    if (S_ISREG(mode) || S_ISBLK(mode))
        return SINK_DIRECT;
    if (S_ISSOCK(mode))
        return SINK_SOCKET;
    return S_ISFIFO(mode) || isatty(fd) ? SINK_OWN : SINK_PIECES;
}

void child_sink_open(struct child_sink *sink, int fd)
{
    struct stat st;
    *sink = (struct child_sink){.kind = SINK_NONE, .fd = fd, .own = -1};
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || fstat(fd, &st) != 0)
        return;
    sink->device = st.st_dev;
    sink->inode = st.st_ino;
    sink->kind = kind_of(st.st_mode, fd);
    if (sink->kind != SINK_OWN)
        return;
    sink->own = open_anew(fd);
    if (sink->own >= 0)
        sink->fd = sink->own;
    else
        sink->kind = SINK_PIECES;
}

void child_sink_close(struct child_sink *sink)
{
    if (sink->own >= 0)
        close(sink->own);
    *sink = (struct child_sink){.kind = SINK_NONE, .fd = -1, .own = -1};
}

bool child_sink_can_wait(const struct child_sink *sink)
{
    return sink->kind == SINK_OWN || sink->kind == SINK_SOCKET || sink->kind == SINK_PIECES;
}

/* A pipe of which poll says that it can be written to has room for PIPE_BUF bytes. */
static ssize_t write_piece(int fd, const char *bytes, size_t n)
{
    struct pollfd pfd = {.fd = fd, .events = POLLOUT};
    int ready = poll(&pfd, 1, 0);
    if (ready == 0 || (ready < 0 && errno == EINTR)) {
        errno = EAGAIN;
        return -1;
    }
    return write(fd, bytes, n < PIPE_BUF ? n : PIPE_BUF);
}

static ssize_t write_some(const struct child_sink *sink, const char *bytes, size_t n)
{
    switch (sink->kind) {
    case SINK_SOCKET: return send(sink->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    case SINK_PIECES: return write_piece(sink->fd, bytes, n);
    case SINK_DIRECT:
    case SINK_OWN: return write(sink->fd, bytes, n);
    case SINK_NONE: break;
    }
    errno = EBADF;
    return -1;
}

/* A terminal that was hung up says EIO. */
static bool is_reader_gone(const struct child_sink *sink, int why)
{
    return why == EPIPE || why == ECONNRESET || why == ENOTCONN || sink->kind == SINK_NONE ||
           (why == EIO && isatty(sink->fd));
}

ssize_t child_sink_write(const struct child_sink *sink, const char *bytes, size_t n)
{
    ssize_t written;
    do
        written = write_some(sink, bytes, n);
    while (written < 0 && errno == EINTR);
    if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS))
        return 0;
    int why = errno;
    if (written < 0)
        errno = is_reader_gone(sink, why) ? 0 : why;
    return written;
}
