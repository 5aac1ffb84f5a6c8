/*
 * Which bytes are passed on next. Two channels to two places go each for itself; two to one place go packet
 * by packet, in the order of their events (child_order.c).
 */
#include "data/record/child_int.h"

#include <sys/ioctl.h>
#include <unistd.h>

enum {
    TURNS = 16, /* reads before signals are looked at again */
    PTY_REST =
        1 << 20, /* bytes that are read of a terminal after the end, at most: others may go on writing */
};

static ssize_t read_from(struct child_channel *channel)
{
    ssize_t n = child_channel_read(channel, CHILD_OUTPUT_MAX);
    if (n < 0)
        child_channel_close(channel);
    if (n > 0)
        channel->rest -= n;
    return n;
}

static bool can_serve(const struct child_channel *channel)
{
    return channel->in >= 0 && !channel->is_blocked &&
           (channel->is_ready || child_channel_has_bytes(channel));
}

static void pass(struct child_loop *loop, struct child_channel *channel)
{
    channel->is_blocked = !child_channel_pass(channel, loop->watch);
}

/* Channels that go to different places: each for itself, until nothing is left to read. */
static void serve_apart(struct child_loop *loop)
{
    for (int turn = 0; turn < TURNS; turn++) {
        struct child_channel *channel = &loop->channels[turn % 2];
        if (!can_serve(channel))
            continue;
        if (!child_channel_has_bytes(channel))
            channel->is_ready = read_from(channel) > 0;
        pass(loop, channel);
    }
}

static void enqueue(struct child_loop *loop, int channel)
{
    loop->channels[channel].is_ready = true;
    loop->queue[loop->queued++] = channel;
}

static void dequeue(struct child_loop *loop)
{
    loop->channels[loop->queue[0]].is_ready = false;
    loop->queue[0] = loop->queue[1];
    loop->queued--;
}

/* Back to one packet at a time: what comes next are events made anew. */
static void leave_stream(struct child_loop *loop)
{
    if (!child_order_leave(&loop->order))
        return;
    while (loop->queued)
        dequeue(loop);
}

/* The packet whose turn it is. Its channel leaves the queue before the packet is passed on, since the next
 * one may come as soon as it is read. */
static void read_next_packet(struct child_loop *loop)
{
    int i = loop->queue[0];
    struct child_channel *channel = &loop->channels[i];
    ssize_t n = channel->in < 0 ? 0 : read_from(channel);
    bool is_ours = n > 0 && child_order_saw(&loop->order, i, (size_t)n);
    if (n <= 0 || loop->order.streaming != i)
        dequeue(loop);
    else if (child_order_is_due(&loop->order))
        leave_stream(loop); /* at once, before there is more in the pipe */
    if (is_ours)
        loop->passing = i;
    else
        channel->from = channel->len = 0;
}

/* False where nothing more can be done now. */
static bool serve_next_packet(struct child_loop *loop)
{
    if (loop->passing < 0 && loop->queued == 0)
        return false;
    if (loop->passing < 0)
        read_next_packet(loop);
    if (loop->passing < 0)
        return true;
    struct child_channel *channel = &loop->channels[loop->passing];
    if (!channel->is_blocked)
        pass(loop, channel);
    if (!channel->is_blocked)
        loop->passing = -1;
    return loop->passing < 0;
}

void child_bytes_serve(struct child_loop *loop)
{
    if (!loop->order.is_on) {
        serve_apart(loop);
        return;
    }
    for (int turn = 0; turn < TURNS && serve_next_packet(loop); turn++)
        ;
}

bool child_bytes_are_blocked(const struct child_loop *loop)
{
    return loop->channels[CHILD_OUT].is_blocked || loop->channels[CHILD_ERR].is_blocked;
}

bool child_bytes_have_work(const struct child_loop *loop)
{
    if (!loop->order.is_on)
        return can_serve(&loop->channels[CHILD_OUT]) || can_serve(&loop->channels[CHILD_ERR]);
    return loop->passing >= 0 ? !loop->channels[loop->passing].is_blocked : loop->queued > 0;
}

void child_bytes_came(struct child_loop *loop, int channel)
{
    struct child_order *order = &loop->order;
    if (!order->is_on)
        loop->channels[channel].is_ready = true;
    else if (!loop->channels[channel].is_ready && (order->streaming < 0 || order->streaming == channel))
        enqueue(loop, channel);
}

void child_bytes_run_dry(struct child_loop *loop)
{
    if (loop->order.streaming >= 0 && !loop->has_ended)
        leave_stream(loop);
}

void child_bytes_look_again(struct child_loop *loop)
{
    for (int i = 0; i < 2 && !loop->order.is_on; i++)
        loop->channels[i].is_ready = true;
}

void child_bytes_end(struct child_loop *loop)
{
    if (loop->order.is_on)
        child_order_end(&loop->order);
    if (loop->order.streaming >= 0)
        child_bytes_came(loop, loop->order.streaming);
    for (int i = 0; i < 2; i++) {
        struct child_channel *channel = &loop->channels[i];
        int left = 0;
        if (channel->is_terminal && channel->out >= 0) {
            close(channel->out);
            channel->out = -1;
        }
        if (channel->in >= 0 && ioctl(channel->in, FIONREAD, &left) == 0)
            channel->rest = channel->is_terminal ? PTY_REST : left;
    }
    child_bytes_look_again(loop);
}

bool child_bytes_are_through(const struct child_loop *loop)
{
    bool are_through = true;
    for (int i = 0; i < 2; i++) {
        const struct child_channel *channel = &loop->channels[i];
        are_through &= channel->in < 0 || (channel->rest <= 0 && !child_channel_has_bytes(channel));
    }
    return are_through;
}
