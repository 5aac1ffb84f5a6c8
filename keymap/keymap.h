/*
 * Which key is which command, by context. A keymap is made of layers: the built-in keys, the vim variant where it is asked for, the
 * user's own file; a line of a later layer replaces the line of an earlier one for the same context and key.
 *
 *     struct keymap keymap;
 *     keymap_init(&keymap, is_vim);
 *     keymap_load(&keymap, text_of_file, &report);                 report.count is 0 where all is well
 *     enum command command = keymap_lookup(&keymap, &KEY_CHAIN(CONTEXT_DRAWER, CONTEXT_EVERYWHERE), key);
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/report.h"
#include "keymap/command.h"
#include "keymap/key.h"

#include <stddef.h>

enum {
    KEYMAP_BINDINGS_MAX = 512,
    KEYMAP_FILE_MAX = 64 * 1024, /* bytes of a key file */
    KEY_CHAIN_MAX = 4,
};

struct key_binding {
    enum key_context context;
    struct key key;
    enum command command; /* COMMAND_NONE: unbound here by the layer */
    unsigned layer;
    unsigned line; /* of its file */
};

struct keymap {
    struct key_binding bindings[KEYMAP_BINDINGS_MAX];
    size_t count;
    unsigned layers;
};

/* The contexts a key passes, innermost first. With the drawer open and the list focused, {LIST, DRAWER, EVERYWHERE} lets 1 2 3 / y reach the
 * drawer. */
struct key_chain {
    enum key_context at[KEY_CHAIN_MAX];
    size_t count;
};
#define KEY_CHAIN(...)                                                                                       \
    ((struct key_chain){{__VA_ARGS__}, sizeof((enum key_context[]){__VA_ARGS__}) / sizeof(enum key_context)})

/* The built-in keys. */
void keymap_init(struct keymap *keymap, bool is_vim);

/* Puts a file's text on top as one layer. Every mistake is reported with its line and left out; the other lines count. Two lines of the same
 * file for one key of a context are a clash, in which the first stands; the report names both commands. */
void keymap_load(struct keymap *keymap, struct text text, struct report *report);

/* The command, COMMAND_NONE, or COMMAND_EDIT for a key that belongs to the line editor of a typed context. A command bound outside that has
 * no meaning in any context of the chain is none. */
enum command keymap_lookup(const struct keymap *keymap, const struct key_chain *chain, struct key key);

/* Appends the keys that reach the command through this chain, at most `max`, separated by a space; the user's own first. Returns how many
 * (0: only by name from the palette). Keys that an inner context takes for something else are left out. */
size_t keymap_keys_for(const struct keymap *keymap, enum command command, const struct key_chain *chain,
                       enum key_form form, size_t max, struct buf *out);

/* The commands that have a key in that very context, in the order of command.def: the lines of help. Returns how many. */
size_t keymap_commands_in(const struct keymap *keymap, enum key_context context,
                          enum command commands[COMMAND_COUNT]);

struct text keymap_default_text(void); /* the embedded files, for --print-default-keys and the tests */
struct text keymap_vim_text(void);
