/*
 * executor-runs stats: see `executor-runs stats --help` (script_args.h) for what it takes.
 */
#pragma once

/* argv[0] is "stats". Returns the exit code. */
int cmd_stats(int argc, char **argv);
