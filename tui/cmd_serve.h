/*
 * `executor-runs serve`: answers the /executions API from a file.
 */
#pragma once

#include "tui/command_line.h"

extern const struct command_info serve_command;

/* argv[0] is "serve". Returns the exit code when a signal ended it (0), when it could not begin (1), or of
 * usage (2). SIGINT and SIGTERM end it, and SIGHUP does where no token file is to be read again. */
int cmd_serve(int argc, char **argv);
