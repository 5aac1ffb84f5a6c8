/*
 * A line editor as a value that is fed keys. UTF-8 throughout; the cursor steps by glyphs.
 * Editing keys: printable insert, Backspace, Delete, Left/Right, Home/End, Ctrl-A E B F K U W Y, Alt-B F D, Ctrl-Left/Right. Everything else is
 * not its business.
 */
#pragma once

#include "data/base/buf.h"
#include "keymap/key.h"
#include "widgets/surface.h"

enum { LINE_MAX_BYTES = 4096 };

struct lineedit {
    char text[LINE_MAX_BYTES + 1]; /* NUL-terminated */
    size_t len;
    size_t cursor; /* byte offset on a glyph boundary */
    char killed[LINE_MAX_BYTES + 1];
    size_t scroll; /* byte offset of the first visible glyph; kept by lineedit_fit */
};

void lineedit_set(struct lineedit *edit, struct text text); /* cursor at the end; cut at the limit */
bool lineedit_feed(struct lineedit *edit,
                   struct key key); /* true where the key was an editing key (also when it changed nothing) */
bool lineedit_insert(struct lineedit *edit,
                     struct text text); /* at the cursor; false where it does not fit (nothing inserted) */
void lineedit_replace(struct lineedit *edit, size_t from, size_t to, struct text text); /* a completion */
void lineedit_fit(struct lineedit *edit, int cells); /* keeps the cursor visible */
