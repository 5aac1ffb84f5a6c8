/*
 * `executor-runs record`: runs a command and records it.
 */
#pragma once

#include "tui/command_line.h"

extern const struct command_info record_command;

/* argv[0] is "record". Returns only where nothing was run: help was asked for, or the words were wrong (2).
 * Else the process ends as the command ended. */
int cmd_record(int argc, char **argv);
