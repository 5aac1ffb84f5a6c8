/*
 * From applying a filter to the frame on which list, timeline and every facet are exact for it. The yardstick is one GROUP BY of SQLite over the
 * same table: what a single facet would cost in SQL.
 */
#include "bench/bench_screen.h"

#include <stdio.h>

enum { TIMES = 5 };

static const struct question {
    const char *filter;
    int times; /* a search in the code reads the table: once is enough */
} questions[] = {
    {"status:failed", TIMES}, {"trigger:mcp -status:completed", TIMES},
    {"tool:github.*", TIMES}, {"status:failed trigger:http tool:github.* after:30d", TIMES},
    {"code:retry", 1},        {"duration:>5s", 1},
};

static void apply(struct bench *bench, struct stand *stand, const struct question *question, double yardstick)
{
    struct samples times;
    samples_init(&times);
    bool has_come = true;
    for (int i = 0; i < question->times; i++) {
        pty_keys(stand->pty, "/");
        pty_keys(stand->pty, question->filter);
        stand_rest(stand, 50);
        double ms = stand_settle(stand, "<Enter>");
        has_come = has_come && ms >= 0;
        samples_add(&times, ms);
        stand_settle(stand, "X");
    }
    char what[TABLE_CELL];
    double median = samples_quantile(&times, 0.5);
    snprintf(what, sizeof what, "%s → exact", question->filter);
    struct row *row = table_add(&bench->table, what);
    if (has_come)
        cell_set(row->measured, "%.1f ms (worst %.1f)", median, samples_quantile(&times, 1));
    else
        cell_set(row->measured, "never");
    cell_set(row->yardstick, "one GROUP BY %.0f ms, ×%.2f", yardstick, median / yardstick);
    samples_release(&times);
}

void bench_filter(struct bench *bench)
{
    const char *path = bench->files[FILE_1M].path;
    double yardstick = files_query(path, "SELECT count(*) FROM execution GROUP BY status");
    struct stand stand;
    stand_start(&stand, bench->program, path, true);
    stand_until_exact(&stand);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        apply(bench, &stand, &questions[i], yardstick);
    stand_stop(&stand);
}
