/*
 * Status, trigger and scope, by their indices: the rows of one word after the other, a slice of each in turn, until all but one word
 * are through. The rows of that one, by then the most common, need not be read: every run without a word has it.
 */
#include "data/sqlite/source_sqlite_builder.h"

#include "data/base/die.h"

#include <stdlib.h>

void build_words_release(struct builder *builder)
{
    for (size_t i = 0; i < builder->word_count; i++)
        free(builder->words[i].word);
    builder->word_count = builder->word_at = 0;
    builder->has_words = builder->is_by_table = false;
}

struct word_column {
    enum index_column column;
    const char *list_sql, *rows_sql, *table_sql;
};

#define WORD_COLUMN(id, name)                                                                                \
    {                                                                                                        \
        id,                                                                                                  \
            "WITH RECURSIVE v(x) AS (SELECT min(" name ") FROM execution UNION ALL SELECT (SELECT min(" name \
            ") FROM execution WHERE " name " > x) FROM v WHERE x IS NOT NULL LIMIT 66) SELECT 0, typeof(x) " \
            "<> 'text', x FROM v WHERE x IS NOT NULL "                                                       \
            "UNION ALL SELECT * FROM (SELECT 0, 0, NULL FROM execution WHERE " name " IS NULL LIMIT 1)",     \
            "SELECT 0, rowid FROM execution WHERE " name " IS ?1 AND rowid > ?2 ORDER BY rowid",             \
            "SELECT 0, rowid, " name " FROM execution WHERE ?1 IS ?1 AND rowid > ?2 ORDER BY rowid"          \
    }

static const struct word_column word_columns[] = {
    WORD_COLUMN(COLUMN_STATUS, "status"),
    WORD_COLUMN(COLUMN_TRIGGER, "trigger_kind"),
    WORD_COLUMN(COLUMN_SCOPE, "scope_id"),
};

static const struct word_column *column_of(enum index_column column)
{
    size_t at = 0;
    while (word_columns[at].column != column)
        at++;
    return &word_columns[at];
}

struct word_job {
    struct builder *builder;
    const struct word_column *column;
};

static enum err_code words_body(struct reader *reader, void *context, struct err *err)
{
    struct word_job *job = context;
    batch_begin(job->builder);
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, job->column->list_sql, &statement, err);
    if (!code)
        code = batch_fill(reader, job->builder, statement, true, err);
    sqlite3_finalize(statement);
    return code;
}

/* A BLOB is shown as the text in it, but no text finds it in the index. */
static bool has_other_type(const struct builder *builder)
{
    bool is_other = false;
    for (size_t i = 0; i < builder->count; i++)
        is_other |= builder->rows[i].rowid != 0;
    return is_other;
}

static enum err_code list_words(struct word_job *job, const struct reading *reading, struct err *err)
{
    struct builder *builder = job->builder;
    enum err_code code = source_read(reading, words_body, job, err);
    if (code)
        return code;
    builder->has_words = true;
    builder->is_by_table = builder->count > WORDS_BY_INDEX || has_other_type(builder);
    builder->word_count = builder->is_by_table ? 1 : builder->count;
    for (size_t i = 0; i < builder->word_count; i++) {
        struct text word = builder->is_by_table ? TEXT_NULL : builder->texts[i];
        builder->words[i] =
            (struct word_scan){.word = word.s ? mem_strndup(word.s, word.n) : NULL,
                               .length = word.n,
                               .code = run_index_code(builder->index, job->column->column, word),
                               .after = INT64_MIN};
    }
    return ERR_OK;
}

static struct text word_text(const struct word_scan *scan)
{
    return (struct text){scan->word, scan->length};
}

static enum err_code word_rows_body(struct reader *reader, void *context, struct err *err)
{
    struct word_job *job = context;
    struct builder *builder = job->builder;
    const struct word_scan *scan = &builder->words[builder->word_at];
    batch_begin(builder);
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        reader, builder->is_by_table ? job->column->table_sql : job->column->rows_sql, &statement, err);
    if (code)
        return code;
    bind_text(statement, 1, word_text(scan));
    sqlite3_bind_int64(statement, 2, scan->after);
    code = batch_fill(reader, builder, statement, builder->is_by_table, err);
    sqlite3_finalize(statement);
    return code;
}

static void put_words(struct word_job *job)
{
    struct builder *builder = job->builder;
    struct word_scan *scan = &builder->words[builder->word_at];
    enum index_column column = job->column->column;
    for (size_t i = 0; i < builder->count; i++) {
        uint32_t position;
        uint16_t code =
            builder->is_by_table ? run_index_code(builder->index, column, builder->texts[i]) : scan->code;
        if (run_index_find_rowid(builder->index, builder->rows[i].rowid, &position))
            run_index_put(builder->index, column, position, code);
    }
    if (builder->count)
        scan->after = builder->rows[builder->count - 1].rowid;
    scan->is_done = builder->is_end;
}

/* The next word that still has rows; false where at most one is left: its rows need not be read. */
static bool next_word(struct builder *builder, enum index_column column, uint16_t *last_code)
{
    size_t open = 0, found = builder->word_at;
    for (size_t i = 1; i <= builder->word_count; i++) {
        size_t at = (builder->word_at + i) % builder->word_count;
        if (builder->words[at].is_done)
            continue;
        if (open++ == 0)
            found = at;
    }
    builder->word_at = found;
    *last_code =
        builder->word_count ? builder->words[found].code : run_index_code(builder->index, column, TEXT_NULL);
    return open > 1 || (open == 1 && builder->is_by_table);
}

enum err_code build_words(struct builder *builder, const struct reading *reading, enum index_column column,
                          struct err *err)
{
    struct word_job job = {builder, column_of(column)};
    if (!builder->has_words) {
        enum err_code code = list_words(&job, reading, err);
        if (code)
            return code;
    }
    uint16_t last_code;
    if (!next_word(builder, column, &last_code)) {
        run_index_complete(builder->index, column, last_code);
        build_words_release(builder);
        builder->phase++;
        return ERR_OK;
    }
    enum err_code code = source_read(reading, word_rows_body, &job, err);
    if (!code)
        put_words(&job);
    return code;
}
