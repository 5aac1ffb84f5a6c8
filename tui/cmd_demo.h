/*
 * `executor-runs demo`: writes a made-up history, and keeps adding to it with --follow.
 */
#pragma once

#include "tui/command_line.h"

extern const struct command_info demo_command;

/* argv[0] is "demo". Returns the exit code: 0, 1 (the file could not be written, or it was interrupted before
 * it was complete), 2 (usage). SIGINT, SIGTERM and SIGHUP stop it cleanly; they are blocked meanwhile and as
 * before afterwards. */
int cmd_demo(int argc, char **argv);
