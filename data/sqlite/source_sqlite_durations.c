/*
 * Durations stand in no index: they need the rows themselves, and those behind their payloads. So they are read only where somebody asks
 * for them, or the file is small, and newest first.
 */
#include "data/sqlite/source_sqlite_build.h"

#include "data/base/die.h"
#include "data/sqlite/source_sqlite_columns.h"

#include <stdlib.h>

enum { DURATIONS_BATCH = 1 << 15, CLOCK_EVERY = 16 };

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

static int64_t time_of(const struct btree_value *value)
{
    return value->type == BTREE_NULL ? TIME_NONE : value->integer;
}

static enum err_code read_durations(struct duration_job *job, struct row_columns *columns, int64_t until,
                                    struct err *err)
{
    enum err_code code = ERR_OK;
    for (job->done = 0; !code && job->done < job->count && (job->done % CLOCK_EVERY || clock_ms() < until);
         job->done += !code) {
        const struct index_row *row = &job->rows[job->done];
        code = row_columns_find(columns, row->rowid, err);
        struct run run = {.started_at = time_of(&columns->values[0]),
                          .completed_at = time_of(&columns->values[1])};
        job->durations[job->done] = (struct index_duration){*row, run_duration(&run)};
    }
    return code;
}

static enum err_code durations_body(struct reader *reader, void *context, struct err *err)
{
    static const char *const names[] = {"started_at", "completed_at"};
    struct duration_job *job = context;
    int64_t until = clock_ms() + SLICE_MS;
    struct row_columns columns;
    enum err_code code = row_columns_start(&columns, reader, names, 2, BTREE_INTEGER, err);
    if (!code)
        code = read_durations(job, &columns, until, err);
    if (!code && row_columns_must_start_over(&columns))
        code = read_durations(job, &columns, until, err);
    row_columns_end(&columns);
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
