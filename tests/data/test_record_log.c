/*
 * A command's output as a log: lines, levels, tricky bytes, and bounds.
 */
#include "data/record/record_log.h"

#include "data/base/die.h"
#include "data/base/rand.h"
#include "data/text/json_scan.h"
#include "data/text/log_lines.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pieces of output: "o" or "e" and bytes, NUL-terminated. */
struct piece {
    char channel;
    const char *bytes;
};

static void add(struct record_log *log, struct piece piece)
{
    record_log_add(log, piece.channel == 'e' ? RECORD_ERR : RECORD_OUT, piece.bytes, strlen(piece.bytes));
}

static char *json_of(const struct record_log *log)
{
    struct buf json;
    buf_init(&json, RECORD_JSON_MAX);
    record_log_json(log, &json);
    assert_false(buf_is_cut(&json));
    assert_int_equal(json_check(buf_as_text(&json)), JSON_ARRAY_OPEN);
    return buf_take(&json);
}

static void expect_pieces(const struct piece *pieces, const char *expected)
{
    struct record_log *log = record_log_new();
    for (; pieces->bytes; pieces++)
        add(log, *pieces);
    char *json = json_of(log);
    assert_string_equal(json, expected);
    free(json);
    record_log_free(log);
}

#define EXPECT(expected, ...) expect_pieces((const struct piece[]){__VA_ARGS__, {0, NULL}}, expected)
#define O(bytes)                                                                                             \
    {                                                                                                        \
        'o', bytes                                                                                           \
    }
#define E(bytes)                                                                                             \
    {                                                                                                        \
        'e', bytes                                                                                           \
    }

static void test_lines(void **state)
{
    (void)state;
    EXPECT("[]", O(""));
    EXPECT("[\"[log] one\",\"[log] two\"]", O("one\ntwo\n"));
    EXPECT("[\"[log] no end\"]", O("no end"));
    EXPECT("[\"[log] \",\"[log] \",\"[log] x\"]", O("\n\nx"));
    EXPECT("[\"[log] a\\\"b\\\\c\\td\"]", O("a\"b\\c\td\n"));
    EXPECT("[\"[log] in pieces\"]", O("in "), O("pie"), O("ces"), O("\n"));
    EXPECT("[\"[error] no\"]", E("no\n"));
    EXPECT("[\"[log] grüße ✓\"]", O("gr\xc3"), O("\xbc\xc3\x9f"), O("e \xe2\x9c"), O("\x93\n"));
}

/* By when a line began: a prompt stands before the error that came before its answer. */
static void test_order_of_channels(void **state)
{
    (void)state;
    EXPECT("[\"[log] a\",\"[error] b\",\"[log] c\",\"[error] d\"]", O("a\n"), E("b\n"), O("c\n"), E("d\n"));
    EXPECT("[\"[log] doing … done\",\"[error] oops\"]", O("doing … "), E("oops\n"), O("done\n"));
    EXPECT("[\"[error] half\",\"[log] half\"]", E("half"), O("half"));
}

static void test_overwritten_lines(void **state)
{
    (void)state;
    EXPECT("[\"[log] dos\",\"[log] lines\"]", O("dos\r\nlines\r\n"));
    EXPECT("[\"[log] dos\",\"[log] lines\"]", O("dos\r"), O("\nlines\r"), O("\n"));
    EXPECT("[\"[log] 100 %\"]", O("1 %\r50 %\r100 %\n"));
    EXPECT("[\"[log] 100 %\"]", O("1 %\r"), O("50 %"), O("\r"), O("100 %"), O("\r\r\n"));
    EXPECT("[\"[log] 50 %\"]", O("1 %\r50 %\r"));
    EXPECT("[\"[log] \",\"[log] next\"]", O("\r\nnext\n"));
    EXPECT("[\"[error] before the last state\",\"[log] 99 %\"]", O("1 %"), E("before the last state\n"),
           O("\r99 %"));
    EXPECT("[\"[log] \\\\\"]", O("|\b/\b-\b\\\n"));
    EXPECT("[\"[log] ab\"]", O("\b\bax\bb\n"));
    EXPECT("[\"[log] aé\"]", O("aö\bé\n"));
}

static void test_sequences_are_taken_out(void **state)
{
    (void)state;
    EXPECT("[\"[log] red and bold\"]", O("\033[31mred\033[0m and \033[1;38;5;7mbold\033[m\n"));
    EXPECT("[\"[log] a title\"]", O("\033]0;window\007a title\n"));
    EXPECT("[\"[log] link\"]", O("\033]8;;http://x\033\\link\033]8;;\033\\\n"));
    EXPECT("[\"[log] charset\"]", O("\033(Bcharset\033=\0337\n"));
    EXPECT("[\"[log] 2 of 3\"]", O("\r\033[K1 of 3\r\033[K2 of 3\n"));
    EXPECT("[\"[log] 0;no end\"]", O("\033]0;no end\n"));
    EXPECT("[\"[log] cut\"]", O("cut\033["), O("3"), O("1m\n"));
    EXPECT("[\"[log] cut\"]", O("cut\033\n"));
    EXPECT("[\"[log] bell\"]", O("be\all\a\n"));
    EXPECT("[\"[log] shifts \\u0001\"]", O("\016shi\017fts \001\n"));
}

static void test_bytes_that_are_no_text(void **state)
{
    (void)state;
    EXPECT("[\"[log] a\uFFFD\uFFFDb\"]", O("a\xff\xfe"
                                           "b\n"));
    EXPECT("[\"[log] \uFFFD\"]", O("\xc3\n"));
    EXPECT("[\"[log] \uFFFD\uFFFD\uFFFD\"]", O("\xed\xa0\x80\n"));
    struct record_log *log = record_log_new();
    record_log_add(log, RECORD_OUT, "a\0b\n", 4);
    char *json = json_of(log);
    assert_string_equal(json, "[\"[log] a\uFFFDb\"]");
    free(json);
    record_log_free(log);
}

/* ---- levels ---- */

static void test_levels_in_a_log(void **state)
{
    (void)state;
    EXPECT("[\"[info] INFO up\",\"[error] plain\",\"[warn] careful\",\"[error] ERROR down\"]",
           E("INFO up\nplain\n"), E("[warn] careful\n"), O("ERROR down\n"));
    EXPECT("[\"[error] ERROR in colour\"]", O("\033[1;31mERROR\033[0m in colour\n"));
}

/* ---- bounds ---- */

static void add_lines(struct record_log *log, char channel, int first, int last)
{
    char line[64];
    for (int i = first; i <= last; i++) {
        snprintf(line, sizeof line, "%c line %d\n", channel, i);
        add(log, (struct piece){channel, line});
    }
}

/* The entries that a log has, as log_lines reads them. */
static struct log_lines *read_log(const struct record_log *log)
{
    char *json = json_of(log);
    struct log_lines *lines = log_lines_new(text_of(json));
    free(json);
    return lines;
}

static bool line_is(const struct log_lines *lines, size_t at, const char *expected)
{
    return text_is(log_lines_at(lines, at).text, expected);
}

/* Everything is either there, in its order, or counted. */
static void test_head_and_tail_are_kept(void **state)
{
    (void)state;
    enum { LINES = 200000 };
    struct record_log *log = record_log_new();
    add_lines(log, 'o', 0, LINES - 1);
    add(log, (struct piece)E("the one error\n"));
    struct log_lines *lines = read_log(log);
    size_t count = log_lines_count(lines), gap = 0;
    assert_true(line_is(lines, 0, "o line 0"));
    assert_true(line_is(lines, count - 2, "o line 199999"));
    assert_true(line_is(lines, count - 1, "the one error"));
    while (gap < count && log_lines_at(lines, gap).text.s[0] == 'o')
        gap++;
    int64_t missing = LINES - (int64_t)(count - 2), missing_bytes = 0;
    char expected[160], after[64];
    for (int64_t i = (int64_t)gap; i < (int64_t)gap + missing; i++)
        missing_bytes += snprintf(after, sizeof after, "o line %" PRId64 "\n", i);
    snprintf(expected, sizeof expected,
             "… %" PRId64 " lines (%" PRId64 " bytes) of standard output left out here …", missing,
             missing_bytes);
    struct text note = log_lines_at(lines, gap).text;
    assert_int_equal(note.n, strlen(expected));
    assert_memory_equal(note.s, expected, note.n);
    snprintf(after, sizeof after, "o line %" PRId64, (int64_t)gap + missing);
    assert_true(line_is(lines, gap + 1, after));
    assert_int_equal(log_lines_level_count(lines, LOG_INFO), 1);
    log_lines_free(lines);
    record_log_free(log);
}

/* A flood on one channel leaves what the other said before, in it and after. */
static void test_a_flood_leaves_the_other_channel(void **state)
{
    (void)state;
    struct record_log *log = record_log_new();
    add(log, (struct piece)E("before\n"));
    add_lines(log, 'o', 0, 60000);
    add(log, (struct piece)E("within\n"));
    add_lines(log, 'o', 60001, 120000);
    add(log, (struct piece)E("after\n"));
    struct log_lines *lines = read_log(log);
    assert_true(line_is(lines, 0, "before"));
    assert_true(line_is(lines, log_lines_count(lines) - 1, "after"));
    assert_int_equal(log_lines_level_count(lines, LOG_ERROR), 3);
    log_lines_free(lines);
    record_log_free(log);
}

static void test_long_lines(void **state)
{
    (void)state;
    enum { LONG = 3 * RECORD_LINE_MAX };
    char *line = mem_new(LONG + 1);
    memset(line, 'x', LONG);
    line[LONG] = '\n';
    for (int pieces = 1; pieces <= 7; pieces += 6) {
        struct record_log *log = record_log_new();
        size_t step = LONG / (size_t)pieces;
        for (size_t at = 0; at < LONG + 1; at += step)
            record_log_add(log, RECORD_OUT, line + at, at + step > LONG + 1 ? LONG + 1 - at : step);
        struct log_lines *lines = read_log(log);
        assert_int_equal(log_lines_count(lines), 1);
        struct text text = log_lines_at(lines, 0).text;
        char end[64];
        int n = snprintf(end, sizeof end, "x … %d more bytes of this line", 2 * RECORD_LINE_MAX);
        assert_int_equal(text.n, RECORD_LINE_MAX + n - 1);
        assert_memory_equal(text.s + text.n - (size_t)n, end, n);
        log_lines_free(lines);
        record_log_free(log);
    }
    free(line);
}

/* A character that is cut in two by the bound is left out, and counted. */
static void test_long_line_of_wide_characters(void **state)
{
    (void)state;
    struct record_log *log = record_log_new();
    for (int i = 0; i < RECORD_LINE_MAX; i++)
        record_log_add(log, RECORD_OUT, "€", 3);
    struct log_lines *lines = read_log(log);
    struct text text = log_lines_at(lines, 0).text;
    char end[64];
    size_t kept = RECORD_LINE_MAX / 3 * 3;
    int n = snprintf(end, sizeof end, "€ … %zu more bytes of this line", 3 * (size_t)RECORD_LINE_MAX - kept);
    assert_int_equal(text.n, kept + (size_t)n - 3);
    assert_memory_equal(text.s + text.n - (size_t)n, end, n);
    log_lines_free(lines);
    record_log_free(log);
}

/* Hours of a progress bar are one line. */
static void test_progress_takes_no_room(void **state)
{
    (void)state;
    struct record_log *log = record_log_new();
    add(log, (struct piece)O("first\n"));
    char state_text[64];
    for (int i = 0; i <= 300000; i++) {
        snprintf(state_text, sizeof state_text, "\r\033[K%d of 300000", i);
        add(log, (struct piece){'o', state_text});
    }
    add(log, (struct piece)O("\nlast\n"));
    char *json = json_of(log);
    assert_string_equal(json, "[\"[log] first\",\"[log] 300000 of 300000\",\"[log] last\"]");
    free(json);
    record_log_free(log);
}

/* Random bytes in random pieces: JSON in any case, and never much of it. */
static void test_random_bytes(void **state)
{
    (void)state;
    struct rand rng;
    rand_seed(&rng, 5);
    struct record_log *log = record_log_new();
    char bytes[4096];
    for (int i = 0; i < 600; i++) {
        size_t n = rand_below(&rng, sizeof bytes);
        for (size_t at = 0; at < n; at++)
            bytes[at] =
                rand_chance(&rng, 0.1) ? "\r\n\033\b[]"[rand_below(&rng, 6)] : (char)rand_below(&rng, 256);
        record_log_add(log, (enum record_channel)rand_below(&rng, 2), bytes, n);
    }
    char *json = json_of(log);
    assert_true(strlen(json) < 4 << 20);
    free(json);
    record_log_free(log);
}

/* However the same bytes are cut into pieces, the log is the same. */
static void test_pieces_make_no_difference(void **state)
{
    (void)state;
    struct rand rng;
    rand_seed(&rng, 6);
    char bytes[3000];
    for (int round = 0; round < 200; round++) {
        size_t n = rand_below(&rng, sizeof bytes);
        for (size_t at = 0; at < n; at++)
            bytes[at] = "ab\r\n\n\033[m\xc3\xbc"[rand_below(&rng, 10)];
        struct record_log *whole = record_log_new(), *cut = record_log_new();
        record_log_add(whole, RECORD_OUT, bytes, n);
        for (size_t at = 0, step; at < n; at += step) {
            step = 1 + rand_below(&rng, 40);
            step = step > n - at ? n - at : step;
            record_log_add(cut, RECORD_OUT, bytes + at, step);
        }
        char *one = json_of(whole), *other = json_of(cut);
        assert_string_equal(one, other);
        free(one);
        free(other);
        record_log_free(whole);
        record_log_free(cut);
    }
}

/* ---- the last lines ---- */

static void expect_last(const struct piece *pieces, const char *expected)
{
    struct record_log *log = record_log_new();
    for (; pieces->bytes; pieces++)
        add(log, *pieces);
    struct buf last;
    buf_init(&last, 1 << 16);
    record_log_last(log, RECORD_ERR, &last);
    assert_string_equal(buf_cstr(&last), expected);
    buf_release(&last);
    record_log_free(log);
}

static void test_last_lines(void **state)
{
    (void)state;
    expect_last((const struct piece[]){O("out\n"), {0, NULL}}, "");
    expect_last((const struct piece[]){E("\n \n"), {0, NULL}}, "");
    expect_last((const struct piece[]){E("\n\nboom\n  at x\n\n"), O("out\n"), {0, NULL}}, "boom\n  at x");
    expect_last((const struct piece[]){E("\033[31mboom\033[0m"), {0, NULL}}, "boom");
}

static void test_last_lines_are_few(void **state)
{
    (void)state;
    struct record_log *log = record_log_new();
    struct buf last;
    buf_init(&last, 1 << 16);
    add_lines(log, 'e', 1, 100000);
    record_log_last(log, RECORD_ERR, &last);
    assert_memory_equal(buf_cstr(&last), "e line 99981\n", 13);
    assert_memory_equal(buf_cstr(&last) + last.len - 14, "\ne line 100000", 14);
    buf_clear(&last);
    for (int i = 0; i < 2 * RECORD_ERROR_MAX; i++)
        add(log, (struct piece)E("ü"));
    record_log_last(log, RECORD_ERR, &last);
    assert_int_equal(last.len, RECORD_ERROR_MAX);
    buf_release(&last);
    record_log_free(log);
}

/* Whatever it holds: lines, a flood, a line that has not ended. */
static void test_a_copy_stays_as_it_was(void **state)
{
    (void)state;
    struct record_log *log = record_log_new();
    for (int round = 0; round < 4; round++) {
        struct record_log *copy = record_log_copy(log);
        char *then = json_of(log);
        add_lines(log, round % 2 ? 'o' : 'e', 1, round < 2 ? 3 : 100000);
        add(log, (struct piece)O("a piece"));
        char *copied = json_of(copy), *now = json_of(log);
        assert_string_equal(copied, then);
        assert_string_not_equal(copied, now);
        free(then);
        free(copied);
        free(now);
        record_log_free(copy);
    }
    record_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_order_of_channels),
        cmocka_unit_test(test_overwritten_lines),
        cmocka_unit_test(test_sequences_are_taken_out),
        cmocka_unit_test(test_bytes_that_are_no_text),
        cmocka_unit_test(test_levels_in_a_log),
        cmocka_unit_test(test_head_and_tail_are_kept),
        cmocka_unit_test(test_a_flood_leaves_the_other_channel),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_long_line_of_wide_characters),
        cmocka_unit_test(test_progress_takes_no_room),
        cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_pieces_make_no_difference),
        cmocka_unit_test(test_a_copy_stays_as_it_was),
        cmocka_unit_test(test_last_lines),
        cmocka_unit_test(test_last_lines_are_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
