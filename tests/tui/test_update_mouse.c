/*
 * The mouse does what keys do, where it points.
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

static void mouse(struct fake_screen *fake, enum term_button button, int x, int y)
{
    fake_event(fake, &(struct term_event){.kind = TERM_MOUSE, .button = button, .x = x, .y = y});
}

static struct layout layout(const struct fake_screen *fake)
{
    return layout_of(&fake->state);
}

static void a_click_selects_and_two_open(void **state)
{
    struct fake_screen *fake = *state;
    struct rect list = layout(fake).list;
    mouse(fake, MOUSE_PRESS, list.x + 5, list.y + 1 + 7);
    assert_string_equal(fake_selected(fake), "run-00992");
    assert_false(fake->state.has_drawer);
    mouse(fake, MOUSE_DOUBLE, list.x + 5, list.y + 1 + 3);
    assert_string_equal(fake_selected(fake), "run-00996");
    assert_true(fake->state.has_drawer);
}

static void a_click_beside_a_row_does_nothing(void **state)
{
    struct fake_screen *fake = *state;
    struct layout at = layout(fake);
    mouse(fake, MOUSE_PRESS, at.list.x + 5, at.list.y);
    mouse(fake, MOUSE_PRESS, 5, at.footer.y);
    mouse(fake, MOUSE_PRESS, 5, at.header.y);
    mouse(fake, MOUSE_PRESS, -1, -1);
    mouse(fake, MOUSE_PRESS, 1000, 1000);
    assert_string_equal(fake_selected(fake), "run-00999");
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
}

static void what_stands_below_the_rows_is_no_row(void **state)
{
    struct fake_screen *fake = *state;
    fake->is_partial = fake->is_paused = true;
    fake->looked_at = 500;
    fake_source(fake, SOURCE_CHANGED);
    struct rect list = layout(fake).list;
    mouse(fake, MOUSE_PRESS, list.x + 5, list.y + list.h - 1);
    assert_string_equal(fake_selected(fake), "run-00999");
    mouse(fake, MOUSE_PRESS, list.x + 5, list.y + list.h - 2);
    assert_string_equal(fake_selected(fake), "run-00976");
}

static void the_divider_is_no_row(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "j");
    fake_arrive(fake, 2);
    struct rect list = layout(fake).list;
    mouse(fake, MOUSE_PRESS, list.x + 5, list.y + 1 + 2);
    assert_string_equal(fake_selected(fake), "run-01001");
    mouse(fake, MOUSE_PRESS, list.x + 5, list.y + 1 + 3);
    assert_string_equal(fake_selected(fake), "run-00999");
}

static void the_wheel_moves(void **state)
{
    struct fake_screen *fake = *state;
    struct rect list = layout(fake).list;
    mouse(fake, MOUSE_WHEEL_DOWN, list.x + 5, list.y + 5);
    assert_string_equal(fake_selected(fake), "run-00996");
    mouse(fake, MOUSE_WHEEL_UP, list.x + 5, list.y + 5);
    assert_string_equal(fake_selected(fake), "run-00999");
}

static void a_click_in_the_rail_ticks(void **state)
{
    struct fake_screen *fake = *state;
    struct rect rail = layout(fake).rail;
    char text[FILTER_TEXT_MAX];
    for (size_t i = 0; i < fake->state.rail.count; i++)
        if (text_is(fake->state.rail.items[i].value, "failed")) {
            mouse(fake, MOUSE_PRESS, rail.x + 3, rail.y + 1 + (int)i);
            break;
        }
    assert_string_equal(fake_line_of_filter(fake, text), "status:failed");
    assert_int_equal(fake->state.focus, FOCUS_RAIL);
    size_t count = fake->state.rail.count;
    mouse(fake, MOUSE_PRESS, rail.x + 3, rail.y + 1);
    assert_true(fake->state.rail.count < count);
}

static void the_rail_over_the_list_takes_its_clicks(void **state)
{
    struct fake_screen *fake = *state;
    fake_resize(fake, 80, 24);
    fake_key(fake, "b");
    struct rect rail = layout(fake).rail_over;
    mouse(fake, MOUSE_PRESS, rail.x + 3, rail.y + 6);
    assert_false(filter_is_empty(&fake->state.filter));
}

static void dragging_on_the_timeline_zooms(void **state)
{
    struct fake_screen *fake = *state;
    struct rect timeline = layout(fake).timeline;
    int x = timeline.x + TIMELINE_GUTTER;
    mouse(fake, MOUSE_PRESS, x + 20, timeline.y + 2);
    assert_int_equal(fake->state.focus, FOCUS_TIMELINE);
    int64_t from = fake->state.timeline.cursor;
    mouse(fake, MOUSE_DRAG, x + 30, timeline.y + 2);
    int64_t width = state_meta(&fake->state)->histogram.width, last = fake->state.timeline.cursor;
    assert_true(fake->state.timeline.has_selection);
    assert_true(last > from);
    mouse(fake, MOUSE_RELEASE, x + 30, timeline.y + 2);
    struct time_range range = filter_time_range(&fake->state.filter, fake->now);
    assert_int_equal(range.from, from);
    assert_int_equal(range.to, last + width);
    fake_key(fake, "u");
    assert_true(filter_is_empty(&fake->state.filter));
}

static void a_click_on_the_timeline_is_no_zoom(void **state)
{
    struct fake_screen *fake = *state;
    struct rect timeline = layout(fake).timeline;
    mouse(fake, MOUSE_PRESS, timeline.x + 40, timeline.y + 2);
    mouse(fake, MOUSE_RELEASE, timeline.x + 40, timeline.y + 2);
    assert_true(filter_is_empty(&fake->state.filter));
    assert_true(fake->state.timeline.has_cursor);
}

/* A drag that began elsewhere is not one of the timeline's. */
static void a_release_from_elsewhere_is_no_zoom(void **state)
{
    struct fake_screen *fake = *state;
    struct layout at = layout(fake);
    mouse(fake, MOUSE_PRESS, at.list.x + 5, at.list.y + 4);
    mouse(fake, MOUSE_DRAG, at.timeline.x + 60, at.timeline.y + 2);
    mouse(fake, MOUSE_RELEASE, at.timeline.x + 60, at.timeline.y + 2);
    assert_true(filter_is_empty(&fake->state.filter));
}

static void the_wheel_on_the_timeline_zooms(void **state)
{
    struct fake_screen *fake = *state;
    struct rect timeline = layout(fake).timeline;
    struct time_range all = update_timeline_range(&fake->state, fake->now);
    mouse(fake, MOUSE_WHEEL_UP, timeline.x + 60, timeline.y + 2);
    struct time_range half = filter_time_range(&fake->state.filter, fake->now);
    assert_true(half.to - half.from < all.to - all.from);
    mouse(fake, MOUSE_WHEEL_DOWN, timeline.x + 60, timeline.y + 2);
    struct time_range wider = filter_time_range(&fake->state.filter, fake->now);
    assert_true(wider.to - wider.from > half.to - half.from);
}

static void the_bar_opens(void **state)
{
    struct fake_screen *fake = *state;
    mouse(fake, MOUSE_PRESS, 10, layout(fake).bar.y);
    assert_int_equal(fake->state.overlay, OVERLAY_FILTER);
    fake_type(fake, "x");
    mouse(fake, MOUSE_PRESS, layout(fake).list.x + 5, layout(fake).list.y + 5);
    assert_int_equal(fake->state.overlay, OVERLAY_FILTER);
    assert_string_equal(fake_selected(fake), "run-00999");
}

static void a_click_in_the_drawer_focuses_it(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "Enter");
    struct rect drawer = layout(fake).drawer;
    mouse(fake, MOUSE_PRESS, drawer.x + 5, drawer.y + 5);
    assert_int_equal(fake->state.focus, FOCUS_DRAWER);
    mouse(fake, MOUSE_WHEEL_DOWN, drawer.x + 5, drawer.y + 5);
    assert_string_equal(fake_selected(fake), "run-00999");
}

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        FAKE_CASE(a_click_selects_and_two_open),
        FAKE_CASE(a_click_beside_a_row_does_nothing),
        FAKE_CASE(what_stands_below_the_rows_is_no_row),
        FAKE_CASE(the_divider_is_no_row),
        FAKE_CASE(the_wheel_moves),
        FAKE_CASE(a_click_in_the_rail_ticks),
        FAKE_CASE(the_rail_over_the_list_takes_its_clicks),
        FAKE_CASE(dragging_on_the_timeline_zooms),
        FAKE_CASE(a_click_on_the_timeline_is_no_zoom),
        FAKE_CASE(a_release_from_elsewhere_is_no_zoom),
        FAKE_CASE(the_wheel_on_the_timeline_zooms),
        FAKE_CASE(the_bar_opens),
        FAKE_CASE(a_click_in_the_drawer_focuses_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
