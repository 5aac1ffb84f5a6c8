/*
 * Where everything stands, at every size: nothing outside, nothing over something else, nothing left over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tui/state.h"

enum { PARTS_MAX = 8 };

struct parts {
    struct rect rects[PARTS_MAX];
    size_t count;
};

static void add(struct parts *parts, struct rect rect)
{
    if (rect.w > 0 && rect.h > 0)
        parts->rects[parts->count++] = rect;
}

static struct parts parts_of(const struct layout *layout)
{
    struct parts parts = {.count = 0};
    add(&parts, layout->header);
    add(&parts, layout->bar);
    add(&parts,
        (struct rect){layout->timeline.x, layout->timeline.y, layout->timeline.w ? layout->timeline.w + 1 : 0,
                      layout->timeline.h}); /* with the margin to its right */
    add(&parts, layout->rail);
    add(&parts, layout->list);
    add(&parts, layout->drawer);
    add(&parts, layout->footer);
    if (layout->split_x >= 0)
        add(&parts, (struct rect){layout->split_x, layout->drawer.y, 1, layout->drawer.h});
    return parts;
}

static bool overlap(struct rect a, struct rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static bool is_inside(struct rect rect, int w, int h)
{
    return rect.x >= 0 && rect.y >= 0 && rect.x + rect.w <= w && rect.y + rect.h <= h;
}

static void check_tiles(const struct layout *layout, int w, int h)
{
    struct parts parts = parts_of(layout);
    int area = 0;
    for (size_t i = 0; i < parts.count; i++) {
        bool is_sound = is_inside(parts.rects[i], w, h);
        for (size_t j = 0; j < i; j++)
            is_sound = is_sound && !overlap(parts.rects[i], parts.rects[j]);
        if (!is_sound)
            fail_msg("%d×%d: part %zu is outside or over another", w, h, i);
        area += parts.rects[i].w * parts.rects[i].h;
    }
    if (area != w * h)
        fail_msg("%d×%d: %d cells belong to nobody", w, h, w * h - area);
}

/* Enough is left of each part to be of use. */
static void check_room(const struct state *state, const struct layout *layout, int w, int h)
{
    bool is_roomy = layout->list.w == 0 || (layout->list.w >= 40 && layout->list.h >= 5);
    is_roomy = is_roomy && (layout->drawer.w == 0 || (layout->drawer.w >= 40 && layout->drawer.h >= 5));
    is_roomy =
        is_roomy && (layout->drawer.w > 0) == state->has_drawer && (layout->list.w > 0 || state->has_drawer);
    if (!is_roomy)
        fail_msg("%d×%d: list %d×%d, drawer %d×%d", w, h, layout->list.w, layout->list.h, layout->drawer.w,
                 layout->drawer.h);
}

static void check_overlay(const struct state *state, const struct layout *layout, int w, int h)
{
    assert_true(is_inside(layout->rail_over, w, h));
    assert_int_equal(layout->rail_over.w > 0, state->rail.is_overlay && !layout->rail.w);
    assert_false(overlap(layout->rail_over, layout->footer));
    assert_false(overlap(layout->rail_over, layout->bar));
}

static void every_size_in_every_state(void **cell)
{
    (void)cell;
    struct state *state = calloc(1, sizeof *state);
    assert_non_null(state);
    state_init(state);
    for (int what = 0; what < 8; what++) {
        state->has_drawer = what & 1;
        state->rail.is_wanted = what & 2;
        state->rail.is_overlay = what & 4;
        for (state->width = SCREEN_MIN_W; state->width <= 300; state->width++)
            for (state->height = SCREEN_MIN_H; state->height <= 100; state->height++) {
                struct layout layout = layout_of(state);
                assert_false(layout.is_too_small);
                check_tiles(&layout, state->width, state->height);
                check_room(state, &layout, state->width, state->height);
                check_overlay(state, &layout, state->width, state->height);
            }
    }
    state_release(state);
    free(state);
}

static void below_the_least_size_there_is_nothing(void **cell)
{
    (void)cell;
    struct state *state = calloc(1, sizeof *state);
    assert_non_null(state);
    state_init(state);
    static const int sizes[][2] = {{39, 10}, {40, 9}, {0, 0}, {300, 9}, {39, 100}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        state->width = sizes[i][0];
        state->height = sizes[i][1];
        struct layout layout = layout_of(state);
        assert_true(layout.is_too_small);
        assert_int_equal(parts_of(&layout).count, 0);
    }
    state_release(state);
    free(state);
}

static void the_rail_starts_hidden_below_its_width(void **cell)
{
    (void)cell;
    struct state *state = calloc(1, sizeof *state);
    assert_non_null(state);
    state_init(state);
    state->height = 24;
    for (state->width = SCREEN_MIN_W; state->width <= 300; state->width++)
        assert_int_equal(layout_of(state).rail.w > 0, state->width >= RAIL_MIN_SCREEN_W);
    state_release(state);
    free(state);
}

static void the_rail_is_wider_on_a_wide_screen(void **cell)
{
    (void)cell;
    struct state *state = calloc(1, sizeof *state);
    assert_non_null(state);
    state_init(state);
    state->height = 36;
    state->width = 120;
    assert_int_equal(layout_of(state).rail.w, RAIL_WIDTH);
    state->width = 200;
    assert_int_equal(layout_of(state).rail.w, RAIL_WIDE_WIDTH);
    state_release(state);
    free(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_in_every_state),
        cmocka_unit_test(below_the_least_size_there_is_nothing),
        cmocka_unit_test(the_rail_starts_hidden_below_its_width),
        cmocka_unit_test(the_rail_is_wider_on_a_wide_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
