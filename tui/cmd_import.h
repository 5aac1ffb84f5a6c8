/*
 * `executor-runs import`: runs from lines of JSON into a file.
 */
#pragma once

#include "tui/command_line.h"

extern const struct command_info import_command;

int cmd_import(int argc, char **argv);
