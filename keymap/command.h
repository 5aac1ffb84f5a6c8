/*
 * The names of everything a key can ask for, and the contexts in which keys are read. What a command does is not known here.
 */
#pragma once

#include "data/base/text.h"

#include <stdbool.h>

/* How much of a key a context keeps from the contexts outside of it. */
enum context_kind {
    CONTEXT_PANE,  /* keeps what is bound in it */
    CONTEXT_MODAL, /* keeps every printable key too: a letter never acts behind an open menu */
    CONTEXT_TYPED, /* keeps what types and edits too: such keys go to the line editor */
};

/* X(enum, the word of a key file, the heading of help, kind) */
#define KEY_CONTEXTS(X)                                                                                      \
    X(CONTEXT_EVERYWHERE, "everywhere", "Everywhere", CONTEXT_PANE)                                          \
    X(CONTEXT_LIST, "list", "List", CONTEXT_PANE)                                                            \
    X(CONTEXT_RAIL, "rail", "Rail", CONTEXT_PANE)                                                            \
    X(CONTEXT_TIMELINE, "timeline", "Timeline", CONTEXT_PANE)                                                \
    X(CONTEXT_DRAWER, "drawer", "Drawer", CONTEXT_PANE)                                                      \
    X(CONTEXT_FILTER, "filter", "Filter bar", CONTEXT_TYPED)                                                 \
    X(CONTEXT_SEARCH, "search", "Search line", CONTEXT_TYPED)                                                \
    X(CONTEXT_PALETTE, "palette", "Command palette", CONTEXT_TYPED)                                          \
    X(CONTEXT_MENU, "menu", "Menus", CONTEXT_MODAL)                                                          \
    X(CONTEXT_FORM, "form", "Answering a run", CONTEXT_TYPED)                                                \
    X(CONTEXT_CONFIRM, "confirm", "Before an answer is sent", CONTEXT_MODAL)                                 \
    X(CONTEXT_HELP, "help", "Help", CONTEXT_MODAL)

enum key_context {
#define X(id, word, heading, kind) id,
    KEY_CONTEXTS(X)
#undef X
        CONTEXT_COUNT,
};

#define IN_EVERYWHERE (1u << CONTEXT_EVERYWHERE)
#define IN_LIST (1u << CONTEXT_LIST)
#define IN_RAIL (1u << CONTEXT_RAIL)
#define IN_TIMELINE (1u << CONTEXT_TIMELINE)
#define IN_DRAWER (1u << CONTEXT_DRAWER)
#define IN_FILTER (1u << CONTEXT_FILTER)
#define IN_SEARCH (1u << CONTEXT_SEARCH)
#define IN_PALETTE (1u << CONTEXT_PALETTE)
#define IN_MENU (1u << CONTEXT_MENU)
#define IN_FORM (1u << CONTEXT_FORM)
#define IN_CONFIRM (1u << CONTEXT_CONFIRM)
#define IN_HELP (1u << CONTEXT_HELP)

enum command {
    COMMAND_NONE,
#define COMMAND(id, name, contexts, hint, help) id,
#include "keymap/command.def"
#undef COMMAND
    COMMAND_COUNT,
    COMMAND_EDIT = COMMAND_COUNT, /* no command: the key is for the line editor (keymap_lookup) */
};

const char *context_word(enum key_context context);
const char *context_heading(enum key_context context);
enum context_kind context_kind(enum key_context context);
bool context_of(struct text word, enum key_context *context);

/* Of a real command: neither COMMAND_NONE nor COMMAND_EDIT. */
const char *command_name(enum command command);
const char *command_hint(enum command command); /* one or two words, for a footer */
const char *command_help(enum command command); /* a sentence without its stop */

enum command command_of(struct text name); /* COMMAND_NONE where there is none of that name */

/* Whether it has a meaning in that context: its own, or every one for what works everywhere. */
bool command_works_in(enum command command, enum key_context context);

/* Whether a key of that context may be given to it. More than works_in: a key may be bound everywhere for a command of some panes, and
 * then acts in those (keymap_lookup). */
bool command_binds_in(enum command command, enum key_context context);

/* Whether the palette offers it: what only steers a typed line, a menu or help is left out. */
bool command_is_in_palette(enum command command);
