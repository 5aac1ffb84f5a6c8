/*
 * The beginning of an index: the runs and their order. They are kept oldest first, because then new runs are an append, and as a rule they come in
 * order from an index of the table, from either end: then nothing is sorted, and what comes is written where it stays.
 */
#include "data/base/die.h"
#include "data/index/run_index_private.h"

#include <stdlib.h>
#include <string.h>

enum { LOAD_MIN = 4096 };

static void load_resize(struct index_store *store, size_t cap)
{
    store->created = mem_resize(store->created, cap, sizeof *store->created);
    if (store->rowids.wide)
        store->rowids.wide = mem_resize(store->rowids.wide, cap, sizeof *store->rowids.wide);
    else
        store->rowids.narrow = mem_resize(store->rowids.narrow, cap, sizeof *store->rowids.narrow);
    store->cap = cap;
}

static int compare_rows(const void *a, const void *b)
{
    const struct index_row *x = a, *y = b;
    if (x->created_at != y->created_at)
        return x->created_at < y->created_at ? -1 : 1;
    return (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

static struct index_row row_of(const struct index_store *store, size_t at)
{
    return (struct index_row){store->created[at], rowids_get(&store->rowids, at), 0};
}

/* Whether the rows go on in one direction, from the last one that is there. */
static void note_order(struct index_store *store, const struct index_row *rows, size_t count)
{
    struct index_row last = store->loaded ? row_of(store, store->loaded - 1) : rows[0];
    bool is_up = true, is_down = true;
    for (size_t i = store->loaded ? 0 : 1; i < count; i++) {
        bool is_tie = last.created_at == rows[i].created_at;
        is_up &= last.created_at < rows[i].created_at || (is_tie && last.rowid < rows[i].rowid);
        is_down &= last.created_at > rows[i].created_at || (is_tie && last.rowid > rows[i].rowid);
        last = rows[i];
    }
    store->loads_up &= is_up;
    store->loads_down &= is_down;
}

static void load_rows(struct index_store *store, const struct index_row *rows, size_t count)
{
    size_t at = store->loaded, i = 0;
    for (i = 0; i < count; i++)
        store->created[at + i] = rows[i].created_at;
    for (i = 0; i < count && store->rowids.narrow && rows[i].rowid >= 0 && rows[i].rowid <= UINT32_MAX; i++)
        store->rowids.narrow[at + i] = (uint32_t)rows[i].rowid;
    for (; i < count; i++)
        rowids_set(store, at + i, rows[i].rowid);
    store->loaded += count;
}

enum err_code run_index_load(struct run_index *index, const struct index_row *rows, size_t count,
                             struct err *err)
{
    struct index_store *store = &index->store;
    if (count > INDEX_RUNS_MAX - store->loaded)
        return err_set(err, ERR_TOO_BIG, "more than %d runs", INDEX_RUNS_MAX);
    if (!store->is_unsealed)
        store->is_unsealed = store->loads_up = store->loads_down = true;
    if (store->loaded + count > store->cap) {
        size_t cap = store->cap ? 2 * store->cap : LOAD_MIN;
        load_resize(store, cap > store->loaded + count ? cap : store->loaded + count);
    }
    if (count) {
        note_order(store, rows, count);
        load_rows(store, rows, count);
    }
    return ERR_OK;
}

static void swap_rows(struct index_store *store, size_t i, size_t j)
{
    int64_t created = store->created[i], rowid = rowids_get(&store->rowids, i);
    store->created[i] = store->created[j];
    store->created[j] = created;
    rowids_set(store, i, rowids_get(&store->rowids, j));
    rowids_set(store, j, rowid);
}

/* A row given twice, by slices that overlap, is one run. */
static void sort_rows(struct index_store *store)
{
    struct index_row *rows = mem_new_array(store->loaded, sizeof *rows);
    for (size_t i = 0; i < store->loaded; i++)
        rows[i] = row_of(store, i);
    qsort(rows, store->loaded, sizeof *rows, compare_rows);
    size_t kept = 0;
    for (size_t i = 0; i < store->loaded; i++) {
        if (kept && compare_rows(&rows[i - 1], &rows[i]) == 0)
            continue;
        store->created[kept] = rows[i].created_at;
        rowids_set(store, kept++, rows[i].rowid);
    }
    store->loaded = kept;
    free(rows);
}

static void order_rows(struct index_store *store)
{
    if (store->loads_up)
        return;
    if (!store->loads_down) {
        sort_rows(store);
        return;
    }
    for (size_t i = 0, j = store->loaded; i + 1 < j; i++)
        swap_rows(store, i, --j);
}

void run_index_seal(struct run_index *index)
{
    struct index_store *store = &index->store;
    if (store->interaction)
        return;
    order_rows(store);
    size_t count = store->loaded;
    if (count)
        load_resize(store, count);
    index_reserve(store, count);
    for (size_t i = 0; i < count; i++)
        store->durations.narrow[i] = NARROW_DURATION_UNREAD;
    memset(store->interaction, 0, count);
    store->durations.unread = count;
    store->count = count;
    store->loaded = 0;
    store->is_unsealed = false;
}
