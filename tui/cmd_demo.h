/*
 * `executor-runs demo`: writes a made-up history, and keeps adding to it with --follow.
 */
#pragma once

/* The options for --help, in order; ends with a row of NULLs. */
struct demo_option_help {
    const char *option;   /* "--runs" */
    const char *argument; /* "N"; NULL: takes none */
    const char *help;
};
extern const struct demo_option_help demo_option_help[];

/* argv[0] is "demo". Returns the exit code: 0, 1 (the file could not be written, or it was interrupted before
 * it was complete), 2 (usage). SIGINT, SIGTERM and SIGHUP stop it cleanly; they are blocked meanwhile and as
 * before afterwards. */
int cmd_demo(int argc, char **argv);
