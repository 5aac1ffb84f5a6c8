/*
 * A snapshot of a WAL file, seen from beside SQLite: between the files of source_sqlite_image only.
 */
#pragma once

#include "data/sqlite/source_sqlite_int.h"

/* What the wal-index says of the newest commit. */
struct wal_head {
    uint8_t raw[48];                /* as it stands there: two equal ones are of the same commit */
    uint32_t page_size, page_count; /* 0: as the main file says */
    uint32_t frames;                /* of the commit, from 1 on */
    uint32_t backfilled;            /* of these are in the main file */
};

/* False: there is no wal-index, or it cannot be read now. The files are the connection's. */
bool wal_head_read(sqlite3_file *main, sqlite3_file *wal, struct wal_head *head);
bool wal_head_equal(const struct wal_head *a, const struct wal_head *b); /* whatever is backfilled */

/* Pages that are newer in the -wal. */
struct wal_overlay;
/* NULL: the wal-index does not have it, or it is too large. */
struct wal_overlay *wal_overlay_new(sqlite3_file *main, const struct wal_head *head);
void wal_overlay_free(struct wal_overlay *overlay);
uint32_t wal_overlay_find(const struct wal_overlay *overlay,
                          uint32_t number); /* a frame; 0: in the main file */
/* False: the frame is not that of the snapshot. */
bool wal_overlay_read(const struct wal_overlay *overlay, sqlite3_file *wal, uint32_t frame, uint32_t number,
                      uint8_t *page);
