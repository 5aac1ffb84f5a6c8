/*
 * The entries of one index of the tables, in its order, batch after batch: what a projection reads. A feed knows the last entry it read and goes
 * on behind it in the next piece of reading, however the table changed in between.
 *
 * Two roads lead to them: the pages of the index (source_sqlite_image.h), and, where these cannot be had, SQLite. Each piece of reading takes one of them anew. What the
 * pages give is compared with SQLite's own answer in the same snapshot, at the first batch, at the end, and at every PROOF_EVERY-th batch between: the entry that
 * SQLite finds behind the last one must be the next one. Where it is not, or a page makes no sense, the image is broken, and all that was read by it
 * in this piece means nothing.
 *
 *     feed_init(&feed, FEED_CALL_IDS, TEXT_NULL, FEED_ENTRIES)
 *     in a body: feed_begin(&feed, reader, image, &err); while (!feed_fill(&feed, until, &err) && feed.count) …; feed_end(&feed)
 *     feed_release(&feed)
 *
 * Where there is no such index the table is read instead, and sorted: slow, but the same entries.
 */
#pragma once

#include "data/sqlite/source_sqlite_int.h"

enum feed_source {
    FEED_CREATED,          /* numbers: by (created_at, rowid); runs without a time have none */
    FEED_STATUS,           /* rowids of one word, `prefix`, which may be null */
    FEED_TRIGGER,          /* the same */
    FEED_SCOPE,            /* the same */
    FEED_RUN_IDS,          /* texts: the ids of one scope, `prefix`, ascending */
    FEED_CALL_IDS,         /* texts: execution_id of the tool calls, by (execution_id, rowid) */
    FEED_INTERACTION_IDS,  /* texts: the same of interactions */
    FEED_CALL_PATHS,       /* texts: tool_path, by (tool_path, rowid) */
    FEED_CREATED_BY_ROWID, /* numbers, in the order of the table */
    FEED_STATUS_BY_ROWID,  /* texts in the order of the table, whatever type they have */
    FEED_TRIGGER_BY_ROWID,
    FEED_SCOPE_BY_ROWID,
    FEED_SOURCES
};

/* The image of one piece of reading, for all its feeds. */
struct feed_image {
    struct image *image; /* NULL: there is none */
    bool is_broken;
    unsigned batches, proofs_at_end;
};

struct feed_entry {
    uint64_t number; /* the number, as int64_t; of a text the first 8 bytes: a greater one is a later text */
    int64_t rowid;
    uint32_t at, length; /* the text: feed_text(). Neighbours that are equal have the same `at` */
};

enum { FEED_ENTRIES = 2048, FEED_NULL = UINT32_MAX /* a length */ };

struct feed {
    enum feed_source source;
    struct text prefix; /* borrowed */
    size_t room;        /* entries of a batch */

    struct feed_entry
        *entries; /* the batch; those up to `at` are used up, by whoever takes them one by one */
    size_t at, count;
    bool is_end; /* there is nothing behind the batch */
    char *bytes; /* its texts */
    size_t byte_count, byte_room;

    /* The last entry read: the next batch begins behind it. */
    int64_t number, rowid;
    bool is_real;
    double real;
    char *key;
    size_t key_length;

    char *index; /* the FROM clause's word on the index; NULL: not looked for yet */

    /* During a body. */
    struct reader *reader; /* NULL: not begun */
    struct feed_image *image;
    struct feed_walk *walk;      /* NULL: by the statements */
    sqlite3_stmt *statements[2]; /* entries that have the last key, too; entries behind it */
    int64_t until;
};

void feed_init(struct feed *feed, enum feed_source source, struct text prefix, size_t room);
void feed_release(struct feed *feed);
void feed_restart(struct feed *feed); /* back to the beginning */

/* image: borrowed until feed_end; NULL: by SQLite. */
MUST_USE enum err_code feed_begin(struct feed *feed, struct reader *reader, struct feed_image *image,
                                  struct err *err);
/* The next batch in place of the present one, if it takes until clock_ms() is `until`, but one entry at least. None: count is 0, is_end;
 * so also where the image is broken. */
MUST_USE enum err_code feed_fill(struct feed *feed, int64_t until, struct err *err);
void feed_end(struct feed *feed); /* also where feed_begin failed or was not called */

static inline bool feed_has_next(const struct feed *feed)
{
    return feed->at < feed->count;
}

static inline struct text feed_text(const struct feed *feed, const struct feed_entry *entry)
{
    if (entry->length == FEED_NULL)
        return TEXT_NULL;
    return (struct text){feed->bytes + entry->at, entry->length};
}
