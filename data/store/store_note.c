/*
 * Notes of our own in a file; and looking at a file before anything is done to it, by a name alone: a store that opens would already make tables and a log.
 */
#include "data/base/buf.h"
#include "data/base/die.h"
#include "data/base/uri.h"
#include "data/store/store_int.h"
#include "data/store/store_schema.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/* A file name as SQLite's file: address; opened immutable, it neither locks nor leaves anything behind. */
static char *immutable_uri(const char *path)
{
    struct buf uri;
    buf_init(&uri, 1 << 16);
    buf_str(&uri, "file:");
    uri_add_path(&uri, path);
    buf_str(&uri, "?immutable=1");
    return buf_take(&uri);
}

void store_read_note(const char *path, const char *key, char value[STORE_NOTE_TEXT])
{
    value[0] = '\0';
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    char *uri = immutable_uri(path);
    if (sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, "SELECT value FROM executor_runs_note WHERE key = ?1", -1, &stmt, NULL) ==
            SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
        if (sqlite3_step(stmt) == SQLITE_ROW)
            snprintf(value, STORE_NOTE_TEXT, "%s", (const char *)sqlite3_column_text(stmt, 0));
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    free(uri);
}

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
