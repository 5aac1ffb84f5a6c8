/*
 * Runs by the beginning of their id: the primary key has them in order, so they are all found in one short piece of reading. Only their rowids,
 * which stand in it: their times are a row each, all over the table, and seconds where there are many; the index has them.
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
    size_t known; /* those in front are of runs that the index has */
};

static enum err_code read_prefix(struct prefix_scan *scan, struct reader *reader, sqlite3_stmt *statement,
                                 struct text scope, const char *prefix, struct err *err)
{
    bind_text(statement, 1, scope);
    bind_text(statement, 2, text_of(prefix));
    enum err_code code = ERR_OK;
    while (scan->count < PREFIX_MAX && reader_step(reader, statement, &code, err) &&
           sqlite3_column_int(statement, 1))
        scan->rows[scan->count++] = (struct index_row){.rowid = sqlite3_column_int64(statement, 0)};
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code;
}

/* They are neighbours whatever the encoding; what comes behind them is not told by bytes in every one. */
#define PREFIX_SQL                                                                                           \
    "SELECT rowid, substr(id, 1, length(?2)) = ?2 FROM execution WHERE scope_id = ?1 AND id >= ?2 ORDER BY " \
    "id"

static enum err_code prefix_body(struct reader *reader, void *context, struct err *err)
{
    struct prefix_scan *scan = context;
    scan->count = 0;
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, PREFIX_SQL, &statement, err);
    for (size_t s = 0; !code && s < scan->scopes->count; s++)
        for (size_t i = 0; !code && i < scan->term->count; i++)
            code = read_prefix(scan, reader, statement, scan->scopes->words[s], scan->term->values[i], err);
    sqlite3_finalize(statement);
    return code;
}

/* By the writer. Runs that the index does not know yet are searched when it does. */
static void find_rows(struct prefix_scan *scan, struct run_index *index)
{
    uint32_t at;
    size_t known = 0;
    for (size_t i = 0; i < scan->count; i++)
        if (run_index_find_rowid(index, scan->rows[i].rowid, &at))
            known += run_index_rows(index, at, 1, &scan->rows[known]);
    scan->known = known;
}

/* Too many hits to take at once are left to the scan. */
static void note_prefix(struct search_term *term, const struct prefix_scan *scan,
                        const struct run_index *index)
{
    if (scan->count == PREFIX_MAX || scan->scopes->count == SCOPES_MAX)
        return;
    bitmap_set_range(&term->searched, 0, term->searched.bits);
    for (size_t i = 0; i < scan->known; i++) {
        uint32_t at;
        if (run_index_find(index, scan->rows[i].created_at, scan->rows[i].rowid, &at))
            bitmap_set(&term->hits, at);
    }
}

enum err_code prefix_step(struct searches *searches, struct run_index *index, struct search_term *term,
                          const struct scope_list *scopes, const struct reading *reading, struct err *err)
{
    struct prefix_scan scan = {term, scopes, mem_new_array(PREFIX_MAX, sizeof *scan.rows), 0, 0};
    enum err_code code = source_read(reading, prefix_body, &scan, err);
    if (!code && scan.count < PREFIX_MAX)
        find_rows(&scan, index);
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
