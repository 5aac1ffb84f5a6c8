/*
 * Keys and their names. Everything that a terminal cannot tell apart is folded here, in one place, so that a binding written one way is
 * found by a key that came in the other way.
 */
#include "keymap/key.h"

#include "data/base/utf8.h"

#include <stdio.h>
#include <strings.h>

struct key_name {
    const char *file, *screen, *ascii;
};

static const struct key_name names[NAMED_COUNT] = {
#define X(id, name, screen, ascii) [id] = {name, screen, ascii},
    NAMED_KEYS(X)
#undef X
};

/* Characters that cannot stand for themselves in a line of words. */
static const struct {
    char32_t ch;
    const char *name;
} spelled[] = {{' ', "Space"}, {'#', "Hash"}};

enum { SPELLED_COUNT = sizeof spelled / sizeof spelled[0] };

static const struct {
    const char *prefix;
    uint8_t mod;
} modifiers[] = {{"Ctrl-", KEY_CTRL}, {"Alt-", KEY_ALT}, {"Shift-", KEY_SHIFT}};

enum { MODIFIER_COUNT = sizeof modifiers / sizeof modifiers[0] };

static struct key fold_control(char32_t ch, unsigned mods)
{
    if (ch >= 'A' && ch <= 'Z')
        ch += 'a' - 'A';
    unsigned rest = mods & ~(unsigned)KEY_CTRL;
    if (ch == 'i')
        return key_named(NAMED_TAB, rest);
    if (ch == 'm')
        return key_named(NAMED_ENTER, rest);
    if (ch == '[')
        return key_named(NAMED_ESC, rest);
    return (struct key){.ch = ch, .mods = (uint8_t)mods};
}

struct key key_char(char32_t ch, unsigned mods)
{
    if ((mods & KEY_SHIFT) && ch >= 'a' && ch <= 'z')
        ch -= 'a' - 'A';
    mods &= ~(unsigned)KEY_SHIFT;
    if (mods & KEY_CTRL)
        return fold_control(ch, mods);
    return (struct key){.ch = ch, .mods = (uint8_t)mods};
}

struct key key_named(enum named_key named, unsigned mods)
{
    return (struct key){.named = (uint8_t)named, .mods = (uint8_t)mods};
}

bool key_equal(struct key a, struct key b)
{
    return a.ch == b.ch && a.named == b.named && a.mods == b.mods;
}

bool key_is_printable(struct key key)
{
    return key.ch >= ' ' && key.ch != 0x7f && !key.mods;
}

bool key_is_editing(struct key key)
{
    switch (key.named) {
    case NAMED_BACKSPACE:
    case NAMED_DELETE:
    case NAMED_INSERT:
    case NAMED_LEFT:
    case NAMED_RIGHT:
    case NAMED_HOME:
    case NAMED_END: return true;
    case NAMED_NONE: break;
    default: return false;
    }
    if (key.ch >= 0x80 || !key.ch)
        return key_is_printable(key);
    if (key.mods == KEY_CTRL)
        return strchr("abdefhktuwy", (int)key.ch) != NULL;
    if (key.mods == KEY_ALT)
        return strchr("bdf", (int)key.ch) != NULL;
    return key_is_printable(key);
}

static bool name_is(struct text text, const char *name)
{
    return text.n == strlen(name) && strncasecmp(text.s, name, text.n) == 0;
}

static unsigned take_modifiers(struct text *text)
{
    unsigned mods = 0;
    for (int i = 0; i < MODIFIER_COUNT; i++) {
        size_t n = strlen(modifiers[i].prefix);
        if (text->n <= n || strncasecmp(text->s, modifiers[i].prefix, n) != 0)
            continue;
        mods |= modifiers[i].mod;
        *text = (struct text){text->s + n, text->n - n};
        i = -1; /* in any order */
    }
    return mods;
}

static bool parse_name(struct text text, unsigned mods, struct key *key)
{
    for (int i = NAMED_NONE + 1; i < NAMED_COUNT; i++) {
        if (!name_is(text, names[i].file))
            continue;
        *key = key_named((enum named_key)i, mods);
        return true;
    }
    for (int i = 0; i < SPELLED_COUNT; i++) {
        if (!name_is(text, spelled[i].name))
            continue;
        *key = key_char(spelled[i].ch, mods);
        return true;
    }
    return false;
}

bool key_parse(struct text text, struct key *key)
{
    if (!text.n)
        return false;
    unsigned mods = take_modifiers(&text);
    char32_t ch;
    if (utf8_decode(text.s, text.n, &ch) != text.n)
        return parse_name(text, mods, key);
    if (ch == UTF8_BAD || ch <= ' ' || (ch >= 0x7f && ch < 0xa0))
        return false;
    *key = key_char(ch, mods);
    return true;
}

static void format_char(char32_t ch, char out[8])
{
    size_t n = utf8_encode(ch, out);
    out[n] = '\0';
}

static const char *spelled_name(char32_t ch, enum key_form form)
{
    if (ch == '#' && form != KEY_FORM_FILE)
        return NULL;
    for (int i = 0; i < SPELLED_COUNT; i++) {
        if (spelled[i].ch == ch)
            return spelled[i].name;
    }
    return NULL;
}

static const char *base_name(struct key key, enum key_form form, char letter[8])
{
    if (key.named) {
        const struct key_name *name = &names[key.named];
        return form == KEY_FORM_FILE ? name->file : form == KEY_FORM_ASCII ? name->ascii : name->screen;
    }
    const char *name = spelled_name(key.ch, form);
    if (name)
        return name;
    bool is_raised = form != KEY_FORM_FILE && (key.mods & KEY_CTRL) && key.ch >= 'a' && key.ch <= 'z';
    format_char(is_raised ? key.ch - ('a' - 'A') : key.ch, letter);
    return letter;
}

void key_format(struct key key, enum key_form form, char out[KEY_TEXT])
{
    char letter[8];
    snprintf(out, KEY_TEXT, "%s%s%s%s", key.mods & KEY_CTRL ? "Ctrl-" : "", key.mods & KEY_ALT ? "Alt-" : "",
             key.mods & KEY_SHIFT ? "Shift-" : "", base_name(key, form, letter));
}
