/*
 * The counts behind struct meta, kept by stretches of runs, so that where only some changed only those are counted anew. Between the
 * files of run_index only.
 */
#pragma once

#include "data/index/run_index_counts.h"
#include "data/index/run_index_key.h"
#include "data/index/run_index_seen.h"
#include "data/index/run_index_sums.h"

/* By code, one after the other: runs by status, trigger and scope, calls by tool. */
enum counter_kind { COUNT_STATUS, COUNT_TRIGGER, COUNT_SCOPE, COUNT_TOOLS };

/* A bucket's share of a stretch. */
struct kept_bar {
    int64_t number; /* floor(created_at / width) */
    uint32_t counts[STATUS_COUNT];
};

struct kept_stretch {
    uint32_t from, to; /* the question's time range inside it, by number of run */
    uint32_t matches;
    uint32_t at_any_time; /* matches but for the time terms */
    uint32_t in_scope;
    uint32_t without, with; /* an interaction */
    bool is_open;           /* some runs are not answered yet */
    bool is_cut;            /* some matches lie outside the chart */
    struct kept_bar *bars;  /* in time order */
    uint32_t bar_count, bar_cap;
};

/* Whatever is kept for one question. */
struct kept_answer {
    struct index_key key;
    uint64_t revision; /* what it is right of */
    uint64_t used;     /* the larger, the later */
    int64_t width;     /* of the chart's buckets; 0: no chart */
    size_t runs;       /* in the index */
    size_t stretch_runs, stretch_count;
    struct kept_stretch *stretches;
    size_t first[DICTIONARIES], room[DICTIONARIES]; /* of each kind's counters */
    size_t slots;                                   /* counters of a stretch */
    uint32_t *counters;                             /* of every stretch */
    int64_t *totals;                                /* of all */
    struct bitmap at_any_time;
    struct seen_externals seen;
};

/* An empty one for a question. */
void kept_begin(struct kept_answer *kept, const struct run_index *index,
                const struct index_question *question, int64_t width);
/* Brings it up to date with the index: afterwards it is an answer to the question. The plan is the question's. */
void kept_update(struct kept_answer *kept, const struct index_plan *plan, const struct histogram *chart,
                 const struct call_sums *sums /* up to date; NULL: none */);
void kept_release(struct kept_answer *kept);

/* The few answers that an index keeps, for the questions asked last. One at a time takes them: a second thread counts for itself. */
struct kept_answers *kept_answers_new(void);
void kept_answers_free(struct kept_answers *answers);
size_t kept_answers_memory(struct kept_answers *answers);
/* The answer for this question, or an empty one in place of the one not used for longest; NULL: somebody else is at them. Give it
 * back. */
struct kept_answer *kept_take(struct kept_answers *answers, const struct run_index *index,
                              const struct index_question *question, int64_t width);
/* The sums of calls, up to date; NULL without COLUMN_TOOLS. Only between take and give back. */
const struct call_sums *kept_sums(struct kept_answers *answers, const struct run_index *index);
void kept_give_back(struct kept_answers *answers);
