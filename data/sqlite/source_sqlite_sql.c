/*
 * Statements, their values and their errors. Columns are not STRICT: a text may be a BLOB or a number, and comes as SQLite converts it.
 */
#include "data/sqlite/source_sqlite_int.h"

#include "data/base/die.h"
#include "data/base/needle.h"

/* ---- errors ---- */

enum err_code explain_result(const char *path, int result, const char *what, struct err *err)
{
    switch (result & 0xFF) {
    case SQLITE_INTERRUPT: return err_set(err, ERR_CANCELLED, "cancelled");
    case SQLITE_NOMEM: die("out of memory");
    case SQLITE_NOTADB:
        err_set(err, ERR_NOT_DATABASE, "%s: is not an SQLite database", path);
        return err_hint(err, "The executor's own file is named data.db; an encrypted one cannot be read.");
    case SQLITE_CORRUPT:
        err_set(err, ERR_CORRUPT, "%s: is damaged: %s", path, what);
        return err_hint(
            err,
            "`sqlite3 FILE 'PRAGMA integrity_check'` names the place; `.recover` saves what can be saved.");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        err_set(err, ERR_BUSY, "%s: is locked by another program", path);
        return err_hint(err, "Wait for it to end (a VACUUM, a backup, an exclusive lock), then try again.");
    case SQLITE_TOOBIG:
        return err_set(err, ERR_TOO_BIG, "%s: a value is larger than %d MB", path, VALUE_MAX >> 20);
    case SQLITE_PERM:
    case SQLITE_AUTH: return err_set(err, ERR_DENIED, "%s: %s", path, what);
    case SQLITE_ERROR: return err_set(err, ERR_UNSUPPORTED, "%s: %s", path, what);
    default: return err_set(err, ERR_IO, "%s: %s", path, what);
    }
}

static enum err_code explain_readonly(const char *path, int result, struct err *err)
{
    if (result == SQLITE_READONLY_ROLLBACK) {
        err_set(err, ERR_UNSUPPORTED,
                "%s: its writer died in the middle of a change, which must be rolled back first", path);
        return err_hint(err, "Start the executor, which does that; this program writes nothing.");
    }
    err_set(err, ERR_BUSY, "%s: its -wal is being recovered by another program", path);
    return err_hint(err, "Try again in a moment.");
}

enum err_code reader_error(struct reader *reader, int result, struct err *err)
{
    int extended = reader->db ? sqlite3_extended_errcode(reader->db) : result;
    const char *path = reader->reading ? reader->reading->source->path : "the file";
    if ((result & 0xFF) == SQLITE_READONLY)
        return explain_readonly(path, extended, err);
    return explain_result(path, result, reader->db ? sqlite3_errmsg(reader->db) : sqlite3_errstr(result),
                          err);
}

/* ---- statements ---- */

enum err_code reader_prepare(struct reader *reader, const char *sql, sqlite3_stmt **statement,
                             struct err *err)
{
    int result = sqlite3_prepare_v2(reader->db, sql, -1, statement, NULL);
    return result == SQLITE_OK ? ERR_OK : reader_error(reader, result, err);
}

bool reader_step(struct reader *reader, sqlite3_stmt *statement, enum err_code *code, struct err *err)
{
    int result = sqlite3_step(statement);
    *code = result == SQLITE_ROW || result == SQLITE_DONE ? ERR_OK : reader_error(reader, result, err);
    return result == SQLITE_ROW;
}

enum err_code reader_number(struct reader *reader, const char *sql, int64_t *number, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, sql, &statement, err);
    if (!code && reader_step(reader, statement, &code, err))
        *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code;
}

struct text column_borrow(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return TEXT_NULL;
    const char *s = (const char *)sqlite3_column_text(statement, column);
    if (!s) /* an empty BLOB, too, has no address */
        return TEXT_LIT("");
    return (struct text){s, (size_t)sqlite3_column_bytes(statement, column)};
}

struct text column_text(sqlite3_stmt *statement, int column, struct arena *arena)
{
    return arena_text(arena, column_borrow(statement, column));
}

int64_t column_time(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return TIME_NONE;
    return sqlite3_column_int64(statement, column);
}

void bind_text(sqlite3_stmt *statement, int parameter, struct text text)
{
    if (text_is_null(text))
        sqlite3_bind_null(statement, parameter);
    else
        sqlite3_bind_text64(statement, parameter, text.s, text.n, SQLITE_STATIC, SQLITE_UTF8);
}

/* ---- code_contains(text, needle) ---- */

static void free_needle(void *needle)
{
    needle_free(needle);
}

static struct text value_text(sqlite3_value *value)
{
    const char *s = (const char *)sqlite3_value_text(value);
    return s ? (struct text){s, (size_t)sqlite3_value_bytes(value)} : TEXT_LIT("");
}

void sql_code_contains(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL) {
        sqlite3_result_int(context, 0);
        return;
    }
    struct needle *needle = sqlite3_get_auxdata(context, 1);
    bool is_new = !needle;
    if (is_new)
        needle = needle_new(value_text(values[1]));
    sqlite3_result_int(context, needle_find(needle, value_text(values[0]), 0, NULL) >= 0);
    if (is_new)
        sqlite3_set_auxdata(context, 1, needle, free_needle);
}
