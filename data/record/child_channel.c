/*
 * One stream of the command on its way: read, passed on, and only then told of.
 */
#include "data/record/child_int.h"

#include <errno.h>
#include <unistd.h>

ssize_t child_channel_read(struct child_channel *channel, size_t n)
{
    ssize_t got;
    do
        got = read(channel->in, channel->bytes, n);
    while (got < 0 && errno == EINTR);
    channel->from = 0;
    channel->len = got > 0 ? (size_t)got : 0;
    if (got < 0 && errno == EAGAIN)
        return 0;
    return got > 0 ? got : -1; /* EIO: every end of a terminal's slave is closed */
}

bool child_channel_pass(struct child_channel *channel, const struct child_watch *watch)
{
    while (child_channel_has_bytes(channel)) {
        const char *bytes = channel->bytes + channel->from;
        ssize_t taken = child_sink_write(&channel->sink, bytes, channel->len - channel->from);
        if (taken == 0)
            return false;
        if (taken < 0) {
            channel->lost_errno = errno;
            child_channel_close(channel);
            return true;
        }
        channel->from += (size_t)taken;
        channel->total += taken;
        if (watch->output)
            watch->output(watch->context, channel->stream, bytes, (size_t)taken);
    }
    return true;
}

void child_channel_close(struct child_channel *channel)
{
    if (channel->in >= 0)
        close(channel->in);
    channel->in = -1;
    channel->from = channel->len = 0;
    channel->is_blocked = false;
}
