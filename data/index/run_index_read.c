/*
 * Plain reading of run_index: rows by position, places in time, durations, and what it all weighs.
 */
#include "data/index/run_index_kept.h"

size_t run_index_rows(const struct run_index *index, uint32_t from, size_t count, struct index_row *rows)
{
    const struct index_store *store = &index->store;
    size_t shown = run_index_count(index);
    size_t left = from < shown ? shown - from : 0;
    count = count < left ? count : left;
    for (size_t i = 0; i < count; i++) {
        size_t at = from + i;
        rows[i] = (struct index_row){store->created[at], rowids_get(&store->rowids, at), (uint32_t)at};
    }
    return count;
}

bool run_index_duration(const struct run_index *index, uint32_t position, int64_t *ms)
{
    if (position >= run_index_count(index))
        return false;
    *ms = durations_get(&index->store.durations, position);
    return *ms != DURATION_UNREAD;
}

size_t run_index_durations_missing(const struct run_index *index, uint32_t from, uint32_t to)
{
    size_t shown = run_index_count(index), missing = 0;
    for (size_t i = from; i < to && i < shown; i++)
        missing += durations_get(&index->store.durations, i) == DURATION_UNREAD;
    return missing;
}

static size_t codes_memory(const struct index_store *store, const struct code_column *codes)
{
    return codes->narrow ? store->cap : codes->wide ? store->cap * sizeof *codes->wide : 0;
}

static size_t calls_memory(const struct index_store *store)
{
    const struct call_column *calls = &store->calls;
    size_t bytes = calls->cap * sizeof *calls->tools;
    bytes += calls->offsets ? (store->cap + 1) * sizeof *calls->offsets : 0;
    return bytes + calls->group_cap * sizeof *calls->groups;
}

static size_t words_memory(const struct dictionary *dictionary)
{
    return dictionary->arena.total + dictionary->cap * sizeof *dictionary->words +
           dictionary->slot_count * sizeof *dictionary->slots;
}

size_t run_index_memory(const struct run_index *index)
{
    const struct index_store *store = &index->store;
    size_t bytes = sizeof *index;
    if (store->created)
        bytes += store->cap * (sizeof *store->created + sizeof *store->interaction);
    bytes += store->cap * (store->rowids.wide ? sizeof *store->rowids.wide : sizeof *store->rowids.narrow);
    bytes += store->cap *
             (store->durations.wide ? sizeof *store->durations.wide : sizeof *store->durations.narrow);
    bytes += codes_memory(store, &store->status) + codes_memory(store, &store->trigger);
    bytes += codes_memory(store, &store->scope) + calls_memory(store);
    for (size_t i = 0; i < DICTIONARIES; i++)
        bytes += words_memory(&store->dictionaries[i]);
    bytes += kept_tools_memory(index->tools);
    bytes += index->stamps.count * (sizeof *index->stamps.runs + sizeof *index->stamps.durations);
    return bytes + store->lookup.count * sizeof *store->lookup.positions + kept_answers_memory(index->kept);
}
