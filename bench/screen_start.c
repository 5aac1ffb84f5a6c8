/*
 * From the start of the process to the first full frame with rows, and to the moment from which no number is an estimate. The yardstick of the first
 * is a bare program that opens the file and prints the page; of the second, reading the same index pages without any meaning.
 */
#include "bench/bench_screen.h"

#include <stdio.h>

enum { STARTS = 15, COLD_STARTS = 5, EXACT_STARTS = 3 };

static double start_once(const char *program, const char *file, const char *text)
{
    struct stand stand;
    stand_start(&stand, program, file, true);
    double ms = text ? stand_until_text(&stand, text) : stand_until_rows(&stand);
    stand_stop(&stand);
    return ms;
}

static void measure(struct bench *bench, const struct bench_file *file, int starts, bool is_cold)
{
    struct samples ours, bare;
    samples_init(&ours);
    samples_init(&bare);
    for (int i = 0; i < starts; i++) {
        if (is_cold)
            files_make_cold(file->path);
        samples_add(&bare, start_once(bench->first_page, file->path, "that was the page"));
        if (is_cold)
            files_make_cold(file->path);
        samples_add(&ours, start_once(bench->program, file->path, NULL));
    }
    double median = samples_quantile(&ours, 0.5), yardstick = samples_quantile(&bare, 0.5);
    char what[TABLE_CELL];
    snprintf(what, sizeof what, "start → full frame, %s runs%s", file->name,
             is_cold ? ", file not in memory" : "");
    struct row *row = table_add(&bench->table, what);
    cell_set(row->measured, "%.1f ms (worst %.1f)", median, samples_quantile(&ours, 1));
    cell_set(row->yardstick, "bare program %.1f ms, ×%.1f", yardstick, median / yardstick);
    if (is_cold)
        row_target(row, "≤ 50 ms", median <= 50);
    else
        row_target(row, "≤ 50 ms", samples_quantile(&ours, 0.9) <= 50);
    if (samples_have_lost(&ours) || samples_have_lost(&bare))
        row_fail(row, "it never came");
    samples_release(&ours);
    samples_release(&bare);
}

/* Everything that list, timeline and facets are made of. */
static double pread_indices(const char *path, int64_t *pages)
{
    static const char *const indices[] = {
        "execution_created_at_idx",
        "execution_status_idx",
        "execution_trigger_kind_idx",
        "execution_scope_id_idx",
        "sqlite_autoindex_execution_1",
        "execution_interaction_execution_id_idx",
        "execution_tool_call_execution_id_idx",
        "execution_tool_call_tool_path_idx",
    };
    double ms = 0;
    *pages = 0;
    for (size_t i = 0; i < sizeof indices / sizeof *indices; i++) {
        int64_t some;
        ms += files_pread_index(path, indices[i], &some);
        *pages += some;
    }
    return ms;
}

static void measure_exact(struct bench *bench, const struct bench_file *file)
{
    struct stand stand;
    int64_t pages;
    double yardstick = pread_indices(file->path, &pages);
    yardstick = pread_indices(file->path, &pages); /* the first time filled the cache */
    struct samples times;
    samples_init(&times);
    for (int i = 0; i < EXACT_STARTS; i++) {
        stand_start(&stand, bench->program, file->path, true);
        samples_add(&times, stand_until_exact(&stand));
        stand_stop(&stand);
    }
    double ms = samples_have_lost(&times) ? -1 : samples_quantile(&times, 0.5);
    samples_release(&times);
    char what[TABLE_CELL];
    snprintf(what, sizeof what, "start → every number exact, %s runs", file->name);
    struct row *row = table_add(&bench->table, what);
    if (ms < 0)
        row_fail(row, "it never came");
    else
        cell_set(row->measured, "%.0f ms", ms);
    cell_set(row->yardstick, "pread of the %lld index pages %.0f ms, ×%.0f", (long long)pages, yardstick,
             ms < 0 ? 0 : ms / yardstick);
}

void bench_start(struct bench *bench)
{
    measure(bench, &bench->files[FILE_TINY], STARTS, false);
    measure(bench, &bench->files[FILE_48K], STARTS, false);
    measure(bench, &bench->files[FILE_1M], STARTS, false);
    measure_exact(bench, &bench->files[FILE_48K]);
    measure_exact(bench, &bench->files[FILE_1M]);
    measure(bench, &bench->files[FILE_1M], COLD_STARTS, true);
    files_make_warm(bench->files[FILE_1M].path);
}
