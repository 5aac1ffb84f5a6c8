/*
 * Tables of the script commands: columns keep their width, and nothing from outside acts on the terminal that shows them.
 */
#include "tui/script_table.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_cell(struct text text, int cells, enum table_align align, bool is_ascii,
                        const char *expected)
{
    struct buf out;
    buf_init(&out, 1024);
    table_cell(text, cells, align, is_ascii, &out);
    assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
}

static void test_cells(void **state)
{
    (void)state;
    assert_cell(TEXT_LIT("ab"), 4, ALIGN_LEFT, false, "ab  ");
    assert_cell(TEXT_LIT("ab"), 4, ALIGN_RIGHT, false, "  ab");
    assert_cell(TEXT_LIT("abcdef"), 4, ALIGN_LEFT, false, "abcd");
    assert_cell(TEXT_LIT("漢字漢"), 5, ALIGN_LEFT, false, "漢字 ");
    assert_cell(TEXT_LIT("é"), 2, ALIGN_RIGHT, true, " ?");
    assert_cell(TEXT_NULL, 2, ALIGN_LEFT, false, "  ");
    assert_cell(TEXT_LIT("abcdef"), 0, ALIGN_LEFT, false, "abcdef");
}

static void test_nothing_acts_on_the_terminal(void **state)
{
    (void)state;
    assert_cell(TEXT_LIT("\x1b[31m"), 0, ALIGN_LEFT, false, "␛[31m");
    assert_cell(TEXT_LIT("\x1b\n"), 0, ALIGN_LEFT, true, "^[^J");
    assert_cell(TEXT_LIT("a\u202e"), 0, ALIGN_LEFT, false, "a<U+202E>");
    assert_cell(TEXT_LIT("\xff"), 0, ALIGN_LEFT, false, "<FF>");
}

static void assert_lines(struct text text, const char *expected)
{
    struct buf out;
    buf_init(&out, 1024);
    table_lines(text, 2, false, &out);
    assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
}

static void test_lines(void **state)
{
    (void)state;
    assert_lines(TEXT_LIT("one\ntwo\n"), "  one\n  two\n");
    assert_lines(TEXT_LIT("one\r\n\ntwo"), "  one\n  \n  two\n");
    assert_lines(TEXT_LIT("a\tb"), "  a       b\n");
    assert_lines(TEXT_LIT("a\x1b]0;x\a"), "  a␛]0;x␇\n");
    assert_lines(TEXT_LIT(""), "");
    assert_lines(TEXT_NULL, "");
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_nothing_acts_on_the_terminal),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
