/*
 * Rows by rowid: how both roads to a list, SQL pages and the index in memory, get what they show. The table may have moved on since
 * the rowid was found; a row counts only where it still has the same created_at and, where known, id.
 */
#include "data/sqlite/source_sqlite_int.h"

#include "data/base/utf8.h"

#include <string.h>

/* Values of the wrong type come as SQLite converts them; that is never more than wrong. */
void read_run(sqlite3_stmt *statement, struct arena *arena, struct run *run)
{
    int column = 0;
    run->id = column_text(statement, column++, arena);
    run->scope_id = column_text(statement, column++, arena);
    run->status = column_text(statement, column++, arena);
    run->code = column_text(statement, column++, arena);
    run->result_json = column_text(statement, column++, arena);
    run->error_text = column_text(statement, column++, arena);
    run->logs_json = column_text(statement, column++, arena);
    run->started_at = column_time(statement, column++);
    run->completed_at = column_time(statement, column++);
    run->trigger_kind = column_text(statement, column++, arena);
    run->trigger_meta_json = column_text(statement, column++, arena);
    run->tool_call_count = sqlite3_column_int64(statement, column++);
    run->created_at = sqlite3_column_int64(statement, column++);
    run->updated_at = sqlite3_column_int64(statement, column++);
}

static void read_interaction(sqlite3_stmt *statement, struct arena *arena, struct interaction *interaction)
{
    int column = 0;
    interaction->id = column_text(statement, column++, arena);
    interaction->execution_id = column_text(statement, column++, arena);
    interaction->status = column_text(statement, column++, arena);
    interaction->kind = column_text(statement, column++, arena);
    interaction->purpose = column_text(statement, column++, arena);
    interaction->payload_json = column_text(statement, column++, arena);
    interaction->response_json = column_text(statement, column++, arena);
    interaction->has_private_response = sqlite3_column_int(statement, column++) != 0;
    interaction->created_at = sqlite3_column_int64(statement, column++);
    interaction->updated_at = sqlite3_column_int64(statement, column++);
}

static void add_interaction(struct run_detail *detail, const struct interaction *interaction,
                            struct arena *arena)
{
    size_t n = detail->interaction_count;
    if ((n & (n - 1)) == 0) {
        struct interaction *grown = arena_array(arena, n ? 2 * n : 1, sizeof *grown);
        if (n)
            memcpy(grown, detail->interactions, n * sizeof *grown);
        detail->interactions = grown;
    }
    detail->interactions[n] = *interaction;
    detail->interaction_count++;
    if (detail->pending < 0 && text_is(interaction->status, "pending"))
        detail->pending = (ptrdiff_t)n;
}

/* The secret part of an answer is never read, only whether there is one. */
#define INTERACTIONS_SQL                                                                                     \
    "SELECT id, execution_id, status, kind, purpose, payload_json, response_json, response_private_json IS " \
    "NOT NULL, "                                                                                             \
    "created_at, updated_at FROM execution_interaction WHERE execution_id = ? ORDER BY created_at DESC, id " \
    "DESC LIMIT ?"

enum err_code interactions_read(struct reader *reader, struct arena *arena, struct run_detail *detail,
                                struct err *err)
{
    detail->interactions = NULL;
    detail->interaction_count = 0;
    detail->pending = -1;
    sqlite3_stmt *statement;
    enum err_code code = reader_recall(reader, INTERACTIONS_SQL, &statement, err);
    if (code)
        return code;
    bind_text(statement, 1, detail->run.id);
    sqlite3_bind_int(statement, 2, INTERACTIONS_MAX);
    while (reader_step(reader, statement, &code, err)) {
        struct interaction interaction;
        read_interaction(statement, arena, &interaction);
        add_interaction(detail, &interaction, arena);
    }
    reader_put_back(reader, statement);
    return code;
}

/* ---- lines of the list ---- */

/* tool_call_count is 0 until a run has ended, although its calls are listed; only there they are counted. */
#define LINE_SQL(texts)                                                                                      \
    "SELECT e.id, e.scope_id, e.status, e.trigger_kind, e.created_at, e.started_at, e.completed_at, "        \
    "e.updated_at, "                                                                                         \
    "CASE WHEN e.status IN ('completed', 'failed', 'cancelled') THEN e.tool_call_count ELSE "                \
    "max(ifnull(e.tool_call_count, 0), "                                                                     \
    "(SELECT count(*) FROM execution_tool_call c WHERE c.execution_id = e.id)) END, " texts                  \
    " FROM execution e "                                                                                     \
    "WHERE e.rowid = ?"

enum { LINE_CREATED = 4, LINE_CODE = 9, LINE_LOGS = 10 };

static struct text fold_head(struct text code, struct arena *arena)
{
    char head[RUN_CODE_HEAD + 1];
    size_t n = text_is_null(code) ? 0 : text_fold_space(code, head, RUN_CODE_HEAD);
    return arena_text(arena, (struct text){head, n});
}

static void read_line(sqlite3_stmt *statement, struct arena *arena, struct run_row *row)
{
    row->id = column_text(statement, 0, arena);
    row->scope_id = column_text(statement, 1, arena);
    row->status = column_text(statement, 2, arena);
    row->trigger_kind = column_text(statement, 3, arena);
    row->created_at = sqlite3_column_int64(statement, LINE_CREATED);
    row->started_at = column_time(statement, 5);
    row->completed_at = column_time(statement, 6);
    row->updated_at = sqlite3_column_int64(statement, 7);
    row->tool_call_count = sqlite3_column_int64(statement, 8);
    row->code_head = fold_head(column_borrow(statement, LINE_CODE), arena);
    struct text logs = column_borrow(statement, LINE_LOGS);
    struct log_counts counts = text_is_null(logs) ? (struct log_counts){-1, -1, -1} : log_counts_of(logs);
    row->log_errors = counts.errors;
    row->log_warnings = counts.warnings;
}

static bool is_same_run(const struct place *place, const struct run_row *row)
{
    return row->created_at == place->created_at && (text_is_null(place->id) || text_eq(place->id, row->id));
}

static enum err_code step_line(struct reader *reader, sqlite3_stmt *statement, const struct place *place,
                               struct arena *arena, struct run_row *row, bool *is_there, struct err *err)
{
    enum err_code code = ERR_OK;
    sqlite3_bind_int64(statement, 1, place->rowid);
    *is_there = reader_step(reader, statement, &code, err);
    if (*is_there) {
        read_line(statement, arena, row);
        *is_there = is_same_run(place, row);
    }
    sqlite3_reset(statement);
    return code;
}

/* Without its texts: a run whose texts are above the limit. */
static enum err_code read_bare(struct reader *reader, const struct place *place, struct arena *arena,
                               struct run_row *row, bool *is_there, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, LINE_SQL("'', NULL"), &statement, err);
    if (!code)
        code = step_line(reader, statement, place, arena, row, is_there, err);
    sqlite3_finalize(statement);
    return code;
}

static enum err_code read_line_of(struct reader *reader, sqlite3_stmt *statement, struct row_batch *batch,
                                  bool *is_there, struct err *err)
{
    const struct place *place = &batch->places[batch->done];
    struct run_row *row = &batch->rows[batch->filled];
    enum err_code code = step_line(reader, statement, place, batch->arena, row, is_there, err);
    return code == ERR_TOO_BIG ? read_bare(reader, place, batch->arena, row, is_there, err) : code;
}

/* What belongs to the run. */
static enum err_code belongings_read(struct reader *reader, const struct row_batch *batch,
                                     struct run_detail *detail, struct err *err)
{
    struct call_list list = {NULL, 0};
    enum err_code code = interactions_read(reader, batch->arena, detail, err);
    if (!code && batch->want_calls)
        code = calls_read(reader, detail->run.id, batch->arena, &list, err);
    detail->has_calls = batch->want_calls;
    detail->calls = list.calls;
    detail->call_count = list.count;
    return code;
}

static enum err_code read_full(struct reader *reader, sqlite3_stmt *statement, struct row_batch *batch,
                               bool *is_there, struct err *err)
{
    const struct place *place = &batch->places[batch->done];
    struct run_detail *detail = &batch->full[batch->filled];
    enum err_code code = ERR_OK;
    sqlite3_bind_int64(statement, 1, place->rowid);
    *is_there = reader_step(reader, statement, &code, err);
    if (*is_there) {
        read_run(statement, batch->arena, &detail->run);
        batch->rows[batch->filled] = run_row_of(&detail->run);
        *is_there = is_same_run(place, &batch->rows[batch->filled]);
    }
    sqlite3_reset(statement);
    return *is_there && !code ? belongings_read(reader, batch, detail, err) : code;
}

enum err_code rows_read(struct reader *reader, struct row_batch *batch, int64_t deadline, struct err *err)
{
    sqlite3_stmt *statement;
    const char *sql = batch->want_full ? "SELECT " RUN_COLUMNS " FROM execution e WHERE e.rowid = ?"
                                       : LINE_SQL("e.code, e.logs_json");
    enum err_code code = reader_recall(reader, sql, &statement, err);
    while (!code && batch->done < batch->count) {
        bool is_there = false;
        code = (batch->want_full ? read_full : read_line_of)(reader, statement, batch, &is_there, err);
        batch->done += !code;
        batch->filled += !code && is_there;
        batch->vanished += !code && !is_there;
        if (clock_ms() >= deadline)
            break;
    }
    reader_put_back(reader, statement);
    return code;
}
