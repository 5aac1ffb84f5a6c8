/*
 * While the command runs: bytes one way, signals the other, stops and the end. Nothing here blocks but the one wait, so that a
 * reader that takes its time holds up no signal.
 */
#include "data/record/child_int.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    TURNS = 16, /* reads before signals are looked at again */
    EVENTS = 8,
    HOLD_NS = 30 * 1000 * 1000,
    PTY_REST =
        1 << 20, /* bytes that are read of a terminal after the end, at most: others may go on writing */
};

void child_loop_watch(struct child_loop *loop, int fd, uint32_t events, uint32_t what)
{
    struct epoll_event event = {.events = events, .data.u32 = what};
    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* --- bytes ---------------------------------------------------------------------------------------------------------------- */

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

/* The packet whose turn it is. Its channel leaves the queue before the packet is passed on, since the next one may come as
 * soon as it is read. */
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

static void serve(struct child_loop *loop)
{
    if (!loop->order.is_on) {
        serve_apart(loop);
        return;
    }
    for (int turn = 0; turn < TURNS && serve_next_packet(loop); turn++)
        ;
}

static bool is_blocked(const struct child_loop *loop)
{
    return loop->channels[CHILD_OUT].is_blocked || loop->channels[CHILD_ERR].is_blocked;
}

static bool has_work(const struct child_loop *loop)
{
    if (!loop->order.is_on)
        return can_serve(&loop->channels[CHILD_OUT]) || can_serve(&loop->channels[CHILD_ERR]);
    return loop->passing >= 0 ? !loop->channels[loop->passing].is_blocked : loop->queued > 0;
}

/* --- the command -------------------------------------------------------------------------------------------------------- */

/* What it wrote before it stopped or ended is to be seen before that is: a terminal tells of its bytes late, but has them
 * all when it is read. */
static void look_again(struct child_loop *loop)
{
    for (int i = 0; i < 2 && !loop->order.is_on; i++)
        loop->channels[i].is_ready = true;
}

/* What is in the pipes now it wrote; what comes later others wrote. How much of it is in a terminal nobody knows. */
static void note_what_is_left(struct child_loop *loop)
{
    for (int i = 0; i < 2; i++) {
        struct child_channel *channel = &loop->channels[i];
        int left = 0;
        if (channel->in >= 0 && ioctl(channel->in, FIONREAD, &left) == 0)
            channel->rest = loop->pty && i == CHILD_OUT ? PTY_REST : left;
    }
    look_again(loop);
}

static void note_end(struct child_loop *loop, int status)
{
    loop->has_ended = true;
    loop->end->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    loop->end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    loop->end->has_core = WIFSIGNALED(status) && WCOREDUMP(status);
    if (loop->order.is_on)
        child_order_end(&loop->order);
    if (loop->pty)
        child_pty_end(loop->pty);
    if (loop->order.streaming >= 0 && !loop->channels[loop->order.streaming].is_ready)
        enqueue(loop, loop->order.streaming);
    note_what_is_left(loop);
}

static void note_status(struct child_loop *loop, int status, const struct rusage *usage)
{
    if (WIFSTOPPED(status)) {
        loop->is_stopped = true;
        loop->stopped_by = WSTOPSIG(status);
        look_again(loop);
    } else if (WIFCONTINUED(status)) {
        loop->is_stopped = false;
        loop->stopped_by = 0;
    } else if (!loop->has_ended) {
        loop->end->usage = *usage;
        note_end(loop, status);
    }
}

static void look_after_command(struct child_loop *loop)
{
    int status;
    struct rusage usage = {0};
    struct child_word word;
    if (!loop->pty) {
        while (!loop->has_ended && wait4(loop->pid, &status, WNOHANG | WUNTRACED | WCONTINUED, &usage) > 0)
            note_status(loop, status, &usage);
        return;
    }
    while (child_monitor_hear(loop->pty, &word))
        note_status(loop, word.value, &word.usage);
    if (loop->pty->monitor < 0)
        note_status(loop, SIGKILL, &usage); /* somebody killed the monitor, and the command dies with it */
}

static void type(struct child_loop *loop);

/* To the foreground or back, as we are; it runs again. */
static void continue_on_pty(struct child_loop *loop)
{
    child_pty_copy_size(loop->pty);
    if (loop->pty->is_wanted)
        child_pty_take(loop->pty);
    loop->is_stopped = false;
    child_monitor_continue(loop->pty, loop->pty->is_raw);
    type(loop);
}

/* The terminal stops a whole group, and ours is not the command's any more. */
static void stop_on_pty(struct child_loop *loop, int signal)
{
    bool is_for_terminal = signal == SIGTTIN || signal == SIGTTOU;
    bool was_raw = loop->pty->is_raw;
    loop->pty->is_wanted |= is_for_terminal;
    if (!is_for_terminal || was_raw || !child_pty_is_foreground(loop->pty)) {
        child_pty_give_back(loop->pty);
        if (was_raw && signal != SIGSTOP)
            kill(0, signal);
        child_signals_stop_here(signal);
    }
    continue_on_pty(loop);
}

/* The shell sees us stop, and what continues us continues the command, where it has not itself been reached. */
static void stop_as_well(struct child_loop *loop)
{
    int signal = loop->stopped_by;
    loop->stopped_by = 0;
    if (loop->pty) {
        stop_on_pty(loop, signal);
        return;
    }
    child_signals_stop_here(signal);
    look_after_command(loop);
    if (loop->is_stopped && !loop->stopped_by)
        kill(loop->pid, SIGCONT);
}

/* --- signals ---------------------------------------------------------------------------------------------------------------- */

static void note_interruption(struct child_loop *loop, int signal)
{
    struct sigaction now;
    bool is_ignored = sigaction(signal, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
    if (!child_signals_is_interruption(signal) || is_ignored)
        return;
    if (loop->has_ended)
        loop->is_given_up = true;
    else if (!loop->end->was_interrupted)
        loop->end->interrupted_by = signal;
    loop->end->was_interrupted |= !loop->has_ended;
}

/* Into its terminal; a key that interrupts there never becomes a signal here. */
static void type(struct child_loop *loop)
{
    int signal;
    if (loop->pty->master >= 0 && child_pty_type(loop->pty, &signal))
        note_interruption(loop, signal);
}

/* It came to all of our group, of which the command is one, unless it is on a terminal of its own. */
static void take_signal_of_group(struct child_loop *loop, int signal)
{
    if (!loop->pty)
        return;
    if (signal == SIGWINCH)
        child_pty_copy_size(loop->pty);
    else if (signal == SIGCONT)
        continue_on_pty(loop);
    else
        kill(-loop->pid, signal);
}

/* A service manager ends a service by a signal to each of its processes: not to a group, and not at once. A command that
 * catches the signal would do twice what it does then, so its turn is waited for. */
static bool hold(struct child_loop *loop, const struct signalfd_siginfo *info)
{
    int signal = (int)info->ssi_signo;
    bool is_held = !loop->pty && info->ssi_code == SI_USER && child_signals_is_interruption(signal) &&
                   loop->held_count < LOOP_HELD && loop->witness.socket >= 0 &&
                   child_witness_is_caught(loop->pid, signal);
    if (!is_held)
        return false;
    if (loop->held_count == 0)
        loop->held_until = child_now_ns() + HOLD_NS;
    loop->held[loop->held_count++] = *info;
    return true;
}

/* It has come to the command by another way. */
static void drop_held(struct child_loop *loop, int signal)
{
    int kept = 0;
    for (int i = 0; i < loop->held_count; i++) {
        if ((int)loop->held[i].ssi_signo != signal)
            loop->held[kept++] = loop->held[i];
    }
    loop->held_count = kept;
}

static void hand_on_held(struct child_loop *loop)
{
    for (int i = 0; i < loop->held_count; i++) {
        if (!child_witness_saw(&loop->witness, (int)loop->held[i].ssi_signo) && !loop->has_ended)
            child_signals_forward(&loop->held[i], loop->pid);
    }
    loop->held_count = 0;
}

/* What was meant for the command goes to it, unless it has it already, or sent it, or we did: a SIGPIPE. */
static void take_signal(struct child_loop *loop, const struct signalfd_siginfo *info)
{
    int signal = (int)info->ssi_signo;
    pid_t from = (pid_t)info->ssi_pid;
    if (signal == SIGCHLD && info->ssi_code > 0) {
        look_after_command(loop);
        return;
    }
    bool is_of_process = info->ssi_code <= 0;
    if (is_of_process && from == getpid())
        return;
    note_interruption(loop, signal);
    bool is_of_group =
        child_witness_saw(&loop->witness, signal) || (!is_of_process && child_signals_is_of_terminal(signal));
    if (loop->has_ended || (is_of_process && from == loop->pid))
        return;
    if (is_of_group)
        drop_held(loop, signal);
    if (is_of_group || (loop->pty && signal == SIGCONT))
        take_signal_of_group(loop, signal);
    else if (!hold(loop, info))
        child_signals_forward(info, loop->pid);
}

static void take_signals(struct child_loop *loop)
{
    struct signalfd_siginfo info;
    while (read(loop->signals.fd, &info, sizeof info) == sizeof info)
        take_signal(loop, &info);
}

/* --- the wait ------------------------------------------------------------------------------------------------------------- */

static void take_event(struct child_loop *loop, const struct epoll_event *event)
{
    uint32_t what = event->data.u32;
    if (what == LOOP_SIGNALS) {
        take_signals(loop);
    } else if (what == LOOP_MONITOR) {
        look_after_command(loop);
    } else if (what == LOOP_TTY) {
        type(loop);
    } else if (what >= LOOP_SINK) {
        struct child_channel *channel = &loop->channels[what - LOOP_SINK];
        channel->is_blocked = false;
        if (event->events & (EPOLLERR | EPOLLHUP)) /* nobody reads there any more */
            child_channel_close(channel);
    } else if (!loop->order.is_on) {
        loop->channels[what].is_ready = true;
        if (loop->pty && what == CHILD_OUT)
            type(loop); /* there may be room again */
    } else if (!loop->channels[what].is_ready &&
               (loop->order.streaming < 0 || loop->order.streaming == (int)what)) {
        enqueue(loop, (int)what);
    }
}

/* How long there is nothing to do but wait: 0 not at all, -1 for ever. */
static int64_t wait_ns(const struct child_loop *loop)
{
    if (has_work(loop) || loop->stopped_by || (loop->has_ended && !is_blocked(loop)))
        return 0;
    int64_t ns = -1;
    if (loop->held_count) {
        int64_t left = loop->held_until - child_now_ns();
        ns = left > 0 ? left : 0;
    }
    bool is_streaming = loop->order.is_on && loop->order.streaming >= 0 && !is_blocked(loop);
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
    if (loop->held_count && child_now_ns() >= loop->held_until)
        hand_on_held(loop);
    return count > 0;
}

static bool is_through(const struct child_loop *loop)
{
    bool is_through = true;
    for (int i = 0; i < 2; i++) {
        const struct child_channel *channel = &loop->channels[i];
        is_through &= channel->in < 0 || (channel->rest <= 0 && !child_channel_has_bytes(channel));
    }
    return is_through;
}

void child_loop_run(struct child_loop *loop)
{
    for (;;) {
        bool has_come = wait_for_events(loop);
        bool is_quiet = !has_come && !has_work(loop);
        if (is_quiet && loop->order.streaming >= 0 && !loop->has_ended)
            leave_stream(loop);
        if (loop->stopped_by && is_quiet)
            stop_as_well(loop);
        serve(loop);
        if (loop->pty && !loop->has_ended && loop->channels[CHILD_OUT].in < 0)
            child_pty_hang_up(loop->pty);
        bool is_over = is_through(loop) || loop->is_given_up || (is_quiet && !is_blocked(loop));
        if (loop->has_ended && is_over)
            return;
    }
}
