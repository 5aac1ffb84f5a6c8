/*
 * Which file is written where none is named: $EXECUTOR_RUNS_DB (which `record` sets for its command), else
 * $XDG_DATA_HOME/executor-runs/runs.db, else ~/.local/share/executor-runs/runs.db. An empty argument names
 * none.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"

/* Appends the path; argument may be NULL. Nothing is looked at or made: files_make_directories() does that
 * for a writer. ERR_TOO_BIG: longer than out's limit. ERR_NOT_FOUND: neither a data directory nor a home is
 * known. */
MUST_USE enum err_code record_path_find(const char *argument, struct buf *out, struct err *err);

/* The file where nothing else is said, whatever $EXECUTOR_RUNS_DB says: also a default source of the screen.
 * False: no home is known. */
bool record_path_default(struct buf *out);
