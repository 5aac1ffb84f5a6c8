/*
 * The tables are written here word for word as the executor's own migrations leave them, so that a file of
 * ours and a file of its own read alike, down to the names of the indices. Every statement is IF NOT EXISTS:
 * a file that has two of the three tables gets the third. Columns are checked by name before anything is
 * written, because a half-fitting table would otherwise fail later, in the middle of somebody's run.
 */
#include "data/store/store_schema.h"

#include "data/base/buf.h"
#include "data/store/store.h"

#include <sqlite3.h>
#include <string.h>

static const char create_execution[] = "CREATE TABLE IF NOT EXISTS `execution` (\n"
                                       "\t`id` text NOT NULL,\n"
                                       "\t`scope_id` text NOT NULL,\n"
                                       "\t`status` text NOT NULL,\n"
                                       "\t`code` text NOT NULL,\n"
                                       "\t`result_json` text,\n"
                                       "\t`error_text` text,\n"
                                       "\t`logs_json` text,\n"
                                       "\t`started_at` integer,\n"
                                       "\t`completed_at` integer,\n"
                                       "\t`trigger_kind` text,\n"
                                       "\t`trigger_meta_json` text,\n"
                                       "\t`tool_call_count` integer DEFAULT 0 NOT NULL,\n"
                                       "\t`created_at` integer NOT NULL,\n"
                                       "\t`updated_at` integer NOT NULL,\n"
                                       "\tPRIMARY KEY(`scope_id`, `id`)\n"
                                       ");";

static const char create_interaction[] = "CREATE TABLE IF NOT EXISTS `execution_interaction` (\n"
                                         "\t`id` text PRIMARY KEY NOT NULL,\n"
                                         "\t`execution_id` text NOT NULL,\n"
                                         "\t`status` text NOT NULL,\n"
                                         "\t`kind` text NOT NULL,\n"
                                         "\t`purpose` text,\n"
                                         "\t`payload_json` text,\n"
                                         "\t`response_json` text,\n"
                                         "\t`response_private_json` text,\n"
                                         "\t`created_at` integer NOT NULL,\n"
                                         "\t`updated_at` integer NOT NULL\n"
                                         ");";

static const char create_tool_call[] = "CREATE TABLE IF NOT EXISTS `execution_tool_call` (\n"
                                       "\t`id` text PRIMARY KEY NOT NULL,\n"
                                       "\t`execution_id` text NOT NULL,\n"
                                       "\t`status` text NOT NULL,\n"
                                       "\t`tool_path` text NOT NULL,\n"
                                       "\t`namespace` text,\n"
                                       "\t`args_json` text,\n"
                                       "\t`result_json` text,\n"
                                       "\t`error_text` text,\n"
                                       "\t`started_at` integer NOT NULL,\n"
                                       "\t`completed_at` integer,\n"
                                       "\t`duration_ms` integer\n"
                                       ");";

static const char create_indices[] =
    "CREATE INDEX IF NOT EXISTS `execution_scope_id_idx` ON `execution` (`scope_id`);"
    "CREATE INDEX IF NOT EXISTS `execution_status_idx` ON `execution` (`status`);"
    "CREATE INDEX IF NOT EXISTS `execution_trigger_kind_idx` ON `execution` (`trigger_kind`);"
    "CREATE INDEX IF NOT EXISTS `execution_created_at_idx` ON `execution` (`created_at`);"
    "CREATE INDEX IF NOT EXISTS `execution_interaction_execution_id_idx` ON `execution_interaction` "
    "(`execution_id`);"
    "CREATE INDEX IF NOT EXISTS `execution_interaction_status_idx` ON `execution_interaction` (`status`);"
    "CREATE INDEX IF NOT EXISTS `execution_tool_call_execution_id_idx` ON `execution_tool_call` "
    "(`execution_id`);"
    "CREATE INDEX IF NOT EXISTS `execution_tool_call_tool_path_idx` ON `execution_tool_call` (`tool_path`);"
    "CREATE INDEX IF NOT EXISTS `execution_tool_call_namespace_idx` ON `execution_tool_call` (`namespace`);";

static const char create_note[] = "CREATE TABLE IF NOT EXISTS `executor_runs_note` (`key` text PRIMARY KEY "
                                  "NOT NULL, `value` text NOT NULL);";

static const char *const tables[] = {"execution", "execution_interaction", "execution_tool_call"};
enum { TABLE_COUNT = sizeof tables / sizeof tables[0] };

static const char *const columns[TABLE_COUNT] = {
    "id scope_id status code result_json error_text logs_json started_at completed_at trigger_kind "
    "trigger_meta_json tool_call_count "
    "created_at updated_at",
    "id execution_id status kind purpose payload_json response_json response_private_json created_at "
    "updated_at",
    "id execution_id status tool_path namespace args_json result_json error_text started_at completed_at "
    "duration_ms",
};

static enum err_code code_of(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ERR_BUSY;
    case SQLITE_CORRUPT: return ERR_CORRUPT;
    case SQLITE_NOTADB: return ERR_NOT_DATABASE;
    case SQLITE_CANTOPEN: return ERR_NOT_FOUND;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY: return ERR_DENIED;
    case SQLITE_TOOBIG: return ERR_TOO_BIG;
    case SQLITE_CONSTRAINT: return ERR_USAGE;
    default: return ERR_IO;
    }
}

enum err_code store_sql_error(sqlite3 *db, const char *path, struct err *err)
{
    enum err_code code = code_of(sqlite3_errcode(db));
    err_set(err, code, "%s: %s", path, sqlite3_errmsg(db));
    if (code == ERR_BUSY)
        err_hint(err, "Another program is writing to this file; try again, or stop it.");
    return code;
}

enum err_code store_exec(sqlite3 *db, const char *path, const char *sql, struct err *err)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return store_sql_error(db, path, err);
    return ERR_OK;
}

/* One integer from a query with at most two text parameters; 0 where it gives no row. */
static enum err_code query_int(sqlite3 *db, const char *path, const char *sql, const char *const params[2],
                               int64_t *value, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    *value = 0;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        return store_sql_error(db, path, err);
    for (int i = 0; i < sqlite3_bind_parameter_count(stmt); i++)
        sqlite3_bind_text(stmt, i + 1, params[i], -1, SQLITE_STATIC);
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *value = sqlite3_column_int64(stmt, 0);
    enum err_code code = rc == SQLITE_ROW || rc == SQLITE_DONE ? ERR_OK : store_sql_error(db, path, err);
    sqlite3_finalize(stmt);
    return code;
}

static enum err_code has_table(sqlite3 *db, const char *path, const char *table, int64_t *has,
                               struct err *err)
{
    return query_int(db, path, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1",
                     (const char *const[2]){table}, has, err);
}

/* Appends ", name" for each of the wanted columns that the table lacks. */
static enum err_code missing_columns(sqlite3 *db, const char *path, size_t table, struct buf *missing,
                                     struct err *err)
{
    for (const char *at = columns[table]; *at;) {
        size_t n = strcspn(at, " ");
        char name[64] = "";
        memcpy(name, at, n);
        int64_t has;
        enum err_code code =
            query_int(db, path, "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2 COLLATE NOCASE",
                      (const char *const[2]){tables[table], name}, &has, err);
        if (code)
            return code;
        if (!has)
            buf_printf(missing, "%s%s", missing->len ? ", " : "", name);
        at += n + (at[n] == ' ');
    }
    return ERR_OK;
}

static enum err_code check_table(sqlite3 *db, const char *path, size_t table, int64_t *present,
                                 struct err *err)
{
    int64_t has;
    enum err_code code = has_table(db, path, tables[table], &has, err);
    if (code || !has)
        return code;
    ++*present;
    struct buf missing;
    buf_init(&missing, 256);
    code = missing_columns(db, path, table, &missing, err);
    if (!code && missing.len) {
        code = err_set(err, ERR_NO_TABLES, "%s: table %s lacks %s", path, tables[table], buf_cstr(&missing));
        err_hint(
            err,
            "This is not an executor's run history, or one from before those columns; choose another file.");
    }
    buf_release(&missing);
    return code;
}

/* *version is 0 where there is none. */
static enum err_code read_version(sqlite3 *db, const char *path, int64_t *version, struct err *err)
{
    enum err_code code = has_table(db, path, "executor_runs_note", version, err);
    if (code || !*version)
        return code;
    code = query_int(db, path, "SELECT CAST(value AS integer) FROM executor_runs_note WHERE key = 'version'",
                     (const char *const[2]){NULL}, version, err);
    if (!code && *version > STORE_VERSION) {
        code =
            err_set(err, ERR_UNSUPPORTED, "%s: its history is version %lld, this program writes version %d",
                    path, (long long)*version, STORE_VERSION);
        err_hint(err, "Use a newer executor-runs for this file.");
    }
    return code;
}

static enum err_code create_all(sqlite3 *db, const char *path, struct err *err)
{
    static const char *const steps[] = {create_execution, create_interaction, create_tool_call,
                                        create_indices, create_note};
    enum err_code code = ERR_OK;
    for (size_t i = 0; !code && i < sizeof steps / sizeof steps[0]; i++)
        code = store_exec(db, path, steps[i], err);
    if (code)
        return code;
    char version[96];
    sqlite3_snprintf(sizeof version, version,
                     "INSERT OR REPLACE INTO executor_runs_note VALUES ('version', '%d')", STORE_VERSION);
    return store_exec(db, path, version, err);
}

/* Looks, and says whether anything must be written. */
static enum err_code inspect(sqlite3 *db, const char *path, bool *is_complete, struct err *err)
{
    int64_t version, present = 0;
    enum err_code code = read_version(db, path, &version, err);
    for (size_t table = 0; !code && table < TABLE_COUNT; table++)
        code = check_table(db, path, table, &present, err);
    *is_complete = present == TABLE_COUNT;
    return code;
}

enum err_code store_schema_check(sqlite3 *db, const char *path, struct err *err)
{
    bool is_complete;
    enum err_code code = inspect(db, path, &is_complete, err);
    if (code || is_complete)
        return code;
    return err_set(err, ERR_NO_TABLES, "%s: has no run history", path);
}

enum err_code store_schema_prepare(sqlite3 *db, const char *path, struct err *err)
{
    bool is_complete;
    enum err_code code = inspect(db, path, &is_complete, err);
    if (code || is_complete)
        return code;
    code = store_exec(db, path, "BEGIN IMMEDIATE", err);
    if (code)
        return code;
    code = inspect(db, path, &is_complete, err); /* somebody may have been quicker */
    if (!code && !is_complete)
        code = create_all(db, path, err);
    if (!code)
        code = store_exec(db, path, "COMMIT", err);
    if (code)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return code;
}
