/*
 * From a change of the filter to the last byte of the frame on which list, timeline and every facet are exact for it. The yardstick is SQLite
 * counting the matches alone, as plainly as one would ask it.
 */
#include "bench/bench_screen.h"

#include <stdio.h>

enum { TIMES = 5, TIMES_LARGEST = 3 };

#define COUNT "SELECT count(*) FROM execution WHERE "

static const struct question {
    const char *filter, *sql;
} questions[] = {
    {"status:failed", COUNT "status = 'failed'"},
    {"status:completed,cancelled", COUNT "status IN ('completed', 'cancelled')"},
    {"trigger:mcp -status:completed", COUNT "trigger_kind = 'mcp' AND status <> 'completed'"},
    {"after:7d", COUNT "created_at >= " STAND_NOW " - 604800000"},
    {"elicitation:true", COUNT "id IN (SELECT execution_id FROM execution_interaction)"},
    {"tool:github.*",
     COUNT "id IN (SELECT execution_id FROM execution_tool_call WHERE tool_path GLOB 'github.*')"},
    {"status:failed tool:github.* after:30d", COUNT "status = 'failed' AND created_at >= " STAND_NOW
                                                    " - 2592000000 AND id IN (SELECT execution_id FROM "
                                                    "execution_tool_call WHERE tool_path GLOB 'github.*')"},
};

/* Filters and their removal are changes alike. */
static void apply(struct stand *stand, const struct question *question, int times, struct samples *all,
                  struct samples *own)
{
    for (int i = 0; i < times; i++) {
        pty_keys(stand->pty, "/");
        pty_keys(stand->pty, question->filter);
        stand_rest(stand, 50);
        double ms = stand_settle(stand, "<Enter>");
        samples_add(own, ms);
        samples_add(all, ms);
        samples_add(all, stand_settle(stand, "X"));
    }
}

static void say_question(struct bench *bench, const struct bench_file *file, const struct question *question,
                         const struct samples *times)
{
    char what[TABLE_CELL];
    double median = samples_quantile(times, 0.5), yardstick = files_query(file->path, question->sql);
    snprintf(what, sizeof what, "%s → exact, %s", question->filter, file->name);
    struct row *row = table_add(&bench->table, what);
    cell_set(row->measured, "%.1f ms (worst %.1f)", median, samples_quantile(times, 1));
    cell_set(row->yardstick, "SQL count(*) %.0f ms, ×%.3f", yardstick, median / yardstick);
    if (samples_have_lost(times))
        row_fail(row, "it never came");
}

/* In the rail with the keys: each press is a change. */
static void toggle(struct stand *stand, int times, struct samples *all)
{
    stand_rest(stand, 50);
    pty_keys(stand->pty, "<Tab><Home><Down><Down>");
    stand_rest(stand, 50);
    for (int i = 0; i < 2 * times; i++)
        samples_add(all, stand_settle(stand, "<Space>"));
    pty_keys(stand->pty, "<S-Tab>");
    stand_rest(stand, 50);
}

static void say_all(struct bench *bench, const struct bench_file *file, const struct samples *all,
                    double target)
{
    char what[TABLE_CELL], asked[TABLE_CELL];
    snprintf(what, sizeof what, "change of filter → list, facets, histogram, %s", file->name);
    snprintf(asked, sizeof asked, "≤ %.0f ms", target);
    struct row *row = table_add(&bench->table, what);
    double median = samples_quantile(all, 0.5);
    cell_set(row->measured, "%.1f ms, 90 %% %.1f, worst %.1f (%zu changes)", median,
             samples_quantile(all, 0.9), samples_quantile(all, 1), all->n);
    row_target(row, asked, median <= target);
    if (samples_have_lost(all))
        row_fail(row, "one never came");
}

static void measure(struct bench *bench, enum which_file which, int times, double target)
{
    enum { QUESTIONS = sizeof questions / sizeof *questions };
    const struct bench_file *file = bench_file(bench, which);
    struct samples all, own[QUESTIONS];
    struct stand stand;
    samples_init(&all);
    stand_start(&stand, bench->program, file->path, true);
    stand_until_exact(&stand);
    stand_rest(&stand, 300);
    for (size_t i = 0; i < QUESTIONS; i++) {
        samples_init(&own[i]);
        apply(&stand, &questions[i], times, &all, &own[i]);
    }
    toggle(&stand, times, &all);
    stand_stop(&stand);
    say_all(bench, file, &all, target);
    for (size_t i = 0; i < QUESTIONS; i++) {
        if (which == FILE_1M)
            say_question(bench, file, &questions[i], &own[i]);
        samples_release(&own[i]);
    }
    samples_release(&all);
}

void bench_filter(struct bench *bench)
{
    measure(bench, FILE_1M, TIMES, 5);
    measure(bench, FILE_10M, TIMES_LARGEST, 60);
}
