/*
 * Bringing the index up to date with what a look at the table found. Where it cannot follow (another file, another schema, rows gone, the
 * last rowid used again) it says so, and the projection is made anew.
 */
#include "data/sqlite/source_sqlite_poll.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    enum err_code code = reader_recall(reader, "SELECT id FROM execution WHERE rowid = ?", &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, question->rowid);
    if (reader_step(reader, statement, &code, err))
        question->order = text_cmp(column_borrow(statement, 0), question->id);
    reader_put_back(reader, statement);
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

static size_t count_up_to(const struct open_run *runs, size_t count, int64_t rowid)
{
    while (count && runs[count - 1].rowid > rowid)
        count--;
    return count;
}

/* What has changed above read_to has not been read again: there the follower's old idea stays, so that the next look finds it changed. */
static void keep_open_runs(struct poll *poll)
{
    struct follower *follower = poll->follower;
    size_t seen = count_up_to(poll->open, poll->open_count, poll->read_to);
    size_t old = count_up_to(follower->known, follower->known_count, poll->read_to);
    size_t left = follower->known_count - old;
    struct open_run *known = mem_new_array(seen + left, sizeof *known);
    if (seen)
        memcpy(known, poll->open, seen * sizeof *known);
    if (left)
        memcpy(known + seen, follower->known + old, left * sizeof *known);
    free(follower->known);
    follower->known = known;
    follower->known_count = seen + left;
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
        free((char *)follower->last_id.s);
        follower->last_id = (struct text){mem_strndup(id.s ? id.s : "", id.n), id.n};
    }
    if (poll->rows >= 0) {
        follower->counted_at = clock_ms();
        follower->count_took = poll->count_took;
        result->is_outgrown |= (size_t)poll->rows != run_index_count(poll->index);
    }
    return ERR_OK;
}

static enum err_code poll_once(struct poll *poll, const struct reading *reading, struct poll_result *result,
                               struct err *err)
{
    struct follower *follower = poll->follower;
    enum err_code code = source_read(reading, poll_body, poll, err);
    if (!code && poll->is_outgrown)
        result->is_outgrown = true;
    else if (!code && poll->is_same)
        result->is_same = true;
    else if (!code)
        code = take_over(poll, reading, result, err);
    if (!code)
        follower->content = poll->is_more ? 0 : poll->content;
    return code;
}

static enum err_code poll_suspects(struct poll *poll, const struct reading *reading,
                                   struct poll_result *result, struct err *err)
{
    enum err_code code = source_read(reading, poll_suspects_body, poll, err);
    if (!code && poll->is_outgrown)
        result->is_outgrown = true;
    else if (!code && poll->run_count)
        code = merge_runs(poll, reading, result, err);
    if (!code)
        poll->follower->suspects_seen += poll->touched_count;
    return code;
}

/* There may be very much to catch up with, and the writer's WAL needs its moment in which nobody reads. */
static void leave_gap(int64_t *begun)
{
    if (clock_ms() - *begun < BUSY_STRETCH_MS)
        return;
    usleep(GAP_MS * 1000);
    *begun = clock_ms();
}

enum err_code follower_poll(struct follower *follower, struct run_index *index, const struct reading *reading,
                            bool want_count, struct poll_result *result, struct err *err)
{
    *result = (struct poll_result){.is_changed = false};
    struct poll poll = {.follower = follower, .index = index, .want_count = want_count};
    arena_init(&poll.arena);
    if (!follower->has_polled && !follower->suspects_seen)
        suspect_open_runs(follower, index);
    int64_t begun = clock_ms();
    enum err_code code = ERR_OK;
    while (!code && !result->is_outgrown && follower->suspects_seen < follower->suspect_count) {
        code = poll_suspects(&poll, reading, result, err);
        leave_gap(&begun);
    }
    do {
        if (!code && !result->is_outgrown)
            code = poll_once(&poll, reading, result, err);
        leave_gap(&begun);
    } while (!code && poll.is_more && !result->is_outgrown);
    follower->has_polled |= !code;
    arena_release(&poll.arena);
    return code;
}
