/*
 * executor-runs tool start|finish|run: tool calls of the recorded run that this stands in.
 */
#pragma once

#include "tui/command_line.h"

extern const struct command_info tool_start_command, tool_finish_command, tool_run_command;

/* argv[0] is "tool". Returns the exit code; `tool run` ends as its command ends. */
int cmd_tool(int argc, char **argv);
