/*
 * See run_index_sums.h.
 */
#include "data/index/run_index_sums.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

enum { SUMS_MAX = 1 << 19 };

void call_sums_release(struct call_sums *sums)
{
    free(sums->counters);
    *sums = (struct call_sums){0};
}

static void sum_block(struct call_sums *sums, const struct index_store *store, size_t block, uint32_t *banks)
{
    uint64_t all[BLOCK_WORDS];
    size_t first = block * INDEX_BLOCK_RUNS, left = store->count - first;
    struct picked picked = {all, first, 0, left < INDEX_BLOCK_RUNS ? left : INDEX_BLOCK_RUNS};
    uint32_t *counters = sums->counters + block * sums->room;
    memset(all, UINT8_MAX, sizeof all);
    memset(banks, 0, CALL_BANKS * sums->room * sizeof *banks);
    index_count_calls(&store->calls, &picked, banks, sums->room);
    for (size_t code = 0; code < sums->room; code++) {
        counters[code] = 0;
        for (size_t bank = 0; bank < CALL_BANKS; bank++)
            counters[code] += banks[bank * sums->room + code];
    }
}

void call_sums_update(struct call_sums *sums, const struct run_index *index)
{
    enum { SPARE = 16 };
    const struct index_store *store = &index->store;
    size_t words = store->dictionaries[3].count,
           blocks = (store->count + BLOCK_WORDS * 64 - 1) / INDEX_BLOCK_RUNS;
    if (sums->index != index || words > sums->room) {
        call_sums_release(sums);
        *sums = (struct call_sums){.index = index, .room = words + words / 4 + SPARE};
    }
    if (blocks * sums->room > SUMS_MAX) {
        size_t room = sums->room;
        call_sums_release(sums);
        *sums = (struct call_sums){.index = index, .room = room};
        return;
    }
    sums->counters = mem_resize(sums->counters, blocks * sums->room, sizeof *sums->counters);
    uint32_t *banks = mem_new_array(CALL_BANKS * sums->room, sizeof *banks);
    for (size_t block = 0; block < blocks; block++)
        if (block >= sums->blocks || index_block_changed(index, block, false, sums->revision))
            sum_block(sums, store, block, banks);
    free(banks);
    sums->blocks = blocks;
    sums->revision = run_index_revision(index);
}
