/*
 * Lists over the index: a bitmap of matches seen in an order. By created_at the order is the bitmap itself, read from either end; by
 * duration it is a permutation. Either way a rank is found and looked up without walking the list.
 */
#include "data/base/die.h"
#include "data/index/run_index_private.h"

#include <stdlib.h>
#include <string.h>

/* What a list was made for. */
struct index_list_key {
    const struct run_index *index;
    uint64_t revision, external_version;
    struct filter filter;
    size_t from,
        to; /* positions of the time range: a relative one slides without changing anything as a rule */
    char *scope;
    unsigned without, missing;
    struct sort sort;
};

void run_index_list_init(struct index_list *list)
{
    *list = (struct index_list){0};
}

static void key_free(struct index_list_key *key)
{
    if (!key)
        return;
    filter_release(&key->filter);
    free(key->scope);
    free(key);
}

void run_index_list_release(struct index_list *list)
{
    run_index_result_release(&list->result);
    bitmap_ranks_release(&list->ranks);
    free(list->order);
    key_free(list->key);
    run_index_list_init(list);
}

static struct index_list_key *key_of(const struct run_index *index, const struct index_question *question,
                                     struct sort sort)
{
    struct index_list_key *key = mem_new_array(1, sizeof *key);
    struct time_range range = filter_time_range(question->filter, question->now);
    key->index = index;
    key->revision = run_index_revision(index);
    key->external_version = question->external_version;
    filter_copy(&key->filter, question->filter);
    if (!run_index_missing(index, question)) {
        key->from = index_lower_bound(&index->store, range.from);
        key->to = range.to == INT64_MAX ? index->store.count : index_lower_bound(&index->store, range.to);
    }
    key->scope = question->scope ? mem_strdup(question->scope) : NULL;
    key->without = question->without;
    key->missing = run_index_missing(index, question);
    key->sort = sort;
    return key;
}

/* The same times, as numbers, are told apart by from and to, so relative terms need no `now` here. */
static bool key_equal(const struct index_list_key *a, const struct index_list_key *b)
{
    return a->index == b->index && a->revision == b->revision && a->external_version == b->external_version &&
           a->from == b->from && a->to == b->to && a->without == b->without && a->missing == b->missing &&
           a->sort.field == b->sort.field && a->sort.is_ascending == b->sort.is_ascending &&
           text_eq(text_of(a->scope), text_of(b->scope)) && filter_equal(&a->filter, &b->filter);
}

/* ---- order by duration ---- */

/* Ascending numbers in list order; a run without a duration is last in either direction. */
static int64_t order_key(int64_t ms, struct sort sort)
{
    if (ms == DURATION_NONE || ms == DURATION_UNREAD)
        return INT64_MAX;
    return sort.is_ascending ? ms : ~ms;
}

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
        int64_t key = order_key(durations_get(&index->store.durations, at), list->sort);
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
        items[i++] = (struct wide_item){order_key(durations_get(&index->store.durations, at), list->sort),
                                        (uint32_t)at};
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

static void order_by_duration(const struct run_index *index, struct index_list *list)
{
    list->order = mem_new_array(list->result.count, sizeof *list->order);
    if (index->store.durations.narrow)
        order_narrow(index, list);
    else
        order_wide(index, list);
    count_unread(index, list);
}

unsigned run_index_list_build(const struct run_index *index, const struct index_question *question,
                              struct sort sort, struct index_list *list)
{
    struct index_list_key *key = key_of(index, question, sort);
    if (list->key && key_equal(list->key, key)) {
        key_free(key);
        return list->key->missing;
    }
    key_free(list->key);
    list->key = key;
    list->sort = sort;
    free(list->order);
    list->order = NULL;
    unsigned missing = run_index_eval(index, question, &list->result);
    bitmap_ranks_build(&list->ranks, &list->result.bits);
    if (!missing && sort.field == SORT_DURATION)
        order_by_duration(index, list);
    return missing;
}

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
        int64_t here = order_key(durations_get(&index->store.durations, at), list->sort);
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
        return rows_before(index, list, order_key(ms, list->sort), (size_t)position + 1);
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
        return rows_before(index, list, order_key(ms, list->sort), is_after ? place.low : place.high);
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

static bool has_status(const struct run_index *index, size_t at, const bool *wanted)
{
    return wanted[codes_get(&index->store.status, at)];
}

/* By code: whether it is that status. The caller frees it. */
static bool *codes_of_status(const struct run_index *index, enum run_status status)
{
    bool *wanted = mem_new_array((size_t)UINT16_MAX + 1, sizeof *wanted);
    const struct dictionary *words = &index->store.dictionaries[0];
    for (size_t code = 0; code < words->count; code++)
        wanted[code] = run_status_of(words->words[code]) == status;
    return wanted;
}

static size_t find_in_order(const struct run_index *index, const struct index_list *list, ptrdiff_t rank,
                            int step, const bool *wanted)
{
    for (ptrdiff_t i = rank + step; i >= 0 && (size_t)i < list->result.count; i += step)
        if (has_status(index, list->order[i], wanted))
            return (size_t)i;
    return BITMAP_NONE;
}

/* Along the bitmap, towards newer or older. */
static size_t find_in_bits(const struct run_index *index, const struct index_list *list, ptrdiff_t rank,
                           int step, const bool *wanted)
{
    ptrdiff_t first = rank + step;
    if (first < 0 || (size_t)first >= list->result.count)
        return BITMAP_NONE;
    bool is_up = (step > 0) == list->sort.is_ascending;
    const struct bitmap *bits = &list->result.bits;
    size_t at = run_index_list_at(list, (size_t)first);
    while (at != BITMAP_NONE && !has_status(index, at, wanted)) {
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
    bool *wanted = codes_of_status(index, status);
    int step = direction < 0 ? -1 : 1;
    size_t found = list->order ? find_in_order(index, list, rank, step, wanted)
                               : find_in_bits(index, list, rank, step, wanted);
    free(wanted);
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
    bool *wanted = codes_of_status(index, STATUS_FAILED);
    for (size_t at = bitmap_next(bits, from); at != BITMAP_NONE; at = bitmap_next(bits, at + 1))
        *failed += has_status(index, at, wanted);
    free(wanted);
}
