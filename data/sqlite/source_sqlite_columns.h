/*
 * Some columns of many rows of the table `execution`, by ascending rowid, most of which are neighbours.
 *
 *     row_columns_start(&columns, reader, (const char *const[]){"code"}, 1, BTREE_TEXT, &err)
 *     code = row_columns_find(&columns, rowid, &err)     columns.values[0]: what the row has
 *     row_columns_end(&columns)
 */
#pragma once

#include "data/sqlite/source_sqlite_image.h"
#include "data/sqlite/source_sqlite_step.h"

enum { ROW_COLUMNS_MAX = 2 };

struct row_columns {
    /* BTREE_NULL where it is null, the row is not there, or the text is larger than is read; else what was asked for, in `bytes` or in
     * `integer`, converted as SQLite does. Borrowed until the next call. */
    struct btree_value values[ROW_COLUMNS_MAX];

    struct reader *reader;
    const char *names[ROW_COLUMNS_MAX];
    size_t count;
    enum btree_type type;
    struct row_steps steps; /* .statement is NULL until SQLite is asked */
    struct image *image;    /* NULL: SQLite alone is asked */
    struct btree_walk walk;
    size_t places[ROW_COLUMNS_MAX]; /* of the columns in a row, */
    size_t first, span;             /* and of the stretch that holds them all */
    bool is_on;                     /* the walk stands on the row `at` */
    int64_t at;
};

/* `names` are borrowed; `type` is BTREE_TEXT or BTREE_INTEGER, for all. At the beginning of a body. To be ended also where it failed. */
MUST_USE enum err_code row_columns_start(struct row_columns *columns, struct reader *reader,
                                         const char *const *names, size_t count, enum btree_type type,
                                         struct err *err);
/* A row that is not there is no error. */
MUST_USE enum err_code row_columns_find(struct row_columns *columns, int64_t rowid, struct err *err);
/* The pages were not what they should be: what was found so far must be read again, which SQLite then does. */
bool row_columns_must_start_over(struct row_columns *columns);
void row_columns_end(struct row_columns *columns);
