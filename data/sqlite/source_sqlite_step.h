/*
 * Reading many rows of the table by ascending rowid, most of which are neighbours.
 *
 *     row_steps_start(&steps, reader, "SELECT rowid, code FROM execution WHERE rowid >= ? ORDER BY rowid", &err)
 *     if (row_steps_find(&steps, rowid, &code, &err)) … column 1 of steps.statement …
 *     row_steps_end(&steps)
 */
#pragma once

#include "data/sqlite/source_sqlite_int.h"

struct row_steps {
    struct reader *reader;
    sqlite3_stmt *statement;
    bool is_on; /* the statement stands on the row `rowid` */
    int64_t rowid;
};

/* `sql` gives the rowid in column 0, from its one parameter on and ascending. To be ended also where it failed. */
MUST_USE enum err_code row_steps_start(struct row_steps *steps, struct reader *reader, const char *sql,
                                       struct err *err);
/* False: there is no such row, or *code says what failed; one row that fails does not keep others from being read. */
bool row_steps_find(struct row_steps *steps, int64_t rowid, enum err_code *code, struct err *err);
void row_steps_end(struct row_steps *steps);
