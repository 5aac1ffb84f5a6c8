/*
 * One look at the table. What is new has a greater rowid than what was there; what changes in a run shows in the status index, as long
 * as the run has not ended. So one short transaction finds what has changed, without reading what stayed the same.
 */
#include "data/sqlite/source_sqlite_poll.h"

#include <stdlib.h>
#include <string.h>

enum {
    NEW_MAX = 5000,      /* rows of a kind in one transaction */
    SUSPECTS_MAX = 1000, /* the same; they are looked up one by one */
    CLOCK_EVERY = 64,
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
    *code = reader_recall(reader, "SELECT id FROM execution WHERE rowid = ?", &statement, err);
    if (*code)
        return false;
    sqlite3_bind_int64(statement, 1, follower->last_run);
    bool is_same = reader_step(reader, statement, code, err) &&
                   text_cmp(column_borrow(statement, 0), follower->last_id) == 0;
    reader_put_back(reader, statement);
    return is_same;
}

#define SEEN_COLUMNS "rowid, created_at, id, status, trigger_kind, scope_id, started_at, completed_at"
enum { TIME_COLUMN = 8 };

/* Every number is below every text and BLOB: a created_at that is none has no place in the order. */
#define HAS_TIME "+created_at <= 9223372036854775807"

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
    enum err_code code = reader_recall(reader,
                                       "SELECT " SEEN_COLUMNS " FROM execution WHERE rowid > ? AND " HAS_TIME
                                       " ORDER BY rowid LIMIT ?",
                                       &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, poll->follower->last_run);
    sqlite3_bind_int(statement, 2, NEW_MAX);
    while (reader_step(reader, statement, &code, err)) {
        see_run(poll, statement, true);
        poll->last_run = poll->runs[poll->run_count - 1].upsert.rowid;
        scope_list_add(&poll->follower->scopes, poll->runs[poll->run_count - 1].scope);
    }
    reader_put_back(reader, statement);
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
    enum err_code code = reader_recall(
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
    reader_put_back(reader, statement);
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

/* Ids of no run are looked for in every scope: that can take long, and goes on with the next look. */
static bool is_late(struct poll *poll, size_t seen)
{
    bool is_late = seen && clock_ms() >= poll->until;
    poll->is_more |= is_late;
    return is_late;
}

static enum err_code see_calls(struct reader *reader, struct poll *poll, struct run_finder *finder,
                               struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_recall(reader,
                                       "SELECT rowid, execution_id, tool_path FROM execution_tool_call "
                                       "WHERE rowid > ? ORDER BY rowid LIMIT ?",
                                       &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, poll->follower->last_call);
    sqlite3_bind_int(statement, 2, NEW_MAX);
    size_t count = 0;
    for (; !is_late(poll, count) && reader_step(reader, statement, &code, err); count++) {
        int64_t run = 0;
        bool is_there;
        poll->last_call = sqlite3_column_int64(statement, 0);
        code = run_finder_find(finder, column_borrow(statement, 1), &run, &is_there, err);
        if (code)
            break;
        if (!is_there || sqlite3_column_type(statement, 2) != SQLITE_TEXT)
            continue;
        poll->calls = grown(&poll->arena, poll->calls, poll->call_count, sizeof *poll->calls);
        poll->calls[poll->call_count++] =
            (struct seen_call){.run = run, .path = column_text(statement, 2, &poll->arena)};
    }
    reader_put_back(reader, statement);
    poll->is_more |= count == NEW_MAX;
    return code;
}

/* Marks the runs that a new interaction belongs to; those that are not among the new ones are read again. */
static enum err_code see_questions(struct reader *reader, struct poll *poll, struct run_finder *finder,
                                   int64_t **asked, size_t *asked_count, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_recall(
        reader,
        "SELECT rowid, execution_id FROM execution_interaction WHERE rowid > ? ORDER BY rowid LIMIT ?",
        &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, poll->follower->last_question);
    sqlite3_bind_int(statement, 2, NEW_MAX);
    size_t count = 0;
    for (; !is_late(poll, count) && reader_step(reader, statement, &code, err); count++) {
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
    reader_put_back(reader, statement);
    poll->is_more |= count == NEW_MAX;
    return code;
}

/* What belongs to runs; only where all new runs are seen, for nobody looks again at those of a run that comes later. */
static enum err_code see_belongings(struct reader *reader, struct poll *poll, int64_t **asked,
                                    size_t *asked_count, struct err *err)
{
    struct run_finder finder = {0};
    enum err_code code = run_finder_start(&finder, reader, &poll->follower->scopes, err);
    if (!code)
        code = see_calls(reader, poll, &finder, err);
    if (!code)
        code = see_questions(reader, poll, &finder, asked, asked_count, err);
    run_finder_end(&finder);
    return code;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static enum err_code see_touched(struct reader *reader, struct poll *poll, struct err *err)
{
    poll->read_to = INT64_MAX;
    if (!poll->touched_count)
        return ERR_OK;
    qsort(poll->touched, poll->touched_count, sizeof *poll->touched, by_number);
    sqlite3_stmt *statement;
    enum err_code code = reader_recall(
        reader, "SELECT " SEEN_COLUMNS ", " HAS_TIME " FROM execution WHERE rowid = ?", &statement, err);
    size_t i = 0;
    for (; !code && i < poll->touched_count; i++) {
        if (i && poll->touched[i] == poll->touched[i - 1])
            continue;
        if (i % CLOCK_EVERY == CLOCK_EVERY - 1 && is_late(poll, i))
            break;
        poll->read_to = poll->touched[i];
        sqlite3_bind_int64(statement, 1, poll->touched[i]);
        if (!reader_step(reader, statement, &code, err))
            poll->is_outgrown |= !code;
        else if (sqlite3_column_int(statement, TIME_COLUMN))
            see_run(poll, statement, false);
        sqlite3_reset(statement);
    }
    reader_put_back(reader, statement);
    if (i == poll->touched_count)
        poll->read_to = INT64_MAX;
    else
        poll->last_question = poll->follower->last_question; /* their runs may be among those that are left */
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
    int64_t *asked = NULL;
    size_t asked_count = 0;
    enum err_code code = see_new_runs(reader, poll, err);
    if (!code)
        code = see_open_runs(reader, poll, err);
    if (!code && !poll->is_more)
        code = see_belongings(reader, poll, &asked, &asked_count, err);
    if (!code)
        code = see_touched(reader, poll, err);
    mark_asked(poll, asked, asked_count);
    return code;
}

/* Each is a walk along an index; those without a time are not in ours. */
#define COUNT_SQL                                                                                            \
    "SELECT (SELECT count(*) FROM execution) "                                                               \
    "- (SELECT count(*) FROM execution WHERE created_at > 9223372036854775807) "                             \
    "- (SELECT count(*) FROM execution WHERE created_at IS NULL)"

static enum err_code count_rows(struct reader *reader, struct poll *poll, struct err *err)
{
    int64_t started = clock_ms();
    enum err_code code = reader_number(
        reader, reader->has_created_index ? COUNT_SQL : "SELECT count(*) FROM execution", &poll->rows, err);
    poll->count_took = clock_ms() - started;
    return code;
}

static void forget(struct poll *poll)
{
    arena_release(&poll->arena);
    poll->runs = NULL;
    poll->calls = NULL;
    poll->open = NULL;
    poll->touched = NULL;
    poll->run_count = poll->call_count = poll->open_count = poll->touched_count = 0;
}

enum err_code poll_suspects_body(struct reader *reader, void *context, struct err *err)
{
    struct poll *poll = context;
    const struct follower *follower = poll->follower;
    forget(poll);
    size_t left = follower->suspect_count - follower->suspects_seen;
    for (size_t i = 0; i < left && i < SUSPECTS_MAX; i++)
        touch(poll, follower->suspects[follower->suspects_seen + i]);
    poll->is_outgrown = false;
    poll->until = INT64_MAX;
    return see_touched(reader, poll, err);
}

enum err_code poll_body(struct reader *reader, void *context, struct err *err)
{
    struct poll *poll = context;
    const struct follower *follower = poll->follower;
    forget(poll);
    poll->last_run = follower->last_run;
    poll->last_call = follower->last_call;
    poll->last_question = follower->last_question;
    poll->rows = -1;
    poll->until = clock_ms() + SLICE_MS;
    poll->is_more = false;
    enum err_code code = ERR_OK;
    poll->is_outgrown = reader->schema_version != follower->schema_version ||
                        reader->mark.main.device != follower->device ||
                        reader->mark.main.inode != follower->inode || !is_same_last(reader, poll, &code, err);
    poll->content = reader->content;
    poll->is_same = !poll->want_count && poll->content && poll->content == follower->content;
    if (code || poll->is_outgrown || poll->is_same)
        return code;
    code = see_all(reader, poll, err);
    if (!code && poll->want_count && !poll->is_more)
        code = count_rows(reader, poll, err);
    return code;
}
