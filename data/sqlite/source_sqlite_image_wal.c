/*
 * Which frames of the -wal belong to the snapshot of a transaction, from sqlite.org/walformat.html and wal.c.
 *
 * The wal-index begins with two copies of a header: the last valid frame (mxFrame), the file's size in pages, salts, a counter of
 * changes, a checksum. SQLite takes its snapshot by copying it. So where the header is the same, counter and all, just before a
 * transaction begins to read and just behind it, that is what SQLite saw. From then on
 *   - with all frames backfilled by then, the main file is the snapshot: SQLite holds read lock 0, which keeps checkpoints away, or
 *     a read mark, behind which none goes. The -wal may be started over at any moment, and is not looked at;
 *   - else SQLite holds a read mark above 0. The -wal cannot be started over, so frames up to mxFrame stay as they are, and a checkpoint
 *     brings nothing later into the main file.
 * Where nobody else is connected there is no wal-index that counts: SQLite then makes one of its own, and holds read lock 0. With
 * an empty -wal, the main file is the snapshot; with another one, we do not know it.
 *
 * The number of backfilled frames is read before the header: read behind it, it could be that of a -wal started over in between.
 * Which page a frame holds stands in the wal-index, too; each frame read is compared with it once more, page number and salts.
 */
#include "data/sqlite/source_sqlite_image_wal.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

enum {
    INDEX_VERSION = 3007000,
    INDEX_BLOCK = 32768,              /* bytes of the wal-index that are mapped at a time */
    BLOCK_FRAMES = 4096,              /* page numbers in a block, */
    FIRST_FRAMES = BLOCK_FRAMES - 34, /* in the first: less the header's room */
    HEAD_ROOM = 136,
    WAL_HEADER = 32,
    FRAME_HEADER = 24,
    FRAMES_MAX = 1 << 20
};

/* The numbers of the wal-index are the machine's own; the salts are kept as they stand in the file. */
struct index_header {
    uint32_t version, unused, changes;
    uint8_t is_ready, is_big_endian;
    uint16_t page_size;
    uint32_t frames, page_count;
    uint32_t frame_sums[2];
    uint8_t salts[8];
    uint32_t sums[2];
};
_Static_assert(sizeof(struct index_header) == sizeof(((struct wal_head *)0)->raw), "as in wal.c");

/* NULL: there is no such block, or (*is_unshared) nobody vouches for it. A read-only mapping is said as SQLITE_READONLY. */
static const uint8_t *map_block(sqlite3_file *main, int block, bool *is_unshared)
{
    void volatile *bytes = NULL;
    if (main->pMethods->iVersion < 2 || !main->pMethods->xShmMap)
        return NULL;
    int result = main->pMethods->xShmMap(main, block, INDEX_BLOCK, 0, &bytes);
    *is_unshared = result == SQLITE_READONLY_CANTINIT;
    return result == SQLITE_OK || result == SQLITE_READONLY ? (const uint8_t *)(uintptr_t)bytes : NULL;
}

static bool is_sum_right(const struct wal_head *head, const struct index_header *header)
{
    uint32_t words[10], a = 0, b = 0;
    memcpy(words, head->raw, sizeof words);
    for (size_t i = 0; i < 10; i += 2) {
        a += words[i] + b;
        b += words[i + 1] + a;
    }
    return a == header->sums[0] && b == header->sums[1];
}

static bool is_empty(sqlite3_file *wal)
{
    sqlite3_int64 size = -1;
    return wal && wal->pMethods->xFileSize(wal, &size) == SQLITE_OK && size == 0;
}

bool wal_head_read(sqlite3_file *main, sqlite3_file *wal, struct wal_head *head)
{
    bool is_unshared = false;
    const uint8_t *bytes = map_block(main, 0, &is_unshared);
    uint8_t second[sizeof head->raw];
    *head = (struct wal_head){0};
    if (!bytes)
        return is_unshared && is_empty(wal);
    memcpy(&head->backfilled, bytes + 2 * sizeof head->raw, sizeof head->backfilled);
    main->pMethods->xShmBarrier(main);
    memcpy(head->raw, bytes, sizeof head->raw);
    main->pMethods->xShmBarrier(main);
    memcpy(second, bytes + sizeof head->raw, sizeof second);
    struct index_header header;
    memcpy(&header, head->raw, sizeof header);
    head->page_size = header.page_size == 1 ? 65536 : header.page_size;
    head->page_count = header.page_count;
    head->frames = header.frames;
    return memcmp(head->raw, second, sizeof second) == 0 && header.is_ready &&
           header.frames >= head->backfilled && header.version == INDEX_VERSION &&
           is_sum_right(head, &header);
}

bool wal_head_equal(const struct wal_head *a, const struct wal_head *b)
{
    return memcmp(a->raw, b->raw, sizeof a->raw) == 0;
}

/* ---- the overlay ---- */

/* A page and its newest frame, at a place that its number gives; page 0: none. */
struct overlaid {
    uint32_t page, frame;
};

struct wal_overlay {
    uint8_t salts[8];
    uint32_t page_size;
    uint32_t mask;
    struct overlaid places[];
};

static struct overlaid *place_of(struct overlaid *places, uint32_t mask, uint32_t page)
{
    uint32_t at = page * UINT32_C(2654435761) >> 7 & mask;
    while (places[at].page && places[at].page != page)
        at = (at + 1) & mask;
    return &places[at];
}

/* Page numbers of a block; *first is the frame of the first of them. */
static const uint8_t *map_numbers(sqlite3_file *main, int block, uint32_t *first, uint32_t *count)
{
    bool is_unshared;
    const uint8_t *bytes = map_block(main, block, &is_unshared);
    *first = block ? (uint32_t)(FIRST_FRAMES + (block - 1) * BLOCK_FRAMES + 1) : 1;
    *count = block ? BLOCK_FRAMES : FIRST_FRAMES;
    return bytes && !block ? bytes + HEAD_ROOM : bytes;
}

static bool fill(struct wal_overlay *overlay, sqlite3_file *main, const struct wal_head *head)
{
    for (int block = 0;; block++) {
        uint32_t first, count;
        const uint8_t *numbers = map_numbers(main, block, &first, &count);
        if (first > head->frames)
            return true;
        if (!numbers)
            return false;
        for (uint32_t i = 0; i < count && first + i <= head->frames; i++) {
            uint32_t page;
            memcpy(&page, numbers + 4 * (size_t)i, sizeof page);
            if (!page)
                return false;
            if (first + i > head->backfilled)
                *place_of(overlay->places, overlay->mask, page) = (struct overlaid){page, first + i};
        }
    }
}

struct wal_overlay *wal_overlay_new(sqlite3_file *main, const struct wal_head *head)
{
    uint32_t frames = head->frames - head->backfilled, room = 16;
    if (head->frames < head->backfilled || frames > FRAMES_MAX)
        return NULL;
    while (room < 2 * frames)
        room *= 2;
    struct wal_overlay *overlay = mem_new_array(1, sizeof *overlay + room * sizeof overlay->places[0]);
    struct index_header header;
    memcpy(&header, head->raw, sizeof header);
    memcpy(overlay->salts, header.salts, sizeof overlay->salts);
    overlay->page_size = head->page_size;
    overlay->mask = room - 1;
    if (fill(overlay, main, head))
        return overlay;
    free(overlay);
    return NULL;
}

void wal_overlay_free(struct wal_overlay *overlay)
{
    free(overlay);
}

uint32_t wal_overlay_find(const struct wal_overlay *overlay, uint32_t number)
{
    return place_of((struct overlaid *)(uintptr_t)overlay->places, overlay->mask, number)->frame;
}

bool wal_overlay_read(const struct wal_overlay *overlay, sqlite3_file *wal, uint32_t frame, uint32_t number,
                      uint8_t *page)
{
    uint8_t header[FRAME_HEADER];
    int64_t at = WAL_HEADER + (int64_t)(frame - 1) * (FRAME_HEADER + (int64_t)overlay->page_size);
    if (wal->pMethods->xRead(wal, header, FRAME_HEADER, at) != SQLITE_OK ||
        wal->pMethods->xRead(wal, page, (int)overlay->page_size, at + FRAME_HEADER) != SQLITE_OK)
        return false;
    uint32_t holds =
        (uint32_t)header[0] << 24 | (uint32_t)header[1] << 16 | (uint32_t)header[2] << 8 | header[3];
    return holds == number && memcmp(header + 8, overlay->salts, sizeof overlay->salts) == 0;
}
