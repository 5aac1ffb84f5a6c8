/*
 * Buckets, zooming, and an axis that is round on the local clock.
 */
#include "data/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void zone(const char *name)
{
    setenv("TZ", name, 1);
    tzset();
}

static void test_bucket_starts_are_aligned_to_the_epoch(void **state)
{
    (void)state;
    assert_int_equal(bucket_start(0, 1000), 0);
    assert_int_equal(bucket_start(999, 1000), 0);
    assert_int_equal(bucket_start(-1, 1000), -1000);
    assert_int_equal(bucket_start(-1000, 1000), -1000);
    assert_int_equal(bucket_start(-1001, 1000), -2000);
}

/* How many buckets a range of that span touches where it begins at the worst place. */
static int64_t worst(int64_t span, int64_t width)
{
    int64_t most = 0;
    for (int64_t from = width - 2; from <= width; from++) {
        int64_t n = (bucket_start(from + span - 1, width) - bucket_start(from, width)) / width + 1;
        most = n > most ? n : most;
    }
    return most;
}

static void test_the_width_is_the_smallest_that_fits(void **state)
{
    (void)state;
    static const int64_t spans[] = {1,           1000,   1001,        59999,         HOUR_MS,
                                    HOUR_MS + 1, DAY_MS, 30 * DAY_MS, 4000 * DAY_MS, 70000 * DAY_MS};
    static const size_t maxima[] = {2, 3, 10, 60, 100, 101, 4096};
    for (size_t s = 0; s < sizeof spans / sizeof *spans; s++)
        for (size_t m = 0; m < sizeof maxima / sizeof *maxima; m++) {
            int64_t width = bucket_width_for(spans[s], maxima[m]);
            assert_true(worst(spans[s], width) <= (int64_t)maxima[m]);
            int64_t smaller = width > 30 * DAY_MS ? width - 30 * DAY_MS : bucket_width_narrower(width);
            if (smaller < width)
                assert_true(worst(spans[s], smaller) > (int64_t)maxima[m]);
        }
    assert_int_equal(bucket_width_for(DAY_MS, 100), 15 * MINUTE_MS);
    assert_true(bucket_width_for(INT64_MAX, 0) > 0);
}

static void test_steps_up_and_down(void **state)
{
    (void)state;
    assert_int_equal(bucket_width_narrower(1000), 1000);
    assert_int_equal(bucket_width_narrower(MINUTE_MS), 30 * SECOND_MS);
    assert_int_equal(bucket_width_narrower(13 * MINUTE_MS), 10 * MINUTE_MS);
    assert_int_equal(bucket_width_wider(13 * MINUTE_MS), 15 * MINUTE_MS);
    assert_int_equal(bucket_width_wider(14 * DAY_MS), 30 * DAY_MS);
    assert_int_equal(bucket_width_wider(30 * DAY_MS), 60 * DAY_MS);
    assert_int_equal(bucket_width_narrower(60 * DAY_MS), 30 * DAY_MS);
    assert_int_equal(bucket_width_narrower(30 * DAY_MS), 14 * DAY_MS);
    int64_t width = 1000;
    for (int i = 0; i < 200; i++) {
        assert_true(bucket_width_wider(width) >= width);
        width = bucket_width_wider(width);
    }
}

static void test_the_widths_of_the_api(void **state)
{
    (void)state;
    assert_int_equal(bucket_width_of_api(0), 30 * SECOND_MS);
    assert_int_equal(bucket_width_of_api(15 * MINUTE_MS), 30 * SECOND_MS);
    assert_int_equal(bucket_width_of_api(15 * MINUTE_MS + 1), 2 * MINUTE_MS);
    assert_int_equal(bucket_width_of_api(HOUR_MS + 1), 30 * MINUTE_MS);
    assert_int_equal(bucket_width_of_api(DAY_MS + 1), 3 * HOUR_MS);
    assert_int_equal(bucket_width_of_api(7 * DAY_MS), 3 * HOUR_MS);
    assert_int_equal(bucket_width_of_api(7 * DAY_MS + 1), DAY_MS);
}

static void test_dense_buckets_before_1970(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct histogram h = histogram_make(&arena, (struct time_range){-2500, 1500}, 1000);
    assert_int_equal(h.start, -3000);
    assert_int_equal(h.count, 5);
    histogram_add(&h, -3001, STATUS_FAILED, 1);
    histogram_add(&h, -3000, STATUS_FAILED, 1);
    histogram_add(&h, -1, STATUS_FAILED, 2);
    histogram_add(&h, 0, STATUS_COMPLETED, 3);
    histogram_add(&h, 1999, STATUS_OTHER, 4);
    histogram_add(&h, 2000, STATUS_OTHER, 4);
    static const uint32_t totals[] = {1, 0, 2, 3, 4};
    for (int i = 0; i < 5; i++)
        assert_int_equal(bucket_total(&h.buckets[i]), totals[i]);
    assert_int_equal(histogram_peak(&h), 4);
    arena_release(&arena);
}

static void test_a_range_that_ends_on_a_bucket_has_no_bucket_more(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_int_equal(histogram_make(&arena, (struct time_range){0, 2000}, 1000).count, 2);
    assert_int_equal(histogram_make(&arena, (struct time_range){0, 2001}, 1000).count, 3);
    assert_int_equal(histogram_make(&arena, (struct time_range){999, 1001}, 1000).count, 2);
    arena_release(&arena);
}

static void test_nothing_to_show(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct time_range ranges[] = {TIME_RANGE_ALL, {5, 5}, {6, 5}, {INT64_MIN, 0}, {0, INT64_MAX}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        struct histogram h = histogram_make(&arena, ranges[i], 1000);
        assert_int_equal(h.width, 0);
        assert_int_equal(h.count, 0);
        histogram_add(&h, 5, STATUS_FAILED, 1);
        assert_int_equal(histogram_peak(&h), 0);
    }
    assert_int_equal(histogram_make(&arena, (struct time_range){0, 10}, 0).width, 0);
    /* Its first bucket would begin before there is any time. */
    assert_int_equal(histogram_make(&arena, (struct time_range){INT64_MIN + 1, 0}, 1000).width, 0);
    arena_release(&arena);
}

static void test_too_many_buckets_become_wider(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct histogram h = histogram_make(&arena, (struct time_range){0, 100 * DAY_MS}, 1000);
    assert_true(h.count <= HISTOGRAM_MAX);
    assert_int_equal(h.width, HOUR_MS);
    assert_true(h.start + (int64_t)h.count * h.width >= 100 * DAY_MS);
    arena_release(&arena);
}

static void test_densify(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct histogram h = histogram_make(&arena, (struct time_range){0, 4 * HOUR_MS}, HOUR_MS);
    const struct sparse_bucket sparse[] = {
        {3 * HOUR_MS, {{[STATUS_FAILED] = 1}}},
        {30 * MINUTE_MS, {{[STATUS_COMPLETED] = 2, [STATUS_FAILED] = 1}}},
        {0, {{[STATUS_COMPLETED] = 5}}},
        {9 * HOUR_MS, {{[STATUS_COMPLETED] = 7}}},
    };
    histogram_densify(&h, sparse, 4);
    assert_int_equal(h.buckets[0].counts[STATUS_COMPLETED], 7);
    assert_int_equal(h.buckets[0].counts[STATUS_FAILED], 1);
    assert_int_equal(bucket_total(&h.buckets[1]) + bucket_total(&h.buckets[2]), 0);
    assert_int_equal(h.buckets[3].counts[STATUS_FAILED], 1);
    arena_release(&arena);
}

static void test_counts_stop_at_their_maximum(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct histogram h = histogram_make(&arena, (struct time_range){0, 1000}, 1000);
    histogram_add(&h, 0, STATUS_FAILED, UINT32_MAX - 1);
    histogram_add(&h, 0, STATUS_FAILED, 5);
    histogram_add(&h, 0, STATUS_COMPLETED, 5);
    assert_int_equal(histogram_peak(&h), UINT32_MAX);
    arena_release(&arena);
}

/* ---- zoom and pan ---- */

static void assert_range(struct time_range range, int64_t from, int64_t to)
{
    assert_int_equal(range.from, from);
    assert_int_equal(range.to, to);
}

static void test_zoom_keeps_its_place(void **state)
{
    (void)state;
    const struct time_range range = {100000, 200000};
    assert_range(range_zoom_in(range, 150000), 125000, 175000);
    assert_range(range_zoom_in(range, 100000), 100000, 150000);
    assert_range(range_zoom_in(range, 175000), 137500, 187500);
    assert_range(range_zoom_out(range, 150000), 50000, 250000);
    assert_range(range_zoom_out(range_zoom_in(range, 175000), 175000), 100000, 200000);
    assert_range(range_zoom_in(range, 0), 100000, 150000);
    assert_range(range_zoom_in(range, 900000), 150000, 200000);
}

static void test_zoom_stays_between_a_second_and_two_centuries(void **state)
{
    (void)state;
    struct time_range range = {0, DAY_MS};
    for (int i = 0; i < 100; i++)
        range = range_zoom_in(range, 5000);
    assert_int_equal(range.to - range.from, 1000);
    assert_true(range.from <= 5000 && range.to >= 5000);
    for (int i = 0; i < 100; i++)
        range = range_zoom_out(range, range.from);
    assert_int_equal(range.to - range.from, 200 * 365 * DAY_MS);
    assert_range(range_zoom_in((struct time_range){7, 7}, 5000), 4500, 5500);
}

static void test_pan_moves_by_half_and_stays_in_the_calendar(void **state)
{
    (void)state;
    struct time_range range = {0, HOUR_MS};
    assert_range(range_pan(range, 1), 30 * MINUTE_MS, 90 * MINUTE_MS);
    assert_range(range_pan(range, -1), -30 * MINUTE_MS, 30 * MINUTE_MS);
    range.to = 200 * 365 * DAY_MS;
    for (int i = 0; i < 200; i++)
        range = range_pan(range, 1);
    assert_int_equal(range.to, FILTER_TIME_LAST);
    for (int i = 0; i < 400; i++)
        range = range_pan(range, -1);
    assert_range(range, FILTER_TIME_FIRST, FILTER_TIME_FIRST + 200 * 365 * DAY_MS);
}

/* ---- axis ---- */

enum { TICKS_MAX = 64 };

/* The labels of the axis, with dates where `dates`, in one line. */
static void assert_axis(struct time_range range, size_t max, bool dates, const char *expected)
{
    int64_t ticks[TICKS_MAX], step;
    char line[1024] = "";
    size_t n = axis_ticks(range, TIME_LOCAL, ticks, max, &step);
    for (size_t i = 0; i < n; i++) {
        char label[TIME_TEXT];
        assert_true(ticks[i] >= range.from && ticks[i] < range.to && (!i || ticks[i] > ticks[i - 1]));
        axis_label(ticks[i], step, TIME_LOCAL, dates, label);
        snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s", i ? "|" : "", label);
    }
    assert_string_equal(line, expected);
}

static struct time_range hours_from(int64_t from, int64_t hours)
{
    return (struct time_range){from, from + hours * HOUR_MS};
}

#define BERLIN_SPRING INT64_C(1774738800000) /* 2026-03-29T00:00+01:00; 02:00 becomes 03:00 */
#define BERLIN_AUTUMN INT64_C(1792879200000) /* 2026-10-25T00:00+02:00; 03:00 becomes 02:00 */

static void test_axis_in_hours(void **state)
{
    (void)state;
    zone("Asia/Kolkata");
    assert_axis(hours_from(0, 6), 6, false, "06:00|07:00|08:00|09:00|10:00|11:00");
    assert_axis(hours_from(0, 6), 5, false, "06:00|08:00|10:00");
    zone("UTC");
    assert_axis(hours_from(0, 24), 6, false, "00:00|04:00|08:00|12:00|16:00|20:00");
    assert_axis(hours_from(-HOUR_MS, 2), 4, true, "Dec 31 23:00|Dec 31 23:30|Jan 01 00:00|Jan 01 00:30");
    assert_axis((struct time_range){500, 4500}, 10, false, "00:00:01|00:00:02|00:00:03|00:00:04");
}

static void test_axis_over_a_change_of_the_clock(void **state)
{
    (void)state;
    zone("Europe/Berlin");
    assert_axis(hours_from(BERLIN_SPRING, 6), 10, false, "00:00|01:00|03:00|04:00|05:00|06:00");
    assert_axis(hours_from(BERLIN_SPRING, 24), 5, false, "00:00|06:00|12:00|18:00|00:00");
    assert_axis(hours_from(BERLIN_AUTUMN, 6), 10, false, "00:00|01:00|02:00|02:00|03:00|04:00");
    assert_axis(hours_from(BERLIN_AUTUMN, 24), 5, false, "00:00|06:00|12:00|18:00");
    zone("Australia/Lord_Howe"); /* by half an hour: 2026-04-05 02:00+11:00 becomes 01:30+10:30 */
    assert_axis(hours_from(INT64_C(1775307600000), 5), 9, false, "00:00|01:00|02:00|03:00|04:00");
}

static void test_axis_in_days_begins_them_at_midnight(void **state)
{
    (void)state;
    zone("Europe/Berlin");
    int64_t ticks[TICKS_MAX], step;
    assert_int_equal(axis_ticks(hours_from(BERLIN_SPRING - DAY_MS, 96), TIME_LOCAL, ticks, 5, &step), 5);
    assert_int_equal(step, DAY_MS);
    assert_int_equal(ticks[1] - ticks[0], DAY_MS);
    assert_int_equal(ticks[2] - ticks[1], 23 * HOUR_MS);
    assert_int_equal(axis_ticks(hours_from(BERLIN_AUTUMN, 72), TIME_LOCAL, ticks, 4, &step), 3);
    assert_int_equal(ticks[1] - ticks[0], 25 * HOUR_MS);
    assert_axis(hours_from(BERLIN_SPRING, 72), 4, true, "Mar 29|Mar 30|Mar 31|Apr 01");
}

/* Where the clock skips midnight, the day begins at one. */
static void test_axis_where_midnight_is_skipped(void **state)
{
    (void)state;
    zone("America/Sao_Paulo"); /* 2018-11-04 00:00-03:00 becomes 01:00-02:00 */
    const int64_t skipped = INT64_C(1541300400000);
    int64_t ticks[TICKS_MAX], step;
    assert_int_equal(axis_ticks(hours_from(skipped - 12 * HOUR_MS, 48), TIME_LOCAL, ticks, 3, &step), 2);
    assert_int_equal(ticks[0], skipped);
    assert_int_equal(ticks[1] - ticks[0], 23 * HOUR_MS);
}

static void test_axis_in_weeks_months_and_years(void **state)
{
    (void)state;
    zone("Europe/Berlin");
    assert_axis(hours_from(BERLIN_SPRING, 24 * 28), 5, false, "Mar 30|Apr 06|Apr 13|Apr 20");
    assert_axis(hours_from(BERLIN_SPRING, 24 * 120), 5, false, "Apr 2026|May 2026|Jun 2026|Jul 2026");
    assert_axis(hours_from(BERLIN_SPRING, 24 * 365 * 3), 4, false, "2027|2028|2029");
    assert_axis(hours_from(-100 * 365 * DAY_MS, 24 * 365 * 100), 6, false, "1880|1900|1920|1940|1960");
}

static void test_axis_never_gives_more_than_asked_for(void **state)
{
    (void)state;
    zone("America/New_York");
    int64_t ticks[TICKS_MAX], step;
    for (int64_t span = 1000; span < 200 * 365 * DAY_MS; span = span * 3 / 2 + 1)
        for (size_t max = 1; max <= 20; max++) {
            int64_t from = BERLIN_AUTUMN - span / 3;
            size_t n = axis_ticks((struct time_range){from, from + span}, TIME_LOCAL, ticks, max, &step);
            assert_true(n <= max && step > 0);
            if (max >= 8 && span >= 10000)
                assert_true(n >= 2);
        }
    assert_int_equal(axis_ticks(TIME_RANGE_ALL, TIME_LOCAL, ticks, 5, &step), 0);
    assert_int_equal(axis_ticks((struct time_range){5, 5}, TIME_LOCAL, ticks, 5, &step), 0);
    assert_int_equal(axis_ticks((struct time_range){0, 5000}, TIME_LOCAL, ticks, 0, &step), 0);
}

static void test_axis_in_utc_ignores_the_zone(void **state)
{
    (void)state;
    zone("Asia/Kolkata");
    int64_t ticks[TICKS_MAX], step;
    char label[TIME_TEXT];
    assert_int_equal(axis_ticks(hours_from(0, 24), TIME_IN_UTC, ticks, 4, &step), 4);
    assert_int_equal(ticks[1], 6 * HOUR_MS);
    axis_label(ticks[1], step, TIME_IN_UTC, true, label);
    assert_string_equal(label, "Jan 01 06:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bucket_starts_are_aligned_to_the_epoch),
        cmocka_unit_test(test_the_width_is_the_smallest_that_fits),
        cmocka_unit_test(test_steps_up_and_down),
        cmocka_unit_test(test_the_widths_of_the_api),
        cmocka_unit_test(test_dense_buckets_before_1970),
        cmocka_unit_test(test_a_range_that_ends_on_a_bucket_has_no_bucket_more),
        cmocka_unit_test(test_nothing_to_show),
        cmocka_unit_test(test_too_many_buckets_become_wider),
        cmocka_unit_test(test_densify),
        cmocka_unit_test(test_counts_stop_at_their_maximum),
        cmocka_unit_test(test_zoom_keeps_its_place),
        cmocka_unit_test(test_zoom_stays_between_a_second_and_two_centuries),
        cmocka_unit_test(test_pan_moves_by_half_and_stays_in_the_calendar),
        cmocka_unit_test(test_axis_in_hours),
        cmocka_unit_test(test_axis_over_a_change_of_the_clock),
        cmocka_unit_test(test_axis_in_days_begins_them_at_midnight),
        cmocka_unit_test(test_axis_where_midnight_is_skipped),
        cmocka_unit_test(test_axis_in_weeks_months_and_years),
        cmocka_unit_test(test_axis_never_gives_more_than_asked_for),
        cmocka_unit_test(test_axis_in_utc_ignores_the_zone),
    };
    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
