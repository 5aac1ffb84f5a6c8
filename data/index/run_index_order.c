/*
 * Places in a list: a bitmap of matches seen in an order. By created_at the order is the bitmap itself, read from either end; by
 * duration it is a permutation. Either way a rank is found and looked up without walking the list.
 */
#include "data/base/die.h"
#include "data/index/run_index_sort.h"

#include <stdlib.h>

/* ---- ranks ---- */

static size_t set_before(const struct index_list *list, size_t at)
{
    return bitmap_rank(&list->result.bits, &list->ranks, at);
}

uint32_t run_index_list_at(const struct index_list *list, size_t rank)
{
    if (list->order)
        return list->order[rank];
    if (!list->sort.is_ascending)
        rank = list->result.count - 1 - rank;
    return (uint32_t)bitmap_select(&list->result.bits, &list->ranks, rank);
}

/* Rows before (key, positions >= bound) under an order by duration. */
static size_t rows_before(const struct run_index *index, const struct index_list *list, int64_t key,
                          size_t bound)
{
    size_t low = 0, high = list->result.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint32_t at = list->order[middle];
        int64_t here = index_order_key(durations_get(&index->store.durations, at), list->sort);
        if (here < key || (here == key && at >= bound))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t run_index_list_rank(const struct run_index *index, const struct index_list *list, uint32_t position)
{
    if (list->order) {
        int64_t ms = durations_get(&index->store.durations, position);
        return rows_before(index, list, index_order_key(ms, list->sort), (size_t)position + 1);
    }
    return list->sort.is_ascending ? set_before(list, position)
                                   : list->result.count - set_before(list, (size_t)position + 1);
}

static struct index_row row_at(const struct run_index *index, uint32_t at)
{
    return (struct index_row){index->store.created[at], rowids_get(&index->store.rowids, at), at};
}

size_t run_index_list_rows(const struct run_index *index, const struct index_list *list, size_t rank,
                           size_t count, struct index_row *rows)
{
    if (rank >= list->result.count)
        return 0;
    size_t left = list->result.count - rank, at = run_index_list_at(list, rank);
    count = count < left ? count : left;
    for (size_t i = 0; i < count; i++) {
        if (list->order)
            at = list->order[rank + i];
        else if (i)
            at = list->sort.is_ascending ? bitmap_next(&list->result.bits, at + 1)
                                         : bitmap_prev(&list->result.bits, at - 1);
        rows[i] = row_at(index, (uint32_t)at);
    }
    return count;
}

/* ---- anchors ---- */

/* Where the anchor's run is: [low, high) is its position, or empty at the place where it would stand. */
struct place {
    size_t low, high;
};

static struct place place_by_id(const struct run_index *index, const struct index_list *list,
                                const struct index_anchor *anchor)
{
    size_t low = index_lower_bound(&index->store, anchor->created_at);
    size_t high = index_upper_bound(&index->store, anchor->created_at);
    bool newest_first = list->order || !list->sort.is_ascending;
    if (!anchor->compare) /* before those of its millisecond, in the list's order */
        return newest_first ? (struct place){high, high} : (struct place){low, low};
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = anchor->compare(anchor->context, rowids_get(&index->store.rowids, middle), anchor->id);
        if (order == 0)
            return (struct place){middle, middle + 1};
        if (order > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return (struct place){low, low};
}

static struct place place_of(const struct run_index *index, const struct index_list *list,
                             const struct index_anchor *anchor)
{
    uint32_t at;
    if (anchor->has_rowid && run_index_find(index, anchor->created_at, anchor->rowid, &at))
        return (struct place){at, (size_t)at + 1};
    return place_by_id(index, list, anchor);
}

static size_t anchor_by_key(const struct run_index *index, const struct index_list *list,
                            const struct index_anchor *anchor, bool *found)
{
    struct place place = place_of(index, list, anchor);
    bool is_there = place.low < place.high, is_after = anchor->kind == ANCHOR_AFTER;
    *found = is_there && bitmap_get(&list->result.bits, place.low);
    if (list->order) {
        int64_t ms = is_there ? durations_get(&index->store.durations, place.low) : anchor->duration_ms;
        return rows_before(index, list, index_order_key(ms, list->sort), is_after ? place.low : place.high);
    }
    if (list->sort.is_ascending)
        return set_before(list, is_after ? place.high : place.low);
    return list->result.count - set_before(list, is_after ? place.low : place.high);
}

static size_t anchor_by_time(const struct run_index *index, const struct index_list *list, int64_t t)
{
    if (list->order)
        return 0;
    if (list->sort.is_ascending)
        return set_before(list, index_lower_bound(&index->store, t));
    return list->result.count - set_before(list, index_upper_bound(&index->store, t));
}

size_t run_index_list_anchor(const struct run_index *index, const struct index_list *list,
                             const struct index_anchor *anchor, bool *found)
{
    size_t count = list->result.count, rank = 0;
    bool is_there = false;
    switch (anchor->kind) {
    case ANCHOR_FIRST: break;
    case ANCHOR_LAST: rank = count ? count - 1 : 0; break;
    case ANCHOR_RANK: rank = anchor->rank > 0 ? (size_t)anchor->rank : 0; break;
    case ANCHOR_TIME: rank = count ? anchor_by_time(index, list, anchor->created_at) : 0; break;
    case ANCHOR_KEY:
    case ANCHOR_AFTER: rank = count ? anchor_by_key(index, list, anchor, &is_there) : 0; break;
    }
    if (anchor->kind == ANCHOR_RANK && rank >= count)
        rank = count ? count - 1 : 0;
    if (found)
        *found = anchor->kind == ANCHOR_KEY ? is_there : rank < count;
    return rank;
}

/* ---- searching and counting ---- */

/* By code, of every word known: whether it is that status. */
struct status_codes {
    bool *wanted;
    size_t count;
};

static struct status_codes status_codes_of(const struct run_index *index, enum run_status status)
{
    const struct dictionary *words = &index->store.dictionaries[0];
    struct status_codes codes = {mem_new_array(words->count, sizeof *codes.wanted), words->count};
    for (size_t code = 0; code < words->count; code++)
        codes.wanted[code] = run_status_of(words->words[code]) == status;
    return codes;
}

static bool has_status(const struct run_index *index, size_t at, const struct status_codes *codes)
{
    uint16_t code = codes_get(&index->store.status, at);
    return code < codes->count && codes->wanted[code];
}

static size_t find_in_order(const struct run_index *index, const struct index_list *list, ptrdiff_t rank,
                            int step, const struct status_codes *codes)
{
    for (ptrdiff_t i = rank + step; i >= 0 && (size_t)i < list->result.count; i += step)
        if (has_status(index, list->order[i], codes))
            return (size_t)i;
    return BITMAP_NONE;
}

/* Along the bitmap, towards newer or older. */
static size_t find_in_bits(const struct run_index *index, const struct index_list *list, ptrdiff_t rank,
                           int step, const struct status_codes *codes)
{
    ptrdiff_t first = rank + step;
    if (first < 0 || (size_t)first >= list->result.count)
        return BITMAP_NONE;
    bool is_up = (step > 0) == list->sort.is_ascending;
    const struct bitmap *bits = &list->result.bits;
    size_t at = run_index_list_at(list, (size_t)first);
    while (at != BITMAP_NONE && !has_status(index, at, codes)) {
        if (!is_up && at == 0)
            return BITMAP_NONE;
        at = is_up ? bitmap_next(bits, at + 1) : bitmap_prev(bits, at - 1);
    }
    return at == BITMAP_NONE ? BITMAP_NONE : run_index_list_rank(index, list, (uint32_t)at);
}

size_t run_index_list_find_status(const struct run_index *index, const struct index_list *list,
                                  ptrdiff_t rank, int direction, enum run_status status)
{
    ptrdiff_t count = (ptrdiff_t)list->result.count;
    if (!index_is_ready(index, COLUMN_STATUS) || !count)
        return BITMAP_NONE;
    rank = rank < -1 ? -1 : rank > count ? count : rank;
    struct status_codes codes = status_codes_of(index, status);
    int step = direction < 0 ? -1 : 1;
    size_t found = list->order ? find_in_order(index, list, rank, step, &codes)
                               : find_in_bits(index, list, rank, step, &codes);
    free(codes.wanted);
    return found;
}

void run_index_list_count_after(const struct run_index *index, const struct index_list *list, int64_t cutoff,
                                int64_t *total, int64_t *failed)
{
    *total = 0;
    *failed = index_is_ready(index, COLUMN_STATUS) ? 0 : -1;
    if (!list->result.count)
        return;
    const struct bitmap *bits = &list->result.bits;
    size_t from = index_upper_bound(&index->store, cutoff);
    *total = (int64_t)(list->result.count - set_before(list, from));
    if (*failed < 0 || !*total)
        return;
    struct status_codes codes = status_codes_of(index, STATUS_FAILED);
    for (size_t at = bitmap_next(bits, from); at != BITMAP_NONE; at = bitmap_next(bits, at + 1))
        *failed += has_status(index, at, &codes);
    free(codes.wanted);
}
