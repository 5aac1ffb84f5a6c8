/*
 * Counting by code over the runs of a block that are picked by bits. Between the files of run_index only.
 */
#pragma once

#include "data/index/run_index_block.h"

/* Runs [from, to) of a block, by number in it, of which those count whose bit is set. */
struct picked {
    const uint64_t *bits; /* of the whole block */
    size_t first;         /* position of run 0 of the block */
    size_t from, to;
};
size_t picked_count(const struct picked *picked);

/* Adds to counters, by code; they hold every code of the column's dictionary. */
void index_count_codes(const struct code_column *codes, const struct picked *picked, uint32_t *counters);
/* Calls by tool. Neighbouring calls go to different banks, of `stride` counters each, because adding to the same counter twice in a row
 * has to wait. */
enum { CALL_BANKS = 4 };
void index_count_calls(const struct call_column *calls, const struct picked *picked, uint32_t *banks,
                       size_t stride);
/* How many have an interaction. */
size_t index_count_flags(const uint8_t *flags, const struct picked *picked);
