/*
 * Held keys over a bad line: what is drawn between the first and the last is of no use to anybody, and bytes that pile up in the line are screens
 * that come too late. The last state must be there, and soon: the whole screen drawn anew must say the same.
 */
#include "bench/bench_screen.h"

#include "bench/programs/slow_line.h"
#include "data/base/die.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    HELD = 90,
    EVERY_MS = 30,
    SINGLE = 9,
    SPARE_MS = 500,
    QUEUED_MAX = 8000,
    REDRAW_MS = 1500,
    STILL_MS = 1500
};

static const struct storm {
    const char *name, *key, *delay_ms, *rate;
} storms[] = {
    {"↓, line of 300 ms", "<Down>", "300", "0"},
    {"page down, line of 300 ms", "<PgDn>", "300", "0"},
    {"↓, line of 2 kB/s", "<Down>", "0", "2000"},
    {"page down, line of 2 kB/s", "<PgDn>", "0", "2000"},
};

static char *list_text(struct stand *stand)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (int row = 10; out && row < STAND_ROWS - 1; row++) {
        char *line = pty_screen_line(stand->pty, row);
        fprintf(out, "%s\n", line);
        free(line);
    }
    if (!out || fclose(out) != 0)
        die("no memory for a screen");
    return text;
}

static void hold(struct stand *stand, const char *key)
{
    for (int i = 0; i < HELD; i++) {
        pty_keys(stand->pty, key);
        stand_let_pass(stand, EVERY_MS);
    }
}

/* The bytes of one key alone, without a line in between. */
static double frame_bytes(struct bench *bench, const struct storm *storm)
{
    struct stand stand;
    struct samples bytes;
    samples_init(&bytes);
    stand_start(&stand, bench->program, bench_file(bench, FILE_1M)->path, true);
    stand_until_counts(&stand);
    hold(&stand, storm->key);
    stand_rest(&stand, 300);
    for (int i = 0; i < SINGLE; i++)
        samples_add(&bytes, (double)stand_ask(&stand, storm->key, REGION_ROWS, 25).bytes);
    stand_stop(&stand);
    double median = samples_quantile(&bytes, 0.5);
    samples_release(&bytes);
    return median;
}

static struct slow_line_count *map_count(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(struct slow_line_count)) != 0)
        die("%s: no counts", path);
    void *at = mmap(NULL, sizeof(struct slow_line_count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (at == MAP_FAILED)
        die("%s: no counts", path);
    return at;
}

static bool is_delivered(struct pty *pty, void *arg)
{
    volatile const struct slow_line_count *count = arg;
    return count->queued == 0 && now_ns() - pty_read_ns(pty) > (int64_t)STILL_MS * 1000000;
}

/* Drawn anew as a whole it says the same. */
static bool is_last_state(struct stand *stand, struct slow_line_count *count)
{
    char *shown = list_text(stand);
    pty_keys(stand->pty, "<C-l>");
    stand_let_pass(stand, REDRAW_MS);
    pty_wait(stand->pty, is_delivered, count, PTY_SOON);
    char *anew = list_text(stand);
    bool is_same = strcmp(shown, anew) == 0;
    free(shown);
    free(anew);
    return is_same;
}

static void measure(struct bench *bench, const struct storm *storm)
{
    char path[300], what[TABLE_CELL];
    double frame = frame_bytes(bench, storm), delay = strtod(storm->delay_ms, NULL),
           rate = strtod(storm->rate, NULL);
    snprintf(path, sizeof path, "%s/slow_line.counts", bench->directory);
    struct slow_line_count *count = map_count(path);
    const char *argv[] = {bench->slow_line,
                          path,
                          storm->delay_ms,
                          storm->rate,
                          bench->program,
                          bench_file(bench, FILE_1M)->path,
                          NULL};
    const char *env[] = {STAND_FROZEN, NULL};
    struct stand stand;
    stand_start_with(&stand, argv, env);
    bool is_ready = stand_until_counts(&stand) >= 0;
    pty_wait(stand.pty, is_delivered, count, PTY_SOON);
    struct slow_line_count before = *count;
    count->queued_max = 0;
    hold(&stand, storm->key);
    int64_t last_key = now_ns();
    bool is_over = pty_wait(stand.pty, is_delivered, count, 2 * PTY_SOON);
    double after = (double)(pty_read_ns(stand.pty) - last_key) / 1e6;
    struct slow_line_count counted = *count;
    bool is_same = is_last_state(&stand, count);
    stand_stop(&stand);

    /* The frame that is on its way when the last key comes, and that of the last key. */
    double allowed = 2 * delay + (rate > 0 ? 2 * frame / rate * 1000 : 0) + SPARE_MS;
    snprintf(what, sizeof what, "storm: %d × %s", HELD, storm->name);
    struct row *row = table_add(&bench->table, what);
    cell_set(row->measured, "%lld frames, %.1f kB; last state %.0f ms after the last key",
             (long long)(counted.frames - before.frames), (double)(counted.bytes - before.bytes) / 1e3,
             after);
    cell_set(row->yardstick, "a frame %.0f bytes; at most %lld in the line", frame,
             (long long)counted.queued_max);
    snprintf(what, sizeof what, "the last state after ≤ %.0f ms, ≤ 8 kB in the line", allowed);
    row_target(row, what, is_over && is_same && after <= allowed && counted.queued_max <= QUEUED_MAX);
    if (!is_ready)
        row_fail(row, "no screen over this line");
    else if (is_over && !is_same)
        row_fail(row, "what is shown is not the last state");
    munmap(count, sizeof *count);
    unlink(path);
}

void bench_storm(struct bench *bench)
{
    for (size_t i = 0; i < sizeof storms / sizeof *storms; i++)
        measure(bench, &storms[i]);
}
