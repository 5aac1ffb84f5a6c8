/*
 * Layers, focus and size: Esc and q go back one layer at a time, the focus is always on something that can be seen, and no size breaks anything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/fake_screen.h"
#include "tests/support/golden.h"
#include "tests/support/samples.h"

static bool is_visible(const struct fake_screen *fake, enum focus focus)
{
    struct layout layout = layout_of(&fake->state);
    switch (focus) {
    case FOCUS_LIST: return layout.list.w > 0;
    case FOCUS_DRAWER: return layout.drawer.w > 0;
    case FOCUS_RAIL: return layout.rail.w > 0 || layout.rail_over.w > 0;
    case FOCUS_TIMELINE: return layout.timeline.h > 0;
    }
    return false;
}

static void open_everything(struct fake_screen *fake)
{
    fake_resize(fake, 80, 24);
    while (fake->state.focus != FOCUS_TIMELINE)
        fake_key(fake, "Tab");
    fake_key(fake, "Space");
    fake_key(fake, "Shift-Tab");
    fake_key(fake, "Enter");
    fake_key(fake, "b");
    fake_key(fake, "?");
}

static void expect_layers(struct fake_screen *fake, const char *key)
{
    open_everything(fake);
    fake->effects = 0;
    assert_int_equal(fake->state.overlay, OVERLAY_HELP);
    fake_key(fake, key);
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    assert_true(fake->state.rail.is_overlay);
    fake_key(fake, key);
    assert_false(fake->state.rail.is_overlay);
    assert_true(fake->state.timeline.has_selection);
    fake_key(fake, key);
    assert_false(fake->state.timeline.has_selection);
    assert_true(fake->state.has_drawer);
    fake_key(fake, key);
    assert_false(fake->state.has_drawer);
    assert_int_equal(fake->state.focus, FOCUS_LIST);
    assert_false(fake->effects & EFFECT_QUIT);
}

static void esc_goes_back_one_layer_at_a_time(void **state)
{
    struct fake_screen *fake = *state;
    expect_layers(fake, "Esc");
    fake_key(fake, "Esc");
    assert_false(fake->effects & EFFECT_QUIT);
}

/* Over a slow line Esc and what is pressed next arrive together and look like Alt. */
static void esc_with_a_key_on_its_heels_is_both(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "?");
    fake_key(fake, "Alt-/");
    assert_int_equal(fake->state.overlay, OVERLAY_FILTER);
    fake_type(fake, "half");
    fake_key(fake, "Alt-x");
    assert_int_equal(fake->state.overlay, OVERLAY_FILTER);
    assert_string_equal(fake->state.bar.edit.text, "half");
    fake_key(fake, "Esc");
    fake->effects = 0;
    fake_key(fake, "Alt-q");
    assert_false(fake->effects & EFFECT_QUIT);
}

static void q_quits_only_at_the_bottom(void **state)
{
    struct fake_screen *fake = *state;
    expect_layers(fake, "q");
    fake_key(fake, "q");
    assert_true(fake->effects & EFFECT_QUIT);
}

static void ctrl_c_quits_from_anywhere(void **state)
{
    struct fake_screen *fake = *state;
    static const char *const openers[] = {"?", ":", "v", "s", "y", "/", "b", "Enter"};
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
        fake_key(fake, openers[i]);
        fake->effects = 0;
        fake_key(fake, "Ctrl-c");
        assert_true(fake->effects & EFFECT_QUIT);
        fake_key(fake, "Esc");
    }
}

static void a_search_is_a_layer(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "Enter");
    fake_key(fake, "/");
    assert_int_equal(fake->state.overlay, OVERLAY_SEARCH);
    fake_type(fake, "items");
    fake_key(fake, "Enter");
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    assert_true(text_is(drawer_search_text(fake->state.drawer), "items"));
    fake_key(fake, "Esc");
    assert_int_equal(drawer_search_text(fake->state.drawer).n, 0);
    assert_true(fake->state.has_drawer);
    fake_key(fake, "/");
    fake_type(fake, "x");
    fake_key(fake, "Esc");
    assert_int_equal(drawer_search_text(fake->state.drawer).n, 0);
    assert_true(fake->state.has_drawer);
}

/* Tab goes through all that is visible, each once, and shift-tab the same way back. */
static void check_ring(struct fake_screen *fake)
{
    size_t parts = 0;
    for (int focus = FOCUS_LIST; focus <= FOCUS_TIMELINE; focus++)
        parts += is_visible(fake, (enum focus)focus);
    enum focus start = fake->state.focus, seen[8];
    for (size_t i = 0; i < parts; i++) {
        seen[i] = fake->state.focus;
        assert_true(is_visible(fake, seen[i]));
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(seen[i], seen[j]);
        fake_key(fake, "Tab");
    }
    assert_int_equal(fake->state.focus, start);
    for (size_t i = parts; i-- > 0;) {
        fake_key(fake, "Shift-Tab");
        assert_int_equal(fake->state.focus, seen[i]);
    }
}

static void the_focus_ring_holds_at_every_size(void **state)
{
    struct fake_screen *fake = *state;
    static const int widths[] = {40, 80, 99, 100, 120, 169, 170, 200}, heights[] = {10, 15, 16, 24, 36, 60};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        for (size_t j = 0; j < sizeof heights / sizeof *heights; j++)
            for (int what = 0; what < 4; what++) {
                fake_resize(fake, widths[i], heights[j]);
                fake_key(fake, what & 1 ? "b" : "Enter");
                check_ring(fake);
                if (what == 3)
                    for (int k = 0; k < 3; k++)
                        fake_key(fake, "Esc");
            }
}

static void a_run_opened_by_name_has_the_focus_on_something(void **state)
{
    struct fake_screen *fake = *state;
    while (fake->state.focus != FOCUS_RAIL)
        fake_key(fake, "Tab");
    fake_key(fake, ":");
    fake_type(fake, "open");
    fake_key(fake, "Enter");
    assert_true(fake->state.has_drawer);
    assert_true(is_visible(fake, fake->state.focus));
}

static void an_open_drawer_goes_with_the_last_row(void **state)
{
    struct fake_screen *fake = *state;
    fake_resize(fake, 80, 24);
    fake_key(fake, "Enter");
    assert_int_equal(fake->state.focus, FOCUS_DRAWER);
    fake_key(fake, ":");
    fake_type(fake, "filter");
    fake_key(fake, "Enter");
    fake_type(fake, "code:nowhere");
    fake_key(fake, "Enter");
    assert_false(fake->state.has_drawer);
    assert_int_equal(fake->state.focus, FOCUS_LIST);
    assert_true(fake_shows(fake, "no run matches"));
}

static void too_small_a_screen_says_so_and_comes_back_as_it_was(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "Down", 7);
    fake_key(fake, "Enter");
    char *before = fake_text(fake);
    fake_resize(fake, 30, 8);
    assert_true(fake_shows(fake, "40"));
    static const char *const keys[] = {"Down", "X", "/", "Esc", "j", "b", "Tab", "e", "Enter"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        fake_key(fake, keys[i]);
    fake_resize(fake, 120, 36);
    char *after = fake_text(fake);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void too_small_a_screen_can_be_left(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "/");
    fake_resize(fake, 20, 5);
    fake->effects = 0;
    fake_key(fake, "q");
    assert_true(fake->effects & EFFECT_QUIT);
}

static void answers_may_land_on_too_small_a_screen(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "Enter");
    fake->holds = true;
    fake_source(fake, SOURCE_CHANGED);
    fake_key(fake, "Down");
    fake_resize(fake, 1, 1);
    fake_answer(fake);
    golden_check_sound(fake_draw(fake));
    fake_resize(fake, 120, 36);
    fake_answer(fake);
    assert_string_equal(fake_selected(fake), "run-00998");
    golden_check_sound(fake_draw(fake));
}

static void every_size_can_be_drawn(void **state)
{
    struct fake_screen *fake = *state;
    fake->holds = true;
    for (int width = 1; width < 200; width += 3)
        for (int height = 1; height < 60; height += 7) {
            fake_resize(fake, width, height);
            golden_check_sound(fake_draw(fake));
        }
}

/* With an answer or without one, a key that does something shows that it did. */
static void every_key_changes_the_frame_of_a_source_that_does_not_answer(void **state)
{
    struct fake_screen *fake = *state;
    static const char *const keys[] = {"Down",      "PgDn", "Up",  "Enter", "3", "Esc", "b",  "b",
                                       "Shift-Tab", "/",    "s",   "Esc",   "?", "Esc", ":",  "p",
                                       "Esc",       "v",    "Esc", "j",     "t", "y",   "Esc"};
    fake->holds = true;
    char *before = fake_text(fake);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        fake_key(fake, keys[i]);
        char *after = fake_text(fake);
        if (strcmp(before, after) == 0)
            fail_msg("%s (number %zu) changed nothing", keys[i], i);
        free(before);
        before = after;
    }
    free(before);
}

static void before_the_first_answer_the_screen_is_whole(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_new(80, 24, 0);
    response_free(fake->state.list.shown);
    response_free(fake->state.meta.shown);
    fake->state.list.shown = fake->state.meta.shown = NULL;
    fake->state.list.is_asking = true;
    static const char *const keys[] = {"Down", "Enter", "e",     "Tab", "Left", "Space",
                                       "b",    "Down",  "Space", "Esc", "End"};
    fake->holds = true;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        fake_key(fake, keys[i]);
        golden_check_sound(fake_draw(fake));
    }
    fake_screen_free(fake);
}

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        FAKE_CASE(esc_goes_back_one_layer_at_a_time),
        FAKE_CASE(esc_with_a_key_on_its_heels_is_both),
        FAKE_CASE(q_quits_only_at_the_bottom),
        FAKE_CASE(ctrl_c_quits_from_anywhere),
        FAKE_CASE(a_search_is_a_layer),
        FAKE_CASE(the_focus_ring_holds_at_every_size),
        FAKE_CASE(a_run_opened_by_name_has_the_focus_on_something),
        FAKE_CASE(an_open_drawer_goes_with_the_last_row),
        FAKE_CASE(too_small_a_screen_says_so_and_comes_back_as_it_was),
        FAKE_CASE(too_small_a_screen_can_be_left),
        FAKE_CASE(answers_may_land_on_too_small_a_screen),
        FAKE_CASE(every_size_can_be_drawn),
        FAKE_CASE(every_key_changes_the_frame_of_a_source_that_does_not_answer),
        FAKE_CASE(before_the_first_answer_the_screen_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
