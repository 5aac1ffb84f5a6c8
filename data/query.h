/*
 * Questions to a source and their answers. A query is a value that crosses threads by ownership; a reply owns an arena with all that it
 * points to. Sources answer with what they know at once and say how exact it is; when they know more they raise SOURCE_PROGRESS
 * (source.h), and the question is put again. So no question ever waits for a count.
 */
#pragma once

#include "data/base/arena.h"
#include "data/base/err.h"
#include "data/filter/filter.h"
#include "data/meta.h"
#include "data/run.h"

#include <stdatomic.h>

enum sort_field { SORT_CREATED, SORT_DURATION };
struct sort {
    enum sort_field field;
    bool is_ascending;
};
/* Order: the field, then created_at descending, then id descending, so that every order is total; for SORT_CREATED ascending the whole
 * order is reversed. A run without a duration sorts last in either direction. */

enum anchor_kind {
    ANCHOR_FIRST, /* the first row */
    ANCHOR_LAST,  /* the last row */
    ANCHOR_KEY,   /* the row of that key, or where it would stand: the first row not before it */
    ANCHOR_AFTER, /* strictly after that key: a wire cursor */
    ANCHOR_TIME, /* the first row, in the order, on the far side of key.created_at: a jump from the timeline (SORT_CREATED only) */
    ANCHOR_RANK, /* the row with the 0-based number `rank`: the scroll bar and percentages. Sources without ranks answer as ANCHOR_FIRST */
};

enum { ROWS_BEFORE_MAX = 1000, ROWS_AFTER_MAX = 1000 };

/* A window of rows around an anchor: endless scroll is a sequence of these. */
struct list_query {
    struct filter filter; /* owned */
    int64_t now;          /* what relative times count from */
    char *scope;          /* owned; NULL: all */
    struct sort sort;
    enum anchor_kind anchor;
    struct row_key key;
    int64_t rank;
    size_t before, after; /* rows wanted before the anchor row; and from it on, itself included */
    int find_failed; /* +1 / -1: move the anchor to the next / previous failed row strictly after / before it */
    bool
        want_full; /* fill `full`: whole runs with payloads and their pending interaction (script commands) */
    bool want_calls; /* with want_full: their tool calls too, from a source that has them at hand */
    bool wait_exact; /* may take as long as it needs: complete and exact, never partial (script commands) */
    int64_t cutoff;  /* live: count the rows created after this; TIME_NONE: do not */
};

struct run_detail {
    struct run run;
    struct interaction *interactions; /* newest first */
    size_t interaction_count;
    ptrdiff_t pending; /* index of the newest pending one, or -1: the API's pendingInteraction */
    bool
        has_calls; /* of a list that wanted them: the next two are all of its calls, else ask for the detail */
    struct tool_call *calls; /* by started_at, ties by id */
    size_t call_count;
};

struct list_reply {
    struct run_row *rows;
    struct run_detail *
        full; /* parallel to rows where want_full, else NULL. Rows beside it need not tell of code and log lines: code_head may be null, the counts -1 */
    size_t count;
    ptrdiff_t anchor;       /* index in rows of the anchor row; -1 where there are no rows */
    bool anchor_found;      /* ANCHOR_KEY: the very row was there. find_failed: there was one */
    bool is_first, is_last; /* no row stands before rows[0] / after the last: the list begins / ends here */
    struct tally total;     /* rows of the whole list */
    struct tally rank;      /* 0-based number of rows[0] */
    int64_t new_count, new_failed; /* rows after the cutoff; -1 unknown */
    bool is_partial;               /* a search goes on: more rows may come between these */
    double progress;               /* of that search, 0..1 */
    int64_t
        reach; /* where partial or looked_at: created_at of the oldest row searched so far, or TIME_NONE */
    int64_t
        looked_at; /* where the source does not filter or order by itself what is asked, and not all has been fetched: runs that were, the newest ones (the oldest, in ascending order); 0: all, or not told */
    bool
        is_paused; /* where partial: nothing more comes by itself, since the source is too slow to go through all of it unasked; a question for another place of the list goes on */
};

struct meta_query {
    struct filter filter; /* owned */
    int64_t now;
    char *scope;          /* owned; NULL: all */
    size_t max_buckets;   /* 0: no histogram */
    int64_t bucket_width; /* 0: bucket_width_for(range, max_buckets) */
    bool wait_exact;
    bool
        want_api_chart; /* range = span of the filtered rows, width = bucket_width_of_api (stats --json, list --meta) */
};
/* answered by struct meta */

struct detail_query {
    char *id; /* owned; a unique prefix is enough where is_prefix */
    bool is_prefix;
    char *scope;
    bool may_lack_calls; /* the run alone is welcome where it is at hand and its calls are not */
};

struct detail_reply {
    struct run_detail detail;
    bool lacks_calls;        /* only where that was welcome: ask again for them */
    struct tool_call *calls; /* by started_at, ties by id; NULL where none, and where lacks_calls */
    size_t call_count;
};

/* Where a run's duration stands among finished runs of the same code. */
struct peers_query {
    char *id;   /* owned */
    char *code; /* owned */
    size_t code_len;
    int64_t duration_ms; /* may be DURATION_NONE: then only the percentiles */
};

struct peers_reply {
    size_t count;  /* finished runs of the same code that were looked at, itself included */
    size_t faster; /* of them with a smaller duration */
    int64_t p50_ms, p95_ms;
    bool is_complete; /* false: only the newest were looked at */
};

/* Set by the thread that asked, read by the source: stop soon, answer ERR_CANCELLED. */
struct cancel {
    atomic_bool requested;
};
static inline bool cancel_requested(struct cancel *cancel)
{
    return cancel && atomic_load_explicit(&cancel->requested, memory_order_relaxed);
}
