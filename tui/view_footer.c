/*
 * See view_footer.h.
 */
#include "tui/view_footer.h"

#include "tui/answer_draft.h"

#include <stdio.h>

/* The commands whose keys the footer shows, the most needed first, by what has the focus. Where not all fit
 * the last are left out, so a narrow screen has a list of its own. */
#define FOOTER(name, ...) static const enum command name[] = {__VA_ARGS__, COMMAND_NONE}
FOOTER(footer_list, COMMAND_MOVE_DOWN, COMMAND_OPEN, COMMAND_FILTER, COMMAND_LIVE, COMMAND_NEXT_FAILED,
       COMMAND_REFRESH, COMMAND_TOGGLE_RAIL, COMMAND_SORT, COMMAND_UNDO, COMMAND_HELP, COMMAND_BACK);
FOOTER(footer_list_narrow, COMMAND_MOVE_DOWN, COMMAND_OPEN, COMMAND_FILTER, COMMAND_LIVE, COMMAND_TOGGLE_RAIL,
       COMMAND_HELP, COMMAND_BACK);
FOOTER(footer_list_tiny, COMMAND_MOVE_DOWN, COMMAND_OPEN, COMMAND_FILTER, COMMAND_HELP, COMMAND_BACK);
FOOTER(footer_beside, COMMAND_MOVE_DOWN, COMMAND_FOCUS_NEXT, COMMAND_TAB_1, COMMAND_TAB_2, COMMAND_TAB_3,
       COMMAND_SEARCH, COMMAND_COPY, COMMAND_PAGER, COMMAND_CLOSE_LAYER, COMMAND_HELP);
FOOTER(footer_drawer, COMMAND_MOVE_DOWN, COMMAND_UNFOLD, COMMAND_TAB_NEXT, COMMAND_RUN_NEXT, COMMAND_SEARCH,
       COMMAND_CLOSE_LAYER, COMMAND_COPY, COMMAND_PAGER, COMMAND_HELP);
FOOTER(footer_rail, COMMAND_MOVE_DOWN, COMMAND_FACET_TOGGLE, COMMAND_FACET_ONLY, COMMAND_FACET_EXCLUDE,
       COMMAND_FOLD, COMMAND_CLEAR_FILTERS, COMMAND_UNDO, COMMAND_FOCUS_NEXT, COMMAND_HELP);
FOOTER(footer_timeline, COMMAND_CURSOR_RIGHT, COMMAND_SELECT, COMMAND_ZOOM, COMMAND_ZOOM_IN, COMMAND_ZOOM_OUT,
       COMMAND_ZOOM_BACK, COMMAND_PAN_FORWARD, COMMAND_JUMP_TO_TIME, COMMAND_UNDO, COMMAND_HELP);
FOOTER(footer_filter, COMMAND_ACCEPT, COMMAND_COMPLETE, COMMAND_HISTORY_PREVIOUS, COMMAND_CLOSE_LAYER);
FOOTER(footer_search, COMMAND_ACCEPT, COMMAND_SEARCH_NEXT, COMMAND_SEARCH_PREVIOUS, COMMAND_CLOSE_LAYER);
FOOTER(footer_form, COMMAND_MOVE_DOWN, COMMAND_ACCEPT, COMMAND_ANSWER_ACCEPT, COMMAND_ANSWER_DECLINE,
       COMMAND_ANSWER_CANCEL, COMMAND_CLOSE_LAYER, COMMAND_HELP);
FOOTER(footer_form_tiny, COMMAND_ANSWER_ACCEPT, COMMAND_MOVE_DOWN, COMMAND_ANSWER_DECLINE,
       COMMAND_CLOSE_LAYER);
FOOTER(footer_confirm, COMMAND_SEND, COMMAND_MOVE_DOWN, COMMAND_CLOSE_LAYER);
FOOTER(footer_read, COMMAND_CLOSE_LAYER);
FOOTER(footer_box, COMMAND_MOVE_DOWN, COMMAND_ACCEPT, COMMAND_CLOSE_LAYER);
FOOTER(footer_fields, COMMAND_MOVE_DOWN, COMMAND_MENU_TOGGLE, COMMAND_CLOSE_LAYER);
FOOTER(footer_help, COMMAND_MOVE_DOWN, COMMAND_PAGE_DOWN, COMMAND_CLOSE_LAYER);
#undef FOOTER

enum { WIDE_W = 100, NARROW_W = 56 };

static const enum command *footer_of_answer(const struct state *state)
{
    const struct answer_draft *draft = state->answer.open;
    if (draft->phase == ANSWER_EDITING)
        return state->width < NARROW_W ? footer_form_tiny : footer_form;
    return draft->phase == ANSWER_CONFIRMING ? footer_confirm : footer_read;
}

static const enum command *footer_of_overlay(const struct state *state)
{
    switch (state->overlay) {
    case OVERLAY_NONE: break;
    case OVERLAY_FILTER: return footer_filter;
    case OVERLAY_SEARCH: return footer_search;
    case OVERLAY_ANSWER: return footer_of_answer(state);
    case OVERLAY_HELP: return footer_help;
    case OVERLAY_FIELDS: return footer_fields;
    case OVERLAY_PALETTE:
    case OVERLAY_SORT:
    case OVERLAY_COPY: return footer_box;
    }
    return NULL;
}

static const enum command *footer_of_list(const struct state *state)
{
    if (state->has_drawer)
        return footer_beside;
    if (state->width < NARROW_W)
        return footer_list_tiny;
    return state->width < WIDE_W ? footer_list_narrow : footer_list;
}

static const enum command *footer_commands(const struct state *state)
{
    if (state->overlay != OVERLAY_NONE)
        return footer_of_overlay(state);
    switch (state->focus) {
    case FOCUS_LIST: break;
    case FOCUS_DRAWER: return footer_drawer;
    case FOCUS_RAIL: return footer_rail;
    case FOCUS_TIMELINE: return footer_timeline;
    }
    return footer_of_list(state);
}

struct footer_texts {
    struct hint hints[16];
    char keys[16][40];
};

static const char *footer_label(const struct state *state, enum command command)
{
    bool is_run_step = command == COMMAND_MOVE_DOWN && state->focus == FOCUS_LIST && state->has_drawer;
    if (is_run_step)
        return "previous, next run";
    bool is_review = state->overlay == OVERLAY_ANSWER && state->answer.open->phase == ANSWER_CONFIRMING;
    if (command == COMMAND_MOVE_DOWN && is_review)
        return "scroll";
    if (command == COMMAND_ACCEPT && state->overlay == OVERLAY_ANSWER)
        return "next";
    if (command == COMMAND_MOVE_DOWN || command == COMMAND_CURSOR_RIGHT)
        return "move";
    return command_hint(command);
}

static const char *footer_keys(const struct state *state, enum command command, const struct key_chain *chain,
                               char out[40])
{
    if (command == COMMAND_MOVE_DOWN)
        return state->ascii ? "Up Down" : "↑↓";
    if (command == COMMAND_CURSOR_RIGHT)
        return state->ascii ? "Left Right" : "←→";
    struct buf keys;
    buf_init(&keys, 39);
    size_t found = keymap_keys_for(state->keymap, command, chain,
                                   state->ascii ? KEY_FORM_ASCII : KEY_FORM_SCREEN, 1, &keys);
    snprintf(out, 40, "%s", buf_cstr(&keys));
    buf_release(&keys);
    return found ? out : NULL;
}

/* Who knows these two finds everything else. */
static bool is_vital(enum command command)
{
    return command == COMMAND_HELP || command == COMMAND_CLOSE_LAYER;
}

void view_footer_draw(const struct state *state, struct surface *surface, struct rect rect)
{
    struct footer_texts texts = {0};
    size_t shown = 0;
    struct key_chain chain = state_key_chain(state);
    bool is_awaited = state->overlay == OVERLAY_NONE && state_awaits_answer(state);
    const char *answer = is_awaited ? footer_keys(state, COMMAND_ANSWER, &chain, texts.keys[0]) : NULL;
    if (answer)
        texts.hints[shown++] = (struct hint){answer, footer_label(state, COMMAND_ANSWER), true};
    for (const enum command *command = footer_commands(state); *command != COMMAND_NONE; command++) {
        const char *keys = footer_keys(state, *command, &chain, texts.keys[shown]);
        if (keys)
            texts.hints[shown++] = (struct hint){keys, footer_label(state, *command), is_vital(*command)};
    }
    struct footer_model model = {
        .hints = texts.hints,
        .count = shown,
        .message = state->message_until ? state->message : NULL,
        .message_ink = state->message_ink,
    };
    footer_draw(surface, rect, &model);
}
