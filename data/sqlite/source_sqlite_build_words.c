/*
 * Status, trigger and scope, by their indices: the rows of one word after the other, a batch of each in turn, until all but one word
 * are through. The rows of that one, by then the most common, need not be read: every run without a word has it.
 */
#include "data/sqlite/source_sqlite_builder.h"

#include "data/base/die.h"

#include <stdlib.h>

void build_words_release(struct builder *builder)
{
    for (size_t i = 0; i < builder->word_count; i++) {
        feed_release(&builder->words[i].feed);
        free(builder->words[i].word);
    }
    builder->word_count = builder->word_at = 0;
    builder->has_words = builder->is_by_table = false;
}

struct word_column {
    enum phase phase;
    enum index_column column;
    enum feed_source by_word, by_table;
    const char *list_sql;
};

/* A BLOB is shown as the text in it, but no text finds it in the index: column 1 tells of one. */
#define LIST_SQL(name)                                                                                       \
    "WITH RECURSIVE v(x) AS (SELECT min(" name ") FROM execution UNION ALL SELECT (SELECT min(" name         \
    ") FROM execution WHERE " name " > x) FROM v WHERE x IS NOT NULL LIMIT 66) SELECT x, typeof(x) "         \
    "<> 'text' FROM v WHERE x IS NOT NULL "                                                                  \
    "UNION ALL SELECT * FROM (SELECT NULL, 0 FROM execution WHERE " name " IS NULL LIMIT 1)"

static const struct word_column word_columns[] = {
    {PHASE_STATUS, COLUMN_STATUS, FEED_STATUS, FEED_STATUS_BY_ROWID, LIST_SQL("status")},
    {PHASE_TRIGGER, COLUMN_TRIGGER, FEED_TRIGGER, FEED_TRIGGER_BY_ROWID, LIST_SQL("trigger_kind")},
    {PHASE_SCOPE, COLUMN_SCOPE, FEED_SCOPE, FEED_SCOPE_BY_ROWID, LIST_SQL("scope_id")},
};

static const struct word_column *column_of(const struct builder *builder)
{
    size_t at = 0;
    while (word_columns[at].phase != builder->phase)
        at++;
    return &word_columns[at];
}

static void restart_words(struct builder *builder)
{
    build_words_release(builder);
    run_index_clear(builder->index, column_of(builder)->column);
}

/* ---- which words there are ---- */

static void add_word(struct builder *builder, enum feed_source source, struct text word)
{
    struct word_scan *scan = &builder->words[builder->word_count++];
    *scan = (struct word_scan){.word = word.s ? mem_strndup(word.s, word.n) : NULL,
                               .code = run_index_code(builder->index, column_of(builder)->column, word)};
    feed_init(&scan->feed, source, (struct text){scan->word, word.n}, FEED_ENTRIES);
}

static enum err_code list_words(struct reader *reader, struct builder *builder, struct err *err)
{
    const struct word_column *column = column_of(builder);
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, column->list_sql, &statement, err);
    while (!code && !builder->is_by_table && reader_step(reader, statement, &code, err)) {
        builder->is_by_table = builder->word_count == WORDS_BY_INDEX || sqlite3_column_int(statement, 1);
        if (!builder->is_by_table)
            add_word(builder, column->by_word, column_borrow(statement, 0));
    }
    sqlite3_finalize(statement);
    bool is_by_table = builder->is_by_table;
    if (code || is_by_table)
        build_words_release(builder);
    if (!code && is_by_table)
        add_word(builder, column->by_table, TEXT_NULL);
    builder->is_by_table = is_by_table;
    builder->has_words = !code;
    return code;
}

/* ---- their rows ---- */

static void put_batch(struct builder *builder, enum index_column column, const struct word_scan *scan)
{
    const struct feed *feed = &scan->feed;
    int64_t rowids[FEED_ENTRIES];
    for (size_t i = 0; i < feed->count; i++)
        rowids[i] = feed->entries[i].rowid;
    if (!builder->is_by_table)
        run_index_put_rowids(builder->index, column, rowids, feed->count, scan->code);
    for (size_t i = 0; builder->is_by_table && i < feed->count; i++) {
        uint16_t code = run_index_code(builder->index, column, feed_text(feed, &feed->entries[i]));
        run_index_put_rowids(builder->index, column, &rowids[i], 1, code);
    }
}

/* The next word that still has rows; NULL where at most one is left: its rows need not be read. */
static struct word_scan *next_word(struct builder *builder)
{
    struct word_scan *next = NULL;
    size_t open = 0;
    for (size_t i = 1; i <= builder->word_count; i++) {
        size_t at = (builder->word_at + i) % builder->word_count;
        if (!builder->words[at].feed.is_end && open++ == 0)
            next = &builder->words[at];
    }
    return open > 1 || builder->is_by_table ? next : NULL;
}

static enum err_code read_word(struct reader *reader, struct builder *builder, struct word_scan *scan,
                               int64_t until, struct err *err)
{
    enum err_code code = scan->feed.reader ? ERR_OK : feed_begin(&scan->feed, reader, &builder->image, err);
    if (!code)
        code = feed_fill(&scan->feed, until, err);
    if (!code)
        put_batch(builder, column_of(builder)->column, scan);
    builder->word_at = (size_t)(scan - builder->words);
    return code;
}

static enum err_code words_body(struct reader *reader, void *context, struct err *err)
{
    struct builder *builder = context;
    int64_t until = clock_ms() + SLICE_MS;
    enum err_code code = builder->has_words ? ERR_OK : list_words(reader, builder, err);
    struct word_scan *scan;
    while (!code && clock_ms() < until && (scan = next_word(builder)))
        code = read_word(reader, builder, scan, until, err);
    for (size_t i = 0; i < builder->word_count; i++)
        feed_end(&builder->words[i].feed);
    return code;
}

/* Of the word that is left; where there is none any word will do. */
static uint16_t code_of_rest(struct builder *builder, enum index_column column)
{
    uint16_t code =
        builder->word_count ? builder->words[0].code : run_index_code(builder->index, column, TEXT_NULL);
    for (size_t i = 0; i < builder->word_count; i++)
        if (!builder->words[i].feed.is_end)
            code = builder->words[i].code;
    return code;
}

enum err_code build_words(struct builder *builder, const struct reading *reading, struct err *err)
{
    enum err_code code = builder_reads(builder, reading, words_body, restart_words, err);
    if (code || builder->is_reading || next_word(builder))
        return code;
    enum index_column column = column_of(builder)->column;
    run_index_complete(builder->index, column, code_of_rest(builder, column));
    build_words_release(builder);
    builder->phase++;
    return ERR_OK;
}
