/*
 * Columns of a row that stand anywhere in it, as far as they reach: what stands behind them is not read, however large it is.
 */
#include "data/base/die.h"
#include "data/btree/btree_record.h"

enum { PAYLOAD_FRONT = 8 }; /* readable in front of a payload */

struct stretch {
    size_t from, n;                   /* bytes of the payload */
    uint64_t types[BTREE_VALUES_MAX]; /* of the columns in it */
};

/* False: the row has fewer columns, or its header does not stand in the page. */
static bool find_stretch(const struct btree_cell *cell, size_t first, size_t count, struct stretch *stretch)
{
    const uint8_t *start = cell->payload, *end = start + cell->local;
    uint64_t header = 0;
    size_t at = btree_varint_read(start, end, &header);
    if (!at || header < at || header > cell->local)
        return false;
    *stretch = (struct stretch){.from = (size_t)header};
    for (size_t i = 0; i < first + count; i++) {
        uint64_t type = 0;
        size_t n = btree_varint_read(start + at, start + header, &type);
        size_t size = n ? btree_type_size(type) : SIZE_MAX;
        if (size > cell->size - stretch->from - stretch->n)
            return false;
        at += n;
        if (i >= first)
            stretch->types[i - first] = type;
        *(i < first ? &stretch->from : &stretch->n) += size;
    }
    return true;
}

static bool reserve(struct btree_walk *walk, size_t n)
{
    if (n > BTREE_KEY_MAX)
        return false;
    if (!walk->overflow)
        walk->overflow = mem_new(walk->pages->page_size);
    if (n > walk->payload_room || !walk->payload) {
        walk->payload = mem_resize(walk->payload, PAYLOAD_FRONT + n, 1);
        walk->payload_room = n;
    }
    return true;
}

/* Each page brings it nearer to the end of the stretch: no circle is endless. */
static bool copy_chain(struct btree_walk *walk, const struct btree_cell *cell, const struct stretch *stretch)
{
    const struct btree_pages *pages = walk->pages;
    uint8_t *payload = walk->payload + PAYLOAD_FRONT;
    size_t room = pages->usable - 4, have = 0, end = stretch->from + stretch->n;
    uint32_t next = cell->overflow;
    if (stretch->from < cell->local) {
        have = cell->local - stretch->from;
        memcpy(payload, cell->payload + stretch->from, have);
    }
    for (size_t at = cell->local; at < end; at += room) {
        if (!next || next > pages->page_count || !pages->read(pages->context, next, walk->overflow))
            return false;
        size_t skip = stretch->from > at ? stretch->from - at : 0, to = end - at < room ? end - at : room;
        if (skip < to) {
            memcpy(payload + have, walk->overflow + 4 + skip, to - skip);
            have += to - skip;
        }
        next = btree_u32(walk->overflow);
    }
    return have == stretch->n;
}

bool btree_walk_columns(struct btree_walk *walk, size_t first, size_t count, struct btree_value *values)
{
    if (!walk->has_last || walk->kind != BTREE_TABLE || count > BTREE_VALUES_MAX)
        return false;
    const struct btree_level *level = &walk->levels[walk->depth - 1];
    uint32_t offset = btree_u16(level->page + level->pointers + 2 * (level->step - 1));
    struct btree_place place = {level->page, level->pointers + 2 * level->cells, walk->pages->usable, offset};
    struct btree_cell cell;
    struct stretch stretch;
    if (!btree_cell_read(&place, BTREE_TABLE, true, &cell) || !find_stretch(&cell, first, count, &stretch))
        return false;
    bool is_local = stretch.from + stretch.n <= cell.local;
    if (!is_local && (!reserve(walk, stretch.n) || !copy_chain(walk, &cell, &stretch)))
        return false;
    const uint8_t *bytes = is_local ? cell.payload + stretch.from : walk->payload + PAYLOAD_FRONT;
    for (size_t i = 0; i < count; i++) {
        size_t size = btree_type_size(stretch.types[i]);
        btree_value_read(stretch.types[i], bytes, size, &values[i]);
        bytes += size;
    }
    return true;
}
