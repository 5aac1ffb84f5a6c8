/*
 * The mouse, where it was asked for: click, wheel, and drag on the timeline. Everything it does has a key.
 */
#include "tui/update.h"

#include "widgets/list_foot.h"

static bool is_in(struct rect rect, const struct term_event *event)
{
    return event->x >= rect.x && event->x < rect.x + rect.w && event->y >= rect.y &&
           event->y < rect.y + rect.h;
}

static unsigned on_list(struct state *state, struct rect rect, const struct term_event *event, int64_t now)
{
    struct list_model model;
    state_list_model(state, now, &model);
    bool is_on_foot = event->y >= rect.y + rect.h - list_foot_height(&model, rect.w, rect.h, state->ascii);
    ptrdiff_t row = is_on_foot ? -1 : list_row_at(rect, &model, event->y);
    if (event->button == MOUSE_WHEEL_UP || event->button == MOUSE_WHEEL_DOWN) {
        enum command command = event->button == MOUSE_WHEEL_UP ? COMMAND_MOVE_UP : COMMAND_MOVE_DOWN;
        unsigned effects = 0;
        for (int i = 0; i < 3; i++)
            effects |= update_list_command(state, command);
        return effects;
    }
    if (row < 0 || (event->button != MOUSE_PRESS && event->button != MOUSE_DOUBLE))
        return 0;
    state->focus = FOCUS_LIST;
    unsigned effects = update_list_select(state, row);
    return event->button == MOUSE_DOUBLE ? effects | update_drawer_open(state, now) : effects;
}

static unsigned on_rail(struct state *state, struct rect rect, const struct term_event *event)
{
    struct rail_model model = {
        .items = state->rail.items, .count = state->rail.count, .top = state->rail.top};
    if (event->button == MOUSE_WHEEL_UP || event->button == MOUSE_WHEEL_DOWN)
        return update_rail_command(state,
                                   event->button == MOUSE_WHEEL_UP ? COMMAND_MOVE_UP : COMMAND_MOVE_DOWN);
    ptrdiff_t item = rail_item_at(rect, &model, event->y);
    if (item < 0 || event->button != MOUSE_PRESS)
        return 0;
    state->focus = FOCUS_RAIL;
    state->rail.selected = (size_t)item;
    return update_rail_act(state, COMMAND_FACET_TOGGLE);
}

static unsigned on_timeline(struct state *state, struct rect rect, const struct term_event *event,
                            int64_t now)
{
    const struct meta *meta = state_meta(state);
    struct timeline_model model = {.histogram = meta ? &meta->histogram : NULL};
    ptrdiff_t bucket = timeline_bucket_at(rect, &model, event->x);
    if (event->button == MOUSE_WHEEL_UP || event->button == MOUSE_WHEEL_DOWN) {
        update_timeline_point(state, bucket, true);
        return update_timeline_command(
            state, event->button == MOUSE_WHEEL_UP ? COMMAND_ZOOM_IN : COMMAND_ZOOM_OUT, now);
    }
    if (event->button != MOUSE_PRESS && !state->timeline.is_dragging)
        return 0;
    state->timeline.is_dragging = event->button != MOUSE_RELEASE;
    state->focus = FOCUS_TIMELINE;
    update_timeline_point(state, bucket, event->button == MOUSE_PRESS);
    if (event->button == MOUSE_RELEASE && state->timeline.has_selection)
        return update_timeline_command(state, COMMAND_ZOOM, now);
    return 0;
}

static unsigned on_drawer(struct state *state, struct rect rect, const struct term_event *event)
{
    if (event->button == MOUSE_WHEEL_UP || event->button == MOUSE_WHEEL_DOWN) {
        drawer_move(state->drawer, event->button == MOUSE_WHEEL_UP ? -3 : 3);
        return 0;
    }
    if (event->button != MOUSE_PRESS)
        return 0;
    state->focus = FOCUS_DRAWER;
    drawer_point(state->drawer, event->y - rect.y);
    return 0;
}

unsigned update_mouse(struct state *state, const struct term_event *event, int64_t now)
{
    struct layout layout = layout_of(state);
    if (state->overlay != OVERLAY_NONE || layout.is_too_small)
        return 0;
    bool is_over = event->button == MOUSE_PRESS || event->button == MOUSE_RELEASE;
    if (is_over && !is_in(layout.timeline, event))
        state->timeline.is_dragging = false;
    if (is_in(layout.rail_over, event))
        return on_rail(state, layout.rail_over, event);
    if (is_in(layout.rail, event))
        return on_rail(state, layout.rail, event);
    if (is_in(layout.timeline, event))
        return on_timeline(state, layout.timeline, event, now);
    if (is_in(layout.drawer, event))
        return on_drawer(state, layout.drawer, event);
    if (is_in(layout.bar, event) && event->button == MOUSE_PRESS)
        return update_bar_open(state, TEXT_NULL);
    return is_in(layout.list, event) ? on_list(state, layout.list, event, now) : 0;
}
