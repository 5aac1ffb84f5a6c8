/*
 * From the start of the process to the first full frame with rows. The yardstick is a bare program that opens the file and prints the page.
 */
#include "bench/bench_screen.h"

#include <stdio.h>

enum { STARTS = 15, COLD_STARTS = 5, TARGET_MS = 40 };

static double start_once(const char *program, const char *file, const char *text)
{
    struct stand stand;
    stand_start(&stand, program, file, true);
    double ms = text ? stand_until_text(&stand, text) : stand_until_rows(&stand);
    stand_stop(&stand);
    return ms;
}

static void measure(struct bench *bench, enum which_file which, int starts, bool is_cold)
{
    const struct bench_file *file = bench_file(bench, which);
    char uri[FILES_URI];
    files_uri(file->path, uri);
    struct samples ours, bare;
    samples_init(&ours);
    samples_init(&bare);
    for (int i = 0; i < starts; i++) {
        if (is_cold)
            files_make_cold(file->path);
        samples_add(&bare, start_once(bench->first_page, uri, "that was the page"));
        if (is_cold)
            files_make_cold(file->path);
        samples_add(&ours, start_once(bench->program, file->path, NULL));
    }
    double median = samples_quantile(&ours, 0.5), yardstick = samples_quantile(&bare, 0.5);
    char what[TABLE_CELL];
    snprintf(what, sizeof what, "start → full frame, %s%s", file->name,
             is_cold ? ", file not in memory" : "");
    struct row *row = table_add(&bench->table, what);
    cell_set(row->measured, "%.1f ms (worst %.1f)", median, samples_quantile(&ours, 1));
    cell_set(row->yardstick, "bare program %.1f ms, ×%.1f", yardstick, median / yardstick);
    if (!is_cold) {
        row_target(row, "≤ 40 ms", median <= TARGET_MS);
        bench->first_ms[which] = median;
    }
    if (samples_have_lost(&ours) || samples_have_lost(&bare))
        row_fail(row, "it never came");
    samples_release(&ours);
    samples_release(&bare);
}

void bench_start(struct bench *bench)
{
    measure(bench, FILE_TINY, STARTS, false);
    measure(bench, FILE_100K, STARTS, false);
    measure(bench, FILE_1M, STARTS, false);
    measure(bench, FILE_10M, STARTS, false);
    measure(bench, FILE_1M, COLD_STARTS, true);
    measure(bench, FILE_10M, COLD_STARTS, true);
    files_make_warm(bench_file(bench, FILE_1M)->path);
    files_make_warm(bench_file(bench, FILE_10M)->path);
}
