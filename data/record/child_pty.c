/*
 * A terminal of the command's own behind ours, so that what it writes to a terminal can be read. Its line
 * settings are a copy of ours, and all that a terminal does (echo, signals for keys, job control) it does;
 * ours is raw meanwhile and only hands bytes to and fro. But it is ours only in the foreground: whatever else
 * runs there must find it as it was.
 */
#include "data/record/child_int.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ours must not block, and others hold the same description. Where it may not be opened anew, epoll says when
 * it can be read. */
static int open_tty(void)
{
    int fd = open("/proc/self/fd/1", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return fd >= 0 ? fd : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
}

static bool open_pair(struct child_pty *pty)
{
    pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (pty->master < 0 || grantpt(pty->master) != 0 || unlockpt(pty->master) != 0)
        return false;
    pty->slave = ioctl(pty->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return pty->slave >= 0;
}

static bool is_behind_others(void)
{
    struct stat st;
    return fstat(STDIN_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static bool is_same_line(const struct termios *a, const struct termios *b)
{
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
           a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

/* While the command has left its settings alone they are ours. In the background ours are those of whoever is
 * in front: a shell that reads keys. */
static void copy_line(struct child_pty *pty)
{
    struct termios now;
    if (pty->master < 0 || tcgetattr(pty->master, &now) != 0 || !is_same_line(&now, &pty->given))
        return;
    tcsetattr(pty->master, TCSANOW, &pty->before);
    tcgetattr(pty->master, &pty->given); /* as it understood them */
}

bool child_pty_open(struct child_pty *pty)
{
    *pty = (struct child_pty){.tty = -1, .master = -1, .slave = -1, .monitor = -1};
    if (!isatty(STDOUT_FILENO))
        return false;
    pty->tty = open_tty();
    if (pty->tty < 0 || tcgetattr(pty->tty, &pty->before) != 0 || !open_pair(pty)) {
        child_pty_close(pty);
        return false;
    }
    tcgetattr(pty->master, &pty->given);
    copy_line(pty);
    child_pty_copy_size(pty);
    return true;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void child_pty_hang_up(struct child_pty *pty)
{
    close_fd(&pty->master);
}

void child_pty_end(struct child_pty *pty)
{
    close_fd(&pty->slave);
}

void child_pty_close(struct child_pty *pty)
{
    child_pty_give_back(pty);
    close_fd(&pty->tty);
    close_fd(&pty->slave);
    close_fd(&pty->monitor);
    close_fd(&pty->master);
}

bool child_pty_is_same(const struct child_pty *pty, int fd)
{
    struct stat a, b;
    return isatty(fd) && fstat(pty->tty, &a) == 0 && fstat(fd, &b) == 0 && a.st_rdev == b.st_rdev;
}

bool child_pty_is_of_our_session(const struct child_pty *pty)
{
    return tcgetpgrp(pty->tty) >= 0;
}

bool child_pty_is_foreground(const struct child_pty *pty)
{
    return tcgetpgrp(pty->tty) == getpgrp();
}

void child_pty_take(struct child_pty *pty)
{
    if (pty->is_raw || !child_pty_is_foreground(pty) || tcgetattr(pty->tty, &pty->before) != 0)
        return;
    copy_line(pty);
    struct termios raw = pty->before;
    cfmakeraw(&raw);
    pty->is_raw = tcsetattr(pty->tty, TCSANOW, &raw) == 0;
}

void child_pty_begin(struct child_pty *pty)
{
    bool is_of_our_session = child_pty_is_of_our_session(pty);
    if (!is_behind_others())
        child_pty_take(pty);
    if (!is_of_our_session) {
        pty->before.c_oflag &= ~(tcflag_t)OPOST; /* it will never be raw, and ends the lines itself */
        copy_line(pty);
    }
    pty->starts_in_foreground = pty->is_raw || !is_of_our_session;
    pty->is_wanted = !is_behind_others();
}

void child_pty_give_back(struct child_pty *pty)
{
    if (pty->is_raw)
        tcsetattr(pty->tty, TCSANOW, &pty->before);
    pty->is_raw = false;
}

void child_pty_leave_as(struct child_pty *pty)
{
    struct termios now;
    if (pty->master >= 0 && tcgetattr(pty->master, &now) == 0 && !is_same_line(&now, &pty->given))
        pty->before = now;
}

void child_pty_copy_size_to(int tty, int master)
{
    struct winsize now, has;
    if (ioctl(tty, TIOCGWINSZ, &now) != 0 || ioctl(master, TIOCGWINSZ, &has) != 0)
        return;
    if (memcmp(&now, &has, sizeof now) != 0)
        ioctl(master, TIOCSWINSZ, &now);
}

void child_pty_copy_size(const struct child_pty *pty)
{
    child_pty_copy_size_to(pty->tty, pty->master);
}

bool child_pty_stand_in(int tty, int *master, int *slave)
{
    struct child_pty pty = {.tty = -1, .master = -1, .slave = -1, .monitor = -1};
    if (tcgetattr(tty, &pty.before) != 0 || !open_pair(&pty)) {
        child_pty_close(&pty);
        return false;
    }
    pty.before.c_oflag &= ~(tcflag_t)OPOST; /* ours does that */
    tcsetattr(pty.slave, TCSANOW, &pty.before);
    child_pty_copy_size_to(tty, pty.master);
    *master = pty.master;
    *slave = pty.slave;
    return true;
}

static int interruption_of(const struct child_pty *pty, const char *bytes, size_t n)
{
    struct termios now;
    if (tcgetattr(pty->master, &now) != 0 || !(now.c_lflag & ISIG))
        return 0;
    for (size_t i = 0; i < n; i++) {
        if ((cc_t)bytes[i] == now.c_cc[VINTR])
            return SIGINT;
        if ((cc_t)bytes[i] == now.c_cc[VQUIT])
            return SIGQUIT;
    }
    return 0;
}

static bool read_typed(struct child_pty *pty)
{
    struct pollfd pfd = {.fd = pty->tty, .events = POLLIN};
    bool is_there = pty->is_raw && poll(&pfd, 1, 0) > 0;
    ssize_t got = is_there ? read(pty->tty, pty->typed, sizeof pty->typed) : 0;
    pty->typed_from = 0;
    pty->typed_len = got > 0 ? (size_t)got : 0;
    return got > 0;
}

bool child_pty_type(struct child_pty *pty, int *signal)
{
    *signal = 0;
    for (;;) {
        if (pty->typed_from == pty->typed_len) {
            if (!read_typed(pty))
                break;
            if (!*signal)
                *signal = interruption_of(pty, pty->typed, pty->typed_len);
        }
        ssize_t taken = write(pty->master, pty->typed + pty->typed_from, pty->typed_len - pty->typed_from);
        if (taken <= 0)
            break;
        pty->typed_from += (size_t)taken;
    }
    return *signal != 0;
}
