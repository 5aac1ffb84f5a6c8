/*
 * How a bitmap by position follows the index: the last moves are kept in a ring, and played again on it.
 */
#include "data/index/run_index_private.h"

void index_log_move(struct move_log *moves, uint32_t position, bool removed)
{
    size_t slot = moves->layout % INDEX_MOVES_KEPT;
    moves->positions[slot] = position;
    moves->removed[slot] = removed;
    moves->layout++;
}

uint64_t run_index_layout(const struct run_index *index)
{
    return index->moves.layout;
}

/* Runs at the end that the bitmaps have not heard of. */
static void grow_both(struct bitmap *bitmap, struct bitmap *added, size_t bits)
{
    size_t before = bitmap->bits;
    if (bits <= before)
        return;
    bitmap_resize(bitmap, bits);
    bitmap_resize(added, bits);
    bitmap_set_range(added, before, bits);
}

static void replay_move(struct bitmap *bitmap, struct bitmap *added, size_t at, bool removed)
{
    if (removed) {
        grow_both(bitmap, added, at + 1);
        bitmap_remove(bitmap, at);
        bitmap_remove(added, at);
        return;
    }
    grow_both(bitmap, added, at);
    bitmap_insert(bitmap, at);
    bitmap_insert(added, at);
    bitmap_set(added, at);
}

bool run_index_carry(const struct run_index *index, uint64_t *layout, struct bitmap *bitmap,
                     struct bitmap *added)
{
    const struct move_log *moves = &index->moves;
    if (*layout > moves->layout || moves->layout - *layout > INDEX_MOVES_KEPT)
        return false;
    struct bitmap own;
    bitmap_init(&own);
    struct bitmap *fresh = added ? added : &own;
    bitmap_resize(fresh, 0);
    bitmap_resize(fresh, bitmap->bits);
    for (; *layout < moves->layout; ++*layout) {
        size_t slot = *layout % INDEX_MOVES_KEPT;
        replay_move(bitmap, fresh, moves->positions[slot], moves->removed[slot]);
    }
    grow_both(bitmap, fresh, run_index_count(index));
    bitmap_release(&own);
    return true;
}
