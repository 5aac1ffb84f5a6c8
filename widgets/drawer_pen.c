/*
 * See drawer_pen.h. Text goes through in chunks that end at a line's end, a tab, or the edge of a match; a chunk is handed to draw_text as a whole.
 */
#include "widgets/drawer_pen.h"

#include "data/base/utf8.h"

#include <limits.h>

enum { TAB_CELLS = 4, WORD_MAX_BYTES = 200 };

struct pen pen_measuring(int width, bool ascii)
{
    return (struct pen){.width = width > 1 ? width : 1,
                        .ascii = ascii,
                        .end = INT_MAX,
                        .place_line = -1,
                        .place = SIZE_MAX,
                        .match_start = SIZE_MAX,
                        .match_end = SIZE_MAX};
}

bool pen_is_done(const struct pen *pen)
{
    return pen->line >= pen->end;
}

bool pen_is_drawing(const struct pen *pen)
{
    return pen->surface && pen->line >= pen->first && pen->line < pen->end;
}

int pen_line_y(const struct pen *pen)
{
    return pen->y + pen->line - pen->first;
}

/* ---- matches ---- */

static void seek_match(struct pen *pen, size_t from)
{
    size_t len = 0;
    ptrdiff_t found = from <= pen->whole.n ? needle_find(pen->needle, pen->whole, from, &len) : -1;
    pen->match_start = found < 0 || !len ? SIZE_MAX : (size_t)found;
    pen->match_end = found < 0 || !len ? SIZE_MAX : (size_t)found + len;
}

void pen_highlight(struct pen *pen, const struct needle *needle, struct text whole)
{
    pen->needle = needle;
    pen->whole = whole;
    seek_match(pen, 0);
}

/* How far from here the pen's colour stays the same. */
static size_t same_until(struct pen *pen, bool *is_match)
{
    if (pen->needle && pen->at >= pen->match_end)
        seek_match(pen, pen->at);
    *is_match = pen->at >= pen->match_start;
    return (*is_match ? pen->match_end : pen->match_start) - pen->at;
}

/* ---- lines ---- */

static void next_line(struct pen *pen)
{
    pen->line++;
    pen->col = pen->hang < pen->width / 2 ? pen->hang : pen->width / 2;
    if (pen->mark && pen_is_drawing(pen) && pen->col >= 2)
        draw_str(pen->surface, pen->x + pen->col - 2, pen_line_y(pen), 1, pen->mark, STYLE(INK_FAINT));
}

static bool is_plain(struct text text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text.s[i] < 0x20 || (unsigned char)text.s[i] > 0x7e)
            return false;
    return true;
}

/* text_clip, but quick on what nearly all text is. A byte more is looked at: it could be a mark on the last letter. */
static size_t clip(struct text text, int cells, bool ascii, int *used)
{
    size_t n = (size_t)cells < text.n ? (size_t)cells : text.n;
    if (!is_plain(text, n < text.n ? n + 1 : n))
        return text_clip(text, cells, ascii, used);
    *used = (int)n;
    return n;
}

static size_t after_last_space(struct text text, size_t n)
{
    for (size_t at = n; at > 0; at--)
        if (text.s[at - 1] == ' ')
            return at;
    return 0;
}

static size_t word_length(struct text text)
{
    size_t n = 0;
    while (n < text.n && n < WORD_MAX_BYTES && text.s[n] != ' ' && text.s[n] != '\n')
        n++;
    return n;
}

static int line_start(const struct pen *pen)
{
    return pen->line ? (pen->hang < pen->width / 2 ? pen->hang : pen->width / 2) : 0;
}

/* Bytes of the text that go on this line; 0: none, go on to the next one. */
static size_t fit_words(struct pen *pen, struct text text, size_t n)
{
    if (n == text.n || text.s[n] == ' ')
        return n;
    size_t end = after_last_space(text, n);
    if (end)
        return end;
    struct text word = {text.s, word_length(text)};
    bool fits_alone = text_width(word, pen->ascii) <= pen->width - pen->hang;
    return pen->col > line_start(pen) && fits_alone ? 0 : n;
}

/* ---- strokes ---- */

static void stroke(struct pen *pen, struct text text, int cells, struct style style)
{
    if (pen_is_drawing(pen))
        draw_text(pen->surface, pen->x + pen->col, pen_line_y(pen), cells, text, style);
    if (pen->place_line < 0 && pen->at + text.n > pen->place)
        pen->place_line = pen->line;
    pen->col += cells;
    pen->at += text.n;
}

static void stroke_tab(struct pen *pen)
{
    int cells = TAB_CELLS - pen->col % TAB_CELLS;
    if (pen->col + cells > pen->width) {
        next_line(pen);
        cells = 0;
    }
    stroke(pen, TEXT_LIT("\t"), 0, STYLE(INK_DEFAULT));
    pen->col += cells;
}

/* Bytes of the text that go onto this line, tabs before them done; *used: their cells. */
static size_t fit(struct pen *pen, struct text text, int *used)
{
    size_t clipped = clip(text, pen->width - pen->col, pen->ascii, used);
    const char *tab = pen->has_tabs && clipped ? memchr(text.s, '\t', clipped) : NULL;
    size_t n = tab ? (size_t)(tab - text.s) : clipped;
    if (pen->by_words && !tab)
        n = fit_words(pen, text, n);
    if (n == 0 && pen->col <= line_start(pen))
        n = text_step_forward(text, 0);
    if (n != clipped)
        *used = text_width((struct text){text.s, n}, pen->ascii);
    return n;
}

/* As much as goes onto this line in one colour. */
static size_t stroke_some(struct pen *pen, struct text text, struct style style)
{
    if (pen->has_tabs && text.s[0] == '\t') {
        stroke_tab(pen);
        return 1;
    }
    bool is_match = false;
    size_t same = same_until(pen, &is_match);
    int used = 0;
    size_t n = fit(pen, text, &used);
    if (n == 0) {
        next_line(pen);
        return 0;
    }
    if (n > same) {
        n = same;
        used = text_width((struct text){text.s, n}, pen->ascii);
    }
    stroke(pen, (struct text){text.s, n}, used,
           is_match ? (struct style){INK_MATCH, style.ground, 0} : style);
    return n;
}

static size_t leading_spaces(struct text text)
{
    size_t n = 0;
    while (n < text.n && text.s[n] == ' ')
        n++;
    return n;
}

void pen_text(struct pen *pen, struct text text, struct style style)
{
    if (pen->gathered)
        buf_text(pen->gathered, text);
    while (text.n && !pen_is_done(pen)) {
        int line = pen->line;
        if (pen->col >= pen->width)
            next_line(pen);
        size_t n = pen->line == line ? stroke_some(pen, text, style) : 0;
        text = (struct text){text.s + n, text.n - n};
        size_t spaces = pen->by_words && pen->line != line ? leading_spaces(text) : 0;
        pen->at += spaces;
        text = (struct text){text.s + spaces, text.n - spaces};
    }
}

void pen_words(struct pen *pen, const char *s, struct style style)
{
    char out[WORDS_MAX];
    pen_text(pen, str_words(pen->ascii, s, out), style);
}

void pen_gap(struct pen *pen, int cells)
{
    pen->col += cells;
}

void pen_margin(struct pen *pen, int cells, const char *s, struct style style)
{
    if (pen_is_drawing(pen))
        draw_right(pen->surface, pen->x + pen->col, pen_line_y(pen), cells, s, style);
    pen->col += cells;
}
