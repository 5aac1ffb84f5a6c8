/*
 * Counts by code made into the facets of struct meta. Between the files of run_index only.
 */
#pragma once

#include "data/index/run_index_private.h"

/* By code, of every word in the dictionary. */
struct index_counts {
    const struct index_store *store;
    const int64_t *status, *trigger, *scope; /* runs */
    const int64_t *tools;                    /* calls */
};

enum { FACET_TOOLS = 20, FACET_VALUES_MAX = 1000 };
/* The FACET_TOOLS most called by counts of calls by code, without 0; is_counted is the caller's. */
struct facet index_facet_called(const struct index_store *store, const int64_t *calls, struct arena *arena);

/* Fills values and count of status, trigger, tools and scopes; is_counted is the caller's. The six statuses are always there, other words come by
 * count, at most FACET_VALUES_MAX; of the tools the FACET_TOOLS most called. What the filter names is there too, with 0 if need be; a
 * tool pattern counts the calls below it. */
void index_facets_fill(const struct index_counts *counts, const struct filter *filter, struct arena *arena,
                       struct meta *meta);
