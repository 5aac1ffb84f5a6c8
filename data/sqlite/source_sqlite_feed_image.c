/*
 * A feed by the pages of its index. What has no place here, such as a time that is no integer, breaks the image as a page would that makes no sense: SQLite is
 * asked then.
 */
#include "data/btree/btree_walk.h"
#include "data/sqlite/source_sqlite_feed_int.h"
#include "data/sqlite/source_sqlite_image.h"

#include "data/base/die.h"

#include <stdlib.h>

enum { STRIDE = 512, NAME_MAX_BYTES = 200 };

struct feed_walk {
    struct btree_walk walk;
    bool is_on_word; /* the last entry given has the feed's word */
};

static struct btree_value value_of(struct text text)
{
    return (struct btree_value){.type = text.s ? BTREE_TEXT : BTREE_NULL, .bytes = text};
}

static void seek(struct feed *feed)
{
    const struct feed_sql *sql = feed_sql_of(feed);
    struct btree_value rowid = {.type = BTREE_INTEGER, .integer = feed->rowid};
    struct btree_value key[2] = {value_of(feed->prefix), rowid};
    bool is_first = feed->rowid == INT64_MIN && feed->key_length == 0;
    if (sql->is_number)
        key[0] = (struct btree_value){.type = BTREE_INTEGER, .integer = feed->number};
    else if (feed->source == FEED_RUN_IDS)
        key[1] = value_of(is_first ? TEXT_NULL : (struct text){feed->key, feed->key_length});
    else if (!sql->is_under_prefix)
        key[0] = value_of((struct text){feed->key, feed->key_length});
    btree_walk_seek(&feed->walk->walk, key, 2);
}

enum err_code feed_image_begin(struct feed *feed, bool *is_there, struct err *err)
{
    const struct feed_sql *sql = feed_sql_of(feed);
    char name[NAME_MAX_BYTES];
    *is_there = false;
    if (!feed->image || !feed->image->image || feed->image->is_broken || !sql->index)
        return ERR_OK;
    sqlite3_snprintf(sizeof name, name, "%s(%s)", sql->table, sql->index);
    uint32_t root = 0;
    enum err_code code = image_root(feed->reader, name, &root, err);
    if (code || !root)
        return code;
    feed->walk = mem_new(sizeof *feed->walk);
    feed->walk->is_on_word = false;
    btree_walk_start(&feed->walk->walk, image_pages(feed->image->image), root, BTREE_INDEX);
    seek(feed);
    *is_there = true;
    return ERR_OK;
}

void feed_image_end(struct feed *feed)
{
    if (feed->walk)
        btree_walk_end(&feed->walk->walk);
    free(feed->walk);
    feed->walk = NULL;
}

static struct feed_entry *new_entry(struct feed *feed, int64_t rowid)
{
    struct feed_entry *entry = &feed->entries[feed->count];
    *entry = (struct feed_entry){.rowid = rowid, .length = FEED_NULL};
    return entry;
}

/* ---- numbers ---- */

static size_t take_numbers(struct feed *feed, size_t max)
{
    int64_t values[STRIDE], rowids[STRIDE];
    size_t count = btree_walk_integers(&feed->walk->walk, values, rowids, max);
    for (size_t i = 0; i < count; i++) {
        struct feed_entry *entry = new_entry(feed, rowids[i]);
        entry->number = (uint64_t)values[i];
        feed->count++;
    }
    return count;
}

/* An entry that is no plain integer: nulls stand before all numbers, texts behind them. */
static void take_odd_number(struct feed *feed)
{
    struct btree_record record;
    feed->is_end = !btree_walk_next(&feed->walk->walk, &record);
    if (feed->is_end || record.values[0].type == BTREE_NULL)
        return;
    if (record.values[0].type == BTREE_INTEGER) {
        new_entry(feed, record.values[1].integer)->number = (uint64_t)record.values[0].integer;
        feed->count++;
    }
    feed->image->is_broken |= record.values[0].type == BTREE_REAL;
    feed->is_end = record.values[0].type != BTREE_INTEGER;
}

static void fill_numbers(struct feed *feed)
{
    do {
        size_t room = feed->room - feed->count, max = room < STRIDE ? room : STRIDE;
        if (take_numbers(feed, max) < max)
            take_odd_number(feed);
    } while (!feed->is_end && !feed_is_full(feed));
}

/* ---- rowids of a word ---- */

static bool is_value(const struct btree_value *value, struct text word)
{
    return value->type == (word.s ? BTREE_TEXT : BTREE_NULL) && (!word.s || text_eq(value->bytes, word));
}

/* The first entry, or one that the quick call left. */
static void take_word(struct feed *feed)
{
    struct btree_record record;
    feed->is_end = !btree_walk_next(&feed->walk->walk, &record) || !is_value(&record.values[0], feed->prefix);
    if (feed->is_end)
        return;
    new_entry(feed, record.values[1].integer);
    feed->count++;
    feed->walk->is_on_word = true;
}

static void fill_rowids(struct feed *feed)
{
    do {
        int64_t rowids[STRIDE];
        size_t room = feed->room - feed->count, max = room < STRIDE ? room : STRIDE, count = 0;
        if (feed->walk->is_on_word)
            count = btree_walk_same(&feed->walk->walk, rowids, max);
        for (size_t i = 0; i < count; i++) {
            new_entry(feed, rowids[i]);
            feed->count++;
        }
        if (count < max)
            take_word(feed);
    } while (!feed->is_end && !feed_is_full(feed));
}

/* ---- texts ---- */

static void fill_texts(struct feed *feed)
{
    size_t at = feed_sql_of(feed)->is_under_prefix ? 1 : 0;
    struct btree_record record;
    do {
        feed->is_end = !btree_walk_next(&feed->walk->walk, &record) ||
                       (at && !is_value(&record.values[0], feed->prefix)) ||
                       record.values[at].type == BTREE_BLOB;
        if (feed->is_end)
            return;
        if (record.values[at].type != BTREE_TEXT) /* they stand before all texts */
            continue;
        feed_put_text(feed, new_entry(feed, record.values[at + 1].integer), record.values[at].bytes);
        feed->count++;
    } while (!feed->count || !feed_is_full(feed));
}

void feed_image_fill(struct feed *feed)
{
    const struct feed_sql *sql = feed_sql_of(feed);
    if (sql->is_number)
        fill_numbers(feed);
    else if (feed->source == FEED_RUN_IDS || !sql->is_under_prefix)
        fill_texts(feed);
    else
        fill_rowids(feed);
    if (feed->walk->walk.is_broken)
        feed->image->is_broken = true;
    if (feed->image->is_broken) {
        feed->count = 0;
        feed->is_end = true;
    }
}
