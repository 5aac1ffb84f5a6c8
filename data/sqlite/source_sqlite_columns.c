/*
 * See source_sqlite_columns.h. The rows are read from the pages of the table where they can be had, which costs little more than reading
 * those pages: a text is looked at where it stands, and of a row that goes on in other pages only as much is read as has to be. SQLite is
 * asked for what the walk does not give: a row with values of another type, or with a text larger than a walk reads.
 */
#include "data/sqlite/source_sqlite_columns.h"

#include <stdio.h>

enum { NEAR = 64 }; /* rows that are stepped over rather than looked for anew */

static void clear(struct row_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        columns->values[i] = (struct btree_value){.type = BTREE_NULL};
}

/* ---- by SQLite ---- */

static enum err_code start_steps(struct row_columns *columns, struct err *err)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT rowid, %s, %s FROM execution WHERE rowid >= ? ORDER BY rowid",
             columns->names[0], columns->names[columns->count - 1]);
    return row_steps_start(&columns->steps, columns->reader, sql, err);
}

static struct btree_value value_of(sqlite3_stmt *statement, int column, enum btree_type type)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return (struct btree_value){.type = BTREE_NULL};
    if (type == BTREE_INTEGER)
        return (struct btree_value){.type = type, .integer = sqlite3_column_int64(statement, column)};
    return (struct btree_value){.type = type, .bytes = column_borrow(statement, column)};
}

static enum err_code ask_sqlite(struct row_columns *columns, int64_t rowid, struct err *err)
{
    enum err_code code = ERR_OK;
    if (!columns->steps.statement)
        code = start_steps(columns, err);
    if (!code && row_steps_find(&columns->steps, rowid, &code, err))
        for (size_t i = 0; i < columns->count; i++)
            columns->values[i] = value_of(columns->steps.statement, (int)i + 1, columns->type);
    return code == ERR_TOO_BIG ? ERR_OK : code; /* a value above the limit is not read */
}

/* ---- by the pages ---- */

/* Bits of the columns that are of this name. */
static unsigned note_place(struct row_columns *columns, const char *name, size_t place)
{
    unsigned found = 0;
    for (size_t i = 0; i < columns->count; i++)
        if (name && sqlite3_stricmp(name, columns->names[i]) == 0) {
            columns->places[i] = place;
            found |= 1u << i;
        }
    return found;
}

static bool find_span(struct row_columns *columns)
{
    size_t last = 0;
    columns->first = SIZE_MAX;
    for (size_t i = 0; i < columns->count; i++) {
        columns->first = columns->places[i] < columns->first ? columns->places[i] : columns->first;
        last = columns->places[i] > last ? columns->places[i] : last;
    }
    columns->span = last - columns->first + 1;
    return columns->span <= BTREE_VALUES_MAX;
}

/* *is_found: where in a row they stand. A generated column may stand in no row at all, so none may be in front of them. */
static enum err_code find_places(struct row_columns *columns, bool *is_found, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        columns->reader, "SELECT name, hidden FROM pragma_table_xinfo('execution', 'main')", &statement, err);
    unsigned all = (1u << columns->count) - 1, found = 0;
    bool is_plain = true;
    for (size_t i = 0; !code && found != all && reader_step(columns->reader, statement, &code, err); i++) {
        is_plain = is_plain && sqlite3_column_int(statement, 1) == 0;
        found |= note_place(columns, (const char *)sqlite3_column_text(statement, 0), i);
    }
    sqlite3_finalize(statement);
    *is_found = !code && found == all && is_plain && find_span(columns);
    return code;
}

static enum err_code start_walk(struct row_columns *columns, struct err *err)
{
    struct image *image = NULL;
    uint32_t root = 0;
    bool is_found = false;
    enum err_code code = image_open(columns->reader, &image, err);
    if (!code && image)
        code = find_places(columns, &is_found, err);
    if (!code && is_found)
        code = image_root(columns->reader, "execution", &root, err);
    if (code || !root) {
        image_close(image);
        return code;
    }
    columns->image = image;
    btree_walk_start(&columns->walk, image_pages(image), root, BTREE_TABLE);
    return ERR_OK;
}

static void step(struct row_columns *columns)
{
    struct btree_record record;
    columns->is_on = btree_walk_next(&columns->walk, &record);
    columns->at = columns->is_on ? record.rowid : 0;
}

/* Puts the walk on the row, or behind its place. */
static void go_to(struct row_columns *columns, int64_t rowid)
{
    bool is_near = columns->is_on && columns->at <= rowid && (uint64_t)rowid - (uint64_t)columns->at <= NEAR;
    if (!is_near) {
        struct btree_value before = {.type = BTREE_INTEGER, .integer = rowid - 1};
        btree_walk_seek(&columns->walk, &before, 1);
        step(columns);
    }
    while (columns->is_on && columns->at < rowid)
        step(columns);
}

static bool is_fit(const struct row_columns *columns, const struct btree_value *value)
{
    return value->type == columns->type || value->type == BTREE_NULL ||
           (value->type == BTREE_BLOB && columns->type == BTREE_TEXT);
}

/* False: SQLite has to be asked. */
static bool read_row(struct row_columns *columns)
{
    struct btree_value values[BTREE_VALUES_MAX];
    if (!btree_walk_columns(&columns->walk, columns->first, columns->span, values))
        return false;
    for (size_t i = 0; i < columns->count; i++) {
        columns->values[i] = values[columns->places[i] - columns->first];
        if (!is_fit(columns, &columns->values[i]))
            return false;
    }
    return true;
}

/* ---- */

enum err_code row_columns_start(struct row_columns *columns, struct reader *reader, const char *const *names,
                                size_t count, enum btree_type type, struct err *err)
{
    *columns = (struct row_columns){.reader = reader, .count = count, .type = type};
    for (size_t i = 0; i < count; i++)
        columns->names[i] = names[i];
    return start_walk(columns, err);
}

enum err_code row_columns_find(struct row_columns *columns, int64_t rowid, struct err *err)
{
    clear(columns);
    if (!columns->image || rowid == INT64_MIN)
        return ask_sqlite(columns, rowid, err);
    go_to(columns, rowid);
    if (!columns->is_on || columns->at != rowid || read_row(columns))
        return ERR_OK;
    clear(columns);
    return ask_sqlite(columns, rowid, err);
}

static void end_walk(struct row_columns *columns)
{
    if (columns->image)
        btree_walk_end(&columns->walk);
    image_close(columns->image);
    columns->image = NULL;
}

bool row_columns_must_start_over(struct row_columns *columns)
{
    bool is_broken = columns->image && columns->walk.is_broken;
    if (is_broken)
        end_walk(columns);
    return is_broken;
}

void row_columns_end(struct row_columns *columns)
{
    end_walk(columns);
    row_steps_end(&columns->steps);
}
