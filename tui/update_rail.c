/*
 * The rail: its lines are rebuilt from filter and counts after every change; the selected line is found again
 * by what it means, so that a facet that grows above it does not move it.
 */
#include "tui/update.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

static void select_item(struct state *state, size_t index)
{
    struct rail_state *rail = &state->rail;
    struct layout layout = layout_of(state);
    size_t page = rail_capacity(layout.rail.w ? layout.rail.h : layout.rail_over.h);
    if (rail->count && index >= rail->count)
        index = rail->count - 1;
    rail->selected = rail->count ? index : 0;
    if (rail->selected < rail->top)
        rail->top = rail->selected;
    if (page && rail->selected >= rail->top + page)
        rail->top = rail->selected - page + 1;
    if (rail->top && rail->top + page > rail->count)
        rail->top = rail->count > page ? rail->count - page : 0;
}

/* The items borrow from meta and filter, which may go before the next rebuild. */
static void own_texts(struct rail_state *rail)
{
    for (size_t i = 0; i < rail->count; i++) {
        rail->items[i].value = arena_text(&rail->arena, rail->items[i].value);
        rail->items[i].label = arena_text(&rail->arena, rail->items[i].label);
    }
}

static bool is_same_line(const struct rail_item *a, const struct rail_item *b)
{
    return a->kind == b->kind && a->section == b->section && a->preset == b->preset &&
           text_eq(a->value, b->value);
}

void update_rail_rebuild(struct state *state)
{
    struct rail_state *rail = &state->rail;
    struct rail_item was = {.kind = RAIL_HEADING, .section = SECTION_STATUS};
    if (rail->selected < rail->count)
        was = rail->items[rail->selected];
    struct arena before = rail->arena;
    arena_init(&rail->arena);
    rail->count = rail_items(&state->filter, state_meta(state), state->scope, rail->folded, &rail->arena,
                             rail->items, RAIL_ITEMS_MAX);
    own_texts(rail);
    size_t found = rail->selected;
    for (size_t i = 0; i < rail->count; i++)
        if (is_same_line(&rail->items[i], &was))
            found = i;
    arena_release(&before);
    select_item(state, found);
}

static unsigned fold(struct state *state, const struct rail_item *item)
{
    state->rail.folded ^= 1u << item->section;
    if (item->kind == RAIL_HEADING)
        return 0;
    for (size_t i = state->rail.selected; i-- > 0;) {
        if (state->rail.items[i].kind != RAIL_HEADING)
            continue;
        state->rail.selected = i;
        break;
    }
    return 0;
}

static void act_on_set(struct filter *filter, enum filter_key key, struct text value, enum command command)
{
    if (command == COMMAND_FACET_ONLY)
        filter_only(filter, key, value);
    else if (command == COMMAND_FACET_EXCLUDE)
        filter_exclude(filter, key, value);
    else
        filter_toggle(filter, key, value);
}

/* A range that is no preset is there to be seen only. */
static void act_on_time(struct filter *filter, int preset)
{
    static const int64_t spans[] = {
#define X(id, label, span) span,
        TIME_PRESETS(X)
#undef X
    };
    if (preset >= 0)
        filter_set_recent(filter, spans[preset]);
}

/* Null is all scopes; so is to choose the chosen one again. */
static unsigned set_scope(struct state *state, struct text scope)
{
    bool is_all = text_is_null(scope) || (state->scope && text_is(scope, state->scope));
    if (is_all && !state->scope)
        return 0;
    free(state->scope);
    state->scope = is_all ? NULL : mem_strndup(scope.s, scope.n);
    return update_filter_changed(state);
}

unsigned update_rail_act(struct state *state, enum command command)
{
    if (state->rail.selected >= state->rail.count)
        return 0;
    struct rail_item item = state->rail.items[state->rail.selected];
    if (item.kind == RAIL_HEADING) {
        if (item.section == SECTION_CODE && command == COMMAND_FACET_TOGGLE)
            return update_bar_open(state, TEXT_LIT("code:"));
        return fold(state, &item);
    }
    bool is_choice = item.section == SECTION_SCOPE || item.section == SECTION_TIME;
    if (is_choice && command == COMMAND_FACET_EXCLUDE)
        return 0; /* of these one is chosen: choosing it would be the opposite of what was asked */
    if (item.section == SECTION_SCOPE)
        return set_scope(state, item.value);
    struct filter filter;
    filter_copy(&filter, &state->filter);
    bool flag = text_is(item.value, "true");
    switch (item.section) {
    case SECTION_STATUS: act_on_set(&filter, FILTER_STATUS, item.value, command); break;
    case SECTION_TRIGGER: act_on_set(&filter, FILTER_TRIGGER, item.value, command); break;
    case SECTION_TOOLS: act_on_set(&filter, FILTER_TOOL, item.value, command); break;
    case SECTION_INTERACTIONS:
        filter_set_flag(&filter, FILTER_ELICITATION, command == COMMAND_FACET_EXCLUDE ? !flag : flag);
        break;
    case SECTION_TIME: act_on_time(&filter, item.preset); break;
    case SECTION_CODE: act_on_set(&filter, FILTER_CODE, item.value, command); break;
    case SECTION_SCOPE:
    case SECTION_COUNT: break;
    }
    return update_filter_apply(state, &filter);
}

unsigned update_rail_command(struct state *state, enum command command)
{
    struct layout layout = layout_of(state);
    size_t page = rail_capacity(layout.rail.w ? layout.rail.h : layout.rail_over.h);
    size_t at = state->rail.selected;
    switch (command) {
    case COMMAND_MOVE_UP: select_item(state, at ? at - 1 : 0); return 0;
    case COMMAND_MOVE_DOWN: select_item(state, at + 1); return 0;
    case COMMAND_PAGE_UP: select_item(state, at > page ? at - page : 0); return 0;
    case COMMAND_PAGE_DOWN: select_item(state, at + page); return 0;
    case COMMAND_FIRST: select_item(state, 0); return 0;
    case COMMAND_LAST: select_item(state, state->rail.count); return 0;
    case COMMAND_FOLD: return at < state->rail.count ? fold(state, &state->rail.items[at]) : 0;
    case COMMAND_FOLD_ALL: state->rail.folded = state->rail.folded ? 0 : (1u << SECTION_COUNT) - 1; return 0;
    case COMMAND_FACET_TOGGLE:
    case COMMAND_FACET_ONLY:
    case COMMAND_FACET_EXCLUDE: return update_rail_act(state, command);
    default: return 0;
    }
}
