/*
 * Groups of one millisecond that the walk along the ids left: a run of theirs stands under no scope, or its id is no text, or it is gone. Their ids are
 * read from the table.
 */
#include "data/sqlite/source_sqlite_builder.h"

#include "data/base/die.h"

#include <stdlib.h>

enum { CLOCK_EVERY = 512, RUNS_A_SLICE = 20000, TIES_A_SLICE = 4096 };

/* A run of one millisecond; a run that is gone has no id and stands first. */
struct tied {
    int64_t rowid;
    struct text id;
    bool is_blob; /* SQLite has them behind all texts */
};

static int by_id(const void *a, const void *b)
{
    const struct tied *x = a, *y = b;
    if (x->is_blob != y->is_blob)
        return x->is_blob ? 1 : -1;
    int order = text_cmp(x->id, y->id);
    return order ? order : (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

struct tie_job {
    struct index_tie *ties;
    size_t groups;
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
        if (reader_step(reader, statement, &code, err)) {
            job->runs[job->read].is_blob = sqlite3_column_type(statement, 0) == SQLITE_BLOB;
            job->runs[job->read].id = column_text(statement, 0, &job->arena);
        }
        sqlite3_reset(statement);
        job->read += !code;
    }
    sqlite3_finalize(statement);
    return code;
}

/* As many groups as a slice has room for, so that many pairs do not cost a transaction each. */
static void collect_ties(struct builder *builder, struct tie_job *job)
{
    while (builder->has_tie && job->groups < TIES_A_SLICE &&
           (job->count == 0 || job->count + builder->tie.count <= RUNS_A_SLICE)) {
        job->ties[job->groups++] = builder->tie;
        job->count += builder->tie.count;
        builder->has_tie = run_index_ties_left(builder->ties, &builder->tie);
    }
    job->runs = mem_new_array(job->count, sizeof *job->runs);
    size_t at = 0;
    for (size_t g = 0; g < job->groups; g++)
        for (uint32_t i = 0; i < job->ties[g].count; i++)
            job->runs[at++].rowid = run_index_rowid(builder->index, job->ties[g].first + i);
}

static void order_ties(struct builder *builder, struct tie_job *job)
{
    int64_t *rowids = mem_new_array(job->count, sizeof *rowids);
    size_t at = 0;
    for (size_t g = 0; g < job->groups; g++) {
        size_t count = job->ties[g].count;
        qsort(job->runs + at, count, sizeof *job->runs, by_id);
        for (size_t i = 0; i < count; i++)
            rowids[i] = job->runs[at + i].rowid;
        bool is_ordered = run_index_order_tie(builder->index, &job->ties[g], rowids);
        (void)
            is_ordered; /* else a rowid came twice, in a table that was edited meanwhile: it stays in rowid order */
        at += count;
    }
    free(rowids);
}

static enum err_code read_ties(struct builder *builder, const struct reading *reading, struct err *err)
{
    struct tie_job job = {.ties = mem_new_array(TIES_A_SLICE, sizeof *job.ties)};
    struct index_tie before = builder->tie;
    arena_init(&job.arena);
    collect_ties(builder, &job);
    enum err_code code = ERR_OK;
    while (!code && job.read < job.count)
        code = source_read(reading, tie_body, &job, err);
    if (!code) {
        order_ties(builder, &job);
    } else {
        builder->tie = before;
        builder->has_tie = true;
    }
    arena_release(&job.arena);
    free(job.runs);
    free(job.ties);
    return code;
}

enum err_code build_ties(struct builder *builder, const struct reading *reading, struct err *err)
{
    if (builder->has_tie)
        return read_ties(builder, reading, err);
    if (builder->ties)
        run_index_ties_order(builder->index, builder->ties);
    run_index_ties_free(builder->ties);
    builder->ties = NULL;
    run_index_publish(builder->index);
    builder->phase = PHASE_PATHS;
    return ERR_OK;
}
