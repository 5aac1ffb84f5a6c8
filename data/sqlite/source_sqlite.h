/*
 * Run history in a local SQLite file, read and nothing but read (speed.md, Traps).
 */
#pragma once

#include "data/source.h"

/* path: a file name, or file:… of which only the path counts. */
MUST_USE enum err_code source_sqlite_open(const char *path, const struct source_options *options,
                                          struct source **source, struct err *err);

/* ---- what a server of the file needs beyond a screen; of a live source with its background ---- */

/* Waits until what the source knows holds whatever was committed to the file before the call: two looks at the file's times where nothing was.
 * *revision is then the one below. ERR_CANCELLED, or why the file cannot be read. */
MUST_USE enum err_code source_sqlite_sync(struct source *source, struct cancel *cancel, uint64_t *revision,
                                          struct err *err);

/* Moves whenever the file has changed, in whatever place; never 0. Any thread. */
uint64_t source_sqlite_revision(struct source *source);
