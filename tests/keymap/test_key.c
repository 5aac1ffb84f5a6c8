/*
 * Keys as text and back, and the keys that terminals cannot tell apart.
 */
#include "keymap/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct key parsed(const char *text)
{
    struct key key;
    if (!key_parse(text_of(text), &key))
        fail_msg("'%s' did not parse", text);
    return key;
}

static void assert_round_trip(struct key key)
{
    char text[KEY_TEXT];
    key_format(key, KEY_FORM_FILE, text);
    if (!key_equal(parsed(text), key))
        fail_msg("'%s' does not read back", text);
}

static void test_every_key_reads_back(void **state)
{
    (void)state;
    for (unsigned mods = 0; mods < 8; mods++) {
        for (int named = NAMED_NONE + 1; named < NAMED_COUNT; named++)
            assert_round_trip(key_named((enum named_key)named, mods));
        for (char32_t ch = ' '; ch < 0x7f; ch++)
            assert_round_trip(key_char(ch, mods));
    }
    assert_round_trip(key_char(U'é', 0));
    assert_round_trip(key_char(U'漢', KEY_ALT));
}

static void test_names(void **state)
{
    (void)state;
    assert_true(key_equal(parsed("ctrl-P"), key_char('p', KEY_CTRL)));
    assert_true(key_equal(parsed("Alt-K"), key_char('K', KEY_ALT)));
    assert_false(key_equal(parsed("Alt-K"), parsed("Alt-k")));
    assert_true(key_equal(parsed("Shift-Tab"), key_named(NAMED_TAB, KEY_SHIFT)));
    assert_true(key_equal(parsed("shift-g"), parsed("G")));
    assert_true(key_equal(parsed("PGDN"), key_named(NAMED_PAGE_DOWN, 0)));
    assert_true(key_equal(parsed("Alt-Ctrl-Up"), key_named(NAMED_UP, KEY_CTRL | KEY_ALT)));
    assert_true(key_equal(parsed("-"), key_char('-', 0)));
    assert_true(key_equal(parsed("Ctrl--"), key_char('-', KEY_CTRL)));
    assert_true(key_equal(parsed("Space"), key_char(' ', 0)));
    assert_true(key_equal(parsed("Hash"), key_char('#', 0)));
    assert_true(key_equal(parsed("F12"), key_named(NAMED_F12, 0)));
}

static void test_terminal_twins_are_one_key(void **state)
{
    (void)state;
    assert_true(key_equal(parsed("Ctrl-i"), parsed("Tab")));
    assert_true(key_equal(parsed("Ctrl-M"), parsed("Enter")));
    assert_true(key_equal(parsed("Ctrl-["), parsed("Esc")));
    assert_true(key_equal(parsed("Ctrl-Shift-p"), parsed("Ctrl-p")));
}

static void test_what_is_no_key(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",     "Ctrl-", "Hyper-x", "gg",       "F13",
                                        "Page", "\x01",  "\xff",    "\xc2\x85", " "};
    struct key key;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (key_parse(text_of(wrong[i]), &key))
            fail_msg("'%s' parsed", wrong[i]);
    }
}

static void assert_shown(const char *key, enum key_form form, const char *expected)
{
    char text[KEY_TEXT];
    key_format(parsed(key), form, text);
    assert_string_equal(text, expected);
}

static void test_forms(void **state)
{
    (void)state;
    assert_shown("Ctrl-p", KEY_FORM_SCREEN, "Ctrl-P");
    assert_shown("Ctrl-p", KEY_FORM_FILE, "Ctrl-p");
    assert_shown("Alt-k", KEY_FORM_SCREEN, "Alt-k");
    assert_shown("Up", KEY_FORM_SCREEN, "↑");
    assert_shown("Up", KEY_FORM_ASCII, "Up");
    assert_shown("Enter", KEY_FORM_SCREEN, "⏎");
    assert_shown("Enter", KEY_FORM_ASCII, "Enter");
    assert_shown("Hash", KEY_FORM_SCREEN, "#");
    assert_shown("Space", KEY_FORM_SCREEN, "Space");
}

static void test_line_editor_keys(void **state)
{
    (void)state;
    static const char *const editing[] = {
        "a",         "Space",         "?",      "é",      "Left",   "Ctrl-Left", "Home",
        "Backspace", "Alt-Backspace", "Ctrl-a", "Ctrl-u", "Ctrl-w", "Alt-b"};
    static const char *const other[] = {"Enter",  "Esc",    "Tab",    "Up",    "PgDn",  "F1",        "Ctrl-c",
                                        "Ctrl-z", "Ctrl-l", "Ctrl-p", "Alt-k", "Alt-é", "Ctrl-Alt-a"};
    for (size_t i = 0; i < sizeof editing / sizeof editing[0]; i++) {
        if (!key_is_editing(parsed(editing[i])))
            fail_msg("%s edits", editing[i]);
    }
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        if (key_is_editing(parsed(other[i])))
            fail_msg("%s does not edit", other[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_key_reads_back),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_terminal_twins_are_one_key),
        cmocka_unit_test(test_what_is_no_key),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_line_editor_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
