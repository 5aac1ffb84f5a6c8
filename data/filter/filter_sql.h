/*
 * A filter as SQL: the part behind WHERE, with `?` parameters and what to bind to them, in order. Pure text: nothing here runs SQL.
 *
 * The table `execution` has the alias e. Status, trigger and (without an id term) scope are written with a unary plus, so that the planner
 * keeps the order of the created_at index instead of sorting what a status index gives (speed.md). The fragment means exactly what
 * filter_matches() means: an excluded term is the plain negation, nulls included.
 *
 * A code term calls code_contains(e.code, ?), an SQL function that the source registers: 1 where needle_find() finds the second argument in
 * the first, 0 where not or where the first is null.
 */
#pragma once

#include "data/base/arena.h"
#include "data/filter/filter.h"

struct sql_binding {
    bool is_text;
    struct text
        text; /* not NUL-terminated: bind with its length. Borrowed from the filter, the scope or the arena */
    int64_t number;
};

struct filter_sql {
    const char *where; /* never empty: "1" where everything matches; safe to put between AND */
    const struct sql_binding *bindings;
    size_t count; /* as many as there are ? in where */
};

#define FILTER_KEYS_ALL ((1u << FILTER_KEY_COUNT) - 1)

/* keys: bits (1u << key) of the terms to write: FILTER_KEYS_ALL, or fewer where something else tests the others. Times are one range,
 * written where both AFTER and BEFORE are asked for. */
struct filter_sql_options {
    const char *scope; /* NULL: all */
    int64_t now;       /* what relative times count from */
    unsigned keys;
};

/* The duration of a run: null where there is none, or where it is out of range, which SQLite's minus makes a float of. */
#define DURATION_SQL                                                                                         \
    "(CASE WHEN typeof(CAST(e.completed_at AS INTEGER) - CAST(e.started_at AS INTEGER)) = 'integer' "        \
    "THEN CAST(e.completed_at AS INTEGER) - CAST(e.started_at AS INTEGER) END)"

/* The result lives in the arena, and as long as the filter and the scope. */
struct filter_sql filter_sql_make(const struct filter *filter, const struct filter_sql_options *options,
                                  struct arena *arena);
