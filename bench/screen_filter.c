/*
 * From applying a filter to the frame on which list, timeline and every facet are exact for it. The yardstick is SQLite counting
 * the matches alone, as plainly as one would ask it.
 */
#include "bench/bench_screen.h"

#include <stdio.h>

enum { TIMES = 5 };

#define COUNT "SELECT count(*) FROM execution WHERE "

static const struct question {
    const char *filter, *sql;
    int times; /* a search in the code reads the table: once is enough */
} questions[] = {
    {"status:failed", COUNT "status = 'failed'", TIMES},
    {"trigger:mcp -status:completed", COUNT "trigger_kind = 'mcp' AND status <> 'completed'", TIMES},
    {"tool:github.*",
     COUNT "id IN (SELECT execution_id FROM execution_tool_call WHERE tool_path GLOB 'github.*')", TIMES},
    {"status:failed tool:github.* after:30d",
     COUNT "status = 'failed' AND created_at >= " STAND_NOW
           " - 2592000000 AND id IN (SELECT execution_id FROM "
           "execution_tool_call WHERE tool_path GLOB 'github.*')",
     TIMES},
    {"code:retry", COUNT "code LIKE '%retry%'", 1},
    {"duration:>5s", COUNT "completed_at - started_at > 5000", 1},
};

static void apply(struct bench *bench, struct stand *stand, const struct question *question)
{
    double yardstick = files_query(bench->files[FILE_1M].path, question->sql);
    struct samples times;
    samples_init(&times);
    for (int i = 0; i < question->times; i++) {
        pty_keys(stand->pty, "/");
        pty_keys(stand->pty, question->filter);
        stand_rest(stand, 50);
        double ms = stand_settle(stand, "<Enter>");
        samples_add(&times, ms);
        stand_settle(stand, "X");
    }
    char what[TABLE_CELL];
    bool has_come = !samples_have_lost(&times);
    double median = samples_quantile(&times, 0.5);
    snprintf(what, sizeof what, "%s → exact", question->filter);
    struct row *row = table_add(&bench->table, what);
    if (has_come)
        cell_set(row->measured, "%.1f ms (worst %.1f)", median, samples_quantile(&times, 1));
    else
        row_fail(row, "it never came");
    cell_set(row->yardstick, "SQL count(*) %.0f ms, ×%.2f", yardstick, has_come ? median / yardstick : 0);
    samples_release(&times);
}

void bench_filter(struct bench *bench)
{
    const char *path = bench->files[FILE_1M].path;
    struct stand stand;
    stand_start(&stand, bench->program, path, true);
    stand_until_exact(&stand);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        apply(bench, &stand, &questions[i]);
    stand_stop(&stand);
}
