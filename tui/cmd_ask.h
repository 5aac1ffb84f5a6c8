/*
 * executor-runs ask: makes the recorded run that it stands in wait for a person.
 */
#pragma once

#include "tui/command_line.h"

/* What a script learns from how it ended, beside 0, 1 and 2. */
enum { ASK_DECLINED = 10, ASK_CANCELLED = 11, ASK_TIMED_OUT = 124 };

extern const struct command_info ask_command;

/* argv[0] is "ask". Returns the exit code. */
int cmd_ask(int argc, char **argv);
