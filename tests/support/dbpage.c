/*
 * See dbpage.h. sqlite3_serialize reads the pages that the connection's transaction sees, which is what the real table does.
 */
#include "tests/support/dbpage.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN_PGNO, COLUMN_DATA };

static size_t reads;

struct table {
    sqlite3_vtab base;
    sqlite3 *db;
};

struct cursor {
    sqlite3_vtab_cursor base;
    unsigned char *bytes;
    sqlite3_int64 size, number;
};

static int connect_table(sqlite3 *db, void *context, int count, const char *const *words,
                         sqlite3_vtab **table, char **message)
{
    (void)context, (void)count, (void)words, (void)message;
    struct table *made = sqlite3_malloc(sizeof *made);
    if (!made)
        return SQLITE_NOMEM;
    *made = (struct table){.db = db};
    *table = &made->base;
    return sqlite3_declare_vtab(db, "CREATE TABLE x(pgno INTEGER PRIMARY KEY, data BLOB, schema HIDDEN)");
}

static int disconnect_table(sqlite3_vtab *table)
{
    sqlite3_free(table);
    return SQLITE_OK;
}

/* Only by page number. */
static int best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    for (int i = 0; i < info->nConstraint; i++) {
        if (!info->aConstraint[i].usable || info->aConstraint[i].iColumn != COLUMN_PGNO)
            continue;
        info->aConstraintUsage[i].argvIndex = 1;
        info->aConstraintUsage[i].omit = 1;
        return SQLITE_OK;
    }
    return SQLITE_CONSTRAINT;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
    (void)table;
    struct cursor *made = sqlite3_malloc(sizeof *made);
    if (!made)
        return SQLITE_NOMEM;
    *made = (struct cursor){0};
    *cursor = &made->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base)
{
    struct cursor *cursor = (struct cursor *)base;
    sqlite3_free(cursor->bytes);
    sqlite3_free(cursor);
    return SQLITE_OK;
}

static int filter(sqlite3_vtab_cursor *base, int index, const char *name, int count, sqlite3_value **values)
{
    (void)index, (void)name, (void)count;
    struct cursor *cursor = (struct cursor *)base;
    sqlite3_free(cursor->bytes);
    cursor->bytes = sqlite3_serialize(((struct table *)base->pVtab)->db, "main", &cursor->size, 0);
    cursor->number = sqlite3_value_int64(values[0]);
    return cursor->bytes ? SQLITE_OK : SQLITE_ERROR;
}

static int page_size(const struct cursor *cursor)
{
    int size = cursor->bytes[16] << 8 | cursor->bytes[17];
    return size == 1 ? 65536 : size;
}

static int is_end(sqlite3_vtab_cursor *base)
{
    const struct cursor *cursor = (const struct cursor *)base;
    return cursor->number < 1 || cursor->number * page_size(cursor) > cursor->size;
}

static int next(sqlite3_vtab_cursor *base)
{
    ((struct cursor *)base)->number = 0;
    return SQLITE_OK;
}

static int column(sqlite3_vtab_cursor *base, sqlite3_context *context, int number)
{
    const struct cursor *cursor = (const struct cursor *)base;
    int size = page_size(cursor);
    if (number == COLUMN_PGNO)
        sqlite3_result_int64(context, cursor->number);
    if (number != COLUMN_DATA)
        return SQLITE_OK;
    reads++;
    sqlite3_result_blob(context, cursor->bytes + (cursor->number - 1) * size, size, SQLITE_TRANSIENT);
    return SQLITE_OK;
}

static int rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = ((struct cursor *)base)->number;
    return SQLITE_OK;
}

static const sqlite3_module module = {.xConnect = connect_table,
                                      .xBestIndex = best_index,
                                      .xDisconnect = disconnect_table,
                                      .xDestroy = disconnect_table,
                                      .xOpen = open_cursor,
                                      .xClose = close_cursor,
                                      .xFilter = filter,
                                      .xNext = next,
                                      .xEof = is_end,
                                      .xColumn = column,
                                      .xRowid = rowid};

static int add_to(sqlite3 *db, const char **message, const struct sqlite3_api_routines *api)
{
    (void)message, (void)api;
    return sqlite3_create_module(db, "sqlite_dbpage", &module, NULL);
}

void dbpage_add(void)
{
    sqlite3_auto_extension((void (*)(void))add_to);
}

void dbpage_remove(void)
{
    sqlite3_cancel_auto_extension((void (*)(void))add_to);
}

size_t dbpage_reads(void)
{
    return reads;
}
