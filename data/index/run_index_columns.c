/*
 * The columns of run_index: room, widening, filling, and the calls' way from loose groups to lists by run.
 *
 * A column that is not ready belongs to the writer alone, so filling takes no lock; widening one that readers see does not happen here
 * but inside a merge, which holds it.
 */
#include "data/base/die.h"
#include "data/index/run_index_private.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 64 };

static void *resized(void *array, size_t count, size_t size)
{
    return array ? mem_resize(array, count, size) : NULL;
}

static void codes_reserve(struct code_column *codes, size_t cap)
{
    codes->narrow = resized(codes->narrow, cap, sizeof *codes->narrow);
    codes->wide = resized(codes->wide, cap, sizeof *codes->wide);
}

static void first_room(struct index_store *store)
{
    if (!store->created) {
        store->created = mem_new(sizeof *store->created);
        store->rowids.narrow = mem_new(sizeof *store->rowids.narrow);
    }
    store->interaction = mem_new(1);
    store->durations.narrow = mem_new(sizeof *store->durations.narrow);
}

void index_reserve(struct index_store *store, size_t count)
{
    if (store->interaction && count <= store->cap)
        return;
    /* Exactly what was loaded, then an eighth more at a time: the reserve is memory too. */
    size_t cap = store->interaction ? store->count + store->count / 8 + ROOM_MIN : ROOM_MIN;
    cap = cap > count ? cap : count;
    if (!store->interaction)
        first_room(store);
    store->created = mem_resize(store->created, cap, sizeof *store->created);
    store->rowids.narrow = resized(store->rowids.narrow, cap, sizeof *store->rowids.narrow);
    store->rowids.wide = resized(store->rowids.wide, cap, sizeof *store->rowids.wide);
    codes_reserve(&store->status, cap);
    codes_reserve(&store->trigger, cap);
    codes_reserve(&store->scope, cap);
    store->interaction = mem_resize(store->interaction, cap, sizeof *store->interaction);
    store->calls.offsets = resized(store->calls.offsets, cap + 1, sizeof *store->calls.offsets);
    store->durations.narrow = resized(store->durations.narrow, cap, sizeof *store->durations.narrow);
    store->durations.wide = resized(store->durations.wide, cap, sizeof *store->durations.wide);
    store->cap = cap;
}

/* ---- values ---- */

static void codes_widen(struct index_store *store, struct code_column *codes)
{
    uint16_t *wide = mem_new_array(store->cap, sizeof *wide);
    for (size_t i = 0; i < store->count; i++)
        wide[i] = codes_get(codes, i);
    free(codes->narrow);
    codes->narrow = NULL;
    codes->wide = wide;
}

static void codes_spread(struct index_store *store, struct code_column *codes)
{
    if (codes->uniform != CODE_UNSET && codes->uniform >= NARROW_UNSET) {
        codes_widen(store, codes);
        return;
    }
    codes->narrow = mem_new(store->cap);
    memset(codes->narrow, codes->uniform == CODE_UNSET ? NARROW_UNSET : codes->uniform, store->cap);
}

void codes_set(struct index_store *store, struct code_column *codes, size_t at, uint16_t code)
{
    if (!codes->narrow && !codes->wide) {
        if (code == codes->uniform)
            return;
        codes_spread(store, codes);
    }
    if (codes->narrow && code >= NARROW_UNSET && code != CODE_UNSET)
        codes_widen(store, codes);
    if (codes->wide)
        codes->wide[at] = code;
    else
        codes->narrow[at] = (uint8_t)(code == CODE_UNSET ? NARROW_UNSET : code);
}

void rowids_set(struct index_store *store, size_t at, int64_t rowid)
{
    struct rowid_column *rowids = &store->rowids;
    if (rowids->narrow && (rowid < 0 || rowid > UINT32_MAX)) {
        int64_t *wide = mem_new_array(store->cap, sizeof *wide);
        size_t known = store->count > at ? store->count : at;
        for (size_t i = 0; i < known; i++)
            wide[i] = rowids->narrow[i];
        free(rowids->narrow);
        rowids->narrow = NULL;
        rowids->wide = wide;
    }
    if (rowids->narrow)
        rowids->narrow[at] = (uint32_t)rowid;
    else
        rowids->wide[at] = rowid;
}

static bool fits_narrow(int64_t ms)
{
    return ms == DURATION_NONE || ms == DURATION_UNREAD || (ms > INT32_MIN && ms < INT32_MAX);
}

static int32_t narrow_duration(int64_t ms)
{
    if (ms == DURATION_NONE)
        return NARROW_DURATION_NONE;
    return ms == DURATION_UNREAD ? NARROW_DURATION_UNREAD : (int32_t)ms;
}

static void durations_widen(struct index_store *store)
{
    struct duration_column *durations = &store->durations;
    int64_t *wide = mem_new_array(store->cap, sizeof *wide);
    for (size_t i = 0; i < store->count; i++)
        wide[i] = durations_get(durations, i);
    free(durations->narrow);
    durations->narrow = NULL;
    durations->wide = wide;
}

void durations_set(struct index_store *store, size_t at, int64_t ms)
{
    struct duration_column *durations = &store->durations;
    if (durations->narrow && !fits_narrow(ms))
        durations_widen(store);
    durations->unread -= durations_get(durations, at) == DURATION_UNREAD;
    durations->unread += ms == DURATION_UNREAD;
    if (durations->narrow)
        durations->narrow[at] = narrow_duration(ms);
    else
        durations->wide[at] = ms;
}

/* ---- filling ---- */

struct code_column *index_codes(struct index_store *store, enum index_column column)
{
    switch (column) {
    case COLUMN_STATUS: return &store->status;
    case COLUMN_TRIGGER: return &store->trigger;
    case COLUMN_SCOPE: return &store->scope;
    default: return NULL;
    }
}

void run_index_put(struct run_index *index, enum index_column column, uint32_t position, uint16_t code)
{
    struct index_store *store = &index->store;
    if (index_is_ready(index, column) || position >= store->count)
        return;
    struct code_column *codes = index_codes(store, column);
    if (codes)
        codes_set(store, codes, position, code);
    else if (column == COLUMN_INTERACTION)
        store->interaction[position] = 1;
    else if (column == COLUMN_TOOLS)
        calls_collect(store, position, code, true);
}

enum { TOGETHER = 64, NOWHERE = UINT32_MAX };

/* Of up to TOGETHER rowids at a time: their places in memory are far apart, so they are asked for before the first is waited for. */
static void find_rowids(struct run_index *index, const int64_t *rowids, size_t count, uint32_t *positions)
{
    const struct lookup *lookup = &index->store.lookup;
    if (index->store.count)
        lookup_make(&index->store);
    for (size_t i = 0; lookup->is_dense && i < count; i++)
        if (!lookup_dense(lookup, rowids[i], &positions[i]))
            positions[i] = NOWHERE;
    for (size_t i = 0; !lookup->is_dense && i < count; i++)
        if (!run_index_find_rowid(index, rowids[i], &positions[i]))
            positions[i] = NOWHERE;
}

void run_index_put_rowids(struct run_index *index, enum index_column column, const int64_t *rowids,
                          size_t count, uint16_t code)
{
    uint32_t positions[TOGETHER];
    for (size_t done = 0; done < count; done += TOGETHER) {
        size_t n = count - done < TOGETHER ? count - done : TOGETHER;
        find_rowids(index, rowids + done, n, positions);
        for (size_t i = 0; i < n; i++)
            run_index_put(index, column, positions[i], code);
    }
}

void run_index_put_calls(struct run_index *index, const struct index_run_call *calls, size_t count)
{
    if (index_is_ready(index, COLUMN_TOOLS))
        return;
    int64_t rowids[TOGETHER];
    uint32_t positions[TOGETHER];
    for (size_t done = 0; done < count; done += TOGETHER) {
        size_t n = count - done < TOGETHER ? count - done : TOGETHER;
        for (size_t i = 0; i < n; i++)
            rowids[i] = calls[done + i].run;
        find_rowids(index, rowids, n, positions);
        for (size_t i = 0; i < n; i++)
            if (positions[i] != NOWHERE)
                calls_collect(&index->store, positions[i], calls[done + i].tool, true);
    }
}

static void codes_clear(struct code_column *codes)
{
    free(codes->narrow);
    free(codes->wide);
    *codes = (struct code_column){.uniform = CODE_UNSET};
}

void run_index_clear(struct run_index *index, enum index_column column)
{
    struct index_store *store = &index->store;
    struct code_column *codes = index_codes(store, column);
    if (index_is_ready(index, column))
        return;
    if (codes)
        codes_clear(codes);
    else if (column == COLUMN_INTERACTION)
        memset(store->interaction, 0, store->count);
    else if (column == COLUMN_TOOLS)
        calls_take_back(&store->calls);
}

static void codes_complete(struct index_store *store, struct code_column *codes, uint16_t code)
{
    if (!codes->narrow && !codes->wide) {
        codes->uniform = codes->uniform == CODE_UNSET ? code : codes->uniform;
        return;
    }
    for (size_t i = 0; i < store->count; i++)
        if (codes_get(codes, i) == CODE_UNSET)
            codes_set(store, codes, i, code);
}

void run_index_complete(struct run_index *index, enum index_column column, uint16_t default_code)
{
    if (index_is_ready(index, column) || column == COLUMN_CREATED || column == COLUMN_DURATION)
        return;
    struct code_column *codes = index_codes(&index->store, column);
    if (codes)
        codes_complete(&index->store, codes, default_code);
    if (column == COLUMN_TOOLS)
        calls_sort_in(&index->store);
    index_write_begin(index);
    index_set_ready(index, column);
    index_write_end(index);
}

/* Where the row is, looking first where it was. */
static bool find_near(const struct run_index *index, const struct index_row *row, uint32_t *position)
{
    const struct index_store *store = &index->store;
    *position = row->position;
    if (row->position < store->count && store->created[row->position] == row->created_at &&
        rowids_get(&store->rowids, row->position) == row->rowid)
        return true;
    return run_index_find(index, row->created_at, row->rowid, position);
}

void run_index_put_durations(struct run_index *index, const struct index_duration *durations, size_t count)
{
    index_write_begin(index);
    for (size_t i = 0; i < count && index_is_ready(index, COLUMN_CREATED); i++) {
        uint32_t position;
        if (!find_near(index, &durations[i].row, &position))
            continue;
        durations_set(&index->store, position, durations[i].ms);
        index_touch_duration(index, position);
    }
    if (index_is_ready(index, COLUMN_CREATED) && !index->store.durations.unread)
        index_set_ready(index, COLUMN_DURATION);
    index_write_end(index);
}

/* ---- places ---- */

size_t index_lower_bound(const struct index_store *store, int64_t t)
{
    size_t low = 0, high = store->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (store->created[middle] < t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t index_upper_bound(const struct index_store *store, int64_t t)
{
    return t == INT64_MAX ? store->count : index_lower_bound(store, t + 1);
}

bool run_index_find(const struct run_index *index, int64_t created_at, int64_t rowid, uint32_t *position)
{
    const struct index_store *store = &index->store;
    for (size_t i = index_lower_bound(store, created_at); i < store->count && store->created[i] == created_at;
         i++) {
        if (rowids_get(&store->rowids, i) != rowid)
            continue;
        *position = (uint32_t)i;
        return true;
    }
    return false;
}

void lookup_free(struct lookup *lookup)
{
    free(lookup->positions);
    *lookup = (struct lookup){0};
}

void run_index_lookup_free(struct run_index *index)
{
    lookup_free(&index->store.lookup);
}

static int compare_by_rowid(const void *a, const void *b, void *context)
{
    const struct rowid_column *rowids = context;
    int64_t x = rowids_get(rowids, *(const uint32_t *)a), y = rowids_get(rowids, *(const uint32_t *)b);
    return (x > y) - (x < y);
}

enum { LOOKUP_ROOM = 4096 };

void lookup_make(struct index_store *store)
{
    struct lookup *lookup = &store->lookup;
    if (lookup->positions)
        return;
    int64_t low = rowids_get(&store->rowids, 0), high = low;
    for (size_t i = 1; i < store->count; i++) {
        int64_t rowid = rowids_get(&store->rowids, i);
        low = rowid < low ? rowid : low;
        high = rowid > high ? rowid : high;
    }
    uint64_t span = (uint64_t)high - (uint64_t)low;
    lookup->is_dense = span < 3 * (uint64_t)store->count + 1024;
    lookup->base = low;
    /* Room above for the runs to come: they get the rowids after the highest. */
    lookup->count = lookup->is_dense ? (size_t)(span + span / 8) + LOOKUP_ROOM : store->count;
    lookup->positions = mem_new_array(lookup->count, sizeof *lookup->positions);
    for (size_t i = 0; lookup->is_dense && i < lookup->count; i++)
        lookup->positions[i] = NO_POSITION;
    for (size_t i = 0; i < store->count; i++)
        lookup->positions[lookup->is_dense ? (size_t)(rowids_get(&store->rowids, i) - low) : i] = (uint32_t)i;
    if (!lookup->is_dense)
        qsort_r(lookup->positions, store->count, sizeof *lookup->positions, compare_by_rowid, &store->rowids);
}

static bool find_sorted(const struct index_store *store, int64_t rowid, uint32_t *position)
{
    size_t low = 0, high = store->lookup.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        *position = store->lookup.positions[middle];
        int64_t here = rowids_get(&store->rowids, *position);
        if (here == rowid)
            return true;
        if (here < rowid)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool run_index_find_rowid(struct run_index *index, int64_t rowid, uint32_t *position)
{
    struct index_store *store = &index->store;
    if (!store->count)
        return false;
    lookup_make(store);
    return store->lookup.is_dense ? lookup_dense(&store->lookup, rowid, position)
                                  : find_sorted(store, rowid, position);
}
