/*
 * Which source is opened: the argument, else $EXECUTOR_RUNS_SOURCE, else the config file's `source`, else
 * $EXECUTOR_DATA_DIR/data.db, else
 * ~/.executor/data.db (product.md and executor-store.md: the last only where that variable is unset).
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"

/* Appends the address. What a person named is not looked at: opening it tells what is wrong with it. A
 * default file that is not there is ERR_NOT_FOUND, with what was looked for and how to try the demo. argument
 * and configured may be NULL; empty counts as not given. */
MUST_USE enum err_code source_path_find(const char *argument, const char *configured, struct buf *out,
                                        struct err *err);
