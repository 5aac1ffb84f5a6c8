/*
 * executor-runs answer: a person's answer to a run that waits.
 */
#pragma once

#include "tui/command_line.h"

extern const struct command_info answer_command;

/* argv[0] is "answer". Returns the exit code. */
int cmd_answer(int argc, char **argv);
