/*
 * timefmt, civil, timeparse, span: what is written is read back, in every zone and at every edge of the
 * clock.
 */
#include "data/base/civil.h"
#include "data/base/timefmt.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

static char out[TIME_TEXT];

static void zone(const char *name)
{
    setenv("TZ", name, 1);
    time_init();
}

static int64_t utc(const char *iso)
{
    int64_t t = TIME_NONE;
    if (!time_parse(text_of(iso), TIME_IN_UTC, &t))
        fail_msg("not a time: %s", iso);
    return t;
}

static void assert_local(const char *typed, const char *want_utc)
{
    int64_t t;
    assert_true(time_parse(text_of(typed), TIME_LOCAL, &t));
    if (t != utc(want_utc)) {
        time_format_iso(t, TIME_IN_UTC, out);
        fail_msg("%s is %s, not %s", typed, out, want_utc);
    }
}

static const char *iso(int64_t t)
{
    time_format_iso(t, TIME_LOCAL, out);
    return out;
}

static void absolute_times_are_read(void **state)
{
    (void)state;
    zone("UTC");
    assert_int_equal(utc("1970-01-01"), 0);
    assert_int_equal(utc("2026-04-11T09:30"), INT64_C(1775899800000));
    assert_int_equal(utc("2026-04-11 09:30:01"), INT64_C(1775899801000));
    assert_int_equal(utc("2026-04-11T09:30:01.5"), INT64_C(1775899801500));
    assert_int_equal(utc("2026-04-11T09:30:01.042Z"), INT64_C(1775899801042));
    assert_int_equal(utc("2026-04-11T09:30+05:30"), utc("2026-04-11T04:00"));
    assert_int_equal(utc("2026-04-11T09:30-03:30"), utc("2026-04-11T13:00"));
    assert_int_equal(utc("1775899801042"), INT64_C(1775899801042));
    assert_int_equal(utc("-62135596800000"), utc("0001-01-01"));
    assert_int_equal(utc("2024-02-29"), utc("2024-02-28") + DAY_MS);
    assert_int_equal(utc("0000-01-01"), INT64_C(-62167219200000));
    assert_int_equal(utc("9999-12-31T23:59:59.999"), INT64_C(253402300799999));
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "now",
                                      "2026",
                                      "2026-04",
                                      "2026-4-1",
                                      "2026-13-01",
                                      "2026-00-01",
                                      "2026-02-29",
                                      "2026-04-31",
                                      "2026-04-00",
                                      "2026-04-11T",
                                      "2026-04-11T24:00",
                                      "2026-04-11T09",
                                      "2026-04-11T09:60",
                                      "2026-04-11T09:30:60",
                                      "2026-04-11T09:30:",
                                      "2026-04-11T09:30:01.",
                                      "2026-04-11T09:30:01.1234",
                                      "2026-04-11T09:30.5",
                                      "2026-04-11T09:30+5",
                                      "2026-04-11T09:30+05:60",
                                      "2026-04-11T09:30Zx",
                                      "2026-04-11Z",
                                      "2026-04-11  09:30",
                                      " 2026-04-11",
                                      "1775899801",
                                      "99999999999999999999",
                                      "9223372036854775808",
                                      "17758998010x2",
                                      "-"};
    int64_t t;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (time_parse(text_of(bad[i]), TIME_IN_UTC, &t))
            fail_msg("'%s' was read as a time", bad[i]);
    assert_false(time_parse(TEXT_NULL, TIME_IN_UTC, &t));
    assert_false(time_parse(TEXT_LIT("2026-04-11\0"), TIME_IN_UTC, &t));
    assert_false(time_parse(TEXT_LIT("2026-04-11T09:30:01\0"), TIME_IN_UTC, &t));
}

static void skipped_times_move_forward(void **state)
{
    (void)state;
    zone("Europe/Berlin");
    assert_local("2026-03-29T01:59", "2026-03-29T00:59");
    assert_local("2026-03-29T02:00", "2026-03-29T01:00");
    assert_local("2026-03-29T02:30", "2026-03-29T01:30");
    assert_local("2026-03-29T03:00", "2026-03-29T01:00");
    zone("America/Sao_Paulo"); /* midnight itself was skipped */
    assert_local("2018-11-04", "2018-11-04T03:00");
    zone("Pacific/Apia"); /* a whole day was skipped */
    assert_local("2011-12-29T23:00", "2011-12-30T09:00");
    assert_local("2011-12-30T12:00", "2011-12-30T22:00");
    assert_local("2011-12-31T00:00", "2011-12-30T10:00");
}

static void repeated_times_are_the_first(void **state)
{
    (void)state;
    zone("Europe/Berlin");
    assert_local("2026-10-25T02:30", "2026-10-25T00:30");
    assert_local("2026-10-25T02:30+01:00", "2026-10-25T01:30");
    assert_local("2026-10-25T03:00", "2026-10-25T02:00");
    zone("Australia/Lord_Howe"); /* half an hour */
    assert_local("2026-04-05T01:45", "2026-04-04T14:45");
}

static void iso_is_the_shortest_that_reads_back(void **state)
{
    (void)state;
    zone("Europe/Berlin");
    assert_string_equal(iso(utc("2026-11-20T23:00")), "2026-11-21");
    assert_string_equal(iso(utc("2026-11-21T13:02")), "2026-11-21T14:02");
    assert_string_equal(iso(utc("2026-11-21T13:02:11")), "2026-11-21T14:02:11");
    assert_string_equal(iso(utc("2026-11-21T13:02:11.482")), "2026-11-21T14:02:11.482");
    assert_string_equal(iso(utc("2026-10-25T00:30")), "2026-10-25T02:30");
    assert_string_equal(iso(utc("2026-10-25T01:30")), "2026-10-25T02:30+01:00");
    time_format_iso(utc("2026-11-20T23:00"), TIME_IN_UTC, out);
    assert_string_equal(out, "2026-11-20T23:00");
    zone("Atlantic/Azores"); /* 01:00 comes twice, first at +00:00: midnight does so too */
    assert_string_equal(iso(utc("2026-10-25T00:00")), "2026-10-25");
    assert_string_equal(iso(utc("2026-10-25T01:00")), "2026-10-25T00:00-01:00");
}

static void iso_reads_back_in_every_zone(void **state)
{
    (void)state;
    static const char *const zones[] = {
        "UTC",           "Europe/Berlin",       "Asia/Kolkata",    "America/St_Johns",
        "Pacific/Apia",  "Australia/Lord_Howe", "Africa/Monrovia", "America/Sao_Paulo",
        "Asia/Kathmandu"};
    static const int64_t steps[] = {1, 999, 61001, 1800000, 45 * 60000, 86399999};
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        zone(zones[z]);
        for (int64_t t = utc("1850-06-01"), i = 0; t < utc("2090-01-01"); i++) {
            int64_t back = TIME_NONE;
            assert_true(time_parse(text_of(iso(t)), TIME_LOCAL, &back));
            if (back != t)
                fail_msg("%s: %lld reads back from %s as %lld", zones[z], (long long)t, out, (long long)back);
            t += steps[i % 6] + (i % 7 == 0 ? 200 * DAY_MS : 0);
            if (i % 50 == 0)
                t -= t % (30 * MINUTE_MS);
        }
    }
}

static void edges_of_the_number_are_written_as_numbers(void **state)
{
    (void)state;
    zone("America/St_Johns");
    static const int64_t far[] = {INT64_MAX, INT64_MIN + 1, INT64_C(400000000000000),
                                  INT64_C(-99999999999999)};
    for (size_t i = 0; i < 4; i++) {
        char number[TIME_TEXT];
        snprintf(number, sizeof number, "%lld", (long long)far[i]);
        assert_string_equal(iso(far[i]), number);
        time_format_row(far[i], TIME_LOCAL, 0, out);
        assert_string_equal(out, number);
        time_format_full(far[i], TIME_IN_UTC, out);
        assert_string_equal(out, number);
        time_format_clock(far[i], TIME_LOCAL, out);
        assert_string_equal(out, number);
        time_format_short(far[i], TIME_LOCAL, out);
        assert_string_equal(out, number);
        int64_t back;
        assert_true(time_parse(text_of(number), TIME_LOCAL, &back));
        assert_int_equal(back, far[i]);
        time_zone_name(far[i], TIME_LOCAL, out);
        time_format_ago(far[i], 0, out);
        time_format_ago(far[i], -far[i], out);
    }
    time_format_row(TIME_NONE, TIME_RELATIVE, 0, out);
    assert_string_equal(out, "–");
    assert_string_equal(iso(TIME_NONE), "–");
}

static void rows_are_nineteen_cells(void **state)
{
    (void)state;
    zone("Europe/Berlin");
    int64_t now = utc("2026-11-21T13:03");
    time_format_row(utc("2026-11-21T13:02:11.482"), TIME_LOCAL, now, out);
    assert_string_equal(out, "Nov 21 14:02:11.482");
    time_format_row(utc("2026-02-01T00:00:00.007"), TIME_IN_UTC, now, out);
    assert_string_equal(out, "Feb 01 00:00:00.007");
    time_format_row(utc("2025-11-21T13:02:11.482"), TIME_LOCAL, now, out);
    assert_string_equal(out, "2025-11-21 14:02:11");
    time_format_row(utc("2025-12-31T23:30"), TIME_LOCAL, now, out); /* already this year here */
    assert_string_equal(out, "Jan 01 00:30:00.000");
    time_format_row(-1, TIME_IN_UTC, now, out);
    assert_string_equal(out, "1969-12-31 23:59:59");
    time_format_row(now - 123000, TIME_RELATIVE, now, out);
    assert_string_equal(out, "2m 03s ago");
    time_format_short(-1, TIME_IN_UTC, out);
    assert_string_equal(out, "23:59:59.999");
}

static void zones_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *when, *name;
    } cases[] = {
        {"Europe/Berlin", "2026-11-21", "CET"},        {"Europe/Berlin", "2026-07-01", "CEST"},
        {"Asia/Kolkata", "2026-07-01", "IST"},         {"America/St_Johns", "2026-07-01", "NDT"},
        {"Asia/Kathmandu", "2026-07-01", "UTC+05:45"}, {"America/Sao_Paulo", "2026-07-01", "UTC-03:00"},
        {"<+0530>-5:30", "2026-07-01", "UTC+05:30"},   {"UTC", "2026-07-01", "UTC"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        zone(cases[i].zone);
        time_zone_name(utc(cases[i].when), TIME_LOCAL, out);
        assert_string_equal(out, cases[i].name);
        time_zone_name(utc(cases[i].when), TIME_IN_UTC, out);
        assert_string_equal(out, "UTC");
    }
    zone("America/St_Johns");
    time_format_clock(utc("2026-11-21T14:03"), TIME_LOCAL, out);
    assert_string_equal(out, "10:33 NST");
    time_format_full(utc("2026-11-21T14:03:00.001"), TIME_LOCAL, out);
    assert_string_equal(out, "2026-11-21 10:33:00.001 NST");
    time_format_full(utc("2026-11-21T14:03:00.001"), TIME_IN_UTC, out);
    assert_string_equal(out, "2026-11-21 14:03:00.001 UTC");
}

static void the_past_and_the_future_are_told(void **state)
{
    (void)state;
    static const struct {
        int64_t past;
        const char *want;
    } cases[] = {{0, "now"},
                 {999, "now"},
                 {-999, "now"},
                 {1000, "1s ago"},
                 {-3000, "in 3s"},
                 {59999, "59s ago"},
                 {60000, "1m 00s ago"},
                 {2 * HOUR_MS + 54 * MINUTE_MS, "2h 54m ago"},
                 {DAY_MS, "1d 00h ago"},
                 {-3 * DAY_MS - 2 * HOUR_MS, "in 3d 02h"},
                 {400 * DAY_MS, "400d ago"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        time_format_ago(INT64_C(1700000000000) - cases[i].past, INT64_C(1700000000000), out);
        assert_string_equal(out, cases[i].want);
    }
}

static void spans_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        int64_t ms;
    } cases[] = {{"15m", 15 * MINUTE_MS},
                 {"1h", HOUR_MS},
                 {"24h", DAY_MS},
                 {"7d", 7 * DAY_MS},
                 {"2w", 14 * DAY_MS},
                 {"90s", 90000},
                 {"500ms", 500},
                 {"1h30m", 90 * MINUTE_MS},
                 {"1.5h", 90 * MINUTE_MS},
                 {"0.001s", 1},
                 {"1d2h3m4s5ms", 93784005},
                 {"36525d", 36525 * DAY_MS},
                 {"0h5s", 5000},
                 {"1.25s", 1250}};
    int64_t ms;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!span_parse(text_of(cases[i].typed), &ms))
            fail_msg("%s was refused", cases[i].typed);
        assert_int_equal(ms, cases[i].ms);
    }
    static const char *const bad[] = {"",
                                      "h",
                                      "1",
                                      "1x",
                                      "-1h",
                                      "1h ",
                                      "1 h",
                                      "0s",
                                      "0ms",
                                      "1.h",
                                      ".5h",
                                      "1.2345s",
                                      "1h1h",
                                      "1m1h",
                                      "101000d",
                                      "1mm",
                                      "36526d",
                                      "1H",
                                      "99999999999999999999w",
                                      "9999999999999w",
                                      "0.1ms",
                                      "1..5h",
                                      "1h30"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (span_parse(text_of(bad[i]), &ms))
            fail_msg("'%s' was read as %lld", bad[i], (long long)ms);
    assert_false(span_parse(TEXT_NULL, &ms));
}

static void spans_read_back(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *want, *words;
    } cases[] = {
        {DAY_MS, "24h", "1 day"},          {7 * DAY_MS, "7d", "7 days"}, {14 * DAY_MS, "2w", "14 days"},
        {30 * DAY_MS, "30d", "30 days"},   {2 * DAY_MS, "2d", "2 days"}, {90000, "90s", "90 s"},
        {90 * MINUTE_MS, "90m", "90 min"}, {HOUR_MS, "1h", "1 h"},       {15 * MINUTE_MS, "15m", "15 min"},
        {1500, "1500ms", "1500 ms"},       {1000, "1s", "1 s"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        span_format(cases[i].ms, out);
        assert_string_equal(out, cases[i].want);
        span_format_words(cases[i].ms, out);
        assert_string_equal(out, cases[i].words);
    }
    for (int64_t ms = 1; ms < 36525 * DAY_MS; ms += ms / 3 + 1) {
        int64_t back;
        span_format(ms, out);
        assert_true(span_parse(text_of(out), &back));
        assert_int_equal(back, ms);
    }
    span_format(0, out);
    span_format_words(0, out);
    span_format(INT64_MIN, out);
    span_format_words(INT64_MAX, out);
}

static void durations_take_seven_cells(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *want;
    } cases[] = {{0, "0ms"},
                 {812, "812ms"},
                 {999, "999ms"},
                 {5200, "5.20s"},
                 {9999, "9.99s"},
                 {41200, "41.2s"},
                 {59999, "59.9s"},
                 {123000, "2m 03s"},
                 {3599999, "59m 59s"},
                 {HOUR_MS + 4 * MINUTE_MS, "1h 04m"},
                 {3 * DAY_MS + 2 * HOUR_MS, "3d 02h"},
                 {-812, "-812ms"},
                 {-123000, "-2m 03s"},
                 {100 * DAY_MS, "100d"},
                 {DURATION_NONE, "–"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        duration_format(cases[i].ms, out);
        assert_string_equal(out, cases[i].want);
    }
    duration_format(INT64_MAX, out);
    assert_true(strlen(out) <= 7);
    for (int64_t ms = 1; ms < INT64_MAX / 2; ms += ms / 5 + 1) {
        duration_format(ms, out);
        assert_true(strlen(out) <= 7);
        duration_format(-ms, out);
        assert_true(strlen(out) <= 8);
    }
}

static void counts_are_grouped_and_shortened(void **state)
{
    (void)state;
    static const struct {
        int64_t n;
        const char *full, *brief;
    } cases[] = {{0, "0", "0"},
                 {999, "999", "999"},
                 {1000, "1,000", "1k"},
                 {1250, "1,250", "1.2k"},
                 {9999, "9,999", "9.9k"},
                 {47201, "47,201", "47k"},
                 {999999, "999,999", "999k"},
                 {1200000, "1,200,000", "1.2M"},
                 {-47201, "-47,201", "-47k"},
                 {INT64_MAX, "9,223,372,036,854,775,807", "9.2E"},
                 {INT64_MIN, "-9,223,372,036,854,775,808", "-9.2E"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        count_format(cases[i].n, out);
        assert_string_equal(out, cases[i].full);
        count_format_short(cases[i].n, out);
        assert_string_equal(out, cases[i].brief);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absolute_times_are_read),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(skipped_times_move_forward),
        cmocka_unit_test(repeated_times_are_the_first),
        cmocka_unit_test(iso_is_the_shortest_that_reads_back),
        cmocka_unit_test(iso_reads_back_in_every_zone),
        cmocka_unit_test(edges_of_the_number_are_written_as_numbers),
        cmocka_unit_test(rows_are_nineteen_cells),
        cmocka_unit_test(zones_are_named),
        cmocka_unit_test(the_past_and_the_future_are_told),
        cmocka_unit_test(spans_are_read),
        cmocka_unit_test(spans_read_back),
        cmocka_unit_test(durations_take_seven_cells),
        cmocka_unit_test(counts_are_grouped_and_shortened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
