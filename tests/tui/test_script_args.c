/*
 * The command lines of the script commands: what they ask for, what is forgiven as the API forgives it, what is refused.
 */
#include "tui/script_args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define NOW INT64_C(1795226106000)
enum { WORDS_MAX = 16 };

/* Splits at spaces; "~" in a word stands for a space. */
static int words_of(const char *line, char *store, char **argv)
{
    int argc = 0;
    argv[argc++] = store;
    for (; *line; line++) {
        if (*line == ' ') {
            *store++ = '\0';
            argv[argc++] = store;
        } else {
            *store++ = (char)(*line == '~' ? ' ' : *line);
        }
    }
    *store = '\0';
    return argc;
}

struct parsed {
    char store[1024];
    char *argv[WORDS_MAX];
    struct script_args args;
    struct err err;
    enum err_code code;
};

static void parse(enum script_command command, const char *line, struct parsed *parsed)
{
    int argc = words_of(line, parsed->store, parsed->argv);
    parsed->code = script_args_parse(command, argc, parsed->argv, NOW, &parsed->args, &parsed->err);
}

static void assert_filter(const char *line, const char *expected)
{
    struct parsed parsed;
    parse(SCRIPT_LIST, line, &parsed);
    if (parsed.code)
        fail_msg("%s: %s", line, parsed.err.what);
    struct buf out;
    buf_init(&out, FILTER_TEXT_MAX);
    filter_format(&parsed.args.filter, TIME_IN_UTC, &out);
    assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
    script_args_release(&parsed.args);
}

static void test_flags_become_a_filter(void **state)
{
    (void)state;
    assert_filter("list", "");
    assert_filter("list --status failed,waiting_for_interaction,failed", "status:failed,waiting");
    assert_filter("list --trigger mcp,unknown --tool github.*,slack.post",
                  "trigger:mcp,unknown tool:github.*,slack.post");
    assert_filter("list --tool a --tool b", "tool:a,b");
    assert_filter("list --code two~words", "code:\"two words\"");
    assert_filter("list --code=100%~sure", "code:\"100% sure\"");
    assert_filter("list --elicitation true", "elicitation:true");
    assert_filter("list --elicitation false", "elicitation:false");
    assert_filter("list --status ,", "");
}

static void test_flags_and_filter_line_both_hold(void **state)
{
    (void)state;
    assert_filter("list -f tool:a~boom --tool b", "tool:a tool:b boom");
    assert_filter("list --filter=after:1h --status failed", "status:failed after:1h");
}

static struct time_range range_of(const char *line)
{
    struct parsed parsed;
    parse(SCRIPT_LIST, line, &parsed);
    if (parsed.code)
        fail_msg("%s: %s", line, parsed.err.what);
    struct time_range range = filter_time_range(&parsed.args.filter, NOW);
    script_args_release(&parsed.args);
    return range;
}

static void test_bounds_are_inclusive_and_after_is_strict(void **state)
{
    (void)state;
    struct time_range range = range_of("list --from 1795225000000 --to 1795225000005");
    assert_int_equal(range.from, 1795225000000);
    assert_int_equal(range.to, 1795225000006); /* exclusive in here */
    range = range_of("list --after 1795225000000");
    assert_int_equal(range.from, 1795225000001);
    assert_true(range.to == INT64_MAX);
    range = range_of("list --after 1795225000000 --from 1795225000007");
    assert_int_equal(range.from, 1795225000007);
    range = range_of("list --from 9 --to 7");
    assert_true(range.from >= range.to);
    range = range_of("list --from 0");
    assert_int_equal(range.from, 0);
    range = range_of("list --from 1h");
    assert_int_equal(range.from, NOW - HOUR_MS);
    range = range_of("list --to 2026-04-11T09:30");
    assert_int_equal(range.to, 1775899800001);
}

/* Wherever it stands; and not where it is the value of another one. */
static void test_times_in_utc(void **state)
{
    (void)state;
    setenv("TZ", "XST-5", 1);
    tzset();
    struct parsed parsed;
    parse(SCRIPT_LIST, "list --from 2026-11-21T14:00 --utc", &parsed);
    assert_int_equal(parsed.code, ERR_OK);
    assert_int_equal(parsed.args.times, TIME_IN_UTC);
    script_args_release(&parsed.args);
    parse(SCRIPT_LIST, "list --code --utc", &parsed);
    assert_int_equal(parsed.args.times, TIME_LOCAL);
    script_args_release(&parsed.args);
    assert_filter("list --from 2026-11-21T14:00 --utc", "after:2026-11-21T14:00");
    assert_filter("list --from 2026-11-21T14:00", "after:2026-11-21T09:00");
    assert_filter("list -f after:2026-11-21T14:00 --utc", "after:2026-11-21T14:00");
    setenv("TZ", "UTC", 1);
    tzset();
}

static void assert_limit(const char *line, int64_t limit)
{
    struct parsed parsed;
    parse(SCRIPT_LIST, line, &parsed);
    assert_int_equal(parsed.code, ERR_OK);
    assert_int_equal(parsed.args.limit, limit);
    script_args_release(&parsed.args);
}

static void test_limits(void **state)
{
    (void)state;
    assert_limit("list --json", 25);
    assert_limit("list --json --limit 0", 1);
    assert_limit("list --json --limit -1", 1);
    assert_limit("list --json --limit 1000", 100);
    assert_limit("list --limit 1000", 1000);
    assert_limit("list --ndjson", LIMIT_NONE);
    assert_limit("list --ndjson --limit 1000", 1000);
}

static void assert_sort(const char *line, enum sort_field field, bool is_ascending, size_t notes)
{
    struct parsed parsed;
    parse(SCRIPT_LIST, line, &parsed);
    assert_int_equal(parsed.code, ERR_OK);
    assert_int_equal(parsed.args.sort.field, field);
    assert_int_equal(parsed.args.sort.is_ascending, is_ascending);
    assert_int_equal(parsed.args.notes.count, notes);
    script_args_release(&parsed.args);
}

static void test_sorts(void **state)
{
    (void)state;
    assert_sort("list", SORT_CREATED, false, 0);
    assert_sort("list --sort createdAt,asc", SORT_CREATED, true, 0);
    assert_sort("list --sort durationMs,desc", SORT_DURATION, false, 0);
    assert_sort("list --sort name,asc", SORT_CREATED, false, 1);
}

static void test_what_the_api_forgives_is_said(void **state)
{
    (void)state;
    struct parsed parsed;
    parse(SCRIPT_LIST, "list --status bogus,failed --cursor %%%not-base64", &parsed);
    assert_int_equal(parsed.code, ERR_OK);
    assert_int_equal(parsed.args.notes.count, 2);
    assert_non_null(strstr(parsed.args.notes.mistakes[0].what, "bogus"));
    assert_true(parsed.args.has_cursor);
    assert_false(parsed.args.is_cursor_good);
    assert_int_equal(parsed.args.filter.count, 1);
    script_args_release(&parsed.args);
}

static void test_cursor(void **state)
{
    (void)state;
    struct parsed parsed;
    parse(SCRIPT_LIST, "list --cursor eyJjcmVhdGVkQXQiOjE3OTUyMjYxMDY3MjIsImlkIjoiYWIifQ", &parsed);
    assert_int_equal(parsed.code, ERR_OK);
    assert_true(parsed.args.is_cursor_good);
    assert_int_equal(parsed.args.cursor.created_at, 1795226106722);
    assert_string_equal(parsed.args.cursor.id, "ab");
    script_args_release(&parsed.args);
}

static void test_words(void **state)
{
    (void)state;
    struct parsed parsed;
    parse(SCRIPT_SHOW, "show 3f1c file.db --scope s1 --json --tool-calls", &parsed);
    assert_int_equal(parsed.code, ERR_OK);
    assert_string_equal(parsed.args.id, "3f1c");
    assert_string_equal(parsed.args.source, "file.db");
    assert_string_equal(parsed.args.scope, "s1");
    assert_true(parsed.args.want_tool_calls);
    assert_int_equal(parsed.args.form, OUTPUT_JSON);
    script_args_release(&parsed.args);
    parse(SCRIPT_LIST, "list -- -odd.db", &parsed);
    assert_int_equal(parsed.code, ERR_OK);
    assert_string_equal(parsed.args.source, "-odd.db");
    script_args_release(&parsed.args);
    parse(SCRIPT_SHOW, "show --help", &parsed);
    assert_int_equal(parsed.code, ERR_OK);
    assert_true(parsed.args.want_help);
    script_args_release(&parsed.args);
}

static void test_a_link_may_name_the_run(void **state)
{
    (void)state;
    struct parsed parsed;
    parse(SCRIPT_SHOW, "show https://host/runs?executionId=abc", &parsed);
    assert_int_equal(parsed.code, ERR_OK);
    assert_null(parsed.args.id);
    assert_string_equal(parsed.args.source, "https://host/runs?executionId=abc");
    script_args_release(&parsed.args);
    parse(SCRIPT_SHOW, "show abc https://host/api", &parsed);
    assert_string_equal(parsed.args.id, "abc");
    assert_string_equal(parsed.args.source, "https://host/api");
    script_args_release(&parsed.args);
}

static void test_export_has_no_end_of_its_own(void **state)
{
    (void)state;
    struct parsed parsed;
    parse(SCRIPT_EXPORT, "export x.db --status failed", &parsed);
    assert_int_equal(parsed.code, ERR_OK);
    assert_true(parsed.args.limit == LIMIT_NONE);
    script_args_release(&parsed.args);
    parse(SCRIPT_EXPORT, "export --limit 3", &parsed);
    assert_true(parsed.args.limit == 3);
    script_args_release(&parsed.args);
}

static void test_certificates(void **state)
{
    (void)state;
    static const char *const lines[] = {"list --cacert ca.pem", "stats --cacert=ca.pem",
                                        "show id --cacert ca.pem", "export --cacert ca.pem"};
    for (int command = SCRIPT_LIST; command < SCRIPT_COMMAND_COUNT; command++) {
        struct parsed parsed;
        parse((enum script_command)command, lines[command], &parsed);
        assert_int_equal(parsed.code, ERR_OK);
        assert_string_equal(parsed.args.cacert, "ca.pem");
        script_args_release(&parsed.args);
    }
}

static void assert_usage(enum script_command command, const char *line, const char *part)
{
    struct parsed parsed;
    parse(command, line, &parsed);
    assert_int_equal(parsed.code, ERR_USAGE);
    char whole[sizeof parsed.err.what + sizeof parsed.err.hint];
    snprintf(whole, sizeof whole, "%s %s", parsed.err.what, parsed.err.hint);
    if (!strstr(whole, part))
        fail_msg("%s: %s", line, whole);
    script_args_release(&parsed.args);
}

static void test_usage_errors(void **state)
{
    (void)state;
    assert_usage(SCRIPT_LIST, "list --statsu failed", "--status?");
    assert_usage(SCRIPT_LIST, "list --limit abc", "a whole number");
    assert_usage(SCRIPT_LIST, "list --limit 2.5", "a whole number");
    assert_usage(SCRIPT_LIST, "list --limit=", "a whole number");
    assert_usage(SCRIPT_LIST, "list --limit", "needs a value");
    assert_usage(SCRIPT_LIST, "list --limit 99999999999999999999", "a whole number");
    assert_usage(SCRIPT_LIST, "list --from yesterday", "epoch ms");
    assert_usage(SCRIPT_LIST, "list --elicitation maybe", "true or false");
    assert_usage(SCRIPT_LIST, "list --json --ndjson", "not both");
    assert_usage(SCRIPT_LIST, "list --json=yes", "takes no value");
    assert_usage(SCRIPT_LIST, "list one.db two.db", "one word too many");
    assert_usage(SCRIPT_LIST, "list -f stat:failed", "did you mean status?");
    assert_usage(SCRIPT_LIST, "list --tool-calls", "no option --tool-calls");
    assert_usage(SCRIPT_STATS, "stats --limit 5", "no option --limit");
    assert_usage(SCRIPT_SHOW, "show", "needs the id");
    assert_usage(SCRIPT_LIST, "list --token=abc", "EXECUTOR_RUNS_TOKEN");
    assert_usage(SCRIPT_SHOW, "show --password abc", "user_file");
}

static void test_help_lists_the_options_of_its_command(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 8192);
    script_args_help(SCRIPT_STATS, &out);
    assert_non_null(strstr(buf_cstr(&out), "--elicitation BOOL"));
    assert_null(strstr(buf_cstr(&out), "--limit"));
    buf_clear(&out);
    script_args_help(SCRIPT_EXPORT, &out);
    assert_non_null(strstr(buf_cstr(&out), "--limit"));
    assert_null(strstr(buf_cstr(&out), "--cursor"));
    buf_release(&out);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags_become_a_filter),
        cmocka_unit_test(test_flags_and_filter_line_both_hold),
        cmocka_unit_test(test_bounds_are_inclusive_and_after_is_strict),
        cmocka_unit_test(test_times_in_utc),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_sorts),
        cmocka_unit_test(test_what_the_api_forgives_is_said),
        cmocka_unit_test(test_cursor),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_a_link_may_name_the_run),
        cmocka_unit_test(test_export_has_no_end_of_its_own),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_usage_errors),
        cmocka_unit_test(test_help_lists_the_options_of_its_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
