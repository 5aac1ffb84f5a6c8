/*
 * The tables made of command.def and KEY_CONTEXTS. They are plain arrays indexed by the enums, so that the list cannot disagree with
 * itself.
 */
#include "keymap/command.h"

struct command_info {
    const char *name;
    unsigned contexts;
    const char *hint;
    const char *help;
};

static const struct command_info commands[COMMAND_COUNT] = {
#define COMMAND(id, name, contexts, hint, help) [id] = {name, contexts, hint, help},
#include "keymap/command.def"
#undef COMMAND
};

struct context_info {
    const char *word;
    const char *heading;
    enum context_kind kind;
};

static const struct context_info contexts[CONTEXT_COUNT] = {
#define X(id, word, heading, kind) [id] = {word, heading, kind},
    KEY_CONTEXTS(X)
#undef X
};

const char *context_word(enum key_context context)
{
    return contexts[context].word;
}

const char *context_heading(enum key_context context)
{
    return contexts[context].heading;
}

enum context_kind context_kind(enum key_context context)
{
    return contexts[context].kind;
}

bool context_of(struct text word, enum key_context *context)
{
    for (int i = 0; i < CONTEXT_COUNT; i++) {
        if (!text_is(word, contexts[i].word))
            continue;
        *context = (enum key_context)i;
        return true;
    }
    return false;
}

const char *command_name(enum command command)
{
    return commands[command].name;
}

const char *command_hint(enum command command)
{
    return commands[command].hint;
}

const char *command_help(enum command command)
{
    return commands[command].help;
}

enum command command_of(struct text name)
{
    for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        if (text_is(name, commands[i].name))
            return (enum command)i;
    }
    return COMMAND_NONE;
}

bool command_works_in(enum command command, enum key_context context)
{
    return (commands[command].contexts & (IN_EVERYWHERE | 1u << context)) != 0;
}

bool command_binds_in(enum command command, enum key_context context)
{
    return context == CONTEXT_EVERYWHERE || command_works_in(command, context);
}

bool command_is_in_palette(enum command command)
{
    return (commands[command].contexts & (IN_EVERYWHERE | IN_LIST | IN_RAIL | IN_TIMELINE | IN_DRAWER)) != 0;
}
