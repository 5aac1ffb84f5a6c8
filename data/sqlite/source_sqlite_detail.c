/*
 * One run with all that belongs to it, and where its duration stands. The primary key is (scope_id, id), so an id alone is looked up
 * scope by scope: the scopes are few, and a recursive query steps from one to the next without reading the runs in between.
 */
#include "data/sqlite/source_sqlite_int.h"

#include "data/base/die.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CANDIDATES = 4 };

#define SCOPES_SQL                                                                                           \
    "WITH RECURSIVE scopes(s) AS (SELECT min(scope_id) FROM execution UNION ALL "                            \
    "SELECT (SELECT min(scope_id) FROM execution WHERE scope_id > s) FROM scopes WHERE s IS NOT NULL LIMIT " \
    "?3) "

#define ALL_SCOPES "FROM scopes CROSS JOIN execution e ON e.scope_id = scopes.s "
#define ONE_SCOPE "FROM execution e WHERE e.scope_id = ?4 AND "
#define BY_ID "e.id = ?1 ORDER BY e.created_at DESC LIMIT 1"
#define BY_PREFIX "e.id >= ?1 AND e.id < ?2 ORDER BY e.id LIMIT 4"

static const char *find_sql(const struct detail_query *query)
{
    if (query->scope)
        return query->is_prefix ? "SELECT e.rowid, e.id " ONE_SCOPE BY_PREFIX
                                : "SELECT e.rowid, e.id " ONE_SCOPE BY_ID;
    return query->is_prefix ? SCOPES_SQL "SELECT e.rowid, e.id " ALL_SCOPES "WHERE " BY_PREFIX
                            : SCOPES_SQL "SELECT e.rowid, e.id " ALL_SCOPES "WHERE " BY_ID;
}

struct search {
    const struct detail_query *query;
    struct arena *arena;
    struct detail_reply *reply;
};

struct candidates {
    int64_t rowid[CANDIDATES];
    struct text id[CANDIDATES];
    size_t count;
};

/* The first text behind all that begin with the prefix: no UTF-8 holds the byte FF. */
static struct text prefix_end(const char *prefix, struct arena *arena)
{
    size_t n = strlen(prefix);
    char *end = arena_alloc(arena, n + 2);
    memcpy(end, prefix, n);
    end[n] = (char)0xFF;
    return (struct text){end, n + 1};
}

static enum err_code find(struct reader *reader, const struct search *search, struct candidates *found,
                          struct err *err)
{
    const struct detail_query *query = search->query;
    sqlite3_stmt *statement;
    enum err_code code = reader_recall(reader, find_sql(query), &statement, err);
    if (code)
        return code;
    bind_text(statement, 1, text_of(query->id));
    if (query->is_prefix)
        bind_text(statement, 2, prefix_end(query->id, search->arena));
    if (query->scope)
        bind_text(statement, 4, text_of(query->scope));
    else
        sqlite3_bind_int(statement, 3, SCOPES_MAX);
    while (found->count < CANDIDATES && reader_step(reader, statement, &code, err)) {
        found->rowid[found->count] = sqlite3_column_int64(statement, 0);
        found->id[found->count++] = column_text(statement, 1, search->arena);
    }
    reader_put_back(reader, statement);
    return code;
}

static enum err_code refuse_ambiguous(const struct search *search, const struct candidates *found,
                                      struct err *err)
{
    err_set(err, ERR_USAGE, "%s: several runs begin so", search->query->id);
    return err_hint(err, "Among them %.*s, %.*s%s%.*s. Give more of the id.", (int)found->id[0].n,
                    found->id[0].s, (int)found->id[1].n, found->id[1].s, found->count > 2 ? ", " : "",
                    found->count > 2 ? (int)found->id[2].n : 0, found->count > 2 ? found->id[2].s : "");
}

static enum err_code choose(const struct search *search, const struct candidates *found, int64_t *rowid,
                            struct err *err)
{
    if (found->count == 0) {
        err_set(err, ERR_NOT_FOUND, "%s: no such run%s%s", search->query->id,
                search->query->scope ? " in scope " : "", search->query->scope ? search->query->scope : "");
        return err_hint(err, "It may have been swept; `executor-runs list` shows what is there.");
    }
    for (size_t i = 0; i < found->count; i++) {
        if (found->count > 1 && !text_is(found->id[i], search->query->id))
            continue;
        *rowid = found->rowid[i];
        return ERR_OK;
    }
    return refuse_ambiguous(search, found, err);
}

static void read_call(sqlite3_stmt *statement, struct arena *arena, struct tool_call *call)
{
    int column = 0;
    call->id = column_text(statement, column++, arena);
    call->execution_id = column_text(statement, column++, arena);
    call->status = column_text(statement, column++, arena);
    call->tool_path = column_text(statement, column++, arena);
    call->namespace_ = column_text(statement, column++, arena);
    call->args_json = column_text(statement, column++, arena);
    call->result_json = column_text(statement, column++, arena);
    call->error_text = column_text(statement, column++, arena);
    call->started_at = sqlite3_column_int64(statement, column++);
    call->completed_at = column_time(statement, column++);
    call->duration_ms = column_time(statement, column++);
}

#define CALLS_SQL                                                                                            \
    "SELECT id, execution_id, status, tool_path, namespace, args_json, result_json, error_text, "            \
    "started_at, completed_at, "                                                                             \
    "duration_ms FROM execution_tool_call WHERE execution_id = ? ORDER BY started_at, id LIMIT ?"

enum err_code calls_read(struct reader *reader, struct text run_id, struct arena *arena,
                         struct call_list *list, struct err *err)
{
    *list = (struct call_list){NULL, 0};
    sqlite3_stmt *statement;
    enum err_code code = reader_recall(reader, CALLS_SQL, &statement, err);
    if (code)
        return code;
    bind_text(statement, 1, run_id);
    sqlite3_bind_int(statement, 2, CALLS_MAX);
    while (reader_step(reader, statement, &code, err)) {
        size_t n = list->count;
        if ((n & (n - 1)) == 0) {
            struct tool_call *grown = arena_array(arena, n ? 2 * n : 1, sizeof *grown);
            if (n)
                memcpy(grown, list->calls, n * sizeof *grown);
            list->calls = grown;
        }
        read_call(statement, arena, &list->calls[list->count++]);
    }
    reader_put_back(reader, statement);
    return code;
}

static enum err_code read_detail(struct reader *reader, int64_t rowid, const struct search *search,
                                 struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code =
        reader_recall(reader, "SELECT " RUN_COLUMNS " FROM execution e WHERE e.rowid = ?", &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, rowid);
    if (reader_step(reader, statement, &code, err))
        read_run(statement, search->arena, &search->reply->detail.run);
    reader_put_back(reader, statement);
    if (!code)
        code = interactions_read(reader, search->arena, &search->reply->detail, err);
    struct call_list list = {NULL, 0};
    if (!code)
        code = calls_read(reader, search->reply->detail.run.id, search->arena, &list, err);
    search->reply->calls = list.calls;
    search->reply->call_count = list.count;
    return code;
}

static enum err_code detail_body(struct reader *reader, void *context, struct err *err)
{
    const struct search *search = context;
    *search->reply = (struct detail_reply){.detail.pending = -1};
    struct candidates found = {.count = 0};
    int64_t rowid = 0;
    enum err_code code = find(reader, search, &found, err);
    if (!code)
        code = choose(search, &found, &rowid, err);
    return code ? code : read_detail(reader, rowid, search, err);
}

enum err_code sqlite_detail(const struct reading *reading, const struct detail_query *query,
                            struct arena *arena, struct detail_reply *reply, struct err *err)
{
    struct search search = {query, arena, reply};
    return source_read(reading, detail_body, &search, err);
}

/* ---- peers ---- */

enum { PEERS_MS = 2000, PEERS_MAX = 100000, PEERS_CHUNK = 2000 };

struct peers_scan {
    const struct peers_query *query;
    int64_t below;  /* rowids under this are still to be looked at */
    int64_t lowest; /* what below becomes when the slice counts */
    int64_t *durations;
    size_t count, added, capacity;
    bool is_done;
};

static void add_duration(struct peers_scan *scan, int64_t duration)
{
    if (scan->added == scan->capacity) {
        scan->capacity = scan->capacity ? 2 * scan->capacity : 256;
        scan->durations = mem_resize(scan->durations, scan->capacity, sizeof *scan->durations);
    }
    scan->durations[scan->added++] = duration;
}
#define PEERS_SQL                                                                                            \
    "SELECT e.started_at, e.completed_at FROM execution e WHERE e.rowid >= ?1 AND e.rowid < ?2 "             \
    "AND e.code = ?3 "                                                                                       \
    "AND e.completed_at IS NOT NULL AND e.started_at IS NOT NULL"

static enum err_code peers_chunk(struct reader *reader, struct peers_scan *scan, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, PEERS_SQL, &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, scan->lowest);
    sqlite3_bind_int64(statement, 2, scan->below);
    bind_text(statement, 3, (struct text){scan->query->code, scan->query->code_len});
    while (scan->added < PEERS_MAX && reader_step(reader, statement, &code, err)) {
        struct run run = {.started_at = column_time(statement, 0), .completed_at = column_time(statement, 1)};
        if (run_duration(&run) != DURATION_NONE)
            add_duration(scan, run_duration(&run));
    }
    sqlite3_finalize(statement);
    return code;
}

static enum err_code next_chunk(struct reader *reader, struct peers_scan *scan, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        reader, "SELECT rowid FROM execution WHERE rowid < ? ORDER BY rowid DESC LIMIT 1 OFFSET ?",
        &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, scan->below);
    sqlite3_bind_int(statement, 2, PEERS_CHUNK);
    scan->is_done = !reader_step(reader, statement, &code, err);
    scan->lowest = scan->is_done ? INT64_MIN : sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code;
}

static enum err_code peers_body(struct reader *reader, void *context, struct err *err)
{
    struct peers_scan *scan = context;
    scan->added = scan->count;
    enum err_code code = next_chunk(reader, scan, err);
    return code ? code : peers_chunk(reader, scan, err);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The smallest value that at least `percent` of all do not exceed. */
static int64_t percentile(const int64_t *sorted, size_t count, size_t percent)
{
    if (!count)
        return DURATION_NONE;
    size_t rank = (count * percent + 99) / 100;
    return sorted[rank ? rank - 1 : 0];
}

static void peers_answer(struct peers_scan *scan, struct peers_reply *reply)
{
    if (scan->count)
        qsort(scan->durations, scan->count, sizeof *scan->durations, by_value);
    size_t faster = 0;
    while (scan->query->duration_ms != DURATION_NONE && faster < scan->count &&
           scan->durations[faster] < scan->query->duration_ms)
        faster++;
    *reply = (struct peers_reply){scan->count, faster, percentile(scan->durations, scan->count, 50),
                                  percentile(scan->durations, scan->count, 95),
                                  scan->is_done && scan->count < PEERS_MAX};
}

enum err_code sqlite_peers(const struct reading *reading, const struct peers_query *query,
                           struct arena *arena, struct peers_reply *reply, struct err *err)
{
    (void)arena;
    struct peers_scan scan = {.query = query, .below = INT64_MAX};
    int64_t deadline = clock_ms() + PEERS_MS;
    enum err_code code = ERR_OK;
    while (!code && !scan.is_done && scan.count < PEERS_MAX && clock_ms() < deadline) {
        code = source_read(reading, peers_body, &scan, err);
        if (!code) {
            scan.below = scan.lowest;
            scan.count = scan.added;
        }
    }
    if (!code)
        peers_answer(&scan, reply);
    free(scan.durations);
    return code;
}
