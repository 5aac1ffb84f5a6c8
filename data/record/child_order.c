/*
 * Two streams that go to one place (2>&1, cron's mail, the journal) must arrive in the order in which they
 * were written, and still be told apart. Two pipes do not say which was written first. These do:
 *
 * Each is a packet pipe (O_DIRECT) of one page, so that it holds one write and not a byte of the next. An
 * edge-triggered epoll has one event per write in it, in the order of the writes, because a pipe wakes its
 * reader on each and cannot take another before the first was read. So whoever reads one packet per event, in
 * the order of the events, has the writer's order: exactly that of one thread that does not write without
 * blocking, and one of the possible orders of several.
 *
 * That costs a change of process per write, too much for a command that prints a gigabyte. So when one
 * channel alone has written for a while, the other one is plugged with a packet of ours, which makes whoever
 * wants to write there wait, and the first one gets a large pipe without packets. What blocks on the plug
 * cannot write to the large pipe meanwhile, so the large pipe runs dry, and then all is undone, in this
 * order: the pipe shrinks to a page, its event is made anew, and the plug comes behind it. Where others keep
 * writing it shrinks nevertheless after ORDER_TURN_NS, so that nobody waits for long.
 */
#include "data/record/child_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    PAGE = 4096,
    STREAM_PIPE = 256 * 1024,
    ORDER_TURN_NS = 20 * 1000 * 1000,
    PATIENCE_LEAST = 16,
    PATIENCE_MOST = 1024,
    STREAM_WORTH = 64 * 1024, /* bytes; a stream that brought less was not worth its plug */
};

static void watch_pipe(const struct child_order *order, int channel)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u32 = (uint32_t)channel};
    epoll_ctl(order->epoll, EPOLL_CTL_ADD, order->channels[channel].in, &event);
}

static void set_packets(int fd, bool is_on)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0)
        fcntl(fd, F_SETFL, is_on ? flags | O_DIRECT : flags & ~O_DIRECT);
}

/* A description of our own, since the command's must stay one that blocks. -1 without /proc: then there are
 * no streams. */
static int open_plug(int out)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", out);
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        set_packets(fd, true);
    return fd;
}

static bool make_packet_pipe(struct child_channel *channel)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_DIRECT) != 0)
        return false;
    channel->in = ends[0];
    channel->out = ends[1];
    return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && fcntl(ends[0], F_SETPIPE_SZ, PAGE) == PAGE;
}

enum err_code child_order_start(struct child_order *order, int epoll, struct child_channel *channels,
                                struct err *err)
{
    *order = (struct child_order){.is_on = true, .epoll = epoll, .channels = channels};
    order->streaming = order->plugged = order->last = order->plugs[0] = order->plugs[1] = -1;
    order->patience = PATIENCE_LEAST;
    for (int i = 0; i < 2; i++) {
        if (!make_packet_pipe(&channels[i]))
            return err_set(err, ERR_IO, "No pipe for the command: %s", strerror(errno));
        order->plugs[i] = open_plug(channels[i].out);
        watch_pipe(order, i);
    }
    return ERR_OK;
}

static void begin_stream(struct child_order *order, int channel)
{
    int other = 1 - channel;
    struct child_channel *stream = &order->channels[channel];
    if (order->channels[other].in < 0 || order->plugs[other] < 0 || write(order->plugs[other], "", 1) != 1)
        return; /* the other one has written: it is its turn */
    order->plugged = other;
    order->streaming = channel;
    order->streamed = 0;
    order->until = child_now_ns() + ORDER_TURN_NS;
    set_packets(stream->out, false); /* first, or it fills with packets, which are read one by one */
    if (fcntl(stream->in, F_SETPIPE_SZ, STREAM_PIPE) < 0)
        fcntl(stream->in, F_SETPIPE_SZ, 16 * PAGE); /* the person's share of pipe memory is used up */
}

bool child_order_saw(struct child_order *order, int channel, size_t n)
{
    if (order->streaming == channel) {
        order->streamed += (int64_t)n;
        return true;
    }
    if (order->plugged == channel) {
        order->plugged = -1;
        return false;
    }
    order->row = channel == order->last ? order->row + 1 : 1;
    order->last = channel;
    if (order->row >= order->patience && order->plugged < 0) {
        order->row = 0;
        begin_stream(order, channel);
    }
    return true;
}

bool child_order_is_due(const struct child_order *order)
{
    return order->streaming >= 0 && child_now_ns() >= order->until;
}

/* To a page, or where more than that is in it already to the half: with every try its writer can outrun us by
 * less. */
static bool shrink(int fd)
{
    if (fcntl(fd, F_SETPIPE_SZ, PAGE) == PAGE)
        return true;
    int size = fcntl(fd, F_GETPIPE_SZ);
    if (size > 2 * PAGE)
        fcntl(fd, F_SETPIPE_SZ, size / 2);
    return false;
}

bool child_order_leave(struct child_order *order)
{
    int channel = order->streaming, other = 1 - channel;
    if (!shrink(order->channels[channel].in))
        return false;
    set_packets(order->channels[channel].out, true);
    for (int i = 0; i < 2; i++)
        epoll_ctl(order->epoll, EPOLL_CTL_DEL, order->channels[i].in, NULL);
    watch_pipe(order, channel); /* an event where something is in it */
    watch_pipe(order, other);   /* behind it the event of the plug */
    bool was_worth = order->streamed >= STREAM_WORTH;
    order->patience = was_worth ? PATIENCE_LEAST : order->patience * 2;
    if (order->patience > PATIENCE_MOST)
        order->patience = PATIENCE_MOST;
    order->streaming = -1;
    return true;
}

void child_order_end(struct child_order *order)
{
    char plug;
    if (order->plugged >= 0 && order->channels[order->plugged].in >= 0) {
        ssize_t got = read(order->channels[order->plugged].in, &plug, 1);
        (void)got; /* nothing in it: read before, and never told of */
    }
    order->plugged = -1;
    order->until = INT64_MAX; /* what streamed is read to its end */
    for (int i = 0; i < 2; i++) {
        if (order->plugs[i] >= 0)
            close(order->plugs[i]);
        order->plugs[i] = -1;
    }
}
