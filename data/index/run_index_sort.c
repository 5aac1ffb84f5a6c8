/*
 * A list in the order of durations: a permutation of its matches.
 */
#include "data/index/run_index_sort.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

enum { RADIX_BITS = 11, RADIX = 1 << RADIX_BITS };

/* One stable pass over bits [shift, shift + RADIX_BITS); false, and nothing done, where they are the same in all. */
static bool radix_pass(const uint64_t *from, uint64_t *to, size_t count, unsigned shift)
{
    size_t starts[RADIX] = {0};
    for (size_t i = 0; i < count; i++)
        starts[from[i] >> shift & (RADIX - 1)]++;
    if (starts[from[0] >> shift & (RADIX - 1)] == count)
        return false;
    for (size_t i = 0, sum = 0; i < RADIX; i++) {
        size_t n = starts[i];
        starts[i] = sum;
        sum += n;
    }
    for (size_t i = 0; i < count; i++)
        to[starts[from[i] >> shift & (RADIX - 1)]++] = from[i];
    return true;
}

/* The matches of changed blocks (NULL: of all), newest first, each as key and position in one word. */
static size_t collect(const struct run_index *index, const struct index_list *list, const bool *changed,
                      uint64_t *items)
{
    const struct bitmap *bits = &list->result.bits;
    size_t n = 0;
    for (size_t w = (bits->bits + 63) / 64; w-- > 0;) {
        uint64_t word = !changed || changed[w * 64 / INDEX_BLOCK_RUNS] ? bits->words[w] : 0;
        while (word) {
            unsigned bit = 63 - (unsigned)__builtin_clzll(word);
            size_t at = w * 64 + bit;
            int64_t key = index_order_key(durations_get(&index->store.durations, at), list->sort);
            uint64_t biased = key == INT64_MAX ? UINT32_MAX : (uint64_t)(key - INT32_MIN);
            items[n++] = biased << 32 | at;
            word &= ~(UINT64_C(1) << bit);
        }
    }
    return n;
}

/* By the key alone: positions descend already. `other` is as large; returns whichever of the two holds them in order. */
static uint64_t *sort_items(uint64_t *items, uint64_t *other, size_t n)
{
    for (unsigned shift = 32; n && shift < 64; shift += RADIX_BITS)
        if (radix_pass(items, other, n, shift)) {
            uint64_t *sorted = other;
            other = items;
            items = sorted;
        }
    return items;
}

/* Durations of 32 bits. */
static void order_narrow(const struct run_index *index, struct index_list *list)
{
    size_t n = list->result.count;
    uint64_t *items = mem_new(n * sizeof *items), *other = mem_new(n * sizeof *other);
    const uint64_t *sorted = sort_items(items, other, collect(index, list, NULL, items));
    for (size_t i = 0; i < n; i++)
        list->order[i] = (uint32_t)sorted[i];
    free(items);
    free(other);
}

struct wide_item {
    int64_t key;
    uint32_t position;
};

static int compare_wide(const void *a, const void *b)
{
    const struct wide_item *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->position < y->position) - (x->position > y->position);
}

static void order_wide(const struct run_index *index, struct index_list *list)
{
    size_t n = list->result.count, i = 0;
    struct wide_item *items = mem_new_array(n, sizeof *items);
    const struct bitmap *bits = &list->result.bits;
    for (size_t at = bitmap_next(bits, 0); at != BITMAP_NONE; at = bitmap_next(bits, at + 1))
        items[i++] = (struct wide_item){
            index_order_key(durations_get(&index->store.durations, at), list->sort), (uint32_t)at};
    qsort(items, n, sizeof *items, compare_wide);
    for (i = 0; i < n; i++)
        list->order[i] = items[i].position;
    free(items);
}

/* Runs at the list's end whose place there is not known yet. */
static void count_unread(const struct run_index *index, struct index_list *list)
{
    size_t unread = 0;
    for (size_t i = list->result.count; i-- > 0;) {
        int64_t ms = durations_get(&index->store.durations, list->order[i]);
        if (ms != DURATION_NONE && ms != DURATION_UNREAD)
            break;
        if (ms == DURATION_NONE)
            continue;
        unread++;
        if (list->order[i] >= list->result.reach)
            list->result.reach = list->order[i] + 1;
    }
    list->result.unsearched += unread;
    list->result.is_partial |= unread > 0;
}

void index_order_by_duration(const struct run_index *index, struct index_list *list)
{
    free(list->order);
    list->order = mem_new_array(list->result.count, sizeof *list->order);
    if (index->store.durations.narrow)
        order_narrow(index, list);
    else
        order_wide(index, list);
    count_unread(index, list);
}

/* ---- where little changed ---- */

/* Positions of blocks that stand keep their order among themselves. */
static size_t drop_changed(uint32_t *order, size_t count, const bool *changed, size_t blocks)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t block = order[i] / INDEX_BLOCK_RUNS;
        order[kept] = order[i];
        kept += block < blocks && !changed[block];
    }
    return kept;
}

static bool stands_before(const struct run_index *index, struct sort sort, uint32_t a, uint32_t b)
{
    int64_t x = index_order_key(durations_get(&index->store.durations, a), sort);
    int64_t y = index_order_key(durations_get(&index->store.durations, b), sort);
    return x < y || (x == y && a > b);
}

/* Those of the order from `low` on that stand before a position. */
static size_t end_before(const struct run_index *index, const struct index_list *list, size_t low,
                         size_t high, uint32_t position)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stands_before(index, list->sort, list->order[middle], position))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void put_in(const struct run_index *index, struct index_list *list, size_t kept, const uint64_t *fresh,
                   size_t count)
{
    uint32_t *merged = mem_new((kept + count) * sizeof *merged);
    size_t from = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t position = (uint32_t)fresh[i];
        size_t end = end_before(index, list, from, kept, position);
        memcpy(merged + from + i, list->order + from, (end - from) * sizeof *merged);
        merged[end + i] = position;
        from = end;
    }
    memcpy(merged + from + count, list->order + from, (kept - from) * sizeof *merged);
    free(list->order);
    list->order = merged;
}

void index_reorder_by_duration(const struct run_index *index, struct index_list *list, size_t had,
                               const bool *changed, size_t blocks)
{
    size_t most = 0;
    for (size_t block = 0; block < blocks; block++)
        most += changed[block] ? INDEX_BLOCK_RUNS : 0;
    if (!index->store.durations.narrow || most > had / 8) {
        index_order_by_duration(index, list);
        return;
    }
    uint64_t *items = mem_new(most * sizeof *items), *other = mem_new(most * sizeof *other);
    size_t count = collect(index, list, changed, items);
    size_t kept = drop_changed(list->order, had, changed, blocks);
    put_in(index, list, kept, sort_items(items, other, count), count);
    free(items);
    free(other);
    count_unread(index, list);
}
