/*
 * The order by duration. Between the files of run_index only.
 */
#pragma once

#include "data/index/run_index_private.h"

/* Ascending numbers in list order; a run without a duration is last in either direction. */
static inline int64_t index_order_key(int64_t ms, struct sort sort)
{
    if (ms == DURATION_NONE || ms == DURATION_UNREAD)
        return INT64_MAX;
    return sort.is_ascending ? ms : ~ms;
}

/* Fills list->order with the positions that match, runs of one duration newest first; runs whose duration is not read are last, and make the
 * result partial. */
void index_order_by_duration(const struct run_index *index, struct index_list *list);
/* The same for a list that was in this order, of `had` rows, before some of the blocks changed. */
void index_reorder_by_duration(const struct run_index *index, struct index_list *list, size_t had,
                               const bool *changed, size_t blocks);
