/*
 * The tool calls of run_index. They are counted call by call but asked for run by run, so they are lists by run behind a table of
 * offsets: 4 bytes a run and 2 a call, read in order by every pass. While the column is being filled calls come in any order, as a
 * rule those of one run together, and are groups until all are there.
 */
#include "data/base/die.h"
#include "data/index/run_index_private.h"

#include <stdlib.h>
#include <string.h>

static void add_group(struct call_column *calls, uint32_t position, bool is_put)
{
    if (calls->group_count == calls->group_cap) {
        calls->group_cap = calls->group_cap ? calls->group_cap + calls->group_cap / 2 : 256;
        calls->groups = mem_resize(calls->groups, calls->group_cap, sizeof *calls->groups);
    }
    calls->groups[calls->group_count++] = (struct call_group){position, 0, is_put};
}

void calls_collect(struct index_store *store, uint32_t position, uint16_t tool, bool is_put)
{
    struct call_column *calls = &store->calls;
    if (calls->count >= INDEX_CALLS_MAX) {
        index_dictionary(store, COLUMN_TOOLS)->is_overflowed = true;
        return;
    }
    if (calls->count == calls->cap) {
        calls->cap = calls->cap ? calls->cap + calls->cap / 2 : 256;
        calls->tools = mem_resize(calls->tools, calls->cap, sizeof *calls->tools);
    }
    const struct call_group *last = calls->group_count ? &calls->groups[calls->group_count - 1] : NULL;
    if (!last || last->position != position || last->is_put != is_put)
        add_group(calls, position, is_put);
    calls->groups[calls->group_count - 1].count++;
    calls->tools[calls->count++] = tool;
}

enum { AHEAD = 16 /* groups whose places in memory are asked for before they are needed */ };

/* Counting sort: how many calls a run has, where its calls start, then each group to its place. */
void calls_sort_in(struct index_store *store)
{
    struct call_column *calls = &store->calls;
    uint32_t *offsets = mem_new_array(store->cap + 2, sizeof *offsets);
    uint16_t *tools = mem_new_array(calls->count, sizeof *tools);
    const uint16_t *from = calls->tools;
    for (size_t i = 0; i < calls->group_count; i++) {
        if (i + AHEAD < calls->group_count)
            __builtin_prefetch(&offsets[calls->groups[i + AHEAD].position + 2], 1);
        offsets[calls->groups[i].position + 2] += calls->groups[i].count;
    }
    for (size_t i = 2; i <= store->count; i++)
        offsets[i] += offsets[i - 1];
    /* offsets[p + 1] is where run p starts, and after the loop where run p + 1 does. */
    for (size_t i = 0; i < calls->group_count; i++) {
        uint32_t *to = &offsets[calls->groups[i].position + 1];
        if (i + 2 * AHEAD < calls->group_count) {
            __builtin_prefetch(&offsets[calls->groups[i + 2 * AHEAD].position + 1], 1);
            __builtin_prefetch(&tools[offsets[calls->groups[i + AHEAD].position + 1]], 1);
        }
        for (uint32_t n = calls->groups[i].count; n; n--)
            tools[(*to)++] = *from++;
    }
    free(calls->groups);
    free(calls->tools);
    calls->groups = NULL;
    calls->group_count = calls->group_cap = 0;
    calls->tools = tools;
    calls->cap = calls->count;
    calls->offsets = offsets;
}

/* How many of the ascending numbers are below (or, with_equal, at or below) a limit. */
static size_t count_below(const uint32_t *numbers, size_t count, uint32_t limit, bool with_equal)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (numbers[middle] < limit || (with_equal && numbers[middle] == limit))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void calls_open_gaps(struct index_store *store, const uint32_t *at, size_t gaps)
{
    struct call_column *calls = &store->calls;
    if (calls->offsets) {
        index_open_gaps(calls->offsets, sizeof *calls->offsets, store->count + 1, at, gaps);
        for (size_t i = gaps; i-- > 0;) /* a run without calls starts where the next one does */
            calls->offsets[at[i] + i] = calls->offsets[at[i] + i + 1];
        return;
    }
    for (size_t i = 0; i < calls->group_count && at[0] < store->count; i++)
        calls->groups[i].position += (uint32_t)count_below(at, gaps, calls->groups[i].position, true);
}

struct placed_call {
    uint32_t position;
    uint32_t number; /* in the batch: calls of a run keep their order */
    uint16_t tool;
};

static int compare_calls(const void *a, const void *b)
{
    const struct placed_call *x = a, *y = b;
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Each call goes behind the last one of its run; the runs after it start that much later. */
static void calls_insert(struct index_store *store, const struct placed_call *placed, size_t count)
{
    struct call_column *calls = &store->calls;
    uint32_t *at = mem_new_array(count, sizeof *at);
    for (size_t i = 0; i < count; i++)
        at[i] = calls->offsets[placed[i].position + 1];
    if (calls->count + count > calls->cap) {
        calls->cap = calls->count + count + calls->count / 8 + 64;
        calls->tools = mem_resize(calls->tools, calls->cap, sizeof *calls->tools);
    }
    index_open_gaps(calls->tools, sizeof *calls->tools, calls->count, at, count);
    for (size_t i = 0; i < count; i++)
        calls->tools[at[i] + i] = placed[i].tool;
    calls->count += count;
    size_t before = 0;
    for (size_t i = (size_t)placed[0].position + 1; i <= store->count; i++) {
        while (before < count && placed[before].position < i)
            before++;
        calls->offsets[i] += (uint32_t)before;
    }
    free(at);
}

size_t run_index_add_calls(struct run_index *index, const struct index_call *calls, size_t count)
{
    struct index_store *store = &index->store;
    struct placed_call *placed = mem_new_array(count, sizeof *placed);
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (run_index_find(index, calls[i].created_at, calls[i].rowid, &placed[found].position)) {
            placed[found].number = (uint32_t)i;
            placed[found++].tool = calls[i].tool;
        }
    if (!index_is_ready(index, COLUMN_TOOLS)) {
        for (size_t i = 0; i < found; i++)
            calls_collect(store, placed[i].position, placed[i].tool, false);
    } else if (found) {
        qsort(placed, found, sizeof *placed, compare_calls);
        index_write_begin(index);
        for (size_t i = 0; i < found; i++)
            index_touch_run(index, placed[i].position);
        if (found <= INDEX_CALLS_MAX - store->calls.count)
            calls_insert(store, placed, found);
        else
            index_dictionary(store, COLUMN_TOOLS)->is_overflowed = true;
        index_write_end(index);
    }
    free(placed);
    return found;
}

static void calls_drop(struct index_store *store, const uint32_t *at, size_t count)
{
    struct call_column *calls = &store->calls;
    uint32_t *offsets = calls->offsets, dropped = 0;
    size_t next = 0, kept = 0;
    for (size_t i = 0; i < store->count; i++) {
        uint32_t start = offsets[i], n = offsets[i + 1] - start;
        if (next < count && at[next] == i) {
            dropped += n;
            next++;
            continue;
        }
        if (dropped)
            memmove(calls->tools + start - dropped, calls->tools + start, n * sizeof *calls->tools);
        offsets[kept++] = start - dropped;
    }
    offsets[kept] = offsets[store->count] - dropped;
    calls->count -= dropped;
}

static void keep_group(struct call_column *calls, size_t from, struct call_group group, size_t *groups,
                       size_t *tools)
{
    memmove(calls->tools + *tools, calls->tools + from, group.count * sizeof *calls->tools);
    *tools += group.count;
    calls->groups[(*groups)++] = group;
}

static void groups_drop(struct call_column *calls, const uint32_t *at, size_t count)
{
    size_t groups = 0, tools = 0, from = 0;
    for (size_t i = 0; i < calls->group_count; i++) {
        struct call_group group = calls->groups[i];
        size_t below = count_below(at, count, group.position, false);
        bool is_dropped = below < count && at[below] == group.position;
        group.position -= (uint32_t)below;
        if (!is_dropped)
            keep_group(calls, from, group, &groups, &tools);
        from += group.count;
    }
    calls->group_count = groups;
    calls->count = tools;
}

void calls_take_back(struct call_column *calls)
{
    size_t groups = 0, tools = 0, from = 0;
    for (size_t i = 0; i < calls->group_count; i++) {
        struct call_group group = calls->groups[i];
        if (!group.is_put)
            keep_group(calls, from, group, &groups, &tools);
        from += group.count;
    }
    calls->group_count = groups;
    calls->count = tools;
}

void calls_close_gaps(struct index_store *store, const uint32_t *at, size_t gaps)
{
    if (store->calls.offsets)
        calls_drop(store, at, gaps);
    else
        groups_drop(&store->calls, at, gaps);
}
