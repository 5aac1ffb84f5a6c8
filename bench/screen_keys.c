/*
 * From a key to the first byte that changes the frame where that key should change it, on the largest file: while columns are still being
 * read, and when all is there. The same keys are typed at several starts, because reading the columns does not last long.
 */
#include "bench/bench_screen.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS = 6, SETTLED_ROUNDS = 3, KEY_TEXT = 16 };

/* One step: `keys` typed one after another, each of them `times` times; those without a name only lead to the next. */
static const struct step {
    const char *what;
    const char *keys; /* separated by spaces */
    int times;
    enum region region;
} steps[] = {
    {"down", "<Down>", 20, REGION_LIST},
    {"up", "<Up>", 5, REGION_LIST},
    {"page down", "<PgDn>", 20, REGION_LIST},
    {"page up", "<PgUp>", 5, REGION_LIST},
    {"end", "<End>", 1, REGION_LIST},
    {"home", "<Home>", 1, REGION_LIST},
    {"filter bar", "/", 1, REGION_BAR},
    {"typing in the filter bar", "s t a t u s : f a i l e d", 1, REGION_BAR},
    {NULL, "<BS>", 13, REGION_BAR},
    {NULL, "<Esc>", 1, REGION_BAR},
    {"focus", "<Tab>", 1, REGION_RAIL},
    {NULL, "<Home> <Down> <Down>", 1, REGION_RAIL},
    {"facet on and off", "<Space>", 4, REGION_RAIL},
    {NULL, "<S-Tab> <S-Tab>", 1, REGION_ALL},
    {"timeline cursor", "<Left>", 5, REGION_TIMELINE},
    {"zoom", "+ + 0", 1, REGION_TIMELINE},
    {NULL, "0 <Tab>", 1, REGION_ALL},
    {"drawer", "<Enter>", 1, REGION_BODY},
    {"next run in the drawer", "<C-n>", 10, REGION_BODY},
    {"tab of the drawer", "2 3 1", 1, REGION_BODY},
    {NULL, "q", 1, REGION_BODY},
};
enum { STEPS = sizeof steps / sizeof *steps };

struct results {
    struct samples reading[STEPS], settled[STEPS], bytes[STEPS];
    struct samples all_reading, all_settled;
    int lost[STEPS];
};

static void take(struct results *results, size_t step, bool is_exact, double ms)
{
    if (ms < 0) {
        results->lost[step]++;
        return;
    }
    samples_add(is_exact ? &results->settled[step] : &results->reading[step], ms);
    samples_add(is_exact ? &results->all_settled : &results->all_reading, ms);
}

static void type_key(struct stand *stand, struct results *results, size_t step, const char *key)
{
    bool is_exact = stand_is_exact(stand);
    size_t before = stand_bytes(stand);
    if (!steps[step].what) {
        pty_keys(stand->pty, key);
        stand_rest(stand, 8);
        return;
    }
    double ms = stand_key(stand, key, steps[step].region);
    if (ms < 0)
        fprintf(stderr, "  %s: %s changed nothing\n", steps[step].what, key);
    take(results, step, is_exact, ms);
    stand_rest(stand, 8);
    if (is_exact)
        samples_add(&results->bytes[step], (double)(stand_bytes(stand) - before));
}

static void type_step(struct stand *stand, struct results *results, size_t step)
{
    const char *at = steps[step].keys;
    while (*at) {
        char key[KEY_TEXT];
        size_t n = strcspn(at, " ");
        snprintf(key, sizeof key, "%.*s", (int)n, at);
        for (int i = 0; i < steps[step].times; i++)
            type_key(stand, results, step, key);
        at += n + strspn(at + n, " ");
    }
}

static void type_all(struct stand *stand, struct results *results)
{
    for (size_t step = 0; step < STEPS; step++)
        type_step(stand, results, step);
}

/* ---- what it says ---- */

static void say(struct bench *bench, const char *what, const struct samples *samples, double echo)
{
    struct row *row = table_add(&bench->table, what);
    double median = samples_quantile(samples, 0.5);
    cell_set(row->measured, "%.1f ms, 99 %% %.1f, worst %.1f (%zu keys)", median,
             samples_quantile(samples, 0.99), samples_quantile(samples, 1), samples->n);
    cell_set(row->yardstick, "echo %.2f ms, ×%.1f", echo, median / echo);
    row_target(row, "≤ 16 ms", samples->n && samples_quantile(samples, 0.99) <= 16);
    if (!samples->n || samples_have_lost(samples))
        row_fail(row, samples->n ? "a key changed nothing" : "no key was typed");
}

static void say_all(struct bench *bench, const struct results *results)
{
    struct samples echoes;
    samples_init(&echoes);
    double echo = yardstick_echo(bench->echo, &echoes);
    say(bench, "key → frame, 1M runs, columns being read", &results->all_reading, echo);
    say(bench, "key → frame, 1M runs, afterwards", &results->all_settled, echo);
    say(bench, "key → frame of a program that only echoes", &echoes, echo);
    for (size_t step = 0; step < STEPS; step++) {
        if (!steps[step].what)
            continue;
        char what[TABLE_CELL];
        const struct samples *reading = &results->reading[step], *settled = &results->settled[step];
        snprintf(what, sizeof what, "key: %s", steps[step].what);
        struct row *row = table_add(&bench->table, what);
        cell_set(row->measured, "%.1f ms, worst %.1f; reading %.1f, worst %.1f",
                 samples_quantile(settled, 0.5), samples_quantile(settled, 1), samples_quantile(reading, 0.5),
                 samples_quantile(reading, 1));
        cell_set(row->yardstick, "%.0f bytes to the terminal", samples_quantile(&results->bytes[step], 0.5));
        row_target(row, "all answered", !results->lost[step]);
    }
    samples_release(&echoes);
}

void bench_keys(struct bench *bench)
{
    struct results results = {0};
    for (int round = 0; round < ROUNDS; round++) {
        struct stand stand;
        stand_start(&stand, bench->program, bench->files[FILE_1M].path, true);
        stand_until_rows(&stand);
        if (round < SETTLED_ROUNDS)
            stand_until_exact(&stand);
        type_all(&stand, &results);
        stand_stop(&stand);
    }
    say_all(bench, &results);
    for (size_t step = 0; step < STEPS; step++) {
        samples_release(&results.reading[step]);
        samples_release(&results.settled[step]);
        samples_release(&results.bytes[step]);
    }
    samples_release(&results.all_reading);
    samples_release(&results.all_settled);
}
