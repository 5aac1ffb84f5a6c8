/*
 * Signals that a program takes for itself.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

bool signals_is_ignored(int signal);

/* Those of them that are not ignored: what was ignored when we were started, nohup's SIGHUP for one, stays
 * so. */
void signals_choose(const int *wanted, size_t count, sigset_t *chosen);
