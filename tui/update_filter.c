/*
 * Every change of the filter: applied here, remembered for undo here, asked anew from here. The old rows stay
 * on the screen until the new ones land.
 */
#include "tui/update.h"

#include <stdlib.h>

/* The list highlights what the first positive code term looks for. */
static void renew_code_needle(struct state *state)
{
    if (state->code_needle)
        needle_free(state->code_needle);
    state->code_needle = NULL;
    for (size_t i = 0; i < state->filter.count; i++) {
        const struct filter_term *term = &state->filter.terms[i];
        if (term->key != FILTER_CODE || term->is_excluded)
            continue;
        state->code_needle = needle_new(text_of(term->values[0].text));
        return;
    }
}

unsigned update_filter_changed(struct state *state)
{
    update_open_give_up(state);
    renew_code_needle(state);
    state->list.is_of_older_filter = true;
    state->meta.is_of_older_filter = true;
    state->meta.is_overtaken = state->meta.is_asking;
    state->list.pending = 0;
    return update_list_ask_again(state) | EFFECT_ASK_META;
}

unsigned update_filter_apply(struct state *state, struct filter *filter)
{
    if (filter_equal(&state->filter, filter)) {
        filter_release(filter);
        return 0;
    }
    filter_move(&state->filter, filter);
    filter_history_push(&state->history, &state->filter);
    return update_filter_changed(state);
}

static unsigned go_to(struct state *state, const struct filter *filter, const char *otherwise, int64_t now)
{
    if (!filter) {
        state_say(state, now, INK_MUTED, "%s", otherwise);
        return 0;
    }
    filter_release(&state->filter);
    filter_copy(&state->filter, filter);
    return update_filter_changed(state);
}

unsigned update_filter_command(struct state *state, enum command command, int64_t now)
{
    struct filter none;
    switch (command) {
    case COMMAND_UNDO: return go_to(state, filter_history_undo(&state->history), "nothing to undo", now);
    case COMMAND_REDO: return go_to(state, filter_history_redo(&state->history), "nothing to redo", now);
    case COMMAND_CLEAR_FILTERS: filter_init(&none); return update_filter_apply(state, &none);
    default: return 0;
    }
}
