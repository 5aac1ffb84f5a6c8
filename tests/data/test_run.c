/*
 * run, json_scan, log_scan: statuses by any name, durations with missing ends, and log counts from whole and
 * broken text.
 */
#include "data/run.h"
#include "data/text/json_scan.h"
#include "data/text/log_scan.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

static void statuses_know_their_words(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_OTHER; i++) {
        enum run_status status = (enum run_status)i;
        assert_int_equal(run_status_of(text_of(run_status_word(status))), status);
        assert_true(run_status_glyph(status, false)[0]);
        assert_true(run_status_glyph(status, true)[0] > ' ' && !run_status_glyph(status, true)[1]);
    }
    assert_int_equal(run_status_of(TEXT_LIT("waiting")), STATUS_OTHER); /* the store never says so */
    assert_int_equal(run_status_of(TEXT_LIT("Failed")), STATUS_OTHER);
    assert_int_equal(run_status_of(TEXT_LIT("")), STATUS_OTHER);
    assert_int_equal(run_status_of(TEXT_NULL), STATUS_OTHER);
    assert_string_equal(run_status_label(STATUS_WAITING), "waiting");
    assert_string_equal(run_status_label(STATUS_OTHER), "other");
    assert_string_equal(run_status_word(STATUS_OTHER), "");
    assert_true(run_status_is_terminal(STATUS_CANCELLED));
    assert_false(run_status_is_terminal(STATUS_WAITING));
    assert_false(run_status_is_terminal(STATUS_OTHER));
}

static void typed_statuses_become_the_store_s(void **state)
{
    (void)state;
    assert_true(text_is(run_status_canonical(TEXT_LIT("WAITING")), "waiting_for_interaction"));
    assert_true(
        text_is(run_status_canonical(TEXT_LIT("Waiting_For_Interaction")), "waiting_for_interaction"));
    assert_true(text_is(run_status_canonical(TEXT_LIT("FAILED")), "failed"));
    assert_true(text_is(run_status_canonical(TEXT_LIT("Paused")), "Paused"));
    assert_true(text_is(run_status_canonical(TEXT_LIT("")), ""));
}

static void durations_need_both_ends(void **state)
{
    (void)state;
    struct run run = {.started_at = 1000, .completed_at = 6200};
    assert_int_equal(run_duration(&run), 5200);
    run.completed_at = 400;
    assert_int_equal(run_duration(&run), -600);
    run.completed_at = TIME_NONE;
    assert_int_equal(run_duration(&run), DURATION_NONE);
    run = (struct run){.started_at = TIME_NONE, .completed_at = 5};
    assert_int_equal(run_duration(&run), DURATION_NONE);
    run = (struct run){.started_at = INT64_MIN + 1, .completed_at = INT64_MAX};
    assert_int_equal(run_duration(&run), DURATION_NONE);
}

static void keys_carry_what_rows_sort_by(void **state)
{
    (void)state;
    struct run_row row = {.id = TEXT_LIT("3f1c9a52"), .created_at = 7, .started_at = 10, .completed_at = 15};
    struct row_key key = run_row_key(&row);
    assert_int_equal(key.created_at, 7);
    assert_int_equal(key.duration_ms, 5);
    assert_string_equal(key.id, "3f1c9a52");
    char longer[200];
    memset(longer, 'x', sizeof longer);
    row.id = (struct text){longer, sizeof longer};
    row.completed_at = TIME_NONE;
    key = run_row_key(&row);
    assert_int_equal(strlen(key.id), sizeof key.id - 1);
    assert_int_equal(key.duration_ms, DURATION_NONE);
    row.id = TEXT_NULL;
    assert_string_equal(run_row_key(&row).id, "");
}

static void logs_are_counted(void **state)
{
    (void)state;
    static const struct {
        struct text json;
        int errors, warnings, total;
        bool is_broken;
    } cases[] = {
        {TEXT_LIT("[\"[log] a\",\"[info] b\",\"[warn] c\",\"[error] d\",\"[debug] e\"]"), 1, 1, 5, false},
        {TEXT_LIT("[]"), 0, 0, 0, false},
        {TEXT_LIT(" [ ] "), 0, 0, 0, false},
        {TEXT_NULL, 0, 0, 0, false},
        {TEXT_LIT(""), 0, 0, 0, true},
        {TEXT_LIT("null"), 0, 0, 0, true},
        {TEXT_LIT("[\"no level\",\" [error] not first\",\"[ERROR] other case\",\"[errors]\"]"), 0, 0, 4,
         false},
        {TEXT_LIT("[\"[error]\",\"[warn]x\"]"), 1, 1, 2, false},
        {TEXT_LIT("[\"\\u005berror] escaped\"]"), 1, 0, 1, false},
        {TEXT_LIT("[\"[log] quote \\\" , [error] \\\\\",\"[error] after\"]"), 1, 0, 2, false},
        {TEXT_LIT("[1,{\"a\":[\"[error] inner\"]},null,[\"[warn] x\"],\"[warn] y\"]"), 0, 1, 5, false},
        {TEXT_LIT("[\"[error] a\",\"[error] cut"), 1, 0, 1, true},
        {TEXT_LIT("[\"[error] a\",\"[error] b\""), 2, 0, 2, true},
        {TEXT_LIT("[\"[error] a\" \"[error] b\"]"), 1, 0, 1, true},
        {TEXT_LIT("[\"[error] a\",]"), 1, 0, 1, true},
        {TEXT_LIT("[\"[error] a\"] tail"), 1, 0, 1, true},
        {TEXT_LIT("[\"[error] a\",{\"b\":"), 1, 0, 1, true},
        {TEXT_LIT("[error] plain text"), 0, 0, 0, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct log_counts counts = log_counts_of(cases[i].json);
        if (counts.errors != cases[i].errors || counts.warnings != cases[i].warnings ||
            counts.total != cases[i].total)
            fail_msg("case %zu: %dE %dW of %d", i, counts.errors, counts.warnings, counts.total);
        struct log_scan scan = log_scan(cases[i].json);
        for (struct text raw; log_scan_next(&scan, &raw);)
            assert_true(raw.n > 0);
        if (scan.is_broken != cases[i].is_broken)
            fail_msg("case %zu: broken is %d", i, scan.is_broken);
    }
}

static void levels_are_split_off(void **state)
{
    (void)state;
    struct text rest;
    assert_int_equal(log_level_of(TEXT_LIT("[warn] disk is full"), &rest), LOG_WARN);
    assert_true(text_is(rest, "disk is full"));
    assert_int_equal(log_level_of(TEXT_LIT("[debug]  two spaces"), &rest), LOG_DEBUG);
    assert_true(text_is(rest, " two spaces"));
    assert_int_equal(log_level_of(TEXT_LIT("[error]"), &rest), LOG_ERROR);
    assert_true(text_is(rest, ""));
    assert_int_equal(log_level_of(TEXT_LIT("[err"), &rest), LOG_LOG);
    assert_true(text_is(rest, "[err"));
    assert_int_equal(log_level_of(TEXT_NULL, &rest), LOG_LOG);
    assert_string_equal(log_level_word(LOG_ERROR), "error");
    assert_string_equal(log_level_letter(LOG_ERROR), "E");
}

static void assert_tokens(struct text json, const char *want)
{
    static const char letters[] = "!.{}[],:snTFN";
    char got[64];
    size_t n = 0;
    struct json_scan scan = json_scan(json);
    enum json_token token;
    do {
        token = json_next(&scan);
        got[n++] = letters[token];
    } while (token > JSON_END && n < sizeof got - 1);
    got[n] = '\0';
    assert_string_equal(got, want);
}

static void tokens_are_read(void **state)
{
    (void)state;
    assert_tokens(TEXT_LIT("{\"a\": [1, -2.5e+10, true,false,null]}"), "{s:[n,n,T,F,N]}.");
    assert_tokens(TEXT_LIT(" \t\r\n"), ".");
    assert_tokens(TEXT_NULL, ".");
    assert_tokens(TEXT_LIT("\"a"), "!");
    assert_tokens(TEXT_LIT("\"a\\"), "!");
    assert_tokens(TEXT_LIT("\"a\\\""), "!");
    assert_tokens(TEXT_LIT("-"), "!");
    assert_tokens(TEXT_LIT("1."), "!");
    assert_tokens(TEXT_LIT("1e"), "!");
    assert_tokens(TEXT_LIT("tru"), "!");
    assert_tokens(TEXT_LIT("undefined"), "!");
    assert_tokens(TEXT_LIT("01"), "nn.");
    assert_tokens(TEXT_LIT("\0"), "!");
}

static void assert_unescaped(struct text raw, struct text want)
{
    char *got = malloc(raw.n + 1);
    size_t n = json_unescape(raw, got);
    assert_int_equal(n, want.n);
    assert_memory_equal(got, want.s, n);
    free(got);
}

static void strings_are_decoded(void **state)
{
    (void)state;
    assert_unescaped(TEXT_LIT("\"\""), TEXT_LIT(""));
    assert_unescaped(TEXT_LIT("\"plain ü\""), TEXT_LIT("plain ü"));
    assert_unescaped(TEXT_LIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), TEXT_LIT("\"\\/\b\f\n\r\t"));
    assert_unescaped(TEXT_LIT("\"\\u00fc\\u4e16\\uD83C\\uDF0D\""), TEXT_LIT("ü世🌍"));
    assert_unescaped(TEXT_LIT("\"\\ud83c\""), TEXT_LIT("\uFFFD"));
    assert_unescaped(TEXT_LIT("\"\\ud83c\\u0041\""), TEXT_LIT("\uFFFDA"));
    assert_unescaped(TEXT_LIT("\"\\udf0d!\""), TEXT_LIT("\uFFFD!"));
    assert_unescaped(TEXT_LIT("\"\\u0000\""), TEXT_LIT("\0"));
    assert_unescaped(TEXT_LIT("\"\\x \\u12g4\""), TEXT_LIT("\\x \\u12g4"));
    assert_unescaped(TEXT_LIT("\"\xFF\\n\""), TEXT_LIT("\xFF\n"));
    char head[3];
    assert_int_equal(json_unescape_head(TEXT_LIT("\"ab\\u00fcc\""), head, 3), 2);
    assert_int_equal(json_unescape_head(TEXT_LIT("\"abc\""), head, 3), 3);
}

static void values_are_skipped(void **state)
{
    (void)state;
    struct json_scan scan = json_scan(TEXT_LIT("{\"a\":[{}]} 7"));
    assert_true(json_skip(&scan, json_next(&scan)));
    assert_int_equal(json_next(&scan), JSON_NUMBER);
    scan = json_scan(TEXT_LIT("[[]"));
    assert_false(json_skip(&scan, json_next(&scan)));
    char deep[2000];
    memset(deep, '[', 1000);
    memset(deep + 1000, ']', 1000);
    scan = json_scan((struct text){deep, 2000});
    assert_false(json_skip(&scan, json_next(&scan)));
    scan = json_scan((struct text){deep + 600, 800});
    assert_true(json_skip(&scan, json_next(&scan)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_know_their_words), cmocka_unit_test(typed_statuses_become_the_store_s),
        cmocka_unit_test(durations_need_both_ends),  cmocka_unit_test(keys_carry_what_rows_sort_by),
        cmocka_unit_test(logs_are_counted),          cmocka_unit_test(levels_are_split_off),
        cmocka_unit_test(tokens_are_read),           cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(values_are_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
