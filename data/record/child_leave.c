/*
 * The end of this process as that of the command: whoever waits for us must not see a difference.
 */
#include "data/record/child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static void die_by(int signal)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0); /* a core that is piped to a program ignores the limit */
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigaction(signal, &usual, NULL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal);
    kill(getpid(), signal);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
}

static bool is_unaware(const struct child_end *end)
{
    bool is_of_pipe = end->signal == SIGPIPE || end->exit_status == 128 + SIGPIPE;
    return child_has_lost(end) && (is_of_pipe || (!end->signal && end->exit_status == 0));
}

_Noreturn void child_leave(const struct child_end *end)
{
    if (is_unaware(end))
        _exit(1);
    if (end->signal)
        die_by(end->signal);
    _exit(end->signal ? 128 + end->signal : end->exit_status);
}
