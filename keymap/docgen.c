/*
 * Both forms are the same walk over the contexts; only a heading and a row differ. A row's keys are at most a line long, so a small buffer
 * serves them all.
 */
#include "keymap/docgen.h"

#include "data/base/utf8.h"

enum { KEYS_TEXT_MAX = 512, PLAIN_COLUMN = 26 };

/* Inside a table even code keeps its bars escaped. */
static void markdown_cell(struct text text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] == '|')
            buf_char(out, '\\');
        buf_char(out, text.s[i]);
    }
}

static void markdown_words(struct text words, struct buf *out)
{
    for (size_t at = 0; at < words.n;) {
        const char *end = memchr(words.s + at, ' ', words.n - at);
        size_t n = end ? (size_t)(end - words.s) - at : words.n - at;
        buf_str(out, at ? " `" : "`");
        markdown_cell((struct text){words.s + at, n}, out);
        buf_char(out, '`');
        at += n + 1;
    }
}

void docgen_roff(struct text text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        bool starts_line = i == 0 || text.s[i - 1] == '\n';
        if (starts_line && (text.s[i] == '.' || text.s[i] == '\''))
            buf_str(out, "\\&");
        if (text.s[i] == '\\')
            buf_str(out, "\\e");
        else if (text.s[i] == '-')
            buf_str(out, "\\-");
        else
            buf_char(out, text.s[i]);
    }
}

static void put_heading(const char *heading, enum doc_form form, struct buf *out)
{
    if (form == DOC_MARKDOWN)
        buf_printf(out, "%s| %s | |\n| --- | --- |\n", out->len ? "\n" : "", heading);
    else if (form == DOC_ROFF)
        buf_printf(out, ".SS %s\n", heading);
    else
        buf_printf(out, "%s%s\n", out->len ? "\n" : "", heading);
}

static void put_markdown_row(struct text words, struct text help, struct buf *out)
{
    buf_str(out, "| ");
    markdown_words(words, out);
    buf_str(out, " | ");
    markdown_cell(help, out);
    buf_str(out, " |\n");
}

static void put_roff_row(struct text words, struct text help, struct buf *out)
{
    buf_str(out, ".TP\n.B ");
    docgen_roff(words, out);
    buf_char(out, '\n');
    docgen_roff(help, out);
    buf_char(out, '\n');
}

static void put_plain_row(struct text words, struct text help, struct buf *out)
{
    int width = text_width(words, false);
    buf_str(out, "  ");
    buf_text(out, words);
    buf_fill(out, ' ', width < PLAIN_COLUMN ? (size_t)(PLAIN_COLUMN - width) : 1);
    buf_text(out, help);
    buf_char(out, '\n');
}

static void put_row(struct text words, const char *help, enum doc_form form, struct buf *out)
{
    switch (form) {
    case DOC_MARKDOWN: put_markdown_row(words, text_of(help), out); break;
    case DOC_ROFF: put_roff_row(words, text_of(help), out); break;
    case DOC_PLAIN: put_plain_row(words, text_of(help), out); break;
    }
}

static void put_context(const struct keymap *keymap, enum key_context context, enum doc_form form,
                        struct buf *out)
{
    enum command commands[COMMAND_COUNT];
    size_t count = keymap_commands_in(keymap, context, commands);
    if (!count)
        return;
    put_heading(context_heading(context), form, out);
    struct buf keys;
    buf_init(&keys, KEYS_TEXT_MAX);
    enum key_form key_form = form == DOC_MARKDOWN ? KEY_FORM_SCREEN : KEY_FORM_ASCII;
    for (size_t i = 0; i < count; i++) {
        /* Shown even where the command only acts in another pane: the file says so. */
        struct key_chain chain = KEY_CHAIN(context);
        buf_clear(&keys);
        if (keymap_keys_for(keymap, commands[i], &chain, key_form, KEYMAP_BINDINGS_MAX, &keys))
            put_row(buf_as_text(&keys), command_help(commands[i]), form, out);
    }
    buf_release(&keys);
}

static bool has_key(const struct keymap *keymap, enum command command)
{
    for (size_t i = 0; i < keymap->count; i++) {
        if (keymap->bindings[i].command == command)
            return true;
    }
    return false;
}

static void put_keyless(const struct keymap *keymap, enum doc_form form, struct buf *out)
{
    bool is_headed = false;
    for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        enum command command = (enum command)i;
        if (has_key(keymap, command))
            continue;
        if (!is_headed)
            put_heading("By name", form, out);
        is_headed = true;
        put_row(text_of(command_name(command)), command_help(command), form, out);
    }
}

void docgen_keys(const struct keymap *keymap, enum doc_form form, struct buf *out)
{
    for (int i = 0; i < CONTEXT_COUNT; i++)
        put_context(keymap, (enum key_context)i, form, out);
    put_keyless(keymap, form, out);
}

void docgen_rows(const char *heading, const struct doc_row *rows, size_t count, enum doc_form form,
                 struct buf *out)
{
    put_heading(heading, form, out);
    for (size_t i = 0; i < count; i++)
        put_row(text_of(rows[i].word), rows[i].help, form, out);
}
