/*
 * What the searches of a question had found when it was answered, block by block: a search that goes on, or follows the live runs, changes few
 * blocks. Between the files of run_index only.
 */
#pragma once

#include "data/index/run_index_block.h"

enum { SEEN_MAX = 4 }; /* externals; a question with more is answered anew when any of them moves */

struct seen_externals {
    size_t blocks, count;
    uint64_t *words; /* of each block and external the hits, then the searched */
};
/* Room for the question's externals and the index's blocks; what was noted stays where their number is the same. */
void seen_resize(struct seen_externals *seen, const struct index_plan *plan);
void seen_release(struct seen_externals *seen);
/* Whether the question's externals are what was noted of the block. */
bool seen_stands(const struct seen_externals *seen, const struct index_plan *plan, size_t block);
void seen_note(struct seen_externals *seen, const struct index_plan *plan, size_t block);
