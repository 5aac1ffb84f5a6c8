/*
 * See layout.h. Heights first: header, bar, timeline and footer take their lines, the rest is the body; then
 * the body is shared between rail, list and drawer by width.
 */
#include "tui/layout.h"

#include "tui/state.h"

enum {
    DRAWER_BESIDE_W = 100,
    ALL_THREE_W = 170,
    LIST_BESIDE_MIN_W = 42,
    TALL_H = 34,
    RAIL_WIDE_SCREEN_W = 160
};

/* Bars, axis line and labels together; a small screen keeps its lines for the list. */
static int timeline_height(int screen_height)
{
    if (screen_height >= 44)
        return 9;
    if (screen_height >= TALL_H)
        return 7;
    if (screen_height >= 22)
        return 5;
    return screen_height >= 16 ? 4 : 0;
}

bool layout_has_room_for_rail(const struct state *state)
{
    return state->width >= (state->has_drawer ? ALL_THREE_W : RAIL_MIN_SCREEN_W);
}

/* Names of tools are long: where there is room they are whole. */
static int rail_width(const struct state *state)
{
    return state->width >= RAIL_WIDE_SCREEN_W ? RAIL_WIDE_WIDTH : RAIL_WIDTH;
}

static void place_body(const struct state *state, struct layout *layout, struct rect body)
{
    if (state->rail.is_wanted && layout_has_room_for_rail(state)) {
        layout->rail = (struct rect){body.x, body.y, rail_width(state), body.h};
        body.x += layout->rail.w;
        body.w -= layout->rail.w;
    }
    layout->list = body;
    if (!state->has_drawer)
        return;
    if (body.w < DRAWER_BESIDE_W) {
        layout->drawer = body;
        layout->list.w = 0;
        return;
    }
    int list_w = body.w * 36 / 100;
    if (list_w < LIST_BESIDE_MIN_W)
        list_w = LIST_BESIDE_MIN_W;
    layout->list.w = list_w;
    layout->split_x = body.x + list_w;
    layout->drawer = (struct rect){body.x + list_w + 1, body.y, body.w - list_w - 1, body.h};
}

struct layout layout_of(const struct state *state)
{
    int w = state->width, h = state->height;
    struct layout layout = {.split_x = -1};
    if (w < SCREEN_MIN_W || h < SCREEN_MIN_H) {
        layout.is_too_small = true;
        return layout;
    }
    /* On a screen that has no room for both, a run that is read comes before the timeline. */
    bool is_read = state->has_drawer && w < DRAWER_BESIDE_W && h < TALL_H;
    int timeline_h = is_read ? 0 : timeline_height(h);
    layout.header = (struct rect){0, 0, w, 1};
    layout.bar = (struct rect){0, 1, w, 1};
    layout.timeline = (struct rect){0, 2, w - 1, timeline_h}; /* ends where the header's clock ends */
    layout.above_footer = (struct rect){0, 0, w, h - 1};
    layout.footer = (struct rect){0, h - 1, w, 1};
    int body_y = 2 + timeline_h;
    struct rect body = {0, body_y, w, h - body_y - 1};
    place_body(state, &layout, body);
    if (state->rail.is_overlay && !layout.rail.w)
        layout.rail_over = (struct rect){0, body.y, RAIL_WIDTH < w ? RAIL_WIDTH : w, body.h};
    return layout;
}
