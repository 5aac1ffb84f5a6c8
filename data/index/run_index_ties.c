/*
 * Runs of one millisecond, whose order only their ids tell. Until that is known they stand by their rowids; a group is put in order in all
 * columns at once, so it makes no difference which of them are filled already.
 *
 * For many groups the ids are read in order, all of them, and each tied run is told when it comes by: it takes the next place of its group. That
 * needs two numbers a run, and neither ids nor sorting.
 */
#include "data/base/die.h"
#include "data/index/run_index_private.h"

#include <stdlib.h>
#include <string.h>

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

/* ---- putting a group in order ---- */

/* The group's values before it is ordered. */
struct group {
    uint32_t first, count;
    const uint32_t *order; /* the position of the run that comes to stand at first + i */
    int64_t *scratch;      /* count */
};

#define PERMUTE(group, data)                                                                                 \
    do {                                                                                                     \
        for (uint32_t i_ = 0; (data) && i_ < (group)->count; i_++)                                           \
            (group)->scratch[i_] = (int64_t)(data)[(group)->order[i_]];                                      \
        for (uint32_t i_ = 0; (data) && i_ < (group)->count; i_++)                                           \
            (data)[(group)->first + i_] = (__typeof__(*(data)))(group)->scratch[i_];                         \
    } while (0)

static void order_codes(struct code_column *codes, const struct group *group)
{
    PERMUTE(group, codes->narrow);
    PERMUTE(group, codes->wide);
}

static void order_group(struct index_store *store, const struct group *group)
{
    PERMUTE(group, store->rowids.narrow);
    PERMUTE(group, store->rowids.wide);
    order_codes(&store->status, group);
    order_codes(&store->trigger, group);
    order_codes(&store->scope, group);
    PERMUTE(group, store->interaction);
    PERMUTE(group, store->durations.narrow);
    PERMUTE(group, store->durations.wide);
    for (uint32_t i = 0; store->lookup.is_dense && i < group->count; i++) {
        uint32_t at = group->first + i;
        store->lookup.positions[rowids_get(&store->rowids, at) - store->lookup.base] = at;
    }
}

/* Calls that are not in their places yet know their run by its position: to[p - first] is where p goes. */
static void move_groups(struct call_column *calls, uint32_t first, uint32_t count, const uint32_t *to)
{
    for (size_t i = 0; i < calls->group_count; i++) {
        uint32_t at = calls->groups[i].position - first;
        if (at < count)
            calls->groups[i].position = to[at];
    }
}

/* Positions by sorted rowids are made anew when they are next asked for. */
static void end_order(struct run_index *index)
{
    if (!index->store.lookup.is_dense)
        lookup_free(&index->store.lookup);
    index_forget_moves(&index->moves);
    index_touch_from(index, 0);
    index_write_end(index);
}

/* ---- one group ---- */

struct tied {
    int64_t rowid;
    uint32_t position;
};

static int compare_tied(const void *a, const void *b)
{
    const struct tied *x = a, *y = b;
    return (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

/* Fills `order` and `to`; false where the rowids are not the group's own, each once. */
static bool find_order(const struct index_store *store, const struct index_tie *tie, const int64_t *rowids,
                       uint32_t *order, uint32_t *to)
{
    struct tied *own = mem_new_array(tie->count, sizeof *own);
    for (uint32_t i = 0; i < tie->count; i++)
        own[i] = (struct tied){rowids_get(&store->rowids, tie->first + i), tie->first + i};
    qsort(own, tie->count, sizeof *own, compare_tied);
    bool is_own = true;
    for (uint32_t i = 0; i < tie->count && is_own; i++) {
        struct tied wanted = {rowids[i], 0};
        struct tied *found = bsearch(&wanted, own, tie->count, sizeof *own, compare_tied);
        is_own = found && to[found->position - tie->first] == UINT32_MAX;
        if (!is_own)
            break;
        order[i] = found->position;
        to[found->position - tie->first] = tie->first + i;
    }
    free(own);
    return is_own;
}

bool run_index_order_tie(struct run_index *index, const struct index_tie *tie, const int64_t *rowids)
{
    struct index_store *store = &index->store;
    if ((size_t)tie->first + tie->count > store->count)
        return false;
    uint32_t *order = mem_new_array(tie->count, sizeof *order), *to = mem_new_array(tie->count, sizeof *to);
    int64_t *scratch = mem_new_array(tie->count, sizeof *scratch);
    memset(to, 0xFF, tie->count * sizeof *to);
    bool is_own = find_order(store, tie, rowids, order, to);
    if (is_own) {
        index_write_begin(index);
        order_group(store, &(struct group){tie->first, tie->count, order, scratch});
        move_groups(&store->calls, tie->first, tie->count, to);
        end_order(index);
    }
    free(scratch);
    free(to);
    free(order);
    return is_own;
}

/* ---- all groups ---- */

/* link[p]: NOT_TIED, or of the first of a group the next free place, of the others the first; and whether p has come by. */
enum { NOT_TIED = (1 << 30) - 1, HAS_COME = 1 << 30, TOGETHER = 64 };

struct index_ties {
    struct run_index *index;
    size_t count;
    struct bitmap
        tied; /* by rowid, from the lookup's base on, where that is dense: most runs share their millisecond with nobody */
    uint32_t *link;
    uint32_t *order;
};

static void note_tied(struct index_ties *ties, const struct index_tie *tie)
{
    const struct index_store *store = &ties->index->store;
    for (uint32_t at = tie->first; at < tie->first + tie->count; at++) {
        ties->link[at] = tie->first;
        if (store->lookup.is_dense)
            bitmap_set(&ties->tied, (size_t)(rowids_get(&store->rowids, at) - store->lookup.base));
    }
}

struct index_ties *run_index_ties_new(struct run_index *index)
{
    struct index_tie tie = {0};
    if (!run_index_next_tie(index, &tie))
        return NULL;
    struct index_ties *ties = mem_new(sizeof *ties);
    size_t count = index->store.count;
    *ties = (struct index_ties){.index = index,
                                .count = count,
                                .link = mem_new_array(count, sizeof *ties->link),
                                .order = mem_new_array(count, sizeof *ties->order)};
    bitmap_init(&ties->tied);
    lookup_make(&index->store);
    if (index->store.lookup.is_dense)
        bitmap_resize(&ties->tied, index->store.lookup.count);
    for (size_t i = 0; i < count; i++)
        ties->link[i] = NOT_TIED;
    do {
        note_tied(ties, &tie);
    } while (run_index_next_tie(index, &tie));
    return ties;
}

void run_index_ties_free(struct index_ties *ties)
{
    if (!ties)
        return;
    bitmap_release(&ties->tied);
    free(ties->link);
    free(ties->order);
    free(ties);
}

static bool is_tied(const struct index_ties *ties, int64_t rowid)
{
    const struct lookup *lookup = &ties->index->store.lookup;
    uint64_t at = (uint64_t)rowid - (uint64_t)lookup->base;
    return !lookup->is_dense || (at < ties->tied.bits && bitmap_get(&ties->tied, at));
}

static void see(struct index_ties *ties, uint32_t position)
{
    if (ties->link[position] == NOT_TIED || ties->link[position] & HAS_COME)
        return;
    const int64_t *created = ties->index->store.created;
    bool is_first = position == 0 || created[position - 1] != created[position];
    uint32_t first = is_first ? position : ties->link[position];
    uint32_t place = ties->link[first] & ~(uint32_t)HAS_COME;
    ties->order[place] = position;
    ties->link[first]++;
    ties->link[position] |= HAS_COME;
}

/* What is needed of memory lies far apart: it is asked for ahead, some runs at a time. */
static void see_some(struct index_ties *ties, const int64_t *rowids, size_t count)
{
    const struct index_store *store = &ties->index->store;
    int64_t tied[TOGETHER];
    uint32_t positions[TOGETHER];
    size_t tied_count = 0, known = 0;
    for (size_t i = 0; i < count; i++)
        if (is_tied(ties, rowids[i])) {
            if (store->lookup.is_dense)
                __builtin_prefetch(&store->lookup.positions[rowids[i] - store->lookup.base]);
            tied[tied_count++] = rowids[i];
        }
    for (size_t i = 0; i < tied_count; i++)
        if (run_index_find_rowid(ties->index, tied[i], &positions[known])) {
            __builtin_prefetch(&ties->link[positions[known]]);
            __builtin_prefetch(&store->created[positions[known++]]);
        }
    for (size_t i = 0; i < known; i++)
        see(ties, positions[i]);
}

void run_index_ties_see(struct index_ties *ties, const int64_t *rowids, size_t count)
{
    for (size_t done = 0; done < count; done += TOGETHER)
        see_some(ties, rowids + done, count - done < TOGETHER ? count - done : TOGETHER);
}

static bool have_all_come(const struct index_ties *ties, const struct index_tie *tie)
{
    return (ties->link[tie->first] & ~(uint32_t)HAS_COME) == tie->first + tie->count;
}

bool run_index_ties_left(const struct index_ties *ties, struct index_tie *tie)
{
    while (run_index_next_tie(ties->index, tie))
        if (!have_all_come(ties, tie))
            return true;
    return false;
}

void run_index_ties_order(struct run_index *index, struct index_ties *ties)
{
    struct index_store *store = &index->store;
    int64_t *scratch = NULL;
    uint32_t room = 0;
    index_write_begin(index);
    for (struct index_tie tie = {0}; run_index_next_tie(index, &tie);) {
        bool is_whole = have_all_come(ties, &tie);
        if (is_whole && tie.count > room) {
            room = 2 * tie.count;
            scratch = mem_resize(scratch, room, sizeof *scratch);
        }
        if (is_whole)
            order_group(store, &(struct group){tie.first, tie.count, ties->order + tie.first, scratch});
        for (uint32_t at = tie.first; at < tie.first + tie.count; at++)
            ties->link[is_whole ? ties->order[at] : at] = at;
    }
    free(scratch);
    for (uint32_t i = 0; i < ties->count; i++)
        if (ties->link[i] == NOT_TIED)
            ties->link[i] = i;
    move_groups(&store->calls, 0, (uint32_t)ties->count, ties->link);
    end_order(index);
}
