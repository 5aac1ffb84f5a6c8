/*
 * One look at the table on its way into the index: between source_sqlite_follow.c, _poll.c and _merge.c only.
 */
#pragma once

#include "data/sqlite/source_sqlite_build.h"

enum { OPEN_MAX = 200000 }; /* runs that can still change are followed up to so many */

/* Words that do not end a run, by the index: everything but the three that do. */
#define IS_OPEN                                                                                              \
    "(status < 'cancelled' OR (status > 'cancelled' AND status < 'completed') OR "                           \
    "(status > 'completed' AND status < 'failed') OR status > 'failed')"

struct seen_run {
    struct index_upsert upsert;
    struct text status, trigger, scope;
};

struct seen_call {
    int64_t run;
    struct index_call call;
    struct text path;
};

struct poll {
    struct follower *follower;
    struct run_index *index;
    bool want_count;

    struct arena arena;
    struct seen_run *runs;
    size_t run_count;
    struct seen_call *calls;
    size_t call_count;
    struct open_run *open; /* runs that can change now */
    size_t open_count;
    int64_t *touched; /* rowids of runs to read again, ascending in the end */
    size_t touched_count;
    int64_t read_to; /* those above were not: the time was up; INT64_MAX: all were */
    int64_t last_run, last_call, last_question, rows;
    int64_t count_took; /* ms, where rows were counted */
    int64_t until;      /* when a look should be over */
    uint64_t content;   /* reader.content */
    bool is_more, is_same, is_outgrown;
};

/* Reads the next suspects again, as many as fit into one transaction: poll->touched_count of them. */
enum err_code poll_suspects_body(struct reader *reader, void *context, struct err *err);
/* The body of a look; the context is a struct poll, whose arena is released each time. */
enum err_code poll_body(struct reader *reader, void *context, struct err *err);
