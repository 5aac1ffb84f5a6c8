/*
 * A writer of 500 runs a second, alone and beside the program in live mode: it must not feel that anybody reads.
 */
#include "bench/bench_screen.h"

#include "bench/writer.h"

#include <stdio.h>

enum { RATE = 500, SECONDS = 12, IDLE_SECONDS = 6 };

static bool has_written(struct pty *pty, void *arg)
{
    (void)pty;
    struct writer_result *result = ((void **)arg)[1];
    return writer_take(((void **)arg)[0], result);
}

static bool is_past(struct pty *pty, void *until_ns)
{
    (void)pty;
    return now_ns() >= *(int64_t *)until_ns;
}

/* Keeps the terminal drained all the while. */
static void let_pass(struct stand *stand, int seconds)
{
    int64_t until_ns = now_ns() + (int64_t)seconds * 1000000000;
    pty_wait(stand->pty, is_past, &until_ns, seconds * 2000);
}

static struct writer_result write_beside(struct stand *stand, const char *path)
{
    struct writer writer;
    struct writer_result result = {0};
    void *both[] = {&writer, &result};
    writer_start(&writer, path, RATE, SECONDS);
    pty_wait(stand->pty, has_written, both, SECONDS * 10000);
    return result;
}

static void say_writer(struct bench *bench, const char *what, const struct writer_result *result)
{
    struct row *row = table_add(&bench->table, what);
    cell_set(row->measured, "commit %.3f ms, worst %.1f; -wal %.2f MB; %d locks met", result->median_ms,
             result->worst_ms, (double)result->wal_bytes / 1e6, result->busy);
}

static void say_share(struct bench *bench, const char *what, double cpu_ms, double seconds, size_t bytes)
{
    struct row *row = table_add(&bench->table, what);
    double share = cpu_ms / seconds / 10;
    cell_set(row->measured, "%.2f %% of a core, %.0f bytes/s to the terminal", share,
             (double)bytes / seconds);
    row_target(row, "< 1 % of a core", share < 1);
}

void bench_live(struct bench *bench)
{
    const char *path = bench->files[FILE_WRITTEN].path;
    struct stand stand;
    writer_undo(path);
    stand_start(&stand, bench->echo, "", false); /* alone: the bench waits the same way */
    struct writer_result alone = write_beside(&stand, path);
    stand_stop(&stand);
    writer_undo(path);

    stand_start(&stand, bench->program, path, false);
    stand_until_exact(&stand);
    pty_keys(stand.pty, "j");
    stand_rest(&stand, 500);
    double cpu = stand_cpu_ms(&stand);
    size_t bytes = stand_bytes(&stand);
    let_pass(&stand, IDLE_SECONDS);
    say_share(bench, "live, nobody writes", stand_cpu_ms(&stand) - cpu, IDLE_SECONDS,
              stand_bytes(&stand) - bytes);

    cpu = stand_cpu_ms(&stand);
    bytes = stand_bytes(&stand);
    struct writer_result beside = write_beside(&stand, path);
    say_share(bench, "live, 500 runs a second come in", stand_cpu_ms(&stand) - cpu, SECONDS,
              stand_bytes(&stand) - bytes);
    stand_stop(&stand);
    writer_undo(path);

    say_writer(bench, "writer, 500 runs a second, alone", &alone);
    say_writer(bench, "writer, 500 runs a second, beside live mode", &beside);
    row_target(&bench->table.rows[bench->table.count - 1], "as alone, no lock met",
               beside.busy == 0 && beside.wal_bytes <= alone.wal_bytes * 11 / 10);
}
