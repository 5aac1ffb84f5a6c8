/*
 * The drawer's part of the state: which run it shows, asking for its detail, and the keys that are told on to
 * the widget.
 */
#include "tui/update.h"

#include <stdio.h>

static bool was_asked_for(const struct state *state, const struct run_row *row)
{
    const struct run_row *asked = &state->detail.asked;
    return text_eq(asked->id, row->id) && text_eq(asked->scope_id, row->scope_id);
}

static void set_asked(struct state *state, struct text id, struct text scope_id)
{
    struct arena *arena = &state->detail.asked_arena;
    arena_release(arena);
    state->detail.asked =
        (struct run_row){.id = arena_text(arena, id), .scope_id = arena_text(arena, scope_id)};
}

/* A copy or a question that waits for another run's detail is given up: it must not become one of this. */
static unsigned ask_detail(struct state *state, const struct run_row *row, int64_t now)
{
    if (!was_asked_for(state, row)) {
        state->detail.copy = COPY_NONE;
        state->detail.is_for_answer = false;
        set_asked(state, row->id, row->scope_id);
    }
    if (state_has_detail_of(state, row))
        state->detail.missing_since = TIME_NONE;
    else if (state->detail.missing_since == TIME_NONE)
        state->detail.missing_since = now;
    state->detail.asked_at = now;
    state->detail.asked.updated_at = row->updated_at;
    state->detail.has_error = false;
    return EFFECT_ASK_DETAIL;
}

/* Asked once for each run and each change of its row, whatever the answer was: an error is shown until the
 * person or the source tries again. */
unsigned update_detail_wants(struct state *state, int64_t now)
{
    const struct run_row *row = state_selected(state);
    if (!row)
        return 0;
    bool was_asked = was_asked_for(state, row) && state->detail.asked.updated_at == row->updated_at;
    return was_asked ? 0 : ask_detail(state, row, now);
}

unsigned update_detail_ask_id(struct state *state, struct text id, int64_t now)
{
    return ask_detail(state, &(struct run_row){.id = id, .updated_at = TIME_NONE}, now);
}

/* What was asked for by its id alone has a scope and a time now, as its row will have. */
static void know_asked(struct state *state, const struct run *run)
{
    if (!text_is_null(state->detail.asked.scope_id))
        return;
    set_asked(state, run->id, run->scope_id);
    state->detail.asked.updated_at = run->updated_at;
}

/* All of it but the calls is there before them. */
static bool needs_calls(enum copy_kind kind)
{
    return kind == COPY_PAGER;
}

unsigned update_detail_copy(struct state *state, enum copy_kind kind, int64_t now)
{
    const struct run_row *row = state_selected(state);
    bool is_there = state_has_detail_of(state, row) && state->detail.asked.updated_at == row->updated_at;
    bool lacks_calls = is_there && needs_calls(kind) && state->detail.shown->detail.lacks_calls;
    if (is_there && !lacks_calls)
        return update_copy_finish(state, kind, now);
    unsigned effects = lacks_calls && state->detail.is_asking ? 0 : ask_detail(state, row, now);
    state->detail.copy = kind;
    return effects;
}

unsigned update_detail_answer(struct state *state, int64_t now)
{
    unsigned effects = ask_detail(state, state_selected(state), now);
    state->detail.is_for_answer = true;
    return effects;
}

/* The data changed under an open drawer. A run that has not ended may have new calls without a change of its
 * own row. */
unsigned update_detail_again(struct state *state, int64_t now)
{
    const struct run_row *row = state_selected(state);
    if (!state->has_drawer || !row || state->detail.is_asking)
        return 0;
    bool may_grow = !run_status_is_terminal(run_status_of(row->status));
    return may_grow || state->detail.has_error ? ask_detail(state, row, now)
                                               : update_detail_wants(state, now);
}

unsigned update_drawer_open(struct state *state, int64_t now)
{
    if (!state_selected(state))
        return 0;
    state->has_drawer = true;
    if (!layout_of(state).list.w)
        state->focus = FOCUS_DRAWER;
    return update_detail_wants(state, now);
}

unsigned update_drawer_close(struct state *state)
{
    state->has_drawer = false;
    if (state->focus == FOCUS_DRAWER)
        state->focus = FOCUS_LIST;
    return 0;
}

static unsigned search_step(struct state *state, int direction, int64_t now)
{
    if (!drawer_search_text(state->drawer).n)
        state_say(state, now, INK_MUTED, "nothing is searched for: / starts a search");
    else if (!drawer_search_step(state->drawer, direction))
        state_say(state, now, INK_WARN, "no match in this tab");
    return 0;
}

static unsigned search_open(struct state *state)
{
    lineedit_set(&state->bar.edit, drawer_search_text(state->drawer));
    state->overlay = OVERLAY_SEARCH;
    return 0;
}

static void set_tab(struct state *state, int tab)
{
    drawer_set_tab(state->drawer, (enum drawer_tab)((tab + DRAWER_TAB_COUNT) % DRAWER_TAB_COUNT));
}

unsigned update_drawer_command(struct state *state, enum command command, int64_t now)
{
    struct drawer *drawer = state->drawer;
    int tab = (int)drawer_tab(drawer);
    switch (command) {
    case COMMAND_MOVE_UP: drawer_move(drawer, -1); return 0;
    case COMMAND_MOVE_DOWN: drawer_move(drawer, 1); return 0;
    case COMMAND_PAGE_UP: drawer_page(drawer, -1); return 0;
    case COMMAND_PAGE_DOWN: drawer_page(drawer, 1); return 0;
    case COMMAND_FIRST: drawer_to_edge(drawer, false); return 0;
    case COMMAND_LAST: drawer_to_edge(drawer, true); return 0;
    case COMMAND_TAB_1: set_tab(state, 0); return 0;
    case COMMAND_TAB_2: set_tab(state, 1); return 0;
    case COMMAND_TAB_3: set_tab(state, 2); return 0;
    case COMMAND_TAB_NEXT: set_tab(state, tab + 1); return 0;
    case COMMAND_TAB_PREVIOUS: set_tab(state, tab - 1); return 0;
    case COMMAND_UNFOLD: drawer_unfold(drawer); return 0;
    case COMMAND_FOLD_ALL: drawer_fold_all(drawer); return 0;
    case COMMAND_LOG_LEVEL: drawer_next_log_level(drawer); return 0;
    case COMMAND_SEARCH: return search_open(state);
    case COMMAND_SEARCH_NEXT: return search_step(state, 1, now);
    case COMMAND_SEARCH_PREVIOUS: return search_step(state, -1, now);
    case COMMAND_RUN_NEXT: return update_list_command(state, COMMAND_MOVE_DOWN);
    case COMMAND_RUN_PREVIOUS: return update_list_command(state, COMMAND_MOVE_UP);
    case COMMAND_NEXT_FAILED:
    case COMMAND_PREVIOUS_FAILED: return update_list_command(state, command);
    default: return 0;
    }
}

/* The search line, while it is typed in: every letter searches. */
unsigned update_search_command(struct state *state, enum command command, int64_t now)
{
    if (command == COMMAND_ACCEPT) {
        state->overlay = OVERLAY_NONE;
        if (!drawer_search(state->drawer, (struct text){state->bar.edit.text, state->bar.edit.len}))
            state_say(state, now, INK_WARN, "no match in this tab");
    } else if (command == COMMAND_SEARCH_NEXT || command == COMMAND_SEARCH_PREVIOUS)
        return search_step(state, command == COMMAND_SEARCH_NEXT ? 1 : -1, now);
    return 0;
}

unsigned update_search_typed(struct state *state, struct key key)
{
    if (lineedit_feed(&state->bar.edit, key))
        drawer_search(state->drawer, (struct text){state->bar.edit.text, state->bar.edit.len});
    return 0;
}

static bool wants_peers(const struct run *run)
{
    return run_status_is_terminal(run_status_of(run->status)) && run->code.s;
}

static unsigned miss_detail(struct state *state, struct response *response, bool is_waited_for, int64_t now)
{
    struct detail_state *detail = &state->detail;
    const struct run_row *row = state_selected(state);
    detail->has_error = true;
    detail->err = response->err;
    if (is_waited_for || (row && state_has_detail_of(state, row)))
        state_say(state, now, INK_FAILED, "%s", response->err.what);
    unsigned effects = update_open_missed(state, &response->err, now);
    response_free(response);
    return effects;
}

static unsigned show_detail(struct state *state, struct response *response, int64_t now)
{
    struct detail_state *detail = &state->detail;
    struct response *old = detail->shown, *old_peers = detail->peers;
    const struct run *run = &response->detail.detail.run;
    bool is_same_run = old && text_eq(old->detail.detail.run.id, run->id);
    unsigned effects = (!is_same_run || !old_peers) && wants_peers(run) ? EFFECT_ASK_PEERS : 0;
    detail->shown = response;
    detail->missing_since = TIME_NONE;
    detail->peers = is_same_run ? old_peers : NULL;
    know_asked(state, run);
    effects |= update_open_found(state, run);
    if (!is_same_run)
        detail->peers_generation = 0; /* those that are still out are of the run before */
    /* The drawer must let go of the old ones before they are freed. */
    update_drawer_layout(state, now);
    response_free(old);
    if (!is_same_run)
        response_free(old_peers);
    return effects;
}

unsigned update_detail_landed(struct state *state, struct response *response, int64_t now)
{
    struct detail_state *detail = &state->detail;
    enum copy_kind copy = detail->copy;
    bool is_for_answer = detail->is_for_answer;
    detail->is_asking = false;
    detail->copy = COPY_NONE;
    detail->is_for_answer = false;
    if (response->code != ERR_OK)
        return miss_detail(state, response, copy != COPY_NONE || is_for_answer, now);
    unsigned effects = response->detail.lacks_calls ? EFFECT_ASK_DETAIL : 0;
    if (response->detail.lacks_calls && needs_calls(copy)) {
        detail->copy = copy;
        copy = COPY_NONE;
    }
    effects |= show_detail(state, response, now);
    if (is_for_answer)
        effects |= update_answer_found(state, now);
    return copy != COPY_NONE ? effects | update_copy_finish(state, copy, now) : effects;
}

unsigned update_peers_landed(struct state *state, struct response *response, int64_t now)
{
    if (response->code != ERR_OK) {
        response_free(response);
        return 0;
    }
    struct response *old = state->detail.peers;
    state->detail.peers = response;
    update_drawer_layout(state, now);
    response_free(old);
    return 0;
}

/* Of the run itself, not of the executor's process that may be the only one to take an answer: that is said when it is pressed. */
static const char *answer_key(struct state *state)
{
    struct key_chain chain = KEY_CHAIN(CONTEXT_DRAWER, CONTEXT_EVERYWHERE);
    struct buf keys;
    buf_init(&keys, sizeof state->answer.key - 1);
    keymap_keys_for(state->keymap, COMMAND_ANSWER, &chain, state->ascii ? KEY_FORM_ASCII : KEY_FORM_SCREEN, 1,
                    &keys);
    snprintf(state->answer.key, sizeof state->answer.key, "%s", buf_cstr(&keys));
    buf_release(&keys);
    return state->answer.key[0] ? state->answer.key : NULL;
}

void update_drawer_layout(struct state *state, int64_t now)
{
    struct layout layout = layout_of(state);
    const struct response *detail = state_detail(state, now);
    const struct response *peers = detail ? state->detail.peers : NULL;
    struct drawer_input input = {
        .doc = detail ? detail->doc : NULL,
        .peers = peers ? &peers->peers : NULL,
        .now = now,
        .time_mode = state->time_mode,
        .width = layout.drawer.w,
        .height = layout.drawer.h,
        .ascii = state->ascii,
        .answer_key = answer_key(state),
    };
    drawer_layout(state->drawer, &input);
}
