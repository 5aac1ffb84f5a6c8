/*
 * The projection: index after index of the tables read into the columns in memory, in slices short enough that no transaction holds up
 * the writer's WAL. The indices are covering, so no row of a table is touched but those of one millisecond whose place the primary key
 * does not tell.
 *
 * First what the screen counts by: times, statuses, triggers. Counting needs no order among the runs of one millisecond, lists do: it comes with the first
 * walk along the ids.
 *
 * The tables may change between slices. What was added is left to the follower, which begins from a state taken before the first
 * slice; what was deleted is simply not found. Runs that could still change at the beginning are looked at once more after their
 * statuses have been read, because a change from one status to another can slip between two slices.
 */
#include "data/sqlite/source_sqlite_builder.h"
#include "data/sqlite/source_sqlite_image.h"
#include "data/sqlite/source_sqlite_poll.h"

#include "data/base/die.h"

#include <stdlib.h>

enum { COUNTED_MAX = 5000000 };

struct builder *builder_new(struct run_index *index, struct follower *follower)
{
    struct builder *builder = mem_new_array(1, sizeof *builder);
    builder->index = index;
    builder->follower = follower;
    run_index_reset(index);
    return builder;
}

static void release_feed(struct builder *builder)
{
    if (builder->has_feed)
        feed_release(&builder->feed);
    builder->has_feed = false;
}

void builder_free(struct builder *builder)
{
    if (!builder)
        return;
    release_feed(builder);
    build_words_release(builder);
    id_merge_release(&builder->merge);
    run_index_ties_free(builder->ties);
    free(builder->codes.dense);
    free(builder->codes.sparse);
    free(builder);
}

bool builder_is_done(const struct builder *builder)
{
    return builder->phase == PHASE_DONE;
}

bool builder_can_follow(const struct builder *builder)
{
    return builder->phase > PHASE_TIES;
}

/* ---- reading ---- */

struct guarded {
    struct builder *builder;
    reader_body body;
    void (*restart)(struct builder *);
};

static enum err_code guarded_body(struct reader *reader, void *context, struct err *err)
{
    struct guarded *guarded = context;
    struct builder *builder = guarded->builder;
    if (builder->is_reading)
        guarded->restart(builder);
    builder->is_reading = true;
    builder->image = (struct feed_image){0};
    enum err_code code = ERR_OK;
    if (!builder->is_by_sql && builder->broken_phase != builder->phase &&
        !reader->reading->source->options.no_images)
        code = image_open(reader, &builder->image.image, err);
    if (!code)
        code = guarded->body(reader, builder, err);
    builder->had_image |= builder->image.batches > 0;
    image_close(builder->image.image);
    builder->image.image = NULL;
    return code;
}

enum err_code builder_reads(struct builder *builder, const struct reading *reading, reader_body body,
                            void (*restart)(struct builder *), struct err *err)
{
    struct guarded guarded = {builder, body, restart};
    enum err_code code = source_read(reading, guarded_body, &guarded, err);
    if (builder->image.is_broken)
        builder->broken_phase = builder->phase;
    if (!code)
        builder->is_reading = builder->image.is_broken;
    return code;
}

/* ---- created_at ---- */

static void restart_created(struct builder *builder)
{
    run_index_reset(builder->index);
    feed_restart(&builder->feed);
}

static enum err_code load_batch(struct builder *builder, struct err *err)
{
    struct index_row rows[FEED_ENTRIES];
    for (size_t i = 0; i < builder->feed.count; i++)
        rows[i] = (struct index_row){.created_at = (int64_t)builder->feed.entries[i].number,
                                     .rowid = builder->feed.entries[i].rowid};
    return run_index_load(builder->index, rows, builder->feed.count, err);
}

static enum err_code created_body(struct reader *reader, void *context, struct err *err)
{
    struct builder *builder = context;
    int64_t until = clock_ms() + SLICE_MS;
    if (!builder->has_feed) {
        feed_init(&builder->feed, reader->has_created_index ? FEED_CREATED : FEED_CREATED_BY_ROWID, TEXT_NULL,
                  FEED_ENTRIES);
        builder->has_feed = true;
    }
    enum err_code code = feed_begin(&builder->feed, reader, &builder->image, err);
    while (!code && !builder->feed.is_end && clock_ms() < until) {
        code = feed_fill(&builder->feed, until, err);
        if (!code)
            code = load_batch(builder, err);
    }
    feed_end(&builder->feed);
    return code;
}

static enum err_code step_start(struct builder *builder, const struct reading *reading, struct err *err)
{
    enum err_code code = follower_start(builder->follower, reading, err);
    builder->last_call = builder->follower->last_call;
    if (!code)
        builder->phase = PHASE_CREATED;
    return code;
}

static enum err_code step_created(struct builder *builder, const struct reading *reading, struct err *err)
{
    enum err_code code = builder_reads(builder, reading, created_body, restart_created, err);
    if (code || builder->is_reading || !builder->feed.is_end)
        return code;
    release_feed(builder);
    run_index_publish_unordered(builder->index);
    builder->phase = PHASE_STATUS;
    return ERR_OK;
}

/* ---- the phases ---- */

static enum err_code step_catch_up(struct builder *builder, const struct reading *reading, struct err *err)
{
    struct poll_result result;
    enum err_code code = follower_poll(builder->follower, builder->index, reading, false, &result, err);
    if (!code)
        builder->phase = PHASE_TRIGGER;
    return code;
}

struct run_number {
    int64_t last_run, count;
};

/* The runs that have a time and were there at the last look. */
#define WITH_TIME " AND +created_at <= 9223372036854775807"
static enum err_code number_body(struct reader *reader, void *context, struct err *err)
{
    struct run_number *number = context;
    int64_t all = 0, odd = 0, fresh = 0;
    char sql[120];
    sqlite3_snprintf(sizeof sql, sql, "SELECT count(*) FROM execution WHERE rowid > %lld" WITH_TIME,
                     (long long)number->last_run);
    enum err_code code = reader_number(reader, "SELECT count(*) FROM execution", &all, err);
    if (!code && reader->has_created_index)
        code =
            reader_number(reader,
                          "SELECT (SELECT count(*) FROM execution WHERE created_at > 9223372036854775807) + "
                          "(SELECT count(*) FROM execution WHERE created_at IS NULL)",
                          &odd, err);
    if (!code)
        code = reader_number(reader, sql, &fresh, err);
    number->count = all - odd - fresh;
    return code;
}

/* What was read by an image is compared with the whole once more: there are as many runs as the table has. Where it is so large that counting it takes
 * longer than a transaction may, that is left to the follower. */
static enum err_code step_proof(struct builder *builder, const struct reading *reading, struct err *err)
{
    size_t count = run_index_count(builder->index);
    struct run_number number = {builder->follower->last_run, (int64_t)count};
    enum err_code code = ERR_OK;
    if (builder->had_image && count <= COUNTED_MAX)
        code = source_read(reading, number_body, &number, err);
    if (code)
        return code;
    bool is_proven = number.count == (int64_t)count;
    builder->phase = is_proven ? PHASE_DONE : PHASE_START;
    if (is_proven) {
        run_index_complete(builder->index, COLUMN_TOOLS, 0); /* the last column, for then all is done */
        return ERR_OK;
    }
    builder->is_by_sql = true;
    builder->had_image = false;
    run_index_reset(builder->index);
    return ERR_OK;
}

enum err_code builder_step(struct builder *builder, const struct reading *reading, struct err *err)
{
    switch (builder->phase) {
    case PHASE_START: return step_start(builder, reading, err);
    case PHASE_CREATED: return step_created(builder, reading, err);
    case PHASE_CATCH_UP: return step_catch_up(builder, reading, err);
    case PHASE_STATUS:
    case PHASE_TRIGGER:
    case PHASE_SCOPE: return build_words(builder, reading, err);
    case PHASE_QUESTIONS: return build_questions(builder, reading, err);
    case PHASE_TIES: return build_ties(builder, reading, err);
    case PHASE_PATHS: return build_paths(builder, reading, err);
    case PHASE_CALLS: return build_calls(builder, reading, err);
    case PHASE_PROOF: return step_proof(builder, reading, err);
    case PHASE_DONE: return ERR_OK;
    }
    return ERR_OK;
}
