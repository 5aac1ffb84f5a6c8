/*
 * Bytes from outside, made visible. Everything that is drawn goes through glyph_next(): what it yields can be
 * sent to any terminal. (product.md, Manners: control characters, escape sequences, bidi overrides and broken
 * UTF-8 are made visible and can never reach the terminal.)
 *
 * Widths are those of the C library's wcwidth(), because the terminal library lays out by it: a width that
 * differs from it breaks columns. main() therefore makes sure that LC_CTYPE is a UTF-8 locale; where the
 * user's own is not, ASCII mode is on and the internal locale is C.UTF-8.
 */
#pragma once

#include "data/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

enum { GLYPH_MARKS = 2 };

/* One cell (or two, where wide) of display-safe text. */
struct glyph {
    char32_t ch;                 /* printable, never a control, format or bidi character; U+0020 and up */
    char32_t marks[GLYPH_MARKS]; /* combining characters on it; 0 where none. Further marks are dropped */
    uint8_t width;               /* 1 or 2 */
    bool is_escape; /* part of a made-visible replacement such as <U+202E>: drawn in a style of its own */
};

/* Walks a text glyph by glyph. A byte or character that cannot be shown yields several glyphs:
 *   C0 controls   one glyph U+2400+c (␛) — ^[ in ASCII mode      newline, tab: the same (␊ ␉); callers that want
 *                                                               lines and tab stops split before
 *   DEL           ␡ — ^?
 *   C1, bidi controls, zero-width and other format characters, unassigned: <U+202E>
 *   broken UTF-8  <FF>, a byte at a time (overlong forms, surrogates and above U+10FFFF are broken)
 *   ASCII mode    a printable non-ASCII character is one '?' a cell of its width
 * A combining character at the very start, or after something written out, stands on a space. U+00A0 is a
 * space. The emoji and text variation selectors are dropped after a base: terminals disagree on the width
 * they give it. */
struct glyph_iter {
    struct text rest;
    bool ascii;
    uint8_t pending_at;
    uint8_t pending_len;
    char pending[12]; /* the remainder of an escape in ASCII */
};

struct glyph_iter glyph_iter(struct text text, bool ascii);
bool glyph_next(struct glyph_iter *it, struct glyph *glyph); /* false at the end */

/* Decodes one character. Returns the bytes consumed (at least 1 for n > 0); *cp is UTF8_BAD for a broken
 * byte. */
#define UTF8_BAD ((char32_t)0xFFFFFFFFu)
size_t utf8_decode(const char *s, size_t n, char32_t *cp);
size_t utf8_encode(char32_t cp, char out[4]); /* bytes written; 0 for a surrogate or above U+10FFFF */
/* Where the character (or broken byte) before `at` starts; 0 at 0. */
size_t utf8_step_back(const char *s, size_t at);
/* The bytes of the longest prefix of at most max bytes that splits no character. */
size_t utf8_cut(struct text text, size_t max);
bool utf8_is_valid(struct text text); /* no broken byte in it */

/* Cells that the text takes when drawn through glyph_next. */
int text_width(struct text text, bool ascii);

/* The longest prefix that takes at most `cells` cells, as a byte count; never splits a glyph or its marks.
 * *used gets the cells of the prefix; may be NULL. */
size_t text_clip(struct text text, int cells, bool ascii, int *used);

/* The byte offset of the glyph before / after `at` (an editor's cursor steps); at 0 / n it stays. */
size_t text_step_back(struct text text, size_t at);
size_t text_step_forward(struct text text, size_t at);

/* Folds runs of whitespace (space, tab, newline, and Unicode's) to one space, trims both ends, and stops
 * after `max` bytes of output on a character boundary. Returns the length written into out, which holds
 * max + 1 bytes and ends in NUL. For a line of the list: "whitespace folded". */
size_t text_fold_space(struct text text, char *out, size_t max);

#include "data/base/needle.h"
