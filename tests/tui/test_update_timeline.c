/*
 * The timeline: its cursor and selection are times, and what it does to the filter can be undone.
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

static struct fake_screen *focused(void **state)
{
    struct fake_screen *fake = *state;
    while (fake->state.focus != FOCUS_TIMELINE)
        fake_key(fake, "Tab");
    return fake;
}

static const struct histogram *shown(const struct fake_screen *fake)
{
    return &state_meta(&fake->state)->histogram;
}

static ptrdiff_t cursor(const struct fake_screen *fake)
{
    return (ptrdiff_t)((fake->state.timeline.cursor - shown(fake)->start) / shown(fake)->width);
}

static struct time_range filtered(const struct fake_screen *fake)
{
    return filter_time_range(&fake->state.filter, fake->now);
}

static void the_focus_brings_a_cursor(void **state)
{
    struct fake_screen *fake = focused(state);
    assert_true(fake->state.timeline.has_cursor);
    assert_int_equal(cursor(fake), shown(fake)->count - 1);
}

static void the_cursor_steps_and_stays_inside(void **state)
{
    struct fake_screen *fake = focused(state);
    ptrdiff_t last = (ptrdiff_t)shown(fake)->count - 1;
    fake_key(fake, "Right");
    assert_int_equal(cursor(fake), last);
    fake_keys(fake, "Left", 2);
    assert_int_equal(cursor(fake), last - 2);
    fake_key(fake, "Home");
    fake_key(fake, "Left");
    assert_int_equal(cursor(fake), 0);
    fake_key(fake, "End");
    assert_int_equal(cursor(fake), last);
}

static void enter_zooms_to_the_bar_under_the_cursor(void **state)
{
    struct fake_screen *fake = focused(state);
    fake_keys(fake, "Left", 5);
    int64_t from = fake->state.timeline.cursor, width = shown(fake)->width;
    fake_key(fake, "Enter");
    assert_int_equal(filtered(fake).from, from);
    assert_int_equal(filtered(fake).to, from + width);
    assert_int_equal(state_list(&fake->state)->total.n, width / SECOND_MS);
    assert_int_equal(fake->state.focus, FOCUS_TIMELINE);
}

static void a_selection_is_zoomed_to_whole_whichever_end_is_the_cursor(void **state)
{
    struct fake_screen *fake = focused(state);
    fake_keys(fake, "Left", 3);
    int64_t last = fake->state.timeline.cursor, width = shown(fake)->width;
    fake_key(fake, "Space");
    fake_keys(fake, "Left", 6);
    int64_t first = fake->state.timeline.cursor;
    assert_true(fake->state.timeline.has_selection);
    fake_key(fake, "o");
    assert_int_equal(fake->state.timeline.cursor, last);
    assert_int_equal(fake->state.timeline.selection, first);
    fake_key(fake, "Enter");
    assert_int_equal(filtered(fake).from, first);
    assert_int_equal(filtered(fake).to, last + width);
    assert_false(fake->state.timeline.has_selection);
}

static void space_and_esc_drop_a_selection(void **state)
{
    struct fake_screen *fake = focused(state);
    fake_key(fake, "Space");
    assert_true(fake->state.timeline.has_selection);
    fake_key(fake, "Space");
    assert_false(fake->state.timeline.has_selection);
    fake_key(fake, "Space");
    fake_key(fake, "Esc");
    assert_false(fake->state.timeline.has_selection);
    assert_int_equal(fake->state.focus, FOCUS_TIMELINE);
}

static void undo_takes_a_zoom_back(void **state)
{
    struct fake_screen *fake = focused(state);
    fake_key(fake, "Enter");
    assert_false(filter_is_empty(&fake->state.filter));
    fake_key(fake, "u");
    assert_true(filter_is_empty(&fake->state.filter));
    assert_int_equal(state_list(&fake->state)->total.n, 1000);
    fake_key(fake, "U");
    assert_false(filter_is_empty(&fake->state.filter));
}

static void plus_and_minus_zoom_around_the_cursor(void **state)
{
    struct fake_screen *fake = focused(state);
    struct time_range all = update_timeline_range(&fake->state, fake->now);
    fake_keys(fake, "Left", 40);
    int64_t at = fake->state.timeline.cursor;
    fake_key(fake, "+");
    struct time_range half = filtered(fake);
    assert_in_range(half.to - half.from, (all.to - all.from) / 2 - SECOND_MS,
                    (all.to - all.from) / 2 + SECOND_MS);
    assert_true(half.from <= at && at < half.to);
    fake_key(fake, "-");
    struct time_range whole = filtered(fake);
    assert_true(whole.to - whole.from > half.to - half.from);
    assert_true(whole.from <= at && at < whole.to);
}

static void panning_moves_by_half_a_window(void **state)
{
    struct fake_screen *fake = focused(state);
    fake_keys(fake, "+", 3);
    struct time_range before = filtered(fake);
    fake_key(fake, "PgUp");
    struct time_range after = filtered(fake);
    assert_int_equal(after.to - after.from, before.to - before.from);
    assert_true(after.from < before.from && after.to > before.from);
    fake_key(fake, "PgDn");
    assert_int_equal(filtered(fake).from, before.from);
}

static void zero_shows_all_time_and_keeps_the_other_terms(void **state)
{
    struct fake_screen *fake = *state;
    char text[FILTER_TEXT_MAX];
    fake_filter(fake, "status:failed");
    focused(state);
    fake_key(fake, "+");
    fake_key(fake, "0");
    assert_string_equal(fake_line_of_filter(fake, text), "status:failed");
}

static void g_brings_the_list_to_the_time(void **state)
{
    struct fake_screen *fake = focused(state);
    fake_keys(fake, "Left", 30);
    int64_t from = fake->state.timeline.cursor, width = shown(fake)->width;
    fake_key(fake, "g");
    assert_int_equal(fake->state.focus, FOCUS_LIST);
    const struct run_row *row = state_selected(&fake->state);
    assert_in_range(row->created_at, from, from + width - 1);
    assert_true(filter_is_empty(&fake->state.filter));
    long line = fake_line(fake);
    assert_in_range(line, 0, state_list_capacity(&fake->state) - 1);
}

static void where_there_is_no_order_of_time_a_jump_says_so(void **state)
{
    struct fake_screen *fake = focused(state);
    fake_key(fake, "s");
    fake_keys(fake, "Down", 2);
    fake_key(fake, "Enter");
    fake_key(fake, "g");
    assert_true(fake_shows(fake, "not in the order of time"));
    assert_int_equal(fake->state.focus, FOCUS_TIMELINE);
}

/* What the cursor stands at does not move when bars come and go. */
static void the_cursor_stays_at_its_time(void **state)
{
    struct fake_screen *fake = focused(state);
    fake_keys(fake, "Left", 10);
    int64_t at = fake->state.timeline.cursor;
    fake_arrive(fake, 500);
    assert_int_equal(fake->state.timeline.cursor, at);
    fake_resize(fake, 80, 24);
    assert_int_equal(fake->state.timeline.cursor, at);
    assert_in_range(cursor(fake), 0, shown(fake)->count - 1);
}

static void a_relative_range_slides(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "after:1h");
    struct time_range before = update_timeline_range(&fake->state, fake->now);
    fake->now += 10 * MINUTE_MS;
    struct time_range after = update_timeline_range(&fake->state, fake->now);
    assert_int_equal(after.from - before.from, 10 * MINUTE_MS);
    assert_int_equal(after.to - before.to, 10 * MINUTE_MS);
}

static void an_empty_history_takes_every_key(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_new(120, 36, 0);
    void *cell = fake;
    focused(&cell);
    static const char *const keys[] = {"Left", "Right", "Home", "End", "Space", "o",     "Enter",
                                       "g",    "PgUp",  "+",    "-",   "0",     "Space", "Esc"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        fake_key(fake, keys[i]);
    assert_false(fake->state.timeline.has_selection);
    fake_draw(fake);
    fake_screen_free(fake);
}

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        FAKE_CASE(where_there_is_no_order_of_time_a_jump_says_so),
        FAKE_CASE(the_focus_brings_a_cursor),
        FAKE_CASE(the_cursor_steps_and_stays_inside),
        FAKE_CASE(enter_zooms_to_the_bar_under_the_cursor),
        FAKE_CASE(a_selection_is_zoomed_to_whole_whichever_end_is_the_cursor),
        FAKE_CASE(space_and_esc_drop_a_selection),
        FAKE_CASE(undo_takes_a_zoom_back),
        FAKE_CASE(plus_and_minus_zoom_around_the_cursor),
        FAKE_CASE(panning_moves_by_half_a_window),
        FAKE_CASE(zero_shows_all_time_and_keeps_the_other_terms),
        FAKE_CASE(g_brings_the_list_to_the_time),
        FAKE_CASE(the_cursor_stays_at_its_time),
        FAKE_CASE(a_relative_range_slides),
        FAKE_CASE(an_empty_history_takes_every_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
