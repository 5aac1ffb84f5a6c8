/*
 * What every script command does before and after its own work: read the command line, open the source, write
 * to standard output, end with the right code.
 *
 *     struct script script;
 *     int code = script_start(&script, SCRIPT_LIST, argc, argv);
 *     if (code >= 0)
 *         return code;
 *     struct err err;
 *     return script_end(&script, work(&script, &err), &err);
 */
#pragma once

#include "data/source.h"
#include "tui/script_args.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, SCRIPT_GO_ON = -1 };

struct script {
    struct script_args args;
    char run_id[128]; /* the run that a link names; "" none. args.id points here where no other was named */
    int64_t now;
    struct source *source;
    struct source_conn *conn;
    struct buf out; /* what is to be written next */
    int width; /* cells of the terminal that is written to; 0: not a terminal, a line is as long as it is */
    bool is_ascii;       /* the locale has no UTF-8 */
    bool is_pipe_closed; /* nobody reads any more: stop, quietly */
};

/* SCRIPT_GO_ON, or the exit code: --help was asked for and written, or an error was. Then everything is
 * released already. */
int script_start(struct script *script, enum script_command command, int argc, char **argv);

/* Writes out what stands in script->out and empties it. ERR_IO where it cannot be written; a closed pipe is
 * no error, but says so in is_pipe_closed. ERR_TOO_BIG where the buffer was cut. */
MUST_USE enum err_code script_flush(struct script *script, struct err *err);

/* Reports the error where there is one, closes everything, returns the exit code. */
int script_end(struct script *script, enum err_code code, const struct err *err);

/* "executor-runs: what\n  hint\n" on standard error, made visible, and the exit code that belongs to it. */
int script_complain(const struct err *err);
