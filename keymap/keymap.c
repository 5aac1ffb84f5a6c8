/*
 * A keymap is a flat array that is searched from end to end: some two hundred entries, a keypress each few milliseconds at most, and no
 * structure that could disagree with the file it came from. The built-in keys are read from text by the same reader as the user's file, so
 * that the form is proved by the program itself.
 */
#include "keymap/keymap.h"

#include "data/base/die.h"

#include "keymap/default_keys.h"
#include "keymap/vim_keys.h"

struct text keymap_default_text(void)
{
    return TEXT_LIT(default_keys);
}

struct text keymap_vim_text(void)
{
    return TEXT_LIT(vim_keys);
}

/* ---- reading ---- */

enum { LINE_WORDS = 3 };

struct line {
    struct text words[LINE_WORDS];
    size_t count; /* of all words, also those beyond the third */
    unsigned number;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void split_line(struct text text, struct line *line)
{
    line->count = 0;
    for (size_t at = 0; at < text.n;) {
        if (is_blank(text.s[at])) {
            at++;
            continue;
        }
        if (text.s[at] == '#')
            return;
        size_t start = at;
        while (at < text.n && !is_blank(text.s[at]))
            at++;
        if (line->count < LINE_WORDS)
            line->words[line->count] = (struct text){text.s + start, at - start};
        line->count++;
    }
}

/* The part of a word that is quoted in a report. */
static int quoted(struct text word)
{
    return (int)(word.n < 40 ? word.n : 40);
}

static bool read_context(const struct line *line, struct key_binding *binding, struct report *report)
{
    struct text word = line->words[0];
    if (context_of(word, &binding->context))
        return true;
    const char *words[CONTEXT_COUNT];
    for (int i = 0; i < CONTEXT_COUNT; i++)
        words[i] = context_word((enum key_context)i);
    report_unknown(report, line->number, "context", word, words, CONTEXT_COUNT);
    return false;
}

static bool read_command(const struct line *line, struct key_binding *binding, struct report *report)
{
    struct text word = line->words[2];
    binding->command = command_of(word);
    if (binding->command != COMMAND_NONE || text_is(word, "unbind"))
        return true;
    const char *words[COMMAND_COUNT] = {"unbind"};
    for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++)
        words[i] = command_name((enum command)i);
    report_unknown(report, line->number, "command", word, words, COMMAND_COUNT);
    return false;
}

static bool check_fit(const struct key_binding *binding, struct report *report)
{
    if (binding->command == COMMAND_NONE)
        return true;
    if (!command_binds_in(binding->command, binding->context)) {
        report_add(report, binding->line, "%s means nothing in %s", command_name(binding->command),
                   context_word(binding->context));
        return false;
    }
    if (context_kind(binding->context) != CONTEXT_TYPED || !key_is_printable(binding->key))
        return true;
    report_add(report, binding->line, "a key that types cannot be bound in %s: it could not be typed there",
               context_word(binding->context));
    return false;
}

static bool read_binding(const struct line *line, struct key_binding *binding, struct report *report)
{
    if (line->count != LINE_WORDS) {
        report_add(report, line->number, "a line is: context key command");
        return false;
    }
    binding->line = line->number;
    if (!read_context(line, binding, report))
        return false;
    if (!key_parse(line->words[1], &binding->key)) {
        report_add(report, line->number, "no such key '%.*s' (written as Ctrl-p, Alt-k, PgDn, F5, Space, g)",
                   quoted(line->words[1]), line->words[1].s);
        return false;
    }
    return read_command(line, binding, report) && check_fit(binding, report);
}

/* ---- the array ---- */

static struct key_binding *find(struct keymap *keymap, enum key_context context, struct key key)
{
    for (size_t i = 0; i < keymap->count; i++) {
        struct key_binding *binding = &keymap->bindings[i];
        if (binding->context == context && key_equal(binding->key, key))
            return binding;
    }
    return NULL;
}

static const char *name_of(enum command command)
{
    return command == COMMAND_NONE ? "unbind" : command_name(command);
}

static void report_clash(const struct key_binding *first, const struct key_binding *second,
                         struct report *report)
{
    char key[KEY_TEXT];
    key_format(second->key, KEY_FORM_FILE, key);
    report_add(report, second->line, "%s in %s is already %s (line %u): it cannot be %s too", key,
               context_word(second->context), name_of(first->command), first->line, name_of(second->command));
}

static void keymap_put(struct keymap *keymap, const struct key_binding *binding, struct report *report)
{
    struct key_binding *old = find(keymap, binding->context, binding->key);
    if (old && old->layer == binding->layer) {
        report_clash(old, binding, report);
        return;
    }
    if (old) {
        keymap->count--;
        memmove(old, old + 1, (size_t)(&keymap->bindings[keymap->count] - old) * sizeof *old);
    }
    if (keymap->count == KEYMAP_BINDINGS_MAX) {
        report_add(report, binding->line, "more than %d keys", KEYMAP_BINDINGS_MAX);
        return;
    }
    keymap->bindings[keymap->count++] = *binding;
}

void keymap_load(struct keymap *keymap, struct text text, struct report *report)
{
    report_clear(report);
    if (text.n > KEYMAP_FILE_MAX) {
        report_add(report, 0, "the key file is larger than %d bytes", KEYMAP_FILE_MAX);
        return;
    }
    unsigned layer = keymap->layers++;
    struct line line = {.number = 0};
    for (struct text words; report_next_line(&text, &words, &line.number);) {
        split_line(words, &line);
        struct key_binding binding = {.layer = layer};
        if (line.count && read_binding(&line, &binding, report))
            keymap_put(keymap, &binding, report);
    }
}

static void load_builtin(struct keymap *keymap, struct text text)
{
    struct report report;
    keymap_load(keymap, text, &report);
    if (report.count)
        die("built-in keys, line %u: %s", report.mistakes[0].line, report.mistakes[0].what);
}

void keymap_init(struct keymap *keymap, bool is_vim)
{
    keymap->count = 0;
    keymap->layers = 0;
    load_builtin(keymap, keymap_default_text());
    if (is_vim)
        load_builtin(keymap, keymap_vim_text());
}

/* ---- asking ---- */

static bool works_in_chain(enum command command, const struct key_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (command_works_in(command, chain->at[i]))
            return true;
    }
    return false;
}

static enum command bound_in(const struct keymap *keymap, enum key_context context, struct key key)
{
    for (size_t i = 0; i < keymap->count; i++) {
        const struct key_binding *binding = &keymap->bindings[i];
        if (binding->context == context && key_equal(binding->key, key))
            return binding->command;
    }
    return COMMAND_NONE;
}

enum command keymap_lookup(const struct keymap *keymap, const struct key_chain *chain, struct key key)
{
    for (size_t i = 0; i < chain->count; i++) {
        enum command command = bound_in(keymap, chain->at[i], key);
        if (command != COMMAND_NONE && works_in_chain(command, chain))
            return command;
        enum context_kind kind = context_kind(chain->at[i]);
        if (kind == CONTEXT_TYPED && key_is_editing(key))
            return COMMAND_EDIT;
        if (kind == CONTEXT_MODAL && key_is_printable(key))
            return COMMAND_NONE;
    }
    return COMMAND_NONE;
}

struct key_list {
    const struct keymap *keymap;
    const struct key_chain *chain;
    enum command command;
    enum key_form form;
    size_t max, count;
    struct buf *out;
};

static bool chain_has_before(const struct key_chain *chain, size_t end, enum key_context context)
{
    for (size_t i = 0; i < end; i++) {
        if (chain->at[i] == context)
            return true;
    }
    return false;
}

/* A key that two contexts of the chain give to the same command is written once. */
static bool is_bound_before(const struct key_list *list, size_t end, struct key key)
{
    for (size_t i = 0; i < end; i++) {
        if (bound_in(list->keymap, list->chain->at[i], key) == list->command)
            return true;
    }
    return false;
}

static void list_context(struct key_list *list, size_t at, unsigned layer)
{
    for (size_t i = 0; i < list->keymap->count && list->count < list->max; i++) {
        const struct key_binding *binding = &list->keymap->bindings[i];
        if (binding->context != list->chain->at[at] || binding->layer != layer ||
            binding->command != list->command)
            continue;
        if (is_bound_before(list, at, binding->key) ||
            keymap_lookup(list->keymap, list->chain, binding->key) != list->command)
            continue;
        char text[KEY_TEXT];
        key_format(binding->key, list->form, text);
        if (list->count++)
            buf_char(list->out, ' ');
        buf_str(list->out, text);
    }
}

size_t keymap_keys_for(const struct keymap *keymap, enum command command, const struct key_chain *chain,
                       enum key_form form, size_t max, struct buf *out)
{
    struct key_list list = {keymap, chain, command, form, max, 0, out};
    for (unsigned layer = keymap->layers; layer-- > 0;) {
        for (size_t at = 0; at < chain->count; at++) {
            if (!chain_has_before(chain, at, chain->at[at]))
                list_context(&list, at, layer);
        }
    }
    return list.count;
}

static bool has_key_in(const struct keymap *keymap, enum command command, enum key_context context)
{
    for (size_t i = 0; i < keymap->count; i++) {
        if (keymap->bindings[i].context == context && keymap->bindings[i].command == command)
            return true;
    }
    return false;
}

size_t keymap_commands_in(const struct keymap *keymap, enum key_context context,
                          enum command commands[COMMAND_COUNT])
{
    size_t count = 0;
    for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        if (has_key_in(keymap, (enum command)i, context))
            commands[count++] = (enum command)i;
    }
    return count;
}
