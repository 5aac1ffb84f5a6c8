/*
 * parse(format(f)) = f, for filters of every kind.
 */
#include "data/filter/filter.h"
#include "tests/support/random_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void assert_reads_back(const struct filter *filter, enum time_mode mode)
{
    struct filter again;
    struct filter_mistake mistake;
    struct buf line;
    buf_init(&line, 1 << 16);
    filter_format(filter, mode, &line);
    if (filter_parse(buf_as_text(&line), mode, &again, &mistake))
        fail_msg("<%s> did not parse: %s", buf_cstr(&line), mistake.what);
    if (!filter_equal(filter, &again))
        fail_msg("<%s> reads back as another filter", buf_cstr(&line));
    assert_null(memchr(line.data ? line.data : "", '\n', line.len));
    filter_release(&again);
    buf_release(&line);
}

static void test_every_filter_reads_back(void **state)
{
    (void)state;
    static const char *const zones[] = {"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata",
                                        "Australia/Lord_Howe"};
    struct rand rng;
    rand_seed(&rng, 20260411);
    for (int i = 0; i < 20000; i++) {
        struct filter filter;
        if (i % 4000 == 0) {
            setenv("TZ", zones[i / 4000], 1);
            tzset();
        }
        random_filter(&rng, 6, &filter);
        assert_reads_back(&filter, i % 3 ? TIME_LOCAL : TIME_IN_UTC);
        filter_release(&filter);
    }
}

/* What is typed at random parses or not; if it does, its canonical line means the same. */
static void test_every_line_that_parses_has_a_canonical_form(void **state)
{
    (void)state;
    struct rand rng;
    int good = 0;
    rand_seed(&rng, 7);
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    for (int i = 0; i < 20000; i++) {
        char line[RANDOM_TEXT_MAX];
        struct filter filter;
        struct filter_mistake mistake;
        random_text(&rng, line);
        if (filter_parse(text_of(line), TIME_LOCAL, &filter, &mistake)) {
            assert_true(mistake.start < mistake.end && mistake.end <= strlen(line) && mistake.what[0]);
            continue;
        }
        good++;
        assert_reads_back(&filter, TIME_LOCAL);
        filter_release(&filter);
    }
    assert_true(good > 5000 && good < 19000);
}

/* 02:30 happens twice on the last Sunday of October: both must come back as themselves. */
static void test_both_of_an_ambiguous_hour_read_back(void **state)
{
    (void)state;
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    const int64_t first = INT64_C(1792888200000); /* 2026-10-25T00:30Z, 02:30 CEST */
    for (int64_t t = first - 2 * HOUR_MS; t <= first + 3 * HOUR_MS; t += 30 * MINUTE_MS) {
        struct filter filter;
        filter_init(&filter);
        filter_set_range(&filter, (struct time_range){t, t + 1});
        assert_int_equal(filter_time_range(&filter, 0).from, t);
        assert_reads_back(&filter, TIME_LOCAL);
        assert_reads_back(&filter, TIME_RELATIVE);
        filter_release(&filter);
    }
}

static void test_toggles_never_pass_what_can_be_read_back(void **state)
{
    (void)state;
    struct rand rng;
    struct filter filter;
    rand_seed(&rng, 3);
    filter_init(&filter);
    for (int i = 0; i < 3000; i++) {
        static const enum filter_key keys[] = {FILTER_STATUS, FILTER_TRIGGER, FILTER_TOOL, FILTER_ID,
                                               FILTER_CODE};
        char text[RANDOM_TEXT_MAX];
        random_text(&rng, text);
        enum filter_key key = keys[rand_below(&rng, 5)];
        switch (rand_below(&rng, 20)) {
        case 0: filter_only(&filter, key, text_of(text)); break;
        case 1: filter_set_code(&filter, text_of(text)); break;
        case 2:
            filter_set_range(&filter, (struct time_range){rand_between(&rng, -1000, 1000), INT64_MAX});
            break;
        case 3: filter_set_flag(&filter, FILTER_ELICITATION, rand_chance(&rng, 0.5)); break;
        case 4:
        case 5: filter_exclude(&filter, key, text_of(text)); break;
        default: filter_toggle(&filter, key, text_of(text));
        }
        if (i % 10 == 0)
            assert_reads_back(&filter, TIME_LOCAL);
    }
    filter_release(&filter);
}

static void test_times_are_written_in_the_shown_zone(void **state)
{
    (void)state;
    struct filter filter;
    struct buf line;
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    filter_init(&filter);
    filter_set_range(&filter, (struct time_range){INT64_C(1782864000000), INT64_MAX});
    buf_init(&line, FILTER_TEXT_MAX);
    filter_format(&filter, TIME_LOCAL, &line);
    assert_string_equal(buf_cstr(&line), "after:2026-07-01T02:00");
    buf_clear(&line);
    filter_format(&filter, TIME_IN_UTC, &line);
    assert_string_equal(buf_cstr(&line), "after:2026-07-01");
    buf_release(&line);
    filter_release(&filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_filter_reads_back),
        cmocka_unit_test(test_every_line_that_parses_has_a_canonical_form),
        cmocka_unit_test(test_both_of_an_ambiguous_hour_read_back),
        cmocka_unit_test(test_toggles_never_pass_what_can_be_read_back),
        cmocka_unit_test(test_times_are_written_in_the_shown_zone),
    };
    return cmocka_run_group_tests_name("filter_format", tests, NULL, NULL);
}
