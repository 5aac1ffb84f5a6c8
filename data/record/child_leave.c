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

_Noreturn void child_leave(const struct child_end *end)
{
    if (end->signal)
        die_by(end->signal);
    _exit(end->signal ? 128 + end->signal : end->exit_status);
}
