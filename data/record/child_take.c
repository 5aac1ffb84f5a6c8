/*
 * What comes to us and is meant for the command: signals, and the keys of its terminal.
 */
#include "data/record/child_int.h"

#include "data/base/signals.h"

#include <unistd.h>

enum { HOLD_NS = 30 * 1000 * 1000 };

static void note_interruption(struct child_loop *loop, int signal)
{
    if (!child_signals_is_interruption(signal) || signals_is_ignored(signal))
        return;
    if (loop->has_ended)
        loop->is_given_up = true;
    else
        child_interruption_note(&loop->interruption, signal, child_now_ns());
}

/* Into its terminal; a key that interrupts there never becomes a signal here. */
void child_take_keys(struct child_loop *loop)
{
    int signal;
    if (loop->pty && loop->pty->master >= 0 && child_pty_type(loop->pty, &signal))
        note_interruption(loop, signal);
}

/* It came to all of our group, of which the command is one, unless it is on a terminal of its own. */
static void take_signal_of_group(struct child_loop *loop, int signal)
{
    const struct child_channel *error = &loop->channels[CHILD_ERR];
    if (signal == SIGWINCH && error->is_terminal && error->in >= 0)
        child_pty_copy_size_to(STDERR_FILENO, error->in);
    if (!loop->pty)
        return;
    if (signal == SIGWINCH)
        child_pty_copy_size(loop->pty);
    else if (signal == SIGCONT)
        child_status_continue(loop);
    else
        kill(-loop->pid, signal);
}

/* A service manager ends a service by a signal to each of its processes: not to a group, and not at once. A
 * command that catches the signal would do twice what it does then, so its turn is waited for. */
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

void child_take_held(struct child_loop *loop)
{
    if (!loop->held_count || child_now_ns() < loop->held_until)
        return;
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
    if (signal == SIGCHLD)
        child_status_look(loop); /* whoever sent it: one that was sent swallows that of an end behind it */
    if (signal == SIGCHLD && info->ssi_code > 0)
        return;
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

void child_take_signals(struct child_loop *loop)
{
    struct signalfd_siginfo info;
    while (read(loop->signals.fd, &info, sizeof info) == sizeof info)
        take_signal(loop, &info);
}
