/*
 * The feed against a naive one (a flag a run, a flag a millisecond), by chance that can be repeated: a history that changes, moves and loses
 * runs; pages of it downwards and upwards, in any order, twice, late; single runs; doubts and trims. At both ends of time and in the middle.
 */
#include "data/base/rand.h"
#include "data/http/http_feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CELLS = 40, RUNS = 60, STEPS = 3000, ID_BYTES = 16 };

/* What is known of a run. Integers alone: compared byte by byte. */
struct known {
    int is_there, cell, updated, version;
};

struct model {
    struct known runs[RUNS];
    int is_complete[CELLS];
};

struct bench {
    struct rand rng;
    int64_t base; /* the time of cell 0 */
    char ids[RUNS][ID_BYTES];
    struct known truth[RUNS], past[RUNS];
    int clock;
    struct model model;
    struct http_feed *feed;
};

/* What a server answers, and which cells it says all of. */
struct page {
    struct run_detail runs[RUNS * 2];
    int numbers[RUNS * 2];
    int count, from, to;
};

static int below(struct bench *bench, int n)
{
    return (int)rand_below(&bench->rng, (uint32_t)n);
}

static int64_t time_of(const struct bench *bench, int cell)
{
    return bench->base + cell;
}

static struct time_range range_of(const struct bench *bench, int from, int to)
{
    return (struct time_range){time_of(bench, from), time_of(bench, to)};
}

/* ---- the history ---- */

static void change_truth(struct bench *bench)
{
    struct known *run = &bench->truth[below(bench, RUNS)];
    bench->clock++;
    if (!run->is_there) {
        *run = (struct known){1, below(bench, CELLS), bench->clock, bench->clock};
        return;
    }
    int what = below(bench, 8);
    run->version = bench->clock;
    if (what > 0) /* a question may be opened without a new updated_at */
        run->updated = bench->clock;
    if (what == 1)
        run->cell = below(bench, CELLS);
    if (what == 2)
        *run = (struct known){0};
}

static struct run_detail detail_of(const struct bench *bench, int number, const struct known *run)
{
    return (struct run_detail){
        .run = {.id = text_of(bench->ids[number]),
                .status = TEXT_LIT("completed"),
                .code = (struct text){"return await everything()", 5 + (size_t)run->version % 20},
                .tool_call_count = run->version,
                .created_at = time_of(bench, run->cell),
                .started_at = TIME_NONE,
                .completed_at = TIME_NONE,
                .updated_at = run->updated},
        .pending = run->version % 2 ? 0 : -1,
    };
}

static void page_push(const struct bench *bench, struct page *page, const struct known *server, int number)
{
    page->numbers[page->count] = number;
    page->runs[page->count++] = detail_of(bench, number, &server[number]);
}

/* Runs of the cells [from, to) from one end on, at most `limit`: a full page says nothing of the cell that it ends in. */
static void page_take(struct bench *bench, const struct known *server, struct page *page)
{
    bool is_up = below(bench, 2);
    int limit = 1 + below(bench, 15);
    page->count = 0;
    page->from = below(bench, CELLS + 1);
    page->to = below(bench, 4) ? CELLS : below(bench, CELLS + 1);
    int first = is_up ? page->from : page->to - 1, step = is_up ? 1 : -1;
    for (int cell = first; cell >= page->from && cell < page->to; cell += step) {
        for (int i = 0; i < RUNS; i++) {
            if (!server[i].is_there || server[i].cell != cell)
                continue;
            if (page->count == limit) {
                *(is_up ? &page->to : &page->from) = is_up ? cell : cell + 1;
                return;
            }
            page_push(bench, page, server, i);
        }
    }
}

/* Pages repeat tied runs, and are not always in order. */
static void page_disturb(struct bench *bench, struct page *page)
{
    for (int i = page->count - 1; i >= 0 && below(bench, 3) == 0; i--) {
        int other = below(bench, page->count);
        page->numbers[page->count] = page->numbers[other];
        page->runs[page->count++] = page->runs[other];
    }
    if (page->count < 2)
        return;
    int a = below(bench, page->count), b = below(bench, page->count);
    struct run_detail run = page->runs[a];
    int number = page->numbers[a];
    page->runs[a] = page->runs[b];
    page->numbers[a] = page->numbers[b];
    page->runs[b] = run;
    page->numbers[b] = number;
}

/* ---- the naive feed ---- */

static size_t model_add(struct model *model, const struct known *server, const struct page *page)
{
    bool is_named[RUNS] = {false};
    size_t fresh = 0;
    for (int i = 0; i < page->count; i++) {
        struct known *ours = &model->runs[page->numbers[i]];
        const struct known *said = &server[page->numbers[i]];
        is_named[page->numbers[i]] = true;
        fresh += !ours->is_there;
        if (!ours->is_there || said->updated >= ours->updated)
            *ours = *said;
    }
    for (int i = 0; i < RUNS; i++) {
        struct known *ours = &model->runs[i];
        if (ours->is_there && !is_named[i] && ours->cell >= page->from && ours->cell < page->to)
            *ours = (struct known){0};
    }
    for (int cell = page->from; cell < page->to; cell++)
        model->is_complete[cell] = 1;
    return fresh;
}

/* Which of two runs goes first: the farther; of two as far the newer; of one millisecond the outermost. */
static bool goes_first(const struct known *runs, int a, int b, int around)
{
    int far_a = abs(runs[a].cell - around), far_b = abs(runs[b].cell - around);
    if (far_a != far_b)
        return far_a > far_b;
    if (runs[a].cell != runs[b].cell)
        return runs[a].cell > runs[b].cell;
    return runs[a].cell > around ? a > b : a < b;
}

/* -1: none may go. */
static int model_farthest(const struct model *model, int around)
{
    int worst = -1;
    for (int i = 0; i < RUNS; i++) {
        bool may_go = model->runs[i].is_there && model->runs[i].cell != around;
        if (may_go && (worst < 0 || goes_first(model->runs, i, worst, around)))
            worst = i;
    }
    return worst;
}

static void model_trim(struct bench *bench, int around, size_t max_bytes)
{
    size_t bytes = http_feed_bytes(bench->feed);
    while (bytes > max_bytes) {
        int worst = model_farthest(&bench->model, around);
        if (worst < 0)
            return;
        struct known *run = &bench->model.runs[worst];
        bytes -= http_feed_find(bench->feed, text_of(bench->ids[worst]))->bytes;
        for (int cell = 0; cell < CELLS; cell++)
            if (run->cell > around ? cell >= run->cell : cell <= run->cell)
                bench->model.is_complete[cell] = 0;
        *run = (struct known){0};
    }
}

/* ---- the same on both sides ---- */

static void assert_row(const struct bench *bench, const struct feed_row *row, int number)
{
    const struct known *run = &bench->model.runs[number];
    struct run_detail detail = detail_of(bench, number, run);
    assert_non_null(row);
    assert_string_equal(row->row.id.s, bench->ids[number]);
    assert_true(row->row.created_at == detail.run.created_at);
    assert_true(row->row.updated_at == run->updated);
    assert_int_equal(row->row.tool_call_count, run->version);
    assert_true(text_eq(row->code, detail.run.code));
    assert_true(row->is_pending == (detail.pending >= 0));
}

static void assert_rows(const struct bench *bench)
{
    size_t count, at = 0, bytes = 0;
    const struct feed_row *const *rows = http_feed_rows(bench->feed, &count);
    for (int cell = CELLS - 1; cell >= 0; cell--)
        for (int i = RUNS - 1; i >= 0; i--) {
            if (!bench->model.runs[i].is_there || bench->model.runs[i].cell != cell)
                continue;
            assert_true(at < count);
            assert_row(bench, rows[at], i);
            bytes += rows[at]->bytes;
            at++;
        }
    assert_int_equal(at, count);
    assert_int_equal(http_feed_bytes(bench->feed), bytes);
    for (int i = 0; i < RUNS; i++) {
        const struct feed_row *row = http_feed_find(bench->feed, text_of(bench->ids[i]));
        assert_true((row != NULL) == (bench->model.runs[i].is_there != 0));
        if (row)
            assert_row(bench, row, i);
    }
}

static void assert_position(struct bench *bench)
{
    int cell = below(bench, CELLS), number = below(bench, RUNS);
    bool is_between = below(bench, 2); /* just above the id of that number */
    char id[ID_BYTES + 1];
    snprintf(id, sizeof id, "%s%s", bench->ids[number], is_between ? "x" : "");
    size_t before = 0;
    for (int i = 0; i < RUNS; i++) {
        const struct known *run = &bench->model.runs[i];
        before += run->is_there && (run->cell > cell || (run->cell == cell && i > number));
    }
    assert_int_equal(http_feed_position(bench->feed, time_of(bench, cell), text_of(id)), before);
}

static void assert_stretch(const struct bench *bench, int cell)
{
    const int *is_complete = bench->model.is_complete;
    struct time_range stretch;
    assert_true(http_feed_stretch(bench->feed, time_of(bench, cell), &stretch) == (is_complete[cell] != 0));
    if (!is_complete[cell])
        return;
    int from = cell, to = cell;
    while (from > 0 && is_complete[from - 1])
        from--;
    while (to < CELLS && is_complete[to])
        to++;
    assert_true(stretch.from == time_of(bench, from));
    assert_true(stretch.to == time_of(bench, to));
}

static void assert_gap(const struct bench *bench, bool is_found, struct time_range gap, int from, int to)
{
    assert_true(is_found == (from < to));
    if (!is_found)
        return;
    assert_true(gap.from == time_of(bench, from));
    assert_true(gap.to == time_of(bench, to));
}

static void assert_gaps(struct bench *bench)
{
    const int *is_complete = bench->model.is_complete;
    int from = below(bench, CELLS + 1), to = below(bench, CELLS + 1);
    struct time_range range = range_of(bench, from, to), gap = {0, 0};
    int newest_to = to, oldest_from = from;
    while (newest_to > from && is_complete[newest_to - 1])
        newest_to--;
    while (oldest_from < to && is_complete[oldest_from])
        oldest_from++;
    int newest_from = newest_to, oldest_to = oldest_from;
    while (newest_from > from && !is_complete[newest_from - 1])
        newest_from--;
    while (oldest_to < to && !is_complete[oldest_to])
        oldest_to++;
    assert_gap(bench, http_feed_newest_gap(bench->feed, range, &gap), gap, newest_from, newest_to);
    assert_gap(bench, http_feed_oldest_gap(bench->feed, range, &gap), gap, oldest_from, oldest_to);
    assert_true(http_feed_covers(bench->feed, range) == (oldest_from >= to));
}

static void assert_same(struct bench *bench)
{
    assert_rows(bench);
    for (int cell = 0; cell < CELLS; cell++)
        assert_stretch(bench, cell);
    for (int i = 0; i < 4; i++) {
        assert_position(bench);
        assert_gaps(bench);
    }
}

/* ---- steps ---- */

/* What was just said, by a server that is not behind, is what is held: without the model. */
static void assert_true_to(const struct bench *bench, int from, int to)
{
    for (int i = 0; i < RUNS; i++) {
        const struct known *run = &bench->truth[i];
        const struct feed_row *row = http_feed_find(bench->feed, text_of(bench->ids[i]));
        bool is_said = run->is_there && run->cell >= from && run->cell < to;
        if (is_said)
            assert_true(row && row->row.tool_call_count == run->version);
        else if (row)
            assert_false(row->row.created_at >= time_of(bench, from) &&
                         row->row.created_at < time_of(bench, to));
    }
}

static void step_page(struct bench *bench)
{
    static struct page page;
    bool is_late = below(bench, 4) == 0;
    const struct known *server = is_late ? bench->past : bench->truth;
    page_take(bench, server, &page);
    page_disturb(bench, &page);
    size_t fresh = model_add(&bench->model, server, &page);
    size_t added =
        http_feed_add(bench->feed, page.runs, (size_t)page.count, range_of(bench, page.from, page.to));
    assert_int_equal(added, fresh);
    if (!is_late)
        assert_true_to(bench, page.from, page.to);
}

static void step_put(struct bench *bench)
{
    const struct known *server = below(bench, 3) ? bench->truth : bench->past;
    int number = below(bench, RUNS);
    if (!server[number].is_there)
        return;
    struct page page = {.numbers = {number}, .count = 1};
    bool is_fresh = model_add(&bench->model, server, &page);
    struct run_detail detail = detail_of(bench, number, &server[number]);
    assert_true(http_feed_put(bench->feed, &detail) == is_fresh);
}

static void step_remove(struct bench *bench)
{
    int number = below(bench, RUNS);
    bool is_there = bench->model.runs[number].is_there;
    assert_true(http_feed_remove(bench->feed, text_of(bench->ids[number])) == is_there);
    bench->model.runs[number] = (struct known){0};
}

static void step_doubt(struct bench *bench)
{
    int from = below(bench, CELLS + 1), to = from + below(bench, CELLS / 4);
    to = to < CELLS ? to : CELLS;
    for (int cell = from; cell < to; cell++)
        bench->model.is_complete[cell] = 0;
    http_feed_doubt(bench->feed, range_of(bench, from, to));
}

static void step_trim(struct bench *bench)
{
    int around = below(bench, CELLS);
    size_t max_bytes = http_feed_bytes(bench->feed) * (size_t)below(bench, 12) / 10;
    model_trim(bench, around, max_bytes);
    http_feed_trim(bench->feed, time_of(bench, around), max_bytes);
}

static void step(struct bench *bench)
{
    for (int i = below(bench, 6); i > 0; i--)
        change_truth(bench);
    int what = below(bench, 20);
    if (what < 12)
        step_page(bench);
    else if (what < 15)
        step_put(bench);
    else if (what < 16)
        step_remove(bench);
    else if (what < 18)
        step_doubt(bench);
    else if (what < 19)
        step_trim(bench);
    else
        memcpy(bench->past, bench->truth, sizeof bench->past);
}

static void run_steps(int64_t base, uint64_t seed)
{
    static struct bench bench;
    memset(&bench, 0, sizeof bench);
    rand_seed(&bench.rng, seed);
    bench.base = base;
    bench.feed = http_feed_new();
    for (int i = 0; i < RUNS; i++)
        snprintf(bench.ids[i], sizeof bench.ids[i], "r%02d", i);
    for (int i = 0; i < STEPS; i++) {
        struct model before = bench.model;
        uint64_t revision = http_feed_revision(bench.feed);
        step(&bench);
        assert_same(&bench);
        bool is_changed = memcmp(&before, &bench.model, sizeof before) != 0;
        assert_true((http_feed_revision(bench.feed) != revision) == is_changed);
    }
    http_feed_free(bench.feed);
}

static void in_the_middle_of_time(void **state)
{
    (void)state;
    run_steps(-CELLS / 2, 1);
    run_steps(INT64_C(1776000000000), 2);
}

static void at_the_beginning_of_time(void **state)
{
    (void)state;
    run_steps(INT64_MIN, 3);
}

static void at_the_end_of_time(void **state)
{
    (void)state;
    run_steps(INT64_MAX - CELLS, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_middle_of_time),
        cmocka_unit_test(at_the_beginning_of_time),
        cmocka_unit_test(at_the_end_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
