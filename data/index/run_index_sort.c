/*
 * A list in the order of durations: a permutation of its matches.
 */
#include "data/index/run_index_sort.h"

#include "data/base/die.h"

#include <stdlib.h>

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

/* Durations of 32 bits: key and position in one word, sorted by the key alone; positions descend already. */
static void order_narrow(const struct run_index *index, struct index_list *list)
{
    size_t n = list->result.count, i = 0;
    uint64_t *items = mem_new_array(n, sizeof *items), *other = mem_new_array(n, sizeof *other);
    const struct bitmap *bits = &list->result.bits;
    for (size_t at = bitmap_prev(bits, BITMAP_NONE); at != BITMAP_NONE;
         at = at ? bitmap_prev(bits, at - 1) : BITMAP_NONE) {
        int64_t key = index_order_key(durations_get(&index->store.durations, at), list->sort);
        uint64_t biased = key == INT64_MAX ? UINT32_MAX : (uint64_t)(key - INT32_MIN);
        items[i++] = biased << 32 | at;
    }
    for (unsigned shift = 32; n && shift < 64; shift += RADIX_BITS)
        if (radix_pass(items, other, n, shift)) {
            uint64_t *sorted = other;
            other = items;
            items = sorted;
        }
    for (i = 0; i < n; i++)
        list->order[i] = (uint32_t)items[i];
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
    list->order = mem_new_array(list->result.count, sizeof *list->order);
    if (index->store.durations.narrow)
        order_narrow(index, list);
    else
        order_wide(index, list);
    count_unread(index, list);
}
