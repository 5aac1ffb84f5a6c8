/*
 * `executor-runs sweep`: deletes recorded runs that are old.
 */
#pragma once

#include "tui/command_line.h"

extern const struct command_info sweep_command;

int cmd_sweep(int argc, char **argv);
