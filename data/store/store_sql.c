/*
 * See store_int.h.
 */
#include "data/store/store_int.h"

#include "data/store/store_schema.h"

#include <sqlite3.h>

static const char *const statement_sql[STATEMENT_COUNT] = {
#define X(id, sql) sql,
    STATEMENTS(X)
#undef X
};

static int bind(sqlite3_stmt *stmt, int at, struct param param)
{
    if (!param.is_number)
        return sqlite3_bind_text64(stmt, at, param.text.s, param.text.n, SQLITE_STATIC, SQLITE_UTF8);
    return param.number == TIME_NONE ? sqlite3_bind_null(stmt, at)
                                     : sqlite3_bind_int64(stmt, at, param.number);
}

/* Prepares it where it is new, and gives it its values. */
static enum err_code load(struct store *store, enum statement which, const struct param *params,
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
        return ERR_OK;
    enum err_code code = store_sql_error(store->db, store->path, err);
    sqlite3_clear_bindings(*stmt);
    return code;
}

enum err_code store_do(struct store *store, enum statement which, const struct param *params, struct err *err)
{
    enum err_code code = load(store, which, params, err);
    if (code)
        return code;
    sqlite3_stmt *stmt = store->statements[which];
    int rc = sqlite3_step(stmt);
    code = rc == SQLITE_DONE ? ERR_OK : store_sql_error(store->db, store->path, err);
    store_looked(stmt);
    return code;
}

enum err_code store_look(struct store *store, enum statement which, const struct param *params,
                         sqlite3_stmt **row, struct err *err)
{
    *row = NULL;
    enum err_code code = load(store, which, params, err);
    if (code)
        return code;
    *row = store->statements[which];
    return store_look_on(store, row, err);
}

enum err_code store_look_on(struct store *store, sqlite3_stmt **row, struct err *err)
{
    int rc = sqlite3_step(*row);
    if (rc == SQLITE_ROW)
        return ERR_OK;
    enum err_code code = rc == SQLITE_DONE ? ERR_OK : store_sql_error(store->db, store->path, err);
    store_looked(*row);
    *row = NULL;
    return code;
}

void store_looked(sqlite3_stmt *row)
{
    sqlite3_reset(row);
    if (row)
        sqlite3_clear_bindings(row);
}

struct text store_column_text(sqlite3_stmt *row, int column)
{
    const char *s = (const char *)sqlite3_column_text(row, column);
    return (struct text){s, s ? (size_t)sqlite3_column_bytes(row, column) : 0};
}

int64_t store_column_number(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? TIME_NONE : sqlite3_column_int64(row, column);
}

enum err_code store_change(struct store *store, enum statement which, const struct param *params,
                           const char *what, struct err *err)
{
    enum err_code code = store_do(store, which, params, err);
    if (!code && sqlite3_changes(store->db) == 0)
        return err_set(err, ERR_NOT_FOUND, "%s: no %s %.*s", store->path, what, (int)params[0].text.n,
                       params[0].text.s);
    return code;
}

enum err_code store_change_run(struct store *store, enum statement which, const struct param *params,
                               struct err *err)
{
    enum err_code code = store_do(store, which, params, err);
    if (!code && sqlite3_changes(store->db) == 0)
        return err_set(err, ERR_NOT_FOUND, "%s: no run %.*s in scope %.*s", store->path,
                       (int)params[1].text.n, params[1].text.s, (int)params[0].text.n, params[0].text.s);
    return code;
}

enum err_code store_step_begin(struct store *store, struct err *err)
{
    return store_do(store, store->in_batch ? SQL_SAVE : SQL_BEGIN, NULL, err);
}

enum err_code store_step_end(struct store *store, enum err_code code, struct err *err)
{
    if (!code)
        code = store_do(store, store->in_batch ? SQL_RELEASE : SQL_COMMIT, NULL, err);
    if (!code)
        return ERR_OK;
    if (!store->in_batch) {
        (void)!store_do(store, SQL_ROLLBACK, NULL, NULL);
    } else if (!store_do(store, SQL_UNDO, NULL, NULL)) {
        (void)!store_do(store, SQL_RELEASE, NULL, NULL);
    }
    return code;
}

void store_statements_close(struct store *store)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
}
