/*
 * Cells, records and their values: between the files of data/btree only. sqlite.org/fileformat2.html, 1.6 and 2.1.
 */
#pragma once

#include "data/btree/btree_walk.h"

#include <endian.h>

static inline uint32_t btree_u16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

static inline uint32_t btree_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The `n` bytes (1 .. 8) that end here as a number; eight are read, so these must be readable. */
static inline int64_t btree_integer(const uint8_t *end, size_t n)
{
    uint64_t bits;
    memcpy(&bits, end - 8, sizeof bits);
    unsigned shift = 64 - 8 * (unsigned)n;
    return (int64_t)(be64toh(bits) << shift) >> shift;
}

/* Bytes of a value by its serial type as far as the types are one byte; 255: not in use. */
extern const uint8_t btree_sizes[128];

static inline bool btree_is_integer(uint8_t type)
{
    return type >= 1 && type <= 9 && type != 7;
}

/* The integer of this serial type in front of `end`. */
static inline int64_t btree_typed_integer(uint8_t type, const uint8_t *end)
{
    return type >= 8 ? type - 8 : btree_integer(end, btree_sizes[type]);
}

/* Bytes taken; 0: it does not end before `end`. */
size_t btree_varint_read(const uint8_t *bytes, const uint8_t *end, uint64_t *value);
/* Bytes of a value of this serial type; the two that are not in use have SIZE_MAX. */
size_t btree_type_size(uint64_t type);
/* The value of that type and size at `bytes`; eight bytes in front of them are readable. */
void btree_value_read(uint64_t type, const uint8_t *bytes, size_t n, struct btree_value *value);

/* Where a cell stands. */
struct btree_place {
    const uint8_t *page;
    uint32_t from, to; /* offsets between which cells may lie */
    uint32_t offset;
};

struct btree_cell {
    const uint8_t *payload; /* eight bytes in front of it are readable */
    size_t size, local;     /* bytes of the payload, and of those in the page */
    uint32_t overflow;      /* where local < size: the page that goes on */
    int64_t rowid;          /* of a table */
};

/* False: the cell is not one, or does not lie where cells may. */
bool btree_cell_read(const struct btree_place *place, enum btree_kind kind, bool is_leaf,
                     struct btree_cell *cell);
/* A key at cell[1 .. 1 + cell[0]) whose types are one byte each. False: read it in the other way. */
bool btree_short_key_read(const uint8_t *cell, struct btree_record *record);
/* The whole key of an index entry: local == size. Fills values, count and rowid. */
bool btree_key_read(const struct btree_cell *cell, struct btree_record *record);
/* Most bytes of a payload that stand in the page itself. */
uint32_t btree_local_max(uint32_t usable, enum btree_kind kind);
/* The values of a row as far as they stand in the page. */
bool btree_row_read(const struct btree_cell *cell, struct btree_record *record);

int btree_value_cmp(const struct btree_value *a, const struct btree_value *b);
