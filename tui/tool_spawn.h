/*
 * A command run in our place: with our input, output and terminal, and with the signals that are sent to us.
 */
#pragma once

#include <signal.h>
#include <sys/types.h>

struct tool_spawn {
    pid_t pid; /* 0: could not be started */
    int start_errno;
    sigset_t signals; /* what is waited for */
};

struct tool_end {
    int start_errno; /* 0, else exit_status is 127 or 126 */
    int exit_status;
    int signal; /* that ended it; 0: none */
};

/* argv ends in NULL; argv[0] is looked for in $PATH. Signals are blocked from here on, and passed on by the
 * wait. */
void tool_spawn_start(char *const *argv, struct tool_spawn *spawn);
void tool_spawn_wait(struct tool_spawn *spawn, struct tool_end *end);
