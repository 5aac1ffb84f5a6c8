/*
 * The timeline: its cursor and selection are times, not columns, so that they stay where they are when the
 * buckets change. A zoom is an ordinary time filter, so undo takes it back.
 */
#include "tui/update.h"

struct time_range update_timeline_range(const struct state *state, int64_t now)
{
    struct time_range range = filter_time_range(&state->filter, now);
    const struct meta *meta = state_meta(state);
    struct time_range extent =
        meta && meta->extent.from < meta->extent.to ? meta->extent : (struct time_range){now - HOUR_MS, now};
    if (range.from == INT64_MIN)
        range.from = extent.from < range.to ? extent.from : range.to - HOUR_MS;
    if (range.to == INT64_MAX)
        range.to = filter_has_relative_time(&state->filter) ? now + 1
                   : extent.to > range.from                 ? extent.to
                                                            : range.from + HOUR_MS;
    return range;
}

static const struct histogram *shown(const struct state *state)
{
    const struct meta *meta = state_meta(state);
    return meta && meta->histogram.width && meta->histogram.count ? &meta->histogram : NULL;
}

static int64_t clamp_to(const struct histogram *histogram, int64_t t)
{
    int64_t end = histogram->start + (int64_t)histogram->count * histogram->width - 1;
    return t < histogram->start ? histogram->start : t > end ? end : t;
}

static void move_cursor(struct state *state, int64_t t)
{
    const struct histogram *histogram = shown(state);
    if (!histogram)
        return;
    state->timeline.cursor = bucket_start(clamp_to(histogram, t), histogram->width);
    state->timeline.has_cursor = true;
}

static void step(struct state *state, int direction)
{
    const struct histogram *histogram = shown(state);
    if (!histogram)
        return;
    if (!state->timeline.has_cursor)
        move_cursor(state, INT64_MAX);
    else
        move_cursor(state, state->timeline.cursor + direction * histogram->width);
}

static int64_t to_nearest(int64_t t, int64_t unit)
{
    return bucket_start(t + unit / 2, unit);
}

/* Whole bars: what is zoomed to reads as a time that a person would have typed. An even number of them, so
 * that half a window is whole bars, too. */
static struct time_range snapped(const struct state *state, struct time_range range)
{
    int64_t span = range.to - range.from;
    int64_t width = bucket_width_for(span, timeline_columns(layout_of(state).timeline.w));
    span = to_nearest(span, 2 * width);
    span = span ? span : 2 * width;
    int64_t from = to_nearest(range.from, width);
    from = from < FILTER_TIME_FIRST ? FILTER_TIME_FIRST : from;
    return (struct time_range){from, from + span > FILTER_TIME_LAST ? FILTER_TIME_LAST : from + span};
}

static unsigned set_range(struct state *state, struct time_range range)
{
    struct filter filter;
    filter_copy(&filter, &state->filter);
    filter_set_range(&filter, range);
    state->timeline.has_selection = false;
    return update_filter_apply(state, &filter);
}

/* To the selection; without one, to the bar under the cursor. */
static unsigned zoom(struct state *state)
{
    const struct histogram *histogram = shown(state);
    if (!histogram || !state->timeline.has_cursor)
        return 0;
    int64_t a = state->timeline.cursor, b = state->timeline.has_selection ? state->timeline.selection : a;
    int64_t from = bucket_start(a < b ? a : b, histogram->width);
    int64_t to = bucket_start(a < b ? b : a, histogram->width) + histogram->width;
    return set_range(state, (struct time_range){from, to});
}

static unsigned clear_range(struct state *state)
{
    struct filter filter;
    filter_copy(&filter, &state->filter);
    filter_set_recent(&filter, 0);
    state->timeline.has_selection = false;
    return update_filter_apply(state, &filter);
}

/* Where the focus is there is a cursor, as soon as there are bars. */
void update_timeline_settle(struct state *state)
{
    if (state->focus == FOCUS_TIMELINE && !state->timeline.has_cursor)
        step(state, 0);
}

static void select_start(struct state *state)
{
    if (!state->timeline.has_cursor)
        step(state, 0);
    state->timeline.has_selection = state->timeline.has_cursor && !state->timeline.has_selection;
    state->timeline.selection = state->timeline.cursor;
}

static void swap_ends(struct state *state)
{
    if (!state->timeline.has_selection)
        return;
    int64_t cursor = state->timeline.cursor;
    state->timeline.cursor = state->timeline.selection;
    state->timeline.selection = cursor;
}

static unsigned jump_to_time(struct state *state, int64_t now)
{
    const struct histogram *histogram = shown(state);
    if (!histogram || !state->timeline.has_cursor)
        return 0;
    if (state->sort.field != SORT_CREATED) {
        state_say(state, now, INK_WARN, "the list is not in the order of time");
        return 0;
    }
    int64_t bucket = bucket_start(state->timeline.cursor, histogram->width);
    state->focus = FOCUS_LIST;
    return update_list_ask_time(state, state->sort.is_ascending ? bucket : bucket + histogram->width - 1);
}

unsigned update_timeline_command(struct state *state, enum command command, int64_t now)
{
    struct time_range range = update_timeline_range(state, now);
    int64_t around =
        state->timeline.has_cursor ? state->timeline.cursor : range.from + (range.to - range.from) / 2;
    switch (command) {
    case COMMAND_CURSOR_LEFT: step(state, -1); return 0;
    case COMMAND_CURSOR_RIGHT: step(state, 1); return 0;
    case COMMAND_FIRST: move_cursor(state, INT64_MIN); return 0;
    case COMMAND_LAST: move_cursor(state, INT64_MAX); return 0;
    case COMMAND_SELECT: select_start(state); return 0;
    case COMMAND_SWAP_ENDS: swap_ends(state); return 0;
    case COMMAND_ZOOM: return zoom(state);
    case COMMAND_ZOOM_IN: return set_range(state, snapped(state, range_zoom_in(range, around)));
    case COMMAND_ZOOM_OUT: return set_range(state, snapped(state, range_zoom_out(range, around)));
    case COMMAND_ZOOM_BACK: return clear_range(state);
    case COMMAND_PAN_BACK: return set_range(state, snapped(state, range_pan(range, -1)));
    case COMMAND_PAN_FORWARD: return set_range(state, snapped(state, range_pan(range, 1)));
    case COMMAND_JUMP_TO_TIME: return jump_to_time(state, now);
    default: return 0;
    }
}

void update_timeline_point(struct state *state, ptrdiff_t bucket, bool is_start)
{
    const struct histogram *histogram = shown(state);
    if (!histogram || bucket < 0)
        return;
    move_cursor(state, histogram->start + bucket * histogram->width);
    if (is_start)
        state->timeline.selection = state->timeline.cursor;
    state->timeline.has_selection = !is_start && state->timeline.selection != state->timeline.cursor;
}
