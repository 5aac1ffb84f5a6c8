/*
 * The pages of the snapshot that a reader's transaction sees, for data/btree: by the table sqlite_dbpage where the library has it,
 * else from the file itself. Read directly, through the connection's own file handles (an own descriptor, closed, would drop SQLite's
 * locks):
 *   - a file opened as immutable, and one with a rollback journal under our SHARED lock: the main file is the snapshot;
 *   - WAL: the main file, and over it the newest frame of each page in the -wal up to mxFrame of the snapshot
 *     (source_sqlite_image_wal.c says how that is known). To know it the transaction is begun anew: what was read in it before
 *     image_open may be of an older state. The tables are the same.
 */
#pragma once

#include "data/btree/btree_walk.h"
#include "data/sqlite/source_sqlite_int.h"

struct image;

/* Inside a body, with no statement of the reader at work. *image is NULL where the pages cannot be had this time (ask SQLite then);
 * ERR_OK all the same. */
MUST_USE enum err_code image_open(struct reader *reader, struct image **image, struct err *err);
void image_close(struct image *image); /* NULL is allowed; before the body ends */
const struct btree_pages *image_pages(const struct image *image);

/* The root page of an index or table: by its name, or, of an index, "table(column,column)" for any on exactly these columns, which
 * is the one to trust: a name promises nothing. Looked up by SQLite in the same snapshot. 0: there is none, or it is none that a walk
 * can read (descending, another collation, WITHOUT ROWID, expressions, a partial index). */
MUST_USE enum err_code image_root(struct reader *reader, const char *name, uint32_t *root, struct err *err);
