/*
 * The boxes: help says what the keys do, the palette runs every command, the menus do what their lines say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/fake_screen.h"
#include "tests/support/samples.h"

static bool tells(const struct menu_state *menu, enum command command)
{
    for (size_t i = 0; i < menu->count; i++)
        if (menu->values[i] == (int)command)
            return menu->rows[i].keys && *menu->rows[i].keys;
    return false;
}

static bool has_key_here(const struct fake_screen *fake, enum command command)
{
    struct key_chain chain = state_key_chain_under(&fake->state, OVERLAY_NONE);
    struct buf keys;
    buf_init(&keys, 400);
    size_t count = keymap_keys_for(&fake->keymap, command, &chain, KEY_FORM_FILE, 9, &keys);
    buf_release(&keys);
    return count > 0;
}

static void expect_told(const struct fake_screen *fake, enum key_context context)
{
    enum command commands[COMMAND_COUNT];
    size_t count = keymap_commands_in(&fake->keymap, context, commands);
    for (size_t i = 0; i < count; i++)
        if (has_key_here(fake, commands[i]) != tells(&fake->state.menu, commands[i]))
            fail_msg("help does not tell the key of %s (%s)", command_name(commands[i]),
                     context_word(context));
}

static void help_tells_every_key_of_its_context(void **state)
{
    struct fake_screen *fake = *state;
    static const enum key_context contexts[] = {
        [FOCUS_LIST] = CONTEXT_LIST,
        [FOCUS_DRAWER] = CONTEXT_DRAWER,
        [FOCUS_RAIL] = CONTEXT_RAIL,
        [FOCUS_TIMELINE] = CONTEXT_TIMELINE,
    };
    fake_resize(fake, 200, 50);
    fake_key(fake, "Enter");
    for (int i = 0; i < 4; i++) {
        fake_key(fake, "?");
        assert_string_equal(fake->state.menu.rows[0].label, context_heading(contexts[fake->state.focus]));
        expect_told(fake, contexts[fake->state.focus]);
        expect_told(fake, CONTEXT_EVERYWHERE);
        fake_key(fake, "?");
        assert_int_equal(fake->state.overlay, OVERLAY_NONE);
        fake_key(fake, "Tab");
    }
}

static void help_scrolls_within_its_lines(void **state)
{
    struct fake_screen *fake = *state;
    fake_resize(fake, 80, 24);
    fake_key(fake, "?");
    fake_key(fake, "Down");
    assert_int_equal(fake->state.menu.top, 1);
    fake_key(fake, "End");
    struct menu_model model;
    update_menu_model(&fake->state, &model);
    size_t page = menu_capacity(layout_of(&fake->state).above_footer, &model);
    assert_int_equal(fake->state.menu.top + page, fake->state.menu.count);
    fake_resize(fake, 120, 60);
    update_menu_model(&fake->state, &model);
    page = menu_capacity(layout_of(&fake->state).above_footer, &model);
    assert_true(fake->state.menu.top + page <= fake->state.menu.count || fake->state.menu.top == 0);
    fake_key(fake, "Home");
    assert_int_equal(fake->state.menu.top, 0);
}

static void the_palette_finds_every_command_by_its_name(void **state)
{
    struct fake_screen *fake = *state;
    for (int id = COMMAND_NONE + 1; id < COMMAND_COUNT; id++) {
        if (!command_is_in_palette((enum command)id))
            continue;
        fake_key(fake, ":");
        fake_type(fake, command_name((enum command)id));
        assert_true(fake->state.menu.count > 0);
        assert_int_equal(fake->state.menu.values[0], id);
        fake_key(fake, "Esc");
    }
}

static void run(struct fake_screen *fake, const char *command)
{
    fake_key(fake, ":");
    fake_type(fake, command);
    fake_key(fake, "Enter");
}

static void the_palette_says_that_nothing_fits_and_stays(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, ":");
    fake_type(fake, "zzzz");
    assert_true(fake_shows(fake, "no such command"));
    fake_key(fake, "Enter");
    assert_int_equal(fake->state.overlay, OVERLAY_PALETTE);
    fake_key(fake, "Esc");
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
}

static void the_palette_runs_commands_of_any_pane(void **state)
{
    struct fake_screen *fake = *state;
    run(fake, "move-down");
    assert_string_equal(fake_selected(fake), "run-00998");
    run(fake, "live");
    assert_true(fake->state.live.is_on);
    run(fake, "open");
    assert_true(fake->state.has_drawer);
    run(fake, "tab-3");
    assert_int_equal(drawer_tab(fake->state.drawer), TAB_LOGS);
    run(fake, "help");
    assert_int_equal(fake->state.overlay, OVERLAY_HELP);
    fake_key(fake, "Esc");
    run(fake, "fold-all");
    run(fake, "zoom-in");
    assert_false(filter_is_empty(&fake->state.filter));
    fake->effects = 0;
    run(fake, "quit");
    assert_true(fake->effects & EFFECT_QUIT);
}

static void what_needs_an_open_run_says_so(void **state)
{
    struct fake_screen *fake = *state;
    run(fake, "tab-3");
    assert_string_equal(fake->state.message, "no run is open");
}

static void a_name_that_nothing_has_does_nothing(void **state)
{
    struct fake_screen *fake = *state;
    fake->effects = 0;
    run(fake, "xyzzy");
    assert_int_equal(fake->effects, 0);
}

static void fields_are_switched_and_remembered(void **state)
{
    struct fake_screen *fake = *state;
    unsigned fields = fake->state.fields;
    fake_key(fake, "v");
    fake_keys(fake, "Down", FIELD_VIA);
    fake->effects = 0;
    fake_key(fake, "Space");
    assert_int_equal(fake->state.fields, fields & ~(1u << FIELD_VIA));
    assert_true(fake->effects & EFFECT_SAVE);
    assert_int_equal(fake->state.overlay, OVERLAY_FIELDS);
    assert_int_equal(fake->state.menu.rows[FIELD_VIA].check, 0);
    fake_key(fake, "Enter");
    assert_int_equal(fake->state.fields, fields);
    fake_key(fake, "Esc");
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
}

static void nothing_but_fields_is_remembered_by_them(void **state)
{
    struct fake_screen *fake = *state;
    fake->effects = 0;
    fake_key(fake, "t");
    assert_int_equal(fake->state.time_mode, TIME_IN_UTC);
    assert_false(fake->effects & EFFECT_SAVE);
}

static void the_order_in_force_is_ticked_and_selected(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "s");
    assert_int_equal(fake->state.menu.selected, 0);
    fake_keys(fake, "Down", 2);
    fake_key(fake, "Enter");
    fake_key(fake, "s");
    assert_int_equal(fake->state.menu.selected, 2);
    assert_int_equal(fake->state.menu.rows[2].check, 1);
    assert_int_equal(fake->state.menu.rows[0].check, 0);
}

static void another_order_begins_at_its_top(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "Down", 70);
    fake_key(fake, "s");
    fake_keys(fake, "Down", 2);
    fake_key(fake, "Enter");
    assert_int_equal(fake->state.list.selected, 0);
    assert_int_equal(state_list(&fake->state)->rank.n, 0);
}

static void another_order_keeps_the_run_that_is_read(void **state)
{
    struct fake_screen *fake = *state;
    char selected[32];
    fake_keys(fake, "Down", 7);
    fake_key(fake, "Enter");
    snprintf(selected, sizeof selected, "%s", fake_selected(fake));
    fake_key(fake, "s");
    fake_key(fake, "Down");
    fake_key(fake, "Enter");
    assert_string_equal(fake_selected(fake), selected);
}

static void the_order_that_is_there_asks_nothing(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "s");
    fake->effects = 0;
    fake_key(fake, "Enter");
    assert_int_equal(fake->effects, 0);
}

static const char *copied(struct fake_screen *fake, const char *letter)
{
    buf_clear(&fake->state.outgoing);
    fake->effects = 0;
    fake_key(fake, "y");
    fake_key(fake, letter);
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    return fake->effects & EFFECT_COPY ? buf_cstr(&fake->state.outgoing) : "";
}

static void the_letters_of_the_copy_menu_copy(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "Down", 6);
    assert_string_equal(copied(fake, "i"), "run-00993");
    assert_non_null(strstr(copied(fake, "j"), "\"run-00993\""));
    assert_string_equal(copied(fake, "c"), "return await tools.search({ q: 'open' })");
    assert_string_equal(copied(fake, "e"), "Error: rate limited: retry after 41s");
    assert_string_equal(copied(fake, "l"), "executor-runs '/home/me/.executor/data.db'");
    assert_false(fake->state.live.is_on);
}

/* j moves in a menu of vim's, but the line that is marked j is what j means there. */
static void the_letters_hold_with_vim_keys_too(void **state)
{
    struct fake_screen *fake = *state;
    keymap_init(&fake->keymap, true);
    assert_non_null(strstr(copied(fake, "j"), "run-00999"));
}

/* A time of the filter is typed in the zone that is shown. */
static void the_command_line_tells_its_zone(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "after:2026-11-13T16:10");
    assert_null(strstr(copied(fake, "l"), "--utc"));
    fake_key(fake, "t");
    assert_int_equal(fake->state.time_mode, TIME_IN_UTC);
    assert_string_equal(copied(fake, "l"),
                        "executor-runs -f 'after:2026-11-13T16:10' --utc '/home/me/.executor/data.db'");
}

static void what_a_run_has_not_is_said(void **state)
{
    struct fake_screen *fake = *state;
    assert_string_equal(copied(fake, "e"), "");
    assert_string_equal(fake->state.message, "this run has no error");
}

static void the_command_line_shows_this_screen(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:failed code:\"it's\"");
    fake_key(fake, "j");
    fake_key(fake, "s");
    fake_keys(fake, "Down", 2);
    fake_key(fake, "Enter");
    assert_string_equal(copied(fake, "l"),
                        "executor-runs -f 'status:failed it'\\''s' --sort durationMs,desc --live "
                        "'/home/me/.executor/data.db'");
    fake_key(fake, "X");
    fake_key(fake, "j");
    fake->state.sort = (struct sort){SORT_CREATED, false};
    fake->state.cacert = "my ca.pem";
    snprintf(fake->state.source_arg, sizeof fake->state.source_arg, "https://runs.example.org/team");
    assert_string_equal(copied(fake, "l"),
                        "executor-runs --cacert 'my ca.pem' 'https://runs.example.org/team'");
}

/* The detail may be slow: what is copied is the run that was meant, or nothing. */
static void a_copy_waits_for_its_run_and_for_no_other(void **state)
{
    struct fake_screen *fake = *state;
    fake->holds = true;
    fake_key(fake, "y");
    fake_key(fake, "j");
    fake->effects = 0;
    fake_answer(fake);
    assert_true(fake->effects & EFFECT_COPY);
    fake_key(fake, "Down");
    fake_key(fake, "y");
    fake_key(fake, "j");
    fake_key(fake, "Down");
    fake_key(fake, "Enter");
    fake->effects = 0;
    fake_answer(fake);
    assert_false(fake->effects & EFFECT_COPY);
}

static void a_copy_that_fails_says_so(void **state)
{
    struct fake_screen *fake = *state;
    fake->fails = ERR_IO;
    assert_string_equal(copied(fake, "j"), "");
    assert_string_equal(fake->state.message, "the disk is on fire");
    fake->fails = ERR_OK;
    assert_non_null(strstr(copied(fake, "j"), "run-00999"));
    fake->now += 2 * MESSAGE_MS;
    update_tick(&fake->state, fake->now);
    fake_key(fake, "Enter");
    assert_false(fake_shows(fake, "the disk is on fire"));
}

static void the_pager_gets_the_whole_run_as_text(void **state)
{
    struct fake_screen *fake = *state;
    fake->rows[0].code_head = TEXT_LIT("one\x1b[31m");
    fake_source(fake, SOURCE_CHANGED);
    fake->effects = 0;
    fake_key(fake, "|");
    assert_true(fake->effects & EFFECT_PAGER);
    const char *text = buf_cstr(&fake->state.outgoing);
    assert_non_null(strstr(text, "run run-00999"));
    assert_non_null(strstr(text, "--- call "));
    assert_null(strchr(text, 0x1b));
}

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        FAKE_CASE(help_tells_every_key_of_its_context),
        FAKE_CASE(help_scrolls_within_its_lines),
        FAKE_CASE(the_palette_finds_every_command_by_its_name),
        FAKE_CASE(the_palette_says_that_nothing_fits_and_stays),
        FAKE_CASE(the_palette_runs_commands_of_any_pane),
        FAKE_CASE(what_needs_an_open_run_says_so),
        FAKE_CASE(a_name_that_nothing_has_does_nothing),
        FAKE_CASE(fields_are_switched_and_remembered),
        FAKE_CASE(nothing_but_fields_is_remembered_by_them),
        FAKE_CASE(the_order_in_force_is_ticked_and_selected),
        FAKE_CASE(another_order_begins_at_its_top),
        FAKE_CASE(another_order_keeps_the_run_that_is_read),
        FAKE_CASE(the_order_that_is_there_asks_nothing),
        FAKE_CASE(the_letters_of_the_copy_menu_copy),
        FAKE_CASE(the_letters_hold_with_vim_keys_too),
        FAKE_CASE(the_command_line_tells_its_zone),
        FAKE_CASE(what_a_run_has_not_is_said),
        FAKE_CASE(the_command_line_shows_this_screen),
        FAKE_CASE(a_copy_waits_for_its_run_and_for_no_other),
        FAKE_CASE(a_copy_that_fails_says_so),
        FAKE_CASE(the_pager_gets_the_whole_run_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
