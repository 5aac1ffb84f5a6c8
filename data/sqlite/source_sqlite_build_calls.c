/*
 * Interactions and tool calls, which know their run by its id alone. They are read in the order of that id, by the index on it, so that the
 * runs are looked up by the primary key in that order, too; and the tool of a call comes from the index on the paths. So no row of
 * theirs, with its payload, is read.
 */
#include "data/sqlite/source_sqlite_builder.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

enum { CALL_CODES_MAX = 1 << 26, NO_PATH = UINT16_MAX /* not a text: no filter finds it */ };

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
    int64_t until = clock_ms() + SLICE_MS;
    for (size_t i = 0; !code && i < builder->count; i++) {
        bool is_there = false;
        int64_t rowid = INT64_MIN;
        if (i && clock_ms() >=
                     until) { /* ids of no run are looked for in every scope: the rest is another slice */
            builder->count = i;
            builder->is_end = false;
            break;
        }
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
    batch_begin(builder);
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        reader,
        "SELECT 0, 0, execution_id FROM execution_interaction WHERE execution_id > ? AND execution_id < x'' "
        "GROUP BY execution_id ORDER BY execution_id",
        &statement, err);
    if (code)
        return code;
    bind_text(statement, 1, last_text(builder));
    code = batch_fill(reader, builder, statement, true, err);
    sqlite3_finalize(statement);
    return code ? code : find_runs(reader, builder, err);
}

enum err_code build_questions(struct builder *builder, const struct reading *reading, struct err *err)
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
    memset(builder->call_codes, 0xFF, builder->call_count * sizeof *builder->call_codes); /* NO_PATH */
    return ERR_OK;
}

static enum err_code paths_body(struct reader *reader, void *context, struct err *err)
{
    struct builder *builder = context;
    batch_begin(builder);
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
    code = batch_fill(reader, builder, statement, true, err);
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

enum err_code build_paths(struct builder *builder, const struct reading *reading, struct err *err)
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
    batch_begin(builder);
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, CALLS_IN_ORDER, &statement, err);
    if (code)
        return code;
    bind_text(statement, 1, last_text(builder));
    sqlite3_bind_int64(statement, 2, builder->rowid);
    code = batch_fill(reader, builder, statement, true, err);
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
        bool has_path =
            reader_step(reader, statement, &code, err) && sqlite3_column_type(statement, 0) == SQLITE_TEXT;
        builder->texts[i] = has_path ? column_text(statement, 0, &builder->arena) : TEXT_NULL;
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return code;
}

static uint16_t code_of_call(struct builder *builder, size_t i)
{
    if (builder->call_codes)
        return builder->call_codes[builder->rows[i].rowid - builder->call_base];
    if (text_is_null(builder->texts[i]))
        return NO_PATH;
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
        if (!is_old || !has_code || !find_position(builder, i, &position))
            continue;
        uint16_t code = code_of_call(builder, i);
        if (code != NO_PATH)
            run_index_put(builder->index, COLUMN_TOOLS, position, code);
    }
}

enum err_code build_calls(struct builder *builder, const struct reading *reading, struct err *err)
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
