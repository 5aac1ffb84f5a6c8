/*
 * The rail: what its keys do to the filter, and that its selected line is a value, not a line number.
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

static void expect_filter(struct fake_screen *fake, const char *line)
{
    char text[FILTER_TEXT_MAX];
    assert_string_equal(fake_line_of_filter(fake, text), line);
}

static const struct rail_item *selected(const struct fake_screen *fake)
{
    return &fake->state.rail.items[fake->state.rail.selected];
}

static void focus_rail(struct fake_screen *fake)
{
    while (fake->state.focus != FOCUS_RAIL)
        fake_key(fake, "Tab");
}

/* By keys, as a person goes. */
static void go_to(struct fake_screen *fake, enum rail_section section, const char *value)
{
    focus_rail(fake);
    fake_key(fake, "Home");
    for (size_t i = 0; i < fake->state.rail.count; i++) {
        const struct rail_item *item = selected(fake);
        bool is_it =
            value ? item->kind == RAIL_VALUE && text_is(item->value, value) : item->kind == RAIL_HEADING;
        if (item->section == section && is_it)
            return;
        fake_key(fake, "Down");
    }
    fail_msg("the rail has no %s", value ? value : "such section");
}

static void space_ticks_and_unticks(void **state)
{
    struct fake_screen *fake = *state;
    go_to(fake, SECTION_STATUS, "failed");
    fake_key(fake, "Space");
    expect_filter(fake, "status:failed");
    go_to(fake, SECTION_STATUS, "running");
    fake_key(fake, "Space");
    expect_filter(fake, "status:failed,running");
    fake_key(fake, "Space");
    expect_filter(fake, "status:failed");
    fake_key(fake, "u");
    expect_filter(fake, "status:failed,running");
}

static void only_and_exclude(void **state)
{
    struct fake_screen *fake = *state;
    go_to(fake, SECTION_TRIGGER, "http");
    fake_key(fake, "Space");
    go_to(fake, SECTION_TRIGGER, "cli");
    fake_key(fake, "o");
    expect_filter(fake, "trigger:cli");
    fake_key(fake, "x");
    expect_filter(fake, "-trigger:cli");
    fake_key(fake, "x");
    expect_filter(fake, "");
}

/* A null trigger is told by its name everywhere. */
static void unknown_triggers_can_be_ticked(void **state)
{
    struct fake_screen *fake = *state;
    go_to(fake, SECTION_TRIGGER, "unknown");
    fake_key(fake, "Space");
    expect_filter(fake, "trigger:unknown");
    assert_int_equal(state_meta(&fake->state)->filtered.n, 250);
}

static void ticking_does_not_zero_the_siblings(void **state)
{
    struct fake_screen *fake = *state;
    go_to(fake, SECTION_STATUS, "failed");
    fake_key(fake, "Space");
    go_to(fake, SECTION_STATUS, "completed");
    assert_int_equal(selected(fake)->count.n, 860);
}

static void interactions_are_yes_or_no(void **state)
{
    struct fake_screen *fake = *state;
    go_to(fake, SECTION_INTERACTIONS, "true");
    fake_key(fake, "Space");
    expect_filter(fake, "elicitation:true");
    go_to(fake, SECTION_INTERACTIONS, "false");
    fake_key(fake, "Space");
    expect_filter(fake, "elicitation:false");
    fake_key(fake, "Space");
    expect_filter(fake, "");
    fake_key(fake, "x");
    expect_filter(fake, "elicitation:true");
}

static void a_preset_is_a_sliding_time(void **state)
{
    struct fake_screen *fake = *state;
    go_to(fake, SECTION_TIME, NULL);
    fake_keys(fake, "Down", 2);
    fake_key(fake, "Space");
    expect_filter(fake, "after:15m");
    fake_keys(fake, "Up", 1);
    fake_key(fake, "Space");
    expect_filter(fake, "");
}

/* A zoom shows in the rail as one more line; to choose it is to keep it. */
static void a_custom_range_stays_when_it_is_chosen(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "after:2026-11-21T13:10 before:2026-11-21T13:14");
    go_to(fake, SECTION_TIME, NULL);
    while (selected(fake)->preset != -1)
        fake_key(fake, "Down");
    fake_key(fake, "Space");
    expect_filter(fake, "after:2026-11-21T13:10 before:2026-11-21T13:14");
}

static void code_terms_are_lines_of_their_own(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "code:search");
    go_to(fake, SECTION_CODE, "search");
    fake_key(fake, "Space");
    expect_filter(fake, "");
    go_to(fake, SECTION_CODE, NULL);
    fake_key(fake, "Space");
    assert_int_equal(fake->state.overlay, OVERLAY_FILTER);
    assert_string_equal(fake->state.bar.edit.text, "code:");
}

static void a_scope_is_one_of_several(void **state)
{
    struct fake_screen *fake = *state;
    for (size_t i = 0; i < fake->count; i += 4)
        fake->rows[i].scope_id = TEXT_LIT("other");
    fake_source(fake, SOURCE_CHANGED);
    go_to(fake, SECTION_SCOPE, "other");
    fake_key(fake, "Space");
    assert_string_equal(fake->state.scope, "other");
    assert_int_equal(state_list(&fake->state)->total.n, 250);
    fake_key(fake, "Space");
    assert_null(fake->state.scope);
    go_to(fake, SECTION_SCOPE, "other");
    fake_key(fake, "Space");
    while (!text_is_null(selected(fake)->value))
        fake_key(fake, "Up");
    fake_key(fake, "Space");
    assert_null(fake->state.scope);
    assert_int_equal(state_list(&fake->state)->total.n, 1000);
}

static void a_scope_and_a_range_are_not_excluded_by_choosing_them(void **state)
{
    struct fake_screen *fake = *state;
    for (size_t i = 0; i < 40; i++)
        fake->rows[i].scope_id = TEXT_LIT("other");
    fake_source(fake, SOURCE_CHANGED);
    go_to(fake, SECTION_SCOPE, "other");
    fake_key(fake, "x");
    assert_null(fake->state.scope);
    go_to(fake, SECTION_TIME, NULL);
    fake_keys(fake, "Down", 3);
    fake_key(fake, "x");
    expect_filter(fake, "");
}

/* A scope that was asked for and is not there says so, and can be left. */
static void a_scope_without_runs_can_be_left(void **state)
{
    struct fake_screen *fake = *state;
    fake->state.scope = strdup("nosuch");
    fake_source(fake, SOURCE_CHANGED);
    assert_true(fake_shows(fake, "none in the scope nosuch"));
    go_to(fake, SECTION_SCOPE, NULL);
    fake_key(fake, "Down");
    fake_key(fake, "Space");
    assert_null(fake->state.scope);
    assert_int_equal(state_list(&fake->state)->total.n, 1000);
}

static void the_selected_value_is_found_again(void **state)
{
    struct fake_screen *fake = *state;
    go_to(fake, SECTION_TOOLS, "search");
    size_t line = fake->state.rail.selected;
    for (size_t i = 0; i < 5; i++)
        fake->rows[i].trigger_kind = TEXT_LIT("schedule");
    fake_source(fake, SOURCE_CHANGED);
    assert_true(text_is(selected(fake)->value, "search"));
    assert_int_equal(fake->state.rail.selected, line + 1);
}

/* Long values are told apart by all of their bytes. */
static void long_values_are_not_confused(void **state)
{
    struct fake_screen *fake = *state;
    static char one[400], two[400];
    memset(one, 'a', sizeof one - 2);
    memset(two, 'a', sizeof two - 2);
    one[sizeof one - 2] = '1';
    two[sizeof two - 2] = '2';
    fake->rows[0].trigger_kind = text_of(one);
    fake->rows[1].trigger_kind = text_of(two);
    fake_source(fake, SOURCE_CHANGED);
    go_to(fake, SECTION_TRIGGER, one);
    fake_source(fake, SOURCE_CHANGED);
    assert_true(text_is(selected(fake)->value, one));
}

static void enter_folds_the_section(void **state)
{
    struct fake_screen *fake = *state;
    go_to(fake, SECTION_TOOLS, "search");
    size_t count = fake->state.rail.count;
    fake_key(fake, "Enter");
    assert_true(fake->state.rail.count < count);
    assert_int_equal(selected(fake)->kind, RAIL_HEADING);
    assert_int_equal(selected(fake)->section, SECTION_TOOLS);
    fake_key(fake, "Enter");
    assert_int_equal(fake->state.rail.count, count);
    fake_key(fake, "z");
    assert_int_equal(fake->state.rail.count, 6);
    fake_key(fake, "z");
    assert_int_equal(fake->state.rail.count, count);
}

static void the_selected_line_stays_in_view(void **state)
{
    struct fake_screen *fake = *state;
    focus_rail(fake);
    fake_resize(fake, 120, 16);
    const struct rail_state *rail = &fake->state.rail;
    static const char *const keys[] = {"End", "PgUp", "Home", "PgDn", "Down", "Down"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        fake_key(fake, keys[i]);
        size_t page = rail_capacity(layout_of(&fake->state).rail.h);
        assert_in_range(rail->selected, rail->top, rail->top + page - 1);
    }
}

static void b_hides_and_shows_it(void **state)
{
    struct fake_screen *fake = *state;
    assert_true(layout_of(&fake->state).rail.w > 0);
    fake_key(fake, "b");
    assert_int_equal(layout_of(&fake->state).rail.w, 0);
    assert_int_equal(fake->state.focus, FOCUS_LIST);
    fake_key(fake, "b");
    assert_true(layout_of(&fake->state).rail.w > 0);
    assert_int_equal(fake->state.focus, FOCUS_RAIL);
    fake_key(fake, "b");
    assert_int_equal(fake->state.focus, FOCUS_LIST);
}

static void hiding_it_leaves_the_focus_elsewhere_alone(void **state)
{
    struct fake_screen *fake = *state;
    while (fake->state.focus != FOCUS_TIMELINE)
        fake_key(fake, "Tab");
    fake_key(fake, "b");
    assert_int_equal(fake->state.focus, FOCUS_TIMELINE);
}

static void on_a_narrow_screen_it_opens_over_the_list(void **state)
{
    struct fake_screen *fake = *state;
    fake_resize(fake, 80, 24);
    assert_int_equal(layout_of(&fake->state).rail.w, 0);
    fake_key(fake, "b");
    assert_true(layout_of(&fake->state).rail_over.w > 0);
    assert_int_equal(fake->state.focus, FOCUS_RAIL);
    go_to(fake, SECTION_STATUS, "failed");
    fake_key(fake, "Space");
    expect_filter(fake, "status:failed");
    fake_key(fake, "Esc");
    assert_int_equal(layout_of(&fake->state).rail_over.w, 0);
    assert_int_equal(fake->state.focus, FOCUS_LIST);
}

/* A drawer takes the rail's room on a middling screen: there it opens over the list, and is not left open behind. */
static void beside_a_drawer_it_opens_where_there_is_room(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "Enter");
    assert_int_equal(layout_of(&fake->state).rail.w, 0);
    fake_key(fake, "b");
    assert_true(layout_of(&fake->state).rail_over.w > 0);
    fake_key(fake, "Esc");
    fake_key(fake, "Esc");
    assert_false(fake->state.has_drawer);
    assert_true(layout_of(&fake->state).rail.w > 0);
    fake_resize(fake, 200, 50);
    fake_key(fake, "Enter");
    fake_key(fake, "b");
    assert_int_equal(layout_of(&fake->state).rail.w, 0);
    fake_key(fake, "b");
    assert_true(layout_of(&fake->state).rail.w > 0);
    assert_int_equal(layout_of(&fake->state).rail_over.w, 0);
}

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        FAKE_CASE(space_ticks_and_unticks),
        FAKE_CASE(only_and_exclude),
        FAKE_CASE(unknown_triggers_can_be_ticked),
        FAKE_CASE(ticking_does_not_zero_the_siblings),
        FAKE_CASE(interactions_are_yes_or_no),
        FAKE_CASE(a_preset_is_a_sliding_time),
        FAKE_CASE(a_custom_range_stays_when_it_is_chosen),
        FAKE_CASE(code_terms_are_lines_of_their_own),
        FAKE_CASE(a_scope_is_one_of_several),
        FAKE_CASE(a_scope_and_a_range_are_not_excluded_by_choosing_them),
        FAKE_CASE(a_scope_without_runs_can_be_left),
        FAKE_CASE(the_selected_value_is_found_again),
        FAKE_CASE(long_values_are_not_confused),
        FAKE_CASE(enter_folds_the_section),
        FAKE_CASE(the_selected_line_stays_in_view),
        FAKE_CASE(b_hides_and_shows_it),
        FAKE_CASE(hiding_it_leaves_the_focus_elsewhere_alone),
        FAKE_CASE(on_a_narrow_screen_it_opens_over_the_list),
        FAKE_CASE(beside_a_drawer_it_opens_where_there_is_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
