/*
 * See source_sqlite_step.h. Stepping on to the next row costs a fraction of looking one up, and in a history that only grew neighbours in time are
 * neighbours in the table.
 */
#include "data/sqlite/source_sqlite_step.h"

enum err_code row_steps_start(struct row_steps *steps, struct reader *reader, const char *sql,
                              struct err *err)
{
    *steps = (struct row_steps){.reader = reader};
    return reader_prepare(reader, sql, &steps->statement, err);
}

bool row_steps_find(struct row_steps *steps, int64_t rowid, enum err_code *code, struct err *err)
{
    bool is_next = steps->is_on && steps->rowid < rowid && steps->rowid + 1 == rowid;
    if (!is_next) {
        sqlite3_reset(steps->statement);
        sqlite3_bind_int64(steps->statement, 1, rowid);
    }
    steps->is_on = reader_step(steps->reader, steps->statement, code, err);
    steps->rowid = steps->is_on ? sqlite3_column_int64(steps->statement, 0) : 0;
    return steps->is_on && steps->rowid == rowid;
}

void row_steps_end(struct row_steps *steps)
{
    sqlite3_finalize(steps->statement);
    steps->statement = NULL;
}
