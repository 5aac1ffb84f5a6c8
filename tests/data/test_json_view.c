/*
 * json_view, json_fold: what a payload looks like, folded and not, whatever it is.
 */
#include "data/text/json_view.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static struct buf screen;

static void draw_line(const struct json_view *view, size_t line, bool is_folded)
{
    struct json_span span;
    buf_fill(&screen, ' ', 2 * (size_t)json_view_line(view, line).depth);
    for (struct json_spans it = json_spans(view, line, is_folded); json_span_next(&it, &span);)
        buf_text(&screen, span.text);
    buf_char(&screen, '\n');
}

static const char *drawn(const struct json_fold *fold)
{
    buf_clear(&screen);
    for (size_t row = 0; row < json_fold_count(fold); row++) {
        size_t line = json_fold_line(fold, row);
        draw_line(fold->view, line, json_fold_is_folded(fold, line));
    }
    return buf_cstr(&screen);
}

static void assert_view(struct text json, bool is_json, const char *want)
{
    struct json_view *view = json_view_new(json, 60);
    struct json_fold fold;
    json_fold_init(&fold, view);
    assert_string_equal(drawn(&fold), want);
    assert_int_equal(json_view_is_json(view), is_json);
    json_fold_release(&fold);
    json_view_free(view);
}
#define assert_json(literal, want) assert_view(TEXT_LIT(literal), true, want)
#define assert_plain(literal, want) assert_view(TEXT_LIT(literal), false, want)

static void json_is_indented(void **state)
{
    (void)state;
    assert_json("{\"owner\":\"acme\",\"number\":4812,\"labels\":[\"bug\",\"p1\"],\"none\":[],\"no\":{}}",
                "{\n"
                "  \"owner\": \"acme\",\n"
                "  \"number\": 4812,\n"
                "  \"labels\": [ \"bug\", \"p1\" ],\n"
                "  \"none\": [],\n"
                "  \"no\": {}\n"
                "}\n");
    assert_json("[[1,2],{\"a\":true,\"b\":null},[[3]]]", "[\n"
                                                         "  [ 1, 2 ],\n"
                                                         "  { \"a\": true, \"b\": null },\n"
                                                         "  [\n"
                                                         "    [ 3 ]\n"
                                                         "  ]\n"
                                                         "]\n");
    assert_json(" 42 ", "42\n");
    assert_json("null", "null\n");
    assert_json("[]", "[]\n");
}

static void numbers_and_keys_stay_as_they_are_spelled(void **state)
{
    (void)state;
    assert_json("{\"id\":9007199254740993,\"e\":-1.50E+400,\"id\":0.10}", "{\n"
                                                                          "  \"id\": 9007199254740993,\n"
                                                                          "  \"e\": -1.50E+400,\n"
                                                                          "  \"id\": 0.10\n"
                                                                          "}\n");
}

static void only_what_fits_goes_on_a_line(void **state)
{
    (void)state;
    struct text json = TEXT_LIT("{\"k\":[\"aaaaaaaaaa\",\"bbbbbbbbbb\"]}");
    static const struct {
        int fit;
        size_t lines;
    } cases[] = {{60, 3}, {20, 6}, {0, 6}, {-5, 6}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_view *view = json_view_new(json, cases[i].fit);
        assert_int_equal(json_view_count(view), cases[i].lines);
        json_view_free(view);
    }
}

static void json_in_strings_is_unwrapped(void **state)
{
    (void)state;
    assert_json("{\"content\":\"{\\\"ok\\\":[1,\\\"a\\\\nb\\\"]}\",\"n\":1}", "{\n"
                                                                              "  \"content\": (json) {\n"
                                                                              "    \"ok\": [ 1, \"a\nb\" ]\n"
                                                                              "  },\n"
                                                                              "  \"n\": 1\n"
                                                                              "}\n");
    assert_json("\"{\\\"a\\\":1}\"", "(json) {\n  \"a\": 1\n}\n");
    assert_json("[\" [1] \",\"{broken\",\"[1] tail\",\"12\",\"\\\"s\\\"\"]", "[\n"
                                                                             "  (json) [ 1 ],\n"
                                                                             "  \"{broken\",\n"
                                                                             "  \"[1] tail\",\n"
                                                                             "  \"12\",\n"
                                                                             "  \"\"s\"\"\n"
                                                                             "]\n");
    assert_plain("\"just words\"", "just words\n");
    assert_plain("\"line 1\\nline 2\"", "line 1\nline 2\n");
    assert_plain("\"\\\"twice\\\"\"", "twice\n");
    assert_plain("\"12\"", "12\n");
    assert_json("\"\"", "\"\"\n");
}

/* text as a JSON string; caller frees. */
static char *quoted(const char *text)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    buf_char(&out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buf_char(&out, '\\');
        buf_char(&out, *text);
    }
    buf_char(&out, '"');
    return buf_take(&out);
}

static void four_layers_are_unwrapped_and_no_more(void **state)
{
    (void)state;
    char *json = quoted("[0]");
    for (int layer = 1; layer < 5; layer++) {
        struct buf outer;
        buf_init(&outer, 1 << 16);
        buf_printf(&outer, "[%s]", json);
        free(json);
        json = quoted(buf_cstr(&outer));
        buf_release(&outer);
    }
    assert_view(text_of(json), true,
                "(json) [\n"
                "  (json) [\n"
                "    (json) [\n"
                "      (json) [ \"[0]\" ]\n"
                "    ]\n"
                "  ]\n"
                "]\n");
    free(json);
}

static void long_strings_of_lines_are_blocks(void **state)
{
    (void)state;
    assert_json(
        "{\"stack\":\"Error: boom\\n    at run (tools/github.ts:118:11)\\r\\n\\n    at main\\n\",\"x\":1}",
        "{\n"
        "  \"stack\": \"\n"
        "    Error: boom\n"
        "        at run (tools/github.ts:118:11)\n"
        "    \n"
        "        at main\n"
        "  \",\n"
        "  \"x\": 1\n"
        "}\n");
    assert_json("[\"one long line that ends in a newline, and no more\\n\"]",
                "[\n  \"one long line that ends in a newline, and no more\n\"\n]\n");
}

static void any_bytes_are_kept(void **state)
{
    (void)state;
    assert_view(TEXT_LIT("[\"\\u001b[31m\\ud83c\xFF\"]"), true, "[\n  \"\x1b[31m\uFFFD\xFF\"\n]\n");
    assert_view(TEXT_LIT("[\"raw\x01\ttab\"]"), true, "[\n  \"raw\x01\ttab\"\n]\n");
}

static void other_texts_are_plain_lines(void **state)
{
    (void)state;
    assert_plain("HTTP 403\r\n  at\tx\n\nend", "HTTP 403\n  at\tx\n\nend\n");
    assert_plain("{\"cut\": [1, 2", "{\"cut\": [1, 2\n");
    assert_plain("{\"a\":1} {\"b\":2}", "{\"a\":1} {\"b\":2}\n");
    assert_plain("[1,]", "[1,]\n");
    assert_plain("{a:1}", "{a:1}\n");
    assert_plain("[error] x", "[error] x\n");
    assert_plain("", "");
    assert_view(TEXT_NULL, false, "");
}

static void nesting_without_end_is_plain(void **state)
{
    (void)state;
    enum { DEEP = 100000 };
    char *deep = malloc(2 * DEEP);
    memset(deep, '[', DEEP);
    memset(deep + DEEP, ']', DEEP);
    struct json_view *view = json_view_new((struct text){deep, 2 * DEEP}, 60);
    assert_false(json_view_is_json(view));
    assert_int_equal(json_view_count(view), 1);
    json_view_free(view);
    view = json_view_new((struct text){deep + DEEP - 400, 800}, 60);
    assert_true(json_view_is_json(view));
    assert_int_equal(json_view_count(view), 799);
    json_view_free(view);
    free(deep);
}

/* ---- folding ---- */

static const char sample[] =
    "{\"a\":{\"b\":{\"c\":[[1],[2]]},\"d\":1},\"list\":[1,22,\"three\",{\"x\":[1,[2]]},5],"
    "\"text\":\"Error: something that is long\\nsecond line\\nthird\",\"z\":0}";

static void folded_lines_say_what_is_in_them(void **state)
{
    (void)state;
    struct json_view *view = json_view_new(text_of(sample), 60);
    struct json_fold fold;
    json_fold_init(&fold, view);
    json_fold_below(&fold, 1);
    assert_string_equal(drawn(&fold), "{\n"
                                      "  \"a\": { … },  ▸ 2 keys\n"
                                      "  \"list\": [ 1, 22, \"three\", … ],  ▸ 2 more\n"
                                      "  \"text\": \"Error: something that is long … \",  ▸ 3 lines\n"
                                      "  \"z\": 0\n"
                                      "}\n");
    json_fold_below(&fold, 0);
    assert_string_equal(drawn(&fold), "{ … }  ▸ 4 keys\n");
    json_fold_below(&fold, 100);
    assert_int_equal(json_fold_count(&fold), json_view_count(view));
    json_fold_release(&fold);
    json_view_free(view);
}

static void toggling_works_from_anywhere_inside(void **state)
{
    (void)state;
    struct json_view *view = json_view_new(text_of(sample), 60);
    struct json_fold fold;
    json_fold_init(&fold, view);
    for (size_t line = 0; line < json_view_count(view); line++) {
        size_t all = json_fold_count(&fold);
        ptrdiff_t done = json_fold_toggle(&fold, line);
        assert_true(done >= 0 && (size_t)done <= line);
        struct json_line opening = json_view_line(view, (size_t)done);
        assert_true(json_line_is_foldable(opening));
        assert_true((size_t)opening.mate >= line);
        assert_int_equal(json_fold_count(&fold), all - (size_t)(opening.mate - done));
        assert_int_equal(json_fold_line(&fold, json_fold_row(&fold, line)), done);
        assert_int_equal(json_fold_toggle(&fold, (size_t)done), done);
        assert_int_equal(json_fold_count(&fold), all);
        assert_int_equal(json_fold_row(&fold, line), line);
    }
    json_fold_release(&fold);
    json_view_free(view);
    view = json_view_new(TEXT_LIT("plain\ntext"), 60);
    json_fold_init(&fold, view);
    assert_int_equal(json_fold_toggle(&fold, 1), -1);
    assert_int_equal(json_fold_count(&fold), 2);
    json_fold_release(&fold);
    json_view_free(view);
}

static void every_line_can_be_revealed(void **state)
{
    (void)state;
    struct json_view *view = json_view_new(text_of(sample), 60);
    struct json_fold fold;
    json_fold_init(&fold, view);
    for (size_t line = 0; line < json_view_count(view); line++) {
        json_fold_below(&fold, 0);
        json_fold_reveal(&fold, line);
        assert_int_equal(json_fold_line(&fold, json_fold_row(&fold, line)), line);
        bool is_open = json_view_line(view, line).kind == JSON_LINE_CLOSE;
        assert_int_equal(json_fold_is_folded(&fold, line), json_line_is_foldable(json_view_line(view, line)));
        if (is_open)
            assert_false(json_fold_is_folded(&fold, (size_t)json_view_line(view, line).mate));
    }
    json_fold_release(&fold);
    json_view_free(view);
}

static void parents_enclose(void **state)
{
    (void)state;
    struct json_view *view = json_view_new(text_of(sample), 60);
    for (size_t line = 0; line < json_view_count(view); line++) {
        ptrdiff_t parent = json_view_parent(view, line);
        struct json_line facts = json_view_line(view, line);
        assert_int_equal(parent < 0, facts.depth == 0);
        if (parent < 0)
            continue;
        struct json_line outer = json_view_line(view, (size_t)parent);
        assert_int_equal(outer.depth, facts.depth - 1);
        assert_true((size_t)parent < line && line < (size_t)outer.mate);
    }
    json_view_free(view);
}

/* ---- search ---- */

static void search_goes_both_ways_and_into_folds(void **state)
{
    (void)state;
    struct json_view *view =
        json_view_new(TEXT_LIT("{\"Name\":1,\"x\":[{\"name\":[[2]]}],\"last\":\"NAME: grüße\"}"), 0);
    struct needle *needle = needle_new(TEXT_LIT("NAME"));
    ptrdiff_t first = json_view_find(view, needle, -1, 1);
    assert_int_equal(first, 1);
    ptrdiff_t second = json_view_find(view, needle, first, 1);
    ptrdiff_t third = json_view_find(view, needle, second, 1);
    assert_true(second > first && third > second);
    assert_int_equal(json_view_find(view, needle, third, 1), -1);
    assert_int_equal(json_view_find(view, needle, (ptrdiff_t)json_view_count(view), -1), third);
    assert_int_equal(json_view_find(view, needle, third, -1), second);
    assert_int_equal(json_view_find(view, needle, first, -1), -1);
    needle_free(needle);
    needle = needle_new(TEXT_LIT("\"last\": \"name: GRÜSSE"));
    assert_int_equal(json_view_find(view, needle, -1, 1), -1);
    needle_free(needle);
    needle = needle_new(TEXT_LIT("\"last\": \"name: GRÜßE\""));
    assert_int_equal(json_view_find(view, needle, -1, 1), third);
    needle_free(needle);
    json_view_free(view);
}

/* ---- size ---- */

static void long_texts_are_cut_and_say_so(void **state)
{
    (void)state;
    size_t n = JSON_VIEW_BYTES_MAX + 1000;
    char *text = malloc(n);
    memset(text, 'x', n);
    struct json_view *view = json_view_new((struct text){text, n}, 60);
    assert_int_equal(json_view_count(view), 2);
    assert_int_equal(json_view_line(view, 1).kind, JSON_LINE_NOTE);
    struct buf note;
    buf_init(&note, 1000);
    json_view_line_text(view, 1, &note);
    assert_string_equal(buf_cstr(&note), "… 1,000 more bytes are not shown here");
    json_view_free(view);
    memset(text, '\n', n);
    view = json_view_new((struct text){text, JSON_VIEW_LINES_MAX + 10}, 60);
    assert_int_equal(json_view_count(view), JSON_VIEW_LINES_MAX);
    assert_int_equal(json_view_line(view, JSON_VIEW_LINES_MAX - 1).kind, JSON_LINE_NOTE);
    json_view_free(view);
    for (size_t i = 0; i < n; i++)
        text[i] = i % 2 ? '1' : ',';
    size_t items = JSON_VIEW_LINES_MAX + 10;
    text[0] = '[';
    text[2 * items] = ']';
    view = json_view_new((struct text){text, 2 * items + 1}, 60);
    assert_false(json_view_is_json(view));
    assert_int_equal(json_view_count(view), 1);
    json_view_free(view);
    buf_release(&note);
    free(text);
}

static void broken_and_random_texts_are_survived(void **state)
{
    (void)state;
    static const char alphabet[] = "{}[]\",:\\n1etu \n";
    unsigned seed = 11;
    char text[64];
    for (int round = 0; round < 30000; round++) {
        size_t n = (size_t)rand_r(&seed) % sizeof text;
        for (size_t i = 0; i < n; i++)
            text[i] = alphabet[(size_t)rand_r(&seed) % (sizeof alphabet - 1)];
        struct json_view *view = json_view_new((struct text){text, n}, round % 40);
        struct json_fold fold;
        json_fold_init(&fold, view);
        json_fold_below(&fold, round % 3);
        drawn(&fold);
        json_fold_release(&fold);
        json_view_free(view);
    }
    for (size_t n = 0; n < sizeof sample; n++)
        json_view_free(json_view_new((struct text){sample, n}, 60));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_indented),
        cmocka_unit_test(numbers_and_keys_stay_as_they_are_spelled),
        cmocka_unit_test(only_what_fits_goes_on_a_line),
        cmocka_unit_test(json_in_strings_is_unwrapped),
        cmocka_unit_test(four_layers_are_unwrapped_and_no_more),
        cmocka_unit_test(long_strings_of_lines_are_blocks),
        cmocka_unit_test(any_bytes_are_kept),
        cmocka_unit_test(other_texts_are_plain_lines),
        cmocka_unit_test(nesting_without_end_is_plain),
        cmocka_unit_test(folded_lines_say_what_is_in_them),
        cmocka_unit_test(toggling_works_from_anywhere_inside),
        cmocka_unit_test(every_line_can_be_revealed),
        cmocka_unit_test(parents_enclose),
        cmocka_unit_test(search_goes_both_ways_and_into_folds),
        cmocka_unit_test(long_texts_are_cut_and_say_so),
        cmocka_unit_test(broken_and_random_texts_are_survived),
    };
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 77;
    buf_init(&screen, 1 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_release(&screen);
    return failed;
}
