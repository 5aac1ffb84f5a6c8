/*
 * The projection: index after index of the table read into the columns in memory, in slices short enough that no transaction holds up
 * the writer's WAL. Each of the four single-column indices is covering, so no row of the table is touched but those of one
 * millisecond, whose order only their ids tell.
 *
 * The table may change between slices. What was added is left to the follower, which begins from a state taken before the first
 * slice; what was deleted is simply not found. Runs that could still change at the beginning are looked at once more after their
 * statuses have been read, because a change from one status to another can slip between two slices.
 */
#include "data/source_sqlite_build.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 20000, CLOCK_EVERY = 512, WORDS_BY_INDEX = 64, CALL_CODES_MAX = 1 << 26 };

enum phase {
    PHASE_START,
    PHASE_CREATED,
    PHASE_TIES,
    PHASE_STATUS,
    PHASE_CATCH_UP,
    PHASE_TRIGGER,
    PHASE_SCOPE,
    PHASE_QUESTIONS,
    PHASE_PATHS,
    PHASE_CALLS,
    PHASE_DONE
};

/* One word of a dictionary column, while its rows are read. */
struct word_scan {
    char *word; /* owned; NULL: the null */
    size_t length;
    uint16_t code;
    int64_t after; /* rowids up to here have been read */
    bool is_done;
};

struct builder {
    struct run_index *index;
    struct follower *follower;
    enum phase phase;

    /* What a slice read, before it counts. */
    struct index_row rows[BATCH];
    struct text texts[BATCH];
    size_t count;
    bool is_end;
    struct arena arena; /* the texts */

    int64_t created, rowid; /* PHASE_CREATED: the last row read */
    struct index_tie tie;
    bool has_tie;

    struct word_scan words[WORDS_BY_INDEX];
    size_t word_count, word_at;
    bool has_words, is_by_table; /* more words than can be read one by one: by the table */

    char *text; /* PHASE_QUESTIONS, _PATHS, _CALLS: the last key read. Owned */
    size_t text_length;
    uint16_t *
        call_codes; /* tool of a call by rowid, from call_base on; NULL: the path is read from the call's row */
    int64_t call_base;
    size_t call_count;
};

static void free_words(struct builder *builder)
{
    for (size_t i = 0; i < builder->word_count; i++)
        free(builder->words[i].word);
    builder->word_count = builder->word_at = 0;
    builder->has_words = builder->is_by_table = false;
}

struct builder *builder_new(struct run_index *index, struct follower *follower)
{
    struct builder *builder = mem_new_array(1, sizeof *builder);
    builder->index = index;
    builder->follower = follower;
    arena_init(&builder->arena);
    run_index_reset(index);
    return builder;
}

void builder_free(struct builder *builder)
{
    if (!builder)
        return;
    free_words(builder);
    arena_release(&builder->arena);
    free(builder->text);
    free(builder->call_codes);
    free(builder);
}

bool builder_is_done(const struct builder *builder)
{
    return builder->phase == PHASE_DONE;
}

bool builder_can_follow(const struct builder *builder)
{
    return builder->phase > PHASE_CATCH_UP;
}

/* ---- reading a batch ---- */

static void begin_batch(struct builder *builder)
{
    arena_release(&builder->arena);
    builder->count = 0;
    builder->is_end = false;
}

static bool is_batch_full(const struct builder *builder, int64_t until)
{
    return builder->count == BATCH ||
           (builder->count % CLOCK_EVERY == 0 && builder->count && clock_ms() >= until);
}

/* Rows of one key follow each other: they share its copy. */
static struct text next_text(struct builder *builder, struct text text)
{
    size_t n = builder->count;
    bool is_again = n && text_eq(text, builder->texts[n - 1]);
    return is_again ? builder->texts[n - 1] : arena_text(&builder->arena, text);
}

/* Steps a statement whose columns 0 and 1 are numbers, and 2, where asked for, a text. */
static enum err_code fill_batch(struct reader *reader, struct builder *builder, sqlite3_stmt *statement,
                                bool has_text, struct err *err)
{
    int64_t until = clock_ms() + SLICE_MS;
    enum err_code code = ERR_OK;
    while (!is_batch_full(builder, until)) {
        if (!reader_step(reader, statement, &code, err)) {
            builder->is_end = !code;
            return code;
        }
        size_t at = builder->count;
        builder->rows[at] = (struct index_row){.created_at = sqlite3_column_int64(statement, 0),
                                               .rowid = sqlite3_column_int64(statement, 1)};
        builder->texts[at] = has_text ? next_text(builder, column_borrow(statement, 2)) : TEXT_NULL;
        builder->count++;
    }
    return ERR_OK;
}

/* ---- created_at ---- */

#define CREATED_BY_INDEX                                                                                     \
    "SELECT created_at, rowid FROM execution WHERE created_at <= ?1 AND (created_at < ?1 OR rowid < ?2) "    \
    "ORDER BY created_at DESC, rowid DESC"
#define CREATED_BY_TABLE                                                                                     \
    "SELECT created_at, rowid FROM execution WHERE ?1 = ?1 AND rowid < ?2 ORDER BY rowid DESC"

static enum err_code created_body(struct reader *reader, void *context, struct err *err)
{
    struct builder *builder = context;
    begin_batch(builder);
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        reader, reader->has_created_index ? CREATED_BY_INDEX : CREATED_BY_TABLE, &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, builder->created);
    sqlite3_bind_int64(statement, 2, builder->rowid);
    code = fill_batch(reader, builder, statement, false, err);
    sqlite3_finalize(statement);
    return code;
}

static enum err_code step_start(struct builder *builder, const struct reading *reading, struct err *err)
{
    enum err_code code = follower_start(builder->follower, reading, err);
    builder->created = INT64_MAX;
    builder->rowid = INT64_MAX;
    if (!code)
        builder->phase = PHASE_CREATED;
    return code;
}

static enum err_code step_created(struct builder *builder, const struct reading *reading, struct err *err)
{
    enum err_code code = source_read(reading, created_body, builder, err);
    if (!code && builder->count)
        code = run_index_load(builder->index, builder->rows, builder->count, err);
    if (code)
        return code;
    if (builder->count) {
        builder->created = builder->rows[builder->count - 1].created_at;
        builder->rowid = builder->rows[builder->count - 1].rowid;
    }
    if (builder->is_end) {
        run_index_seal(builder->index);
        builder->tie = (struct index_tie){0};
        builder->has_tie = run_index_next_tie(builder->index, &builder->tie);
        builder->phase = PHASE_TIES;
    }
    return ERR_OK;
}

/* ---- ties ---- */

/* A run of one millisecond; a run that is gone has no id and stands first. */
struct tied {
    int64_t rowid;
    struct text id;
};

static int by_id(const void *a, const void *b)
{
    const struct tied *x = a, *y = b;
    int order = text_cmp(x->id, y->id);
    return order ? order : (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

struct tie_job {
    const struct builder *builder;
    struct tied *runs;
    size_t count, read; /* slices of a very large group */
    struct arena arena;
};

static enum err_code tie_body(struct reader *reader, void *context, struct err *err)
{
    struct tie_job *job = context;
    int64_t until = clock_ms() + SLICE_MS;
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, "SELECT id FROM execution WHERE rowid = ?", &statement, err);
    while (!code && job->read < job->count && (job->read % CLOCK_EVERY || clock_ms() < until)) {
        sqlite3_bind_int64(statement, 1, job->runs[job->read].rowid);
        if (reader_step(reader, statement, &code, err))
            job->runs[job->read].id = column_text(statement, 0, &job->arena);
        sqlite3_reset(statement);
        job->read += !code;
    }
    sqlite3_finalize(statement);
    return code;
}

/* Takes as many groups as a slice has room for, so that many pairs do not cost a transaction each. */
static size_t collect_ties(struct builder *builder, struct index_tie *ties, size_t max, size_t *groups)
{
    size_t runs = 0;
    *groups = 0;
    while (builder->has_tie && *groups < max && (runs == 0 || runs + builder->tie.count <= BATCH)) {
        ties[(*groups)++] = builder->tie;
        runs += builder->tie.count;
        builder->has_tie = run_index_next_tie(builder->index, &builder->tie);
    }
    return runs;
}

static void order_ties(struct builder *builder, struct tie_job *job, const struct index_tie *ties,
                       size_t groups)
{
    int64_t *rowids = mem_new_array(job->count, sizeof *rowids);
    size_t at = 0;
    for (size_t g = 0; g < groups; g++) {
        qsort(job->runs + at, ties[g].count, sizeof *job->runs, by_id);
        for (size_t i = 0; i < ties[g].count; i++)
            rowids[i] = job->runs[at + i].rowid;
        bool is_ordered = run_index_order_tie(builder->index, &ties[g], rowids);
        (void)
            is_ordered; /* else a rowid came twice, in a table that was edited meanwhile: it stays in rowid order */
        at += ties[g].count;
    }
    free(rowids);
}

enum { TIES_A_SLICE = 4096 };

static enum err_code read_ties(struct builder *builder, const struct reading *reading,
                               const struct index_tie *ties, size_t groups, struct tie_job *job,
                               struct err *err)
{
    size_t at = 0;
    for (size_t g = 0; g < groups; g++)
        for (uint32_t i = 0; i < ties[g].count; i++)
            job->runs[at++].rowid = run_index_rowid(builder->index, ties[g].first + i);
    enum err_code code = ERR_OK;
    while (!code && job->read < job->count)
        code = source_read(reading, tie_body, job, err);
    if (!code)
        order_ties(builder, job, ties, groups);
    return code;
}

static enum err_code step_ties(struct builder *builder, const struct reading *reading, struct err *err)
{
    if (!builder->has_tie) {
        run_index_publish(builder->index);
        builder->phase = PHASE_STATUS;
        return ERR_OK;
    }
    struct index_tie before = builder->tie;
    struct index_tie *ties = mem_new_array(TIES_A_SLICE, sizeof *ties);
    size_t groups;
    struct tie_job job = {.builder = builder, .count = collect_ties(builder, ties, TIES_A_SLICE, &groups)};
    job.runs = mem_new_array(job.count, sizeof *job.runs);
    arena_init(&job.arena);
    enum err_code code = read_ties(builder, reading, ties, groups, &job, err);
    if (code) {
        builder->tie = before;
        builder->has_tie = true;
    }
    arena_release(&job.arena);
    free(job.runs);
    free(ties);
    return code;
}

/* ---- status, trigger, scope: a word at a time, and the last one left out ---- */

struct word_column {
    enum index_column column;
    const char *list_sql, *rows_sql, *table_sql;
};

#define WORD_COLUMN(id, name)                                                                                \
    {                                                                                                        \
        id,                                                                                                  \
            "WITH RECURSIVE v(x) AS (SELECT min(" name ") FROM execution UNION ALL SELECT (SELECT min(" name \
            ") FROM execution WHERE " name                                                                   \
            " > x) FROM v WHERE x IS NOT NULL LIMIT 66) SELECT 0, 0, x FROM v WHERE x IS NOT NULL "          \
            "UNION ALL SELECT * FROM (SELECT 0, 0, NULL FROM execution WHERE " name " IS NULL LIMIT 1)",     \
            "SELECT 0, rowid FROM execution WHERE " name " IS ?1 AND rowid > ?2 ORDER BY rowid",             \
            "SELECT 0, rowid, " name " FROM execution WHERE ?1 IS ?1 AND rowid > ?2 ORDER BY rowid"          \
    }

static const struct word_column word_columns[] = {
    WORD_COLUMN(COLUMN_STATUS, "status"),
    WORD_COLUMN(COLUMN_TRIGGER, "trigger_kind"),
    WORD_COLUMN(COLUMN_SCOPE, "scope_id"),
};

struct word_job {
    struct builder *builder;
    const struct word_column *column;
};

static enum err_code words_body(struct reader *reader, void *context, struct err *err)
{
    struct word_job *job = context;
    begin_batch(job->builder);
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, job->column->list_sql, &statement, err);
    if (!code)
        code = fill_batch(reader, job->builder, statement, true, err);
    sqlite3_finalize(statement);
    return code;
}

static enum err_code list_words(struct word_job *job, const struct reading *reading, struct err *err)
{
    struct builder *builder = job->builder;
    enum err_code code = source_read(reading, words_body, job, err);
    if (code)
        return code;
    builder->has_words = true;
    builder->is_by_table = builder->count > WORDS_BY_INDEX;
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
    begin_batch(builder);
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        reader, builder->is_by_table ? job->column->table_sql : job->column->rows_sql, &statement, err);
    if (code)
        return code;
    bind_text(statement, 1, word_text(scan));
    sqlite3_bind_int64(statement, 2, scan->after);
    code = fill_batch(reader, builder, statement, builder->is_by_table, err);
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
static bool next_word(struct builder *builder, uint16_t *last_code)
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
    *last_code = builder->word_count ? builder->words[found].code : 0;
    return open > 1 || (open == 1 && builder->is_by_table);
}

static enum err_code step_words(struct builder *builder, const struct reading *reading,
                                const struct word_column *column, struct err *err)
{
    struct word_job job = {builder, column};
    if (!builder->has_words) {
        enum err_code code = list_words(&job, reading, err);
        if (code)
            return code;
    }
    uint16_t last_code;
    if (!next_word(builder, &last_code)) {
        run_index_complete(builder->index, column->column, last_code);
        free_words(builder);
        builder->phase++;
        return ERR_OK;
    }
    enum err_code code = source_read(reading, word_rows_body, &job, err);
    if (!code)
        put_words(&job);
    return code;
}

static enum err_code step_catch_up(struct builder *builder, const struct reading *reading, struct err *err)
{
    struct poll_result result;
    enum err_code code = follower_poll(builder->follower, builder->index, reading, false, &result, err);
    if (!code)
        builder->phase = PHASE_TRIGGER;
    return code;
}

/* ---- interactions and calls ---- */

static void remember_text(struct builder *builder)
{
    if (!builder->count)
        return;
    struct text last = builder->texts[builder->count - 1];
    free(builder->text);
    builder->text = mem_strndup(last.s ? last.s : "", last.n);
    builder->text_length = last.n;
}

static void forget_text(struct builder *builder)
{
    free(builder->text);
    builder->text = NULL;
    builder->text_length = 0;
}

static struct text last_text(const struct builder *builder)
{
    return builder->text ? (struct text){builder->text, builder->text_length} : TEXT_LIT("");
}

/* Puts the rowid of the run with that id in the place of each row's created_at; INT64_MIN where there is none. */
static enum err_code find_runs(struct reader *reader, struct builder *builder, struct err *err)
{
    struct run_finder finder;
    enum err_code code = run_finder_start(&finder, reader, &builder->follower->scopes, err);
    for (size_t i = 0; !code && i < builder->count; i++) {
        bool is_there = false;
        int64_t rowid = INT64_MIN;
        if (i && text_eq(builder->texts[i], builder->texts[i - 1])) {
            builder->rows[i].created_at = builder->rows[i - 1].created_at;
            continue;
        }
        code = run_finder_find(&finder, builder->texts[i], &rowid, &is_there, err);
        builder->rows[i].created_at = is_there ? rowid : INT64_MIN;
    }
    run_finder_end(&finder);
    return code;
}

static bool find_position(struct builder *builder, size_t i, uint32_t *position)
{
    int64_t rowid = builder->rows[i].created_at;
    return rowid != INT64_MIN && run_index_find_rowid(builder->index, rowid, position);
}

static enum err_code questions_body(struct reader *reader, void *context, struct err *err)
{
    struct builder *builder = context;
    begin_batch(builder);
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        reader,
        "SELECT 0, 0, execution_id FROM execution_interaction WHERE execution_id > ? AND execution_id < x'' "
        "GROUP BY execution_id ORDER BY execution_id",
        &statement, err);
    if (code)
        return code;
    bind_text(statement, 1, last_text(builder));
    code = fill_batch(reader, builder, statement, true, err);
    sqlite3_finalize(statement);
    return code ? code : find_runs(reader, builder, err);
}

static enum err_code step_questions(struct builder *builder, const struct reading *reading, struct err *err)
{
    enum err_code code = source_read(reading, questions_body, builder, err);
    if (code)
        return code;
    for (size_t i = 0; i < builder->count; i++) {
        uint32_t position;
        if (find_position(builder, i, &position))
            run_index_put(builder->index, COLUMN_INTERACTION, position, 0);
    }
    remember_text(builder);
    if (builder->is_end) {
        run_index_complete(builder->index, COLUMN_INTERACTION, 0);
        forget_text(builder);
        builder->rowid = INT64_MIN;
        builder->phase = PHASE_PATHS;
    }
    return ERR_OK;
}

struct path_range {
    struct builder *builder;
    int64_t first;
};

static enum err_code first_call_body(struct reader *reader, void *context, struct err *err)
{
    struct path_range *range = context;
    sqlite3_stmt *statement;
    enum err_code code =
        reader_prepare(reader, "SELECT min(rowid) FROM execution_tool_call", &statement, err);
    if (!code && reader_step(reader, statement, &code, err))
        range->first = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code;
}

/* Room for a code of each call, where rowids are dense enough for that. */
static enum err_code make_call_codes(struct builder *builder, const struct reading *reading, struct err *err)
{
    struct path_range range = {builder, 0};
    enum err_code code = source_read(reading, first_call_body, &range, err);
    int64_t last = builder->follower->last_call, count;
    if (code)
        return code;
    if (__builtin_sub_overflow(last, range.first, &count) || count < 0 || count >= CALL_CODES_MAX) {
        builder->phase = PHASE_CALLS;
        return ERR_OK;
    }
    builder->call_base = range.first;
    builder->call_count = (size_t)count + 1;
    builder->call_codes = mem_new_array(builder->call_count, sizeof *builder->call_codes);
    return ERR_OK;
}

static enum err_code paths_body(struct reader *reader, void *context, struct err *err)
{
    struct builder *builder = context;
    begin_batch(builder);
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader,
                                        "SELECT 0, rowid, tool_path FROM execution_tool_call "
                                        "WHERE tool_path >= ?1 AND tool_path < x'' AND (tool_path > ?1 OR "
                                        "rowid > ?2) ORDER BY tool_path, rowid",
                                        &statement, err);
    if (code)
        return code;
    bind_text(statement, 1, last_text(builder));
    sqlite3_bind_int64(statement, 2, builder->rowid);
    code = fill_batch(reader, builder, statement, true, err);
    sqlite3_finalize(statement);
    return code;
}

static void note_paths(struct builder *builder)
{
    uint16_t code = 0;
    for (size_t i = 0; i < builder->count; i++) {
        if (i == 0 || !text_eq(builder->texts[i], builder->texts[i - 1]))
            code = run_index_code(builder->index, COLUMN_TOOLS, builder->texts[i]);
        uint64_t at = (uint64_t)builder->rows[i].rowid - (uint64_t)builder->call_base;
        if (at < builder->call_count)
            builder->call_codes[at] = code;
    }
}

static enum err_code step_paths(struct builder *builder, const struct reading *reading, struct err *err)
{
    if (!builder->call_codes)
        return make_call_codes(builder, reading, err);
    enum err_code code = source_read(reading, paths_body, builder, err);
    if (code)
        return code;
    note_paths(builder);
    remember_text(builder);
    if (builder->count)
        builder->rowid = builder->rows[builder->count - 1].rowid;
    if (builder->is_end) {
        forget_text(builder);
        builder->rowid = INT64_MIN;
        builder->phase = PHASE_CALLS;
    }
    return ERR_OK;
}

/* A BLOB where a text should be stands behind every text, and behind x'' too: it would be read for ever. */
#define CALLS_IN_ORDER                                                                                       \
    "SELECT 0, rowid, execution_id FROM execution_tool_call "                                                \
    "WHERE execution_id >= ?1 AND execution_id < x'' AND (execution_id > ?1 OR rowid > ?2) ORDER BY "        \
    "execution_id, rowid"

static enum err_code calls_body(struct reader *reader, void *context, struct err *err)
{
    struct builder *builder = context;
    begin_batch(builder);
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, CALLS_IN_ORDER, &statement, err);
    if (code)
        return code;
    bind_text(statement, 1, last_text(builder));
    sqlite3_bind_int64(statement, 2, builder->rowid);
    code = fill_batch(reader, builder, statement, true, err);
    sqlite3_finalize(statement);
    return code ? code : find_runs(reader, builder, err);
}

/* The tool of each call whose code is not known by its rowid, in the place of the run's id. */
static enum err_code paths_of_calls_body(struct reader *reader, void *context, struct err *err)
{
    struct builder *builder = context;
    sqlite3_stmt *statement;
    enum err_code code =
        reader_prepare(reader, "SELECT tool_path FROM execution_tool_call WHERE rowid = ?", &statement, err);
    for (size_t i = 0; !code && i < builder->count; i++) {
        sqlite3_bind_int64(statement, 1, builder->rows[i].rowid);
        builder->texts[i] = reader_step(reader, statement, &code, err)
                                ? column_text(statement, 0, &builder->arena)
                                : TEXT_NULL;
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return code;
}

static uint16_t code_of_call(struct builder *builder, size_t i)
{
    if (builder->call_codes)
        return builder->call_codes[builder->rows[i].rowid - builder->call_base];
    return run_index_code(builder->index, COLUMN_TOOLS, builder->texts[i]);
}

/* Only the calls that were there at the beginning: the follower adds the others. */
static void put_calls(struct builder *builder)
{
    for (size_t i = 0; i < builder->count; i++) {
        uint32_t position;
        int64_t rowid = builder->rows[i].rowid;
        bool is_old = rowid <= builder->follower->last_call;
        bool has_code =
            !builder->call_codes || (uint64_t)rowid - (uint64_t)builder->call_base < builder->call_count;
        if (is_old && has_code && find_position(builder, i, &position))
            run_index_put(builder->index, COLUMN_TOOLS, position, code_of_call(builder, i));
    }
}

static enum err_code step_calls(struct builder *builder, const struct reading *reading, struct err *err)
{
    enum err_code code = source_read(reading, calls_body, builder, err);
    if (code)
        return code;
    bool is_end = builder->is_end;
    int64_t last = builder->count ? builder->rows[builder->count - 1].rowid : 0;
    remember_text(builder);
    if (!builder->call_codes)
        code = source_read(reading, paths_of_calls_body, builder, err);
    if (code)
        return code;
    put_calls(builder);
    if (builder->count)
        builder->rowid = last;
    if (is_end) {
        run_index_complete(builder->index, COLUMN_TOOLS, 0);
        run_index_lookup_free(builder->index);
        forget_text(builder);
        free(builder->call_codes);
        builder->call_codes = NULL;
        builder->phase = PHASE_DONE;
    }
    return ERR_OK;
}

enum err_code builder_step(struct builder *builder, const struct reading *reading, struct err *err)
{
    switch (builder->phase) {
    case PHASE_START: return step_start(builder, reading, err);
    case PHASE_CREATED: return step_created(builder, reading, err);
    case PHASE_TIES: return step_ties(builder, reading, err);
    case PHASE_STATUS: return step_words(builder, reading, &word_columns[0], err);
    case PHASE_CATCH_UP: return step_catch_up(builder, reading, err);
    case PHASE_TRIGGER: return step_words(builder, reading, &word_columns[1], err);
    case PHASE_SCOPE: return step_words(builder, reading, &word_columns[2], err);
    case PHASE_QUESTIONS: return step_questions(builder, reading, err);
    case PHASE_PATHS: return step_paths(builder, reading, err);
    case PHASE_CALLS: return step_calls(builder, reading, err);
    case PHASE_DONE: return ERR_OK;
    }
    return ERR_OK;
}

/* ---- durations ---- */

enum { DURATIONS_BATCH = 2000 };

struct duration_job {
    struct index_row rows[DURATIONS_BATCH];
    struct index_duration durations[DURATIONS_BATCH];
    size_t count, done;
};

static int by_rowid(const void *a, const void *b)
{
    const struct index_row *x = a, *y = b;
    return (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

static enum err_code durations_body(struct reader *reader, void *context, struct err *err)
{
    struct duration_job *job = context;
    int64_t until = clock_ms() + SLICE_MS;
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        reader, "SELECT started_at, completed_at FROM execution WHERE rowid = ?", &statement, err);
    for (job->done = 0; !code && job->done < job->count && (job->done % 16 || clock_ms() < until);
         job->done += !code) {
        const struct index_row *row = &job->rows[job->done];
        struct run run = {.started_at = TIME_NONE, .completed_at = TIME_NONE};
        sqlite3_bind_int64(statement, 1, row->rowid);
        if (reader_step(reader, statement, &code, err)) {
            run.started_at = column_time(statement, 0);
            run.completed_at = column_time(statement, 1);
        }
        sqlite3_reset(statement);
        job->durations[job->done] = (struct index_duration){*row, run_duration(&run)};
    }
    sqlite3_finalize(statement);
    return code;
}

/* The newest runs without a duration, by ascending rowid: reading a table backwards is slow. */
static size_t next_without_duration(struct run_index *index, struct index_row *rows)
{
    run_index_lock(index);
    size_t count = 0;
    uint32_t to = (uint32_t)run_index_count(index);
    while (to && count < DURATIONS_BATCH) {
        uint32_t from = to > 1024 ? to - 1024 : 0;
        size_t missing = run_index_durations_missing(index, from, to);
        for (uint32_t at = to; missing && at-- > from && count < DURATIONS_BATCH;) {
            int64_t ignored;
            if (!run_index_duration(index, at, &ignored))
                count += run_index_rows(index, at, 1, &rows[count]);
        }
        to = from;
    }
    run_index_unlock(index);
    return count;
}

enum err_code durations_step(struct run_index *index, const struct reading *reading, bool *is_done,
                             struct err *err)
{
    struct duration_job *job = mem_new(sizeof *job);
    job->count = next_without_duration(index, job->rows);
    *is_done = job->count == 0;
    enum err_code code = ERR_OK;
    if (job->count) {
        qsort(job->rows, job->count, sizeof *job->rows, by_rowid);
        code = source_read(reading, durations_body, job, err);
        if (!code)
            run_index_put_durations(index, job->durations, job->done);
    }
    free(job);
    return code;
}
