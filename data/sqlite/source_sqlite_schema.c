/*
 * The tables as a file really has them. Executors of other versions lack columns or tables, or have more; TEMP views with the
 * contract's names and columns stand in for what is missing, so that every statement of this source is written once, for the full
 * schema. SQLite flattens such views: the indices are used all the same.
 */
#include "data/sqlite/source_sqlite_int.h"

#include "data/base/buf.h"

#include <stdlib.h>
#include <string.h>

enum { SCHEMA_TEXT_MAX = 16 * 1024, TABLES_NAMED = 8 };

struct column {
    const char *name;
    bool is_required;
};

struct table {
    const char *name;
    bool is_required;
    struct column columns[16]; /* up to the first without a name */
};

static const struct table tables[] = {
    {"execution",
     true,
     {{"id", true},
      {"scope_id", true},
      {"status", true},
      {"code", true},
      {"created_at", true},
      {"result_json"},
      {"error_text"},
      {"logs_json"},
      {"started_at"},
      {"completed_at"},
      {"trigger_kind"},
      {"trigger_meta_json"},
      {"tool_call_count"},
      {"updated_at"}}},
    {"execution_interaction",
     false,
     {{"id", true},
      {"execution_id", true},
      {"status", true},
      {"created_at", true},
      {"kind"},
      {"purpose"},
      {"payload_json"},
      {"response_json"},
      {"response_private_json"},
      {"updated_at"}}},
    {"execution_tool_call",
     false,
     {{"id", true},
      {"execution_id", true},
      {"tool_path", true},
      {"started_at", true},
      {"status"},
      {"namespace"},
      {"args_json"},
      {"result_json"},
      {"error_text"},
      {"completed_at"},
      {"duration_ms"}}},
};
enum {
    TABLE_COUNT = sizeof tables / sizeof tables[0],
    COLUMNS_MAX = sizeof tables[0].columns / sizeof tables[0].columns[0]
};

/* What is there of one table. */
struct found {
    bool is_there;
    bool has[COLUMNS_MAX];
};

void schema_release(struct schema *schema)
{
    free(schema->views);
    *schema = (struct schema){0};
}

static void note_column(const struct table *table, struct found *found, const char *name)
{
    for (size_t i = 0; i < COLUMNS_MAX && table->columns[i].name; i++)
        if (sqlite3_stricmp(table->columns[i].name, name) == 0)
            found->has[i] = true;
}

static int find_columns(sqlite3 *db, const struct table *table, struct found *found)
{
    sqlite3_stmt *statement;
    char sql[128];
    sqlite3_snprintf(sizeof sql, sql, "PRAGMA main.table_info(\"%w\")", table->name);
    int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    while (result == SQLITE_OK && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 1);
        found->is_there = true;
        note_column(table, found, name ? name : "");
        result = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

/* "a, b, c and 12 more", or "no tables at all". */
static int name_tables(sqlite3 *db, struct buf *out)
{
    sqlite3_stmt *statement;
    int result = sqlite3_prepare_v2(db,
                                    "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT "
                                    "LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name",
                                    -1, &statement, NULL);
    int count = 0;
    while (result == SQLITE_OK && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        if (count < TABLES_NAMED)
            buf_printf(out, "%s%.40s", count ? ", " : "", (const char *)sqlite3_column_text(statement, 0));
        count++;
        result = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    if (count > TABLES_NAMED)
        buf_printf(out, " and %d more", count - TABLES_NAMED);
    if (!count)
        buf_str(out, "no tables at all");
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

static enum err_code refuse_tables(struct reader *reader, struct err *err)
{
    struct buf names;
    buf_init(&names, sizeof err->hint - 60);
    int result = name_tables(reader->db, &names);
    enum err_code code;
    if (result != SQLITE_OK) {
        code = reader_error(reader, result, err);
    } else {
        err_set(err, ERR_NO_TABLES,
                "%s: has no table `execution`, so no run history (looked for execution, execution_tool_call, "
                "execution_interaction)",
                reader->reading->source->path);
        code = err_hint(err, "It holds %s. The executor's own file is named data.db.", buf_cstr(&names));
    }
    buf_release(&names);
    return code;
}

static enum err_code check_required(const struct table *table, const struct found *found, const char *path,
                                    struct err *err)
{
    for (size_t i = 0; i < COLUMNS_MAX && table->columns[i].name; i++) {
        if (!table->columns[i].is_required || found->has[i])
            continue;
        err_set(err, ERR_NO_TABLES, "%s: table `%s` has no column `%s`", path, table->name,
                table->columns[i].name);
        return err_hint(
            err, "The file was written by another kind or version of program; this one cannot read it.");
    }
    return ERR_OK;
}

static bool is_complete(const struct table *table, const struct found *found)
{
    for (size_t i = 0; i < COLUMNS_MAX && table->columns[i].name; i++)
        if (!found->has[i])
            return false;
    return found->is_there;
}

static void write_view(const struct table *table, const struct found *found, struct buf *sql)
{
    buf_printf(sql, "CREATE TEMP VIEW \"%s\" AS SELECT %s AS rowid", table->name,
               found->is_there ? "rowid" : "NULL");
    for (size_t i = 0; i < COLUMNS_MAX && table->columns[i].name; i++) {
        const char *name = table->columns[i].name;
        if (found->has[i])
            buf_printf(sql, ", \"%s\"", name);
        else
            buf_printf(sql, ", %s AS \"%s\"",
                       strcmp(name, "updated_at") == 0 && found->is_there ? "created_at" : "NULL", name);
    }
    if (found->is_there)
        buf_printf(sql, " FROM main.\"%s\";", table->name);
    else
        buf_str(sql, " WHERE 0;");
}

static void write_note(const struct table *table, const struct found *found, struct buf *note)
{
    if (!found->is_there) {
        buf_printf(note, "%sno table %s", note->len ? "; " : "", table->name);
        return;
    }
    for (size_t i = 0; i < COLUMNS_MAX && table->columns[i].name; i++)
        if (!found->has[i])
            buf_printf(note, "%sno column %s.%s", note->len ? "; " : "", table->name, table->columns[i].name);
}

/* Whether created_at leads an index: then pages and slices by time are cheap. */
static int find_created_index(sqlite3 *db, bool *is_there)
{
    sqlite3_stmt *statement;
    int result =
        sqlite3_prepare_v2(db,
                           "SELECT 1 FROM pragma_index_list('execution') l, pragma_index_info(l.name) i "
                           "WHERE i.seqno = 0 AND i.name = 'created_at' AND l.partial = 0",
                           -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    *is_there = result == SQLITE_ROW;
    sqlite3_finalize(statement);
    return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result;
}

/* A rowid is what everything here holds on to: a view and a WITHOUT ROWID table have none, a virtual table one of its own making. */
static enum err_code check_ordinary(struct reader *reader, const struct table *table, struct err *err)
{
    char sql[256];
    sqlite3_stmt *statement = NULL;
    sqlite3_snprintf(
        sizeof sql, sql,
        "SELECT m.rootpage > 0 AND NOT l.wr FROM main.sqlite_master m, pragma_table_list(m.name) l "
        "WHERE m.name = %Q COLLATE NOCASE AND m.type = 'table' AND l.schema = 'main'",
        table->name);
    enum err_code code = reader_prepare(reader, sql, &statement, err);
    bool is_ordinary =
        !code && reader_step(reader, statement, &code, err) && sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    if (code || is_ordinary)
        return code;
    return err_set(err, ERR_UNSUPPORTED, "%s: `%s` is not an ordinary table", reader->reading->source->path,
                   table->name);
}

static enum err_code look_at_table(struct reader *reader, const struct table *table, struct found *found,
                                   struct err *err)
{
    int result = find_columns(reader->db, table, found);
    if (result != SQLITE_OK)
        return reader_error(reader, result, err);
    if (!found->is_there)
        return table->is_required ? refuse_tables(reader, err) : ERR_OK;
    enum err_code code = check_ordinary(reader, table, err);
    return code ? code : check_required(table, found, reader->reading->source->path, err);
}

enum err_code schema_read(struct reader *reader, struct schema *schema, struct err *err)
{
    struct found found[TABLE_COUNT] = {{0}};
    enum err_code code = ERR_OK;
    for (size_t i = 0; !code && i < TABLE_COUNT; i++)
        code = look_at_table(reader, &tables[i], &found[i], err);
    if (code)
        return code;
    int result = find_created_index(reader->db, &schema->has_created_index);
    if (result != SQLITE_OK)
        return reader_error(reader, result, err);
    struct buf views, note;
    buf_init(&views, SCHEMA_TEXT_MAX);
    buf_init(&note, sizeof schema->note - 1);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (is_complete(&tables[i], &found[i]))
            continue;
        write_view(&tables[i], &found[i], &views);
        write_note(&tables[i], &found[i], &note);
    }
    memcpy(schema->note, buf_cstr(&note), note.len + 1);
    schema->views = views.len ? buf_take(&views) : NULL;
    buf_release(&views);
    buf_release(&note);
    return ERR_OK;
}
