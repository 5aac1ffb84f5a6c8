/*
 * What a slow line has to carry: bytes to the terminal (120×36, xterm-256color) for what people do, and for what moves by itself.
 */
#include "bench/bench_screen.h"

#include "bench/writer.h"

#include <stdio.h>
#include <time.h>

enum { KEYS = 25, IDLE_MS = 5000, TICK_SECONDS = 65, STILL_MS = 25, TICK_GAP_MS = 150 };

static void say(struct bench *bench, const char *what, const struct samples *bytes, double target)
{
    struct row *row = table_add(&bench->table, what);
    char asked[TABLE_CELL];
    double median = samples_quantile(bytes, 0.5);
    snprintf(asked, sizeof asked, target > 0 ? "≤ %.0f bytes" : "%.0f bytes", target);
    cell_set(row->measured, "%.0f bytes, worst %.0f (%zu)", median, samples_quantile(bytes, 1), bytes->n);
    row_target(row, asked, median <= target);
    if (!bytes->n)
        row_fail(row, "nothing came");
}

static void press(struct bench *bench, struct stand *stand, const char *what, const char *key, double target)
{
    struct samples bytes;
    samples_init(&bytes);
    for (int i = 0; i < KEYS; i++)
        samples_add(&bytes, (double)stand_ask(stand, key, REGION_ROWS, STILL_MS).bytes);
    say(bench, what, &bytes, target);
    samples_release(&bytes);
}

/* The clock stands still: nothing has changed, and nothing may be sent. */
static void measure_keys(struct bench *bench)
{
    struct stand stand;
    struct samples idle;
    stand_start(&stand, bench->program, bench_file(bench, FILE_1M)->path, true);
    stand_until_exact(&stand);
    stand_rest(&stand, 300);
    press(bench, &stand, "bytes: one row down", "<Down>", 250);
    press(bench, &stand, "bytes: one page down", "<PgDn>", 3500);
    pty_keys(stand.pty, "<Home>j");
    stand_rest(&stand, 500);
    size_t before = stand_bytes(&stand);
    stand_let_pass(&stand, IDLE_MS);
    samples_init(&idle);
    samples_add(&idle, (double)(stand_bytes(&stand) - before));
    say(bench, "bytes: five seconds of live, nobody writes", &idle, 0);
    samples_release(&idle);
    stand_stop(&stand);
}

/* Bytes that come together are one tick. */
static void watch_ticks(struct stand *stand, struct samples *ticks)
{
    int64_t until = now_ns() + (int64_t)TICK_SECONDS * 1000000000, seen = pty_read_ns(stand->pty);
    size_t at = stand_bytes(stand);
    while (now_ns() < until) {
        stand_let_pass(stand, TICK_GAP_MS);
        bool is_quiet = (now_ns() - pty_read_ns(stand->pty)) / 1000000 > TICK_GAP_MS / 2;
        if (pty_read_ns(stand->pty) == seen || !is_quiet)
            continue;
        seen = pty_read_ns(stand->pty);
        samples_add(ticks, (double)(stand_bytes(stand) - at));
        at = stand_bytes(stand);
    }
}

/* Runs that began a moment ago and go on: their ages move every second, the clock every minute. */
static void measure_ticks(struct bench *bench)
{
    const char *path = bench_file(bench, FILE_WRITTEN)->path;
    struct stand stand;
    struct writer writer;
    struct writer_result result;
    struct samples ticks;
    samples_init(&ticks);
    writer_undo(path);
    writer_start(&writer, path, 1, 1);
    while (!writer_take(&writer, &result))
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    stand_start(&stand, bench->program, path, false);
    stand_until_exact(&stand);
    pty_keys(stand.pty, "j");
    stand_rest(&stand, 1000);
    watch_ticks(&stand, &ticks);
    stand_stop(&stand);
    writer_undo(path);
    say(bench, "bytes: a tick of the clock or of a run's age, live", &ticks, 120);
    samples_release(&ticks);
}

void bench_bytes(struct bench *bench)
{
    measure_keys(bench);
    measure_ticks(bench);
}
