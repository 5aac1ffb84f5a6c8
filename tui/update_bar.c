/*
 * The filter bar while it is typed in: completion, history, and the last word on what is applied. A mistake
 * is marked and nothing is applied or lost.
 */
#include "tui/update.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

static struct text typed(const struct state *state)
{
    return (struct text){state->bar.edit.text, state->bar.edit.len};
}

static void propose(struct state *state)
{
    struct bar_state *bar = &state->bar;
    arena_release(&bar->arena);
    bar->chosen = -1;
    bar->completions =
        filter_complete(typed(state), bar->edit.cursor, state_meta(state), BAR_CANDIDATES_MAX, &bar->arena);
}

void update_bar_counted(struct state *state)
{
    if (state->overlay == OVERLAY_FILTER && state->bar.chosen < 0)
        propose(state);
}

static void set_line(struct state *state, struct text line)
{
    lineedit_set(&state->bar.edit, line);
    state->bar.has_mistake = false;
    propose(state);
}

unsigned update_bar_open(struct state *state, struct text text)
{
    struct buf line;
    buf_init(&line, FILTER_TEXT_MAX);
    filter_format(&state->filter, state->time_mode, &line);
    if (line.len)
        buf_char(&line, ' ');
    buf_text(&line, text);
    state->overlay = OVERLAY_FILTER;
    state->bar.at = state->remembered ? state->remembered->filter_count : 0;
    set_line(state, buf_as_text(&line));
    buf_release(&line);
    return 0;
}

static unsigned apply(struct state *state)
{
    struct filter filter;
    struct bar_state *bar = &state->bar;
    if (filter_parse(typed(state), state->time_mode, &filter, &bar->mistake) != ERR_OK) {
        bar->has_mistake = true;
        filter_release(&filter);
        return 0;
    }
    state->overlay = OVERLAY_NONE;
    bar->has_mistake = false;
    unsigned effects = filter_is_empty(&filter) ? 0 : EFFECT_REMEMBER;
    return effects | update_filter_apply(state, &filter);
}

static bool is_key(const struct completion *completion)
{
    return completion->insert.n && completion->insert.s[completion->insert.n - 1] == ':';
}

/* Nothing is left to choose between: what comes next is proposed. Behind the one key that fits these are its
 * values. */
static bool is_settled(const struct completions *completions, ptrdiff_t chosen)
{
    size_t keys = 0;
    for (size_t i = 0; i < completions->count; i++)
        keys += is_key(&completions->items[i]);
    return completions->count == 1 || (keys == 1 && is_key(&completions->items[chosen]));
}

/* The first press writes the best proposal, the next ones walk through the others. */
static void complete(struct state *state, int direction)
{
    struct bar_state *bar = &state->bar;
    struct completions *completions = &bar->completions;
    if (!completions->count)
        return;
    ptrdiff_t count = (ptrdiff_t)completions->count;
    bar->chosen =
        bar->chosen < 0 ? (direction > 0 ? 0 : count - 1) : (bar->chosen + direction + count) % count;
    const struct completion *chosen = &completions->items[bar->chosen];
    lineedit_replace(&bar->edit, completions->start, completions->end, chosen->insert);
    completions->end = completions->start + chosen->insert.n;
    bar->has_mistake = false;
    if (is_settled(completions, bar->chosen))
        propose(state);
}

/* Walks the remembered filters; the line that was being typed waits below the newest. */
static void walk(struct state *state, int direction)
{
    struct bar_state *bar = &state->bar;
    size_t count = state->remembered ? state->remembered->filter_count : 0;
    if ((direction < 0 && bar->at == 0) || (direction > 0 && bar->at >= count))
        return;
    if (bar->at >= count) {
        free(bar->typed);
        bar->typed = mem_strdup(bar->edit.text);
    }
    bar->at += (size_t)direction;
    set_line(state, text_of(bar->at < count ? state->remembered->filters[bar->at] : bar->typed));
}

unsigned update_bar_command(struct state *state, enum command command)
{
    switch (command) {
    case COMMAND_ACCEPT: return apply(state);
    case COMMAND_COMPLETE: complete(state, 1); return 0;
    case COMMAND_COMPLETE_PREVIOUS: complete(state, -1); return 0;
    case COMMAND_HISTORY_PREVIOUS: walk(state, -1); return 0;
    case COMMAND_HISTORY_NEXT: walk(state, 1); return 0;
    default: return 0;
    }
}

unsigned update_bar_typed(struct state *state, struct key key)
{
    if (!lineedit_feed(&state->bar.edit, key))
        return 0;
    state->bar.has_mistake = false;
    propose(state);
    return 0;
}

/* Pasted text is text: line breaks become spaces, and outside a line it opens the filter bar rather than
 * running as keys. */
unsigned update_bar_pasted(struct state *state, struct text text)
{
    if (state->overlay == OVERLAY_ANSWER) {
        update_answer_pasted(state, text);
        return 0;
    }
    char line[TERM_PASTE_MAX];
    size_t n = text.n < sizeof line ? text.n : sizeof line;
    for (size_t i = 0; i < n; i++)
        line[i] = (unsigned char)text.s[i] < ' ' ? ' ' : text.s[i];
    struct text flat = {line, n};
    switch (state->overlay) {
    case OVERLAY_SEARCH:
        lineedit_insert(&state->bar.edit, flat);
        drawer_search(state->drawer, typed(state));
        return 0;
    case OVERLAY_PALETTE: update_menu_pasted(state, flat); return 0;
    case OVERLAY_NONE: update_bar_open(state, TEXT_NULL); break;
    case OVERLAY_FILTER: break;
    default: return 0;
    }
    lineedit_insert(&state->bar.edit, flat);
    state->bar.has_mistake = false;
    propose(state);
    return 0;
}
