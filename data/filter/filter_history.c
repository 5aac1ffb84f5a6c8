/*
 * See filter.h. Undo as a line of whole filters: they are small, and a whole value cannot get out of step as
 * a list of changes can.
 */
#include "data/filter/filter.h"

#include <string.h>

void filter_history_init(struct filter_history *history)
{
    memset(history, 0, sizeof *history);
}

static void drop_from(struct filter_history *history, size_t first)
{
    for (size_t i = first; i < history->count; i++)
        filter_release(&history->entries[i]);
    history->count = first;
}

void filter_history_release(struct filter_history *history)
{
    drop_from(history, 0);
    filter_history_init(history);
}

void filter_history_push(struct filter_history *history, const struct filter *filter)
{
    if (history->count && filter_equal(&history->entries[history->at], filter))
        return;
    if (history->count)
        drop_from(history, history->at + 1);
    if (history->count == FILTER_HISTORY_MAX) {
        filter_release(&history->entries[0]);
        history->count--;
        memmove(&history->entries[0], &history->entries[1], history->count * sizeof history->entries[0]);
    }
    history->at = history->count++;
    filter_copy(&history->entries[history->at], filter);
}

const struct filter *filter_history_undo(struct filter_history *history)
{
    return history->at > 0 ? &history->entries[--history->at] : NULL;
}

const struct filter *filter_history_redo(struct filter_history *history)
{
    return history->at + 1 < history->count ? &history->entries[++history->at] : NULL;
}
