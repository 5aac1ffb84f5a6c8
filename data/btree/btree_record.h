/*
 * Cells, records and their values: between the files of data/btree only. sqlite.org/fileformat2.html, 1.6 and 2.1.
 */
#pragma once

#include "data/btree/btree_walk.h"

static inline uint32_t btree_u16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

static inline uint32_t btree_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Where a cell stands. */
struct btree_place {
    const uint8_t *page;
    uint32_t from, to; /* offsets between which cells may lie */
    uint32_t offset;
};

struct btree_cell {
    const uint8_t *payload;
    size_t size, local; /* bytes of the payload, and of those in the page */
    uint32_t overflow;  /* where local < size: the page that goes on */
    int64_t rowid;      /* of a table */
};

/* False: the cell is not one, or does not lie where cells may. */
bool btree_cell_read(const struct btree_place *place, enum btree_kind kind, bool is_leaf,
                     struct btree_cell *cell);
/* The whole key of an index entry: local == size. Fills values, count and rowid. */
bool btree_key_read(const struct btree_cell *cell, struct btree_record *record);
/* The values of a row as far as they stand in the page. */
bool btree_row_read(const struct btree_cell *cell, struct btree_record *record);

int btree_value_cmp(const struct btree_value *a, const struct btree_value *b);
