/*
 * Whether a signal came to us alone or to our whole group. The kernel says who sent it, but not to whom, and
 * it matters: what a shell, timeout(1) or a service manager sends to all of us the command has got already,
 * and what `kill PID` sends to us it has not. Handing on the first would end it twice, keeping the second
 * would not end it at all.
 *
 * So a small process stands beside us in the group and blocks every signal: what is pending there was sent to
 * all. It wakes only to forget one.
 */
#include "data/record/child_int.h"
#include "data/record/process.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MS = 100 }; /* it may be stopped together with the group */

static _Noreturn void stand_by(int socket)
{
    int kept[] = {socket}, signal;
    child_fds_keep(kept, 1);
    for (int fd = 0; fd <= 2; fd++)
        close(fd); /* somebody may wait for their end */
    while (recv(socket, &signal, sizeof signal, 0) == sizeof signal) {
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, signal);
        while (sigtimedwait(&one, NULL, &(struct timespec){0, 0}) > 0)
            ;
        send(socket, &signal, sizeof signal, MSG_NOSIGNAL);
    }
    _exit(0);
}

void child_witness_start(struct child_witness *witness)
{
    int ends[2];
    *witness = (struct child_witness){.socket = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return;
    witness->pid = fork();
    if (witness->pid == 0)
        stand_by(ends[1]);
    close(ends[1]);
    if (witness->pid > 0)
        witness->socket = ends[0];
    else
        close(ends[0]);
}

void child_witness_end(struct child_witness *witness)
{
    if (witness->socket >= 0)
        close(witness->socket);
    witness->socket = -1;
}

/* A line of /proc/PID/status: a set of signals in hexadecimal. 0 where it cannot be read. */
static uint64_t signals_of(pid_t pid, const char *name)
{
    char path[48], text[4096];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    process_read_file(path, text, sizeof text);
    const char *line = strstr(text, name);
    return line ? strtoull(line + strlen(name), NULL, 16) : 0;
}

bool child_witness_saw(const struct child_witness *witness, int signal)
{
    uint64_t bit = UINT64_C(1) << (signal - 1);
    if (witness->socket < 0 || !(signals_of(witness->pid, "\nShdPnd:") & bit))
        return false;
    struct pollfd pfd = {.fd = witness->socket, .events = POLLIN};
    send(witness->socket, &signal, sizeof signal, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (poll(&pfd, 1, ANSWER_MS) > 0)
        recv(witness->socket, &signal, sizeof signal, MSG_DONTWAIT);
    return true;
}

bool child_witness_is_caught(pid_t pid, int signal)
{
    return signals_of(pid, "\nSigCgt:") & UINT64_C(1) << (signal - 1);
}
