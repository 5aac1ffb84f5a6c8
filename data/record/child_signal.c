/*
 * Signals as values. All of them are blocked and read from a descriptor, so that who sent one is known,
 * nothing is interrupted, and no disposition has to be changed that the command would inherit. Faults of our
 * own kill us as ever: the kernel does not let those be blocked.
 */
#include "data/record/child_int.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t child_now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

enum err_code child_signals_take(struct child_signals *signals, struct err *err)
{
    sigset_t all;
    sigfillset(&all);
    signals->fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals->fd < 0)
        return err_set(err, ERR_IO, "Signals cannot be watched: %s", strerror(errno));
    sigprocmask(SIG_SETMASK, &all, &signals->mask);
    /* Where SIGCHLD is ignored the kernel keeps no status of those that end. */
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &usual, &signals->on_child);
    return ERR_OK;
}

void child_signals_restore(const struct child_signals *signals)
{
    if (signals->on_child.sa_handler == SIG_IGN)
        sigaction(SIGCHLD, &signals->on_child, NULL);
    sigprocmask(SIG_SETMASK, &signals->mask, NULL);
}

void child_signals_forward(const struct signalfd_siginfo *info, pid_t to)
{
    if (info->ssi_code == SI_QUEUE) {
        union sigval value;
        memset(&value, 0, sizeof value);
        value.sival_ptr = (void *)(uintptr_t)info->ssi_ptr; /* holds the int as well */
        sigqueue(to, (int)info->ssi_signo, value);
        return;
    }
    kill(to, (int)info->ssi_signo);
}

bool child_signals_is_interruption(int signal)
{
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

bool child_signals_is_of_terminal(int signal)
{
    return signal == SIGINT || signal == SIGQUIT || signal == SIGHUP || signal == SIGTSTP ||
           signal == SIGTTIN || signal == SIGTTOU || signal == SIGWINCH || signal == SIGCONT;
}

/* SIGSTOP where the signal itself is not one that stops here: it was ignored when we were started, or is none
 * of the four. */
bool child_signals_stop_here(int signal)
{
    struct sigaction before;
    bool is_usual = (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) &&
                    sigaction(signal, NULL, &before) == 0 && before.sa_handler == SIG_DFL;
    sigset_t only, pending;
    sigemptyset(&only);
    sigaddset(&only, is_usual ? signal : SIGSTOP);
    kill(getpid(), is_usual ? signal : SIGSTOP);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    sigprocmask(SIG_BLOCK, &only, NULL);
    return sigpending(&pending) == 0 && sigismember(&pending, SIGCONT) == 1;
}
