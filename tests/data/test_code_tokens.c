/*
 * code_tokens, code_view: what is coloured how, and that a line in the middle is coloured as if all before it
 * had been read.
 */
#include "data/base/buf.h"
#include "data/text/code_tokens.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* A letter a byte: k keyword, s string, n number, c comment, f call, t tool, . punctuation, space plain. */
static void letters_of(struct code_spans it, struct buf *out)
{
    static const char letters[] = " ksncft.";
    struct code_span span;
    while (code_span_next(&it, &span)) {
        assert_true(span.text.n > 0);
        buf_fill(out, letters[span.kind], span.text.n);
    }
}

static void assert_code(const char *text, const char *want)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    struct code_view *view = code_view_new(text_of(text));
    for (size_t line = 0; line < code_view_count(view); line++) {
        letters_of(code_spans(view, line), &out);
        buf_char(&out, '\n');
    }
    if (strcmp(buf_cstr(&out), want) != 0)
        fail_msg("\n%s\n%sbut should be\n%s", text, buf_cstr(&out), want);
    code_view_free(view);
    buf_release(&out);
}

static void words_are_told_apart(void **state)
{
    (void)state;
    assert_code("const x = await tools.github.issues.list({ n: 1 });",
                "kkkkk   . kkkkk tttttttttttttttttttttttt..  . n ...\n");
    assert_code("return done (x)", "kkkkkk ffff . .\n");
    assert_code("a.default.delete(b)", " .       .ffffff. .\n");
    assert_code("mytools.a tools my.tools.b tools?.c", "       .          .     .  tttttttt\n");
    assert_code("constant $a #p ünï", "                    \n");
    assert_code("1 0x1F 1_000n 1.5e-3 .5 x1 1-2", "n nnnn nnnnnn nnnnnn nn    n.n\n");
    assert_code("...tools.a", "...ttttttt\n");
}

static void strings_and_comments_are_told_apart(void **state)
{
    (void)state;
    assert_code("'a\\'b' \"c//d\" // e 'f'", "ssssss ssssss cccccccc\n");
    assert_code("/* a */ b /* c", "ccccccc   cccc\n");
    assert_code("'open\nx'", "sssss\n s\n");
    assert_code("a = /[\"/]'/g.test(b) / c / d", "  . ssssssss.ffff. . .   .  \n");
    assert_code("return /x/", "kkkkkk sss\n");
    assert_code("this / x / y", "kkkk .   .  \n");
    assert_code("/ x", ".  \n");
}

static void blocks_and_templates_carry_over_lines(void **state)
{
    (void)state;
    assert_code("/* one\ntwo\nthree */ x", "cccccc\nccc\ncccccccc  \n");
    assert_code("`a\nb` c", "ss\nss  \n");
    assert_code("`a ${b + `c${d}e` + {f}} g` h", "sss..  . ss.. .ss . . ..sss  \n");
    assert_code("`${\nx}\ny`", "s..\n .\nss\n");
    assert_code("`\\` \\${x`y", "sssssssss \n");
}

static void lines_are_split_and_kept(void **state)
{
    (void)state;
    struct code_view *view = code_view_new(TEXT_LIT("a\r\n\tb\n\nc\r"));
    assert_int_equal(code_view_count(view), 4);
    assert_true(text_is(code_view_line(view, 0), "a"));
    assert_true(text_is(code_view_line(view, 1), "\tb"));
    assert_true(text_is(code_view_line(view, 2), ""));
    assert_true(text_is(code_view_line(view, 3), "c\r"));
    code_view_free(view);
    view = code_view_new(TEXT_LIT("a\n"));
    assert_int_equal(code_view_count(view), 1);
    code_view_free(view);
    view = code_view_new(TEXT_NULL);
    assert_int_equal(code_view_count(view), 0);
    code_view_free(view);
}

/* Each line from the middle, against one walk from the start. */
static void the_middle_is_coloured_as_from_the_start(void **state)
{
    (void)state;
    static const char *const pieces[] = {"`",  "${", "}",  "{", "/*", "*/", "'",  "\"",
                                         "//", "\n", "\n", "x", "(",  "/",  "\\", " tools.a"};
    unsigned seed = 3;
    for (int round = 0; round < 60; round++) {
        struct buf text, want, got;
        buf_init(&text, 1 << 16);
        buf_init(&want, 1 << 17);
        buf_init(&got, 1 << 17);
        for (int i = 0; i < 800; i++)
            buf_str(&text, pieces[(size_t)rand_r(&seed) % (sizeof pieces / sizeof *pieces)]);
        struct code_view *view = code_view_new(buf_as_text(&text));
        struct code_state at = {0};
        for (size_t line = 0; line < code_view_count(view); line++) {
            struct code_spans it = code_spans_of(code_view_line(view, line), at);
            letters_of(it, &want);
            letters_of(code_spans(view, line), &got);
            for (struct code_span span; code_span_next(&it, &span);) {
            }
            at = it.state;
        }
        assert_string_equal(buf_cstr(&got), buf_cstr(&want));
        code_view_free(view);
        buf_release(&text);
        buf_release(&want);
        buf_release(&got);
    }
}

static void search_finds_lines(void **state)
{
    (void)state;
    struct code_view *view = code_view_new(TEXT_LIT("One\ntwo\nONE more\n"));
    struct needle *needle = needle_new(TEXT_LIT("one"));
    assert_int_equal(code_view_find(view, needle, -1, 1), 0);
    assert_int_equal(code_view_find(view, needle, 0, 1), 2);
    assert_int_equal(code_view_find(view, needle, 2, 1), -1);
    assert_int_equal(code_view_find(view, needle, 3, -1), 2);
    assert_int_equal(code_view_find(view, needle, 0, -1), -1);
    needle_free(needle);
    code_view_free(view);
}

static void long_code_is_cut_and_says_so(void **state)
{
    (void)state;
    size_t n = CODE_BYTES_MAX + 7;
    char *text = malloc(n);
    memset(text, '/', n);
    text[0] = 'x';
    struct code_view *view = code_view_new((struct text){text, n});
    assert_true(code_view_is_cut(view));
    assert_int_equal(code_view_count(view), 2);
    assert_true(text_is(code_view_line(view, 1), "// … 7 more bytes are not shown here"));
    code_view_free(view);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_told_apart),
        cmocka_unit_test(strings_and_comments_are_told_apart),
        cmocka_unit_test(blocks_and_templates_carry_over_lines),
        cmocka_unit_test(lines_are_split_and_kept),
        cmocka_unit_test(the_middle_is_coloured_as_from_the_start),
        cmocka_unit_test(search_finds_lines),
        cmocka_unit_test(long_code_is_cut_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
