/*
 * Through the runs that a command line asks for, one page at a time: memory does not grow with the history,
 * and a reader who stops early stops the reading.
 *
 *     struct script_walk walk;
 *     enum err_code code = script_walk_start(&walk, &script, &err);
 *     if (!code)
 *         code = script_walk_rows(&walk, write_row, &err);
 *     script_walk_release(&walk);
 */
#pragma once

#include "tui/script.h"

/* Pages: whole runs can be megabytes each, rows are small. */
enum { WALK_FULL_PAGE = 25, WALK_ROW_PAGE = 500 };

struct script_walk {
    struct script *script; /* borrowed */
    struct list_query query;
    int64_t page; /* rows at a time */
    int64_t left; /* rows still to be written */
    int64_t written;
    bool has_more;
    struct run_row last; /* where written; borrowed from the arena */
    struct arena arena;  /* of the page */
};

/* At the first run, or behind the cursor. Release in any case. */
MUST_USE enum err_code script_walk_start(struct script_walk *walk, struct script *script, struct err *err);
void script_walk_release(struct script_walk *walk);

/* Appends the row at `at` to walk->script->out, which is written out from time to time. */
typedef enum err_code walk_row(struct script_walk *walk, const struct list_reply *reply, size_t at,
                               struct err *err);

/* Until the limit, the end, an error, or nobody reads. */
MUST_USE enum err_code script_walk_rows(struct script_walk *walk, walk_row *write, struct err *err);
