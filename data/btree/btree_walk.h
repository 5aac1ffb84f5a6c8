/*
 * The b-trees of a SQLite file, read page by page: what a projection needs of them, and nothing else. Entries of an index and rows
 * of a table come as decoded records in the order of the tree, at the cost of their bytes; SQLite's own machine takes ten times that
 * for each. Knows no SQLite: pages come from a struct btree_pages. Source of the rules: sqlite.org/fileformat2.html, 1.5, 1.6 and 2.
 *
 *     btree_walk_start(&walk, &pages, root, BTREE_INDEX)
 *     btree_walk_seek(&walk, key, 2)                         optional: on behind the entries up to and with this key
 *     while (btree_walk_next(&walk, &record)) … record.values[0 .. record.count) …
 *     if (walk.is_broken) … nothing that was read can be trusted: ask SQLite …
 *     btree_walk_end(&walk)
 *
 * Of a small key a whole index is read quicker still by the two calls that fill arrays: btree_walk_integers, btree_walk_same.
 *
 * Everything in a page is doubted: offsets, sizes, depth and the number of pages are checked, so that no bytes can lead outside a
 * page or in a circle. What is not as the format says breaks the walk. UTF-8 files, BINARY collation, ascending columns only: the
 * caller checks.
 */
#pragma once

#include "data/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BTREE_DEPTH_MAX = 20, BTREE_VALUES_MAX = 4, BTREE_KEY_MAX = 1 << 20 };

/* The pages of one snapshot. read copies page `number` (1 is the first) to page[0 .. page_size); false: it cannot be had. Several
 * walks may go on at once. */
struct btree_pages {
    bool (*read)(void *context, uint32_t number, uint8_t *page);
    void *context;
    uint32_t page_size; /* 512 .. 65536 */
    uint32_t usable;    /* page_size − the reserved bytes */
    uint32_t page_count;
};

enum btree_kind { BTREE_INDEX, BTREE_TABLE };
enum btree_type { BTREE_NULL, BTREE_INTEGER, BTREE_REAL, BTREE_TEXT, BTREE_BLOB };

struct btree_value {
    enum btree_type type;
    int64_t integer;   /* INTEGER */
    double real;       /* REAL */
    struct text bytes; /* TEXT, BLOB; borrowed until the next call on the walk. Of n = 0, s is not null */
};

/* INDEX: the columns, the last one is the rowid (more than BTREE_VALUES_MAX, or a key longer than BTREE_KEY_MAX, break the walk).
 * TABLE: the first columns of the row, as far as they stand in the row's page as a whole, and its rowid; a column that is the rowid
 * itself is null. */
struct btree_record {
    struct btree_value values[BTREE_VALUES_MAX];
    size_t count;
    int64_t rowid;
};

struct btree_level {
    uint8_t *page;
    uint32_t number;
    uint32_t pointers; /* offset of the cell pointers */
    uint32_t cells;
    uint32_t step; /* leaf: the next cell. Interior: 2 i is child i, 2 i + 1 is cell i */
    uint32_t skip; /* bytes of a cell in front of its payload's size: an interior one's child */
    bool is_leaf;
};

/* Made by value: its fields are the .c's own, but for is_broken. */
struct btree_walk {
    const struct btree_pages *pages;
    enum btree_kind kind;
    bool is_broken;
    uint32_t root;
    uint32_t budget;    /* pages that may still be read: none belongs to a tree twice */
    uint32_t short_max; /* a payload up to here stands in its page, and its size in a byte */
    size_t depth;       /* levels in use; 0: at the end */
    struct btree_level levels[BTREE_DEPTH_MAX];
    uint8_t *overflow; /* a page */
    uint8_t *payload;  /* of a cell with overflow pages */
    size_t payload_room;
    bool has_last;     /* the entry before the next one was given to the caller */
    bool has_same;     /* a value is kept, to compare others with: */
    uint8_t same_type; /* its serial type, */
    size_t same_size;  /* and its bytes */
    uint8_t same[64];
};

/* Stands in front of the first entry. To be ended whatever happens. */
void btree_walk_start(struct btree_walk *walk, const struct btree_pages *pages, uint32_t root,
                      enum btree_kind kind);
void btree_walk_end(struct btree_walk *walk);

/* From anywhere to behind all entries whose first `count` values are up to and with key[0 .. count), compared as SQLite does: null,
 * then numbers, texts, blobs. TABLE: the key is one INTEGER, the rowid. */
void btree_walk_seek(struct btree_walk *walk, const struct btree_value *key, size_t count);

/* False at the end, or where the walk is broken. */
bool btree_walk_next(struct btree_walk *walk, struct btree_record *record);

/* INDEX of one column: the next entries as long as their value is an INTEGER, at most max of them. Fewer: the end, or an entry for
 * btree_walk_next. */
size_t btree_walk_integers(struct btree_walk *walk, int64_t *values, int64_t *rowids, size_t max);

/* INDEX of one column, behind btree_walk_next or another call of this: the rowids of the next entries that have the same value as the
 * last one, at most max of them. Fewer: the end, or an entry for btree_walk_next; it may have that value, too, if the value is long. */
size_t btree_walk_same(struct btree_walk *walk, int64_t *rowids, size_t max);

/* TABLE, behind btree_walk_next: columns [first, first + count) of that row, wherever they stand in it; overflow pages are read as far as
 * they reach. At most BTREE_VALUES_MAX. Borrowed until the next call. False: the row has not as many (or they are longer than
 * BTREE_KEY_MAX in all, or cannot be read): ask SQLite. */
bool btree_walk_columns(struct btree_walk *walk, size_t first, size_t count, struct btree_value *values);
