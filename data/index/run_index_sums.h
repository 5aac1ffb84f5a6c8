/*
 * The calls of each block by tool, whatever the filter: a question that most runs of a block pass counts those that do not. Between the files
 * of run_index only.
 */
#pragma once

#include "data/index/run_index_counts.h"

struct call_sums {
    const struct run_index *index;
    uint64_t revision; /* what they are right of */
    size_t blocks, room;
    uint32_t *counters; /* `room` of each block; NULL: too many tools to be worth it */
};
/* Brings them up to date; COLUMN_TOOLS is usable. */
void call_sums_update(struct call_sums *sums, const struct run_index *index);
void call_sums_release(struct call_sums *sums);
