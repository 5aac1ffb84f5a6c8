/*
 * Runs by the beginning of their id: the primary key has them in order, so they are all found in one short piece of reading.
 */
#include "data/sqlite/source_sqlite_term.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

enum { PREFIX_MAX = 100000 };

struct prefix_scan {
    const struct search_term *term;
    const struct scope_list *scopes;
    struct index_row *rows; /* PREFIX_MAX of them */
    size_t count;
};

static enum err_code read_prefix(struct prefix_scan *scan, struct reader *reader, sqlite3_stmt *statement,
                                 struct text scope, const char *prefix, struct err *err)
{
    size_t n = strlen(prefix);
    char *end = mem_strndup(prefix, n + 1); /* its NUL is replaced by a byte that no UTF-8 holds */
    end[n] = (char)0xFF;
    bind_text(statement, 1, scope);
    bind_text(statement, 2, (struct text){prefix, n});
    bind_text(statement, 3, (struct text){end, n + 1});
    enum err_code code = ERR_OK;
    while (scan->count < PREFIX_MAX && reader_step(reader, statement, &code, err))
        scan->rows[scan->count++] = (struct index_row){.created_at = sqlite3_column_int64(statement, 0),
                                                       .rowid = sqlite3_column_int64(statement, 1)};
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    free(end);
    return code;
}

static enum err_code prefix_body(struct reader *reader, void *context, struct err *err)
{
    struct prefix_scan *scan = context;
    scan->count = 0;
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        reader, "SELECT created_at, rowid FROM execution WHERE scope_id = ? AND id >= ? AND id < ?",
        &statement, err);
    for (size_t s = 0; !code && s < scan->scopes->count; s++)
        for (size_t i = 0; !code && i < scan->term->count; i++)
            code = read_prefix(scan, reader, statement, scan->scopes->words[s], scan->term->values[i], err);
    sqlite3_finalize(statement);
    return code;
}

/* Too many hits to take at once are left to the scan. */
static void note_prefix(struct search_term *term, const struct prefix_scan *scan,
                        const struct run_index *index)
{
    if (scan->count == PREFIX_MAX || scan->scopes->count == SCOPES_MAX)
        return;
    bitmap_set_range(&term->searched, 0, term->searched.bits);
    for (size_t i = 0; i < scan->count; i++) {
        uint32_t at;
        if (run_index_find(index, scan->rows[i].created_at, scan->rows[i].rowid, &at))
            bitmap_set(&term->hits, at);
    }
}

enum err_code prefix_step(struct searches *searches, struct run_index *index, struct search_term *term,
                          const struct scope_list *scopes, const struct reading *reading, struct err *err)
{
    struct prefix_scan scan = {term, scopes, mem_new_array(PREFIX_MAX, sizeof *scan.rows), 0};
    enum err_code code = source_read(reading, prefix_body, &scan, err);
    pthread_mutex_lock(&searches->mutex);
    run_index_lock(index);
    term_carry(searches, term, index);
    if (!code) {
        term->is_seeded = true;
        note_prefix(term, &scan, index);
        term_changed(searches, term);
    }
    run_index_unlock(index);
    pthread_mutex_unlock(&searches->mutex);
    free(scan.rows);
    return code;
}
