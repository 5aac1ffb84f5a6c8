/*
 * Run history in a local SQLite file, read and nothing but read (speed.md, Traps).
 */
#pragma once

#include "data/source.h"

/* path: a file name, or file:… of which only the path counts. */
MUST_USE enum err_code source_sqlite_open(const char *path, const struct source_options *options,
                                          struct source **source, struct err *err);
