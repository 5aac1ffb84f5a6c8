/*
 * executor-runs list: see `executor-runs list --help` (script_args.h) for what it takes.
 */
#pragma once

/* argv[0] is "list". Returns the exit code. */
int cmd_list(int argc, char **argv);
