/*
 * A person's shell in a history's directory: the program as $P, its build directory as $B, the history as $H; no home but the directory, nothing
 * inherited that names another file, UTC.
 */
#pragma once

#include "tests/support/history.h"

enum { SHELL_OUT_MAX = 65536 };

/* Runs the command; out is what both outputs said, cut to size. Its exit status, or 128 + the signal. */
int shell_run(const struct history *h, const char *command, char out[SHELL_OUT_MAX]);

/* The same, which must end with that status and have said that among others. */
void shell_must(const struct history *h, const char *command, int status, const char *said,
                char out[SHELL_OUT_MAX]);
