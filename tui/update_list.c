/*
 * The list: a window of rows that follows the selection through a list of any length. The selection is a run, not a row number: when a new window lands, the
 * run is looked up in it and keeps its line. A move that runs out of rows is remembered and finished when they are there, so a held key goes as far as it
 * was held.
 */
#include "tui/update.h"

#include <string.h>

enum { PENDING_MAX_PAGES = 20 };

static unsigned ask(struct state *state, enum anchor_kind anchor, enum list_goal goal)
{
    state->list.anchor = anchor;
    state->list.goal = goal;
    state->list.find_failed = 0;
    return EFFECT_ASK_LIST;
}

unsigned update_list_ask_first(struct state *state)
{
    state->list.pending = 0;
    return ask(state, ANCHOR_FIRST, GOAL_FIRST);
}

static bool is_at_top(const struct state *state)
{
    const struct list_reply *list = state_list(state);
    return !list || !list->count || (list->is_first && state->list.selected <= 0);
}

unsigned update_list_ask_again(struct state *state)
{
    const struct run_row *row = state_selected(state);
    if (!row || (is_at_top(state) && !state->has_drawer && !state->list.keeps_top))
        return update_list_ask_first(state);
    state->list.key = run_row_key(row);
    return ask(state, ANCHOR_KEY, GOAL_KEEP);
}

unsigned update_list_ask_time(struct state *state, int64_t t)
{
    state->list.key = (struct row_key){.created_at = t, .duration_ms = DURATION_NONE};
    return ask(state, ANCHOR_TIME, GOAL_ANCHOR);
}

static unsigned ask_failed(struct state *state, int direction)
{
    const struct run_row *row = state_selected(state);
    if (!row)
        return 0;
    state->list.key = run_row_key(row);
    unsigned effects = ask(state, ANCHOR_KEY, GOAL_FAILED);
    state->list.find_failed = direction;
    return effects;
}

unsigned update_list_wants_more(struct state *state)
{
    const struct list_reply *list = state_list(state);
    if (!list || !list->count || state->list.is_asking)
        return 0;
    size_t page = state_list_capacity(state);
    bool is_near_start = !list->is_first && state->list.top < page;
    bool is_near_end = !list->is_last && state->list.top + 2 * page > list->count;
    if (!is_near_start && !is_near_end)
        return 0;
    state->list.key = run_row_key(state_selected(state));
    return ask(state, ANCHOR_KEY, GOAL_KEEP);
}

void update_list_clamp(struct state *state)
{
    struct list_state *list = &state->list;
    size_t count;
    state_rows(state, &count);
    if (!count) {
        list->selected = -1;
        list->top = 0;
        return;
    }
    if (list->selected < 0)
        list->selected = 0;
    if ((size_t)list->selected >= count)
        list->selected = (ptrdiff_t)count - 1;
    size_t selected = (size_t)list->selected;
    if (selected < list->top)
        list->top = selected;
    /* Twice: moving the top may bring the divider's line on the screen, which costs a row. */
    for (int i = 0; i < 2; i++) {
        size_t page = state_list_capacity(state);
        if (selected >= list->top + page)
            list->top = selected - page + 1;
        if (list->top + page > count)
            list->top = count > page ? count - page : 0;
    }
}

unsigned update_list_select(struct state *state, ptrdiff_t index)
{
    state->list.selected = index;
    update_list_clamp(state);
    return update_list_wants_more(state);
}

/* Moves as far as there are rows; the rest waits in `pending`. with_top: the view moves along, as a page does. */
static unsigned move(struct state *state, long lines, bool with_top)
{
    const struct list_reply *list = state_list(state);
    if (!list || !list->count)
        return 0;
    long page = (long)state_list_capacity(state), last = (long)list->count - 1;
    long target = state->list.selected + lines;
    long rest = target < 0 && !list->is_first ? target : target > last && !list->is_last ? target - last : 0;
    target = target < 0 ? 0 : target > last ? last : target;
    if (with_top) {
        long top = (long)state->list.top + (target - state->list.selected);
        state->list.top = top < 0 ? 0 : (size_t)top;
    }
    state->list.pending += rest;
    if (state->list.pending > PENDING_MAX_PAGES * page)
        state->list.pending = PENDING_MAX_PAGES * page;
    if (state->list.pending < -PENDING_MAX_PAGES * page)
        state->list.pending = -PENDING_MAX_PAGES * page;
    return update_list_select(state, target);
}

static unsigned to_edge(struct state *state, bool is_last)
{
    const struct list_reply *list = state_list(state);
    if (!list)
        return 0;
    state->list.pending = 0;
    if (is_last && list->is_last)
        return update_list_select(state, (ptrdiff_t)list->count - 1);
    if (!is_last && list->is_first)
        return update_list_select(state, 0);
    return is_last ? ask(state, ANCHOR_LAST, GOAL_LAST) : update_list_ask_first(state);
}

unsigned update_list_command(struct state *state, enum command command)
{
    long page = (long)state_list_capacity(state);
    switch (command) {
    case COMMAND_MOVE_UP: return move(state, -1, false);
    case COMMAND_MOVE_DOWN: return move(state, 1, false);
    case COMMAND_PAGE_UP: return move(state, -page, true);
    case COMMAND_PAGE_DOWN: return move(state, page, true);
    case COMMAND_FIRST: return to_edge(state, false);
    case COMMAND_LAST: return to_edge(state, true);
    case COMMAND_NEXT_FAILED: return ask_failed(state, 1);
    case COMMAND_PREVIOUS_FAILED: return ask_failed(state, -1);
    default: return 0;
    }
}

/* ---- answers ---- */

static ptrdiff_t find_row(const struct list_reply *list, const struct row_key *key)
{
    for (size_t i = 0; i < list->count; i++) {
        struct row_key at = run_row_key(&list->rows[i]);
        if (at.created_at == key->created_at && strcmp(at.id, key->id) == 0)
            return (ptrdiff_t)i;
    }
    return -1;
}

/* The selected run keeps its line; one that is gone gives its line to the row that stands where it stood. */
static void keep(struct state *state, const struct list_reply *list, const struct row_key *selected, long line)
{
    ptrdiff_t at = find_row(list, selected);
    state->list.selected = at >= 0 ? at : list->anchor;
    long top = (long)state->list.selected - line;
    state->list.top = top < 0 ? 0 : (size_t)top;
    if (state->list.keeps_top && list->is_first)
        state->list.top = 0;
}

static void place(struct state *state, const struct list_reply *list, enum list_goal goal, const struct row_key *selected)
{
    long line = state->list.selected - (long)state->list.top;
    size_t page = state_list_capacity(state);
    switch (goal) {
    case GOAL_KEEP: keep(state, list, selected, line); break;
    case GOAL_FIRST: state->list.selected = 0, state->list.top = 0; break;
    case GOAL_LAST:
        state->list.selected = (ptrdiff_t)list->count - 1;
        state->list.top = list->count > page ? list->count - page : 0;
        break;
    case GOAL_ANCHOR:
    case GOAL_FAILED:
        state->list.selected = list->anchor;
        if (list->anchor < (ptrdiff_t)state->list.top || list->anchor >= (ptrdiff_t)(state->list.top + page) || list->rank.n >= 0)
            state->list.top = list->anchor > (ptrdiff_t)page / 3 ? (size_t)list->anchor - page / 3 : 0;
        break;
    }
}

unsigned update_list_landed(struct state *state, struct response *response, int64_t now)
{
    struct list_state *list = &state->list;
    list->is_asking = false;
    if (response->code != ERR_OK) {
        list->has_error = true;
        list->err = response->err;
        response_free(response);
        return 0;
    }
    list->has_error = false;
    const struct run_row *row = state_selected(state);
    struct row_key selected = row ? run_row_key(row) : (struct row_key){.created_at = TIME_NONE};
    enum list_goal goal = row ? list->goal : list->goal == GOAL_KEEP ? GOAL_FIRST : list->goal;
    if (goal == GOAL_FAILED && !response->list.anchor_found) {
        state_say(state, now, INK_MUTED, "no %s failed run", list->find_failed > 0 ? "further" : "earlier");
        list->goal = GOAL_KEEP;
        response_free(response);
        return 0;
    }
    struct response *old = list->shown;
    list->shown = response;
    list->is_of_older_filter = false;
    place(state, &response->list, goal, &selected);
    list->keeps_top = false;
    list->goal = GOAL_KEEP;
    response_free(old);
    update_list_clamp(state);
    long pending = list->pending;
    list->pending = 0;
    return pending ? move(state, pending, true) : update_list_wants_more(state);
}
