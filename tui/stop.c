/*
 * See stop.h. A signalfd, so that one poll() waits for input and for signals.
 */
#include "tui/stop.h"

#include "data/base/die.h"
#include "data/base/signals.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

void stop_begin(struct stop *stop)
{
    static const int ours[] = {SIGINT, SIGTERM, SIGHUP};
    stop->caught = 0;
    signals_choose(ours, sizeof ours / sizeof *ours, &stop->signals);
    sigprocmask(SIG_BLOCK, &stop->signals, &stop->before);
    stop->fd = signalfd(-1, &stop->signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (stop->fd < 0)
        die("no signalfd");
}

void stop_end(struct stop *stop)
{
    close(stop->fd);
    if (stop->caught) {
        signal(stop->caught, SIG_DFL);
        raise(stop->caught);
    }
    sigprocmask(SIG_SETMASK, &stop->before, NULL);
}

static void take(struct stop *stop)
{
    struct signalfd_siginfo info;
    if (read(stop->fd, &info, sizeof info) == (ssize_t)sizeof info)
        stop->caught = (int)info.ssi_signo;
}

bool stop_after(struct stop *stop, int wait_ms)
{
    struct pollfd poll_fd = {stop->fd, POLLIN, 0};
    if (!stop->caught && poll(&poll_fd, 1, wait_ms) > 0)
        take(stop);
    return stop->caught != 0;
}

bool stop_or_input(struct stop *stop, int fd)
{
    struct pollfd fds[] = {{stop->fd, POLLIN, 0}, {fd, POLLIN, 0}};
    while (!stop->caught && !fds[1].revents) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return true; /* reading says what is wrong */
        if (fds[0].revents)
            take(stop);
    }
    return stop->caught == 0;
}
