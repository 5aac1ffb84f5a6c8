/*
 * The projection: index after index of the table read into the columns in memory, in slices short enough that no transaction holds up
 * the writer's WAL. Each of the four single-column indices is covering, so no row of the table is touched but those of one
 * millisecond, whose order only their ids tell.
 *
 * The table may change between slices. What was added is left to the follower, which begins from a state taken before the first
 * slice; what was deleted is simply not found. Runs that could still change at the beginning are looked at once more after their
 * statuses have been read, because a change from one status to another can slip between two slices.
 */
#include "data/sqlite/source_sqlite_builder.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

struct builder *builder_new(struct run_index *index, struct follower *follower)
{
    struct builder *builder = mem_new_array(1, sizeof *builder);
    builder->index = index;
    builder->follower = follower;
    arena_init(&builder->arena);
    run_index_reset(index);
    return builder;
}

void builder_free(struct builder *builder)
{
    if (!builder)
        return;
    build_words_release(builder);
    arena_release(&builder->arena);
    free(builder->text);
    free(builder->call_codes);
    free(builder);
}

bool builder_is_done(const struct builder *builder)
{
    return builder->phase == PHASE_DONE;
}

bool builder_can_follow(const struct builder *builder)
{
    return builder->phase > PHASE_CATCH_UP;
}

/* ---- reading a batch ---- */

void batch_begin(struct builder *builder)
{
    arena_release(&builder->arena);
    builder->count = 0;
    builder->is_end = false;
}

static bool is_batch_full(const struct builder *builder, int64_t until)
{
    return builder->count == BATCH ||
           (builder->count % CLOCK_EVERY == 0 && builder->count && clock_ms() >= until);
}

/* Rows of one key follow each other: they share its copy. */
static struct text next_text(struct builder *builder, struct text text)
{
    size_t n = builder->count;
    bool is_again = n && text_eq(text, builder->texts[n - 1]);
    return is_again ? builder->texts[n - 1] : arena_text(&builder->arena, text);
}

/* Steps a statement whose columns 0 and 1 are numbers, and 2, where asked for, a text. */
enum err_code batch_fill(struct reader *reader, struct builder *builder, sqlite3_stmt *statement,
                         bool has_text, struct err *err)
{
    int64_t until = clock_ms() + SLICE_MS;
    enum err_code code = ERR_OK;
    while (!is_batch_full(builder, until)) {
        if (!reader_step(reader, statement, &code, err)) {
            builder->is_end = !code;
            return code;
        }
        size_t at = builder->count;
        builder->rows[at] = (struct index_row){.created_at = sqlite3_column_int64(statement, 0),
                                               .rowid = sqlite3_column_int64(statement, 1)};
        builder->texts[at] = has_text ? next_text(builder, column_borrow(statement, 2)) : TEXT_NULL;
        builder->count++;
    }
    return ERR_OK;
}

/* ---- created_at ---- */

#define CREATED_BY_INDEX                                                                                     \
    "SELECT created_at, rowid FROM execution WHERE created_at <= ?1 AND (created_at < ?1 OR rowid < ?2) "    \
    "ORDER BY created_at DESC, rowid DESC"
#define CREATED_BY_TABLE                                                                                     \
    "SELECT created_at, rowid FROM execution WHERE ?1 = ?1 AND rowid < ?2 "                                  \
    "AND created_at <= 9223372036854775807 ORDER BY rowid DESC"

static enum err_code created_body(struct reader *reader, void *context, struct err *err)
{
    struct builder *builder = context;
    batch_begin(builder);
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        reader, reader->has_created_index ? CREATED_BY_INDEX : CREATED_BY_TABLE, &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, builder->created);
    sqlite3_bind_int64(statement, 2, builder->rowid);
    code = batch_fill(reader, builder, statement, false, err);
    sqlite3_finalize(statement);
    return code;
}

static enum err_code step_start(struct builder *builder, const struct reading *reading, struct err *err)
{
    enum err_code code = follower_start(builder->follower, reading, err);
    builder->created = INT64_MAX;
    builder->rowid = INT64_MAX;
    if (!code)
        builder->phase = PHASE_CREATED;
    return code;
}

static enum err_code step_created(struct builder *builder, const struct reading *reading, struct err *err)
{
    enum err_code code = source_read(reading, created_body, builder, err);
    if (!code && builder->count)
        code = run_index_load(builder->index, builder->rows, builder->count, err);
    if (code)
        return code;
    if (builder->count) {
        builder->created = builder->rows[builder->count - 1].created_at;
        builder->rowid = builder->rows[builder->count - 1].rowid;
    }
    if (builder->is_end) {
        run_index_seal(builder->index);
        builder->tie = (struct index_tie){0};
        builder->has_tie = run_index_next_tie(builder->index, &builder->tie);
        builder->phase = PHASE_TIES;
    }
    return ERR_OK;
}

/* ---- ties ---- */

/* A run of one millisecond; a run that is gone has no id and stands first. */
struct tied {
    int64_t rowid;
    struct text id;
};

static int by_id(const void *a, const void *b)
{
    const struct tied *x = a, *y = b;
    int order = text_cmp(x->id, y->id);
    return order ? order : (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

struct tie_job {
    const struct builder *builder;
    struct tied *runs;
    size_t count, read; /* slices of a very large group */
    struct arena arena;
};

static enum err_code tie_body(struct reader *reader, void *context, struct err *err)
{
    struct tie_job *job = context;
    int64_t until = clock_ms() + SLICE_MS;
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, "SELECT id FROM execution WHERE rowid = ?", &statement, err);
    while (!code && job->read < job->count && (job->read % CLOCK_EVERY || clock_ms() < until)) {
        sqlite3_bind_int64(statement, 1, job->runs[job->read].rowid);
        if (reader_step(reader, statement, &code, err))
            job->runs[job->read].id = column_text(statement, 0, &job->arena);
        sqlite3_reset(statement);
        job->read += !code;
    }
    sqlite3_finalize(statement);
    return code;
}

/* Takes as many groups as a slice has room for, so that many pairs do not cost a transaction each. */
static size_t collect_ties(struct builder *builder, struct index_tie *ties, size_t max, size_t *groups)
{
    size_t runs = 0;
    *groups = 0;
    while (builder->has_tie && *groups < max && (runs == 0 || runs + builder->tie.count <= BATCH)) {
        ties[(*groups)++] = builder->tie;
        runs += builder->tie.count;
        builder->has_tie = run_index_next_tie(builder->index, &builder->tie);
    }
    return runs;
}

static void order_ties(struct builder *builder, struct tie_job *job, const struct index_tie *ties,
                       size_t groups)
{
    int64_t *rowids = mem_new_array(job->count, sizeof *rowids);
    size_t at = 0;
    for (size_t g = 0; g < groups; g++) {
        qsort(job->runs + at, ties[g].count, sizeof *job->runs, by_id);
        for (size_t i = 0; i < ties[g].count; i++)
            rowids[i] = job->runs[at + i].rowid;
        bool is_ordered = run_index_order_tie(builder->index, &ties[g], rowids);
        (void)
            is_ordered; /* else a rowid came twice, in a table that was edited meanwhile: it stays in rowid order */
        at += ties[g].count;
    }
    free(rowids);
}

enum { TIES_A_SLICE = 4096 };

static enum err_code read_ties(struct builder *builder, const struct reading *reading,
                               const struct index_tie *ties, size_t groups, struct tie_job *job,
                               struct err *err)
{
    size_t at = 0;
    for (size_t g = 0; g < groups; g++)
        for (uint32_t i = 0; i < ties[g].count; i++)
            job->runs[at++].rowid = run_index_rowid(builder->index, ties[g].first + i);
    enum err_code code = ERR_OK;
    while (!code && job->read < job->count)
        code = source_read(reading, tie_body, job, err);
    if (!code)
        order_ties(builder, job, ties, groups);
    return code;
}

static enum err_code step_ties(struct builder *builder, const struct reading *reading, struct err *err)
{
    if (!builder->has_tie) {
        run_index_publish(builder->index);
        builder->phase = PHASE_STATUS;
        return ERR_OK;
    }
    struct index_tie before = builder->tie;
    struct index_tie *ties = mem_new_array(TIES_A_SLICE, sizeof *ties);
    size_t groups;
    struct tie_job job = {.builder = builder, .count = collect_ties(builder, ties, TIES_A_SLICE, &groups)};
    job.runs = mem_new_array(job.count, sizeof *job.runs);
    arena_init(&job.arena);
    enum err_code code = read_ties(builder, reading, ties, groups, &job, err);
    if (code) {
        builder->tie = before;
        builder->has_tie = true;
    }
    arena_release(&job.arena);
    free(job.runs);
    free(ties);
    return code;
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

enum err_code builder_step(struct builder *builder, const struct reading *reading, struct err *err)
{
    switch (builder->phase) {
    case PHASE_START: return step_start(builder, reading, err);
    case PHASE_CREATED: return step_created(builder, reading, err);
    case PHASE_TIES: return step_ties(builder, reading, err);
    case PHASE_STATUS: return build_words(builder, reading, COLUMN_STATUS, err);
    case PHASE_CATCH_UP: return step_catch_up(builder, reading, err);
    case PHASE_TRIGGER: return build_words(builder, reading, COLUMN_TRIGGER, err);
    case PHASE_SCOPE: return build_words(builder, reading, COLUMN_SCOPE, err);
    case PHASE_QUESTIONS: return build_questions(builder, reading, err);
    case PHASE_PATHS: return build_paths(builder, reading, err);
    case PHASE_CALLS: return build_calls(builder, reading, err);
    case PHASE_DONE: return ERR_OK;
    }
    return ERR_OK;
}
