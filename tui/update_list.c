/*
 * The list: a window of rows that follows the selection through a list of any length. The selection is a run,
 * not a row number: when a new window lands, the run is looked up in it and keeps its line. A move that runs
 * out of rows is remembered and finished when they are there, so a held key goes as far as it was held.
 */
#include "tui/update.h"

#include <string.h>

enum { PENDING_MAX = 5000 /* rows */ };

static unsigned ask(struct state *state, enum anchor_kind anchor, enum list_goal goal)
{
    state->list.anchor = anchor;
    state->list.goal = goal;
    state->list.find_failed = 0;
    state->list.is_seeking = false;
    return EFFECT_ASK_LIST;
}

unsigned update_list_ask_first(struct state *state)
{
    state->list.pending = 0;
    return ask(state, ANCHOR_FIRST, GOAL_FIRST);
}

/* While an order is still being found, the first row is the first so far. */
static bool is_at_top(const struct state *state)
{
    const struct list_reply *list = state_list(state);
    if (!list || !list->count)
        return true;
    bool is_first = list->is_first || (list->is_partial && list->rank.n == 0);
    return is_first && state->list.selected <= 0;
}

static unsigned ask_around_selected(struct state *state)
{
    state->list.key = run_row_key(state_selected(state));
    return ask(state, ANCHOR_KEY, GOAL_KEEP);
}

unsigned update_list_ask_again(struct state *state)
{
    struct list_state *list = &state->list;
    if (update_open_is_waiting(state)) {
        list->is_due = false;
        return update_open_ask_again(state);
    }
    bool is_jump = list->goal == GOAL_FIRST || list->goal == GOAL_LAST || list->goal == GOAL_FAILED;
    bool is_on_its_way = list->is_seeking || (list->is_asking && is_jump);
    list->is_due = false;
    if (is_on_its_way)
        return EFFECT_ASK_LIST;
    bool follows = is_at_top(state) && !state->has_drawer && !list->keeps_top;
    if (!state_selected(state) || follows)
        return ask(state, ANCHOR_FIRST, GOAL_FOLLOW);
    return ask_around_selected(state);
}

/* A question that is out is let come home first: a source slower than its data changes would else never
 * answer one. */
unsigned update_list_data_changed(struct state *state)
{
    if (!state->list.is_asking)
        return update_list_ask_again(state);
    state->list.is_due = true;
    return 0;
}

unsigned update_list_ask_time(struct state *state, int64_t t)
{
    state->list.key = (struct row_key){.created_at = t, .duration_ms = DURATION_NONE};
    return ask(state, ANCHOR_TIME, GOAL_ANCHOR);
}

unsigned update_list_ask_key(struct state *state, const struct row_key *key)
{
    state->list.key = *key;
    return ask(state, ANCHOR_KEY, GOAL_ANCHOR);
}

static unsigned ask_failed(struct state *state, int direction)
{
    const struct run_row *row = state_selected(state);
    if (!row)
        return 0;
    if (state->list.is_seeking || (state->list.is_asking && state->list.goal == GOAL_FAILED)) {
        state->list.more_failed += direction;
        return 0;
    }
    state->list.key = run_row_key(row);
    unsigned effects = ask(state, ANCHOR_KEY, GOAL_FAILED);
    state->list.find_failed = direction;
    return effects;
}

unsigned update_list_wants_more(struct state *state)
{
    const struct list_reply *list = state_list(state);
    if (!list || !list->count || state->list.is_asking || state->list.has_error || state->list.is_seeking)
        return 0;
    size_t page = state_list_capacity(state);
    bool is_near_start = !list->is_first && state->list.top < page;
    bool is_near_end = !list->is_last && state->list.top + 2 * page > list->count;
    if (!is_near_start && !is_near_end)
        return 0;
    return ask_around_selected(state);
}

/* Both twice: moving the top may bring the divider's line on the screen or take it off, and it costs a row.
 */
static void fill_the_view(struct state *state, size_t count)
{
    for (int i = 0; i < 2; i++) {
        size_t page = state_list_capacity(state);
        if (state->list.top + page > count)
            state->list.top = count > page ? count - page : 0;
    }
}

static void reach_selected(struct state *state, size_t selected)
{
    for (int i = 0; i < 2; i++) {
        size_t page = state_list_capacity(state);
        if (selected >= state->list.top + page)
            state->list.top = selected - page + 1;
    }
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
    fill_the_view(state, count);
    reach_selected(state, selected);
}

unsigned update_list_select(struct state *state, ptrdiff_t index)
{
    state->list.selected = index;
    update_list_clamp(state);
    return update_list_wants_more(state);
}

/* As far as there are rows, by what still waits in `pending` too; the rest of it waits there. with_top: the view
 * moves along, as a page does. */
static void step(struct state *state, const struct list_reply *list, long lines, bool with_top)
{
    long last = (long)list->count - 1;
    long target = state->list.selected + state->list.pending + lines;
    long rest = target < 0 && !list->is_first ? target : target > last && !list->is_last ? target - last : 0;
    target = target < 0 ? 0 : target > last ? last : target;
    if (with_top) {
        long top = (long)state->list.top + (target - state->list.selected);
        state->list.top = top < 0 ? 0 : (size_t)top;
    }
    state->list.is_seeking = false;
    state->list.pending = rest;
    if (state->list.pending > PENDING_MAX)
        state->list.pending = PENDING_MAX;
    if (state->list.pending < -PENDING_MAX)
        state->list.pending = -PENDING_MAX;
    state->list.selected = target;
    update_list_clamp(state);
}

/* From where it came to, in either direction of time; the order by duration knows only its ends. */
static unsigned look_further_for_any(struct state *state, const struct list_reply *list)
{
    bool is_first = state->list.anchor == ANCHOR_FIRST;
    if (state->sort.field == SORT_DURATION || list->reach == TIME_NONE)
        return ask(state, is_first ? ANCHOR_LAST : ANCHOR_FIRST, GOAL_FIRST);
    state->list.key = (struct row_key){.created_at = list->reach, .duration_ms = DURATION_NONE};
    return ask(state, ANCHOR_TIME, GOAL_FIRST);
}

/* A search that pauses goes on for whoever wants to get behind its last row; for nobody else, or a slow source would be asked again and again.
 * What makes it go on is a question that is not the last one again. */
static unsigned look_further(struct state *state)
{
    const struct list_reply *list = state_list(state);
    if (!list->is_partial || !list->is_paused)
        return 0;
    if (!list->count)
        return look_further_for_any(state, list);
    if (state->list.pending <= 0)
        return 0;
    state->list.key = run_row_key(state_selected(state));
    return ask(state, state->list.anchor == ANCHOR_KEY ? ANCHOR_AFTER : ANCHOR_KEY, GOAL_KEEP);
}

static unsigned move(struct state *state, long lines, bool with_top)
{
    const struct list_reply *list = state_list(state);
    if (!list)
        return 0;
    if (!list->count)
        return lines > 0 ? look_further(state) : 0;
    step(state, list, lines, with_top);
    unsigned effects = look_further(state);
    return effects ? effects : update_list_wants_more(state);
}

static unsigned to_edge(struct state *state, bool is_last)
{
    const struct list_reply *list = state_list(state);
    if (!list)
        return 0;
    state->list.pending = 0;
    if (is_last && list->is_last)
        return update_list_select(state, (ptrdiff_t)list->count - 1);
    bool is_there = list->count && state->list.selected == (ptrdiff_t)list->count - 1;
    if (is_last && is_there && list->is_paused && state->list.anchor == ANCHOR_LAST)
        return ask_around_selected(state);
    if (!is_last && list->is_first)
        return update_list_select(state, 0);
    return is_last ? ask(state, ANCHOR_LAST, GOAL_LAST) : update_list_ask_first(state);
}

unsigned update_list_command(struct state *state, enum command command)
{
    if (state_list(state))
        update_open_give_up(state);
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

/* What the view showed before the new rows took its place. */
struct view_before {
    bool has_rows;
    struct row_key selected, top;
    long line;
};

static struct view_before view_before(const struct state *state)
{
    size_t count;
    const struct run_row *rows = state_rows(state, &count), *selected = state_selected(state);
    if (!selected)
        return (struct view_before){.has_rows = false};
    size_t top = state->list.top < count ? state->list.top : 0;
    return (struct view_before){true, run_row_key(selected), run_row_key(&rows[top]),
                                state->list.selected - (long)top};
}

/* The selected run keeps its line; one that is gone gives its line to the row that stands where it stood. */
static void keep(struct state *state, const struct list_reply *list, const struct view_before *before)
{
    ptrdiff_t at = find_row(list, &before->selected);
    state->list.selected = at >= 0 ? at : list->anchor;
    long top = (long)state->list.selected - before->line;
    state->list.top = top < 0 ? 0 : (size_t)top;
    if (state->list.keeps_top && list->is_first)
        state->list.top = 0;
}

/* A row that was jumped to: where the view shows it already nothing scrolls, else it comes to a third of the
 * view. */
static void show_anchor(struct state *state, const struct list_reply *list, const struct view_before *before)
{
    ptrdiff_t page = (ptrdiff_t)state_list_capacity(state);
    ptrdiff_t top = before->has_rows ? find_row(list, &before->top) : -1;
    bool is_in_view = top >= 0 && list->anchor >= top && list->anchor < top + page;
    if (!is_in_view)
        top = list->anchor > page / 3 ? list->anchor - page / 3 : 0;
    state->list.selected = list->anchor;
    state->list.top = (size_t)top;
}

static void place(struct state *state, const struct list_reply *list, enum list_goal goal,
                  const struct view_before *before)
{
    switch (goal) {
    case GOAL_KEEP: keep(state, list, before); break;
    case GOAL_FOLLOW:
    case GOAL_FIRST: state->list.selected = 0, state->list.top = 0; break;
    case GOAL_LAST: /* the clamp brings it to the last line */
        state->list.selected = (ptrdiff_t)list->count - 1;
        state->list.top = list->count;
        break;
    case GOAL_ANCHOR:
    case GOAL_FAILED: show_anchor(state, list, before); break;
    }
}

/* What the answer is to do now: meanwhile the person may have moved on, and what they did last holds. */
static enum list_goal goal_now(const struct state *state)
{
    enum list_goal goal = state->list.goal;
    bool is_free = is_at_top(state) && !state->has_drawer;
    if (goal == GOAL_FOLLOW)
        return is_free ? GOAL_FIRST : GOAL_KEEP;
    return goal == GOAL_KEEP && !state_selected(state) ? GOAL_FIRST : goal;
}

/* The selection has left the stretch that was asked for: these rows would take it away from its run. */
static bool has_strayed(const struct state *state, const struct list_reply *list,
                        const struct view_before *before)
{
    if (!list->count || !before->has_rows || find_row(list, &before->selected) >= 0)
        return false;
    return state->list.anchor != ANCHOR_KEY || strcmp(state->list.key.id, before->selected.id) != 0;
}

static unsigned ask_if_due(struct state *state)
{
    return state->list.is_due ? update_list_ask_again(state) : 0;
}

/* Nothing to show for it: the old rows stay. */
static unsigned dismiss(struct state *state, struct response *response)
{
    state->list.goal = GOAL_KEEP;
    state->list.more_failed = 0;
    response_free(response);
    return ask_if_due(state);
}

/* A search that goes on may still find one; till then the rows stay, and the person may go elsewhere. */
static unsigned failed_not_found(struct state *state, struct response *response, int64_t now)
{
    struct list_state *list = &state->list;
    if (!response->list.is_partial || response->list.is_paused) {
        state_say(state, now, INK_MUTED, "no failed run %s this one%s",
                  list->find_failed > 0 ? "below" : "above",
                  response->list.is_paused ? ", as far as the search came" : "");
        return dismiss(state, response);
    }
    state_say(state, now, INK_MUTED, "looking for a failed run");
    list->is_seeking = true;
    response_free(response);
    return ask_if_due(state);
}

static void take_rows(struct state *state, struct response *response, enum list_goal goal,
                      const struct view_before *before, int64_t now)
{
    struct response *old = state->list.shown;
    state->list.shown = response;
    state->list.answered_at = now;
    state->list.is_of_older_filter = false;
    place(state, &response->list, goal, before);
    state->list.keeps_top = state->list.keeps_top && state->list.is_due;
    state->list.goal = GOAL_KEEP;
    response_free(old);
}

/* Moves that found no rows, and steps to failed ones, that were pressed before these rows came. */
static unsigned catch_up(struct state *state, enum list_goal goal)
{
    int steps = state->list.more_failed;
    if (goal == GOAL_FAILED && steps) {
        state->list.more_failed -= steps > 0 ? 1 : -1;
        return ask_failed(state, steps > 0 ? 1 : -1);
    }
    const struct list_reply *list = state_list(state);
    if (list->is_partial && list->is_paused) { /* nothing is asked but by a person */
        if (list->count)
            step(state, list, 0, true);
        state->list.pending = 0;
        return 0;
    }
    unsigned effects = state->list.pending ? move(state, 0, true) : 0;
    if (!list->is_partial)
        return effects | update_list_wants_more(state);
    state->list.pending = 0; /* the search tells when it has found more */
    return effects;
}

unsigned update_list_landed(struct state *state, struct response *response, int64_t now)
{
    struct list_state *list = &state->list;
    list->is_asking = list->is_seeking = false;
    list->has_error = response->code != ERR_OK;
    if (list->has_error) {
        list->err = response->err;
        return dismiss(state, response);
    }
    unsigned effects;
    if (!update_open_placed(state, &response->list, now, &effects)) {
        response_free(response);
        return effects ? effects : ask_if_due(state);
    }
    enum list_goal goal = goal_now(state);
    if (goal == GOAL_FAILED && !response->list.anchor_found)
        return failed_not_found(state, response, now);
    struct view_before before = view_before(state);
    if (goal == GOAL_KEEP && has_strayed(state, &response->list, &before)) {
        response_free(response);
        return ask_around_selected(state);
    }
    take_rows(state, response, goal, &before, now);
    update_list_clamp(state);
    effects = catch_up(state, goal) | update_open_later(state, now);
    return effects & EFFECT_ASK_LIST ? effects : effects | ask_if_due(state);
}
