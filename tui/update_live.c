/*
 * Live: the newest row's created_at becomes the cutoff, the source is told to watch, and from then on its
 * changes ask the questions again. Nothing else changes: filters, sort, range and selection survive switching
 * it on and off.
 */
#include "tui/update.h"

static int64_t newest_created(const struct state *state, int64_t now)
{
    const struct list_reply *list = state_list(state);
    if (list && list->count && list->is_first && state_is_newest_first(state))
        return list->rows[0].created_at;
    const struct meta *meta = state_meta(state);
    if (meta && meta->extent.from < meta->extent.to)
        return meta->extent.to - 1;
    return now;
}

void update_live_begin(struct state *state, int64_t now)
{
    if (!state->live.is_on || state->live.cutoff != TIME_NONE)
        return;
    state->live.cutoff = newest_created(state, now);
    state->live.since = now;
}

unsigned update_live_toggle(struct state *state, int64_t now)
{
    state->live.is_on = !state->live.is_on;
    if (state->live.is_on) {
        update_live_begin(state, now);
        state->list.keeps_top = state->list.top == 0 &&
                                state->list.selected > 0; /* at the top it follows from the first news on */
        return EFFECT_LIVE | EFFECT_REFRESH;
    }
    state->live.cutoff = TIME_NONE;
    return EFFECT_LIVE | update_list_ask_again(state);
}

static bool is_exact(const struct facet *facet)
{
    return facet->is_counted && !facet->is_narrowed;
}

/* A search through the code leaves the columns complete and the numbers open. */
static bool is_all_exact(const struct meta *meta)
{
    return meta->progress >= 1 && !meta->is_old && meta->filtered.is_exact && meta->histogram_is_exact &&
           is_exact(&meta->status) && is_exact(&meta->trigger) && is_exact(&meta->tools) &&
           meta->with_interaction.is_exact;
}

unsigned update_source(struct state *state, unsigned events, int64_t now)
{
    unsigned effects = 0;
    const struct list_reply *list = state_list(state);
    const struct meta *meta = state_meta(state);
    if (events & (SOURCE_LOST | SOURCE_BACK))
        state->frame.is_urgent = true;
    update_frame_hold(state, now);
    if (events & (SOURCE_CHANGED | SOURCE_BACK)) {
        state->meta.is_late = true;
        effects |= update_list_data_changed(state);
        effects |= update_detail_again(state, now) | update_answer_source_changed(state);
    }
    if (events & SOURCE_LOST)
        state_say(state, now, INK_FAILED, "%s", state->source.err.what);
    if (events & SOURCE_BACK)
        state_say(state, now, INK_COMPLETED, "the source can be read again");
    if (events & SOURCE_PROGRESS) {
        /* An answer on its way may have been counted before this, and what is shown until then may be exact,
         * but of another filter. */
        bool list_may_grow = !list || list->is_partial || !list->total.is_exact || !list->rank.is_exact;
        bool is_at_rest = list && list->is_partial && list->is_paused;
        if (state->list.is_asking || state->list.is_seeking || (list_may_grow && !is_at_rest))
            effects |= update_list_data_changed(state);
        if (!meta || state->meta.is_asking || !is_all_exact(meta))
            effects |= EFFECT_ASK_META;
    }
    return effects;
}
