/*
 * One key as a person presses it, and its names. The terminal (tui/term.c) makes keys out of bytes; here they are only values.
 */
#pragma once

#include "data/base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <uchar.h>

/* X(enum, the name in a key file, on the screen, on an ASCII screen) */
#define NAMED_KEYS(X)                                                                                        \
    X(NAMED_UP, "Up", "↑", "Up")                                                                             \
    X(NAMED_DOWN, "Down", "↓", "Down")                                                                       \
    X(NAMED_LEFT, "Left", "←", "Left")                                                                       \
    X(NAMED_RIGHT, "Right", "→", "Right")                                                                    \
    X(NAMED_PAGE_UP, "PgUp", "PgUp", "PgUp")                                                                 \
    X(NAMED_PAGE_DOWN, "PgDn", "PgDn", "PgDn")                                                               \
    X(NAMED_HOME, "Home", "Home", "Home")                                                                    \
    X(NAMED_END, "End", "End", "End")                                                                        \
    X(NAMED_ENTER, "Enter", "⏎", "Enter")                                                                    \
    X(NAMED_ESC, "Esc", "Esc", "Esc")                                                                        \
    X(NAMED_TAB, "Tab", "Tab", "Tab")                                                                        \
    X(NAMED_BACKSPACE, "Backspace", "Backspace", "Backspace")                                                \
    X(NAMED_DELETE, "Delete", "Del", "Del")                                                                  \
    X(NAMED_INSERT, "Insert", "Ins", "Ins")                                                                  \
    X(NAMED_F1, "F1", "F1", "F1")                                                                            \
    X(NAMED_F2, "F2", "F2", "F2")                                                                            \
    X(NAMED_F3, "F3", "F3", "F3")                                                                            \
    X(NAMED_F4, "F4", "F4", "F4")                                                                            \
    X(NAMED_F5, "F5", "F5", "F5")                                                                            \
    X(NAMED_F6, "F6", "F6", "F6")                                                                            \
    X(NAMED_F7, "F7", "F7", "F7")                                                                            \
    X(NAMED_F8, "F8", "F8", "F8")                                                                            \
    X(NAMED_F9, "F9", "F9", "F9")                                                                            \
    X(NAMED_F10, "F10", "F10", "F10")                                                                        \
    X(NAMED_F11, "F11", "F11", "F11")                                                                        \
    X(NAMED_F12, "F12", "F12", "F12")

enum named_key {
    NAMED_NONE, /* the key is a character */
#define X(id, name, screen, ascii) id,
    NAMED_KEYS(X)
#undef X
        NAMED_COUNT,
};

enum key_mods { KEY_CTRL = 1, KEY_ALT = 2, KEY_SHIFT = 4 };

/* Compare with key_equal; make with the two makers, so that one key has one form. */
struct key {
    char32_t ch;   /* 0 where named */
    uint8_t named; /* enum named_key */
    uint8_t mods;  /* enum key_mods, or'ed. Characters carry no SHIFT: it is in the character */
};

/* Keys that terminals cannot tell apart become one: Ctrl-I is Tab, Ctrl-M is Enter, Ctrl-[ is Esc; Ctrl with a letter is the small
 * letter; Shift with a character is dropped, and makes an ASCII letter a capital. */
struct key key_char(char32_t ch, unsigned mods);
struct key key_named(enum named_key named, unsigned mods);
bool key_equal(struct key a, struct key b);

/* A character without Ctrl and Alt: what typing makes. */
bool key_is_printable(struct key key);
/* What a line editor takes: printable keys, Backspace, Delete, Insert, Left, Right, Home, End with any modifier, Ctrl-A B D E F H K T U W Y,
 * Alt-b d f. */
bool key_is_editing(struct key key);

/* "Ctrl-p" "Alt-k" "Shift-Tab" "PgDn" "F5" "Space" "g" "|"; names and modifiers in any case, "Hash" for '#', which starts a comment in a
 * key file. The character itself keeps its case. False for anything else. */
bool key_parse(struct text text, struct key *key);

enum key_form {
    KEY_FORM_FILE,   /* what key_parse reads back: "Ctrl-p", "Up" */
    KEY_FORM_SCREEN, /* "Ctrl-P", "↑" */
    KEY_FORM_ASCII,  /* "Ctrl-P", "Up" */
};
enum { KEY_TEXT = 48 };
void key_format(struct key key, enum key_form form, char out[KEY_TEXT]);
