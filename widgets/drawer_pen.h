/*
 * A pen writes one row of any length into a column of cells, wrapping as it goes: the same strokes measure how many lines the row takes, draw some of
 * them, gather their text, or find on which line a place of the text is. So a row is described once.
 *
 * Lines before the ones wanted cost next to nothing where they are plain ASCII: a row may be megabytes.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/needle.h"
#include "widgets/surface.h"

struct pen {
    struct surface *surface; /* NULL: nothing is drawn */
    int x, y;                /* of the first drawn line */
    int width;               /* ≥ 1 */
    bool ascii;

    int hang;         /* column at which further lines start; set by the row */
    const char *mark; /* drawn before it; NULL none */
    bool has_tabs;    /* tabs are stops, not control characters */
    bool by_words;    /* breaks at spaces where there are any */

    const char *
        words_end; /* by words: where the row's text ends that the spans are cut from; NULL: each stands for itself */
    bool is_wrapped; /* nothing is on this line yet */

    int first, end; /* the lines that are wanted; the walk ends at `end` */
    int line, col;  /* where the pen is */

    struct buf *gathered;        /* the row's text; NULL: not wanted */
    size_t at;                   /* bytes of it written so far */
    size_t place;                /* asks for the line of this byte … */
    int place_line;              /* … -1 until the pen came by */
    const struct needle *needle; /* matches are drawn in INK_MATCH; NULL none */
    struct text whole;           /* the row's text, gathered before: what the needle is looked for in */
    size_t match_start, match_end;
};

struct pen pen_measuring(int width, bool ascii);
void pen_highlight(struct pen *pen, const struct needle *needle, struct text whole);

/* All return at once where the wanted lines are done. */
void pen_text(struct pen *pen, struct text text, struct style style);
void pen_words(struct pen *pen, const char *s,
               struct style style);       /* the program's own: ornaments have their twins in ASCII */
void pen_gap(struct pen *pen, int cells); /* spaces that nothing is searched in; does not wrap */
/* Right-aligned in `cells`, never wrapped, not part of the row's text: line numbers, labels. */
void pen_margin(struct pen *pen, int cells, const char *s, struct style style);

bool pen_is_done(const struct pen *pen);
bool pen_is_drawing(const struct pen *pen); /* the line that the pen is on is drawn */
int pen_line_y(const struct pen *pen);
