/*
 * See outbox.h. O_NONBLOCK belongs to a file's description, and the terminal's one is shared with the shell and whoever it started: so
 * the terminal is opened once more, by its name.
 */
#include "tui/outbox.h"

#include "data/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

enum { OUTBOX_MAX = 128 << 20 };

void outbox_open(struct outbox *outbox, int tty)
{
    char path[PATH_MAX];
    *outbox = (struct outbox){.fd = -1};
    buf_init(&outbox->bytes, OUTBOX_MAX);
    if (ttyname_r(tty, path, sizeof path) == 0)
        outbox->fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    outbox->is_own = outbox->fd >= 0;
    if (!outbox->is_own)
        outbox->fd = tty;
}

void outbox_close(struct outbox *outbox)
{
    if (outbox->is_own)
        close(outbox->fd);
    buf_release(&outbox->bytes);
    *outbox = (struct outbox){.fd = -1};
}

bool outbox_is_empty(const struct outbox *outbox)
{
    return outbox->sent == outbox->bytes.len;
}

void outbox_drop(struct outbox *outbox)
{
    buf_clear(&outbox->bytes);
    outbox->sent = 0;
}

/* A terminal that is gone takes nothing any more: the loop hears of that by its input. */
bool outbox_push(struct outbox *outbox)
{
    while (!outbox_is_empty(outbox)) {
        ssize_t n = write(outbox->fd, outbox->bytes.data + outbox->sent, outbox->bytes.len - outbox->sent);
        if (n > 0)
            outbox->sent += (size_t)n;
        else if (n < 0 && errno == EAGAIN)
            return false;
        else if (n < 0 && errno != EINTR)
            break;
    }
    outbox_drop(outbox);
    return true;
}

bool outbox_finish(struct outbox *outbox, int ms)
{
    int64_t end = clock_ms() + ms;
    while (!outbox_push(outbox)) {
        int64_t left = end - clock_ms();
        struct pollfd fd = {.fd = outbox->fd, .events = POLLOUT};
        if (left <= 0)
            return false;
        poll(&fd, 1, (int)left);
    }
    return true;
}
