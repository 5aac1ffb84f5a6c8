/*
 * A person's shell in a history's directory: the program as $P, its build directory as $B, the history as $H;
 * no home but the directory, nothing inherited that names another file, UTC.
 */
#pragma once

#include "tests/support/history.h"

enum { SHELL_OUT_MAX = 65536 };

struct shell {
    struct history *history;
    char out[SHELL_OUT_MAX]; /* what both outputs of the last command said, cut to size */
};

struct shell *shell_new(struct history *h); /* takes ownership */
int shell_tear_down(void **state);          /* of a test whose state is a shell */

/* Runs the command. Its exit status, or 128 + the signal. */
int shell_run(struct shell *shell, const char *command);

/* The same, which must end with that status and have said that among others. */
void shell_must(struct shell *shell, const char *command, int status, const char *said);
