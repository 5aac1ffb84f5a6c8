/*
 * The command stops, goes on and ends, and we with it.
 */
#include "data/record/child_int.h"

#include <sys/wait.h>

static void note_end(struct child_loop *loop, int status)
{
    loop->has_ended = true;
    loop->end->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    loop->end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    loop->end->has_core = WIFSIGNALED(status) && WCOREDUMP(status);
    loop->end->interrupted_by = child_interruption_of(&loop->interruption, loop->end, child_now_ns());
    loop->end->was_interrupted = loop->end->interrupted_by != 0;
    if (loop->pty)
        child_pty_end(loop->pty);
    child_bytes_end(loop);
}

static void note_status(struct child_loop *loop, int status, const struct rusage *usage)
{
    if (WIFSTOPPED(status)) {
        loop->is_stopped = true;
        loop->stopped_by = WSTOPSIG(status);
        child_bytes_look_again(loop);
    } else if (WIFCONTINUED(status)) {
        loop->is_stopped = false;
        loop->stopped_by = 0;
    } else if (!loop->has_ended) {
        loop->end->usage = *usage;
        note_end(loop, status);
    }
}

void child_status_look(struct child_loop *loop)
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

/* To the foreground or back, as we are; it runs again. */
void child_status_continue(struct child_loop *loop)
{
    child_pty_copy_size(loop->pty);
    if (loop->pty->is_wanted)
        child_pty_take(loop->pty);
    loop->is_stopped = false;
    child_monitor_continue(loop->pty, loop->pty->is_raw);
    child_take_keys(loop);
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
        if (!child_signals_stop_here(signal) && is_for_terminal) {
            child_monitor_continue(loop->pty, true); /* or it would stop again at once, and so on */
            return;
        }
    }
    child_status_continue(loop);
}

/* The shell sees us stop, and what continues us continues the command, where it has not itself been
 * reached. */
void child_status_stop_as_well(struct child_loop *loop)
{
    int signal = loop->stopped_by;
    loop->stopped_by = 0;
    if (loop->pty) {
        stop_on_pty(loop, signal);
        return;
    }
    child_signals_stop_here(signal);
    child_status_look(loop);
    if (loop->is_stopped && !loop->stopped_by)
        kill(loop->pid, SIGCONT);
}
