/*
 * A walk through the list in one direction: between source_sqlite_walk.c and source_sqlite_pages.c only.
 */
#pragma once

#include "data/filter/filter_sql.h"
#include "data/sqlite/source_sqlite_int.h"

enum { KEY_CUT = sizeof(((struct row_key *)0)->id) - 1 }; /* bytes of an id that a key holds */

struct finder {
    const struct reading *reading;
    const struct list_query *query;
    struct filter_sql filter;
    struct time_range range;
    struct arena *arena;
    int64_t deadline;
};

/* Where a walk begins. */
enum bound_kind { BOUND_END, BOUND_KEY, BOUND_KEY_INCLUDED, BOUND_TIME, BOUND_TIME_INCLUDED };
struct bound {
    enum bound_kind kind;
    struct row_key key;
};

/* One walk in one direction of the list. */
struct walk {
    const struct finder *finder;
    struct bound bound;
    bool is_forward;
    bool only_failed;
    size_t wanted;

    struct place *places; /* nearest to the bound first */
    size_t count;
    struct slices slices;

    struct walk_mark { /* when the slice began: a slice that is read again starts there */
        struct place *places;
        size_t count;
        struct slices slices;
    } saved;
};

bool walk_is_downward(const struct walk *walk); /* towards older runs */
/* Finds up to `wanted` places from the bound on. slices.is_done: there are no more, or enough; else the time was up. */
MUST_USE enum err_code walk_run(struct walk *walk, struct err *err);
