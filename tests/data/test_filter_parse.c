/*
 * What a typed line means, and how a mistake in it is shown.
 */
#include "data/filter/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void assert_canonical(const char *line, const char *expected)
{
    struct filter filter;
    struct filter_mistake mistake;
    struct buf out;
    buf_init(&out, FILTER_TEXT_MAX);
    if (filter_parse(text_of(line), TIME_IN_UTC, &filter, &mistake))
        fail_msg("<%s> did not parse: %s", line, mistake.what);
    filter_format(&filter, TIME_IN_UTC, &out);
    assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
    filter_release(&filter);
}

/* The wrong bytes are those of `part` (its last place in the line), and the words hold `words`. */
static void assert_mistake(const char *line, const char *part, const char *words)
{
    struct filter filter;
    struct filter_mistake mistake;
    if (filter_parse(text_of(line), TIME_IN_UTC, &filter, &mistake) != ERR_USAGE)
        fail_msg("<%s> parsed", line);
    assert_true(filter_is_empty(&filter));
    assert_true(mistake.start < mistake.end && mistake.end <= strlen(line));
    char *marked = strndup(line + mistake.start, mistake.end - mistake.start);
    assert_string_equal(marked, part);
    free(marked);
    if (!strstr(mistake.what, words))
        fail_msg("<%s>: the words <%s> do not hold <%s>", line, mistake.what, words);
}

static void test_the_lines_of_the_manual(void **state)
{
    (void)state;
    assert_canonical("", "");
    assert_canonical("  \t ", "");
    assert_canonical("status:failed,waiting", "status:failed,waiting");
    assert_canonical("trigger:mcp,unknown", "trigger:mcp,unknown");
    assert_canonical("tool:github.*,slack.post", "tool:github.*,slack.post");
    assert_canonical("code:\"two words\"", "code:\"two words\"");
    assert_canonical("id:3f2a", "id:3f2a");
    assert_canonical("duration:>5s duration_ms:<=200", "duration:>5s duration:<=200ms");
    assert_canonical("after:1h before:2026-04-11", "after:1h before:2026-04-11");
    assert_canonical("after:2026-04-11T09:30 elicitation:true", "elicitation:true after:2026-04-11T09:30");
    assert_canonical("-status:completed boom", "-status:completed boom");
}

static void test_terms_come_in_the_order_of_the_keys(void **state)
{
    (void)state;
    assert_canonical("boom after:1h tool:a status:failed", "status:failed tool:a after:1h boom");
    assert_canonical("tool:b tool:a", "tool:b tool:a");
}

static void test_case_of_keys_and_statuses_does_not_matter(void **state)
{
    (void)state;
    assert_canonical("STATUS:Failed,WAITING,waiting_for_interaction", "status:failed,waiting");
    assert_canonical("Trigger:Unknown,HTTP", "trigger:unknown,HTTP");
    assert_canonical("elicitation:FALSE", "elicitation:false");
    assert_canonical("status:Odd", "status:Odd");
}

static void test_status_is_kept_as_the_stores_word(void **state)
{
    (void)state;
    struct filter filter;
    struct filter_mistake mistake;
    assert_int_equal(filter_parse(TEXT_LIT("status:Waiting"), TIME_IN_UTC, &filter, &mistake), ERR_OK);
    assert_string_equal(filter.terms[0].values[0].text, "waiting_for_interaction");
    filter_release(&filter);
}

static void test_bare_words_are_code(void **state)
{
    (void)state;
    assert_canonical("throw new", "throw new");
    assert_canonical("code:throw", "throw");
    assert_canonical("a,b", "a,b");
    assert_canonical("-boom", "-boom");
    assert_canonical("Error(\"boom\")", "Error(\"boom\")");
    assert_canonical("\"foo:bar\"", "code:foo:bar");
    assert_canonical("\"-x\"", "code:-x");
    assert_canonical("{a:1}", "{a:1}");
    assert_canonical(":", ":");
    assert_canonical("a\\nb", "a\\nb");
    assert_canonical("https://example.com/x?y=1", "https://example.com/x?y=1");
    assert_canonical("code:https://example.com", "https://example.com");
    assert_canonical("code:code://x", "code:code://x");
    assert_canonical("código grüße", "código grüße");
}

static void test_quotes_and_escapes(void **state)
{
    (void)state;
    assert_canonical("code:\"a,b\",c", "code:\"a,b\",c");
    assert_canonical("\"say \\\"hi\\\"\"", "code:\"say \\\"hi\\\"\"");
    assert_canonical("\"tab\there\"", "code:\"tab\\there\"");
    assert_canonical("\"\\x1b[0m\"", "code:\"\\x1b[0m\"");
    assert_canonical("\"\\d+ \\x0 \\x00\"", "code:\"\\\\d+ \\\\x0 \\\\x00\"");
    assert_canonical("-\"two words\"", "-code:\"two words\"");
    assert_canonical("trigger:\"\"", "trigger:\"\"");
    assert_canonical("tool:\"a*b\"", "tool:\"a*b\"");
}

static void test_a_repeated_value_counts_once(void **state)
{
    (void)state;
    assert_canonical("status:failed,FAILED,failed", "status:failed");
}

static void test_durations(void **state)
{
    (void)state;
    assert_canonical("duration:>=1m30s", "duration:>=90s");
    assert_canonical("duration:=200ms,<1s", "duration:=200ms,<1s");
    assert_canonical("duration_ms:>1500", "duration:>1500ms");
    assert_canonical("duration_ms:>=0 duration:<0s", "duration:>=0ms duration:<0ms");
    assert_mistake("duration:5s", "5s", "duration:>5s");
    assert_mistake("duration:>5", ">5", "needs a unit");
    assert_mistake("duration:>fast", ">fast", "no duration");
    assert_mistake("duration_ms:>5s", ">5s", "plain number");
    assert_mistake("duration:", "duration:", "needs a value");
    assert_mistake("duration:>1s,", ",", "missing");
}

static void test_times(void **state)
{
    (void)state;
    assert_canonical("after:1744362000000", "after:2025-04-11T09:00");
    assert_canonical("after:\"2026-04-11 09:30\"", "after:2026-04-11T09:30");
    assert_canonical("-after:2w", "-after:2w");
    assert_mistake("after:15", "15", "after:15m");
    assert_mistake("before:soon", "soon", "no time");
    assert_mistake("after:2026-13-01", "2026-13-01", "no time");
    assert_mistake("after:1h,2h", "2h", "takes one");
    assert_mistake("after:99999999999999999", "99999999999999999", "years 1 to 9999");
}

static void test_unknown_keys(void **state)
{
    (void)state;
    assert_mistake("stat:failed", "stat", "did you mean status?");
    assert_mistake("boom -statsu:failed", "statsu", "did you mean status?");
    assert_mistake("since:1h", "since", "did you mean after?");
    assert_mistake("foo:bar", "foo", "quotes");
    assert_mistake("std::vector", "std", "quotes");
    assert_mistake("https:x", "https", "quotes");
    assert_mistake("status:failed TOOLS:x", "TOOLS", "did you mean tool?");
}

static void test_empty_values(void **state)
{
    (void)state;
    assert_mistake("status:", "status:", "status needs a value: pending");
    assert_mistake("x -tool: y", "-tool:", "tool needs a value");
    assert_mistake("status:failed,", ",", "missing");
    assert_mistake("status:,failed", ",", "missing");
    assert_mistake("status:failed,,waiting", ",", "missing");
    assert_mistake("code:\"\"", "\"\"", "empty");
    assert_mistake("a \"\"", "\"\"", "empty");
    assert_mistake("after:\"\"", "\"\"", "");
    assert_mistake("- x", "-", "excludes");
    assert_mistake("--sort", "--", "quotes");
}

static void test_other_mistakes(void **state)
{
    (void)state;
    assert_mistake("x code:\"two words", "\"two words", "not closed");
    assert_mistake("\"", "\"", "not closed");
    assert_mistake("\"a\\\"", "\"a\\\"", "not closed");
    assert_mistake("code:\"a\"b c", "b", "closing quote");
    assert_mistake("tool:git*", "git*", "github.*");
    assert_mistake("tool:*", "*", "github.*");
    assert_mistake("elicitation:maybe", "maybe", "true or false");
    assert_mistake("elicitation:true,false", "false", "takes one");
}

static void test_nul_bytes_are_refused(void **state)
{
    (void)state;
    struct filter filter;
    struct filter_mistake mistake;
    assert_int_equal(filter_parse((struct text){"a\0b", 3}, TIME_IN_UTC, &filter, &mistake), ERR_USAGE);
    assert_int_equal(mistake.start, 1);
    assert_int_equal(mistake.end, 2);
}

static void assert_too_big(struct buf *line)
{
    struct filter filter;
    struct filter_mistake mistake;
    assert_int_equal(filter_parse(buf_as_text(line), TIME_IN_UTC, &filter, &mistake), ERR_TOO_BIG);
    assert_true(filter_is_empty(&filter));
    assert_true(mistake.start < mistake.end && mistake.end <= line->len);
    buf_release(line);
}

static void test_maxima(void **state)
{
    (void)state;
    struct buf line;
    buf_init(&line, 1 << 16);
    for (int i = 0; i < FILTER_TERMS_MAX + 1; i++)
        buf_printf(&line, "w%d ", i);
    assert_too_big(&line);
    buf_str(&line, "status:x");
    for (int i = 0; i < FILTER_VALUES_MAX; i++)
        buf_printf(&line, ",s%d", i);
    assert_too_big(&line);
    buf_fill(&line, 'x', FILTER_TEXT_MAX + 1);
    assert_too_big(&line);
    buf_char(&line, '"'); /* short as typed, too long as written: each tab takes two bytes */
    buf_fill(&line, '\t', FILTER_TEXT_MAX - 10);
    buf_char(&line, '"');
    assert_too_big(&line);
}

static void test_a_long_unknown_key_is_quoted_in_part(void **state)
{
    (void)state;
    struct filter filter;
    struct filter_mistake mistake;
    struct buf line;
    buf_init(&line, FILTER_TEXT_MAX);
    buf_fill(&line, 'k', 1000);
    buf_str(&line, ":x");
    assert_int_equal(filter_parse(buf_as_text(&line), TIME_IN_UTC, &filter, &mistake), ERR_USAGE);
    assert_int_equal(mistake.end, 1000);
    assert_non_null(strstr(mistake.what, "quotes"));
    buf_release(&line);
}

static void test_times_are_read_in_the_shown_zone(void **state)
{
    (void)state;
    struct filter filter;
    struct filter_mistake mistake;
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    assert_int_equal(filter_parse(TEXT_LIT("after:2026-07-01T02:00"), TIME_LOCAL, &filter, &mistake), ERR_OK);
    assert_int_equal(filter.terms[0].values[0].ms, INT64_C(1782864000000));
    filter_release(&filter);
    assert_int_equal(filter_parse(TEXT_LIT("after:2026-07-01T02:00"), TIME_IN_UTC, &filter, &mistake),
                     ERR_OK);
    assert_int_equal(filter.terms[0].values[0].ms, INT64_C(1782871200000));
    filter_release(&filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_lines_of_the_manual),
        cmocka_unit_test(test_terms_come_in_the_order_of_the_keys),
        cmocka_unit_test(test_case_of_keys_and_statuses_does_not_matter),
        cmocka_unit_test(test_status_is_kept_as_the_stores_word),
        cmocka_unit_test(test_bare_words_are_code),
        cmocka_unit_test(test_quotes_and_escapes),
        cmocka_unit_test(test_a_repeated_value_counts_once),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_unknown_keys),
        cmocka_unit_test(test_empty_values),
        cmocka_unit_test(test_other_mistakes),
        cmocka_unit_test(test_nul_bytes_are_refused),
        cmocka_unit_test(test_maxima),
        cmocka_unit_test(test_a_long_unknown_key_is_quoted_in_part),
        cmocka_unit_test(test_times_are_read_in_the_shown_zone),
    };
    return cmocka_run_group_tests_name("filter_parse", tests, NULL, NULL);
}
