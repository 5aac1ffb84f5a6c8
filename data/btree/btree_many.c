/*
 * Entries by the hundred. The four bytes in front of most entries' values, sizes and types, are those of the entry before: what they mean
 * is worked out once, and each of the next costs the loads of its value and its rowid.
 */
#include "data/btree/btree_level.h"

enum { HEADER = 3 /* of a record of one column and the rowid */, BYTE_TYPE_MAX = 127 };

/* What an entry looks like: payload size, header size, two types. */
struct shape {
    bool is_known;
    uint32_t head;
    uint32_t size;                 /* of the payload */
    uint32_t value_end, rowid_end; /* from the cell on */
    unsigned value_bytes, rowid_bytes;
};

/* The cells of a level that stand in its page, from the next one on. */
struct reach {
    const struct btree_level *level;
    const uint8_t *pointer;
    uint32_t at, first, usable;
    size_t count;
};

static struct reach reach_of(const struct btree_walk *walk, const struct btree_level *level, size_t max)
{
    uint32_t at = btree_next_cell(level);
    size_t count = level->is_leaf ? level->cells - at : 1;
    return (struct reach){.level = level,
                          .pointer = level->page + level->pointers + 2 * at,
                          .at = at,
                          .first = level->pointers + 2 * level->cells,
                          .usable = walk->pages->usable,
                          .count = count < max ? count : max};
}

/* Offsets from `first` at which a cell of this shape ends in the page. */
static uint32_t room_of(const struct shape *shape, const struct reach *reach)
{
    uint32_t end = reach->first + shape->size;
    return shape->is_known && end < reach->usable ? reach->usable - end : 0;
}

/* The next cell where it is of this shape; NULL: look at it more closely. */
static inline const uint8_t *cell_of_shape(const struct reach *reach, const struct shape *shape,
                                           uint32_t room)
{
    uint32_t offset = btree_u16(reach->pointer) + reach->level->skip, head;
    if (offset - reach->first >= room)
        return NULL;
    memcpy(&head, reach->level->page + offset, sizeof head);
    return head == shape->head ? reach->level->page + offset : NULL;
}

/* From a cell that was read: value and rowid are known to lie in it. */
static void learn(struct shape *shape, const uint8_t *cell)
{
    size_t value = btree_sizes[cell[2]], rowid = btree_sizes[cell[3]];
    shape->is_known = rowid > 0; /* 0 and 1 have no bytes */
    memcpy(&shape->head, cell, sizeof shape->head);
    shape->size = cell[0];
    shape->value_bytes = (unsigned)value;
    shape->rowid_bytes = (unsigned)rowid;
    shape->value_end = 1 + HEADER + (uint32_t)value;
    shape->rowid_end = shape->value_end + (uint32_t)rowid;
}

/* Whether the cell is an entry of a value and a rowid, both in it. */
static bool is_pair(const uint8_t *cell)
{
    return cell && cell[0] >= HEADER && cell[1] == HEADER && cell[2] <= BYTE_TYPE_MAX &&
           btree_is_integer(cell[3]) &&
           (uint32_t)HEADER + btree_sizes[cell[2]] + btree_sizes[cell[3]] <= cell[0];
}

/* ---- integers ---- */

/* An entry that is not of the shape; it teaches a new one. */
static bool read_odd_integer(const struct btree_walk *walk, const struct reach *reach, struct shape *shape,
                             int64_t *value, int64_t *rowid)
{
    const uint8_t *cell = btree_short_cell(walk, reach->level, reach->at);
    if (!is_pair(cell) || !btree_is_integer(cell[2]))
        return false;
    learn(shape, cell);
    shape->is_known &= shape->value_bytes > 0;
    *value = btree_typed_integer(cell[2], cell + shape->value_end);
    *rowid = btree_typed_integer(cell[3], cell + shape->rowid_end);
    return true;
}

static size_t read_integers(const struct btree_walk *walk, struct reach *reach, struct shape *shape,
                            int64_t *values, int64_t *rowids)
{
    uint32_t room = room_of(shape, reach);
    size_t n = 0;
    for (; n < reach->count; n++, reach->at++, reach->pointer += 2) {
        const uint8_t *cell = cell_of_shape(reach, shape, room);
        if (cell) {
            values[n] = btree_integer(cell + shape->value_end, shape->value_bytes);
            rowids[n] = btree_integer(cell + shape->rowid_end, shape->rowid_bytes);
        } else if (!read_odd_integer(walk, reach, shape, &values[n], &rowids[n])) {
            break;
        } else {
            room = room_of(shape, reach);
        }
    }
    return n;
}

size_t btree_walk_integers(struct btree_walk *walk, int64_t *values, int64_t *rowids, size_t max)
{
    struct shape shape = {0};
    struct btree_level *level;
    size_t count = 0;
    while (count < max && (level = btree_advance(walk))) {
        struct reach reach = reach_of(walk, level, max - count);
        size_t n = read_integers(walk, &reach, &shape, values + count, rowids + count);
        level->step += (uint32_t)n;
        count += n;
        if (n < reach.count)
            break;
    }
    walk->has_last = false;
    walk->has_same = false;
    return count;
}

/* ---- rowids of one value ---- */

/* Keeps the value given last, to compare others with. */
static void keep_last(struct btree_walk *walk)
{
    const struct btree_level *level = &walk->levels[walk->depth - 1];
    const uint8_t *cell = btree_short_cell(walk, level, btree_next_cell(level) - 1);
    walk->has_last = false;
    walk->has_same = is_pair(cell);
    if (!walk->has_same)
        return;
    walk->same_type = cell[2];
    walk->same_size = btree_sizes[cell[2]];
    memcpy(walk->same, cell + 1 + HEADER, walk->same_size);
}

static bool is_same(const struct btree_walk *walk, const uint8_t *cell)
{
    return memcmp(cell + 1 + HEADER, walk->same, walk->same_size) == 0;
}

static bool read_odd_same(const struct btree_walk *walk, const struct reach *reach, struct shape *shape,
                          int64_t *rowid)
{
    const uint8_t *cell = btree_short_cell(walk, reach->level, reach->at);
    if (!is_pair(cell) || cell[2] != walk->same_type || !is_same(walk, cell))
        return false;
    learn(shape, cell);
    *rowid = btree_typed_integer(cell[3], cell + shape->rowid_end);
    return true;
}

static size_t read_same(const struct btree_walk *walk, struct reach *reach, struct shape *shape,
                        int64_t *rowids)
{
    uint32_t room = room_of(shape, reach);
    size_t n = 0;
    for (; n < reach->count; n++, reach->at++, reach->pointer += 2) {
        const uint8_t *cell = cell_of_shape(reach, shape, room);
        if (cell && is_same(walk, cell))
            rowids[n] = btree_integer(cell + shape->rowid_end, shape->rowid_bytes);
        else if (!read_odd_same(walk, reach, shape, &rowids[n]))
            break;
        else
            room = room_of(shape, reach);
    }
    return n;
}

size_t btree_walk_same(struct btree_walk *walk, int64_t *rowids, size_t max)
{
    struct shape shape = {0};
    struct btree_level *level;
    size_t count = 0;
    if (walk->has_last)
        keep_last(walk);
    while (count < max && walk->has_same && (level = btree_advance(walk))) {
        struct reach reach = reach_of(walk, level, max - count);
        size_t n = read_same(walk, &reach, &shape, rowids + count);
        level->step += (uint32_t)n;
        count += n;
        if (n < reach.count)
            break;
    }
    return count;
}
