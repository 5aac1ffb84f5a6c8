/*
 * `meta` of a list: every count is of the rows that passed all filters, but for the total.
 */
#pragma once

#include "data/base/buf.h"
#include "tests/support/api_server_runs.h"

/* Rows in the list's order: what ties comes as first seen in it. */
void meta_write(const struct served_runs *runs, const struct served_run *const *rows, size_t count,
                struct buf *out);
