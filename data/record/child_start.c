/*
 * From fork to exec. Between the two stands only what the command would otherwise not have as we had it:
 * descriptors, signal mask, dispositions. An exec that fails says why through a pipe that an exec that works
 * closes.
 */
#include "data/base/die.h"
#include "data/record/child_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

unsigned child_start_fill(void)
{
    unsigned closed = 0;
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        closed |= 1U << fd;
        if (open("/dev/null", O_RDWR) < 0) /* the lowest free one: fd */
            break;
    }
    return closed;
}

/* systemd says for whom a variable is, by a process id: where that is us it is the command. */
static char *for_command(char *variable, pid_t recorder)
{
    static const char *const names[] = {"LISTEN_PID", "WATCHDOG_PID", "SYSTEMD_EXEC_PID"};
    enum { ROOM = 48 };
    char ours[ROOM];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(ours, sizeof ours, "%s=%d", names[i], (int)recorder);
        if (strcmp(variable, ours) != 0)
            continue;
        char *its = mem_new(ROOM);
        snprintf(its, ROOM, "%s=%d", names[i], (int)getpid());
        return its;
    }
    return variable;
}

static char **environment_of(const struct child_start *start)
{
    size_t count = 0;
    while (start->options->environment[count])
        count++;
    char **made = mem_new_array(count + 1, sizeof *made);
    for (size_t i = 0; i < count; i++)
        made[i] = for_command(start->options->environment[i], start->recorder);
    return made;
}

_Noreturn void child_start_become(const struct child_start *start, int failed_fd)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (start->std[fd] >= 0)
            dup2(start->std[fd], fd);
        else if (start->closed & 1U << fd)
            close(fd);
    }
    char **environment = environment_of(start);
    child_signals_restore(start->signals);
    execvpe(start->options->argv[0], start->options->argv, environment);
    int why = errno;
    while (write(failed_fd, &why, sizeof why) < 0 && errno == EINTR)
        ;
    _exit(why == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_EXECUTABLE);
}

void child_start_die_with(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        raise(SIGKILL);
}

void child_fd_void(int fd)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0 && null != fd) {
        dup2(null, fd);
        close(null);
    }
}

void child_fds_hand_over(void)
{
    DIR *fds = opendir("/proc/self/fd");
    for (struct dirent *entry; fds && (entry = readdir(fds)) != NULL;) {
        int fd = (int)strtol(entry->d_name, NULL, 10);
        int flags = fd > 2 ? fcntl(fd, F_GETFD) : -1;
        if (flags >= 0 && !(flags & FD_CLOEXEC))
            close(fd);
    }
    if (fds)
        closedir(fds);
    child_fd_void(STDIN_FILENO);
}

void child_fds_keep(const int *kept, int count)
{
    unsigned next = 3;
    for (;;) {
        unsigned least = ~0U;
        for (int i = 0; i < count; i++) {
            if (kept[i] >= (int)next && (unsigned)kept[i] < least)
                least = (unsigned)kept[i];
        }
        if (least > next)
            close_range(next, least - 1, 0);
        if (least == ~0U)
            return;
        next = least + 1;
    }
}

enum err_code child_start(const struct child_start *start, pid_t *pid, int *start_errno, struct err *err)
{
    int failed[2];
    if (pipe2(failed, O_CLOEXEC) != 0)
        return err_set(err, ERR_IO, "No pipe for the command: %s", strerror(errno));
    pid_t parent = getpid();
    *pid = fork();
    if (*pid == 0) {
        child_start_die_with(parent);
        child_start_become(start, failed[1]);
    }
    int why = errno;
    close(failed[1]);
    *start_errno = 0;
    while (*pid > 0 && read(failed[0], start_errno, sizeof *start_errno) < 0 && errno == EINTR)
        ;
    close(failed[0]);
    if (*pid < 0)
        return err_set(err, ERR_IO, "No process for the command: %s", strerror(why));
    return ERR_OK;
}
