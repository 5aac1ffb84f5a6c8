/*
 * The keys that everybody's fingers know from a shell, on a fixed buffer. Control characters never get in: a pasted line
 * break would be a filter that looks like one thing and is another.
 */
#include "widgets/lineedit.h"

#include "data/base/utf8.h"

#include <string.h>

static struct text all_of(const struct lineedit *edit)
{
    return (struct text){edit->text, edit->len};
}

/* ---- changes ---- */

static char printable(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f ? ' ' : c;
}

bool lineedit_insert(struct lineedit *edit, struct text text)
{
    if (text.n > LINE_MAX_BYTES - edit->len)
        return false;
    memmove(edit->text + edit->cursor + text.n, edit->text + edit->cursor, edit->len - edit->cursor + 1);
    for (size_t i = 0; i < text.n; i++)
        edit->text[edit->cursor + i] = printable(text.s[i]);
    edit->len += text.n;
    edit->cursor += text.n;
    return true;
}

static void erase(struct lineedit *edit, size_t from, size_t to)
{
    memmove(edit->text + from, edit->text + to, edit->len - to + 1);
    edit->len -= to - from;
    edit->cursor = from;
    if (edit->scroll > edit->len)
        edit->scroll = edit->len;
}

static void kill_range(struct lineedit *edit, size_t from, size_t to)
{
    if (from == to)
        return;
    memcpy(edit->killed, edit->text + from, to - from);
    edit->killed[to - from] = '\0';
    erase(edit, from, to);
}

void lineedit_set(struct lineedit *edit, struct text text)
{
    if (text.n > LINE_MAX_BYTES) {
        text.n = LINE_MAX_BYTES;
        while (text.n && ((unsigned char)text.s[text.n] & 0xC0) == 0x80) /* not inside a character */
            text.n--;
    }
    edit->text[0] = '\0';
    edit->len = edit->cursor = edit->scroll = 0;
    lineedit_insert(edit, text);
}

void lineedit_replace(struct lineedit *edit, size_t from, size_t to, struct text text)
{
    from = from < edit->len ? from : edit->len;
    to = to < from ? from : to < edit->len ? to : edit->len;
    if (text.n > LINE_MAX_BYTES - edit->len + (to - from))
        return;
    erase(edit, from, to);
    lineedit_insert(edit, text);
}

/* ---- words ---- */

/* Letters and digits of any script: what Alt-B and Alt-F step over. Control-W goes by spaces, as in a shell. */
static bool in_word(char c)
{
    return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
}

static size_t word_back(const struct lineedit *edit)
{
    size_t at = edit->cursor;
    while (at > 0 && !in_word(edit->text[at - 1]))
        at--;
    while (at > 0 && in_word(edit->text[at - 1]))
        at--;
    return at;
}

static size_t word_forward(const struct lineedit *edit)
{
    size_t at = edit->cursor;
    while (at < edit->len && !in_word(edit->text[at]))
        at++;
    while (at < edit->len && in_word(edit->text[at]))
        at++;
    return at;
}

static size_t space_back(const struct lineedit *edit)
{
    size_t at = edit->cursor;
    while (at > 0 && edit->text[at - 1] == ' ')
        at--;
    while (at > 0 && edit->text[at - 1] != ' ')
        at--;
    return at;
}

/* ---- keys ---- */

static bool feed_control(struct lineedit *edit, char32_t ch)
{
    switch (ch) {
    case U'a': edit->cursor = 0; return true;
    case U'e': edit->cursor = edit->len; return true;
    case U'b': edit->cursor = text_step_back(all_of(edit), edit->cursor); return true;
    case U'f': edit->cursor = text_step_forward(all_of(edit), edit->cursor); return true;
    case U'd': erase(edit, edit->cursor, text_step_forward(all_of(edit), edit->cursor)); return true;
    case U'h': erase(edit, text_step_back(all_of(edit), edit->cursor), edit->cursor); return true;
    case U'k': kill_range(edit, edit->cursor, edit->len); return true;
    case U'u': kill_range(edit, 0, edit->cursor); return true;
    case U'w': kill_range(edit, space_back(edit), edit->cursor); return true;
    case U'y': lineedit_insert(edit, text_of(edit->killed)); return true;
    default: return false;
    }
}

static bool feed_alt(struct lineedit *edit, char32_t ch)
{
    switch (ch) {
    case U'b': edit->cursor = word_back(edit); return true;
    case U'f': edit->cursor = word_forward(edit); return true;
    case U'd': kill_range(edit, edit->cursor, word_forward(edit)); return true;
    default: return false;
    }
}

static bool feed_named(struct lineedit *edit, struct key key)
{
    bool by_word = key.mods & (KEY_CTRL | KEY_ALT);
    struct text all = all_of(edit);
    switch (key.named) {
    case NAMED_LEFT:
        edit->cursor = by_word ? word_back(edit) : text_step_back(all, edit->cursor);
        return true;
    case NAMED_RIGHT:
        edit->cursor = by_word ? word_forward(edit) : text_step_forward(all, edit->cursor);
        return true;
    case NAMED_HOME: edit->cursor = 0; return true;
    case NAMED_END: edit->cursor = edit->len; return true;
    case NAMED_DELETE: erase(edit, edit->cursor, text_step_forward(all, edit->cursor)); return true;
    case NAMED_BACKSPACE:
        if (by_word)
            kill_range(edit, word_back(edit), edit->cursor);
        else
            erase(edit, text_step_back(all, edit->cursor), edit->cursor);
        return true;
    default: return false;
    }
}

bool lineedit_feed(struct lineedit *edit, struct key key)
{
    char bytes[4];
    if (key.named)
        return feed_named(edit, key);
    if (key_is_printable(key)) {
        lineedit_insert(edit, (struct text){bytes, utf8_encode(key.ch, bytes)});
        return true;
    }
    if (key.mods == KEY_CTRL)
        return feed_control(edit, key.ch);
    return key.mods == KEY_ALT && feed_alt(edit, key.ch);
}

/* ---- what is seen ---- */

static int cells_between(const struct lineedit *edit, size_t from, size_t to)
{
    return text_width((struct text){edit->text + from, to - from}, false);
}

void lineedit_fit(struct lineedit *edit, int cells)
{
    int room = cells > 1 ? cells - 1 : 0; /* the cursor at the end stands behind the last glyph */
    if (edit->scroll > edit->cursor)
        edit->scroll = edit->cursor;
    while (edit->scroll < edit->cursor && cells_between(edit, edit->scroll, edit->cursor) > room)
        edit->scroll = text_step_forward(all_of(edit), edit->scroll);
    while (edit->scroll > 0) {
        size_t back = text_step_back(all_of(edit), edit->scroll);
        if (cells_between(edit, back, edit->len) > room)
            break;
        edit->scroll = back;
    }
}
