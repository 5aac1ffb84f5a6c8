/*
 * See term_keys.h. Keys are read through a pad: reading through a window would draw it. What the terminal
 * answers to our own question comes among them, and is taken out.
 */
#include "tui/term_keys.h"

#include "data/base/clock.h"
#include "data/base/utf8.h"

#include <string.h>

enum { PASTE_BEGIN = KEY_MAX + 1, PASTE_END, ALT_UP, ALT_DOWN, CTRL_LEFT, CTRL_RIGHT, ANSWER };

enum {
    PASTE_END_MS =
        500,        /* the end mark follows in the same burst; a terminal that forgets it must not hang us */
    SPLIT_MS = 150, /* what a sequence that came in pieces is waited for, while an answer is out */
};

static void wait_for_keys(struct term_keys *keys, int ms)
{
    keys->wait_ms = ms;
    wtimeout(keys->pad, ms);
}

void term_keys_open(struct term_keys *keys, struct pace *pace)
{
    *keys = (struct term_keys){.pad = newpad(1, 1), .pace = pace};
    mouseinterval(0);
    define_key("\033[200~", PASTE_BEGIN);
    define_key("\033[201~", PASTE_END);
    define_key("\033[1;3A", ALT_UP);
    define_key("\033[1;3B", ALT_DOWN);
    define_key("\033[1;5D", CTRL_LEFT);
    define_key("\033[1;5C", CTRL_RIGHT);
    define_key("\033[0n", ANSWER);
}

void term_keys_start(struct term_keys *keys)
{
    keypad(keys->pad, TRUE);
    wait_for_keys(keys, 0);
}

void term_keys_close(struct term_keys *keys)
{
    delwin(keys->pad);
}

/* The rest of an answer of which the beginning was read as keys. What is something else is given back. */
static bool match_rest(struct term_keys *keys, const char *rest)
{
    wint_t read[4];
    int n = 0, before = keys->wait_ms;
    bool is_alike = true;
    wait_for_keys(keys, SPLIT_MS);
    while (is_alike && rest[n]) {
        int kind = wget_wch(keys->pad, &read[n]);
        is_alike = kind == OK && read[n] == (wint_t)rest[n];
        if (kind == KEY_CODE_YES)
            ungetch((int)read[n]);
        else if (kind == OK)
            n++;
    }
    wait_for_keys(keys, before);
    while (!is_alike && n > 0)
        unget_wch((wchar_t)read[--n]);
    return is_alike;
}

static bool is_anything_read(struct term_keys *keys)
{
    wint_t ch;
    int kind = wget_wch(keys->pad, &ch);
    if (kind == KEY_CODE_YES)
        ungetch((int)ch);
    else if (kind == OK)
        unget_wch((wchar_t)ch);
    return kind != ERR;
}

/* curses knows an answer by its bytes unless they come in pieces: then its Esc has been a key of its own. */
static bool is_answer(struct term_keys *keys, int kind, wint_t ch)
{
    bool was_esc = keys->was_esc;
    keys->was_esc = kind == OK && ch == 27;
    keys->is_esc_alone = false;
    if (kind == KEY_CODE_YES)
        return ch == ANSWER;
    if (kind != OK || !keys->pace->is_asked)
        return false;
    keys->is_esc_alone = ch == 27 && !is_anything_read(keys);
    return (ch == 27 && match_rest(keys, "[0n")) || (ch == '[' && was_esc && match_rest(keys, "0n"));
}

/* As wget_wch, without what the terminal answers to us. */
static int next_input(struct term_keys *keys, wint_t *ch)
{
    for (;;) {
        int kind = wget_wch(keys->pad, ch);
        if (!is_answer(keys, kind, *ch))
            return kind;
        pace_answered(keys->pace, clock_ms());
    }
}

static bool read_paste(struct term_keys *keys, struct term_event *event)
{
    event->kind = TERM_PASTE;
    event->paste_len = 0;
    wint_t ch;
    wait_for_keys(keys, PASTE_END_MS);
    for (int kind; (kind = next_input(keys, &ch)) != ERR;) {
        if (kind == KEY_CODE_YES && ch == PASTE_END)
            break;
        char bytes[4];
        size_t n = kind == OK ? utf8_encode((char32_t)ch, bytes) : 0;
        if (n && event->paste_len + n <= TERM_PASTE_MAX) {
            memcpy(event->paste + event->paste_len, bytes, n);
            event->paste_len += n;
        }
    }
    wait_for_keys(keys, 0);
    event->paste[event->paste_len] = '\0';
    return true;
}

/* curses hands out the newest first of what came in one burst. */
static void gather_mouse(struct term_keys *keys)
{
    while (keys->mouse_count < MOUSE_MAX && getmouse(&keys->mouse[keys->mouse_count]) == OK)
        keys->mouse_count++;
}

static bool take_mouse(struct term_keys *keys, const MEVENT *mouse, struct term_event *event)
{
    event->kind = TERM_MOUSE;
    event->x = mouse->x;
    event->y = mouse->y;
    if (mouse->bstate & BUTTON4_PRESSED)
        event->button = MOUSE_WHEEL_UP;
    else if (mouse->bstate & BUTTON5_PRESSED)
        event->button = MOUSE_WHEEL_DOWN;
    else if (mouse->bstate & BUTTON1_DOUBLE_CLICKED)
        event->button = MOUSE_DOUBLE;
    else if (mouse->bstate & BUTTON1_RELEASED)
        event->button = MOUSE_RELEASE;
    else if (mouse->bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED))
        event->button = MOUSE_PRESS;
    else if (keys->is_mouse_down)
        event->button = MOUSE_DRAG;
    else
        return false;
    keys->is_mouse_down = event->button == MOUSE_PRESS || event->button == MOUSE_DRAG;
    return true;
}

static bool read_mouse(struct term_keys *keys, struct term_event *event)
{
    while (keys->mouse_count > 0)
        if (take_mouse(keys, &keys->mouse[--keys->mouse_count], event))
            return true;
    return false;
}

static struct key key_of_code(wint_t code)
{
    static const struct {
        wint_t code;
        enum named_key named;
        unsigned mods;
    } table[] = {
        {KEY_UP, NAMED_UP, 0},
        {KEY_DOWN, NAMED_DOWN, 0},
        {KEY_LEFT, NAMED_LEFT, 0},
        {KEY_RIGHT, NAMED_RIGHT, 0},
        {KEY_PPAGE, NAMED_PAGE_UP, 0},
        {KEY_NPAGE, NAMED_PAGE_DOWN, 0},
        {KEY_HOME, NAMED_HOME, 0},
        {KEY_END, NAMED_END, 0},
        {KEY_ENTER, NAMED_ENTER, 0},
        {KEY_BACKSPACE, NAMED_BACKSPACE, 0},
        {KEY_DC, NAMED_DELETE, 0},
        {KEY_IC, NAMED_INSERT, 0},
        {KEY_BTAB, NAMED_TAB, KEY_SHIFT},
        {KEY_SR, NAMED_UP, KEY_SHIFT},
        {KEY_SF, NAMED_DOWN, KEY_SHIFT},
        {KEY_SLEFT, NAMED_LEFT, KEY_SHIFT},
        {KEY_SRIGHT, NAMED_RIGHT, KEY_SHIFT},
        {ALT_UP, NAMED_UP, KEY_ALT},
        {ALT_DOWN, NAMED_DOWN, KEY_ALT},
        {CTRL_LEFT, NAMED_LEFT, KEY_CTRL},
        {CTRL_RIGHT, NAMED_RIGHT, KEY_CTRL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].code == code)
            return key_named(table[i].named, table[i].mods);
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return key_named((enum named_key)(NAMED_F1 + (code - KEY_F(1))), 0);
    return (struct key){0};
}

static struct key key_of_char(wint_t ch, unsigned mods)
{
    switch (ch) {
    case '\r':
    case '\n': return key_named(NAMED_ENTER, mods);
    case '\t': return key_named(NAMED_TAB, mods);
    case 27: return key_named(NAMED_ESC, mods);
    case 8:
    case 127: return key_named(NAMED_BACKSPACE, mods);
    case 0: return key_char(' ', mods | KEY_CTRL);
    default: break;
    }
    if (ch < 32)
        return key_char((char32_t)(ch + (ch <= 26 ? 'a' - 1 : '@')), mods | KEY_CTRL);
    return key_char((char32_t)ch, mods);
}

/* A lone Esc has already waited out its 25 ms inside curses; what lies behind it now was sent with it, unless
 * it came while the rest of an answer was waited for. */
static struct key key_after_esc(struct term_keys *keys)
{
    wint_t ch;
    if (keys->is_esc_alone)
        return key_named(NAMED_ESC, 0);
    int kind = wget_wch(keys->pad, &ch);
    if (kind == OK && ch != 27)
        return key_of_char(ch, KEY_ALT);
    struct key key = kind == KEY_CODE_YES ? key_of_code(ch) : (struct key){0};
    if (kind == KEY_CODE_YES && ch == ANSWER) {
        pace_answered(keys->pace, clock_ms());
    } else if (key.named) {
        key.mods |= KEY_ALT;
        return key;
    } else if (kind == KEY_CODE_YES) {
        ungetch((int)ch); /* a paste, the mouse: not keys */
    }
    if (kind == OK)
        unget_wch((wchar_t)ch);
    return key_named(NAMED_ESC, 0);
}

bool term_keys_read(struct term_keys *keys, struct term_event *event)
{
    for (;;) {
        wint_t ch;
        if (read_mouse(keys, event))
            return true;
        int kind = next_input(keys, &ch);
        if (kind == ERR)
            return false;
        event->kind = TERM_KEY;
        if (kind == KEY_CODE_YES && ch == PASTE_BEGIN)
            return read_paste(keys, event);
        if (kind == KEY_CODE_YES && ch == KEY_MOUSE)
            gather_mouse(keys);
        if (kind == KEY_CODE_YES && (ch == KEY_MOUSE || ch == PASTE_END || ch == KEY_RESIZE))
            continue;
        event->key = kind == KEY_CODE_YES ? key_of_code(ch)
                     : ch == 27           ? key_after_esc(keys)
                                          : key_of_char(ch, 0);
        return true;
    }
}
