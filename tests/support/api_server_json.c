/*
 * Rows go out column by column under the contract's names: the tables below are the wire form.
 */
#include "tests/support/api_server_json.h"

#include "data/base/utf8.h"

#include <inttypes.h>

static const char *const statuses[JSON_STATUSES] = {"pending",   "running", "waiting_for_interaction",
                                                    "completed", "failed",  "cancelled"};

int json_status_index(const char *word)
{
    for (int i = 0; i < JSON_STATUSES; i++)
        if (strcmp(statuses[i], word) == 0)
            return i;
    return -1;
}

const char *json_status_word(int index)
{
    return statuses[index];
}

void json_string(struct text text, struct buf *out)
{
    if (text_is_null(text)) {
        buf_str(out, "null");
        return;
    }
    buf_char(out, '"');
    for (size_t at = 0; at < text.n;) {
        char32_t ch;
        size_t n = utf8_decode(text.s + at, text.n - at, &ch);
        if (ch == UTF8_BAD)
            buf_str(out, "\xEF\xBF\xBD");
        else if (ch < 0x20)
            buf_printf(out, "\\u%04x", (unsigned)ch);
        else if (ch == '"' || ch == '\\')
            buf_add(out, (char[]){'\\', (char)ch}, 2);
        else
            buf_add(out, text.s + at, n);
        at += n;
    }
    buf_char(out, '"');
}

struct member {
    const char *name;
    bool is_number;
};

static const struct member execution[] = {
    {"id", false},         {"scopeId", false},     {"status", false},          {"code", false},
    {"resultJson", false}, {"errorText", false},   {"logsJson", false},        {"startedAt", true},
    {"completedAt", true}, {"triggerKind", false}, {"triggerMetaJson", false}, {"toolCallCount", true},
    {"createdAt", true},   {"updatedAt", true}};
#define EXECUTION_SQL                                                                                        \
    "SELECT id, scope_id, status, code, result_json, error_text, logs_json, started_at, completed_at, "      \
    "trigger_kind, trigger_meta_json, tool_call_count, created_at, updated_at FROM execution WHERE rowid = " \
    "?1"
enum { STATUS_COLUMN = 2, LOGS_COLUMN = 6, COMPLETED_COLUMN = 8, COUNT_COLUMN = 11 };

static const struct member interaction[] = {
    {"id", false},       {"executionId", false}, {"status", false},       {"kind", false},
    {"purpose", false},  {"payloadJson", false}, {"responseJson", false}, {"responsePrivateJson", false},
    {"createdAt", true}, {"updatedAt", true}};
#define INTERACTION_SQL                                                                                      \
    "SELECT id, execution_id, status, kind, purpose, payload_json, response_json, response_private_json, "   \
    "created_at, updated_at FROM execution_interaction WHERE execution_id = ?1 AND status = 'pending' "      \
    "ORDER BY created_at DESC, rowid DESC LIMIT 1"

static const struct member tool_call[] = {{"id", false},         {"executionId", false}, {"status", false},
                                          {"toolPath", false},   {"namespace", false},   {"argsJson", false},
                                          {"resultJson", false}, {"errorText", false},   {"startedAt", true},
                                          {"completedAt", true}, {"durationMs", true}};
#define TOOL_CALL_SQL                                                                                        \
    "SELECT id, execution_id, status, tool_path, namespace, args_json, result_json, error_text, "            \
    "started_at, "                                                                                           \
    "completed_at, duration_ms FROM execution_tool_call WHERE execution_id = ?1 ORDER BY started_at, rowid"

static struct text column_text(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return (struct text){text, text ? (size_t)sqlite3_column_bytes(row, column) : 0};
}

static void put_value(sqlite3_stmt *row, int column, bool is_number, struct buf *out)
{
    if (is_number && sqlite3_column_type(row, column) != SQLITE_NULL)
        buf_printf(out, "%" PRId64, (int64_t)sqlite3_column_int64(row, column));
    else
        json_string(column_text(row, column), out);
}

/* Until a run has ended the real server has neither; empty logs are none. */
static const char *real_value(sqlite3_stmt *row, int column)
{
    bool has_ended = sqlite3_column_type(row, COMPLETED_COLUMN) != SQLITE_NULL;
    if (column == COUNT_COLUMN)
        return has_ended ? NULL : "0";
    if (column != LOGS_COLUMN)
        return NULL;
    struct text logs = column_text(row, column);
    return !has_ended || text_is(logs, "") || text_is(logs, "[]") ? "null" : NULL;
}

static void put_object(sqlite3_stmt *row, const struct member *members, bool is_real_run, struct buf *out)
{
    for (int i = 0; i < sqlite3_column_count(row); i++) {
        const char *value = is_real_run ? real_value(row, i) : NULL;
        buf_printf(out, "%s\"%s\":", i ? "," : "{", members[i].name);
        if (value)
            buf_str(out, value);
        else
            put_value(row, i, members[i].is_number, out);
    }
    buf_char(out, '}');
}

static void put_pending(struct served_file *file, struct text run_id, struct buf *out)
{
    sqlite3_stmt *row = served_prepare(file, INTERACTION_SQL);
    sqlite3_bind_text(row, 1, run_id.s, (int)run_id.n, SQLITE_STATIC);
    if (sqlite3_step(row) == SQLITE_ROW)
        put_object(row, interaction, false, out);
    else
        buf_str(out, "null");
    sqlite3_finalize(row);
}

bool json_detail(struct served_file *file, int64_t rowid, bool is_real, bool *is_foreign, struct buf *out)
{
    sqlite3_stmt *row = served_prepare(file, EXECUTION_SQL);
    sqlite3_bind_int64(row, 1, rowid);
    bool is_there = sqlite3_step(row) == SQLITE_ROW;
    if (is_there) {
        const char *status = (const char *)sqlite3_column_text(row, STATUS_COLUMN);
        *is_foreign |= !status || json_status_index(status) < 0;
        buf_str(out, "{\"execution\":");
        put_object(row, execution, is_real, out);
        buf_str(out, ",\"pendingInteraction\":");
        put_pending(file, column_text(row, 0), out);
        buf_char(out, '}');
    }
    sqlite3_finalize(row);
    return is_there;
}

void json_tool_calls(struct served_file *file, const char *run_id, struct buf *out)
{
    sqlite3_stmt *row = served_prepare(file, TOOL_CALL_SQL);
    sqlite3_bind_text(row, 1, run_id, -1, SQLITE_STATIC);
    buf_str(out, "{\"toolCalls\":[");
    for (bool is_first = true; sqlite3_step(row) == SQLITE_ROW; is_first = false) {
        if (!is_first)
            buf_char(out, ',');
        put_object(row, tool_call, false, out);
    }
    buf_str(out, "]}");
    sqlite3_finalize(row);
}
