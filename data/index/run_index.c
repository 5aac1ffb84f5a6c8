/*
 * See run_index.h. This file holds the life of an index, its lock, and the building up to the order of runs; run_index_columns.c has the
 * columns themselves.
 *
 * Rows come newest first because that is what a person wants to see first, and they are kept oldest first because then new runs
 * are an append.
 */
#include "data/index/run_index.h"

#include "data/base/die.h"
#include "data/index/run_index_kept.h"

#include <stdlib.h>
#include <string.h>

static void store_init(struct index_store *store)
{
    memset(store, 0, sizeof *store);
    store->status.uniform = store->trigger.uniform = store->scope.uniform = CODE_UNSET;
}

struct run_index *run_index_new(void)
{
    struct run_index *index = mem_new_array(1, sizeof *index);
    store_init(&index->store);
    index->kept = kept_answers_new();
    pthread_rwlockattr_t attr;
    pthread_rwlockattr_init(&attr);
    /* Many readers in turn must not keep the poller out. */
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    if (pthread_rwlock_init(&index->lock, &attr))
        die("cannot make a lock");
    pthread_rwlockattr_destroy(&attr);
    return index;
}

static void codes_release(struct code_column *codes)
{
    free(codes->narrow);
    free(codes->wide);
}

static void store_release(struct index_store *store)
{
    free(store->loaded);
    free(store->created);
    free(store->rowids.narrow);
    free(store->rowids.wide);
    codes_release(&store->status);
    codes_release(&store->trigger);
    codes_release(&store->scope);
    free(store->interaction);
    free(store->calls.offsets);
    free(store->calls.tools);
    free(store->calls.positions);
    free(store->durations.narrow);
    free(store->durations.wide);
    for (size_t i = 0; i < DICTIONARIES; i++) {
        arena_release(&store->dictionaries[i].arena);
        free(store->dictionaries[i].words);
        free(store->dictionaries[i].slots);
    }
    lookup_free(&store->lookup);
    store_init(store);
}

void run_index_free(struct run_index *index)
{
    if (!index)
        return;
    store_release(&index->store);
    kept_answers_free(index->kept);
    free(index->stamps.runs);
    free(index->stamps.durations);
    pthread_rwlock_destroy(&index->lock);
    free(index);
}

unsigned run_index_ready(const struct run_index *index)
{
    return atomic_load_explicit(&index->ready, memory_order_acquire);
}

uint64_t run_index_revision(const struct run_index *index)
{
    return atomic_load_explicit(&index->revision, memory_order_acquire);
}

size_t run_index_count(const struct run_index *index)
{
    return atomic_load_explicit(&index->shown, memory_order_acquire);
}

void run_index_lock(struct run_index *index)
{
    pthread_rwlock_rdlock(&index->lock);
}

void run_index_unlock(struct run_index *index)
{
    pthread_rwlock_unlock(&index->lock);
}

void index_write_begin(struct run_index *index)
{
    pthread_rwlock_wrlock(&index->lock);
}

void index_write_end(struct run_index *index)
{
    size_t shown = index_is_ready(index, COLUMN_CREATED) ? index->store.count : 0;
    atomic_store_explicit(&index->shown, shown, memory_order_release);
    atomic_fetch_add_explicit(&index->revision, 1, memory_order_acq_rel);
    pthread_rwlock_unlock(&index->lock);
}

void index_set_ready(struct run_index *index, enum index_column column)
{
    atomic_fetch_or_explicit(&index->ready, COLUMN_BIT(column), memory_order_acq_rel);
}

/* No bitmap from before can be carried over. */
static void moves_forget(struct move_log *moves)
{
    moves->layout += INDEX_MOVES_KEPT + 1;
}

void run_index_reset(struct run_index *index)
{
    index_write_begin(index);
    store_release(&index->store);
    moves_forget(&index->moves);
    atomic_store_explicit(&index->ready, 0, memory_order_release);
    index_write_end(index);
}

void run_index_take(struct run_index *index, struct run_index *from)
{
    struct index_store old;
    index_write_begin(index);
    old = index->store;
    index->store = from->store;
    store_init(&from->store);
    moves_forget(&index->moves);
    index_touch_from(index, 0);
    atomic_store_explicit(&index->ready, run_index_ready(from), memory_order_release);
    index_write_end(index);
    store_release(&old);
    run_index_reset(from);
}

/* ---- load and seal ---- */

enum err_code run_index_load(struct run_index *index, const struct index_row *rows, size_t count,
                             struct err *err)
{
    struct index_store *store = &index->store;
    if (count > INDEX_RUNS_MAX - store->load_count)
        return err_set(err, ERR_TOO_BIG, "more than %d runs", INDEX_RUNS_MAX);
    if (store->load_count + count > store->load_cap) {
        size_t cap = store->load_cap ? store->load_cap * 2 : 4096;
        store->load_cap = cap > store->load_count + count ? cap : store->load_count + count;
        store->loaded = mem_resize(store->loaded, store->load_cap, sizeof *store->loaded);
    }
    if (count)
        memcpy(store->loaded + store->load_count, rows, count * sizeof *rows);
    store->load_count += count;
    return ERR_OK;
}

static int compare_rows(const void *a, const void *b)
{
    const struct index_row *x = a, *y = b;
    if (x->created_at != y->created_at)
        return x->created_at < y->created_at ? -1 : 1;
    return (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

static void reverse_rows(struct index_row *rows, size_t count)
{
    for (size_t i = 0, j = count; i + 1 < j; i++) {
        struct index_row row = rows[i];
        rows[i] = rows[--j];
        rows[j] = row;
    }
}

/* The rows as a rule come in order but for their ties: sort only what needs it. */
static void sort_rows(struct index_row *rows, size_t count)
{
    if (count && rows[0].created_at >= rows[count - 1].created_at)
        reverse_rows(rows, count);
    bool is_sorted = true;
    for (size_t i = 1; i < count && is_sorted; i++)
        is_sorted = rows[i - 1].created_at <= rows[i].created_at;
    if (!is_sorted) {
        qsort(rows, count, sizeof *rows, compare_rows);
        return;
    }
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && rows[end].created_at == rows[first].created_at;)
            end++;
        if (end - first > 1)
            qsort(rows + first, end - first, sizeof *rows, compare_rows);
    }
}

/* A row given twice, by slices that overlap, is one run. */
static size_t drop_repeated(struct index_row *rows, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!kept || compare_rows(&rows[kept - 1], &rows[i]) != 0)
            rows[kept++] = rows[i];
    return kept;
}

void run_index_seal(struct run_index *index)
{
    struct index_store *store = &index->store;
    if (store->created)
        return;
    sort_rows(store->loaded, store->load_count);
    size_t count = drop_repeated(store->loaded, store->load_count);
    index_reserve(store, count);
    for (size_t i = 0; i < count; i++) {
        store->created[i] = store->loaded[i].created_at;
        rowids_set(store, i, store->loaded[i].rowid);
        store->durations.narrow[i] = NARROW_DURATION_UNREAD;
    }
    memset(store->interaction, 0, count);
    store->durations.unread = count;
    store->count = count;
    free(store->loaded);
    store->loaded = NULL;
    store->load_count = store->load_cap = 0;
}

/* ---- ties ---- */

bool run_index_next_tie(const struct run_index *index, struct index_tie *tie)
{
    const struct index_store *store = &index->store;
    for (size_t first = (size_t)tie->first + tie->count, end; first < store->count; first = end) {
        for (end = first + 1; end < store->count && store->created[end] == store->created[first];)
            end++;
        if (end - first < 2)
            continue;
        *tie = (struct index_tie){(uint32_t)first, (uint32_t)(end - first), store->created[first]};
        return true;
    }
    return false;
}

int64_t run_index_rowid(const struct run_index *index, uint32_t position)
{
    return rowids_get(&index->store.rowids, position);
}

static int compare_ints(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Unordered groups stand by ascending rowid, so the given ones, sorted, must be the same. */
static bool is_group_of(const struct index_store *store, const struct index_tie *tie, const int64_t *rowids)
{
    int64_t *sorted = mem_new_array(tie->count, sizeof *sorted),
            *own = mem_new_array(tie->count, sizeof *own);
    memcpy(sorted, rowids, tie->count * sizeof *sorted);
    for (size_t i = 0; i < tie->count; i++)
        own[i] = rowids_get(&store->rowids, tie->first + i);
    qsort(sorted, tie->count, sizeof *sorted, compare_ints);
    qsort(own, tie->count, sizeof *own, compare_ints);
    bool is_same = memcmp(sorted, own, tie->count * sizeof *own) == 0;
    free(own);
    free(sorted);
    return is_same;
}

bool run_index_order_tie(struct run_index *index, const struct index_tie *tie, const int64_t *rowids)
{
    struct index_store *store = &index->store;
    if ((size_t)tie->first + tie->count > store->count || !is_group_of(store, tie, rowids))
        return false;
    for (size_t i = 0; i < tie->count; i++)
        rowids_set(store, tie->first + i, rowids[i]);
    return true;
}

void run_index_publish(struct run_index *index)
{
    run_index_seal(index);
    index_write_begin(index);
    index_set_ready(index, COLUMN_CREATED);
    index_touch_from(index, 0);
    if (!index->store.durations.unread)
        index_set_ready(index, COLUMN_DURATION);
    index_write_end(index);
}
