/*
 * See view.h. Each part builds its widget's model from the state and hands it over; overlays come last, over
 * everything.
 */
#include "tui/view.h"

#include "tui/update.h"
#include "tui/view_footer.h"
#include "tui/widen.h"
#include "widgets/list_state.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- header and bar ---- */

/* Runs that pass the filter, as the header has them. That none has been found so far is no number. */
static struct tally runs_of(const struct state *state)
{
    const struct meta *meta = state_meta(state);
    const struct list_reply *list = state_list(state);
    struct tally runs = meta && !state->meta.is_of_older_filter ? meta->filtered : TALLY_UNKNOWN;
    if (runs.n < 0 && list && !state->list.is_of_older_filter)
        runs = list->total;
    return runs.n == 0 && !runs.is_exact ? TALLY_UNKNOWN : runs;
}

static void draw_header(const struct state *state, int64_t now, struct surface *surface, struct rect rect)
{
    const struct meta *meta = state_meta(state);
    const struct list_reply *list = state_list(state);
    char clock[TIME_TEXT], at[TIME_TEXT], as_of[TIME_TEXT + 8], scopes[32];
    time_format_clock(now, state->time_mode, clock);
    time_format_short(state->source.read_at, state->time_mode, at);
    snprintf(as_of, sizeof as_of, "as of %.8s", at);
    snprintf(scopes, sizeof scopes, "%zu scopes", meta ? meta->scopes.count : 0);
    struct header_model model = {
        .source = state->source_label,
        .scope = state->scope                     ? state->scope
                 : meta && meta->scopes.count > 1 ? scopes
                                                  : NULL,
        .filtered = runs_of(state),
        .total = meta ? meta->total : TALLY_UNKNOWN,
        .has_filter = !filter_is_empty(&state->filter),
        .is_live = state->live.is_on,
        .live_interval_ms = state->source.live_interval_ms,
        .new_count = state->live.is_on && list ? list->new_count : -1,
        .new_failed = state->live.is_on && list ? list->new_failed : -1,
        .is_lost = !state->source.is_readable,
        .as_of = state->source.is_readable || state->source.read_at <= 0 ? NULL : as_of,
        .progress = meta ? meta->progress : 1,
        .clock = clock,
    };
    header_draw(surface, rect, &model);
}

static size_t candidates_of(const struct state *state, struct bar_candidate *out)
{
    const struct completions *completions = &state->bar.completions;
    size_t count = completions->count < BAR_CANDIDATES_MAX ? completions->count : BAR_CANDIDATES_MAX;
    for (size_t i = 0; i < count; i++)
        out[i] = (struct bar_candidate){completions->items[i].label, completions->items[i].help,
                                        completions->items[i].count};
    return count;
}

/* What was not filtered by the source itself says how far that reaches; while a search rests the list says it. */
static const char *reach_note(const struct state *state, char out[LIST_NOTE])
{
    struct list_model model;
    state_list_model(state, 0, &model);
    bool is_told = model.looked_at > 0 && model.phase != LIST_PAUSED && !state->list.is_of_older_filter;
    if (is_told)
        list_reach_text(&model, false, out);
    return is_told ? out : NULL;
}

static void draw_bar(const struct state *state, struct surface *surface, struct rect rect, bool is_popup)
{
    char note[LIST_NOTE];
    struct buf line;
    buf_init(&line, FILTER_TEXT_MAX);
    filter_format(&state->filter, state->time_mode, &line);
    struct bar_candidate candidates[BAR_CANDIDATES_MAX];
    bool is_open = state->overlay == OVERLAY_FILTER;
    struct filterbar_model model = {
        .line = buf_as_text(&line),
        .edit = is_open ? &state->bar.edit : NULL,
        .mistake = is_open && state->bar.has_mistake ? &state->bar.mistake : NULL,
        .candidates = candidates,
        .candidate_count = is_open ? candidates_of(state, candidates) : 0,
        .chosen = state->bar.chosen,
        .prompt = "/",
        .note = reach_note(state, note),
    };
    if (is_popup)
        filterbar_draw_popup(surface, rect, &model);
    else
        filterbar_draw(surface, rect, &model);
    buf_release(&line);
}

/* ---- body ---- */

static const char *range_name(const struct state *state, char out[TIME_TEXT])
{
    int64_t recent = filter_recent(&state->filter);
    if (recent == 0)
        return "all";
    if (recent < 0)
        return "zoom";
    span_format(recent, out);
    return out;
}

static ptrdiff_t bucket_of(const struct histogram *histogram, bool is_set, int64_t t)
{
    if (!is_set || !histogram || !histogram->width || t < histogram->start)
        return -1;
    int64_t index = (t - histogram->start) / histogram->width;
    return index < (int64_t)histogram->count ? (ptrdiff_t)index : -1;
}

static bool is_meta_stale(const struct state *state, int64_t now)
{
    return state->meta.is_of_older_filter && now - state->meta.asked_at > STALE_MS;
}

static void draw_timeline(const struct state *state, int64_t now, struct surface *surface, struct rect rect)
{
    if (!rect.h)
        return;
    const struct meta *meta = state_meta(state);
    const struct histogram *histogram = meta ? &meta->histogram : NULL;
    const struct timeline_state *timeline = &state->timeline;
    bool is_focused = state->focus == FOCUS_TIMELINE;
    char name[TIME_TEXT];
    struct timeline_model model = {
        .histogram = histogram,
        .is_exact = meta && meta->histogram_is_exact,
        .is_lost = !state->source.is_readable,
        .is_stale = is_meta_stale(state, now),
        .time_mode = state->time_mode,
        .now = now,
        .is_focused = is_focused,
        .cursor = bucket_of(histogram, timeline->has_cursor && (is_focused || timeline->has_selection),
                            timeline->cursor),
        .select_from = bucket_of(histogram, timeline->has_selection, timeline->selection),
        .shown = update_timeline_range(state, now),
        .range_name = range_name(state, name),
    };
    timeline_draw(surface, rect, &model);
}

static void draw_rail(const struct state *state, int64_t now, struct surface *surface, struct rect rect)
{
    if (!rect.w)
        return;
    const struct meta *meta = state_meta(state);
    struct rail_model model = {
        .items = state->rail.items,
        .count = state->rail.count,
        .top = state->rail.top,
        .selected = state->focus == FOCUS_RAIL ? (ptrdiff_t)state->rail.selected : -1,
        .folded = state->rail.folded,
        .is_focused = state->focus == FOCUS_RAIL,
        .is_overlay = state->rail.is_overlay,
        .has_filter = !filter_is_empty(&state->filter),
        .is_counting = state->source.is_readable && (!meta || meta->progress < 1),
        .is_stale = is_meta_stale(state, now),
    };
    rail_draw(surface, rect, &model);
}

/* A short wait needs no word. */
static int64_t waited(const struct state *state, int64_t now)
{
    int64_t since = state_waiting_since(state);
    return since != TIME_NONE && now - since >= WAIT_MS ? now - since : 0;
}

static void draw_list(const struct state *state, int64_t now, struct surface *surface, struct rect rect)
{
    if (!rect.w)
        return;
    struct list_model model;
    state_list_model(state, now, &model);
    if (model.phase == LIST_SEARCHING && model.count && model.looked_at > 0) {
        model.looked_at = 0; /* it stands beside the filter */
        model.reach = TIME_NONE;
    }
    struct buf words;
    buf_init(&words, 400);
    if (model.phase == LIST_NO_MATCH)
        widen_text(&state->filter, state_meta(state), &words);
    else if (model.phase == LIST_NO_RUNS && state->scope)
        buf_printf(&words, "none in the scope %.200s; the rail lists all scopes (b)", state->scope);
    if (words.len)
        model.message = buf_cstr(&words);
    model.source = state->source_label;
    model.waited_ms = waited(state, now);
    list_draw(surface, rect, &model);
    buf_release(&words);
}

/* As many as the header says; what is known of fewer than came before this one is nothing. */
static struct tally total_behind(const struct state *state, int64_t position)
{
    const struct list_reply *list = state_list(state);
    struct tally total = list->total.is_exact ? list->total : runs_of(state);
    return total.n < position ? TALLY_UNKNOWN : total;
}

/* A short wait needs no word, and a longer one its seconds. */
static const char *detail_wait(const struct state *state, int64_t now, char out[LIST_NOTE])
{
    int64_t waited = now - state->detail.asked_at;
    const char *dots = state->ascii ? "..." : "…";
    if (!state->detail.is_asking || waited <= STALE_MS)
        return NULL;
    if (waited < WAIT_MS)
        snprintf(out, LIST_NOTE, "asking %.100s%s", state->source_label, dots);
    else
        snprintf(out, LIST_NOTE, "asking %.100s%s %" PRId64 " s", state->source_label, dots,
                 waited / SECOND_MS);
    return out;
}

static void draw_drawer(const struct state *state, int64_t now, struct surface *surface,
                        const struct layout *layout)
{
    if (!layout->drawer.w)
        return;
    char wait[LIST_NOTE];
    const struct list_reply *list = state_list(state);
    const struct run_row *row = state_selected(state);
    int64_t position = list && list->rank.n >= 0 ? list->rank.n + state->list.selected + 1 : -1;
    struct drawer_frame frame = {
        .is_focused = state->focus == FOCUS_DRAWER,
        .id = row ? row->id : TEXT_NULL,
        .status = row ? row->status : TEXT_NULL,
        .position = position,
        .total = position >= 0 ? total_behind(state, position) : TALLY_UNKNOWN,
        .wait = detail_wait(state, now, wait),
        .message = state->detail.has_error ? state->detail.err.what : NULL,
        .hint = state->detail.err.hint,
        .retry = "r tries again",
        .search = state->overlay == OVERLAY_SEARCH ? &state->bar.edit : NULL,
    };
    drawer_draw(surface, layout->drawer, state->drawer, &frame);
    if (layout->split_x >= 0)
        draw_vline(surface, layout->split_x, layout->drawer.y, layout->drawer.h, STYLE(INK_FAINT));
}

static void draw_overlay(const struct state *state, int64_t now, struct surface *surface,
                         const struct layout *layout)
{
    struct menu_model menu;
    struct answer_view answer;
    switch (state->overlay) {
    case OVERLAY_NONE:
    case OVERLAY_SEARCH: return;
    case OVERLAY_FILTER: draw_bar(state, surface, layout->bar, true); return;
    case OVERLAY_ANSWER:
        update_answer_view(state, now, &answer);
        form_draw(surface, layout->above_footer, &answer.form);
        return;
    case OVERLAY_HELP:
    case OVERLAY_PALETTE:
    case OVERLAY_FIELDS:
    case OVERLAY_SORT:
    case OVERLAY_COPY:
        update_menu_model(state, &menu);
        menu_draw(surface, layout->above_footer, &menu);
        return;
    }
}

void view_draw(const struct state *state, int64_t now, struct surface *surface)
{
    surface_clear(surface);
    struct layout layout = layout_of(state);
    if (layout.is_too_small) {
        too_small_draw(surface, SCREEN_MIN_W, SCREEN_MIN_H);
        return;
    }
    draw_header(state, now, surface, layout.header);
    draw_bar(state, surface, layout.bar, false);
    draw_timeline(state, now, surface, layout.timeline);
    draw_rail(state, now, surface, layout.rail);
    draw_list(state, now, surface, layout.list);
    draw_drawer(state, now, surface, &layout);
    draw_rail(state, now, surface, layout.rail_over);
    view_footer_draw(state, surface, layout.footer);
    draw_overlay(state, now, surface, &layout);
}
