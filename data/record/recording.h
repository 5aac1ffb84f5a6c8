/*
 * The run that a command is recorded as, from inside: `record` tells its command by the environment, and
 * whatever that starts inherits it.
 */
#pragma once

#include "data/store/store.h"

#define RECORDING_RUN "EXECUTOR_RUNS_RUN"
#define RECORDING_SCOPE "EXECUTOR_RUNS_SCOPE"
#define RECORDING_DB "EXECUTOR_RUNS_DB"

/* Borrowed from the environment. */
struct recording {
    struct run_ref ref;
    const char *path;
};

/* ERR_NOT_FOUND: this is inside of no recorded run. */
MUST_USE enum err_code recording_find(struct recording *recording, struct err *err);

/* Its file, which must be there, with its tables: none is made. The recorder makes it beside the command that
 * it records, so it is waited for a moment. Else as store_open. SIGXFSZ is ignored from then on: a file that
 * may not grow (ulimit -f) is an error to tell of. */
enum { RECORDING_FILE_MS = 400 };
MUST_USE enum err_code recording_open(const struct recording *recording, int patience_ms,
                                      struct store **store, struct err *err);
