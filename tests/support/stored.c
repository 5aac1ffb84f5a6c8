/*
 * See stored.h.
 */
#include "tests/support/stored.h"

#include "data/base/buf.h"
#include "data/base/die.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

int stored_set_up(void **state)
{
    struct stored *stored = mem_new_array(1, sizeof *stored);
    stored->history = history_new();
    stored->store = history_store(stored->history);
    *state = stored;
    return 0;
}

int stored_tear_down(void **state)
{
    struct stored *stored = *state;
    history_free(stored->history);
    free(stored);
    return 0;
}

char *stored_rows(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    struct buf out;
    buf_init(&out, 1 << 20);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            const char *value = (const char *)sqlite3_column_text(stmt, i);
            buf_printf(&out, "%s%s", i ? "|" : out.len ? "\n" : "", value ? value : "null");
        }
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return buf_take(&out);
}

void stored_expect(const struct stored *stored, const char *sql, const char *rows)
{
    char *got = stored_rows(history_path(stored->history), sql);
    assert_string_equal(got, rows);
    free(got);
}
