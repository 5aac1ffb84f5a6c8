/*
 * A writer of 500 changes a second, alone and beside the program: it must not feel that anybody reads, neither while the columns are loaded nor
 * in live mode.
 */
#include "bench/bench_screen.h"

#include "bench/lockwatch.h"
#include "bench/writer.h"

#include <stdio.h>

enum { RATE = 500, SECONDS = 20, LOAD_SECONDS = 10, IDLE_SECONDS = 8, READ_MS = 100, GAP_MS = 20 };

struct beside {
    struct writer_result writer;
    struct lockwatch_result locks;
    double cpu_ms, ui_ms;
    size_t bytes;
};

static bool has_written(struct pty *pty, void *arg)
{
    (void)pty;
    struct writer_result *result = ((void **)arg)[1];
    return writer_take(((void **)arg)[0], result);
}

static struct beside write_beside(struct stand *stand, const char *path, int seconds)
{
    struct beside beside = {0};
    struct writer writer;
    struct lockwatch watch;
    void *both[] = {&writer, &beside.writer};
    double cpu = stand_cpu_ms(stand), ui = stand_ui_cpu_ms(stand);
    size_t bytes = stand_bytes(stand);
    lockwatch_start(&watch, path, pty_pid(stand->pty));
    writer_start(&writer, path, RATE, seconds);
    pty_wait(stand->pty, has_written, both, seconds * 10000);
    beside.cpu_ms = stand_cpu_ms(stand) - cpu;
    beside.ui_ms = stand_ui_cpu_ms(stand) - ui;
    beside.bytes = stand_bytes(stand) - bytes;
    beside.locks = lockwatch_stop(&watch);
    return beside;
}

static void say_writer(struct bench *bench, const char *what, const struct beside *beside,
                       const struct beside *alone)
{
    struct row *row = table_add(&bench->table, what);
    const struct writer_result *writer = &beside->writer;
    cell_set(row->measured, "commit %.3f ms, worst %.1f; -wal %.2f MB; %d locks met", writer->median_ms,
             writer->worst_ms, (double)beside->locks.wal_bytes / 1e6, writer->busy);
    if (alone) {
        cell_set(row->yardstick, "alone: -wal %.2f MB", (double)alone->locks.wal_bytes / 1e6);
        row_target(row, "-wal as alone, no lock met",
                   writer->busy == 0 && beside->locks.wal_bytes <= alone->locks.wal_bytes * 11 / 10);
    }
    if (!writer->commits)
        row_fail(row, "the writer did not come to its end");
}

static void say_readings(struct bench *bench, const char *what, const struct lockwatch_result *locks,
                         bool has_gap_target)
{
    struct row *row = table_add(&bench->table, what);
    cell_set(row->measured, "at most %.0f ms; every second a pause of %.0f ms or more", locks->longest_ms,
             locks->worst_gap_ms);
    cell_set(row->yardstick, "reads %.0f %% of the time; %.0f looks a second", locks->share * 100,
             locks->looks_a_second);
    row_target(row, has_gap_target ? "≤ 100 ms, pause ≥ 20 ms" : "≤ 100 ms",
               locks->longest_ms <= READ_MS && (!has_gap_target || locks->worst_gap_ms >= GAP_MS));
}

static void say_share(struct bench *bench, const char *what, double cpu_ms, double ui_ms, double seconds,
                      size_t bytes)
{
    struct row *row = table_add(&bench->table, what);
    double share = cpu_ms / seconds / 10;
    cell_set(row->measured, "%.2f %% of a core (drawing %.2f), %.0f bytes/s to the terminal", share,
             ui_ms / seconds / 10, (double)bytes / seconds);
    row_target(row, "≤ 0.5 % of a core", share <= 0.5);
}

static struct beside measure_alone(struct bench *bench, const char *path)
{
    struct stand stand;
    writer_undo(path);
    stand_start(&stand, bench->echo, "", false); /* alone: the bench waits the same way */
    struct beside alone = write_beside(&stand, path, SECONDS);
    stand_stop(&stand);
    writer_undo(path);
    return alone;
}

static struct beside measure_loading(struct bench *bench, const char *path)
{
    struct stand stand;
    stand_start(&stand, bench->program, path, false);
    struct beside loading = write_beside(&stand, path, LOAD_SECONDS);
    stand_stop(&stand);
    writer_undo(path);
    return loading;
}

static struct beside measure_live(struct bench *bench, const char *path)
{
    struct stand stand;
    stand_start(&stand, bench->program, path, false);
    stand_until_exact(&stand);
    pty_keys(stand.pty, "j");
    stand_rest(&stand, 500);
    double cpu = stand_cpu_ms(&stand), ui = stand_ui_cpu_ms(&stand);
    size_t bytes = stand_bytes(&stand);
    stand_let_pass(&stand, IDLE_SECONDS * 1000);
    say_share(bench, "live, nobody writes", stand_cpu_ms(&stand) - cpu, stand_ui_cpu_ms(&stand) - ui,
              IDLE_SECONDS, stand_bytes(&stand) - bytes);
    struct beside live = write_beside(&stand, path, SECONDS);
    stand_stop(&stand);
    return live;
}

void bench_live(struct bench *bench)
{
    const char *path = bench_file(bench, FILE_WRITTEN)->path;
    struct beside alone = measure_alone(bench, path);
    struct beside loading = measure_loading(bench, path);
    struct beside live = measure_live(bench, path);
    writer_undo(path);
    say_share(bench, "live, 500 changes a second come in", live.cpu_ms, live.ui_ms, SECONDS, live.bytes);
    say_readings(bench, "longest read transaction, live, 500 changes a second", &live.locks, true);
    say_readings(bench, "longest read transaction, start to exact beside the writer", &loading.locks, true);
    say_writer(bench, "writer, 500 changes a second, alone", &alone, NULL);
    say_writer(bench, "writer, 500 changes a second, beside live mode", &live, &alone);
    say_writer(bench, "writer, 500 changes a second, beside a start", &loading, &alone);
}
