/*
 * A link names a run beside its filters. The run comes first: asking for one is quick where a list takes seconds, and its time is
 * what the list is then asked around. Whether the filters let it through only the list can tell; where they do not, it is shown by its
 * id, by a change of filter like any other.
 */
#include "tui/update.h"

unsigned update_open_start(struct state *state, int64_t now)
{
    state->opening.step = OPENING_RUN;
    return update_detail_ask_id(state, text_of(state->opening.run_id), now);
}

static unsigned ask_from_the_top(struct state *state)
{
    return update_list_ask_first(state) | EFFECT_ASK_META;
}

void update_open_give_up(struct state *state)
{
    state->opening.step = OPENING_NONE;
}

unsigned update_open_ask_again(struct state *state)
{
    bool is_placed = state->opening.step == OPENING_PLACE;
    return is_placed ? update_list_ask_key(state, &state->opening.key) : 0;
}

bool update_open_is_waiting(const struct state *state)
{
    return !state_list(state) && (state->opening.step == OPENING_RUN || state->opening.step == OPENING_PLACE);
}

unsigned update_open_found(struct state *state, const struct run *run)
{
    struct opening *opening = &state->opening;
    if (opening->step != OPENING_RUN)
        return 0;
    opening->step = OPENING_PLACE;
    opening->key = run_row_key(&(struct run_row){.id = run->id,
                                                 .created_at = run->created_at,
                                                 .started_at = run->started_at,
                                                 .completed_at = run->completed_at});
    state->has_drawer = true;
    if (!layout_of(state).list.w)
        state->focus = FOCUS_DRAWER;
    return update_list_ask_key(state, &opening->key) | EFFECT_ASK_META;
}

/* A source that fails is not the run's fault: it is looked for once more when a list has come. */
unsigned update_open_missed(struct state *state, const struct err *err, int64_t now)
{
    struct opening *opening = &state->opening;
    if (opening->step != OPENING_RUN)
        return 0;
    bool may_come = err->code != ERR_NOT_FOUND && !state_list(state);
    opening->step = may_come ? OPENING_LATER : OPENING_NONE;
    if (err->code == ERR_NOT_FOUND)
        state_say(state, now, INK_WARN, "there is no run %.80s, which the link names: here are the others",
                  opening->run_id);
    else if (!may_come)
        state_say(state, now, INK_FAILED, "the run %.80s: %s", opening->run_id, err->what);
    return state_list(state) ? 0 : ask_from_the_top(state);
}

unsigned update_open_later(struct state *state, int64_t now)
{
    return state->opening.step == OPENING_LATER ? update_open_start(state, now) : 0;
}

static unsigned show_by_id(struct state *state, int64_t now)
{
    struct filter by_id;
    filter_init(&by_id);
    filter_only(&by_id, FILTER_ID, text_of(state->opening.run_id));
    unsigned effects = update_filter_apply(state, &by_id);
    if (effects)
        state_say(state, now, INK_WARN,
                  "the link's filters leave its run out: it is shown by its id; undo gives the filters back");
    return effects;
}

bool update_open_placed(struct state *state, const struct list_reply *list, int64_t now, unsigned *effects)
{
    *effects = 0;
    if (state->opening.step != OPENING_PLACE)
        return true;
    if (list->anchor_found) {
        state->opening.step = OPENING_NONE;
        return true;
    }
    if (list->is_partial && !list->is_paused)
        return false;
    state->opening.step = OPENING_NONE;
    *effects = show_by_id(state, now);
    return *effects == 0;
}
