/*
 * Following the table. What is new has a greater rowid than what was there; what changes in a run shows in the status index, as long
 * as the run has not ended; what a sweep took away shows in the number of rows. So one short transaction brings the index up to
 * date, without reading what stayed the same. Where that cannot be (another file, another schema, rows gone, the last rowid used
 * again) the projection is made anew.
 */
#include "data/source_sqlite_build.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

enum { NEW_MAX = 5000, OPEN_MAX = 200000 };

/* ---- finding runs by id ---- */

void scope_list_release(struct scope_list *scopes)
{
    for (size_t i = 0; i < scopes->count; i++)
        free(scopes->words[i]);
    free(scopes->words);
    *scopes = (struct scope_list){0};
}

void scope_list_add(struct scope_list *scopes, struct text scope)
{
    if (text_is_null(scope) || scopes->count == SCOPES_MAX)
        return;
    for (size_t i = 0; i < scopes->count; i++)
        if (text_is(scope, scopes->words[i]))
            return;
    scopes->words = mem_resize(scopes->words, scopes->count + 1, sizeof *scopes->words);
    scopes->words[scopes->count++] = mem_strndup(scope.s, scope.n);
}

enum err_code run_finder_start(struct run_finder *finder, struct reader *reader, struct scope_list *scopes,
                               struct err *err)
{
    *finder = (struct run_finder){.reader = reader, .scopes = scopes};
    return reader_prepare(reader, "SELECT rowid FROM execution WHERE scope_id = ? AND id = ?",
                          &finder->statement, err);
}

void run_finder_end(struct run_finder *finder)
{
    sqlite3_finalize(finder->statement);
}

enum err_code run_finder_find(struct run_finder *finder, struct text id, int64_t *rowid, bool *is_there,
                              struct err *err)
{
    struct scope_list *scopes = finder->scopes;
    enum err_code code = ERR_OK;
    *is_there = false;
    for (size_t i = 0; !code && !*is_there && i < scopes->count; i++) {
        size_t at = (scopes->recent + i) % scopes->count;
        bind_text(finder->statement, 1, text_of(scopes->words[at]));
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
    free(follower->last_id);
    free(follower->suspects);
    free(follower->known);
    *follower = (struct follower){0};
}

/* Words that do not end a run, by the index: everything but the three that do. */
#define IS_OPEN                                                                                              \
    "(status < 'cancelled' OR (status > 'cancelled' AND status < 'completed') OR "                           \
    "(status > 'completed' AND status < 'failed') OR status > 'failed')"

#define SCOPES_SQL                                                                                           \
    "WITH RECURSIVE v(x) AS (SELECT min(scope_id) FROM execution UNION ALL "                                 \
    "SELECT (SELECT min(scope_id) FROM execution WHERE scope_id > x) FROM v WHERE x IS NOT NULL LIMIT "      \
    "4096) "                                                                                                 \
    "SELECT x FROM v WHERE x IS NOT NULL"

static enum err_code read_number(struct reader *reader, const char *sql, int64_t *number, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, sql, &statement, err);
    if (!code && reader_step(reader, statement, &code, err))
        *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code;
}

static enum err_code read_last_id(struct reader *reader, struct follower *follower, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, "SELECT id FROM execution WHERE rowid = ?", &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, follower->last_run);
    free(follower->last_id);
    follower->last_id = NULL;
    if (reader_step(reader, statement, &code, err)) {
        struct text id = column_borrow(statement, 0);
        follower->last_id = mem_strndup(id.s ? id.s : "", id.n);
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

/* What the projection took for open, and may have changed between its slices. */
static void suspect_open_runs(struct follower *follower, struct run_index *index)
{
    size_t count = run_index_open_runs(index, NULL, 0);
    struct index_row *rows = mem_new_array(count, sizeof *rows);
    count = run_index_open_runs(index, rows, count);
    follower->suspects =
        mem_resize(follower->suspects, follower->suspect_count + count, sizeof *follower->suspects);
    for (size_t i = 0; i < count; i++)
        follower->suspects[follower->suspect_count++] = rows[i].rowid;
    free(rows);
}

static enum err_code start_body(struct reader *reader, void *context, struct err *err)
{
    struct follower *follower = context;
    follower_release(follower);
    follower->schema_version = reader->schema_version;
    follower->device = reader->mark.main.device;
    follower->inode = reader->mark.main.inode;
    follower->counted_at = clock_ms();
    enum err_code code = read_number(reader, "SELECT max(rowid) FROM execution", &follower->last_run, err);
    if (!code)
        code = read_number(reader, "SELECT max(rowid) FROM execution_tool_call", &follower->last_call, err);
    if (!code)
        code = read_number(reader, "SELECT max(rowid) FROM execution_interaction", &follower->last_question,
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

/* ---- one look at the table ---- */

struct seen_run {
    struct index_upsert upsert;
    struct text status, trigger, scope;
};

struct seen_call {
    int64_t run;
    struct index_call call;
    struct text path;
};

struct poll {
    struct follower *follower;
    struct run_index *index;
    bool want_count;

    struct arena arena;
    struct seen_run *runs;
    size_t run_count;
    struct seen_call *calls;
    size_t call_count;
    struct open_run *open; /* runs that can change now */
    size_t open_count;
    int64_t *touched; /* rowids of runs to read again */
    size_t touched_count;
    int64_t last_run, last_call, last_question, rows;
    bool is_more, is_outgrown;
};

static void *grown(struct arena *arena, void *items, size_t count, size_t size)
{
    if (count & (count - 1))
        return items;
    void *larger = arena_array(arena, count ? 2 * count : 1, size);
    if (count)
        memcpy(larger, items, count * size);
    return larger;
}

static void touch(struct poll *poll, int64_t rowid)
{
    poll->touched = grown(&poll->arena, poll->touched, poll->touched_count, sizeof *poll->touched);
    poll->touched[poll->touched_count++] = rowid;
}

static bool is_same_last(struct reader *reader, const struct poll *poll, enum err_code *code, struct err *err)
{
    const struct follower *follower = poll->follower;
    if (!follower->last_run)
        return true;
    sqlite3_stmt *statement;
    *code = reader_prepare(reader, "SELECT id FROM execution WHERE rowid = ?", &statement, err);
    if (*code)
        return false;
    sqlite3_bind_int64(statement, 1, follower->last_run);
    bool is_same = reader_step(reader, statement, code, err) && follower->last_id &&
                   text_is(column_borrow(statement, 0), follower->last_id);
    sqlite3_finalize(statement);
    return is_same;
}

#define SEEN_COLUMNS "rowid, created_at, id, status, trigger_kind, scope_id, started_at, completed_at"

static void see_run(struct poll *poll, sqlite3_stmt *statement, bool is_new)
{
    struct run run = {.started_at = column_time(statement, 6), .completed_at = column_time(statement, 7)};
    poll->runs = grown(&poll->arena, poll->runs, poll->run_count, sizeof *poll->runs);
    poll->runs[poll->run_count++] = (struct seen_run){
        .upsert = {.rowid = sqlite3_column_int64(statement, 0),
                   .created_at = sqlite3_column_int64(statement, 1),
                   .id = column_text(statement, 2, &poll->arena),
                   .duration_ms = run_duration(&run),
                   .is_new = is_new},
        .status = column_text(statement, 3, &poll->arena),
        .trigger = column_text(statement, 4, &poll->arena),
        .scope = column_text(statement, 5, &poll->arena),
    };
}

static enum err_code see_new_runs(struct reader *reader, struct poll *poll, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        reader, "SELECT " SEEN_COLUMNS " FROM execution WHERE rowid > ? ORDER BY rowid LIMIT ?", &statement,
        err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, poll->follower->last_run);
    sqlite3_bind_int(statement, 2, NEW_MAX);
    while (reader_step(reader, statement, &code, err)) {
        see_run(poll, statement, true);
        poll->last_run = poll->runs[poll->run_count - 1].upsert.rowid;
        scope_list_add(&poll->follower->scopes, poll->runs[poll->run_count - 1].scope);
    }
    sqlite3_finalize(statement);
    poll->is_more |= poll->run_count == NEW_MAX;
    return code;
}

static struct open_run *find_known(const struct follower *follower, int64_t rowid)
{
    size_t low = 0, high = follower->known_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (follower->known[middle].rowid < rowid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < follower->known_count && follower->known[low].rowid == rowid ? &follower->known[low] : NULL;
}

static enum err_code read_open_runs(struct reader *reader, struct poll *poll, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        reader, "SELECT rowid, status FROM execution WHERE " IS_OPEN " LIMIT ?", &statement, err);
    if (code)
        return code;
    sqlite3_bind_int(statement, 1, OPEN_MAX);
    while (reader_step(reader, statement, &code, err)) {
        struct open_run run = {sqlite3_column_int64(statement, 0),
                               run_index_code(poll->index, COLUMN_STATUS, column_borrow(statement, 1))};
        if (run.rowid > poll->last_run)
            continue;
        poll->open = grown(&poll->arena, poll->open, poll->open_count, sizeof *poll->open);
        poll->open[poll->open_count++] = run;
    }
    sqlite3_finalize(statement);
    return code;
}

static int by_open_rowid(const void *a, const void *b)
{
    const struct open_run *x = a, *y = b;
    return (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

/* What is open now and was not, or was otherwise, or was open and is not any more, is read again. */
static enum err_code see_open_runs(struct reader *reader, struct poll *poll, struct err *err)
{
    const struct follower *follower = poll->follower;
    enum err_code code = read_open_runs(reader, poll, err);
    if (code)
        return code;
    if (poll->open_count)
        qsort(poll->open, poll->open_count, sizeof *poll->open, by_open_rowid);
    for (size_t i = 0; i < poll->open_count && poll->open[i].rowid <= follower->last_run; i++) {
        const struct open_run *known = find_known(follower, poll->open[i].rowid);
        if (!known || known->status != poll->open[i].status)
            touch(poll, poll->open[i].rowid);
    }
    size_t at = 0;
    for (size_t i = 0; i < follower->known_count; i++) {
        while (at < poll->open_count && poll->open[at].rowid < follower->known[i].rowid)
            at++;
        if (at == poll->open_count || poll->open[at].rowid != follower->known[i].rowid)
            touch(poll, follower->known[i].rowid);
    }
    return ERR_OK;
}

static enum err_code see_calls(struct reader *reader, struct poll *poll, struct run_finder *finder,
                               struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader,
                                        "SELECT rowid, execution_id, tool_path FROM execution_tool_call "
                                        "WHERE rowid > ? ORDER BY rowid LIMIT ?",
                                        &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, poll->follower->last_call);
    sqlite3_bind_int(statement, 2, NEW_MAX);
    size_t count = 0;
    for (; reader_step(reader, statement, &code, err); count++) {
        int64_t run = 0;
        bool is_there;
        poll->last_call = sqlite3_column_int64(statement, 0);
        code = run_finder_find(finder, column_borrow(statement, 1), &run, &is_there, err);
        if (code)
            break;
        if (!is_there)
            continue;
        poll->calls = grown(&poll->arena, poll->calls, poll->call_count, sizeof *poll->calls);
        poll->calls[poll->call_count++] =
            (struct seen_call){.run = run, .path = column_text(statement, 2, &poll->arena)};
    }
    sqlite3_finalize(statement);
    poll->is_more |= count == NEW_MAX;
    return code;
}

/* Marks the runs that a new interaction belongs to; those that are not among the new ones are read again. */
static enum err_code see_questions(struct reader *reader, struct poll *poll, struct run_finder *finder,
                                   int64_t **asked, size_t *asked_count, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        reader,
        "SELECT rowid, execution_id FROM execution_interaction WHERE rowid > ? ORDER BY rowid LIMIT ?",
        &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, poll->follower->last_question);
    sqlite3_bind_int(statement, 2, NEW_MAX);
    size_t count = 0;
    for (; reader_step(reader, statement, &code, err); count++) {
        int64_t run = 0;
        bool is_there;
        poll->last_question = sqlite3_column_int64(statement, 0);
        code = run_finder_find(finder, column_borrow(statement, 1), &run, &is_there, err);
        if (code)
            break;
        if (!is_there)
            continue;
        *asked = grown(&poll->arena, *asked, *asked_count, sizeof **asked);
        (*asked)[(*asked_count)++] = run;
        if (run <= poll->follower->last_run)
            touch(poll, run);
    }
    sqlite3_finalize(statement);
    poll->is_more |= count == NEW_MAX;
    return code;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static enum err_code see_touched(struct reader *reader, struct poll *poll, struct err *err)
{
    if (!poll->touched_count)
        return ERR_OK;
    qsort(poll->touched, poll->touched_count, sizeof *poll->touched, by_number);
    sqlite3_stmt *statement;
    enum err_code code =
        reader_prepare(reader, "SELECT " SEEN_COLUMNS " FROM execution WHERE rowid = ?", &statement, err);
    for (size_t i = 0; !code && i < poll->touched_count; i++) {
        if (i && poll->touched[i] == poll->touched[i - 1])
            continue;
        sqlite3_bind_int64(statement, 1, poll->touched[i]);
        if (reader_step(reader, statement, &code, err))
            see_run(poll, statement, false);
        else
            poll->is_outgrown |= !code;
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return code;
}

static void mark_asked(struct poll *poll, int64_t *asked, size_t count)
{
    if (count)
        qsort(asked, count, sizeof *asked, by_number);
    for (size_t i = 0; count && i < poll->run_count; i++)
        poll->runs[i].upsert.has_interaction =
            bsearch(&poll->runs[i].upsert.rowid, asked, count, sizeof *asked, by_number) != NULL;
}

static enum err_code see_all(struct reader *reader, struct poll *poll, struct err *err)
{
    struct run_finder finder = {0};
    int64_t *asked = NULL;
    size_t asked_count = 0;
    enum err_code code = see_new_runs(reader, poll, err);
    if (!code)
        code = see_open_runs(reader, poll, err);
    if (!code)
        code = run_finder_start(&finder, reader, &poll->follower->scopes, err);
    if (!code)
        code = see_calls(reader, poll, &finder, err);
    if (!code)
        code = see_questions(reader, poll, &finder, &asked, &asked_count, err);
    run_finder_end(&finder);
    for (size_t i = 0; !code && i < poll->follower->suspect_count; i++)
        touch(poll, poll->follower->suspects[i]);
    if (!code)
        code = see_touched(reader, poll, err);
    mark_asked(poll, asked, asked_count);
    return code;
}

static enum err_code poll_body(struct reader *reader, void *context, struct err *err)
{
    struct poll *poll = context;
    const struct follower *follower = poll->follower;
    arena_release(&poll->arena);
    poll->runs = NULL;
    poll->calls = NULL;
    poll->open = NULL;
    poll->touched = NULL;
    poll->run_count = poll->call_count = poll->open_count = poll->touched_count = 0;
    poll->last_run = follower->last_run;
    poll->last_call = follower->last_call;
    poll->last_question = follower->last_question;
    poll->rows = -1;
    poll->is_more = false;
    enum err_code code = ERR_OK;
    poll->is_outgrown = reader->schema_version != follower->schema_version ||
                        reader->mark.main.device != follower->device ||
                        reader->mark.main.inode != follower->inode || !is_same_last(reader, poll, &code, err);
    if (code || poll->is_outgrown)
        return code;
    code = see_all(reader, poll, err);
    if (!code && poll->want_count && !poll->is_more)
        code = read_number(reader, "SELECT count(*) FROM execution", &poll->rows, err);
    return code;
}

/* ---- bringing it into the index ---- */

struct id_question {
    const struct reading *reading;
    int64_t rowid;
    struct text id;
    int order;
};

static enum err_code compare_body(struct reader *reader, void *context, struct err *err)
{
    struct id_question *question = context;
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, "SELECT id FROM execution WHERE rowid = ?", &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, question->rowid);
    if (reader_step(reader, statement, &code, err))
        question->order = text_cmp(column_borrow(statement, 0), question->id);
    sqlite3_finalize(statement);
    return code;
}

/* A run that is gone stands first; it is found missing soon. */
static int compare_id(void *context, int64_t rowid, struct text id)
{
    struct id_question question = {.reading = context, .rowid = rowid, .id = id, .order = -1};
    return source_read(question.reading, compare_body, &question, NULL) == ERR_OK ? question.order : -1;
}

static enum err_code merge_runs(struct poll *poll, const struct reading *reading, struct poll_result *result,
                                struct err *err)
{
    struct index_upsert *upserts = mem_new_array(poll->run_count, sizeof *upserts);
    for (size_t i = 0; i < poll->run_count; i++) {
        const struct seen_run *run = &poll->runs[i];
        upserts[i] = run->upsert;
        upserts[i].status = run_index_code(poll->index, COLUMN_STATUS, run->status);
        upserts[i].trigger = run_index_code(poll->index, COLUMN_TRIGGER, run->trigger);
        upserts[i].scope = run_index_code(poll->index, COLUMN_SCOPE, run->scope);
    }
    struct index_merge merge = {0};
    enum err_code code =
        run_index_merge(poll->index, upserts, poll->run_count, compare_id, (void *)reading, &merge, err);
    free(upserts);
    result->is_changed |= merge.inserted || merge.changed;
    result->is_outgrown |= merge.lost > 0;
    return code;
}

/* The created_at of each call's run, by which the index finds it. */
static void add_calls(struct poll *poll, struct poll_result *result)
{
    struct index_call *calls = mem_new_array(poll->call_count, sizeof *calls);
    size_t count = 0;
    for (size_t i = 0; i < poll->call_count; i++) {
        uint32_t position;
        struct index_row row;
        if (!run_index_find_rowid(poll->index, poll->calls[i].run, &position))
            continue;
        if (run_index_rows(poll->index, position, 1, &row) != 1)
            continue;
        uint16_t tool = run_index_code(poll->index, COLUMN_TOOLS, poll->calls[i].path);
        calls[count++] = (struct index_call){row.created_at, row.rowid, tool};
    }
    result->is_changed |= run_index_add_calls(poll->index, calls, count) > 0;
    free(calls);
}

static void keep_open_runs(struct poll *poll)
{
    struct follower *follower = poll->follower;
    follower->known = mem_resize(follower->known, poll->open_count, sizeof *follower->known);
    follower->known_count = poll->open_count;
    if (poll->open_count)
        memcpy(follower->known, poll->open, poll->open_count * sizeof *poll->open);
    follower->suspect_count = 0;
}

static enum err_code take_over(struct poll *poll, const struct reading *reading, struct poll_result *result,
                               struct err *err)
{
    struct follower *follower = poll->follower;
    enum err_code code = poll->run_count ? merge_runs(poll, reading, result, err) : ERR_OK;
    if (code)
        return code;
    if (poll->call_count)
        add_calls(poll, result);
    follower->last_call = poll->last_call;
    follower->last_question = poll->last_question;
    keep_open_runs(poll);
    if (poll->last_run != follower->last_run) {
        follower->last_run = poll->last_run;
        struct text id = TEXT_NULL;
        for (size_t i = 0; i < poll->run_count; i++)
            if (poll->runs[i].upsert.rowid == poll->last_run)
                id = poll->runs[i].upsert.id;
        free(follower->last_id);
        follower->last_id = mem_strndup(id.s ? id.s : "", id.n);
    }
    if (poll->rows >= 0) {
        follower->counted_at = clock_ms();
        result->is_outgrown |= (size_t)poll->rows != run_index_count(poll->index);
    }
    return ERR_OK;
}

static enum err_code poll_once(struct poll *poll, const struct reading *reading, struct poll_result *result,
                               struct err *err)
{
    enum err_code code = source_read(reading, poll_body, poll, err);
    if (!code && poll->is_outgrown)
        result->is_outgrown = true;
    else if (!code)
        code = take_over(poll, reading, result, err);
    return code;
}

enum err_code follower_poll(struct follower *follower, struct run_index *index, const struct reading *reading,
                            bool want_count, struct poll_result *result, struct err *err)
{
    *result = (struct poll_result){false, false};
    struct poll poll = {.follower = follower, .index = index, .want_count = want_count};
    arena_init(&poll.arena);
    if (!follower->has_polled)
        suspect_open_runs(follower, index);
    enum err_code code;
    do {
        code = poll_once(&poll, reading, result, err);
    } while (!code && poll.is_more && !result->is_outgrown);
    follower->has_polled |= !code;
    arena_release(&poll.arena);
    return code;
}
