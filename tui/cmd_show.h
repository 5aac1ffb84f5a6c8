/*
 * executor-runs show: see `executor-runs show --help` (script_args.h) for what it takes.
 */
#pragma once

/* argv[0] is "show". Returns the exit code. */
int cmd_show(int argc, char **argv);
