/*
 * The light columns of all runs are kept from one request to the next and read anew when the file changed, so that a bench over 100k runs measures
 * the client; the payloads of a page are read as they are asked for.
 */
#include "tests/support/api_server_runs.h"

#include "data/base/die.h"
#include "data/base/timefmt.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BUSY_MS = 5000 };

void served_file_init(struct served_file *file, const char *path, const char *scope)
{
    *file = (struct served_file){.path = path, .scope = scope, .version = -1};
    pthread_mutex_init(&file->lock, NULL);
    arena_init(&file->runs.arena);
}

sqlite3_stmt *served_prepare(struct served_file *file, const char *sql)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL) != SQLITE_OK)
        die("api_server: %s: %s", file->path, sqlite3_errmsg(file->db));
    return statement;
}

/* ---- reading ---- */

static int64_t column_time(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? TIME_NONE : sqlite3_column_int64(row, column);
}

static const char *column_word(sqlite3_stmt *row, int column, struct arena *arena)
{
    const char *word = (const char *)sqlite3_column_text(row, column);
    return word ? arena_strndup(arena, word, strlen(word)) : NULL;
}

static size_t count_rows(struct served_file *file, const char *sql)
{
    sqlite3_stmt *count = served_prepare(file, sql);
    size_t n = sqlite3_step(count) == SQLITE_ROW ? (size_t)sqlite3_column_int64(count, 0) : 0;
    sqlite3_finalize(count);
    return n;
}

static void read_runs(struct served_file *file)
{
    struct served_runs *runs = &file->runs;
    runs->runs =
        arena_array(&runs->arena, count_rows(file, "SELECT count(*) FROM execution") + 1, sizeof *runs->runs);
    sqlite3_stmt *row =
        served_prepare(file, "SELECT rowid, created_at, started_at, completed_at, id, scope_id, status, "
                             "trigger_kind FROM execution WHERE ?1 IS NULL OR scope_id = ?1 ORDER BY rowid");
    sqlite3_bind_text(row, 1, file->scope, -1, SQLITE_STATIC);
    while (sqlite3_step(row) == SQLITE_ROW)
        runs->runs[runs->count++] = (struct served_run){.rowid = sqlite3_column_int64(row, 0),
                                                        .created_at = column_time(row, 1),
                                                        .started_at = column_time(row, 2),
                                                        .completed_at = column_time(row, 3),
                                                        .id = column_word(row, 4, &runs->arena),
                                                        .scope = column_word(row, 5, &runs->arena),
                                                        .status = column_word(row, 6, &runs->arena),
                                                        .trigger = column_word(row, 7, &runs->arena)};
    sqlite3_finalize(row);
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* One column of words, sorted; *count of them. */
static const char **read_words(struct served_file *file, const char *sql, const char *count_sql,
                               size_t *count)
{
    struct arena *arena = &file->runs.arena;
    const char **words = arena_array(arena, count_rows(file, count_sql) + 1, sizeof *words);
    sqlite3_stmt *row = served_prepare(file, sql);
    for (*count = 0; sqlite3_step(row) == SQLITE_ROW;)
        words[(*count)++] = column_word(row, 0, arena);
    sqlite3_finalize(row);
    qsort(words, *count, sizeof *words, compare_words);
    return words;
}

static int compare_calls(const void *a, const void *b)
{
    const struct served_call *x = a, *y = b;
    int order = strcmp(x->run_id, y->run_id);
    return order ? order : (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

static void read_calls(struct served_file *file)
{
    struct served_runs *runs = &file->runs;
    runs->paths = read_words(file, "SELECT DISTINCT tool_path FROM execution_tool_call",
                             "SELECT count(DISTINCT tool_path) FROM execution_tool_call", &runs->path_count);
    runs->calls = arena_array(&runs->arena, count_rows(file, "SELECT count(*) FROM execution_tool_call") + 1,
                              sizeof *runs->calls);
    sqlite3_stmt *row =
        served_prepare(file, "SELECT execution_id, tool_path, rowid FROM execution_tool_call");
    while (sqlite3_step(row) == SQLITE_ROW) {
        const char *path = (const char *)sqlite3_column_text(row, 1);
        const char **found =
            bsearch(&path, runs->paths, runs->path_count, sizeof *runs->paths, compare_words);
        runs->calls[runs->call_count++] =
            (struct served_call){.run_id = column_word(row, 0, &runs->arena),
                                 .path = found ? (size_t)(found - runs->paths) : 0,
                                 .rowid = sqlite3_column_int64(row, 2)};
    }
    sqlite3_finalize(row);
    qsort(runs->calls, runs->call_count, sizeof *runs->calls, compare_calls);
}

static size_t first_call_of(const struct served_runs *runs, const char *id)
{
    size_t low = 0;
    for (size_t high = runs->call_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(runs->calls[middle].run_id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void link_runs(struct served_file *file)
{
    struct served_runs *runs = &file->runs;
    size_t asked_count;
    const char **asked =
        read_words(file, "SELECT DISTINCT execution_id FROM execution_interaction",
                   "SELECT count(DISTINCT execution_id) FROM execution_interaction", &asked_count);
    for (size_t i = 0; i < runs->count; i++) {
        struct served_run *run = &runs->runs[i];
        run->was_asked = bsearch(&run->id, asked, asked_count, sizeof *asked, compare_words);
        size_t at = first_call_of(runs, run->id);
        run->calls = &runs->calls[at];
        while (at < runs->call_count && strcmp(runs->calls[at].run_id, run->id) == 0)
            at++, run->call_count++;
    }
}

/* ---- the file as it is now ---- */

static bool open_again(struct served_file *file)
{
    struct stat st;
    if (stat(file->path, &st) != 0)
        return false;
    if (file->db && st.st_dev == file->device && st.st_ino == file->inode)
        return true;
    sqlite3_close(file->db);
    file->db = NULL;
    file->version = -1;
    file->device = st.st_dev;
    file->inode = st.st_ino;
    if (sqlite3_open_v2(file->path, &file->db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK)
        return sqlite3_busy_timeout(file->db, BUSY_MS) == SQLITE_OK;
    sqlite3_close(file->db);
    file->db = NULL;
    return false;
}

static int64_t version_of(struct served_file *file)
{
    sqlite3_stmt *row;
    int64_t version = -1;
    if (sqlite3_prepare_v2(file->db, "PRAGMA data_version", -1, &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW)
        version = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return version;
}

static bool has_tables(struct served_file *file)
{
    return sqlite3_exec(file->db,
                        "SELECT 1 FROM execution, execution_interaction, execution_tool_call LIMIT 0", NULL,
                        NULL, NULL) == SQLITE_OK;
}

static bool begin(struct served_file *file)
{
    if (!open_again(file) || sqlite3_exec(file->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return false;
    int64_t version = version_of(file);
    if (version >= 0 && has_tables(file)) {
        if (version == file->version)
            return true;
        arena_release(&file->runs.arena);
        file->runs = (struct served_runs){0};
        arena_init(&file->runs.arena);
        read_runs(file);
        read_calls(file);
        link_runs(file);
        file->version = version;
        return true;
    }
    sqlite3_exec(file->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

bool served_file_enter(struct served_file *file)
{
    pthread_mutex_lock(&file->lock);
    if (begin(file))
        return true;
    pthread_mutex_unlock(&file->lock);
    return false;
}

void served_file_leave(struct served_file *file)
{
    sqlite3_exec(file->db, "COMMIT", NULL, NULL, NULL);
    pthread_mutex_unlock(&file->lock);
}

const struct served_run *served_run_find(const struct served_runs *runs, const char *id)
{
    for (size_t i = 0; i < runs->count; i++)
        if (strcmp(runs->runs[i].id, id) == 0)
            return &runs->runs[i];
    return NULL;
}
