/*
 * See tool_spawn.h. Nothing stands between the command and its files: it inherits ours. Signals from the
 * terminal reach it by themselves, since it is in our process group; those that somebody sends to us alone
 * are passed on. To stop is left to the system: it stops both.
 */
#include "tui/tool_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void choose_signals(sigset_t *signals)
{
    static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD};
    sigemptyset(signals);
    for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
        sigaddset(signals, passed_on[i]);
}

/* Says why by the pipe, which a successful exec closes. */
static _Noreturn void become(char *const *argv, int report)
{
    execvp(argv[0], argv);
    int why = errno;
    ssize_t n = write(report, &why, sizeof why);
    _exit(n == (ssize_t)sizeof why && why == ENOENT ? 127 : 126);
}

static int read_report(int report)
{
    int why = 0;
    ssize_t n;
    while ((n = read(report, &why, sizeof why)) < 0 && errno == EINTR)
        ;
    return n == (ssize_t)sizeof why ? why : 0;
}

/* Nobody can pass a SIGKILL on. */
static void die_with(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        raise(SIGKILL);
}

static pid_t start(char *const *argv, const sigset_t *mask, int report[2])
{
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        die_with(parent);
        sigprocmask(SIG_SETMASK, mask, NULL);
        become(argv, report[1]);
    }
    return pid;
}

void tool_spawn_start(char *const *argv, struct tool_spawn *spawn)
{
    int report[2] = {-1, -1};
    sigset_t mask;
    *spawn = (struct tool_spawn){0};
    signal(SIGCHLD, SIG_DFL); /* ignored, as some start us, it would leave no exit status */
    choose_signals(&spawn->signals);
    sigprocmask(SIG_BLOCK, &spawn->signals, &mask);
    pid_t pid = pipe2(report, O_CLOEXEC) == 0 ? start(argv, &mask, report) : -1;
    spawn->start_errno = pid < 0 ? errno : 0;
    close(report[1]);
    if (pid > 0)
        spawn->start_errno = read_report(report[0]);
    close(report[0]);
    if (pid > 0 && spawn->start_errno)
        waitpid(pid, NULL, 0);
    spawn->pid = spawn->start_errno ? 0 : pid;
}

static void pass_on(pid_t pid, const siginfo_t *info)
{
    bool is_sent = info->si_code <= 0;
    if (info->si_signo != SIGCHLD && is_sent && info->si_pid != pid)
        kill(pid, info->si_signo);
}

void tool_spawn_wait(struct tool_spawn *spawn, struct tool_end *end)
{
    int status = 0;
    siginfo_t info;
    *end = (struct tool_end){.start_errno = spawn->start_errno};
    if (spawn->start_errno) {
        end->exit_status = spawn->start_errno == ENOENT ? 127 : 126;
        return;
    }
    while (waitpid(spawn->pid, &status, WNOHANG) != spawn->pid)
        if (sigwaitinfo(&spawn->signals, &info) > 0)
            pass_on(spawn->pid, &info);
    end->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
