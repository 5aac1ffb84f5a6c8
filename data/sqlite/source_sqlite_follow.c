/*
 * The state from which the table is followed: the greatest rowids, the scopes, and the runs that can still change.
 */
#include "data/sqlite/source_sqlite_poll.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

/* ---- finding runs by id ---- */

void scope_list_release(struct scope_list *scopes)
{
    for (size_t i = 0; i < scopes->count; i++)
        free((char *)scopes->words[i].s);
    free(scopes->words);
    *scopes = (struct scope_list){0};
}

void scope_list_add(struct scope_list *scopes, struct text scope)
{
    if (text_is_null(scope) || scopes->count == SCOPES_MAX)
        return;
    for (size_t i = 0; i < scopes->count; i++)
        if (text_eq(scope, scopes->words[i]))
            return;
    scopes->words = mem_resize(scopes->words, scopes->count + 1, sizeof *scopes->words);
    scopes->words[scopes->count++] = (struct text){mem_strndup(scope.s, scope.n), scope.n};
}

enum err_code run_finder_start(struct run_finder *finder, struct reader *reader, struct scope_list *scopes,
                               struct err *err)
{
    *finder = (struct run_finder){.reader = reader, .scopes = scopes};
    return reader_recall(reader, "SELECT rowid FROM execution WHERE scope_id = ? AND id = ?",
                         &finder->statement, err);
}

void run_finder_end(struct run_finder *finder)
{
    reader_put_back(finder->reader, finder->statement);
}

enum err_code run_finder_find(struct run_finder *finder, struct text id, int64_t *rowid, bool *is_there,
                              struct err *err)
{
    struct scope_list *scopes = finder->scopes;
    enum err_code code = ERR_OK;
    *is_there = false;
    for (size_t i = 0; !code && !*is_there && i < scopes->count; i++) {
        size_t at = (scopes->recent + i) % scopes->count;
        bind_text(finder->statement, 1, scopes->words[at]);
        bind_text(finder->statement, 2, id);
        *is_there = reader_step(finder->reader, finder->statement, &code, err);
        if (*is_there) {
            *rowid = sqlite3_column_int64(finder->statement, 0);
            scopes->recent = at;
        }
        sqlite3_reset(finder->statement);
    }
    return code;
}

/* ---- the state that is followed ---- */

void follower_release(struct follower *follower)
{
    scope_list_release(&follower->scopes);
    free((char *)follower->last_id.s);
    free(follower->suspects);
    free(follower->known);
    *follower = (struct follower){0};
}

#define SCOPES_SQL                                                                                           \
    "WITH RECURSIVE v(x) AS (SELECT min(scope_id) FROM execution UNION ALL "                                 \
    "SELECT (SELECT min(scope_id) FROM execution WHERE scope_id > x) FROM v WHERE x IS NOT NULL LIMIT "      \
    "4096) "                                                                                                 \
    "SELECT x FROM v WHERE x IS NOT NULL"

static enum err_code read_last_id(struct reader *reader, struct follower *follower, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, "SELECT id FROM execution WHERE rowid = ?", &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, follower->last_run);
    free((char *)follower->last_id.s);
    follower->last_id = TEXT_NULL;
    if (reader_step(reader, statement, &code, err)) {
        struct text id = column_borrow(statement, 0);
        follower->last_id = (struct text){mem_strndup(id.s ? id.s : "", id.n), id.n};
    }
    sqlite3_finalize(statement);
    return code;
}

static enum err_code read_suspects(struct reader *reader, struct follower *follower, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code =
        reader_prepare(reader, "SELECT rowid FROM execution WHERE " IS_OPEN, &statement, err);
    follower->suspect_count = 0;
    while (!code && follower->suspect_count < OPEN_MAX && reader_step(reader, statement, &code, err)) {
        size_t n = follower->suspect_count;
        if ((n & (n - 1)) == 0)
            follower->suspects = mem_resize(follower->suspects, n ? 2 * n : 1, sizeof *follower->suspects);
        follower->suspects[follower->suspect_count++] = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return code;
}

static enum err_code read_scopes(struct reader *reader, struct follower *follower, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, SCOPES_SQL, &statement, err);
    while (!code && reader_step(reader, statement, &code, err))
        scope_list_add(&follower->scopes, column_borrow(statement, 0));
    sqlite3_finalize(statement);
    return code;
}

static enum err_code start_body(struct reader *reader, void *context, struct err *err)
{
    struct follower *follower = context;
    follower_release(follower);
    follower->schema_version = reader->schema_version;
    follower->device = reader->mark.main.device;
    follower->inode = reader->mark.main.inode;
    follower->counted_at = clock_ms();
    enum err_code code = reader_number(reader, "SELECT max(rowid) FROM execution", &follower->last_run, err);
    if (!code)
        code = reader_number(reader, "SELECT max(rowid) FROM execution_tool_call", &follower->last_call, err);
    if (!code)
        code = reader_number(reader, "SELECT max(rowid) FROM execution_interaction", &follower->last_question,
                             err);
    if (!code)
        code = read_last_id(reader, follower, err);
    if (!code)
        code = read_scopes(reader, follower, err);
    return code ? code : read_suspects(reader, follower, err);
}

enum err_code follower_start(struct follower *follower, const struct reading *reading, struct err *err)
{
    return source_read(reading, start_body, follower, err);
}
