/*
 * The line editor, key by key. In the little pictures '|' is the cursor.
 */
#include "tests/support/samples.h"
#include "widgets/lineedit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

static struct lineedit edit;

static void set(const char *picture)
{
    const char *bar = strchr(picture, '|');
    struct text text = {picture, (size_t)(bar - picture)};
    memset(&edit, 0, sizeof(edit));
    lineedit_set(&edit, text);
    size_t cursor = edit.cursor;
    assert_true(lineedit_insert(&edit, text_of(bar + 1)));
    edit.cursor = cursor;
}

static void assert_is(const char *picture)
{
    char out[LINE_MAX_BYTES + 2];
    memcpy(out, edit.text, edit.cursor);
    out[edit.cursor] = '|';
    memcpy(out + edit.cursor + 1, edit.text + edit.cursor, edit.len - edit.cursor + 1);
    assert_string_equal(out, picture);
    assert_int_equal(strlen(edit.text), edit.len);
}

static void feed(const char *name)
{
    struct key key;
    assert_true(key_parse(text_of(name), &key));
    assert_true(lineedit_feed(&edit, key));
}

static void check(const char *before, const char *key, const char *after)
{
    set(before);
    feed(key);
    assert_is(after);
}

static void test_typing(void **state)
{
    (void)state;
    check("|", "a", "a|");
    check("ac|d", "b", "acb|d");
    check("x|", "Space", "x |");
    set("|");
    assert_true(lineedit_feed(&edit, key_char(U'漢', 0)));
    assert_is("漢|");
}

static void test_moving_steps_by_glyphs(void **state)
{
    (void)state;
    check("a漢|b", "Left", "a|漢b");
    check("a|漢b", "Right", "a漢|b");
    check("e\xcc\x81|x", "Left", "|e\xcc\x81x");
    check("|abc", "Left", "|abc");
    check("abc|", "Right", "abc|");
    check("ab|c", "Ctrl-a", "|abc");
    check("ab|c", "Ctrl-e", "abc|");
    check("ab|c", "Home", "|abc");
    check("a|bc", "End", "abc|");
    check("ab|c", "Ctrl-b", "a|bc");
    check("a|bc", "Ctrl-f", "ab|c");
}

static void test_erasing(void **state)
{
    (void)state;
    check("a漢|b", "Backspace", "a|b");
    check("|ab", "Backspace", "|ab");
    check("a|漢b", "Delete", "a|b");
    check("ab|", "Delete", "ab|");
    check("a|bc", "Ctrl-d", "a|c");
    check("e\xcc\x81|", "Backspace", "|");
}

static void test_words(void **state)
{
    (void)state;
    check("status:failed,waiting|", "Alt-b", "status:failed,|waiting");
    check("status:failed|", "Ctrl-Left", "status:|failed");
    check("|status:failed", "Alt-f", "status|:failed");
    check("status|:grün x", "Ctrl-Right", "status:grün| x");
    check("a |status:x b", "Alt-d", "a |:x b");
    check("tool:a status:failed|", "Ctrl-w", "tool:a |");
    check("tool:a   |", "Ctrl-w", "|");
    check("tool:abc|", "Alt-Backspace", "tool:|");
}

static void test_kill_and_yank(void **state)
{
    (void)state;
    check("ab|cd", "Ctrl-k", "ab|");
    feed("Ctrl-y");
    assert_is("abcd|");
    check("ab|cd", "Ctrl-u", "|cd");
    feed("Ctrl-y");
    feed("Ctrl-y");
    assert_is("abab|cd");
    check("ab|", "Ctrl-k", "ab|");
}

static void test_other_keys_are_not_its_business(void **state)
{
    (void)state;
    static const char *const names[] = {"Up", "Down", "Enter", "Esc", "Tab", "PgUp", "F1", "Ctrl-p", "Alt-k"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct key key;
        set("ab|c");
        assert_true(key_parse(text_of(names[i]), &key));
        assert_false(lineedit_feed(&edit, key));
        assert_is("ab|c");
    }
}

static void test_pasted_controls_become_spaces(void **state)
{
    (void)state;
    set("|");
    assert_true(lineedit_insert(&edit, TEXT_LIT("a\nb\tc\x1b[1m\0d")));
    assert_is("a b c [1m d|");
}

static void test_the_limit_holds(void **state)
{
    (void)state;
    static char many[LINE_MAX_BYTES + 10];
    memset(many, 'x', sizeof(many));
    memcpy(many + LINE_MAX_BYTES - 1, "\xc3\xa9", 2); /* é across the limit */
    lineedit_set(&edit, (struct text){many, sizeof(many)});
    assert_int_equal(edit.len, LINE_MAX_BYTES - 1);
    assert_false(lineedit_insert(&edit, TEXT_LIT("é")));
    assert_int_equal(edit.len, LINE_MAX_BYTES - 1);
    assert_true(lineedit_insert(&edit, TEXT_LIT("e")));
    feed("a");
    assert_int_equal(edit.len, LINE_MAX_BYTES);
    lineedit_replace(&edit, 0, 3, TEXT_LIT("abcd"));
    assert_int_equal(edit.text[0], 'x');
    feed("Ctrl-u");
    feed("Ctrl-y");
    feed("Ctrl-y");
    assert_int_equal(edit.len, LINE_MAX_BYTES);
}

static void test_replace_is_a_completion(void **state)
{
    (void)state;
    set("status:fa tool:x|");
    lineedit_replace(&edit, 7, 9, TEXT_LIT("failed"));
    assert_is("status:failed| tool:x");
    lineedit_replace(&edit, 100, 3, TEXT_LIT("!"));
    assert_is("status:failed tool:x!|");
}

static void test_fit_keeps_the_cursor_visible(void **state)
{
    (void)state;
    set("0123456789漢字abc|");
    lineedit_fit(&edit, 8);
    assert_int_equal(edit.scroll, 10); /* 字abc and one wide glyph before it: 7 cells and the cursor */
    edit.cursor = 2;
    lineedit_fit(&edit, 8);
    assert_int_equal(edit.scroll, 2);
    edit.cursor = edit.len;
    lineedit_fit(&edit, 80);
    assert_int_equal(edit.scroll, 0);
    lineedit_fit(&edit, 0);
    assert_int_equal(edit.scroll, edit.len);
}

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typing),
        cmocka_unit_test(test_moving_steps_by_glyphs),
        cmocka_unit_test(test_erasing),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_kill_and_yank),
        cmocka_unit_test(test_other_keys_are_not_its_business),
        cmocka_unit_test(test_pasted_controls_become_spaces),
        cmocka_unit_test(test_the_limit_holds),
        cmocka_unit_test(test_replace_is_a_completion),
        cmocka_unit_test(test_fit_keeps_the_cursor_visible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
