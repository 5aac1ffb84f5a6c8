/*
 * See run_index.h. This file holds the life of an index, its lock; run_index_load.c has the building up to the order of runs, and
 * run_index_columns.c the columns themselves.
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
    index->tools = kept_tools_new();
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
    free(store->created);
    free(store->rowids.narrow);
    free(store->rowids.wide);
    codes_release(&store->status);
    codes_release(&store->trigger);
    codes_release(&store->scope);
    free(store->interaction);
    free(store->calls.offsets);
    free(store->calls.tools);
    free(store->calls.groups);
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
    kept_tools_free(index->tools);
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

bool run_index_is_ordered(const struct run_index *index)
{
    return !atomic_load_explicit(&index->is_unordered, memory_order_acquire);
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

void index_forget_moves(struct move_log *moves)
{
    moves->layout += INDEX_MOVES_KEPT + 1;
}

void run_index_reset(struct run_index *index)
{
    index_write_begin(index);
    store_release(&index->store);
    index_forget_moves(&index->moves);
    atomic_store_explicit(&index->ready, 0, memory_order_release);
    atomic_store_explicit(&index->is_unordered, false, memory_order_release);
    index_write_end(index);
}

void run_index_take(struct run_index *index, struct run_index *from)
{
    struct index_store old;
    index_write_begin(index);
    old = index->store;
    index->store = from->store;
    store_init(&from->store);
    index_forget_moves(&index->moves);
    index_touch_from(index, 0);
    atomic_store_explicit(&index->ready, run_index_ready(from), memory_order_release);
    atomic_store_explicit(&index->is_unordered, !run_index_is_ordered(from), memory_order_release);
    index_write_end(index);
    store_release(&old);
    run_index_reset(from);
}

/* ---- publishing ---- */

static void publish(struct run_index *index, bool is_ordered)
{
    run_index_seal(index);
    index_write_begin(index);
    index_set_ready(index, COLUMN_CREATED);
    index_touch_from(index, 0);
    if (!index->store.durations.unread)
        index_set_ready(index, COLUMN_DURATION);
    atomic_store_explicit(&index->is_unordered, !is_ordered, memory_order_release);
    index_write_end(index);
}

void run_index_publish(struct run_index *index)
{
    publish(index, true);
}

void run_index_publish_unordered(struct run_index *index)
{
    publish(index, false);
}
