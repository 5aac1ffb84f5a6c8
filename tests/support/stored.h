/*
 * A store in a test, and what is in its file: asked by plain SQL, never through the store itself.
 */
#pragma once

#include "tests/support/history.h"

struct stored {
    struct history *history;
    struct store *store; /* the history's */
    struct err err;
};

/* Of a test whose state this is. */
int stored_set_up(void **state);
int stored_tear_down(void **state);

/* All rows of a query, columns joined by '|', rows by newlines, nulls as "null". The caller frees. */
char *stored_rows(const char *path, const char *sql);
/* The same of the store's file, which must be this. */
void stored_expect(const struct stored *stored, const char *sql, const char *rows);
