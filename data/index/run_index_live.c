/*
 * The living half of run_index: new and changed runs, new calls, runs that are swept away.
 *
 * Nearly every new run is an append, but clocks differ and milliseconds are shared, so any of them may belong before others. A batch opens
 * all its gaps in one pass over each column; what a reader keeps by position follows through the log of moves.
 */
#include "data/base/die.h"
#include "data/index/run_index_private.h"

#include <stdlib.h>
#include <string.h>

void index_open_gaps(void *data, size_t size, size_t count, const uint32_t *at, size_t gaps)
{
    char *bytes = data;
    size_t end = count;
    for (size_t i = gaps; i-- > 0;) {
        memmove(bytes + (at[i] + i + 1) * size, bytes + at[i] * size, (end - at[i]) * size);
        memset(bytes + (at[i] + i) * size, 0, size);
        end = at[i];
    }
}

void index_close_gaps(void *data, size_t size, size_t count, const uint32_t *at, size_t gaps)
{
    char *bytes = data;
    for (size_t i = 0; i < gaps; i++) {
        size_t next = i + 1 < gaps ? at[i + 1] : count;
        memmove(bytes + (at[i] - i) * size, bytes + (at[i] + (size_t)1) * size, (next - at[i] - 1) * size);
    }
}

/* ---- merge ---- */

/* Upserts sorted out, by their number in the caller's array. */
struct batch {
    const struct index_upsert *upserts;
    uint32_t *fresh; /* to be inserted, in order */
    uint32_t *at;    /* parallel: before which old position */
    size_t fresh_count;
    uint32_t *known;
    uint32_t *positions; /* parallel to known: old positions */
    size_t known_count;
};

static void batch_init(struct batch *batch, const struct index_upsert *upserts, size_t count)
{
    *batch = (struct batch){
        .upserts = upserts,
        .fresh = mem_new_array(count, sizeof *batch->fresh),
        .at = mem_new_array(count, sizeof *batch->at),
        .known = mem_new_array(count, sizeof *batch->known),
        .positions = mem_new_array(count, sizeof *batch->positions),
    };
}

static void batch_release(struct batch *batch)
{
    free(batch->fresh);
    free(batch->at);
    free(batch->known);
    free(batch->positions);
}

static int compare_fresh(const void *a, const void *b, void *context)
{
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    const struct index_upsert *x = (const struct index_upsert *)context + first;
    const struct index_upsert *y = (const struct index_upsert *)context + second;
    if (x->created_at != y->created_at)
        return x->created_at < y->created_at ? -1 : 1;
    int order = text_cmp(x->id, y->id);
    if (order)
        return order;
    if (x->rowid != y->rowid)
        return x->rowid < y->rowid ? -1 : 1;
    return (first > second) - (first < second);
}

/* The same run twice in a batch: the later one tells more. */
static void drop_earlier(struct batch *batch)
{
    size_t kept = 0;
    for (size_t i = 0; i < batch->fresh_count; i++) {
        const struct index_upsert *run = &batch->upserts[batch->fresh[i]];
        const struct index_upsert *next =
            i + 1 < batch->fresh_count ? &batch->upserts[batch->fresh[i + 1]] : NULL;
        if (!next || run->rowid != next->rowid || run->created_at != next->created_at)
            batch->fresh[kept++] = batch->fresh[i];
    }
    batch->fresh_count = kept;
}

static uint32_t place_of(const struct index_store *store, const struct index_upsert *upsert,
                         index_compare_id *compare, void *context)
{
    size_t low = index_lower_bound(store, upsert->created_at);
    size_t high = index_upper_bound(store, upsert->created_at);
    if (!compare)
        return (uint32_t)high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(context, rowids_get(&store->rowids, middle), upsert->id) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return (uint32_t)low;
}

static bool differs(const struct index_store *store, uint32_t at, const struct index_upsert *upsert)
{
    return codes_get(&store->status, at) != upsert->status ||
           codes_get(&store->trigger, at) != upsert->trigger ||
           codes_get(&store->scope, at) != upsert->scope ||
           (upsert->has_interaction && !store->interaction[at]) ||
           (upsert->duration_ms != DURATION_UNREAD &&
            durations_get(&store->durations, at) != upsert->duration_ms);
}

static void batch_sort_out(struct run_index *index, struct batch *batch, size_t count,
                           struct index_merge *merge)
{
    const struct index_upsert *upserts = batch->upserts;
    run_index_lock(index); /* durations come from other threads */
    for (size_t i = 0; i < count; i++) {
        uint32_t position;
        if (!run_index_find(index, upserts[i].created_at, upserts[i].rowid, &position)) {
            merge->lost += !upserts[i].is_new;
            if (upserts[i].is_new)
                batch->fresh[batch->fresh_count++] = (uint32_t)i;
        } else if (differs(&index->store, position, &upserts[i])) {
            batch->known[batch->known_count] = (uint32_t)i;
            batch->positions[batch->known_count++] = position;
        }
    }
    run_index_unlock(index);
}

static void batch_place(struct run_index *index, struct batch *batch, index_compare_id *compare,
                        void *context)
{
    qsort_r(batch->fresh, batch->fresh_count, sizeof *batch->fresh, compare_fresh, (void *)batch->upserts);
    drop_earlier(batch);
    for (size_t i = 0; i < batch->fresh_count; i++) {
        batch->at[i] = place_of(&index->store, &batch->upserts[batch->fresh[i]], compare, context);
        if (i && batch->at[i] < batch->at[i - 1]) /* ids that changed under the hand: keep the order sound */
            batch->at[i] = batch->at[i - 1];
    }
}

static void codes_open(struct index_store *store, struct code_column *codes, const struct batch *batch)
{
    if (codes->narrow)
        index_open_gaps(codes->narrow, sizeof *codes->narrow, store->count, batch->at, batch->fresh_count);
    if (codes->wide)
        index_open_gaps(codes->wide, sizeof *codes->wide, store->count, batch->at, batch->fresh_count);
}

static void columns_open(struct index_store *store, const struct batch *batch)
{
    size_t n = batch->fresh_count;
    index_open_gaps(store->created, sizeof *store->created, store->count, batch->at, n);
    if (store->rowids.narrow)
        index_open_gaps(store->rowids.narrow, sizeof *store->rowids.narrow, store->count, batch->at, n);
    if (store->rowids.wide)
        index_open_gaps(store->rowids.wide, sizeof *store->rowids.wide, store->count, batch->at, n);
    codes_open(store, &store->status, batch);
    codes_open(store, &store->trigger, batch);
    codes_open(store, &store->scope, batch);
    index_open_gaps(store->interaction, sizeof *store->interaction, store->count, batch->at, n);
    calls_open_gaps(store, batch->at, n);
    if (store->durations.narrow)
        index_open_gaps(store->durations.narrow, sizeof *store->durations.narrow, store->count, batch->at, n);
    if (store->durations.wide)
        index_open_gaps(store->durations.wide, sizeof *store->durations.wide, store->count, batch->at, n);
}

static void write_known(struct index_store *store, size_t at, const struct index_upsert *upsert)
{
    codes_set(store, &store->status, at, upsert->status);
    codes_set(store, &store->trigger, at, upsert->trigger);
    codes_set(store, &store->scope, at, upsert->scope);
    if (upsert->has_interaction)
        store->interaction[at] = 1;
    if (upsert->duration_ms != DURATION_UNREAD)
        durations_set(store, at, upsert->duration_ms);
}

static void write_fresh(struct index_store *store, size_t at, const struct index_upsert *upsert)
{
    store->created[at] = upsert->created_at;
    rowids_set(store, at, upsert->rowid);
    store->durations.unread += durations_get(&store->durations, at) != DURATION_UNREAD;
    if (store->durations.narrow)
        store->durations.narrow[at] = NARROW_DURATION_UNREAD;
    else
        store->durations.wide[at] = DURATION_UNREAD;
    write_known(store, at, upsert);
}

static void batch_write(struct run_index *index, const struct batch *batch, struct index_merge *merge)
{
    struct index_store *store = &index->store;
    size_t before = store->count;
    for (size_t i = 0; i < batch->known_count; i++) {
        write_known(store, batch->positions[i], &batch->upserts[batch->known[i]]);
        index_touch_run(index, batch->positions[i]);
    }
    if (batch->fresh_count) {
        index_reserve(store, before + batch->fresh_count);
        columns_open(store, batch);
        store->count += batch->fresh_count;
        index_touch_from(index, batch->at[0]);
    }
    for (size_t i = 0; i < batch->fresh_count; i++) {
        write_fresh(store, batch->at[i] + i, &batch->upserts[batch->fresh[i]]);
        if (batch->at[i] == before)
            continue;
        index_log_move(&index->moves, batch->at[i] + (uint32_t)i, false);
        merge->moved++;
    }
}

static void settle_durations(struct run_index *index)
{
    if (index->store.durations.unread)
        atomic_fetch_and_explicit(&index->ready, ~COLUMN_BIT(COLUMN_DURATION), memory_order_acq_rel);
    else
        index_set_ready(index, COLUMN_DURATION);
}

/* From the first inserted run on, the lookup's positions are told anew; a rowid far outside makes it anew when it is next asked. */
static void lookup_follow(struct index_store *store, size_t first)
{
    struct lookup *lookup = &store->lookup;
    if (!lookup->positions)
        return;
    bool fits = lookup->is_dense;
    for (size_t i = first; i < store->count && fits; i++) {
        int64_t rowid = rowids_get(&store->rowids, i);
        fits = rowid >= lookup->base && (uint64_t)rowid - (uint64_t)lookup->base < lookup->count;
        if (fits)
            lookup->positions[rowid - lookup->base] = (uint32_t)i;
    }
    if (!fits)
        lookup_free(lookup);
}

enum err_code run_index_merge(struct run_index *index, const struct index_upsert *upserts, size_t count,
                              index_compare_id *compare, void *context, struct index_merge *merge,
                              struct err *err)
{
    *merge = (struct index_merge){0};
    if (!index_is_ready(index, COLUMN_CREATED))
        return err_set(err, ERR_UNSUPPORTED, "the index is not built yet");
    if (count > INDEX_RUNS_MAX - index->store.count)
        return err_set(err, ERR_TOO_BIG, "more than %d runs", INDEX_RUNS_MAX);
    struct batch batch;
    batch_init(&batch, upserts, count);
    batch_sort_out(index, &batch, count, merge);
    batch_place(index, &batch, compare, context);
    merge->inserted = batch.fresh_count;
    merge->changed = batch.known_count;
    if (batch.fresh_count || batch.known_count) {
        index_write_begin(index);
        batch_write(index, &batch, merge);
        settle_durations(index);
        index_write_end(index);
    }
    if (batch.fresh_count)
        lookup_follow(&index->store, batch.at[0]);
    batch_release(&batch);
    return ERR_OK;
}

/* ---- removal ---- */

static void codes_close(struct index_store *store, struct code_column *codes, const uint32_t *at,
                        size_t count)
{
    if (codes->narrow)
        index_close_gaps(codes->narrow, sizeof *codes->narrow, store->count, at, count);
    if (codes->wide)
        index_close_gaps(codes->wide, sizeof *codes->wide, store->count, at, count);
}

static void columns_close(struct index_store *store, const uint32_t *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        store->durations.unread -= durations_get(&store->durations, at[i]) == DURATION_UNREAD;
    index_close_gaps(store->created, sizeof *store->created, store->count, at, count);
    if (store->rowids.narrow)
        index_close_gaps(store->rowids.narrow, sizeof *store->rowids.narrow, store->count, at, count);
    if (store->rowids.wide)
        index_close_gaps(store->rowids.wide, sizeof *store->rowids.wide, store->count, at, count);
    codes_close(store, &store->status, at, count);
    codes_close(store, &store->trigger, at, count);
    codes_close(store, &store->scope, at, count);
    index_close_gaps(store->interaction, sizeof *store->interaction, store->count, at, count);
    if (store->durations.narrow)
        index_close_gaps(store->durations.narrow, sizeof *store->durations.narrow, store->count, at, count);
    if (store->durations.wide)
        index_close_gaps(store->durations.wide, sizeof *store->durations.wide, store->count, at, count);
    calls_close_gaps(store, at, count);
    store->count -= count;
}

static int compare_positions(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

size_t run_index_remove(struct run_index *index, const struct index_row *rows, size_t count)
{
    uint32_t *at = mem_new_array(count, sizeof *at);
    size_t found = 0, distinct = 0;
    for (size_t i = 0; i < count; i++)
        found += run_index_find(index, rows[i].created_at, rows[i].rowid, &at[found]);
    qsort(at, found, sizeof *at, compare_positions);
    for (size_t i = 0; i < found; i++)
        if (!distinct || at[distinct - 1] != at[i])
            at[distinct++] = at[i];
    if (distinct) {
        index_write_begin(index);
        columns_close(&index->store, at, distinct);
        index_touch_from(index, at[0]);
        for (size_t i = distinct; i-- > 0;) /* from above, so that each number holds when it is replayed */
            index_log_move(&index->moves, at[i], true);
        settle_durations(index);
        index_write_end(index);
        lookup_free(&index->store.lookup);
    }
    free(at);
    return distinct;
}

size_t run_index_open_runs(const struct run_index *index, struct index_row *rows, size_t max)
{
    const struct index_store *store = &index->store;
    size_t found = 0;
    if (!index_is_ready(index, COLUMN_STATUS))
        return 0;
    bool *is_open = mem_new((size_t)UINT16_MAX + 1);
    memset(is_open, true, (size_t)UINT16_MAX + 1);
    for (size_t code = 0; code < store->dictionaries[0].count; code++)
        is_open[code] = !run_status_is_terminal(run_status_of(store->dictionaries[0].words[code]));
    for (size_t i = 0; i < store->count; i++) {
        if (!is_open[codes_get(&store->status, i)])
            continue;
        if (found < max)
            rows[found] = (struct index_row){store->created[i], rowids_get(&store->rowids, i), (uint32_t)i};
        found++;
    }
    free(is_open);
    return found;
}
