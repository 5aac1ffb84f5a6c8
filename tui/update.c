/*
 * See update.h. The one place where a key becomes a command and a command finds the part that carries it out.
 */
#include "tui/update.h"

#include <string.h>

unsigned update_start(struct state *state, int64_t now)
{
    if (state->opening.run_id[0])
        return update_open_start(state, now);
    return update_list_ask_first(state) | EFFECT_ASK_META;
}

/* ---- focus ---- */

static bool has_focusable(const struct state *state, enum focus focus)
{
    struct layout layout = layout_of(state);
    switch (focus) {
    case FOCUS_LIST: return layout.list.w > 0;
    case FOCUS_DRAWER: return layout.drawer.w > 0;
    case FOCUS_RAIL: return layout.rail.w > 0 || layout.rail_over.w > 0;
    case FOCUS_TIMELINE: return layout.timeline.h > 0;
    }
    return false;
}

static void move_focus(struct state *state, int direction)
{
    enum { FOCUS_COUNT = FOCUS_TIMELINE + 1 };
    int focus = (int)state->focus;
    for (int i = 0; i < FOCUS_COUNT; i++) {
        focus = (focus + direction + FOCUS_COUNT) % FOCUS_COUNT;
        if (has_focusable(state, (enum focus)focus))
            break;
    }
    state->focus = (enum focus)focus;
}

static void toggle_rail(struct state *state)
{
    bool *is_open = layout_has_room_for_rail(state) ? &state->rail.is_wanted : &state->rail.is_overlay;
    *is_open = !*is_open;
    if (*is_open)
        state->focus = FOCUS_RAIL;
}

/* ---- layers ---- */

/* Closes what was opened last; false where nothing is open. */
static bool close_layer(struct state *state)
{
    if (state->overlay == OVERLAY_HELP) {
        state->overlay = state->under_help;
        return true;
    }
    if (state->overlay == OVERLAY_ANSWER)
        return update_answer_close(state);
    if (state->overlay == OVERLAY_SEARCH)
        drawer_search(state->drawer, TEXT_LIT(""));
    if (state->overlay != OVERLAY_NONE) {
        state->overlay = OVERLAY_NONE;
        return true;
    }
    if (state->rail.is_overlay) {
        state->rail.is_overlay = false;
        return true;
    }
    if (state->timeline.has_selection) {
        state->timeline.has_selection = false;
        return true;
    }
    if (drawer_search_text(state->drawer).n && state->has_drawer) {
        drawer_search(state->drawer, TEXT_LIT(""));
        return true;
    }
    if (state->has_drawer) {
        update_drawer_close(state);
        return true;
    }
    if (state->focus != FOCUS_LIST) {
        state->focus = FOCUS_LIST;
        return true;
    }
    return false;
}

/* What is not on the screen any more cannot have the focus, nor stand open behind it. */
static void settle_layers(struct state *state)
{
    struct layout layout = layout_of(state);
    const struct list_reply *list = state_list(state);
    bool has_nothing = list && !list->count && !list->is_partial && !state->list.is_asking;
    if (state->has_drawer && has_nothing) {
        state->overlay = state->overlay == OVERLAY_SEARCH ? OVERLAY_NONE : state->overlay;
        if (state->under_help != OVERLAY_ANSWER)
            state->under_help = OVERLAY_NONE;
        update_drawer_close(state);
        layout = layout_of(state);
    }
    if (layout.is_too_small)
        return;
    if (layout.rail.w)
        state->rail.is_overlay = false;
    if (!has_focusable(state, state->focus))
        state->focus = layout.list.w ? FOCUS_LIST : FOCUS_DRAWER;
}

static unsigned next_time_mode(struct state *state, int64_t now)
{
    static const char *const names[] = {"local", "UTC", "relative"};
    state->time_mode = (enum time_mode)((state->time_mode + 1) % 3);
    char zone[TIME_TEXT];
    time_zone_name(now, state->time_mode, zone);
    state_say(state, now, INK_MUTED, "times are %s (%s)", names[state->time_mode], zone);
    return 0;
}

/* Over a line that is being typed help does not end the typing. */
static unsigned toggle_help(struct state *state)
{
    enum overlay was = state->overlay;
    if (was == OVERLAY_HELP) {
        close_layer(state);
        return 0;
    }
    bool comes_back = was == OVERLAY_FILTER || was == OVERLAY_SEARCH || was == OVERLAY_ANSWER;
    state->under_help = comes_back ? was : OVERLAY_NONE;
    return update_menu_open(state, OVERLAY_HELP);
}

static unsigned refresh(struct state *state)
{
    state->list.keeps_top = state->list.top == 0;
    return EFFECT_REFRESH;
}

/* ---- commands ---- */

static unsigned everywhere(struct state *state, enum command command, int64_t now)
{
    switch (command) {
    case COMMAND_FILTER: return update_bar_open(state, TEXT_NULL);
    case COMMAND_CLEAR_FILTERS:
    case COMMAND_UNDO:
    case COMMAND_REDO: return update_filter_command(state, command, now);
    case COMMAND_LIVE: return update_live_toggle(state, now);
    case COMMAND_REFRESH: return refresh(state);
    case COMMAND_SORT: return update_menu_open(state, OVERLAY_SORT);
    case COMMAND_FIELDS: return update_menu_open(state, OVERLAY_FIELDS);
    case COMMAND_TIME_MODE: return next_time_mode(state, now);
    case COMMAND_TOGGLE_RAIL: toggle_rail(state); return 0;
    case COMMAND_FOCUS_NEXT: move_focus(state, 1); return 0;
    case COMMAND_FOCUS_PREVIOUS: move_focus(state, -1); return 0;
    case COMMAND_PALETTE: return update_menu_open(state, OVERLAY_PALETTE);
    case COMMAND_HELP: return toggle_help(state);
    case COMMAND_CLOSE_LAYER: close_layer(state); return 0;
    case COMMAND_BACK: return close_layer(state) ? 0 : EFFECT_QUIT;
    case COMMAND_QUIT: return EFFECT_QUIT;
    case COMMAND_SUSPEND: return EFFECT_SUSPEND;
    case COMMAND_REDRAW: return EFFECT_REDRAW;
    default: return 0;
    }
}

static unsigned of_focus(struct state *state, enum command command, int64_t now)
{
    /* Keys that the drawer lends to a focused list are the drawer's own business. */
    if (state->focus == FOCUS_LIST && command_works_in(command, CONTEXT_LIST))
        return update_list_command(state, command);
    if (state->focus == FOCUS_RAIL && command_works_in(command, CONTEXT_RAIL))
        return update_rail_command(state, command);
    if (state->focus == FOCUS_TIMELINE && command_works_in(command, CONTEXT_TIMELINE))
        return update_timeline_command(state, command, now);
    if (state->has_drawer && command_works_in(command, CONTEXT_DRAWER))
        return update_drawer_command(state, command, now);
    if (command_works_in(command, CONTEXT_LIST))
        return update_list_command(state, command);
    if (command_works_in(command, CONTEXT_RAIL))
        return update_rail_command(state, command);
    if (command_works_in(command, CONTEXT_TIMELINE))
        return update_timeline_command(state, command, now);
    state_say(state, now, INK_MUTED, "no run is open");
    return 0;
}

/* What is done with the selected run is the same wherever the focus is. */
static unsigned of_run(struct state *state, enum command command, int64_t now)
{
    switch (command) {
    case COMMAND_OPEN: return update_drawer_open(state, now);
    case COMMAND_COPY: return update_menu_open(state, OVERLAY_COPY);
    case COMMAND_COPY_ID: return update_copy(state, COPY_ID, now);
    case COMMAND_COPY_JSON: return update_copy(state, COPY_JSON, now);
    case COMMAND_COPY_CODE: return update_copy(state, COPY_CODE, now);
    case COMMAND_COPY_ERROR: return update_copy(state, COPY_ERROR, now);
    case COMMAND_COPY_COMMAND: return update_copy(state, COPY_COMMAND, now);
    case COMMAND_PAGER: return update_copy(state, COPY_PAGER, now);
    case COMMAND_ANSWER: return update_answer_open(state, now);
    default: return of_focus(state, command, now);
    }
}

/* ---- while something is open over the panes ---- */

static unsigned of_overlay(struct state *state, enum command command, int64_t now)
{
    switch (state->overlay) {
    case OVERLAY_FILTER: return update_bar_command(state, command);
    case OVERLAY_SEARCH: return update_search_command(state, command, now);
    case OVERLAY_ANSWER: return update_answer_command(state, command, now);
    case OVERLAY_HELP:
    case OVERLAY_PALETTE:
    case OVERLAY_FIELDS:
    case OVERLAY_SORT:
    case OVERLAY_COPY: return update_menu_command(state, command, now);
    case OVERLAY_NONE: break;
    }
    return of_run(state, command, now);
}

unsigned update_command(struct state *state, enum command command, int64_t now)
{
    if (state->overlay == OVERLAY_PALETTE && command == COMMAND_ACCEPT)
        command = update_menu_take_command(state);
    if (command == COMMAND_NONE)
        return 0;
    if (command_works_in(command, CONTEXT_EVERYWHERE))
        return everywhere(state, command, now);
    return of_overlay(state, command, now);
}

/* ---- what happens ---- */

/* Where nothing can be shown, nothing is done that could not be seen. */
static unsigned on_key_unseen(const struct state *state, struct key key)
{
    switch (keymap_lookup(state->keymap, &KEY_CHAIN(CONTEXT_EVERYWHERE), key)) {
    case COMMAND_BACK:
    case COMMAND_QUIT: return EFFECT_QUIT;
    case COMMAND_SUSPEND: return EFFECT_SUSPEND;
    case COMMAND_REDRAW: return EFFECT_REDRAW;
    default: return 0;
    }
}

static unsigned on_key(struct state *state, struct key key, int64_t now);

/* Over a slow line Esc and the key after it arrive as one and look like Alt with that key. Where a line is typed that is left
 * alone: it would be lost. */
static unsigned on_hasty_esc(struct state *state, struct key key, int64_t now)
{
    struct key_chain chain = state_key_chain(state);
    bool is_esc = keymap_lookup(state->keymap, &chain, key_named(NAMED_ESC, 0)) == COMMAND_CLOSE_LAYER;
    if (!(key.mods & KEY_ALT) || !is_esc || !close_layer(state))
        return 0;
    settle_layers(state);
    key.mods &= (uint8_t)~KEY_ALT;
    return on_key(state, key, now);
}

static unsigned on_key(struct state *state, struct key key, int64_t now)
{
    if (layout_of(state).is_too_small)
        return on_key_unseen(state, key);
    enum copy_kind copy;
    if (state->overlay == OVERLAY_COPY && update_menu_take_letter(state, key, &copy))
        return update_copy(state, copy, now);
    struct key_chain chain = state_key_chain(state);
    enum command command = keymap_lookup(state->keymap, &chain, key);
    if (command != COMMAND_NONE && command != COMMAND_EDIT)
        return update_command(state, command, now);
    switch (state->overlay) {
    case OVERLAY_FILTER: return update_bar_typed(state, key);
    case OVERLAY_SEARCH: return update_search_typed(state, key);
    case OVERLAY_ANSWER: return update_answer_typed(state, key);
    case OVERLAY_PALETTE: return update_menu_typed(state, key);
    default: return on_hasty_esc(state, key, now);
    }
}

static unsigned on_resize(struct state *state, int width, int height)
{
    state->width = width;
    state->height = height;
    return layout_of(state).is_too_small ? 0 : EFFECT_ASK_META;
}

static unsigned on_event(struct state *state, const struct term_event *event, int64_t now)
{
    switch (event->kind) {
    case TERM_KEY: return on_key(state, event->key, now);
    case TERM_PASTE: return update_bar_pasted(state, (struct text){event->paste, event->paste_len});
    case TERM_MOUSE: return update_mouse(state, event, now);
    case TERM_RESIZE: return on_resize(state, event->width, event->height);
    case TERM_SUSPEND: return EFFECT_SUSPEND;
    case TERM_QUIT: return EFFECT_QUIT;
    }
    return 0;
}

/* Keys that follow each other do not put the frame off. */
static void hold_for_key(struct state *state, int64_t now)
{
    struct frame_state *frame = &state->frame;
    if (frame->held_until == TIME_NONE || frame->held_until > now + KEY_HOLD_MS)
        frame->held_until = now + KEY_HOLD_MS;
    frame->is_of_key = true;
}

unsigned update_terminal(struct state *state, const struct term_event *event, int64_t now)
{
    unsigned effects = on_event(state, event, now);
    settle_layers(state);
    if (effects & (EFFECT_ASK_LIST | EFFECT_ASK_META | EFFECT_ASK_DETAIL))
        hold_for_key(state, now);
    else
        state->frame.is_urgent = true;
    return effects;
}

static unsigned meta_landed(struct state *state, struct response *response, int64_t now)
{
    state->meta.is_asking = false;
    state->meta.took_ms = now > state->meta.asked_at ? now - state->meta.asked_at : 0;
    unsigned effects = state->meta.is_due ? EFFECT_ASK_META : 0;
    state->meta.is_due = false;
    if (response->code != ERR_OK) {
        response_free(response);
        return effects;
    }
    response_free(state->meta.shown);
    state->meta.shown = response;
    state->meta.is_of_older_filter = false;
    update_bar_counted(state);
    return effects;
}

/* Whether the frame that is held back goes out with this answer. Counts never hurry; rows do where somebody waits for them; and what a key
 * asked for is one frame with it, unless more of it is to come. */
static bool is_urgent(const struct state *state, const struct response *response)
{
    bool is_list = response->lane == LANE_LIST;
    bool is_quiet = response->lane == LANE_META || response->lane == LANE_WATCH;
    if (is_quiet || (is_list && state_waiting_since(state) == TIME_NONE))
        return false;
    return !state->frame.is_of_key || (is_list && response->list.is_partial);
}

/* An answer to an older question is dropped: its successor is on the way. */
unsigned update_response(struct state *state, struct response *response, int64_t now)
{
    const uint64_t newest[LANE_COUNT] = {
        [LANE_LIST] = state->list.generation,     [LANE_META] = state->meta.generation,
        [LANE_DETAIL] = state->detail.generation, [LANE_PEERS] = state->detail.peers_generation,
        [LANE_WATCH] = state->answer.generation,
    };
    if (response->generation != newest[response->lane] || response->code == ERR_CANCELLED) {
        response_free(response);
        return 0;
    }
    state->frame.is_urgent |= is_urgent(state, response);
    switch (response->lane) {
    case LANE_LIST: return update_list_landed(state, response, now);
    case LANE_META: return meta_landed(state, response, now);
    case LANE_DETAIL: return update_detail_landed(state, response, now);
    case LANE_PEERS: return update_peers_landed(state, response, now);
    case LANE_WATCH: return update_answer_watched(state, response, now);
    case LANE_COUNT: break;
    }
    response_free(response);
    return 0;
}

void update_frame_hold(struct state *state, int64_t now)
{
    if (state->frame.held_until == TIME_NONE)
        state->frame.held_until = now + HOLD_MS;
}

void update_frame_shown(struct state *state)
{
    state->frame = (struct frame_state){false, TIME_NONE, false};
}

void update_tick(struct state *state, int64_t now)
{
    if (state->message_until && now >= state->message_until)
        state->message_until = 0;
}

enum { BAR_MARGIN_W = 4 }; /* the prompt and the cells around it */

unsigned update_settle(struct state *state, int64_t now)
{
    settle_layers(state);
    if (layout_of(state).is_too_small)
        return 0;
    update_list_clamp(state);
    bool is_in_drawer = state->overlay == OVERLAY_SEARCH;
    lineedit_fit(&state->bar.edit, (is_in_drawer ? layout_of(state).drawer.w : state->width) - BAR_MARGIN_W);
    update_live_begin(state, now);
    update_rail_rebuild(state);
    update_timeline_settle(state);
    update_menu_clamp(state);
    update_answer_settle(state, now);
    const struct list_reply *list = state_list(state);
    unsigned effects = list && !list->is_partial ? update_list_wants_more(state) : 0;
    if (state->meta.is_late && now >= state_counts_due(state)) {
        update_frame_hold(state, now);
        effects |= EFFECT_ASK_META;
    }
    if (state_watch_wait(state, now) == 0)
        effects |= EFFECT_WATCH;
    if (state->has_drawer) {
        effects |= update_detail_wants(state, now);
        update_drawer_layout(state, now);
    }
    return effects;
}
