/*
 * The timeline: a failure never vanishes, gaps are gaps, labels keep out of each other's way, and the mouse finds the bar it
 * points at.
 */
#include "tests/support/golden.h"
#include "tests/support/samples.h"
#include "tests/support/surface_text.h"
#include "widgets/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

static struct arena arena;
static struct surface surface;
static struct histogram histogram;
static struct timeline_model model;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    surface_init(&surface, 118, 6, false);
    histogram = sample_histogram(&arena, 96);
    model = (struct timeline_model){
        .histogram = &histogram,
        .is_exact = true,
        .now = SAMPLE_NOW,
        .cursor = -1,
        .select_from = -1,
        .range_name = "24h",
    };
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    surface_release(&surface);
    arena_release(&arena);
    return 0;
}

static void draw(int width, int height)
{
    surface_resize(&surface, width, height);
    timeline_draw(&surface, surface_rect(&surface), &model);
    golden_check_sound(&surface);
}

static bool column_has(int x, int rows, enum ink ink)
{
    for (int y = 0; y < rows; y++) {
        const struct cell *cell = &surface.cells[y * surface.width + x];
        if (cell->ch != U' ' && (cell->style.ink == ink || cell->style.ground == GROUND_OF_INK(ink)))
            return true;
    }
    return false;
}

static bool column_is_blank(int x, int rows)
{
    for (int y = 0; y < rows; y++)
        if (surface.cells[y * surface.width + x].ch != U' ')
            return false;
    return true;
}

/* A small generator: the test must be the same every time. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void fill_random(uint32_t *seed)
{
    for (size_t i = 0; i < histogram.count; i++)
        for (int status = 0; status < STATUS_COUNT; status++) {
            uint32_t dice = next_random(seed) % 8;
            histogram.buckets[i].counts[status] = dice < 4 ? 0 : dice < 7 ? dice : next_random(seed) % 3000;
        }
}

static void check_columns(int rows)
{
    for (int x = TIMELINE_GUTTER; x < surface.width; x++) {
        ptrdiff_t bucket = timeline_bucket_at(surface_rect(&surface), &model, x);
        const struct bucket *counts = &histogram.buckets[bucket];
        assert_int_equal(column_is_blank(x, rows), bucket_total(counts) == 0);
        uint64_t failed = counts->counts[STATUS_FAILED];
        if (failed * 3 >= bucket_total(counts) && failed)
            assert_true(column_has(x, rows, INK_FAILED));
        if (!failed)
            assert_false(column_has(x, rows, INK_FAILED));
    }
}

static void test_many_failures_never_vanish(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 30; round++) {
        fill_random(&seed);
        for (int rows = 1; rows < 6; rows++) {
            draw(TIMELINE_GUTTER + 96 + round, rows + (rows > 1 ? 2 : 1));
            check_columns(rows);
        }
    }
}

static void test_one_failure_in_sixteen_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < histogram.count; i++)
        histogram.buckets[i] = (struct bucket){
            .counts = {[STATUS_COMPLETED] = i == 3 ? 600 : 285, [STATUS_FAILED] = i % 2 ? 19 : 3}};
    draw(TIMELINE_GUTTER + 96, 5);
    assert_true(column_has(TIMELINE_GUTTER + 5, 3, INK_FAILED));
    assert_false(column_has(TIMELINE_GUTTER + 6, 3, INK_FAILED));
}

/* A night: few runs, a failure among them, beside a busy day. */
static void test_a_low_bar_is_not_all_failed(void **state)
{
    (void)state;
    for (size_t i = 0; i < histogram.count; i++)
        histogram.buckets[i] = (struct bucket){
            .counts = {[STATUS_COMPLETED] = i == 3 ? 2000 : 40, [STATUS_FAILED] = 5, [STATUS_WAITING] = 1}};
    draw(TIMELINE_GUTTER + 96, 5);
    for (int x = TIMELINE_GUTTER + 8; x < TIMELINE_GUTTER + 96; x++)
        assert_false(column_has(x, 3, INK_FAILED) || column_has(x, 3, INK_WAITING));
}

static void test_shapes_tell_failures_without_colours(void **state)
{
    (void)state;
    uint32_t seed = 11;
    fill_random(&seed);
    for (int mode = 0; mode < 2; mode++) {
        surface.ascii = mode == 0;
        surface.mono = mode == 1;
        draw(TIMELINE_GUTTER + 96, 5);
        check_columns(3);
        for (int x = TIMELINE_GUTTER; x < surface.width; x++)
            for (int y = 0; y < 3; y++) {
                const struct cell *cell = &surface.cells[y * surface.width + x];
                char32_t failed = mode ? U'█' : U'#';
                assert_int_equal(cell->ch == failed, cell->ch != U' ' && cell->style.ink == INK_FAILED);
                assert_true(cell->style.ground < GROUND_COUNT);
            }
    }
}

static void test_a_full_bar_reaches_the_top(void **state)
{
    (void)state;
    for (size_t i = 0; i < histogram.count; i++)
        histogram.buckets[i] = (struct bucket){.counts = {[STATUS_COMPLETED] = i == 3 ? 40 : 0}};
    draw(TIMELINE_GUTTER + 96, 5);
    for (int y = 0; y < 3; y++)
        assert_int_equal(surface.cells[y * surface.width + TIMELINE_GUTTER + 3].ch, U'█');
    assert_non_null(strstr(surface_line(&surface, 0), "  40 ┤"));
}

static void test_stack_has_failures_below(void **state)
{
    (void)state;
    histogram = sample_histogram(&arena, 1);
    histogram.buckets[0] = (struct bucket){.counts = {[STATUS_COMPLETED] = 4, [STATUS_FAILED] = 4}};
    draw(TIMELINE_GUTTER + 1, 4);
    assert_int_equal(surface.cells[TIMELINE_GUTTER].style.ink, INK_BAR_DONE);
    assert_int_equal(surface.cells[surface.width + TIMELINE_GUTTER].style.ink, INK_FAILED);
    draw(TIMELINE_GUTTER + 1, 2);
    assert_int_equal(surface.cells[TIMELINE_GUTTER].ch, U'▄');
    assert_int_equal(surface.cells[TIMELINE_GUTTER].style.ground, GROUND_OF_INK(INK_BAR_DONE));
}

static void test_bars_share_the_width(void **state)
{
    (void)state;
    assert_int_equal(timeline_columns(TIMELINE_GUTTER), 0);
    assert_int_equal(timeline_columns(100), 100 - TIMELINE_GUTTER);
    assert_int_equal(timeline_bar_width(100, 0), 0);
    assert_int_equal(timeline_bar_width(TIMELINE_GUTTER + 50, 10), 5);
    assert_int_equal(timeline_bar_width(TIMELINE_GUTTER + 50, 500), 1);
    for (size_t count = 1; count < 200; count += 13) {
        histogram = sample_histogram(&arena, count);
        struct rect rect = {3, 0, 100, 6};
        ptrdiff_t last = -1;
        assert_int_equal(timeline_bucket_at(rect, &model, 3 + TIMELINE_GUTTER - 1), -1);
        assert_int_equal(timeline_bucket_at(rect, &model, 103), -1);
        for (int x = 3 + TIMELINE_GUTTER; x < 103; x++) {
            ptrdiff_t bucket = timeline_bucket_at(rect, &model, x);
            assert_true(bucket >= last && bucket < (ptrdiff_t)count);
            assert_true(count > 94 || bucket <= last + 1);
            last = bucket;
        }
        assert_true(count > 94 || last == (ptrdiff_t)count - 1);
    }
}

/* The label line is words apart by two blanks or more; a cut or overlapping label would break that. */
static void test_labels_keep_apart(void **state)
{
    (void)state;
    for (int width = 20; width < 200; width++) {
        draw(width, 5);
        const char *label = surface_line(&surface, 4);
        int hours = 0;
        for (const char *at = strchr(label, ':'); at; at = strchr(at + 1, ':')) {
            assert_true(at - label >= 2 && at[-1] >= '0' && at[-1] <= '9' && at[-2] >= '0' && at[-2] <= '2');
            assert_true(at[1] == '0' && at[2] == '0');
            assert_true(at[3] == ' ' || at[3] == '\0');
            hours++;
        }
        assert_true(width < 60 || hours >= 1);
    }
}

static void test_caption_at_rest(void **state)
{
    (void)state;
    draw(118, 6);
    assert_non_null(strstr(surface_line(&surface, 4), "─ 24h · 15 min a bar · all times UTC"));
    model.is_exact = false;
    draw(60, 6);
    assert_non_null(strstr(surface_line(&surface, 4), "─ ≈ 24h · 15 min a bar · UTC"));
    model.range_name = NULL;
    draw(118, 6);
    assert_non_null(strstr(surface_line(&surface, 4), "─ ≈ 15 min a bar · all times UTC"));
}

/* The newest hours are those that are looked at. */
static void test_caption_at_rest_takes_no_label(void **state)
{
    (void)state;
    draw(118, 6);
    assert_non_null(strstr(surface_line(&surface, 5), "03:00"));
    assert_non_null(strstr(surface_line(&surface, 5), "09:00"));
    draw(118, 2);
    assert_non_null(strstr(surface_line(&surface, 1), "24h · 15 min a bar · all times UTC"));
}

static void test_caption_under_the_cursor(void **state)
{
    (void)state;
    model.cursor = 70;
    model.is_focused = true;
    draw(118, 6);
    assert_non_null(strstr(surface_line(&surface, 5), "07:45–08:00: 22 failed · 7 completed"));
    assert_int_equal(surface_style(&surface, 5, "22 failed").ink, INK_FAILED);
    assert_int_equal(surface_style(&surface, 4, "▲").ink, INK_ACCENT);
    model.cursor = 30;
    draw(118, 6);
    assert_non_null(strstr(surface_line(&surface, 5), ": no runs"));
    model.is_exact = false;
    model.cursor = 70;
    draw(34, 6);
    assert_non_null(strstr(surface_line(&surface, 5), "07:45–08:00: ≈22 failed"));
}

static void test_selection_over_midnight(void **state)
{
    (void)state;
    model.cursor = 36;
    model.select_from = 43;
    draw(118, 6);
    assert_true(surface_shows(&surface, "Nov 20 23:15–Nov 21 01:15: "));
    int brushed = 0;
    for (int x = 0; x < surface.width; x++)
        brushed += surface.cells[x].style.ground == GROUND_BRUSH;
    assert_in_range(brushed, 8, 11);
}

static void test_nothing_counted(void **state)
{
    (void)state;
    model.histogram = NULL;
    model.is_exact = false;
    draw(60, 5);
    assert_true(surface_shows(&surface, "counting…"));
    histogram = (struct histogram){0};
    model.histogram = &histogram;
    model.is_exact = true;
    model.cursor = 5;
    draw(60, 5);
    assert_true(surface_shows(&surface, "no runs"));
    assert_int_equal(timeline_bucket_at(surface_rect(&surface), &model, 30), -1);
}

static void test_stale_is_dimmed_but_for_failures(void **state)
{
    (void)state;
    model.is_stale = true;
    draw(118, 6);
    for (int i = 0; i < 118 * 4; i++) {
        enum ink ink = surface.cells[i].style.ink;
        assert_true(ink == INK_FAILED || ink == INK_FAINT || ink == INK_MUTED);
    }
}

static void test_stays_inside_its_rect(void **state)
{
    (void)state;
    model.cursor = 95;
    for (int w = 0; w < 50; w += 5)
        for (int h = 0; h < 5; h++) {
            struct rect rect = {5, 2, w, h};
            surface_resize(&surface, 60, 8);
            draw_fill(&surface, surface_rect(&surface), STYLE(INK_KEYWORD));
            timeline_draw(&surface, rect, &model);
            surface_check_outside(&surface, rect, INK_KEYWORD);
        }
}

static void test_goldens(void **state)
{
    (void)state;
    static const struct {
        int w, h;
    } sizes[] = {{40, 4}, {80, 5}, {120, 6}, {200, 10}};
    char name[64];
    for (int i = 0; i < 4; i++) {
        model.cursor = model.select_from = -1;
        draw(sizes[i].w, sizes[i].h);
        snprintf(name, sizeof(name), "timeline-%dx%d", sizes[i].w, sizes[i].h);
        golden_check(&surface, name);
        model.is_focused = true;
        model.cursor = 70;
        model.select_from = 60;
        draw(sizes[i].w, sizes[i].h);
        snprintf(name, sizeof(name), "timeline-selection-%dx%d", sizes[i].w, sizes[i].h);
        golden_check(&surface, name);
    }
    surface.ascii = true;
    draw(80, 6);
    golden_check(&surface, "timeline-ascii-80x6");
    surface.ascii = false;
    surface.mono = true;
    draw(80, 6);
    golden_check(&surface, "timeline-mono-80x6");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        TEST(test_many_failures_never_vanish),
        TEST(test_one_failure_in_sixteen_is_seen),
        TEST(test_a_low_bar_is_not_all_failed),
        TEST(test_shapes_tell_failures_without_colours),
        TEST(test_a_full_bar_reaches_the_top),
        TEST(test_stack_has_failures_below),
        TEST(test_bars_share_the_width),
        TEST(test_labels_keep_apart),
        TEST(test_caption_at_rest),
        TEST(test_caption_at_rest_takes_no_label),
        TEST(test_caption_under_the_cursor),
        TEST(test_selection_over_midnight),
        TEST(test_nothing_counted),
        TEST(test_stale_is_dimmed_but_for_failures),
        TEST(test_stays_inside_its_rect),
        TEST(test_goldens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
