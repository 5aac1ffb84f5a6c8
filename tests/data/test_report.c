/*
 * Words that were mistyped, and the mistakes of a file.
 */
#include "data/base/nearest.h"
#include "data/base/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const words[] = {"status", "trigger", "tool", "sort", "page-up", "page-down", "x"};
enum { WORD_COUNT = sizeof words / sizeof words[0] };

static void assert_near(const char *typed, const char *expected)
{
    const char *near = nearest_word(text_of(typed), words, WORD_COUNT);
    if (expected)
        assert_string_equal(near, expected);
    else if (near)
        fail_msg("'%s' is near to %s", typed, near);
}

static void test_slips_of_the_fingers(void **state)
{
    (void)state;
    assert_near("status", "status");
    assert_near("statsu", "status"); /* two letters swapped */
    assert_near("staus", "status");
    assert_near("Trigggr", "trigger");
    assert_near("tol", "tool");
    assert_near("STATUS", "status");
}

static void test_beginnings(void **state)
{
    (void)state;
    assert_near("trig", "trigger");
    assert_near("page", NULL); /* of two */
}

static void test_what_is_near_to_nothing(void **state)
{
    (void)state;
    char long_word[200];
    memset(long_word, 's', sizeof long_word - 1);
    long_word[sizeof long_word - 1] = '\0';
    assert_near("", NULL);
    assert_near("z", NULL); /* one letter wrong of one is no resemblance */
    assert_near("nothing", NULL);
    assert_near(long_word, NULL);
}

static void test_all_mistakes_are_counted_and_the_first_kept(void **state)
{
    (void)state;
    struct report report;
    report_clear(&report);
    for (unsigned i = 1; i <= REPORT_MAX + 3; i++)
        report_add(&report, i, "mistake %u", i);
    assert_int_equal(report.count, REPORT_MAX + 3);
    struct buf out;
    buf_init(&out, 1 << 16);
    report_write(&report, "file", &out);
    assert_non_null(strstr(buf_cstr(&out), "file:1: mistake 1\n"));
    assert_non_null(strstr(buf_cstr(&out), "file:32: mistake 32\nfile: and 3 more\n"));
    assert_null(strstr(buf_cstr(&out), "mistake 33"));
    buf_release(&out);
}

static void test_unknown_words_are_quoted_in_bounds(void **state)
{
    (void)state;
    char long_word[500];
    memset(long_word, 'q', sizeof long_word);
    struct report report;
    report_clear(&report);
    report_unknown(&report, 0, "word", (struct text){long_word, sizeof long_word}, words, WORD_COUNT);
    assert_true(strlen(report.mistakes[0].what) < 80);
    struct buf out;
    buf_init(&out, 1 << 16);
    report_write(&report, "file", &out);
    assert_non_null(strstr(buf_cstr(&out), "file: unknown word 'qqq"));
    buf_release(&out);
}

static void test_lines(void **state)
{
    (void)state;
    struct text rest = TEXT_LIT("one\n\nthree"), line;
    unsigned number = 0;
    assert_true(report_next_line(&rest, &line, &number));
    assert_true(text_is(line, "one"));
    assert_true(report_next_line(&rest, &line, &number));
    assert_int_equal(line.n, 0);
    assert_true(report_next_line(&rest, &line, &number));
    assert_true(text_is(line, "three"));
    assert_int_equal(number, 3);
    assert_false(report_next_line(&rest, &line, &number));
    rest = TEXT_NULL;
    assert_false(report_next_line(&rest, &line, &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slips_of_the_fingers),
        cmocka_unit_test(test_beginnings),
        cmocka_unit_test(test_what_is_near_to_nothing),
        cmocka_unit_test(test_all_mistakes_are_counted_and_the_first_kept),
        cmocka_unit_test(test_unknown_words_are_quoted_in_bounds),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
