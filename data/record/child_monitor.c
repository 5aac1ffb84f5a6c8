/*
 * The session of the command's terminal. A terminal belongs to a session, and a session to its leader; the
 * command cannot be that leader, since then nobody would be left in the session to whom its stops are of
 * interest, and it could not be stopped at all. So a process between us and it leads, which starts the
 * command in a group of its own, sees it stop and end, says so, and moves it to the foreground and back. It
 * also is who remains should we be killed: it gives the terminal back.
 */
#include "data/record/child_int.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct monitor {
    int socket, children; /* children: signalfd of SIGCHLD */
    int tty;
    struct termios before;
    pid_t command; /* 0: it has ended */
};

static void set_foreground(pid_t group)
{
    int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (tty < 0)
        return;
    tcsetpgrp(tty, group);
    close(tty);
}

static void say(const struct monitor *monitor, const struct child_word *word)
{
    while (send(monitor->socket, word, sizeof *word, MSG_NOSIGNAL) < 0 && errno == EINTR)
        ;
}

static _Noreturn void become_command(const struct child_start *start, const struct child_pty *pty,
                                     pid_t leader, int failed_fd)
{
    child_start_die_with(leader);
    setpgid(0, 0);
    if (pty->starts_in_foreground)
        tcsetpgrp(pty->slave, getpid());
    child_start_become(start, failed_fd);
}

static void start_command(struct monitor *monitor, const struct child_start *start,
                          const struct child_pty *pty)
{
    struct child_word word = {.kind = WORD_FAILED};
    int failed[2];
    pid_t leader = getpid();
    if (pipe2(failed, O_CLOEXEC) != 0 || (monitor->command = fork()) < 0) {
        monitor->command = 0;
        word.value = errno;
        say(monitor, &word);
        return;
    }
    if (monitor->command == 0)
        become_command(start, pty, leader, failed[1]);
    close(failed[1]);
    ssize_t got;
    while ((got = read(failed[0], &word.value, sizeof word.value)) < 0 && errno == EINTR)
        ;
    if (got <= 0)
        word = (struct child_word){.kind = WORD_STARTED, .pid = monitor->command};
    say(monitor, &word);
}

/* As a shell does when a job has ended. And a leader takes the foreground with it: what the job leaves in its
 * group would be hung up. */
static void note_end(struct monitor *monitor)
{
    monitor->command = 0;
    set_foreground(getpgrp());
}

static void look_after_command(struct monitor *monitor)
{
    struct signalfd_siginfo info;
    while (read(monitor->children, &info, sizeof info) == sizeof info)
        ;
    struct child_word word = {.kind = WORD_STATUS, .pid = monitor->command};
    while (monitor->command &&
           wait4(monitor->command, &word.value, WNOHANG | WUNTRACED | WCONTINUED, &word.usage) > 0) {
        if (WIFEXITED(word.value) || WIFSIGNALED(word.value))
            note_end(monitor);
        say(monitor, &word);
    }
}

/* We are alone: the recorder was killed, or is done. */
static _Noreturn void end_alone(const struct monitor *monitor)
{
    if (monitor->command) {
        kill(monitor->command, SIGKILL);
        tcsetattr(monitor->tty, TCSANOW, &monitor->before);
    }
    _exit(0);
}

static void obey(const struct monitor *monitor)
{
    bool is_foreground;
    ssize_t got = recv(monitor->socket, &is_foreground, sizeof is_foreground, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        end_alone(monitor);
    if (got <= 0 || !monitor->command)
        return;
    set_foreground(is_foreground ? monitor->command : getpgrp());
    kill(-monitor->command, SIGCONT);
}

/* Nothing of ours may keep a pipe or a terminal open for somebody who waits for its end. */
static void let_go(const struct monitor *monitor)
{
    int kept[] = {monitor->socket, monitor->children, monitor->tty};
    for (int fd = 0; fd <= 2; fd++)
        child_fd_void(fd);
    child_fds_keep(kept, 3);
}

static _Noreturn void lead(int socket, const struct child_start *start, const struct child_pty *pty)
{
    struct monitor monitor = {.socket = socket, .tty = pty->tty, .before = pty->before};
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    monitor.children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    setsid();
    ioctl(pty->slave, TIOCSCTTY, 0);
    start_command(&monitor, start, pty);
    let_go(&monitor);
    struct pollfd fds[2] = {{.fd = monitor.socket, .events = POLLIN},
                            {.fd = monitor.children, .events = POLLIN}};
    for (;;) {
        look_after_command(&monitor);
        if (poll(fds, 2, -1) > 0 && fds[0].revents)
            obey(&monitor);
    }
}

enum err_code child_monitor_start(const struct child_start *start, struct child_pty *pty, pid_t *pid,
                                  int *start_errno, struct err *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return err_set(err, ERR_IO, "No socket for the command: %s", strerror(errno));
    pid_t monitor = fork();
    if (monitor == 0)
        lead(ends[1], start, pty);
    int why = errno;
    close(ends[1]);
    pty->monitor = ends[0];
    struct child_word word = {.kind = WORD_FAILED, .value = EAGAIN};
    ssize_t got = -1;
    while (monitor > 0 && (got = recv(pty->monitor, &word, sizeof word, 0)) < 0 && errno == EINTR)
        ;
    if (monitor < 0 || got != sizeof word)
        return err_set(err, ERR_IO, "No process for the command: %s", strerror(monitor < 0 ? why : EAGAIN));
    *start_errno = word.kind == WORD_FAILED ? word.value : 0;
    *pid = word.pid;
    return ERR_OK;
}

bool child_monitor_hear(struct child_pty *pty, struct child_word *word)
{
    if (pty->monitor < 0)
        return false;
    ssize_t got;
    do
        got = recv(pty->monitor, word, sizeof *word, MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got == sizeof *word)
        return true;
    if (got == 0 || (got < 0 && errno != EAGAIN)) {
        close(pty->monitor);
        pty->monitor = -1;
    }
    return false;
}

void child_monitor_continue(const struct child_pty *pty, bool is_foreground)
{
    send(pty->monitor, &is_foreground, sizeof is_foreground, MSG_NOSIGNAL | MSG_DONTWAIT);
}
