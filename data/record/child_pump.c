/*
 * A command that leaves descendants behind (a daemon, a job in the background of its shell) leaves them with
 * the pipes as their output. Without us they would hold the real one: so somebody must go on passing their
 * bytes on, and it cannot be us, because whoever waits for us waits for the command. A small process does
 * that, and ends with the last writer or reader.
 *
 * It is forked where threads may run, so it calls nothing but the kernel.
 */
#include "data/record/child_int.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { CHANNELS = 2 };

/* Nothing else of ours: a database, a lock. */
static void keep_only(const struct child_channel *channels, int held)
{
    int kept[2 * CHANNELS + 1] = {held};
    for (int i = 0; i < CHANNELS; i++) {
        kept[2 * i + 1] = channels[i].in;
        kept[2 * i + 2] = channels[i].sink.fd;
    }
    child_fds_keep(kept, 2 * CHANNELS + 1);
}

/* A stream that has ended ends for its reader, too. */
static void end_channel(struct child_channel *channel)
{
    child_channel_close(channel);
    child_sink_close(&channel->sink);
    close(channel->stream == CHILD_OUT ? STDOUT_FILENO : STDERR_FILENO);
}

static void serve(struct child_channel *channel, const struct child_watch *nobody)
{
    if (!child_channel_has_bytes(channel) && child_channel_read(channel, CHILD_OUTPUT_MAX) < 0)
        child_channel_close(channel);
    if (child_channel_has_bytes(channel))
        child_channel_pass(channel, nobody);
}

static _Noreturn void pump(struct child_channel *channels)
{
    const struct child_watch nobody = {0};
    for (;;) {
        struct pollfd fds[2 * CHANNELS];
        int open_count = 0;
        for (int i = 0; i < CHANNELS; i++) {
            struct child_channel *channel = &channels[i];
            bool is_open = channel->in >= 0, is_full = child_channel_has_bytes(channel);
            fds[2 * i] = (struct pollfd){.fd = is_open && !is_full ? channel->in : -1, .events = POLLIN};
            fds[2 * i + 1] =
                (struct pollfd){.fd = is_open ? channel->sink.fd : -1, .events = is_full ? POLLOUT : 0};
            open_count += is_open;
        }
        if (open_count == 0 || poll(fds, 2 * CHANNELS, -1) < 0)
            _exit(0);
        for (int i = 0; i < CHANNELS; i++) {
            bool is_gone = fds[2 * i + 1].revents & (POLLERR | POLLHUP | POLLNVAL);
            if (is_gone)
                child_channel_close(&channels[i]);
            else if (fds[2 * i].revents || fds[2 * i + 1].revents)
                serve(&channels[i], &nobody);
            if (channels[i].in < 0 && channels[i].sink.kind != SINK_NONE)
                end_channel(&channels[i]);
        }
    }
}

/* Bytes that nobody has read yet, or somebody who can still write some. */
static bool is_needed(const struct child_channel *channel)
{
    struct pollfd pfd = {.fd = channel->in, .events = POLLIN};
    if (channel->in < 0)
        return false;
    return child_channel_has_bytes(channel) || poll(&pfd, 1, 0) == 0 || pfd.revents & POLLIN;
}

void child_pump_leave_behind(struct child_channel channels[2], int held)
{
    bool is_any_needed = false;
    for (int i = 0; i < CHANNELS; i++) {
        if (is_needed(&channels[i]))
            is_any_needed = true;
        else
            child_channel_close(&channels[i]);
    }
    if (!is_any_needed || fork() != 0)
        return;
    keep_only(channels, held);
    for (int i = 0; i < CHANNELS; i++) {
        if (channels[i].in < 0)
            end_channel(&channels[i]);
    }
    pump(channels);
}
