/*
 * A grid of cells that widgets draw into and one file (tui/term.c) puts on the terminal. Tests read it as text.
 *
 * Everything is clipped: drawing outside a surface is allowed and does nothing. Text from outside goes through data/base/utf8.h, so no cell can
 * hold a control character. A wide glyph that would be cut in half is drawn as a space.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/text.h"
#include "widgets/style.h"

#include <stdbool.h>
#include <stddef.h>
#include <uchar.h>

struct cell {
    char32_t ch; /* 0: the right half of a wide glyph */
    char32_t marks[2];
    struct style style;
};

struct rect {
    int x, y, w, h;
};

struct surface {
    int width, height;
    struct cell *cells; /* width * height, row by row; owned */
    bool ascii;         /* draw with ASCII only */
    bool
        mono; /* the terminal has no colours: what a colour alone would tell is told by shape. False after init */
    int cursor_x, cursor_y; /* where the text cursor stands; -1: hidden */
    struct rect clip;       /* nothing is drawn outside; all of it after init and resize */
};

void surface_init(struct surface *surface, int width, int height, bool ascii); /* blank */
void surface_release(struct surface *surface);
void surface_resize(struct surface *surface, int width, int height); /* blank afterwards */
void surface_clear(struct surface *surface);

struct rect surface_rect(const struct surface *surface); /* all of it */
/* From here on drawing stays inside `rect` and what was the clip before. Returns that one, for surface_unclip: every widget keeps to
 * the rect that it is given. */
struct rect surface_clip(struct surface *surface, struct rect rect);
void surface_unclip(struct surface *surface, struct rect before);
struct rect rect_cut(struct rect rect, struct rect bounds); /* intersection */

void draw_fill(struct surface *surface, struct rect rect, struct style style); /* blanks */
void draw_glyph(struct surface *surface, int x, int y, char32_t ch, struct style style);
const char *pick(const struct surface *surface, const char *unicode,
                 const char *ascii); /* one of ours, by mode: ("─", "-") */

/* Draws text at (x, y) in at most `cells` cells; returns the cells used. Bytes made visible get INK_ESCAPE on the same ground. With ellipsis, a text
 * that does not fit ends in "…" ("~" in ASCII) in its last cell. */
int draw_text(struct surface *surface, int x, int y, int cells, struct text text, struct style style);
int draw_text_ellipsis(struct surface *surface, int x, int y, int cells, struct text text,
                       struct style style);
/* The program's own words: in ASCII mode their ornaments (… · – ≈ ↑ ⏎) get twins in ASCII. str_width says what draw_str takes. */
int draw_str(struct surface *surface, int x, int y, int cells, const char *s, struct style style);
int str_width(const struct surface *surface, const char *s);
enum { WORDS_MAX = 1024 };
struct text str_words(bool ascii, const char *s,
                      char out[WORDS_MAX]); /* what draw_str draws: s itself, or a copy in out */
int draw_strf(struct surface *surface, int x, int y, int cells, struct style style, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* Right-aligned in `cells`; what is too long is cut at its end with "…". */
void draw_right(struct surface *surface, int x, int y, int cells, const char *s, struct style style);
/* Same as draw_text, with matches of a needle drawn in INK_MATCH. needle may be NULL. */
struct needle;
int draw_text_match(struct surface *surface, int x, int y, int cells, struct text text, struct style style,
                    const struct needle *needle);

void draw_hline(struct surface *surface, int x, int y, int cells, struct style style);
void draw_vline(struct surface *surface, int x, int y, int cells, struct style style);
/* A box with an optional title for overlays: clears its inside to `ground`. Returns the inside. */
struct rect draw_box(struct surface *surface, struct rect rect, const char *title, uint8_t ground);
/* Gives a stretch another ground (a selected row); inks stay. */
void draw_ground(struct surface *surface, struct rect rect, uint8_t ground);
/* Everything muted: stale content while something new loads; failures keep their ink. */
void draw_dim(struct surface *surface, struct rect rect);
/* A scroll bar in column x over rows [y, y+h): start and size as fractions of the whole; nothing where all is visible. */
void draw_scrollbar(struct surface *surface, int x, int y, int h, double start, double size);

/* The surface as text, a line a row without trailing blanks: for tests and goldens. With `styles`, each row is followed by one that names inks by
 * letter where they differ from the default. */
void surface_dump(const struct surface *surface, bool styles, struct buf *out);
