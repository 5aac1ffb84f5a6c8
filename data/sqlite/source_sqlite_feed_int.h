/*
 * Between the two roads of a feed only: source_sqlite_feed.c asks SQLite, source_sqlite_feed_image.c reads the pages.
 */
#pragma once

#include "data/sqlite/source_sqlite_feed.h"

/* ?1: the last key, ?2: its rowid, ?3: the prefix. */
struct feed_sql {
    const char *table, *value;
    const char *index; /* the columns of the index; NULL: in the order of the table */
    const char *same;  /* the condition of entries with the last key, too; then those behind it. NULL: none */
    const char *behind;
    const char *sorted;
    bool is_number, is_under_prefix;
    bool
        is_bytes; /* texts as the file has them, in the order of the index whatever its encoding; keys are such, too */
};

const struct feed_sql *feed_sql_of(const struct feed *feed);
void feed_put_text(struct feed *feed, struct feed_entry *entry, struct text text);
bool feed_is_full(const struct feed *feed);

/* *is_there: the pages are read from now on; nothing of the reader may be at work but walks. */
MUST_USE enum err_code feed_image_begin(struct feed *feed, bool *is_there, struct err *err);
void feed_image_fill(struct feed *feed); /* sets image->is_broken where it cannot go on */
void feed_image_end(struct feed *feed);
