/*
 * See state.h. What is here is derived from the state and used by several of its readers.
 */
#include "tui/state.h"

#include "data/base/die.h"
#include "tui/answer_draft.h"
#include "tui/answer_post.h"
#include "widgets/list_foot.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { OUTGOING_MAX = 64 << 20 };

void state_init(struct state *state)
{
    *state = (struct state){.fields = LIST_FIELDS_DEFAULT, .focus = FOCUS_LIST};
    filter_init(&state->filter);
    filter_history_init(&state->history);
    filter_history_push(&state->history, &state->filter);
    state->list.selected = -1;
    state->list.anchor = ANCHOR_FIRST;
    state->list.goal = GOAL_FIRST;
    state->rail.is_wanted = true;
    state->live.cutoff = TIME_NONE;
    state->frame.held_until = TIME_NONE;
    state->detail.missing_since = TIME_NONE;
    arena_init(&state->detail.asked_arena);
    arena_init(&state->rail.arena);
    arena_init(&state->bar.arena);
    arena_init(&state->menu.arena);
    buf_init(&state->outgoing, OUTGOING_MAX);
    state->drawer = drawer_new();
    state->source.is_readable = true;
    state->source.progress = 1;
}

void state_release(struct state *state)
{
    response_free(state->list.shown);
    response_free(state->meta.shown);
    response_free(state->detail.shown);
    response_free(state->detail.peers);
    filter_release(&state->filter);
    filter_history_release(&state->history);
    arena_release(&state->rail.arena);
    arena_release(&state->bar.arena);
    arena_release(&state->menu.arena);
    buf_release(&state->outgoing);
    drawer_free(state->drawer);
    if (state->code_needle)
        needle_free(state->code_needle);
    free(state->bar.typed);
    for (size_t i = 0; i < state->answer.count; i++)
        answer_draft_free(state->answer.drafts[i]);
    answer_letter_free(state->answer.letter);
    arena_release(&state->detail.asked_arena);
    free(state->scope);
}

const struct list_reply *state_list(const struct state *state)
{
    return state->list.shown ? &state->list.shown->list : NULL;
}

const struct meta *state_meta(const struct state *state)
{
    return state->meta.shown ? &state->meta.shown->meta : NULL;
}

bool state_has_detail_of(const struct state *state, const struct run_row *row)
{
    if (!state->detail.shown)
        return false;
    const struct run *run = &state->detail.shown->detail.detail.run;
    return text_eq(run->id, row->id) && text_eq(run->scope_id, row->scope_id);
}

/* A short wait is not shown: the drawer would only flicker. */
const struct response *state_detail(const struct state *state, int64_t now)
{
    const struct detail_state *detail = &state->detail;
    const struct run_row *row = state_selected(state);
    if (!row || state_has_detail_of(state, row))
        return detail->shown;
    bool is_late = detail->missing_since != TIME_NONE && now - detail->missing_since > STALE_MS;
    return detail->has_error || is_late ? NULL : detail->shown;
}

const struct run_row *state_rows(const struct state *state, size_t *count)
{
    const struct list_reply *list = state_list(state);
    *count = list ? list->count : 0;
    return list ? list->rows : NULL;
}

const struct run_row *state_selected(const struct state *state)
{
    size_t count;
    const struct run_row *rows = state_rows(state, &count);
    ptrdiff_t at = state->list.selected;
    return at >= 0 && (size_t)at < count ? &rows[at] : NULL;
}

bool state_is_newest_first(const struct state *state)
{
    return state->sort.field == SORT_CREATED && !state->sort.is_ascending;
}

static enum list_phase list_phase(const struct state *state)
{
    const struct list_reply *list = state_list(state);
    if (state->list.has_error || (list && !state->source.is_readable))
        return LIST_ERROR;
    if (!list)
        return LIST_LOADING;
    if (list->is_partial)
        return list->is_paused ? LIST_PAUSED : LIST_SEARCHING;
    if (list->count)
        return LIST_READY;
    const struct meta *meta = state_meta(state);
    bool is_empty_history =
        filter_is_empty(&state->filter) || (meta && meta->total.is_exact && meta->total.n == 0);
    return is_empty_history ? LIST_NO_RUNS : LIST_NO_MATCH;
}

static void name_key(const struct state *state, enum command command, char out[24])
{
    struct buf keys;
    struct key_chain chain = KEY_CHAIN(CONTEXT_LIST, CONTEXT_EVERYWHERE);
    buf_init(&keys, 23);
    keymap_keys_for(state->keymap, command, &chain, state->ascii ? KEY_FORM_ASCII : KEY_FORM_SCREEN, 1,
                    &keys);
    snprintf(out, 24, "%s", buf_cstr(&keys));
    buf_release(&keys);
}

/* What went wrong, of what time the rows are that are there, and how to go on. */
static void fill_error(const struct state *state, struct list_model *model)
{
    bool is_of_list = state->list.has_error;
    const struct err *err = is_of_list ? &state->list.err : &state->source.err;
    int64_t read_at = is_of_list ? state->list.answered_at : state->source.read_at;
    model->message = err->what;
    model->hint = err->hint[0] ? err->hint : NULL;
    name_key(state, COMMAND_REFRESH, model->retry);
    if (read_at <= 0)
        return;
    char at[TIME_TEXT];
    time_format_short(read_at, state->time_mode, at);
    snprintf(model->as_of, sizeof model->as_of, "%.8s", at);
}

void state_list_model(const struct state *state, int64_t now, struct list_model *model)
{
    const struct list_reply *list = state_list(state);
    *model = (struct list_model){
        .top = state->list.top,
        .selected = state->list.selected,
        .is_focused = state->focus == FOCUS_LIST,
        /* A short wait is not shown: the rows would only flicker. */
        .is_stale = state->list.is_of_older_filter && now - state->list.asked_at > STALE_MS,
        .fields = state->fields,
        .sort = state->sort,
        .time_mode = state->time_mode,
        .now = now,
        .code_match = state->code_needle,
        .is_live = state->live.is_on,
        .has_divider = state->live.is_on && state_is_newest_first(state) && state->live.cutoff != TIME_NONE,
        .cutoff = state->live.cutoff,
        .live_since = state->live.since,
        .new_count = -1,
        .phase = list_phase(state),
        .total = -1,
        .reach = TIME_NONE,
    };
    if (model->phase == LIST_ERROR)
        fill_error(state, model);
    if (model->phase == LIST_PAUSED)
        name_key(state, COMMAND_PAGE_DOWN, model->further);
    if (!list)
        return;
    model->rows = list->rows;
    model->count = list->count;
    model->is_last = list->is_last;
    model->new_count = list->new_count;
    model->progress = list->progress;
    model->reach = list->reach;
    model->looked_at = list->looked_at;
    model->rank = list->rank.n;
    model->total = list->rank.n >= 0 ? list->total.n : -1;
}

size_t state_list_capacity(const struct state *state)
{
    struct layout layout = layout_of(state);
    struct rect rect = layout.list.w ? layout.list : layout.drawer;
    struct list_model model;
    state_list_model(state, 0, &model);
    size_t capacity = list_capacity(rect.h);
    size_t others =
        (size_t)list_foot_height(&model, rect.w, rect.h, state->ascii) + list_divider_visible(&model, rect.h);
    return capacity > others ? capacity - others : 1;
}

void state_say(struct state *state, int64_t now, enum ink ink, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(state->message, sizeof state->message, fmt, args);
    va_end(args);
    state->message_ink = ink;
    state->message_until = now + MESSAGE_MS;
}

static struct key_chain focus_chain(const struct state *state)
{
    switch (state->focus) {
    case FOCUS_DRAWER: return KEY_CHAIN(CONTEXT_DRAWER, CONTEXT_EVERYWHERE);
    case FOCUS_RAIL: return KEY_CHAIN(CONTEXT_RAIL, CONTEXT_EVERYWHERE);
    case FOCUS_TIMELINE: return KEY_CHAIN(CONTEXT_TIMELINE, CONTEXT_EVERYWHERE);
    case FOCUS_LIST: break;
    }
    if (state->has_drawer)
        return KEY_CHAIN(CONTEXT_LIST, CONTEXT_DRAWER, CONTEXT_EVERYWHERE);
    return KEY_CHAIN(CONTEXT_LIST, CONTEXT_EVERYWHERE);
}

static struct key_chain answer_chain(const struct state *state)
{
    bool is_edited = state->answer.open->phase == ANSWER_EDITING;
    return KEY_CHAIN(is_edited ? CONTEXT_FORM : CONTEXT_CONFIRM, CONTEXT_EVERYWHERE);
}

struct key_chain state_key_chain(const struct state *state)
{
    return state_key_chain_under(state, state->overlay);
}

struct key_chain state_key_chain_under(const struct state *state, enum overlay overlay)
{
    switch (overlay) {
    case OVERLAY_FILTER: return KEY_CHAIN(CONTEXT_FILTER, CONTEXT_EVERYWHERE);
    case OVERLAY_SEARCH: return KEY_CHAIN(CONTEXT_SEARCH, CONTEXT_EVERYWHERE);
    case OVERLAY_ANSWER: return answer_chain(state);
    case OVERLAY_HELP: return KEY_CHAIN(CONTEXT_HELP, CONTEXT_EVERYWHERE);
    case OVERLAY_PALETTE: return KEY_CHAIN(CONTEXT_PALETTE, CONTEXT_EVERYWHERE);
    case OVERLAY_FIELDS:
    case OVERLAY_SORT:
    case OVERLAY_COPY: return KEY_CHAIN(CONTEXT_MENU, CONTEXT_EVERYWHERE);
    case OVERLAY_NONE: break;
    }
    return focus_chain(state);
}

static bool shows_ages(const struct state *state)
{
    if (state->time_mode == TIME_RELATIVE || state->answer.open)
        return true;
    size_t count;
    const struct run_row *rows = state_rows(state, &count);
    size_t end = state->list.top + state_list_capacity(state);
    for (size_t i = state->list.top; i < end && i < count; i++)
        if (!run_status_is_terminal(run_status_of(rows[i].status)))
            return true;
    return state->has_drawer;
}

/* Where there is much to count, counting is dear: beside a writer that never rests it gets a five-hundredth of the time, and no number becomes older
 * than two seconds by that. */
int64_t state_counts_due(const struct state *state)
{
    enum { SHARE = 500, WAIT_MAX = 2000 };
    int64_t wait = state->meta.took_ms < WAIT_MAX / SHARE ? state->meta.took_ms * SHARE : WAIT_MAX;
    return state->meta.asked_at + wait;
}

bool state_awaits_answer(const struct state *state)
{
    const struct run_row *row = state_selected(state);
    if (!row)
        return false;
    enum run_status status = run_status_of(row->status);
    bool is_asked = state_has_detail_of(state, row) && state->detail.shown->detail.detail.pending >= 0;
    return status == STATUS_WAITING || (is_asked && !run_status_is_terminal(status));
}

int64_t state_watch_wait(const struct state *state, int64_t now)
{
    const struct answer_draft *draft = state->answer.open;
    bool is_watched = draft && draft->phase != ANSWER_OVER;
    if (!is_watched || state->answer.is_asking)
        return -1;
    int64_t waited = now - state->answer.watched_at;
    return waited < WATCH_MS ? WATCH_MS - waited : 0;
}

static bool lacks_rows(const struct state *state)
{
    const struct list_state *list = &state->list;
    bool is_jump = list->goal != GOAL_KEEP && list->goal != GOAL_FOLLOW;
    return !list->shown || list->is_of_older_filter || list->pending || is_jump;
}

int64_t state_waiting_since(const struct state *state)
{
    const struct list_state *list = &state->list;
    if (list->is_asking)
        return lacks_rows(state) ? list->asked_at : TIME_NONE;
    return !list->shown && state->detail.is_asking ? state->detail.asked_at : TIME_NONE;
}

bool state_lacks_answers(const struct state *state)
{
    return (state->list.is_asking && lacks_rows(state)) ||
           (state->meta.is_asking && state->meta.is_of_older_filter) ||
           (state->has_drawer && state->detail.is_asking);
}

/* Until what was asked then is shown as of an older question, which it stays where the answer is a failure; no time at all where that is past. */
static int64_t until_stale(bool is_asking, int64_t asked_at, int64_t now)
{
    if (!is_asking)
        return INT64_MAX;
    int64_t left = asked_at + STALE_MS + 1 - now;
    return left > 0 ? left : INT64_MAX;
}

/* While something is waited for: a short wait shows itself soon, a long one counts its seconds. */
static int64_t patience_left(const struct state *state, int64_t now)
{
    const int64_t waits[] = {
        until_stale(state->list.is_asking || state->list.is_of_older_filter, state->list.asked_at, now),
        until_stale(state->detail.is_asking, state->detail.asked_at, now),
        until_stale(state->detail.missing_since != TIME_NONE, state->detail.missing_since, now),
        until_stale(state->meta.is_of_older_filter, state->meta.asked_at, now),
    };
    int64_t since = state_waiting_since(state);
    int64_t least = since == TIME_NONE ? INT64_MAX : SECOND_MS - (now - since) % SECOND_MS;
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++)
        least = waits[i] < least ? waits[i] : least;
    return least;
}

int64_t state_frame_wait(const struct state *state, int64_t now)
{
    const struct frame_state *frame = &state->frame;
    bool is_awaiting =
        frame->is_of_key ? state_lacks_answers(state) : state->list.is_asking || state->meta.is_asking;
    if (frame->is_urgent || frame->held_until == TIME_NONE || !is_awaiting)
        return 0;
    int64_t left = frame->held_until - now;
    return left > 0 && left <= HOLD_MS ? left : 0;
}

int64_t state_next_tick(const struct state *state, int64_t now)
{
    int64_t wait = MINUTE_MS - now % MINUTE_MS;
    if (shows_ages(state))
        wait = SECOND_MS - now % SECOND_MS;
    if (state->message_until && state->message_until - now < wait)
        wait = state->message_until > now ? state->message_until - now : 1;
    int64_t patience = patience_left(state, now);
    if (patience < wait)
        wait = patience;
    int64_t due = state_counts_due(state) - now;
    if (state->meta.is_late && due < wait)
        wait = due > 0 ? due : 1;
    int64_t watch = state_watch_wait(state, now);
    if (watch >= 0 && watch < wait)
        wait = watch > 0 ? watch : 1;
    int64_t hold = state_frame_wait(state, now);
    return hold && hold < wait ? hold : wait;
}
