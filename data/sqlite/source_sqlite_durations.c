/*
 * Durations stand in no index: they need the rows themselves, and those behind their payloads. So they are read only where somebody asks
 * for them, or the file is small, and newest first.
 */
#include "data/sqlite/source_sqlite_build.h"

#include "data/base/die.h"
#include "data/sqlite/source_sqlite_step.h"

#include <stdlib.h>

enum { DURATIONS_BATCH = 8000 };

struct duration_job {
    struct index_row rows[DURATIONS_BATCH];
    struct index_duration durations[DURATIONS_BATCH];
    size_t count, done;
};

static int by_rowid(const void *a, const void *b)
{
    const struct index_row *x = a, *y = b;
    return (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

static enum err_code durations_body(struct reader *reader, void *context, struct err *err)
{
    struct duration_job *job = context;
    int64_t until = clock_ms() + SLICE_MS;
    struct row_steps steps;
    enum err_code code = row_steps_start(
        &steps, reader,
        "SELECT rowid, started_at, completed_at FROM execution WHERE rowid >= ? ORDER BY rowid", err);
    for (job->done = 0; !code && job->done < job->count && (job->done % 16 || clock_ms() < until);
         job->done += !code) {
        const struct index_row *row = &job->rows[job->done];
        struct run run = {.started_at = TIME_NONE, .completed_at = TIME_NONE};
        if (row_steps_find(&steps, row->rowid, &code, err)) {
            run.started_at = column_time(steps.statement, 1);
            run.completed_at = column_time(steps.statement, 2);
        }
        job->durations[job->done] = (struct index_duration){*row, run_duration(&run)};
    }
    row_steps_end(&steps);
    return code;
}

/* The newest runs without a duration, by ascending rowid: reading a table backwards is slow. */
static size_t next_without_duration(struct run_index *index, struct index_row *rows)
{
    run_index_lock(index);
    size_t count = 0;
    uint32_t to = (uint32_t)run_index_count(index);
    while (to && count < DURATIONS_BATCH) {
        uint32_t from = to > 1024 ? to - 1024 : 0;
        size_t missing = run_index_durations_missing(index, from, to);
        for (uint32_t at = to; missing && at-- > from && count < DURATIONS_BATCH;) {
            int64_t ignored;
            if (!run_index_duration(index, at, &ignored))
                count += run_index_rows(index, at, 1, &rows[count]);
        }
        to = from;
    }
    run_index_unlock(index);
    return count;
}

enum err_code durations_step(struct run_index *index, const struct reading *reading, bool *is_done,
                             struct err *err)
{
    struct duration_job *job = mem_new(sizeof *job);
    job->count = next_without_duration(index, job->rows);
    *is_done = job->count == 0;
    enum err_code code = ERR_OK;
    if (job->count) {
        qsort(job->rows, job->count, sizeof *job->rows, by_rowid);
        code = source_read(reading, durations_body, job, err);
        if (!code)
            run_index_put_durations(index, job->durations, job->done);
    }
    free(job);
    return code;
}
