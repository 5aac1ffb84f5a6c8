/*
 * See btree_walk.h. A walk keeps the page of each level, so that every page is read once; an entry of a leaf costs the bytes of its cell.
 * No page is believed: each offset is compared with the page's end before it is used, and a tree cannot have more pages than the file.
 */
#include "data/btree/btree_walk.h"

#include "data/base/die.h"
#include "data/btree/btree_level.h"
#include "data/btree/btree_record.h"

#include <stdlib.h>

enum {
    PAGE_INDEX_INTERIOR = 2,
    PAGE_TABLE_INTERIOR = 5,
    PAGE_INDEX_LEAF = 10,
    PAGE_TABLE_LEAF = 13,
    FILE_HEADER = 100, /* on page 1, in front of the b-tree's own */
    LEAF_HEADER = 8,
    INTERIOR_HEADER = 12,
    USABLE_MIN = 480,
    SHORT_MAX = 127,  /* of a number in one byte */
    PAYLOAD_FRONT = 8 /* readable in front of a payload */
};

static void break_walk(struct btree_walk *walk)
{
    walk->is_broken = true;
    walk->depth = 0;
}

static bool read_page(struct btree_walk *walk, uint32_t number, uint8_t **room)
{
    const struct btree_pages *pages = walk->pages;
    if (!number || number > pages->page_count || !walk->budget)
        return false;
    walk->budget--;
    if (!*room)
        *room = mem_new(pages->page_size);
    return pages->read(pages->context, number, *room);
}

/* ---- levels ---- */

static bool read_level(struct btree_walk *walk, struct btree_level *level, uint32_t number)
{
    if (!read_page(walk, number, &level->page))
        return false;
    size_t header = number == 1 ? FILE_HEADER : 0;
    const uint8_t *head = level->page + header;
    level->is_leaf = head[0] == (walk->kind == BTREE_INDEX ? PAGE_INDEX_LEAF : PAGE_TABLE_LEAF);
    bool is_interior = head[0] == (walk->kind == BTREE_INDEX ? PAGE_INDEX_INTERIOR : PAGE_TABLE_INTERIOR);
    level->number = number;
    level->pointers = (uint32_t)header + (level->is_leaf ? LEAF_HEADER : INTERIOR_HEADER);
    level->skip = level->is_leaf ? 0 : 4;
    level->cells = btree_u16(head + 3);
    level->step = 0;
    return (level->is_leaf || is_interior) && level->pointers + 2 * level->cells <= walk->pages->usable;
}

static bool push_level(struct btree_walk *walk, uint32_t number)
{
    if (walk->depth == BTREE_DEPTH_MAX || !read_level(walk, &walk->levels[walk->depth], number)) {
        break_walk(walk);
        return false;
    }
    walk->depth++;
    return true;
}

/* Child `at` of an interior page: the one in front of cell `at`, or the rightmost; 0: there is none. */
static uint32_t child_of(const struct btree_walk *walk, const struct btree_level *level, uint32_t at)
{
    if (at == level->cells)
        return btree_u32(level->page + level->pointers - 4);
    uint32_t offset = btree_u16(level->page + level->pointers + 2 * at);
    return offset + 4 <= walk->pages->usable ? btree_u32(level->page + offset) : 0;
}

/* ---- cells ---- */

static bool reserve_payload(struct btree_walk *walk, size_t size)
{
    if (size > BTREE_KEY_MAX)
        return false;
    if (size > walk->payload_room) {
        walk->payload = mem_resize(walk->payload, PAYLOAD_FRONT + size, 1);
        walk->payload_room = size;
    }
    return true;
}

/* The key of a cell that goes on in overflow pages, put together. */
static bool gather(struct btree_walk *walk, struct btree_cell *cell)
{
    if (!reserve_payload(walk, cell->size))
        return false;
    uint8_t *payload = walk->payload + PAYLOAD_FRONT;
    memcpy(payload, cell->payload, cell->local);
    size_t have = cell->local;
    uint32_t next = cell->overflow;
    while (have < cell->size) {
        if (!read_page(walk, next, &walk->overflow))
            return false;
        size_t left = cell->size - have, room = walk->pages->usable - 4;
        size_t n = left < room ? left : room;
        memcpy(payload + have, walk->overflow + 4, n);
        have += n;
        next = btree_u32(walk->overflow);
    }
    cell->payload = payload;
    cell->local = cell->size;
    return true;
}

static bool read_cell(struct btree_walk *walk, const struct btree_level *level, uint32_t at,
                      struct btree_record *record)
{
    const uint8_t *bytes = btree_short_cell(walk, level, at);
    if (bytes && btree_short_key_read(bytes, record))
        return true;
    struct btree_cell cell;
    uint32_t offset = btree_u16(level->page + level->pointers + 2 * at);
    struct btree_place place = {level->page, level->pointers + 2 * level->cells, walk->pages->usable, offset};
    if (!btree_cell_read(&place, walk->kind, level->is_leaf, &cell))
        return false;
    record->rowid = cell.rowid;
    record->count = 0;
    if (walk->kind == BTREE_TABLE)
        return !level->is_leaf || btree_row_read(&cell, record);
    if (cell.local < cell.size && !gather(walk, &cell))
        return false;
    return btree_key_read(&cell, record);
}

/* ---- the walk ---- */

static void begin(struct btree_walk *walk)
{
    const struct btree_pages *pages = walk->pages;
    walk->depth = 0;
    walk->budget = pages->page_count;
    walk->has_last = false;
    walk->has_same = false;
    if (walk->is_broken || pages->page_size < 512 || pages->page_size > 65536 || pages->usable < USABLE_MIN ||
        pages->usable > pages->page_size) {
        break_walk(walk);
        return;
    }
    uint32_t local_max = btree_local_max(pages->usable, walk->kind);
    walk->short_max = walk->kind == BTREE_TABLE ? 0 : local_max < SHORT_MAX ? local_max : SHORT_MAX;
    push_level(walk, walk->root);
}

void btree_walk_start(struct btree_walk *walk, const struct btree_pages *pages, uint32_t root,
                      enum btree_kind kind)
{
    *walk = (struct btree_walk){.pages = pages, .kind = kind, .root = root};
    begin(walk);
}

void btree_walk_end(struct btree_walk *walk)
{
    for (size_t i = 0; i < BTREE_DEPTH_MAX; i++)
        free(walk->levels[i].page);
    free(walk->overflow);
    free(walk->payload);
    *walk = (struct btree_walk){0};
}

struct btree_level *btree_advance(struct btree_walk *walk)
{
    while (walk->depth) {
        struct btree_level *level = &walk->levels[walk->depth - 1];
        if (level->step == (level->is_leaf ? level->cells : 2 * level->cells + 1))
            walk->depth--;
        else if (level->is_leaf || (level->step % 2 == 1 && walk->kind == BTREE_INDEX))
            return level;
        else if (level->step++ % 2 == 0 && !push_level(walk, child_of(walk, level, (level->step - 1) / 2)))
            return NULL;
    }
    return NULL;
}

bool btree_walk_next(struct btree_walk *walk, struct btree_record *record)
{
    struct btree_level *level = btree_advance(walk);
    walk->has_last = false;
    if (!level)
        return false;
    if (!read_cell(walk, level, btree_next_cell(level), record)) {
        break_walk(walk);
        return false;
    }
    level->step++;
    walk->has_last = true;
    return true;
}

/* ---- seeking ---- */

static bool is_behind(const struct btree_walk *walk, const struct btree_record *record,
                      const struct btree_value *key, size_t count)
{
    if (walk->kind == BTREE_TABLE)
        return record->rowid > key[0].integer;
    for (size_t i = 0; i < count && i < record->count; i++) {
        int order = btree_value_cmp(&record->values[i], &key[i]);
        if (order)
            return order > 0;
    }
    return false;
}

/* The first cell behind the key, or the number of cells; false: a cell cannot be read. */
static bool find_cell(struct btree_walk *walk, const struct btree_level *level, const struct btree_value *key,
                      size_t count, uint32_t *found)
{
    uint32_t from = 0, to = level->cells;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        struct btree_record record;
        walk->budget = walk->pages->page_count;
        if (!read_cell(walk, level, middle, &record))
            return false;
        if (is_behind(walk, &record, key, count))
            to = middle;
        else
            from = middle + 1;
    }
    *found = from;
    return true;
}

void btree_walk_seek(struct btree_walk *walk, const struct btree_value *key, size_t count)
{
    begin(walk);
    while (walk->depth) {
        struct btree_level *level = &walk->levels[walk->depth - 1];
        uint32_t found;
        if (!find_cell(walk, level, key, count, &found)) {
            break_walk(walk);
            return;
        }
        level->step = level->is_leaf ? found : 2 * found + 1;
        if (level->is_leaf)
            break;
        push_level(walk, child_of(walk, level, found));
    }
    walk->budget = walk->pages->page_count;
}
