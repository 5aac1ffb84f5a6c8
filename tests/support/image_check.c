/*
 * See image_check.h. The table has what the source asks of one, and no more.
 */
#include "tests/support/image_check.h"

#include "data/base/buf.h"
#include "data/base/die.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct image_file {
    char dir[256], path[300];
    sqlite3 *writer;
    struct source *source;
    struct read_slot slot;
};

static void ignore(void *context, unsigned events)
{
    (void)context, (void)events;
}

#define TABLES                                                                                               \
    "CREATE TABLE execution(id TEXT NOT NULL, scope_id TEXT NOT NULL, status TEXT NOT NULL, "                \
    "code TEXT, trigger_kind TEXT, created_at INTEGER NOT NULL, PRIMARY KEY(scope_id, id));"                 \
    "CREATE INDEX by_time ON execution(created_at);"                                                         \
    "CREATE INDEX by_status ON execution(status);"                                                           \
    "CREATE INDEX by_trigger ON execution(trigger_kind);"

struct image_file *image_file_new(int page_size, const char *journal_mode)
{
    struct image_file *file = mem_new_array(1, sizeof *file);
    const char *tmp = getenv("TMPDIR");
    snprintf(file->dir, sizeof file->dir, "%s/executor-runs-image-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(file->dir))
        die("cannot make %s", file->dir);
    snprintf(file->path, sizeof file->path, "%s/data.db", file->dir);
    char start[120];
    snprintf(start, sizeof start, "PRAGMA page_size=%d; PRAGMA journal_mode=%s; PRAGMA synchronous=0",
             page_size, journal_mode);
    image_file_sql(file, start);
    image_file_sql(file, TABLES);
    struct source_options options = {.notify = ignore, .no_background = true};
    struct err err;
    if (source_open(file->path, &options, &file->source, &err))
        die("%s", err.what);
    read_slot_init(&file->slot);
    return file;
}

void image_file_close_writer(struct image_file *file)
{
    sqlite3_close(file->writer);
    file->writer = NULL;
}

void image_file_free(struct image_file *file)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    source_close(file->source);
    image_file_close_writer(file);
    read_slot_release(&file->slot);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[320];
        snprintf(path, sizeof path, "%s%s", file->path, suffixes[i]);
        unlink(path);
    }
    rmdir(file->dir);
    free(file);
}

const char *image_file_path(const struct image_file *file)
{
    return file->path;
}

void image_file_sql(struct image_file *file, const char *sql)
{
    char *message = NULL;
    if (!file->writer && sqlite3_open(file->path, &file->writer) != SQLITE_OK)
        die("%s: %s", file->path, sqlite3_errmsg(file->writer));
    int result = sqlite3_exec(file->writer, sql, NULL, NULL, &message);
    if (result != SQLITE_OK && result != SQLITE_BUSY && result != SQLITE_LOCKED)
        die("%s: %s", sql, message);
    sqlite3_free(message);
}

/* ---- the two readings ---- */

enum { KEYS_MAX = 2 };

static const struct {
    const char *index, *columns, *order;
    size_t keys;
} indices[] = {
    {"execution(created_at)", "created_at", "1, 2", 1},
    {"execution(status)", "status", "1, 2", 1},
    {"execution(trigger_kind)", "trigger_kind", "1, 2", 1},
    {"execution(scope_id,id)", "scope_id, id", "1, 2, 3", 2},
};

static void write_value(struct buf *out, const struct btree_value *value)
{
    if (value->type == BTREE_INTEGER)
        buf_printf(out, "%lld|", (long long)value->integer);
    else if (value->type == BTREE_NULL)
        buf_str(out, "null|");
    else
        buf_printf(out, "%.*s|", (int)value->bytes.n, value->bytes.s);
}

static size_t write_by_pages(const struct image *image, uint32_t root, struct buf *out)
{
    struct btree_walk walk;
    struct btree_record record;
    size_t entries = 0;
    btree_walk_start(&walk, image_pages(image), root, BTREE_INDEX);
    for (; btree_walk_next(&walk, &record); entries++) {
        for (size_t i = 0; i < record.count; i++)
            write_value(out, &record.values[i]);
        buf_char(out, '\n');
    }
    if (walk.is_broken)
        die("a walk of %zu entries broke", entries);
    btree_walk_end(&walk);
    return entries;
}

static enum err_code write_by_sql(struct reader *reader, size_t index, struct buf *out, struct err *err)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT %s, rowid FROM execution ORDER BY %s", indices[index].columns,
             indices[index].order);
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, sql, &statement, err);
    while (!code && reader_step(reader, statement, &code, err)) {
        for (size_t i = 0; i <= indices[index].keys; i++) {
            struct text value = column_borrow(statement, (int)i);
            buf_printf(out, "%.*s|", value.s ? (int)value.n : 4, value.s ? value.s : "null");
        }
        buf_char(out, '\n');
    }
    sqlite3_finalize(statement);
    return code;
}

static enum err_code compare(struct reader *reader, const struct image *image, size_t index,
                             struct image_check *check, struct err *err)
{
    struct buf pages, sql;
    uint32_t root;
    buf_init(&pages, 1 << 24);
    buf_init(&sql, 1 << 24);
    enum err_code code = image_root(reader, indices[index].index, &root, err);
    if (!code && !root)
        die("%s: no root", indices[index].index);
    if (!code) {
        check->entries += write_by_pages(image, root, &pages);
        code = write_by_sql(reader, index, &sql, err);
    }
    if (!code && !text_eq(buf_as_text(&pages), buf_as_text(&sql)))
        die("%s differs:\n%.2000s\n--\n%.2000s", indices[index].index, buf_cstr(&pages), buf_cstr(&sql));
    buf_release(&pages);
    buf_release(&sql);
    return code;
}

struct check_job {
    struct image_file *file;
    struct image_check *check;
};

static enum err_code check_body(struct reader *reader, void *context, struct err *err)
{
    struct check_job *job = context;
    struct image_check *check = job->check;
    struct image *image;
    enum err_code code = image_open(reader, &image, err);
    check->has_image = image;
    check->entries = 0;
    if (!code && image && check->meanwhile)
        check->meanwhile(job->file, check->context);
    for (size_t i = 0; !code && image && i < sizeof indices / sizeof indices[0]; i++)
        code = compare(reader, image, i, check, err);
    image_close(image);
    return code;
}

void image_file_read(struct image_file *file, reader_body body, void *context)
{
    struct reading reading = {(struct sqlite_source *)file->source, &file->slot, NULL, NULL};
    struct err err;
    if (source_read(&reading, body, context, &err))
        die("%s", err.what);
}

void image_file_check(struct image_file *file, struct image_check *check)
{
    struct check_job job = {file, check};
    image_file_read(file, check_body, &job);
}
