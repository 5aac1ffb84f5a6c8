/*
 * Scrolling: what the frame of each key takes of a core, and whether its rows are in the first frame that shows anything of it. Page after page at the
 * pace of a held key, the two ends, and jumps by the timeline.
 */
#include "bench/bench_screen.h"

#include <stdio.h>

enum { STILL_MS = 25, ENDS = 8, JUMPS = 10, PAGES = 60, FRAME_MS = 8 };

struct seen {
    struct samples ui_ms, all_ms, rows_ms;
    int keys, late, later;
};

static void press(struct stand *stand, const char *key, struct seen *seen)
{
    struct answer answer = stand_ask(stand, key, REGION_ROWS, STILL_MS);
    seen->keys++;
    if (answer.changes == 0) {
        seen->later++;
        return;
    }
    samples_add(&seen->ui_ms, answer.ui_cpu_ms / answer.frames);
    samples_add(&seen->all_ms, answer.cpu_ms);
    samples_add(&seen->rows_ms, answer.last_ms);
    seen->late += answer.changes == 2;
    seen->later += answer.changes > 2;
}

static void say(struct bench *bench, const char *key, const char *name, struct seen *seen)
{
    char what[TABLE_CELL];
    snprintf(what, sizeof what, "scroll: %s, %s", key, name);
    struct row *row = table_add(&bench->table, what);
    double worst = samples_quantile(&seen->ui_ms, 1);
    cell_set(row->measured, "frame %.1f ms of CPU, worst %.1f; rows after %.1f ms, worst %.1f",
             samples_quantile(&seen->ui_ms, 0.5), worst, samples_quantile(&seen->rows_ms, 0.5),
             samples_quantile(&seen->rows_ms, 1));
    cell_set(row->yardstick, "rows in the first frame %d, one later %d, more %d; all threads %.1f ms",
             seen->keys - seen->late - seen->later, seen->late, seen->later,
             samples_quantile(&seen->all_ms, 0.5));
    row_target(row, "frame ≤ 8 ms, rows ≤ 1 frame behind", worst <= FRAME_MS && seen->later == 0);
    if (seen->ui_ms.n == 0)
        row_fail(row, "no key moved the list");
    samples_release(&seen->ui_ms);
    samples_release(&seen->all_ms);
    samples_release(&seen->rows_ms);
}

static void scroll_pages(struct bench *bench, struct stand *stand, const char *name)
{
    struct seen seen = {0};
    for (int i = 0; i < PAGES; i++)
        press(stand, "<PgDn>", &seen);
    say(bench, "page down", name, &seen);
}

static void scroll_ends(struct bench *bench, struct stand *stand, const char *name)
{
    struct seen end = {0}, home = {0};
    for (int i = 0; i < ENDS; i++) {
        press(stand, "<End>", &end);
        press(stand, "<Home>", &home);
    }
    say(bench, "End", name, &end);
    say(bench, "Home", name, &home);
}

/* From the timeline, a few bars further each time; the focus goes to the list by itself. */
static void scroll_jumps(struct bench *bench, struct stand *stand, const char *name)
{
    struct seen seen = {0};
    for (int i = 0; i < JUMPS; i++) {
        pty_keys(stand->pty, "<S-Tab>");
        stand_rest(stand, 20);
        for (int bar = 0; bar < 7; bar++) {
            pty_keys(stand->pty, "<Left>");
            stand_rest(stand, 5);
        }
        press(stand, "g", &seen);
    }
    say(bench, "jump to a time", name, &seen);
}

static void measure(struct bench *bench, enum which_file which)
{
    const struct bench_file *file = bench_file(bench, which);
    struct stand stand;
    stand_start(&stand, bench->program, file->path, true);
    stand_until_exact(&stand);
    stand_rest(&stand, 300);
    scroll_pages(bench, &stand, file->name);
    scroll_ends(bench, &stand, file->name);
    scroll_jumps(bench, &stand, file->name);
    stand_stop(&stand);
}

void bench_scroll(struct bench *bench)
{
    measure(bench, FILE_1M);
    measure(bench, FILE_10M);
}
