/*
 * log_lines: levels, lines of entries, broken logs, and agreement with the counts that a row shows.
 */
#include "data/run.h"
#include "data/text/log_lines.h"

#include "data/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* Every chosen line: its level's letter, '+' for a continuation, '!' for a note, and its text. */
static const char *drawn(const struct log_lines *log, unsigned levels, struct buf *out)
{
    struct log_choice choice = {0};
    log_choose(log, levels, &choice);
    buf_clear(out);
    for (size_t row = 0; row < choice.count; row++) {
        struct log_line line = log_lines_at(log, choice.lines[row]);
        buf_str(out, line.is_note ? "!" : line.is_continuation ? "+" : log_level_letter(line.level));
        buf_char(out, ' ');
        buf_text(out, line.text);
        buf_char(out, '\n');
    }
    log_choice_release(&choice);
    return buf_cstr(out);
}

static void assert_log(struct text json, unsigned levels, const char *want)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    struct log_lines *log = log_lines_new(json);
    assert_string_equal(drawn(log, levels, &out), want);
    log_lines_free(log);
    buf_release(&out);
}

static const char sample[] =
    "[\"[log] start\",\"[info] two\\nlines\",\"[warn] disk\",\"[error] Error: boom\\n    at main\\n\","
    "\"[debug] d\",\"bare\",42]";

static void entries_become_lines(void **state)
{
    (void)state;
    assert_log(text_of(sample), LOG_LEVELS_ALL,
               "L start\nI two\n+ lines\nW disk\nE Error: boom\n+     at main\nD d\nL bare\nL 42\n");
    assert_log(TEXT_NULL, LOG_LEVELS_ALL, "");
    assert_log(TEXT_LIT("[]"), LOG_LEVELS_ALL, "");
    assert_log(TEXT_LIT("[\"[error]\",\"\",\"[log] \\n\\nx\\r\\ny\"]"), LOG_LEVELS_ALL,
               "E \nL \nL \n+ \n+ x\n+ y\n");
}

static void levels_choose(void **state)
{
    (void)state;
    assert_log(text_of(sample), LOG_LEVELS_FROM(LOG_WARN), "W disk\nE Error: boom\n+     at main\n");
    assert_log(text_of(sample), 1u << LOG_INFO, "I two\n+ lines\n");
    assert_log(text_of(sample), LOG_LEVELS_FROM(LOG_DEBUG),
               "L start\nI two\n+ lines\nW disk\nE Error: boom\n+     at main\nD d\nL bare\nL 42\n");
    assert_log(text_of(sample), 0, "");
}

static void broken_logs_show_what_came_before(void **state)
{
    (void)state;
    assert_log(TEXT_LIT("[\"[log] a\",\"[error] b\",\"[log] cut"), LOG_LEVELS_ALL,
               "L a\nE b\n! the log is broken off here: its last 11 bytes cannot be read\n");
    assert_log(TEXT_LIT("[\"[log] a\"] tail"), LOG_LEVELS_FROM(LOG_ERROR),
               "! the log is broken off here: its last 6 bytes cannot be read\n");
    assert_log(TEXT_LIT("[error] plain\nsecond"), LOG_LEVELS_ALL,
               "! not a log that can be read: its 20 bytes as they are\nL [error] plain\n+ second\n");
    assert_log(TEXT_LIT("{\"a\":1}"), LOG_LEVELS_ALL,
               "! not a log that can be read: its 7 bytes as they are\nL {\"a\":1}\n");
}

static void counts_agree_with_the_rows(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof sample; n++) {
        struct text json = {sample, n};
        struct log_counts counts = log_counts_of(json);
        struct log_lines *log = log_lines_new(json);
        size_t total = 0;
        for (int level = 0; level < LOG_LEVEL_COUNT; level++)
            total += log_lines_level_count(log, (enum log_level)level);
        assert_int_equal(log_lines_level_count(log, LOG_ERROR), counts.errors);
        assert_int_equal(log_lines_level_count(log, LOG_WARN), counts.warnings);
        assert_int_equal(total, counts.total);
        log_lines_free(log);
    }
}

static void entries_can_be_had_whole(void **state)
{
    (void)state;
    struct log_lines *log = log_lines_new(text_of(sample));
    assert_true(text_is(log_lines_entry(log, 1), "two\nlines"));
    assert_int_equal(log_lines_at(log, 2).entry, 1);
    assert_true(text_is(log_lines_entry(log, 5), "bare"));
    log_lines_free(log);
    assert_true(text_is(log_json_tail(TEXT_LIT("open issues [{\"n\":1}] ")), "[{\"n\":1}] "));
    assert_true(text_is(log_json_tail(TEXT_LIT("[step] answer {\"n\":[]}")), "{\"n\":[]}"));
    assert_true(text_is_null(log_json_tail(TEXT_LIT("answer {\"n\":"))));
    assert_true(text_is_null(log_json_tail(TEXT_LIT("[[[[[[[[[[[[[[[[[[[["))));
    assert_true(text_is_null(log_json_tail(TEXT_NULL)));
}

static void search_is_over_the_chosen_lines(void **state)
{
    (void)state;
    struct log_lines *log = log_lines_new(text_of(sample));
    struct log_choice choice = {0};
    struct needle *needle = needle_new(TEXT_LIT("IN"));
    log_choose(log, LOG_LEVELS_ALL, &choice);
    assert_int_equal(log_find(log, &choice, needle, -1, 1), 2);
    assert_int_equal(log_find(log, &choice, needle, 2, 1), 5);
    assert_int_equal(log_find(log, &choice, needle, 5, 1), -1);
    assert_int_equal(log_find(log, &choice, needle, (ptrdiff_t)choice.count, -1), 5);
    assert_int_equal(log_find(log, &choice, needle, 2, -1), -1);
    log_choose(log, LOG_LEVELS_FROM(LOG_WARN), &choice);
    assert_int_equal(log_find(log, &choice, needle, -1, 1), 2);
    assert_int_equal(log_choice_row(&choice, 4), 1);
    assert_int_equal(log_choice_row(&choice, 3), 0);
    assert_int_equal(log_choice_row(&choice, 0), 0);
    assert_int_equal(log_choice_row(&choice, 8), 2);
    needle_free(needle);
    log_choice_release(&choice);
    log_lines_free(log);
}

static void long_logs_are_cut_and_say_so(void **state)
{
    (void)state;
    size_t n = 0, entries = LOG_LINES_MAX + 100;
    char *json = malloc(entries * 3 + 2);
    json[n++] = '[';
    for (size_t i = 0; i < entries; i++, n += 3)
        memcpy(json + n, "\"\",", 3);
    json[n - 1] = ']';
    struct log_lines *log = log_lines_new((struct text){json, n});
    assert_int_equal(log_lines_count(log), LOG_LINES_MAX);
    assert_true(log_lines_at(log, LOG_LINES_MAX - 1).is_note);
    log_lines_free(log);
    memset(json + 2, 'x', n - 4);
    json[n - 2] = '"';
    struct text whole = {json, n};
    log = log_lines_new(whole);
    assert_int_equal(log_lines_count(log), 1);
    assert_int_equal(log_lines_at(log, 0).text.n, n - 4);
    log_lines_free(log);
    free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_become_lines),
        cmocka_unit_test(levels_choose),
        cmocka_unit_test(broken_logs_show_what_came_before),
        cmocka_unit_test(counts_agree_with_the_rows),
        cmocka_unit_test(entries_can_be_had_whole),
        cmocka_unit_test(search_is_over_the_chosen_lines),
        cmocka_unit_test(long_logs_are_cut_and_say_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
