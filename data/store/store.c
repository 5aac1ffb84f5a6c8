/*
 * Every write is one of a fixed list of statements, prepared at first use and kept: recording happens inside
 * somebody's run, and parsing SQL there again and again would cost more than the write. Parameters travel as
 * a small array of values, so that a function reads as the row that it writes.
 *
 * Two statements that belong together (a question and the run's status) stand in a savepoint: it is a
 * transaction of its own outside a batch, and inside one it undoes half a change without touching the rest of
 * the batch.
 */
#include "data/store/store.h"

#include "data/base/die.h"
#include "data/store/store_schema.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATEMENTS(X)                                                                                        \
    X(SQL_RUN, "INSERT INTO execution (id, scope_id, status, code, result_json, error_text, logs_json, "     \
               "started_at, completed_at, "                                                                  \
               "trigger_kind, trigger_meta_json, tool_call_count, created_at, updated_at) "                  \
               "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)")                                    \
    X(SQL_STATUS, "UPDATE execution SET status = ?3, updated_at = ?4 WHERE scope_id = ?1 AND id = ?2")       \
    X(SQL_FINISH, "UPDATE execution SET status = ?3, result_json = ?4, error_text = ?5, logs_json = ?6, "    \
                  "completed_at = ?7, "                                                                      \
                  "updated_at = ?7, tool_call_count = ?8 WHERE scope_id = ?1 AND id = ?2")                   \
    X(SQL_CALL,                                                                                              \
      "INSERT INTO execution_tool_call (id, execution_id, status, tool_path, namespace, args_json, "         \
      "result_json, "                                                                                        \
      "error_text, started_at, completed_at, duration_ms) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)")      \
    X(SQL_FINISH_CALL,                                                                                       \
      "UPDATE execution_tool_call SET status = ?2, result_json = ?3, error_text = ?4, completed_at = ?5, "   \
      "duration_ms = ?5 - started_at WHERE id = ?1")                                                         \
    X(SQL_INTERACTION,                                                                                       \
      "INSERT INTO execution_interaction (id, execution_id, status, kind, purpose, payload_json, "           \
      "response_json, "                                                                                      \
      "response_private_json, created_at, updated_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)")              \
    X(SQL_ANSWER, "UPDATE execution_interaction SET status = ?3, response_json = ?4, response_private_json " \
                  "= ?5, updated_at = ?6 "                                                                   \
                  "WHERE id = ?1 AND execution_id = ?2 AND status = 'pending'")                              \
    X(SQL_SWEEP_CALLS, "DELETE FROM execution_tool_call WHERE execution_id IN (SELECT id FROM execution "    \
                       "WHERE created_at < ?1 "                                                              \
                       "ORDER BY created_at, rowid LIMIT ?2)")                                               \
    X(SQL_SWEEP_INTERACTIONS,                                                                                \
      "DELETE FROM execution_interaction WHERE execution_id IN (SELECT id FROM execution "                   \
      "WHERE created_at < ?1 ORDER BY created_at, rowid LIMIT ?2)")                                          \
    X(SQL_SWEEP_RUNS,                                                                                        \
      "DELETE FROM execution WHERE rowid IN (SELECT rowid FROM execution WHERE created_at < ?1 "             \
      "ORDER BY created_at, rowid LIMIT ?2)")                                                                \
    X(SQL_SAVE, "SAVEPOINT step")                                                                            \
    X(SQL_RELEASE, "RELEASE step")                                                                           \
    X(SQL_UNDO, "ROLLBACK TO step")                                                                          \
    X(SQL_BEGIN, "BEGIN IMMEDIATE")                                                                          \
    X(SQL_COMMIT, "COMMIT")                                                                                  \
    X(SQL_ROLLBACK, "ROLLBACK")

enum statement {
#define X(id, sql) id,
    STATEMENTS(X)
#undef X
        STATEMENT_COUNT,
};

static const char *const statement_sql[STATEMENT_COUNT] = {
#define X(id, sql) sql,
    STATEMENTS(X)
#undef X
};

struct store {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    bool in_batch;
};

/* A value to bind: text, or a number where is_number; TEXT_NULL and TIME_NONE are null. */
struct param {
    struct text text;
    int64_t number;
    bool is_number;
};

static struct param t(struct text text)
{
    return (struct param){.text = text};
}

static struct param n(int64_t number)
{
    return (struct param){.number = number, .is_number = true};
}

static int bind(sqlite3_stmt *stmt, int at, struct param param)
{
    if (!param.is_number)
        return sqlite3_bind_text64(stmt, at, param.text.s, param.text.n, SQLITE_STATIC, SQLITE_UTF8);
    return param.number == TIME_NONE ? sqlite3_bind_null(stmt, at)
                                     : sqlite3_bind_int64(stmt, at, param.number);
}

/* Runs a statement with as many values as it has parameters. */
static enum err_code run(struct store *store, enum statement which, const struct param *params,
                         struct err *err)
{
    sqlite3_stmt **stmt = &store->statements[which];
    if (!*stmt && sqlite3_prepare_v3(store->db, statement_sql[which], -1, SQLITE_PREPARE_PERSISTENT, stmt,
                                     NULL) != SQLITE_OK)
        return store_sql_error(store->db, store->path, err);
    int rc = SQLITE_OK;
    for (int i = 0; params && rc == SQLITE_OK && i < sqlite3_bind_parameter_count(*stmt); i++)
        rc = bind(*stmt, i + 1, params[i]);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(*stmt);
    enum err_code code = rc == SQLITE_DONE ? ERR_OK : store_sql_error(store->db, store->path, err);
    sqlite3_reset(*stmt);
    sqlite3_clear_bindings(*stmt);
    return code;
}

/* The same for a change of one row that must be there. */
static enum err_code change(struct store *store, enum statement which, const struct param *params,
                            const char *what, struct err *err)
{
    enum err_code code = run(store, which, params, err);
    if (!code && sqlite3_changes(store->db) == 0)
        return err_set(err, ERR_NOT_FOUND, "%s: no %s %.*s", store->path, what, (int)params[0].text.n,
                       params[0].text.s);
    return code;
}

static enum err_code change_run(struct store *store, enum statement which, const struct param *params,
                                struct err *err)
{
    enum err_code code = run(store, which, params, err);
    if (!code && sqlite3_changes(store->db) == 0)
        return err_set(err, ERR_NOT_FOUND, "%s: no run %.*s in scope %.*s", store->path,
                       (int)params[1].text.n, params[1].text.s, (int)params[0].text.n, params[0].text.s);
    return code;
}

/* ---- a step of several statements ---- */

static enum err_code step_begin(struct store *store, struct err *err)
{
    return run(store, store->in_batch ? SQL_SAVE : SQL_BEGIN, NULL, err);
}

/* Keeps or undoes the step; returns the step's own error where it had one. */
static enum err_code step_end(struct store *store, enum err_code code, struct err *err)
{
    if (!code)
        code = run(store, store->in_batch ? SQL_RELEASE : SQL_COMMIT, NULL, err);
    if (!code)
        return ERR_OK;
    if (!store->in_batch) {
        (void)!run(store, SQL_ROLLBACK, NULL, NULL);
    } else if (!run(store, SQL_UNDO, NULL, NULL)) {
        (void)!run(store, SQL_RELEASE, NULL, NULL);
    }
    return code;
}

/* ---- open, close, batches ---- */

static enum err_code open_error(struct store *store, struct err *err)
{
    int os = sqlite3_system_errno(store->db);
    if (sqlite3_errcode(store->db) == SQLITE_CANTOPEN && os) {
        enum err_code code = os == ENOENT || os == ENOTDIR ? ERR_NOT_FOUND
                             : os == EACCES || os == EROFS ? ERR_DENIED
                                                           : ERR_IO;
        return err_set(err, code, "%s: cannot be opened for writing: %s", store->path, strerror(os));
    }
    return store_sql_error(store->db, store->path, err);
}

static enum err_code prepare_scratch(struct store *store, int cache_mb, struct err *err)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA "
             "cache_size=-%d",
             cache_mb * 1024);
    return store_exec(store->db, store->path, sql, err);
}

static enum err_code prepare(struct store *store, const struct store_options *options, struct err *err)
{
    sqlite3_busy_timeout(store->db, options->busy_timeout_ms);
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, STORE_TEXT_MAX);
    sqlite3_exec(store->db, "PRAGMA mmap_size=0", NULL, NULL, NULL);
    enum err_code code = store_schema_prepare(store->db, store->path, err);
    if (code)
        return code;
    if (options->is_scratch)
        return prepare_scratch(store, options->cache_mb ? options->cache_mb : 128, err);
    return store_exec(store->db, store->path, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL", err);
}

enum err_code store_open(const char *path, const struct store_options *options, struct store **store,
                         struct err *err)
{
    struct store *made = mem_new_array(1, sizeof *made);
    made->path = mem_strdup(path);
    int rc = sqlite3_open_v2(path, &made->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (!made->db)
        die("out of memory: SQLite cannot open anything");
    enum err_code code = rc == SQLITE_OK ? prepare(made, options, err) : open_error(made, err);
    if (code) {
        store_close(made);
        made = NULL;
    }
    *store = made;
    return code;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    store_rollback(store);
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->db);
    free(store->path);
    free(store);
}

enum err_code store_settle(struct store *store, struct err *err)
{
    if (store->in_batch)
        return err_set(err, ERR_USAGE, "%s: a batch is open", store->path);
    return store_exec(store->db, store->path,
                      "PRAGMA locking_mode=NORMAL; PRAGMA synchronous=NORMAL; PRAGMA journal_mode=WAL;"
                      "PRAGMA wal_checkpoint(TRUNCATE)",
                      err);
}

enum err_code store_begin(struct store *store, struct err *err)
{
    if (store->in_batch)
        return err_set(err, ERR_USAGE, "%s: a batch is open already", store->path);
    enum err_code code = run(store, SQL_BEGIN, NULL, err);
    store->in_batch = !code;
    return code;
}

enum err_code store_commit(struct store *store, struct err *err)
{
    if (!store->in_batch)
        return err_set(err, ERR_USAGE, "%s: no batch is open", store->path);
    enum err_code code = run(store, SQL_COMMIT, NULL, err);
    if (!code)
        store->in_batch = false;
    return code;
}

void store_rollback(struct store *store)
{
    if (store->in_batch)
        (void)!run(store, SQL_ROLLBACK, NULL, NULL);
    store->in_batch = false;
}

/* ---- runs ---- */

enum err_code store_import_run(struct store *store, const struct run *r, struct err *err)
{
    return run(store, SQL_RUN,
               (const struct param[]){t(r->id), t(r->scope_id), t(r->status), t(r->code), t(r->result_json),
                                      t(r->error_text), t(r->logs_json), n(r->started_at), n(r->completed_at),
                                      t(r->trigger_kind), t(r->trigger_meta_json), n(r->tool_call_count),
                                      n(r->created_at), n(r->updated_at)},
               err);
}

enum err_code store_create_run(struct store *store, const struct run *r, struct err *err)
{
    return store_import_run(
        store,
        &(struct run){.id = r->id,
                      .scope_id = r->scope_id,
                      .status = text_is_null(r->status) ? TEXT_LIT("running") : r->status,
                      .code = r->code,
                      .started_at = r->started_at == TIME_NONE ? r->created_at : r->started_at,
                      .completed_at = TIME_NONE,
                      .trigger_kind = r->trigger_kind,
                      .trigger_meta_json = r->trigger_meta_json,
                      .created_at = r->created_at,
                      .updated_at = r->created_at},
        err);
}

enum err_code store_set_status(struct store *store, struct run_ref ref, struct text status, int64_t at,
                               struct err *err)
{
    return change_run(store, SQL_STATUS, (const struct param[]){t(ref.scope_id), t(ref.id), t(status), n(at)},
                      err);
}

enum err_code store_finish_run(struct store *store, struct run_ref ref, const struct run_end *end,
                               struct err *err)
{
    return change_run(store, SQL_FINISH,
                      (const struct param[]){t(ref.scope_id), t(ref.id), t(end->status), t(end->result_json),
                                             t(end->error_text), t(end->logs_json), n(end->completed_at),
                                             n(end->tool_call_count)},
                      err);
}

/* ---- tool calls ---- */

enum err_code store_import_call(struct store *store, const struct tool_call *c, struct err *err)
{
    return run(store, SQL_CALL,
               (const struct param[]){t(c->id), t(c->execution_id), t(c->status), t(c->tool_path),
                                      t(c->namespace_), t(c->args_json), t(c->result_json), t(c->error_text),
                                      n(c->started_at), n(c->completed_at), n(c->duration_ms)},
               err);
}

static struct text first_segment(struct text path)
{
    const char *dot = path.s ? memchr(path.s, '.', path.n) : NULL;
    return dot ? (struct text){path.s, (size_t)(dot - path.s)} : path;
}

enum err_code store_start_call(struct store *store, const struct tool_call *c, struct err *err)
{
    return store_import_call(store,
                             &(struct tool_call){.id = c->id,
                                                 .execution_id = c->execution_id,
                                                 .status = TEXT_LIT("running"),
                                                 .tool_path = c->tool_path,
                                                 .namespace_ = text_is_null(c->namespace_)
                                                                   ? first_segment(c->tool_path)
                                                                   : c->namespace_,
                                                 .args_json = c->args_json,
                                                 .started_at = c->started_at,
                                                 .completed_at = TIME_NONE,
                                                 .duration_ms = DURATION_NONE},
                             err);
}

enum err_code store_finish_call(struct store *store, struct text id, const struct call_end *end,
                                struct err *err)
{
    return change(store, SQL_FINISH_CALL,
                  (const struct param[]){t(id), t(end->status), t(end->result_json), t(end->error_text),
                                         n(end->completed_at)},
                  "tool call", err);
}

/* ---- interactions ---- */

enum err_code store_import_interaction(struct store *store, const struct interaction *i, struct text secret,
                                       struct err *err)
{
    return run(store, SQL_INTERACTION,
               (const struct param[]){t(i->id), t(i->execution_id), t(i->status), t(i->kind), t(i->purpose),
                                      t(i->payload_json), t(i->response_json), t(secret), n(i->created_at),
                                      n(i->updated_at)},
               err);
}

enum err_code store_ask(struct store *store, struct run_ref ref, const struct interaction *question,
                        struct err *err)
{
    enum err_code code = step_begin(store, err);
    if (code)
        return code;
    struct interaction asked = {.id = question->id,
                                .execution_id = ref.id,
                                .status = TEXT_LIT("pending"),
                                .kind = question->kind,
                                .purpose = question->purpose,
                                .payload_json = question->payload_json,
                                .created_at = question->created_at,
                                .updated_at = question->created_at};
    code = store_import_interaction(store, &asked, TEXT_NULL, err);
    if (!code)
        code = store_set_status(store, ref, TEXT_LIT("waiting_for_interaction"), question->created_at, err);
    return step_end(store, code, err);
}

enum err_code store_answer(struct store *store, struct run_ref ref, struct text interaction_id,
                           const struct answer *answer, struct err *err)
{
    enum err_code code = step_begin(store, err);
    if (code)
        return code;
    struct text status = answer->is_cancelled ? TEXT_LIT("cancelled") : TEXT_LIT("resolved");
    code = change(store, SQL_ANSWER,
                  (const struct param[]){t(interaction_id), t(ref.id), t(status), t(answer->response_json),
                                         t(answer->response_private_json), n(answer->at)},
                  "pending interaction", err);
    if (!code)
        code = store_set_status(store, ref, TEXT_LIT("running"), answer->at, err);
    return step_end(store, code, err);
}

/* ---- sweep ---- */

static enum err_code sweep_some(struct store *store, int64_t before, int *removed, struct err *err)
{
    enum err_code code = step_begin(store, err);
    if (code)
        return code;
    const struct param params[] = {n(before), n(STORE_SWEEP_MAX)};
    code = run(store, SQL_SWEEP_CALLS, params, err);
    if (!code)
        code = run(store, SQL_SWEEP_INTERACTIONS, params, err);
    if (!code)
        code = run(store, SQL_SWEEP_RUNS, params, err);
    *removed = code ? 0 : sqlite3_changes(store->db);
    return step_end(store, code, err);
}

enum err_code store_sweep(struct store *store, int64_t before, int64_t *removed, struct err *err)
{
    int64_t total = 0;
    int some;
    enum err_code code;
    do {
        code = sweep_some(store, before, &some, err);
        total += code ? 0 : some;
    } while (!code && some == STORE_SWEEP_MAX);
    if (removed)
        *removed = total;
    return code;
}

/* ---- notes ---- */

enum err_code store_set_note(struct store *store, const char *key, const char *value, struct err *err)
{
    char *sql = sqlite3_mprintf("CREATE TABLE IF NOT EXISTS `executor_runs_note` (`key` text PRIMARY KEY NOT "
                                "NULL, `value` text NOT NULL);"
                                "INSERT OR REPLACE INTO executor_runs_note VALUES (%Q, %Q)",
                                key, value);
    if (!sql)
        die("out of memory: a note of the store");
    enum err_code code = store_exec(store->db, store->path, sql, err);
    sqlite3_free(sql);
    return code;
}
