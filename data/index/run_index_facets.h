/*
 * Counts by code made into the facets of struct meta. Between the files of run_index only.
 */
#pragma once

#include "data/index/run_index_private.h"

/* Runs of one block, by number in it: those that count somewhere. */
struct picked {
    size_t from; /* position of number 0 */
    size_t count;
    uint16_t at[PLAN_BLOCK];
};
/* Those that fail nothing but what is in `ignored`. */
void picked_fill(struct picked *picked, size_t from, size_t to, const uint8_t *fails, uint8_t ignored);

/* By code; each array holds every possible code. While counting, even and odd calls go to counters of their own, COUNTER_STRIDE apart, because
 * adding to the same one twice in a row has to wait; index_counts_finish adds them up. */
enum { COUNTER_STRIDE = UINT16_MAX + 1 };
struct index_counts {
    const struct index_store *store;
    int64_t *status, *trigger, *scope; /* runs */
    int64_t *tools;                    /* calls */
    int64_t interactions[2];           /* runs without, with */
};
void index_counts_init(struct index_counts *counts, const struct index_store *store);
void index_counts_release(struct index_counts *counts);
/* Of the picked ones from the first to before the end. */
void index_count_codes(const struct code_column *codes, const struct picked *picked, size_t first, size_t end,
                       int64_t *counters);
void index_count_calls(const struct call_column *calls, const struct picked *picked, int64_t *counters);
void index_count_interactions(struct index_counts *counts, const struct picked *picked);
void index_counts_finish(struct index_counts *counts);

int64_t time_preset_span(enum time_preset preset); /* ms; 0: all */

enum { FACET_TOOLS = 20, FACET_VALUES_MAX = 1000 };
/* Fills values and count of status, trigger, tools and scopes; is_counted is the caller's. The six statuses are always there, other words come by
 * count, at most FACET_VALUES_MAX; of the tools the FACET_TOOLS most called. What the filter names is there too, with 0 if need be; a
 * tool pattern counts the calls below it. */
void index_facets_fill(const struct index_counts *counts, const struct filter *filter, struct arena *arena,
                       struct meta *meta);
