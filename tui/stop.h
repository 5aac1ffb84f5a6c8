/*
 * How a long command ends between two of its steps: SIGINT, SIGTERM and SIGHUP are blocked and asked for. No
 * handler, and a sleep or a wait for input ends the moment one comes.
 *
 *     struct stop stop;
 *     stop_begin(&stop);
 *     while (work_is_left && !stop_after(&stop, 20))
 *         do_a_step();
 *     say_what_was_done();
 *     stop_end(&stop);             does not come back where there was one: the program dies of it, as its caller expects
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct stop {
    sigset_t signals, before;
    int fd;     /* readable once one has come */
    int caught; /* 0: none yet */
};

void stop_begin(struct stop *stop);
void stop_end(struct stop *stop);

/* Waits so long for one; true where one has come, then or before. */
bool stop_after(struct stop *stop, int wait_ms);

/* Waits until there is something to read from fd, or its end, or a signal: false for that. */
bool stop_or_input(struct stop *stop, int fd);
