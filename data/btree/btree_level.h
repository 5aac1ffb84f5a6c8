/*
 * Where a walk stands: between the files of data/btree only.
 */
#pragma once

#include "data/btree/btree_record.h"

/* On to the next entry, which is not read yet; NULL at the end, or where the walk is broken. */
struct btree_level *btree_advance(struct btree_walk *walk);

/* The number of that entry's cell. */
static inline uint32_t btree_next_cell(const struct btree_level *level)
{
    return level->is_leaf ? level->step : level->step / 2;
}

/* An entry all of which is in the page, its size a byte; NULL: it is not so. cell[0] is the size, the record begins at cell[1]. */
static inline const uint8_t *btree_short_cell(const struct btree_walk *walk, const struct btree_level *level,
                                              uint32_t at)
{
    const uint8_t *pointer = level->page + level->pointers + 2 * at;
    uint32_t offset = btree_u16(pointer) + level->skip, usable = walk->pages->usable;
    if (offset < level->pointers + 2 * level->cells || offset + 2 > usable)
        return NULL;
    uint32_t size = level->page[offset];
    return size <= walk->short_max && offset + 1 + size <= usable ? level->page + offset : NULL;
}
