/*
 * The columns of an index as bytes and back, for a cache between two starts: what totals, facets and the histogram are counted from,
 * about 11 bytes a run. No rowids, no durations, no ids, no code: nothing that could show a run.
 *
 * The bytes are as this machine writes numbers; whoever keeps them keeps a mark of that beside them, and a checksum. Unpacking does not rely
 * on either: any bytes are safe.
 */
#pragma once

#include "data/index/run_index.h"

/* The bytes of an index that is complete but for COLUMN_DURATION; NULL where it is not, where a dictionary is full, or there is no run. The
 * caller frees them. The writer's thread. */
uint8_t *run_index_pack(const struct run_index *index, size_t *size);

/* Takes the columns over, in one step for readers. False, and nothing happened: they are not what run_index_pack makes. `bytes` is aligned as
 * malloc aligns. What comes out answers run_index_meta, and of filters without a duration, an id or code; its rowids and durations mean nothing,
 * and nothing can be merged into it. */
MUST_USE bool run_index_unpack(struct run_index *index, const uint8_t *bytes, size_t size);
