/*
 * What the rail and the keys do to a filter, and taking it back.
 */
#include "data/filter/filter.h"
#include "tests/support/filter_of.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_line(const struct filter *filter, const char *expected)
{
    struct buf out;
    buf_init(&out, FILTER_TEXT_MAX);
    filter_format(filter, TIME_IN_UTC, &out);
    assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
}

typedef void edit_fn(struct filter *, enum filter_key, struct text);

static void assert_edit(edit_fn *edit, const char *line, enum filter_key key, const char *value,
                        const char *expected)
{
    struct filter filter;
    filter = filter_of(line);
    edit(&filter, key, text_of(value));
    assert_line(&filter, expected);
    filter_release(&filter);
}

static void test_toggle(void **state)
{
    (void)state;
    assert_edit(filter_toggle, "", FILTER_STATUS, "failed", "status:failed");
    assert_edit(filter_toggle, "status:failed", FILTER_STATUS, "waiting_for_interaction",
                "status:failed,waiting");
    assert_edit(filter_toggle, "status:failed,waiting x", FILTER_STATUS, "waiting", "status:failed x");
    assert_edit(filter_toggle, "status:failed", FILTER_STATUS, "FAILED", "");
    assert_edit(filter_toggle, "-status:failed,completed", FILTER_STATUS, "failed",
                "status:failed -status:completed");
    assert_edit(filter_toggle, "tool:a tool:b", FILTER_TOOL, "b", "tool:a");
    assert_edit(filter_toggle, "tool:a tool:b", FILTER_TOOL, "c", "tool:a,c tool:b");
    assert_edit(filter_toggle, "trigger:unknown", FILTER_TRIGGER, "Unknown", "");
    assert_edit(filter_toggle, "after:1h", FILTER_AFTER, "1h", "after:1h");
}

static void test_only(void **state)
{
    (void)state;
    assert_edit(filter_only, "status:failed,waiting -status:running x", FILTER_STATUS, "failed",
                "status:failed x");
    assert_edit(filter_only, "status:failed x", FILTER_STATUS, "failed", "x");
    assert_edit(filter_only, "-status:failed", FILTER_STATUS, "failed", "status:failed");
}

static void test_exclude(void **state)
{
    (void)state;
    assert_edit(filter_exclude, "", FILTER_TRIGGER, "cli", "-trigger:cli");
    assert_edit(filter_exclude, "-trigger:cli", FILTER_TRIGGER, "cli", "");
    assert_edit(filter_exclude, "trigger:cli,mcp", FILTER_TRIGGER, "cli", "trigger:mcp -trigger:cli");
}

static void test_elicitation_as_words(void **state)
{
    (void)state;
    assert_edit(filter_toggle, "", FILTER_ELICITATION, "true", "elicitation:true");
    assert_edit(filter_toggle, "elicitation:true", FILTER_ELICITATION, "true", "");
    assert_edit(filter_toggle, "elicitation:true", FILTER_ELICITATION, "false", "elicitation:false");
    assert_edit(filter_exclude, "", FILTER_ELICITATION, "true", "elicitation:false");
}

static void test_awkward_values_change_nothing(void **state)
{
    (void)state;
    struct filter filter;
    filter = filter_of("status:failed");
    filter_toggle(&filter, FILTER_TOOL, (struct text){"a\0b", 3});
    filter_toggle(&filter, FILTER_CODE, TEXT_LIT(""));
    filter_toggle(&filter, FILTER_TRIGGER, TEXT_NULL);
    assert_line(&filter, "status:failed");
    filter_release(&filter);
}

static void test_no_edit_passes_a_maximum(void **state)
{
    (void)state;
    struct filter filter;
    filter_init(&filter);
    for (int i = 0; i < FILTER_VALUES_MAX + 5; i++) {
        char word[16];
        snprintf(word, sizeof word, "t%d", i);
        filter_toggle(&filter, FILTER_TOOL, text_of(word));
    }
    assert_int_equal(filter.terms[0].count, FILTER_VALUES_MAX);
    struct buf big;
    buf_init(&big, FILTER_TEXT_MAX + 1);
    buf_fill(&big, 'x', FILTER_TEXT_MAX + 1);
    filter_set_code(&filter, buf_as_text(&big));
    assert_int_equal(filter.count, 1);
    buf_release(&big);
    filter_release(&filter);
}

static void test_mark(void **state)
{
    (void)state;
    struct filter filter;
    filter = filter_of("status:failed tool:a tool:b -trigger:cli,unknown -elicitation:true");
    assert_int_equal(filter_mark(&filter, FILTER_STATUS, TEXT_LIT("FAILED")), MARK_INCLUDED);
    assert_int_equal(filter_mark(&filter, FILTER_STATUS, TEXT_LIT("waiting")), MARK_NONE);
    assert_int_equal(filter_mark(&filter, FILTER_TOOL, TEXT_LIT("b")), MARK_INCLUDED);
    assert_int_equal(filter_mark(&filter, FILTER_TRIGGER, TEXT_LIT("unknown")), MARK_EXCLUDED);
    assert_int_equal(filter_mark(&filter, FILTER_TRIGGER, TEXT_LIT("CLI")), MARK_NONE);
    assert_int_equal(filter_mark(&filter, FILTER_ELICITATION, TEXT_LIT("true")), MARK_EXCLUDED);
    assert_int_equal(filter_mark(&filter, FILTER_ELICITATION, TEXT_LIT("false")), MARK_NONE);
    assert_int_equal(filter_mark(&filter, FILTER_AFTER, TEXT_LIT("1h")), MARK_NONE);
    filter_release(&filter);
}

static void test_code_is_replaced_and_cleared(void **state)
{
    (void)state;
    struct filter filter;
    filter = filter_of("status:failed a b -c");
    filter_set_code(&filter, TEXT_LIT("two words"));
    assert_line(&filter, "status:failed code:\"two words\"");
    filter_set_code(&filter, TEXT_LIT("two words"));
    assert_line(&filter, "status:failed code:\"two words\"");
    filter_set_code(&filter, TEXT_LIT(""));
    assert_line(&filter, "status:failed");
    filter_clear(&filter);
    assert_true(filter_is_empty(&filter));
    filter_release(&filter);
}

static void test_keys_used(void **state)
{
    (void)state;
    struct filter filter;
    filter = filter_of("status:failed -tool:a boom");
    assert_int_equal(filter_keys_used(&filter), 1u << FILTER_STATUS | 1u << FILTER_TOOL | 1u << FILTER_CODE);
    filter_clear_key(&filter, FILTER_TOOL);
    assert_int_equal(filter_keys_used(&filter), 1u << FILTER_STATUS | 1u << FILTER_CODE);
    filter_release(&filter);
}

static void test_copies_are_equal_and_apart(void **state)
{
    (void)state;
    struct filter a, b, c;
    a = filter_of("status:failed duration:>5s after:1h x");
    filter_copy(&b, &a);
    assert_true(filter_equal(&a, &b));
    filter_toggle(&b, FILTER_STATUS, TEXT_LIT("waiting"));
    assert_false(filter_equal(&a, &b));
    assert_line(&a, "status:failed duration:>5s after:1h x");
    filter_init(&c);
    filter_move(&c, &b);
    assert_true(filter_is_empty(&b));
    assert_line(&c, "status:failed,waiting duration:>5s after:1h x");
    filter_release(&a);
    filter_release(&c);
}

static void test_equality_sees_every_difference(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "status:failed",
        "-status:failed",
        "status:failed,waiting",
        "status:waiting,failed",
        "trigger:failed",
        "after:1h",
        "before:1h",
        "after:2h",
        "after:1970-01-01T01:00",
        "duration:>1s",
        "duration:>=1s",
        "duration:>2s",
        "elicitation:true",
        "elicitation:false",
        "a b",
        "a,b",
        "b a",
    };
    enum { LINES = sizeof lines / sizeof *lines };
    for (int i = 0; i < LINES; i++)
        for (int j = 0; j < LINES; j++) {
            struct filter a, b;
            a = filter_of(lines[i]);
            b = filter_of(lines[j]);
            if (filter_equal(&a, &b) != (i == j))
                fail_msg("<%s> and <%s>", lines[i], lines[j]);
            filter_release(&a);
            filter_release(&b);
        }
}

/* ---- time ---- */

static struct time_range range_of(const char *line, int64_t now)
{
    struct filter filter;
    filter = filter_of(line);
    struct time_range range = filter_time_range(&filter, now);
    filter_release(&filter);
    return range;
}

static void assert_range(const char *line, int64_t from, int64_t to)
{
    struct time_range range = range_of(line, 10 * HOUR_MS);
    assert_int_equal(range.from, from);
    assert_int_equal(range.to, to);
}

static void test_time_terms_come_to_one_range(void **state)
{
    (void)state;
    assert_range("status:failed", INT64_MIN, INT64_MAX);
    assert_range("after:1h", 9 * HOUR_MS, INT64_MAX);
    assert_range("before:1h", INT64_MIN, 9 * HOUR_MS);
    assert_range("after:3h before:1h", 7 * HOUR_MS, 9 * HOUR_MS);
    assert_range("after:3h after:2h before:1h before:30m", 8 * HOUR_MS, 9 * HOUR_MS);
    assert_range("-after:2h", INT64_MIN, 8 * HOUR_MS);
    assert_range("-before:2h", 8 * HOUR_MS, INT64_MAX);
    assert_range("after:1970-01-01T05:00", 5 * HOUR_MS, INT64_MAX);
}

static void test_setting_a_range(void **state)
{
    (void)state;
    struct filter filter;
    filter = filter_of("after:1h before:5m -after:2m status:failed");
    filter_set_range(&filter, (struct time_range){1000, 61000});
    assert_line(&filter, "status:failed after:1970-01-01T00:00:01 before:1970-01-01T00:01:01");
    assert_int_equal(filter_recent(&filter), -1);
    assert_false(filter_has_relative_time(&filter));
    filter_set_range(&filter, (struct time_range){INT64_MIN, 61000});
    assert_line(&filter, "status:failed before:1970-01-01T00:01:01");
    filter_set_range(&filter, TIME_RANGE_ALL);
    assert_line(&filter, "status:failed");
    filter_release(&filter);
}

static void test_recent(void **state)
{
    (void)state;
    struct filter filter;
    filter = filter_of("before:5m x");
    assert_int_equal(filter_recent(&filter), -1);
    assert_true(filter_has_relative_time(&filter));
    filter_set_recent(&filter, DAY_MS);
    assert_line(&filter, "after:24h x");
    assert_int_equal(filter_recent(&filter), DAY_MS);
    filter_set_recent(&filter, 0);
    assert_line(&filter, "x");
    assert_int_equal(filter_recent(&filter), 0);
    filter_release(&filter);
    filter = filter_of("after:1h after:2h");
    assert_int_equal(filter_recent(&filter), -1);
    filter_release(&filter);
    filter = filter_of("-after:1h");
    assert_int_equal(filter_recent(&filter), -1);
    filter_release(&filter);
}

/* ---- undo ---- */

static void push(struct filter_history *history, const char *line)
{
    struct filter filter;
    filter = filter_of(line);
    filter_history_push(history, &filter);
    filter_release(&filter);
}

static void test_undo_and_redo(void **state)
{
    (void)state;
    struct filter_history history;
    filter_history_init(&history);
    assert_null(filter_history_undo(&history));
    assert_null(filter_history_redo(&history));
    push(&history, "");
    push(&history, "a");
    push(&history, "a");
    push(&history, "b");
    assert_int_equal(history.count, 3);
    assert_line(filter_history_undo(&history), "a");
    assert_line(filter_history_undo(&history), "");
    assert_null(filter_history_undo(&history));
    assert_line(filter_history_redo(&history), "a");
    push(&history, "c");
    assert_null(filter_history_redo(&history));
    assert_line(filter_history_undo(&history), "a");
    assert_line(filter_history_redo(&history), "c");
    filter_history_release(&history);
}

static void test_the_oldest_entry_falls_out(void **state)
{
    (void)state;
    struct filter_history history;
    filter_history_init(&history);
    for (int i = 0; i < FILTER_HISTORY_MAX + 3; i++) {
        char line[16];
        snprintf(line, sizeof line, "w%d", i);
        push(&history, line);
    }
    assert_int_equal(history.count, FILTER_HISTORY_MAX);
    const struct filter *entry = NULL;
    for (int i = 0; i < FILTER_HISTORY_MAX - 1; i++)
        assert_non_null(entry = filter_history_undo(&history));
    assert_null(filter_history_undo(&history));
    assert_line(entry, "w3");
    filter_history_release(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_toggle),
        cmocka_unit_test(test_only),
        cmocka_unit_test(test_exclude),
        cmocka_unit_test(test_elicitation_as_words),
        cmocka_unit_test(test_awkward_values_change_nothing),
        cmocka_unit_test(test_no_edit_passes_a_maximum),
        cmocka_unit_test(test_mark),
        cmocka_unit_test(test_code_is_replaced_and_cleared),
        cmocka_unit_test(test_keys_used),
        cmocka_unit_test(test_copies_are_equal_and_apart),
        cmocka_unit_test(test_equality_sees_every_difference),
        cmocka_unit_test(test_time_terms_come_to_one_range),
        cmocka_unit_test(test_setting_a_range),
        cmocka_unit_test(test_recent),
        cmocka_unit_test(test_undo_and_redo),
        cmocka_unit_test(test_the_oldest_entry_falls_out),
    };
    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
