/*
 * See btree_record.h. Numbers are big-endian everywhere; one of n bytes is loaded as the eight bytes that end with it: in front of every
 * payload there is a page's header, which has as many, or room for them.
 */
#include "data/btree/btree_record.h"

enum { VARINT_MAX = 9, TYPE_REAL = 7, TYPE_TEXT_FROM = 12 };

/* Bytes taken; 0: it does not end before `end`. */
size_t btree_varint_read(const uint8_t *bytes, const uint8_t *end, uint64_t *value)
{
    if (bytes < end && bytes[0] < 0x80) {
        *value = bytes[0];
        return 1;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < VARINT_MAX && bytes + i < end; i++) {
        if (i == VARINT_MAX - 1) {
            *value = sum << 8 | bytes[i];
            return VARINT_MAX;
        }
        sum = sum << 7 | (bytes[i] & 0x7f);
        if (bytes[i] < 0x80) {
            *value = sum;
            return i + 1;
        }
    }
    return 0;
}

/* ---- cells ---- */

uint32_t btree_local_max(uint32_t usable, enum btree_kind kind)
{
    return kind == BTREE_TABLE ? usable - 35 : (usable - 12) * 64 / 255 - 23;
}

/* Bytes of a payload that stand in the page itself (2.1 of the format). */
static size_t local_size(size_t size, uint32_t usable, enum btree_kind kind)
{
    size_t most = btree_local_max(usable, kind);
    if (size <= most)
        return size;
    size_t least = (usable - 12) * 32 / 255 - 23;
    size_t part = least + (size - least) % (usable - 4);
    return part <= most ? part : least;
}

static bool read_payload(const struct btree_place *place, const uint8_t *at, uint64_t size,
                         enum btree_kind kind, struct btree_cell *cell)
{
    const uint8_t *end = place->page + place->to;
    if (size > INT32_MAX)
        return false;
    cell->payload = at;
    cell->size = size;
    cell->local = local_size(cell->size, place->to, kind);
    bool has_overflow = cell->local < cell->size;
    if ((size_t)(end - at) < cell->local + (has_overflow ? 4 : 0))
        return false;
    cell->overflow = has_overflow ? btree_u32(at + cell->local) : 0;
    return true;
}

bool btree_cell_read(const struct btree_place *place, enum btree_kind kind, bool is_leaf,
                     struct btree_cell *cell)
{
    const uint8_t *at = place->page + place->offset, *end = place->page + place->to;
    size_t child = is_leaf ? 0 : 4;
    uint64_t size = 0, rowid = 0;
    *cell = (struct btree_cell){0};
    if (place->offset < place->from || place->offset + child >= place->to)
        return false;
    at += child;
    bool has_payload = kind == BTREE_INDEX || is_leaf;
    if (has_payload) {
        size_t n = btree_varint_read(at, end, &size);
        if (!n)
            return false;
        at += n;
    }
    if (kind == BTREE_TABLE) {
        size_t n = btree_varint_read(at, end, &rowid);
        if (!n)
            return false;
        at += n;
        cell->rowid = (int64_t)rowid;
    }
    return !has_payload || read_payload(place, at, size, kind, cell);
}

/* ---- values ---- */

#define T(n) n, n
const uint8_t btree_sizes[128] = {
    0,     1,     2,     3,     4,     6,     8,     8,     0,     0,     255,   255,   T(0),  T(1),
    T(2),  T(3),  T(4),  T(5),  T(6),  T(7),  T(8),  T(9),  T(10), T(11), T(12), T(13), T(14), T(15),
    T(16), T(17), T(18), T(19), T(20), T(21), T(22), T(23), T(24), T(25), T(26), T(27), T(28), T(29),
    T(30), T(31), T(32), T(33), T(34), T(35), T(36), T(37), T(38), T(39), T(40), T(41), T(42), T(43),
    T(44), T(45), T(46), T(47), T(48), T(49), T(50), T(51), T(52), T(53), T(54), T(55), T(56), T(57)};
#undef T

/* Bytes of a value of this serial type; the two that are not in use have SIZE_MAX. */
size_t btree_type_size(uint64_t type)
{
    if (type >= TYPE_TEXT_FROM)
        return (size_t)((type - TYPE_TEXT_FROM) / 2);
    return btree_sizes[type] == 255 ? SIZE_MAX : btree_sizes[type];
}

static void read_real(const uint8_t *end, struct btree_value *value)
{
    int64_t bits = btree_integer(end, 8);
    memcpy(&value->real, &bits, sizeof value->real);
    value->type = value->real == value->real ? BTREE_REAL : BTREE_NULL;
}

static inline void read_value(uint64_t type, const uint8_t *bytes, size_t n, struct btree_value *value)
{
    value->integer = 0;
    value->bytes = TEXT_NULL;
    value->type = BTREE_NULL;
    if (type >= TYPE_TEXT_FROM) {
        value->type = type % 2 ? BTREE_TEXT : BTREE_BLOB;
        value->bytes = (struct text){(const char *)bytes, n};
    } else if (type == TYPE_REAL) {
        read_real(bytes + n, value);
    } else if (type) {
        value->type = BTREE_INTEGER;
        value->integer = btree_typed_integer((uint8_t)type, bytes + n);
    }
}

void btree_value_read(uint64_t type, const uint8_t *bytes, size_t n, struct btree_value *value)
{
    read_value(type, bytes, n, value);
}

/* ---- records ---- */

/* Values are read while they end within the local bytes; *is_whole: the header had no more of them. */
static bool read_values(const struct btree_cell *cell, struct btree_record *record, bool *is_whole)
{
    const uint8_t *start = cell->payload;
    uint64_t header = 0;
    size_t at = btree_varint_read(start, start + cell->local, &header);
    if (!at || header < at || header > cell->size)
        return false;
    size_t header_end = header < cell->local ? (size_t)header : cell->local;
    uint64_t body = header;
    record->count = 0;
    while (at < header_end && record->count < BTREE_VALUES_MAX) {
        uint64_t type;
        size_t n = btree_varint_read(start + at, start + header_end, &type);
        if (!n)
            return header_end < header; /* the header itself goes on elsewhere */
        size_t size = btree_type_size(type);
        if (size == SIZE_MAX || size > cell->size - body)
            return false;
        if (body + size > cell->local)
            break;
        read_value(type, start + body, size, &record->values[record->count++]);
        body += size;
        at += n;
    }
    *is_whole = at == header;
    return true;
}

static bool take_rowid(struct btree_record *record)
{
    const struct btree_value *last = &record->values[record->count - 1];
    record->rowid = last->integer;
    return last->type == BTREE_INTEGER;
}

bool btree_short_key_read(const uint8_t *cell, struct btree_record *record)
{
    const uint8_t *types = cell + 2, *at = cell + 1 + cell[1], *end = cell + 1 + cell[0];
    size_t count = (size_t)cell[1] - 1;
    if (count - 1 >= BTREE_VALUES_MAX || at > end)
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t n = types[i] < 128 ? btree_sizes[types[i]] : 255;
        if (n > (size_t)(end - at))
            return false;
        read_value(types[i], at, n, &record->values[i]);
        at += n;
    }
    record->count = count;
    return take_rowid(record);
}

bool btree_key_read(const struct btree_cell *cell, struct btree_record *record)
{
    bool is_whole = false;
    return read_values(cell, record, &is_whole) && is_whole && record->count && take_rowid(record);
}

bool btree_row_read(const struct btree_cell *cell, struct btree_record *record)
{
    bool is_whole;
    return read_values(cell, record, &is_whole);
}

/* ---- order ---- */

/* As exactly as SQLite does: a whole number beyond 2^53 is not the double next to it. */
static int integer_real_cmp(int64_t integer, double real)
{
    if (real < -9223372036854775808.0)
        return 1;
    if (real >= 9223372036854775808.0)
        return -1;
    int64_t whole = (int64_t)real;
    if (integer != whole)
        return integer < whole ? -1 : 1;
    double fraction = real - (double)whole;
    return (fraction < 0) - (fraction > 0);
}

static int number_cmp(const struct btree_value *a, const struct btree_value *b)
{
    if (a->type == BTREE_INTEGER && b->type == BTREE_INTEGER)
        return (a->integer > b->integer) - (a->integer < b->integer);
    if (a->type == BTREE_REAL && b->type == BTREE_REAL)
        return (a->real > b->real) - (a->real < b->real);
    if (a->type == BTREE_INTEGER)
        return integer_real_cmp(a->integer, b->real);
    return -integer_real_cmp(b->integer, a->real);
}

int btree_value_cmp(const struct btree_value *a, const struct btree_value *b)
{
    static const uint8_t ranks[] = {
        [BTREE_NULL] = 0, [BTREE_INTEGER] = 1, [BTREE_REAL] = 1, [BTREE_TEXT] = 2, [BTREE_BLOB] = 3};
    int order = ranks[a->type] - ranks[b->type];
    if (order || a->type == BTREE_NULL)
        return order;
    return ranks[a->type] == 1 ? number_cmp(a, b) : text_cmp(a->bytes, b->bytes);
}
