/*
 * Which blocks of runs changed since a revision: whoever keeps an answer looks at those again, and at no others.
 */
#include "data/base/die.h"
#include "data/index/run_index_private.h"

/* The revision that the change being made will have. */
static uint64_t next_revision(const struct run_index *index)
{
    return run_index_revision(index) + 1;
}

static void make_room(struct index_stamps *stamps, size_t blocks)
{
    if (blocks <= stamps->count)
        return;
    stamps->runs = mem_resize(stamps->runs, blocks, sizeof *stamps->runs);
    stamps->durations = mem_resize(stamps->durations, blocks, sizeof *stamps->durations);
    for (; stamps->count < blocks; stamps->count++)
        stamps->runs[stamps->count] = stamps->durations[stamps->count] = 0;
}

void index_touch_run(struct run_index *index, size_t position)
{
    make_room(&index->stamps, position / INDEX_BLOCK_RUNS + 1);
    index->stamps.runs[position / INDEX_BLOCK_RUNS] = next_revision(index);
}

void index_touch_from(struct run_index *index, size_t position)
{
    make_room(&index->stamps,
              (index->store.count > position ? index->store.count : position) / INDEX_BLOCK_RUNS + 1);
    for (size_t block = position / INDEX_BLOCK_RUNS; block < index->stamps.count; block++)
        index->stamps.runs[block] = next_revision(index);
}

void index_touch_duration(struct run_index *index, size_t position)
{
    make_room(&index->stamps, position / INDEX_BLOCK_RUNS + 1);
    index->stamps.durations[position / INDEX_BLOCK_RUNS] = next_revision(index);
}

bool index_block_changed(const struct run_index *index, size_t block, bool with_durations, uint64_t since)
{
    const struct index_stamps *stamps = &index->stamps;
    if (block >= stamps->count)
        return false;
    return stamps->runs[block] > since || (with_durations && stamps->durations[block] > since);
}
