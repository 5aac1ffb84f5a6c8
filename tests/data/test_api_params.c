/*
 * The parameters of a list request: what is a 400 and in which words, what is forgiven, and what each comes
 * to.
 */
#include "data/api/api_params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAIRS = 100 };

struct asked {
    bool is_good;
    struct api_list_params params;
    struct buf issues;
};

/* Name, value, name, value, …, NULL. */
static struct asked ask(const char *first, ...)
{
    struct asked asked;
    struct api_param pairs[PAIRS];
    struct api_request request = {.method = "GET", .path = "/executions", .params = pairs};
    va_list list;
    va_start(list, first);
    for (const char *name = first; name; name = va_arg(list, const char *))
        pairs[request.param_count++] = (struct api_param){name, va_arg(list, const char *)};
    va_end(list);
    buf_init(&asked.issues, 1 << 16);
    asked.is_good = api_list_params_read(&request, &asked.params, &asked.issues);
    return asked;
}

static void release(struct asked *asked)
{
    api_list_params_release(&asked->params);
    buf_release(&asked->issues);
}

#define GOOD(...)                                                                                            \
    struct asked asked = ask(__VA_ARGS__, NULL);                                                             \
    if (!asked.is_good)                                                                                      \
    fail_msg("refused: %s", buf_cstr(&asked.issues))

static void expect_refused(struct asked asked, const char *words)
{
    assert_false(asked.is_good);
    if (!strstr(buf_cstr(&asked.issues), words))
        fail_msg("no \"%s\" in %s", words, buf_cstr(&asked.issues));
    assert_non_null(strstr(buf_cstr(&asked.issues), "\"_tag\":\"HttpApiDecodeError\""));
    release(&asked);
}

/* ---- numbers ---- */

static void expect_limit(const char *value, size_t limit)
{
    GOOD("limit", value);
    assert_int_equal(asked.params.limit, limit);
    release(&asked);
}

static void test_a_limit_is_clamped(void **state)
{
    (void)state;
    expect_limit("1", 1);
    expect_limit("0", 1);
    expect_limit("-1", 1);
    expect_limit("-99999999999999999999", 1);
    expect_limit("2.5", 2);
    expect_limit("1e1", 10);
    expect_limit("100", 100);
    expect_limit("101", 100);
    expect_limit("9223372036854775808", 100);
    GOOD("code", "x");
    assert_int_equal(asked.params.limit, 25);
    release(&asked);
}

static void test_what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const values[] = {"abc",      "",    " ",   "1x", "0x10", "NaN",
                                         "Infinity", "1,5", "--1", ".",  "e3"};
    static const char *const names[] = {"limit", "from", "to"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t j = 0; j < sizeof values / sizeof *values; j++)
            expect_refused(ask(names[i], values[j], NULL), "Unable to decode");
}

static void test_a_refusal_has_the_shape_of_the_api(void **state)
{
    (void)state;
    struct asked asked = ask("limit", "a\"b", NULL);
    assert_string_equal(buf_cstr(&asked.issues),
                        "{\"issues\":[{\"_tag\":\"Transformation\",\"path\":[\"limit\"],\"message\":\"Unable "
                        "to decode \\\"a\\\"b\\\" into a "
                        "number\"},{\"_tag\":\"Type\",\"path\":[\"limit\"],\"message\":\"Expected undefined, "
                        "actual \\\"a\\\"b\\\"\"}],"
                        "\"message\":\"limit: Unable to decode \\\"a\\\"b\\\" into a "
                        "number\",\"_tag\":\"HttpApiDecodeError\"}");
    release(&asked);
}

static void test_nothing_comes_twice(void **state)
{
    (void)state;
    expect_refused(ask("limit", "1", "limit", "2", NULL), "actual an array");
    expect_refused(ask("limit", "1", "limit", "1", NULL), "actual an array");
    expect_refused(ask("code", "", "code", "x", NULL), "actual an array");
    GOOD("foo", "1", "foo", "2");
    release(&asked);
}

static void test_parameters_are_bounded(void **state)
{
    (void)state;
    char *longest = malloc(API_VALUE_MAX + 2);
    memset(longest, 'x', API_VALUE_MAX + 1);
    longest[API_VALUE_MAX + 1] = '\0';
    expect_refused(ask("code", longest, NULL), "at most 4096 bytes");
    longest[API_VALUE_MAX] = '\0';
    GOOD("code", longest);
    release(&asked);
    free(longest);

    struct api_param many[API_PARAMS_MAX + 1];
    for (size_t i = 0; i <= API_PARAMS_MAX; i++)
        many[i] = (struct api_param){"foo", ""};
    struct api_request request = {.params = many, .param_count = API_PARAMS_MAX + 1};
    struct asked flood;
    buf_init(&flood.issues, 1 << 16);
    flood.is_good = api_list_params_read(&request, &flood.params, &flood.issues);
    expect_refused(flood, "at most 64 parameters");
}

static void test_sets_are_bounded(void **state)
{
    (void)state;
    char words[1024] = "";
    for (int i = 0; i < FILTER_VALUES_MAX; i++)
        snprintf(words + strlen(words), sizeof words - strlen(words), "%sw%d", i ? "," : "", i);
    GOOD("tool", words);
    assert_int_equal(asked.params.filter.terms[0].count, FILTER_VALUES_MAX);
    release(&asked);
    strncat(words, ",w0", sizeof words - strlen(words) - 1); /* is there already */
    struct asked again = ask("tool", words, NULL);
    assert_true(again.is_good);
    release(&again);
    strncat(words, ",other", sizeof words - strlen(words) - 1);
    expect_refused(ask("tool", words, NULL), "at most 64 different words");
}

/* ---- times ---- */

static void expect_range(const char *from, const char *to, const char *after, struct time_range range)
{
    GOOD("from", from, "to", to, "after", after);
    struct time_range got = filter_time_range(&asked.params.filter, 5);
    if (got.from != range.from || got.to != range.to)
        fail_msg("from=%s to=%s after=%s is %lld..%lld", from, to, after, (long long)got.from,
                 (long long)got.to);
    release(&asked);
}

static void test_from_and_to_are_inclusive_and_after_is_not(void **state)
{
    (void)state;
    expect_range("10", "20", "", (struct time_range){10, 21});
    expect_range("10", "20", "12", (struct time_range){13, 21});
    expect_range("10", "20", "9", (struct time_range){10, 21});
    expect_range("-10", "-5", "", (struct time_range){-10, -4});
    expect_range("10.5", "20.5", "", (struct time_range){11, 21});
    expect_range("1", "9", "10.5", (struct time_range){11, 10});
    expect_range("9007199254740993", "9007199254740993", "",
                 (struct time_range){INT64_C(9007199254740993), INT64_C(9007199254740994)});
    expect_range("-1e30", "1e30", "", TIME_RANGE_ALL);
    expect_range("0", "0", "yesterday", (struct time_range){0, 1});
}

/* ---- what is forgiven ---- */

static void expect_terms(const char *name, const char *value, enum filter_key key, const char *words)
{
    GOOD(name, value);
    struct buf got;
    buf_init(&got, 1024);
    for (size_t i = 0; i < asked.params.filter.count; i++)
        for (size_t j = 0; j < asked.params.filter.terms[i].count; j++) {
            assert_int_equal(asked.params.filter.terms[i].key, key);
            buf_printf(&got, "%s|", asked.params.filter.terms[i].values[j].text);
        }
    assert_string_equal(buf_cstr(&got), words);
    buf_release(&got);
    release(&asked);
}

static void test_unknown_statuses_are_dropped(void **state)
{
    (void)state;
    expect_terms("status", "failed", FILTER_STATUS, "failed|");
    expect_terms("status", "bogus,failed,,running,failed", FILTER_STATUS, "failed|running|");
    expect_terms("status", "bogus", FILTER_STATUS, "");
    expect_terms("status", "", FILTER_STATUS, "");
    expect_terms("status", "Failed,waiting", FILTER_STATUS, "");
    expect_terms("status", "waiting_for_interaction", FILTER_STATUS, "waiting_for_interaction|");
}

static void test_other_words_are_taken_as_they_are(void **state)
{
    (void)state;
    expect_terms("trigger", "cli,odd word,unknown", FILTER_TRIGGER, "cli|odd word|unknown|");
    expect_terms("tool", "github.*,git*,*,a.b", FILTER_TOOL, "github.*|git*|*|a.b|");
    expect_terms("code", "status:failed, or \"so\"", FILTER_CODE, "status:failed, or \"so\"|");
    expect_terms("code", "", FILTER_CODE, "");
}

static void expect_sort(const char *value, enum sort_field field, bool is_ascending)
{
    GOOD("sort", value);
    assert_int_equal(asked.params.sort.field, field);
    assert_int_equal(asked.params.sort.is_ascending, is_ascending);
    release(&asked);
}

static void test_an_unknown_sort_is_the_default(void **state)
{
    (void)state;
    expect_sort("createdAt,desc", SORT_CREATED, false);
    expect_sort("createdAt,asc", SORT_CREATED, true);
    expect_sort("durationMs,asc", SORT_DURATION, true);
    expect_sort("durationMs,desc", SORT_DURATION, false);
    expect_sort("durationMs", SORT_CREATED, false);
    expect_sort("name,asc", SORT_CREATED, false);
    expect_sort("createdAt,asc,", SORT_CREATED, false);
    expect_sort("", SORT_CREATED, false);
}

static void expect_elicitation(const char *value, int wanted)
{
    GOOD("elicitation", value);
    assert_int_equal(asked.params.filter.count, wanted >= 0);
    if (wanted >= 0)
        assert_int_equal(asked.params.filter.terms[0].values[0].flag, wanted);
    release(&asked);
}

static void test_elicitation_is_true_or_false_or_nothing(void **state)
{
    (void)state;
    expect_elicitation("true", 1);
    expect_elicitation("false", 0);
    expect_elicitation("", -1);
    expect_elicitation("TRUE", -1);
    expect_elicitation("maybe", -1);
}

static void expect_cursor(const char *cursor, const char *after, bool has_cursor, bool wants_meta)
{
    GOOD("cursor", cursor, "after", after);
    assert_int_equal(asked.params.has_cursor, has_cursor);
    assert_int_equal(asked.params.wants_meta, wants_meta);
    release(&asked);
}

/* {"createdAt":5,"id":"a"} */
#define A_CURSOR "eyJjcmVhdGVkQXQiOjUsImlkIjoiYSJ9"

static void test_meta_comes_without_cursor_and_after(void **state)
{
    (void)state;
    expect_cursor("", "", false, true);
    expect_cursor(A_CURSOR, "", true, false);
    expect_cursor("%%%not-base64", "", false, true);
    expect_cursor("Zm9v", "", false, true);
    expect_cursor("", "5", false, false);
    expect_cursor("", "yesterday", false, false);
    expect_cursor(A_CURSOR, "5", true, false);
}

/* ---- fingerprints ---- */

static uint64_t fingerprint(const char *a, const char *b, const char *c, const char *d)
{
    struct asked asked = ask(a, b, c, d, NULL);
    assert_true(asked.is_good);
    uint64_t n = asked.params.fingerprint;
    release(&asked);
    return n;
}

static void test_the_same_request_has_the_same_fingerprint(void **state)
{
    (void)state;
    uint64_t one = fingerprint("status", "failed", "code", "x");
    assert_true(one == fingerprint("code", "x", "status", "failed"));
    assert_true(fingerprint("limit", "25", "foo", "x") == fingerprint("foo", "", "bar", ""));
    assert_true(fingerprint("limit", "1000", "code", "x") == fingerprint("limit", "100", "code", "x"));
    assert_true(one != fingerprint("status", "failed", "code", "y"));
    assert_true(one != fingerprint("status", "failed", "tool", "x"));
    assert_true(fingerprint("code", "a", "tool", "b") != fingerprint("code", "b", "tool", "a"));
    assert_true(fingerprint("code", "1:x", "tool", "") != fingerprint("code", "", "tool", "1:x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_limit_is_clamped),
        cmocka_unit_test(test_what_is_no_number_is_refused),
        cmocka_unit_test(test_a_refusal_has_the_shape_of_the_api),
        cmocka_unit_test(test_nothing_comes_twice),
        cmocka_unit_test(test_parameters_are_bounded),
        cmocka_unit_test(test_sets_are_bounded),
        cmocka_unit_test(test_from_and_to_are_inclusive_and_after_is_not),
        cmocka_unit_test(test_unknown_statuses_are_dropped),
        cmocka_unit_test(test_other_words_are_taken_as_they_are),
        cmocka_unit_test(test_an_unknown_sort_is_the_default),
        cmocka_unit_test(test_elicitation_is_true_or_false_or_nothing),
        cmocka_unit_test(test_meta_comes_without_cursor_and_after),
        cmocka_unit_test(test_the_same_request_has_the_same_fingerprint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
