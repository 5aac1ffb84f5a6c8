/*
 * The built-in keys against what was promised, user files on top of them, and every mistake a key file can have.
 */
#include "keymap/docgen.h"
#include "keymap/keymap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { KEYS_MAX = 8 };

struct promise {
    enum key_context context;
    const char *keys; /* separated by spaces */
    enum command command;
};

/* The table of the design, line by line. */
static const struct promise promises[] = {
    {CONTEXT_EVERYWHERE, "? F1", COMMAND_HELP},
    {CONTEXT_EVERYWHERE, "q", COMMAND_BACK},
    {CONTEXT_EVERYWHERE, "Ctrl-c", COMMAND_QUIT},
    {CONTEXT_EVERYWHERE, "/", COMMAND_FILTER},
    {CONTEXT_EVERYWHERE, "j F", COMMAND_LIVE},
    {CONTEXT_EVERYWHERE, "r F5", COMMAND_REFRESH},
    {CONTEXT_EVERYWHERE, "b", COMMAND_TOGGLE_RAIL},
    {CONTEXT_EVERYWHERE, "Tab", COMMAND_FOCUS_NEXT},
    {CONTEXT_EVERYWHERE, "Shift-Tab", COMMAND_FOCUS_PREVIOUS},
    {CONTEXT_EVERYWHERE, "Esc", COMMAND_CLOSE_LAYER},
    {CONTEXT_EVERYWHERE, "u", COMMAND_UNDO},
    {CONTEXT_EVERYWHERE, "U", COMMAND_REDO},
    {CONTEXT_EVERYWHERE, "X", COMMAND_CLEAR_FILTERS},
    {CONTEXT_EVERYWHERE, "s", COMMAND_SORT},
    {CONTEXT_EVERYWHERE, "t", COMMAND_TIME_MODE},
    {CONTEXT_EVERYWHERE, "v", COMMAND_FIELDS},
    {CONTEXT_EVERYWHERE, ":", COMMAND_PALETTE},
    {CONTEXT_EVERYWHERE, "Ctrl-z", COMMAND_SUSPEND},
    {CONTEXT_EVERYWHERE, "Ctrl-l", COMMAND_REDRAW},
    {CONTEXT_LIST, "Up Ctrl-p Alt-k", COMMAND_MOVE_UP},
    {CONTEXT_LIST, "Down Ctrl-n Alt-j", COMMAND_MOVE_DOWN},
    {CONTEXT_LIST, "PgUp Ctrl-u", COMMAND_PAGE_UP},
    {CONTEXT_LIST, "PgDn Ctrl-d", COMMAND_PAGE_DOWN},
    {CONTEXT_LIST, "Home g", COMMAND_FIRST},
    {CONTEXT_LIST, "End G", COMMAND_LAST},
    {CONTEXT_LIST, "Enter", COMMAND_OPEN},
    {CONTEXT_LIST, "e", COMMAND_NEXT_FAILED},
    {CONTEXT_LIST, "E", COMMAND_PREVIOUS_FAILED},
    {CONTEXT_LIST, "y", COMMAND_COPY},
    {CONTEXT_RAIL, "Up", COMMAND_MOVE_UP},
    {CONTEXT_RAIL, "Down", COMMAND_MOVE_DOWN},
    {CONTEXT_RAIL, "Space", COMMAND_FACET_TOGGLE},
    {CONTEXT_RAIL, "o", COMMAND_FACET_ONLY},
    {CONTEXT_RAIL, "x", COMMAND_FACET_EXCLUDE},
    {CONTEXT_RAIL, "Enter", COMMAND_FOLD},
    {CONTEXT_TIMELINE, "Left", COMMAND_CURSOR_LEFT},
    {CONTEXT_TIMELINE, "Right", COMMAND_CURSOR_RIGHT},
    {CONTEXT_TIMELINE, "Space", COMMAND_SELECT},
    {CONTEXT_TIMELINE, "o", COMMAND_SWAP_ENDS},
    {CONTEXT_TIMELINE, "Enter", COMMAND_ZOOM},
    {CONTEXT_TIMELINE, "+", COMMAND_ZOOM_IN},
    {CONTEXT_TIMELINE, "-", COMMAND_ZOOM_OUT},
    {CONTEXT_TIMELINE, "0", COMMAND_ZOOM_BACK},
    {CONTEXT_TIMELINE, "PgUp", COMMAND_PAN_BACK},
    {CONTEXT_TIMELINE, "PgDn", COMMAND_PAN_FORWARD},
    {CONTEXT_DRAWER, "[", COMMAND_TAB_PREVIOUS},
    {CONTEXT_DRAWER, "]", COMMAND_TAB_NEXT},
    {CONTEXT_DRAWER, "1", COMMAND_TAB_1},
    {CONTEXT_DRAWER, "2", COMMAND_TAB_2},
    {CONTEXT_DRAWER, "3", COMMAND_TAB_3},
    {CONTEXT_DRAWER, "Up", COMMAND_MOVE_UP},
    {CONTEXT_DRAWER, "Down", COMMAND_MOVE_DOWN},
    {CONTEXT_DRAWER, "Ctrl-p", COMMAND_RUN_PREVIOUS},
    {CONTEXT_DRAWER, "Ctrl-n", COMMAND_RUN_NEXT},
    {CONTEXT_DRAWER, "Enter", COMMAND_UNFOLD},
    {CONTEXT_DRAWER, "/", COMMAND_SEARCH},
    {CONTEXT_DRAWER, "n", COMMAND_SEARCH_NEXT},
    {CONTEXT_DRAWER, "N", COMMAND_SEARCH_PREVIOUS},
    {CONTEXT_DRAWER, "l", COMMAND_LOG_LEVEL},
    {CONTEXT_DRAWER, "y", COMMAND_COPY},
    {CONTEXT_DRAWER, "|", COMMAND_PAGER},
    {CONTEXT_LIST, "a", COMMAND_ANSWER},
    {CONTEXT_DRAWER, "a", COMMAND_ANSWER},
    {CONTEXT_FORM, "Down Tab Ctrl-n", COMMAND_MOVE_DOWN},
    {CONTEXT_FORM, "Up Shift-Tab Ctrl-p", COMMAND_MOVE_UP},
    {CONTEXT_FORM, "Enter", COMMAND_ACCEPT},
    {CONTEXT_FORM, "F2", COMMAND_ANSWER_ACCEPT},
    {CONTEXT_FORM, "F3", COMMAND_ANSWER_DECLINE},
    {CONTEXT_FORM, "F4", COMMAND_ANSWER_CANCEL},
    {CONTEXT_FORM, "F6", COMMAND_COPY_ADDRESS},
    {CONTEXT_FORM, "a y q ? / :", COMMAND_EDIT},
    {CONTEXT_CONFIRM, "y", COMMAND_SEND},
    {CONTEXT_CONFIRM, "Enter a", COMMAND_NONE},
    {CONTEXT_FILTER, "Enter", COMMAND_ACCEPT},
    {CONTEXT_FILTER, "Tab", COMMAND_COMPLETE},
    {CONTEXT_FILTER, "Up", COMMAND_HISTORY_PREVIOUS},
    {CONTEXT_FILTER, "Down", COMMAND_HISTORY_NEXT},
    {CONTEXT_FILTER, "Esc", COMMAND_CLOSE_LAYER},
};

/* Reached by name from the palette only: a key is better spent on `copy`, which offers them all. */
static const enum command by_name_only[] = {COMMAND_COPY_ID, COMMAND_COPY_JSON, COMMAND_COPY_CODE,
                                            COMMAND_COPY_ERROR, COMMAND_COPY_COMMAND};

static enum command press(const struct keymap *keymap, const struct key_chain *chain, const char *text)
{
    struct key key;
    if (!key_parse(text_of(text), &key))
        fail_msg("no key %s", text);
    return keymap_lookup(keymap, chain, key);
}

static const char *name_of(enum command command)
{
    return command == COMMAND_NONE ? "nothing" : command == COMMAND_EDIT ? "typing" : command_name(command);
}

static void assert_press(const struct keymap *keymap, const struct key_chain *chain, const char *text,
                         enum command expected)
{
    enum command command = press(keymap, chain, text);
    if (command != expected)
        fail_msg("%s in %s is %s instead of %s", text, context_word(chain->at[0]), name_of(command),
                 name_of(expected));
}

static void test_every_promised_key(void **state)
{
    (void)state;
    struct keymap keymap;
    keymap_init(&keymap, false);
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
        const struct promise *promise = &promises[i];
        struct key_chain chain = KEY_CHAIN(promise->context, CONTEXT_EVERYWHERE);
        for (const char *at = promise->keys; *at;) {
            char key[KEY_TEXT];
            size_t n = strcspn(at, " ");
            snprintf(key, sizeof key, "%.*s", (int)n, at);
            assert_press(&keymap, &chain, key, promise->command);
            at += n + (at[n] == ' ');
        }
    }
}

static bool has_key(const struct keymap *keymap, enum command command)
{
    for (size_t i = 0; i < keymap->count; i++) {
        if (keymap->bindings[i].command == command)
            return true;
    }
    return false;
}

static void assert_every_command_has_a_key(bool is_vim)
{
    struct keymap keymap;
    keymap_init(&keymap, is_vim);
    for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        bool expected = true;
        for (size_t j = 0; j < sizeof by_name_only / sizeof by_name_only[0]; j++)
            expected = expected && (int)by_name_only[j] != i;
        if (has_key(&keymap, (enum command)i) != expected)
            fail_msg("%s %s a key", command_name((enum command)i), expected ? "lacks" : "has");
    }
}

static void test_every_command_has_a_key_or_is_by_name(void **state)
{
    (void)state;
    assert_every_command_has_a_key(false);
    assert_every_command_has_a_key(true);
    for (size_t i = 0; i < sizeof by_name_only / sizeof by_name_only[0]; i++)
        assert_true(command_is_in_palette(by_name_only[i]));
    assert_false(command_is_in_palette(COMMAND_ACCEPT));
}

static void test_names_are_unique_and_read_back(void **state)
{
    (void)state;
    for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        assert_int_equal(command_of(text_of(command_name((enum command)i))), i);
        assert_true(command_hint((enum command)i)[0]);
        assert_true(command_help((enum command)i)[0]);
    }
    assert_int_equal(command_of(TEXT_LIT("no-such")), COMMAND_NONE);
}

static void test_built_in_files_have_no_mistake(void **state)
{
    (void)state;
    struct keymap keymap = {.count = 0};
    struct report report;
    keymap_load(&keymap, keymap_default_text(), &report);
    assert_int_equal(report.count, 0);
    keymap_load(&keymap, keymap_vim_text(), &report);
    assert_int_equal(report.count, 0);
}

static void test_vim_moves_and_moves_what_it_displaces(void **state)
{
    (void)state;
    struct keymap keymap;
    keymap_init(&keymap, true);
    const struct key_chain list = KEY_CHAIN(CONTEXT_LIST, CONTEXT_EVERYWHERE);
    const struct key_chain timeline = KEY_CHAIN(CONTEXT_TIMELINE, CONTEXT_EVERYWHERE);
    const struct key_chain drawer = KEY_CHAIN(CONTEXT_DRAWER, CONTEXT_EVERYWHERE);
    assert_press(&keymap, &list, "j", COMMAND_MOVE_DOWN);
    assert_press(&keymap, &list, "k", COMMAND_MOVE_UP);
    assert_press(&keymap, &list, "J", COMMAND_LIVE);
    assert_press(&keymap, &list, "F", COMMAND_LIVE);
    assert_press(&keymap, &timeline, "j", COMMAND_NONE);
    assert_press(&keymap, &timeline, "h", COMMAND_CURSOR_LEFT);
    assert_press(&keymap, &drawer, "l", COMMAND_TAB_NEXT);
    assert_press(&keymap, &drawer, "L", COMMAND_LOG_LEVEL);
    assert_press(&keymap, &drawer, "Down", COMMAND_MOVE_DOWN);
}

static void test_typing_comes_first(void **state)
{
    (void)state;
    struct keymap keymap;
    keymap_init(&keymap, true);
    const struct key_chain filter = KEY_CHAIN(CONTEXT_FILTER, CONTEXT_LIST, CONTEXT_EVERYWHERE);
    assert_press(&keymap, &filter, "j", COMMAND_EDIT);
    assert_press(&keymap, &filter, "q", COMMAND_EDIT);
    assert_press(&keymap, &filter, "Space", COMMAND_EDIT);
    assert_press(&keymap, &filter, "Ctrl-u", COMMAND_EDIT);
    assert_press(&keymap, &filter, "Home", COMMAND_EDIT);
    assert_press(&keymap, &filter, "Backspace", COMMAND_EDIT);
    assert_press(&keymap, &filter, "Tab", COMMAND_COMPLETE);
    assert_press(&keymap, &filter, "Ctrl-c", COMMAND_QUIT);
    assert_press(&keymap, &filter, "F1", COMMAND_HELP);
}

static void test_no_letter_acts_behind_a_menu(void **state)
{
    (void)state;
    struct keymap keymap;
    keymap_init(&keymap, false);
    const struct key_chain menu = KEY_CHAIN(CONTEXT_MENU, CONTEXT_LIST, CONTEXT_EVERYWHERE);
    assert_press(&keymap, &menu, "j", COMMAND_NONE);
    assert_press(&keymap, &menu, "X", COMMAND_NONE);
    assert_press(&keymap, &menu, "q", COMMAND_BACK);
    assert_press(&keymap, &menu, "Esc", COMMAND_CLOSE_LAYER);
    assert_press(&keymap, &menu, "Ctrl-c", COMMAND_QUIT);
}

static void test_inner_context_comes_first(void **state)
{
    (void)state;
    struct keymap keymap;
    keymap_init(&keymap, false);
    const struct key_chain open = KEY_CHAIN(CONTEXT_LIST, CONTEXT_DRAWER, CONTEXT_EVERYWHERE);
    assert_press(&keymap, &open, "Ctrl-n", COMMAND_MOVE_DOWN);
    assert_press(&keymap, &open, "2", COMMAND_TAB_2);
    assert_press(&keymap, &open, "/", COMMAND_SEARCH);
    assert_press(&keymap, &open, "r", COMMAND_REFRESH);
    assert_press(&keymap, &open, "F9", COMMAND_NONE);
}

static void load(struct keymap *keymap, const char *text, struct report *report)
{
    keymap_init(keymap, false);
    keymap_load(keymap, text_of(text), report);
}

static void test_user_lines_stand_above(void **state)
{
    (void)state;
    struct keymap keymap;
    struct report report;
    load(&keymap,
         "# mine\n"
         "list  j  live   # the same as before, but in the list\r\n"
         "everywhere Ctrl-x quit\n\n"
         "list e unbind\n"
         "everywhere Hash facet-only",
         &report);
    assert_int_equal(report.count, 0);
    const struct key_chain list = KEY_CHAIN(CONTEXT_LIST, CONTEXT_EVERYWHERE);
    const struct key_chain rail = KEY_CHAIN(CONTEXT_RAIL, CONTEXT_EVERYWHERE);
    assert_press(&keymap, &list, "j", COMMAND_LIVE);
    assert_press(&keymap, &list, "Ctrl-x", COMMAND_QUIT);
    assert_press(&keymap, &list, "e", COMMAND_NONE);
    assert_press(&keymap, &rail, "Hash", COMMAND_FACET_ONLY);
    assert_press(&keymap, &list, "Hash", COMMAND_NONE); /* means nothing there */
}

static void assert_mistake(const char *text, unsigned line, const char *part)
{
    struct keymap keymap;
    struct report report;
    load(&keymap, text, &report);
    assert_int_equal(report.count, 1);
    if (report.mistakes[0].line != line || !strstr(report.mistakes[0].what, part))
        fail_msg("line %u: %s", report.mistakes[0].line, report.mistakes[0].what);
}

static void test_mistakes_are_reported_with_their_line(void **state)
{
    (void)state;
    assert_mistake("\nlits j live", 2, "unknown context 'lits': did you mean list?");
    assert_mistake("list Hyper-x live", 1, "no such key 'Hyper-x'");
    assert_mistake("list x lvie\n", 1, "unknown command 'lvie': did you mean live?");
    assert_mistake("list x qqqqqqqq", 1, "unknown command 'qqqqqqqq'");
    assert_mistake("list x", 1, "context key command");
    assert_mistake("list x live now", 1, "context key command");
    assert_mistake("timeline x facet-only", 1, "facet-only means nothing in timeline");
    assert_mistake("filter a accept", 1, "could not be typed");
}

static void test_a_clash_names_both_and_the_first_stands(void **state)
{
    (void)state;
    assert_mistake("list x live\nrail x live\nlist x sort\n", 3,
                   "x in list is already live (line 1): it cannot be sort too");
    assert_mistake("list Ctrl-m live\nlist Enter unbind\n", 2, "Enter in list is already live (line 1)");
    struct keymap keymap;
    struct report report;
    load(&keymap, "list x live\nlist x sort\n", &report);
    const struct key_chain list = KEY_CHAIN(CONTEXT_LIST, CONTEXT_EVERYWHERE);
    assert_press(&keymap, &list, "x", COMMAND_LIVE);
}

static void test_all_mistakes_are_counted_and_good_lines_count(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, KEYMAP_FILE_MAX);
    for (int i = 0; i < 100; i++)
        buf_str(&text, "nonsense\n");
    buf_str(&text, "list x sort\n");
    struct keymap keymap;
    struct report report;
    load(&keymap, buf_cstr(&text), &report);
    assert_int_equal(report.count, 100);
    const struct key_chain list = KEY_CHAIN(CONTEXT_LIST, CONTEXT_EVERYWHERE);
    assert_press(&keymap, &list, "x", COMMAND_SORT);
    buf_release(&text);
}

static void test_too_much_is_refused(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, 2 * KEYMAP_FILE_MAX);
    buf_fill(&text, '\n', KEYMAP_FILE_MAX + 1);
    assert_mistake(buf_cstr(&text), 0, "larger than");
    buf_clear(&text);
    for (char32_t ch = 0x4e00; ch < 0x4e00 + KEYMAP_BINDINGS_MAX; ch++) {
        char key[KEY_TEXT];
        key_format(key_char(ch, 0), KEY_FORM_FILE, key);
        buf_printf(&text, "list %s live\n", key);
    }
    struct keymap keymap;
    struct report report;
    load(&keymap, buf_cstr(&text), &report);
    assert_true(report.count > 0);
    assert_int_equal(keymap.count, KEYMAP_BINDINGS_MAX);
    assert_non_null(strstr(report.mistakes[0].what, "more than"));
    buf_release(&text);
}

static void assert_keys(const struct keymap *keymap, enum command command, const struct key_chain *chain,
                        enum key_form form, const char *expected)
{
    struct buf out;
    buf_init(&out, 256);
    keymap_keys_for(keymap, command, chain, form, KEYS_MAX, &out);
    assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
}

static void test_keys_of_a_command(void **state)
{
    (void)state;
    struct keymap keymap;
    struct report report;
    keymap_init(&keymap, false);
    const struct key_chain list = KEY_CHAIN(CONTEXT_LIST, CONTEXT_EVERYWHERE);
    const struct key_chain drawer = KEY_CHAIN(CONTEXT_DRAWER, CONTEXT_EVERYWHERE);
    const struct key_chain filter = KEY_CHAIN(CONTEXT_FILTER, CONTEXT_EVERYWHERE);
    assert_keys(&keymap, COMMAND_MOVE_UP, &list, KEY_FORM_SCREEN, "↑ Ctrl-P Alt-k");
    assert_keys(&keymap, COMMAND_MOVE_UP, &list, KEY_FORM_ASCII, "Up Ctrl-P Alt-k");
    assert_keys(&keymap, COMMAND_FILTER, &list, KEY_FORM_SCREEN, "/");
    assert_keys(&keymap, COMMAND_FILTER, &drawer, KEY_FORM_SCREEN, ""); /* search has it there */
    assert_keys(&keymap, COMMAND_HELP, &filter, KEY_FORM_SCREEN, "F1"); /* ? is typed there */
    assert_keys(&keymap, COMMAND_COPY_ID, &list, KEY_FORM_SCREEN, "");
    keymap_load(&keymap, TEXT_LIT("list m move-up\nlist j live\n"), &report);
    assert_keys(&keymap, COMMAND_MOVE_UP, &list, KEY_FORM_SCREEN, "m ↑ Ctrl-P Alt-k");
    assert_keys(&keymap, COMMAND_LIVE, &list, KEY_FORM_SCREEN, "j F"); /* bound twice, written once */
}

static void test_keys_of_a_command_stop_at_max(void **state)
{
    (void)state;
    struct keymap keymap;
    keymap_init(&keymap, false);
    const struct key_chain list = KEY_CHAIN(CONTEXT_LIST, CONTEXT_EVERYWHERE);
    struct buf out;
    buf_init(&out, 256);
    assert_int_equal(keymap_keys_for(&keymap, COMMAND_MOVE_UP, &list, KEY_FORM_SCREEN, 1, &out), 1);
    assert_string_equal(buf_cstr(&out), "↑");
    buf_release(&out);
}

static void test_documents(void **state)
{
    (void)state;
    struct keymap keymap;
    keymap_init(&keymap, false);
    struct buf out;
    buf_init(&out, 64 * 1024);
    docgen_keys(&keymap, DOC_MARKDOWN, &out);
    assert_non_null(strstr(buf_cstr(&out), "| Everywhere | |\n| --- | --- |\n"));
    assert_non_null(strstr(buf_cstr(&out), "\n| `↑` `Ctrl-P` `Alt-k` | One line up |\n"));
    assert_non_null(strstr(buf_cstr(&out), "\n| `\\|` | Read the run in $PAGER |\n"));
    assert_non_null(strstr(buf_cstr(&out), "\n| `copy-id` | Copy the run's id |\n"));
    buf_clear(&out);
    docgen_keys(&keymap, DOC_PLAIN, &out);
    assert_non_null(strstr(buf_cstr(&out), "\nList\n"));
    assert_non_null(strstr(buf_cstr(&out), "\n  Up Ctrl-P Alt-k           One line up\n"));
    assert_false(buf_is_cut(&out));
    for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        if (!strstr(buf_cstr(&out), command_help((enum command)i)))
            fail_msg("%s is not in the help", command_name((enum command)i));
    }
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_promised_key),
        cmocka_unit_test(test_every_command_has_a_key_or_is_by_name),
        cmocka_unit_test(test_names_are_unique_and_read_back),
        cmocka_unit_test(test_built_in_files_have_no_mistake),
        cmocka_unit_test(test_vim_moves_and_moves_what_it_displaces),
        cmocka_unit_test(test_typing_comes_first),
        cmocka_unit_test(test_no_letter_acts_behind_a_menu),
        cmocka_unit_test(test_inner_context_comes_first),
        cmocka_unit_test(test_user_lines_stand_above),
        cmocka_unit_test(test_mistakes_are_reported_with_their_line),
        cmocka_unit_test(test_a_clash_names_both_and_the_first_stands),
        cmocka_unit_test(test_all_mistakes_are_counted_and_good_lines_count),
        cmocka_unit_test(test_too_much_is_refused),
        cmocka_unit_test(test_keys_of_a_command),
        cmocka_unit_test(test_keys_of_a_command_stop_at_max),
        cmocka_unit_test(test_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
