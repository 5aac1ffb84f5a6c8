/*
 * The boxes: help, the command palette, and three small menus (fields, sort, copy). Their rows are built from
 * the tables that dispatch and draw, so a box cannot say what the program does not do.
 */
#include "tui/update.h"

#include <string.h>
#include <strings.h>

static struct menu_row *add(struct state *state, int value, const char *keys, const char *label,
                            const char *detail)
{
    struct menu_state *menu = &state->menu;
    if (menu->count >= MENU_ROWS_MAX)
        return &menu->rows[MENU_ROWS_MAX - 1];
    menu->values[menu->count] = value;
    struct menu_row *row = &menu->rows[menu->count++];
    *row = (struct menu_row){
        .keys = keys, .label = label, .detail = detail, .is_heading = value < 0, .check = -1};
    return row;
}

static const char *keys_of(struct state *state, enum command command, const struct key_chain *chain)
{
    struct buf keys;
    buf_init(&keys, 200);
    keymap_keys_for(state->keymap, command, chain, state->ascii ? KEY_FORM_ASCII : KEY_FORM_SCREEN, 4, &keys);
    const char *copy = arena_strndup(&state->menu.arena, buf_as_text(&keys).s, keys.len);
    buf_release(&keys);
    return copy;
}

/* ---- help: the keys of the focus, then those that work everywhere ---- */

static void add_help_of(struct state *state, enum key_context context, const struct key_chain *chain)
{
    enum command commands[COMMAND_COUNT];
    size_t count = keymap_commands_in(state->keymap, context, commands);
    if (count)
        add(state, -1, NULL, context_heading(context), NULL);
    for (size_t i = 0; i < count; i++) {
        const char *keys = keys_of(state, commands[i], chain);
        if (*keys) /* else an inner context has taken them all */
            add(state, (int)commands[i], keys, command_help(commands[i]), NULL);
    }
}

static void build_help(struct state *state, const struct key_chain *under)
{
    for (size_t i = 0; i < under->count; i++)
        add_help_of(state, under->at[i], under);
    static const enum key_context panes[] = {CONTEXT_LIST, CONTEXT_RAIL, CONTEXT_TIMELINE, CONTEXT_DRAWER,
                                             CONTEXT_FILTER};
    for (size_t i = 0; i < sizeof panes / sizeof *panes; i++) {
        bool is_told = false;
        for (size_t j = 0; j < under->count; j++)
            is_told = is_told || under->at[j] == panes[i];
        struct key_chain chain = KEY_CHAIN(panes[i]);
        if (!is_told)
            add_help_of(state, panes[i], &chain);
    }
}

/* ---- palette ---- */

static bool matches(const char *name, const char *help, const char *typed)
{
    return strcasestr(name, typed) || strcasestr(help, typed);
}

static void build_palette(struct state *state, const struct key_chain *under)
{
    const char *typed = state->menu.edit.text;
    for (int pass = 0; pass < 2; pass++)
        for (int id = COMMAND_NONE + 1; id < COMMAND_COUNT; id++) {
            enum command command = (enum command)id;
            const char *name = command_name(command), *help = command_help(command);
            bool is_prefix = strncasecmp(name, typed, strlen(typed)) == 0;
            if (!command_is_in_palette(command) || !matches(name, help, typed) || is_prefix != (pass == 0))
                continue;
            add(state, id, keys_of(state, command, under), name, help);
        }
}

/* ---- fields, sort, copy ---- */

static void build_fields(struct state *state)
{
    static const char *const words[] = {
#define X(id, word, heading) word,
        LIST_FIELDS(X)
#undef X
    };
    for (int i = 0; i < LIST_FIELD_COUNT; i++)
        add(state, i, NULL, words[i], NULL)->check = (state->fields >> i) & 1;
}

static const struct {
    struct sort sort;
    const char *label;
} sorts[] = {
    {{SORT_CREATED, false}, "newest first"},
    {{SORT_CREATED, true}, "oldest first"},
    {{SORT_DURATION, false}, "longest first"},
    {{SORT_DURATION, true}, "shortest first"},
};

static void build_sorts(struct state *state)
{
    for (int i = 0; i < (int)(sizeof sorts / sizeof *sorts); i++) {
        bool is_this = sorts[i].sort.field == state->sort.field &&
                       sorts[i].sort.is_ascending == state->sort.is_ascending;
        add(state, i, NULL, sorts[i].label, NULL)->check = is_this;
    }
}

static const struct {
    enum copy_kind kind;
    const char *keys, *label;
} copies[] = {
    {COPY_ID, "i", "id"},
    {COPY_JSON, "j", "the run as JSON"},
    {COPY_CODE, "c", "code"},
    {COPY_ERROR, "e", "error text"},
    {COPY_COMMAND, "l", "the command line that shows this screen"},
};

static void build_copies(struct state *state)
{
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++)
        add(state, (int)copies[i].kind, copies[i].keys, copies[i].label, NULL);
}

/* ---- all of them ---- */

static size_t page_of(const struct state *state)
{
    struct menu_model model;
    update_menu_model(state, &model);
    return menu_capacity(layout_of(state).above_footer, &model);
}

void update_menu_clamp(struct state *state)
{
    struct menu_state *menu = &state->menu;
    if (state->overlay < OVERLAY_HELP)
        return;
    size_t page = page_of(state), last_top = menu->count > page ? menu->count - page : 0;
    if (menu->selected >= 0 && (size_t)menu->selected < menu->top)
        menu->top = (size_t)menu->selected;
    if (menu->selected >= 0 && (size_t)menu->selected >= menu->top + page)
        menu->top = (size_t)menu->selected - page + 1;
    if (menu->top > last_top)
        menu->top = last_top;
}

static void build(struct state *state)
{
    struct menu_state *menu = &state->menu;
    arena_release(&menu->arena);
    menu->count = 0;
    struct key_chain under =
        state_key_chain_under(state, state->overlay == OVERLAY_HELP ? state->under_help : OVERLAY_NONE);
    switch (state->overlay) {
    case OVERLAY_HELP: build_help(state, &under); break;
    case OVERLAY_PALETTE: build_palette(state, &under); break;
    case OVERLAY_FIELDS: build_fields(state); break;
    case OVERLAY_SORT: build_sorts(state); break;
    case OVERLAY_COPY: build_copies(state); break;
    case OVERLAY_NONE:
    case OVERLAY_FILTER:
    case OVERLAY_SEARCH:
    case OVERLAY_ANSWER: break;
    }
}

unsigned update_menu_open(struct state *state, enum overlay overlay)
{
    struct menu_state *menu = &state->menu;
    state->overlay = overlay;
    menu->top = 0;
    menu->selected = 0;
    lineedit_set(&menu->edit, TEXT_LIT(""));
    build(state);
    if (overlay == OVERLAY_SORT)
        for (size_t i = 0; i < menu->count; i++)
            if (menu->rows[i].check == 1)
                menu->selected = (ptrdiff_t)i;
    if (overlay == OVERLAY_HELP)
        menu->selected = -1;
    return 0;
}

void update_menu_model(const struct state *state, struct menu_model *model)
{
    const struct menu_state *menu = &state->menu;
    static const char *const titles[] = {
        [OVERLAY_HELP] = "Keys",  [OVERLAY_PALETTE] = "Commands", [OVERLAY_FIELDS] = "Fields",
        [OVERLAY_SORT] = "Order", [OVERLAY_COPY] = "Copy",
    };
    *model = (struct menu_model){
        .title = titles[state->overlay],
        .rows = menu->rows,
        .count = menu->count,
        .top = menu->top,
        .selected = menu->selected,
        .edit = state->overlay == OVERLAY_PALETTE ? &menu->edit : NULL,
        .footer = state->overlay == OVERLAY_PALETTE && !menu->count ? "no such command" : NULL,
    };
}

/* Who asks for the longest wants to see them; a run that is being read in the drawer stays. */
static unsigned set_sort(struct state *state, struct sort sort)
{
    if (sort.field == state->sort.field && sort.is_ascending == state->sort.is_ascending)
        return 0;
    state->sort = sort;
    state->list.is_of_older_filter = true;
    return state->has_drawer ? update_list_ask_again(state) : update_list_ask_first(state);
}

static unsigned choose(struct state *state, int64_t now)
{
    struct menu_state *menu = &state->menu;
    if (menu->selected < 0 || (size_t)menu->selected >= menu->count)
        return 0;
    int value = menu->values[menu->selected];
    enum overlay overlay = state->overlay;
    if (overlay == OVERLAY_FIELDS) {
        state->fields ^= 1u << value;
        build(state);
        return EFFECT_SAVE;
    }
    state->overlay = OVERLAY_NONE;
    if (overlay == OVERLAY_COPY)
        return update_copy(state, (enum copy_kind)value, now);
    return overlay == OVERLAY_SORT ? set_sort(state, sorts[value].sort) : 0;
}

enum command update_menu_take_command(struct state *state)
{
    const struct menu_state *menu = &state->menu;
    if (menu->selected < 0 || (size_t)menu->selected >= menu->count)
        return COMMAND_NONE;
    state->overlay = OVERLAY_NONE;
    return (enum command)menu->values[menu->selected];
}

/* Help has no selection: its lines scroll. */
static void move(struct state *state, long lines)
{
    struct menu_state *menu = &state->menu;
    bool scrolls = menu->selected < 0;
    long last = (long)menu->count - 1;
    long target = (scrolls ? (long)menu->top : (long)menu->selected) + lines;
    target = target > last ? last : target;
    target = target < 0 ? 0 : target;
    if (scrolls)
        menu->top = (size_t)target;
    else
        menu->selected = target;
    update_menu_clamp(state);
}

unsigned update_menu_command(struct state *state, enum command command, int64_t now)
{
    long page = (long)page_of(state), all = (long)state->menu.count;
    switch (command) {
    case COMMAND_MOVE_UP: move(state, -1); return 0;
    case COMMAND_MOVE_DOWN: move(state, 1); return 0;
    case COMMAND_PAGE_UP: move(state, -page); return 0;
    case COMMAND_PAGE_DOWN: move(state, page); return 0;
    case COMMAND_FIRST: move(state, -all); return 0;
    case COMMAND_LAST: move(state, all); return 0;
    case COMMAND_COMPLETE: move(state, 1); return 0;
    case COMMAND_COMPLETE_PREVIOUS: move(state, -1); return 0;
    case COMMAND_ACCEPT:
    case COMMAND_MENU_TOGGLE: return choose(state, now);
    default: return 0;
    }
}

static void search(struct state *state)
{
    build(state);
    state->menu.top = 0;
    state->menu.selected = 0;
}

void update_menu_pasted(struct state *state, struct text text)
{
    lineedit_insert(&state->menu.edit, text);
    search(state);
}

unsigned update_menu_typed(struct state *state, struct key key)
{
    if (lineedit_feed(&state->menu.edit, key))
        search(state);
    return 0;
}

bool update_menu_take_letter(struct state *state, struct key key, enum copy_kind *kind)
{
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++)
        if (key_equal(key, key_char((char32_t)copies[i].keys[0], 0))) {
            state->overlay = OVERLAY_NONE;
            *kind = copies[i].kind;
            return true;
        }
    return false;
}
