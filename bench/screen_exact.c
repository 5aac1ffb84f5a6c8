/*
 * From the start of the process to the moment from which no number is an estimate, in two steps: totals, histogram and the facets of status and
 * trigger; then those of interactions and tools. The yardstick is reading the same index pages without any meaning. What a start on a tiny file
 * takes until then is the process, not the counting, and is taken off before the two are compared.
 *
 * There is more than one road to the pages; each is measured by itself, by the environment that chooses it.
 */
#include "bench/bench_screen.h"

#include <stdio.h>

enum { STARTS_TINY = 5, INDICES_MAX = 8, BUDGET_MS = 30000 };

static const char *const counted[INDICES_MAX] = {"execution_created_at_idx", "execution_status_idx",
                                                 "execution_trigger_kind_idx", NULL};
static const char *const called[INDICES_MAX] = {
    "sqlite_autoindex_execution_1", "execution_interaction_execution_id_idx",
    "execution_tool_call_execution_id_idx", "execution_tool_call_tool_path_idx", NULL};

static double pread_indices(const char *path, const char *const *indices, int64_t *pages)
{
    double ms = 0;
    *pages = 0;
    for (; *indices; indices++) {
        int64_t some;
        ms += files_pread_index(path, *indices, &some);
        *pages += some;
    }
    return ms;
}

struct times {
    struct samples counts, exact, raw_counts, raw_calls;
    int64_t count_pages, call_pages;
};

static void start_once(struct bench *bench, const char *file, const char *road, struct times *times)
{
    const char *argv[] = {bench->program, file, NULL};
    const char *env[] = {STAND_FROZEN, road, NULL};
    struct stand stand;
    stand_start_with(&stand, argv, env);
    samples_add(&times->counts, stand_until_counts(&stand));
    samples_add(&times->exact, stand_until_exact(&stand));
    stand_stop(&stand);
}

static void release(struct times *times)
{
    samples_release(&times->counts);
    samples_release(&times->exact);
    samples_release(&times->raw_counts);
    samples_release(&times->raw_calls);
}

static struct times measure(struct bench *bench, enum which_file which, const char *road, int starts)
{
    const char *path = bench_file(bench, which)->path;
    struct times times = {0};
    if (which != FILE_TINY) { /* the first time fills the cache */
        pread_indices(path, counted, &times.count_pages);
        pread_indices(path, called, &times.call_pages);
    }
    int64_t begin = now_ns();
    for (int i = 0; i < starts && (i == 0 || (now_ns() - begin) / 1000000 < BUDGET_MS); i++) {
        samples_add(&times.raw_counts, pread_indices(path, counted, &times.count_pages));
        samples_add(&times.raw_calls, pread_indices(path, called, &times.call_pages));
        start_once(bench, path, road, &times);
    }
    return times;
}

static double beyond(double ms, double fixed)
{
    return ms > fixed ? ms - fixed : 0;
}

static struct row *say(struct bench *bench, const char *what, const struct samples *ours, double fixed,
                       double yardstick, int64_t pages)
{
    struct row *row = table_add(&bench->table, what);
    double ms = samples_quantile(ours, 0.5);
    if (samples_have_lost(ours)) {
        row_fail(row, "they never came");
        return row;
    }
    cell_set(row->measured, "%.0f ms from the start, %.0f of it counting", ms, beyond(ms, fixed));
    cell_set(row->yardstick, "pread of the %lld pages %.1f ms, ×%.1f", (long long)pages, yardstick,
             beyond(ms, fixed) / yardstick);
    return row;
}

static void say_road(struct bench *bench, enum which_file which, const char *road, bool has_dbpage,
                     const struct times *times, double fixed)
{
    char what[TABLE_CELL];
    const char *name = bench_file(bench, which)->name;
    bool is_largest = which == FILE_10M;
    snprintf(what, sizeof what, "exact totals, status, trigger, histogram, %s%s", name, road);
    double raw = samples_quantile(&times->raw_counts, 0.5), ms = samples_quantile(&times->counts, 0.5);
    struct row *row = say(bench, what, &times->counts, fixed, raw, times->count_pages);
    if (is_largest && !has_dbpage)
        row_target(row, "≤ 3 s", ms <= 3000);
    else
        row_target(row, has_dbpage ? "≤ ×4" : "≤ ×16", ms - fixed <= raw * (has_dbpage ? 4 : 16));

    snprintf(what, sizeof what, "exact tools and interactions, %s%s", name, road);
    raw = samples_quantile(&times->raw_calls, 0.5), ms = samples_quantile(&times->exact, 0.5);
    row = say(bench, what, &times->exact, fixed, raw, times->call_pages);
    if (!is_largest)
        row_target(row, ms - fixed <= raw * 4 ? "goal ≤ ×4, at most 1.5 s" : "≤ 1.5 s (goal ≤ ×4)",
                   ms <= 1500);
}

static void measure_road(struct bench *bench, enum which_file which, const char *name, const char *env,
                         int starts, double fixed)
{
    struct times times = measure(bench, which, env, starts);
    say_road(bench, which, name, env && bench->dbpage == env, &times, fixed);
    if (!*name) {
        bench->counts_ms[which] = samples_quantile(&times.counts, 0.5);
        bench->exact_ms[which] = samples_quantile(&times.exact, 0.5);
    }
    release(&times);
}

void bench_exact(struct bench *bench)
{
    static const struct {
        enum which_file which;
        int starts;
    } sizes[] = {{FILE_100K, 7}, {FILE_1M, 5}, {FILE_10M, 3}};
    struct times tiny = measure(bench, FILE_TINY, NULL, STARTS_TINY);
    double fixed = samples_quantile(&tiny.exact, 0.5);
    release(&tiny);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        measure_road(bench, sizes[i].which, "", NULL, sizes[i].starts, fixed);
        if (sizes[i].which != FILE_100K)
            measure_road(bench, sizes[i].which, ", by the API alone", bench->api_only, sizes[i].starts,
                         fixed);
        if (sizes[i].which != FILE_100K && bench->dbpage)
            measure_road(bench, sizes[i].which, ", sqlite_dbpage", bench->dbpage, sizes[i].starts, fixed);
    }
}
