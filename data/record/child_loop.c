/*
 * While the command runs: bytes one way, signals the other, stops and the end. Nothing here blocks but the
 * one wait, so that a reader that takes its time holds up no signal.
 */
#include "data/record/child_int.h"

#include <poll.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 8 };

void child_loop_watch(struct child_loop *loop, int fd, uint32_t events, uint32_t what)
{
    struct epoll_event event = {.events = events, .data.u32 = what};
    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void take_event(struct child_loop *loop, const struct epoll_event *event)
{
    uint32_t what = event->data.u32;
    if (what == LOOP_SIGNALS) {
        child_take_signals(loop);
    } else if (what == LOOP_MONITOR) {
        child_status_look(loop);
    } else if (what == LOOP_TTY) {
        child_take_keys(loop);
    } else if (what >= LOOP_SINK) {
        struct child_channel *channel = &loop->channels[what - LOOP_SINK];
        channel->is_blocked = false;
        if (event->events & (EPOLLERR | EPOLLHUP)) /* nobody reads there any more */
            child_channel_close(channel);
    } else {
        child_bytes_came(loop, (int)what);
        child_take_keys(loop); /* a terminal that has written may have room again */
    }
}

/* How long there is nothing to do but wait: 0 not at all, -1 for ever. */
static int64_t wait_ns(const struct child_loop *loop)
{
    if (child_bytes_have_work(loop) || loop->stopped_by ||
        (loop->has_ended && !child_bytes_are_blocked(loop)))
        return 0;
    int64_t ns = -1;
    if (loop->held_count) {
        int64_t left = loop->held_until - child_now_ns();
        ns = left > 0 ? left : 0;
    }
    bool is_streaming = loop->order.is_on && loop->order.streaming >= 0 && !child_bytes_are_blocked(loop);
    return is_streaming && (ns < 0 || ns > ORDER_DRY_NS) ? ORDER_DRY_NS : ns;
}

/* False where nothing came. */
static bool wait_for_events(struct child_loop *loop)
{
    int64_t ns = wait_ns(loop);
    if (ns > 0) { /* epoll counts in milliseconds */
        struct pollfd pfd = {.fd = loop->epoll, .events = POLLIN};
        ppoll(&pfd, 1, &(struct timespec){ns / 1000000000, ns % 1000000000}, NULL);
    }
    struct epoll_event events[EVENTS];
    int count = epoll_wait(loop->epoll, events, EVENTS, ns < 0 ? -1 : 0);
    for (int i = 0; i < count; i++)
        take_event(loop, &events[i]);
    child_take_held(loop);
    return count > 0;
}

/* What the command has closed, or nobody reads any more, ends for whoever is on the other side. Standard
 * error stays: we may have a last word. */
static void end_output(struct child_loop *loop)
{
    struct child_channel *out = &loop->channels[CHILD_OUT];
    if (out->in >= 0)
        return;
    if (loop->pty) {
        child_pty_hang_up(loop->pty);
    } else if (out->sink.kind != SINK_NONE) {
        child_sink_close(&out->sink);
        child_fd_void(STDOUT_FILENO);
    }
}

void child_loop_run(struct child_loop *loop)
{
    for (;;) {
        bool has_come = wait_for_events(loop);
        bool is_quiet = !has_come && !child_bytes_have_work(loop);
        if (is_quiet)
            child_bytes_run_dry(loop);
        if (loop->stopped_by && is_quiet)
            child_status_stop_as_well(loop);
        child_bytes_serve(loop);
        if (!loop->has_ended)
            end_output(loop);
        bool is_over = child_bytes_are_through(loop) || loop->is_given_up ||
                       (is_quiet && !child_bytes_are_blocked(loop));
        if (loop->has_ended && is_over)
            return;
    }
}
