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

static int further_line_start(const struct pen *pen)
{
    return pen->hang < pen->width / 2 ? pen->hang : pen->width / 2;
}

static int line_start(const struct pen *pen)
{
    return pen->line ? further_line_start(pen) : 0;
}

static void next_line(struct pen *pen)
{
    pen->line++;
    pen->col = further_line_start(pen);
    pen->is_wrapped = true;
    if (pen->mark && pen_is_drawing(pen) && pen->col >= 2)
        draw_str(pen->surface, pen->x + pen->col - 2, pen_line_y(pen), 1, pen->mark, STYLE(INK_FAINT));
}

/* How many of the first n bytes are printable ASCII, a cell each. */
static size_t plain_length(struct text text, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t eight;
        memcpy(&eight, text.s + i, 8);
        uint64_t below_space = eight - UINT64_C(0x2020202020202020),
                 above_tilde = eight + UINT64_C(0x0101010101010101);
        if ((eight | below_space | above_tilde) & UINT64_C(0x8080808080808080))
            break;
    }
    while (i < n && (unsigned char)text.s[i] >= 0x20 && (unsigned char)text.s[i] <= 0x7e)
        i++;
    return i;
}

/* text_clip, but quick on what nearly all text is. A byte more is looked at: it could be a mark on the last letter. */
static size_t clip(struct text text, int cells, bool ascii, int *used)
{
    size_t n = (size_t)cells < text.n ? (size_t)cells : text.n;
    size_t looked_at = n < text.n ? n + 1 : n;
    if (plain_length(text, looked_at) < looked_at)
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

/* Bytes of the text that go on this line; 0: none, go on to the next one. */
static size_t fit_words(struct pen *pen, struct text text, size_t n)
{
    if (n == text.n || text.s[n] == ' ')
        return n;
    size_t end = after_last_space(text, n);
    if (end)
        return end;
    struct text word = {text.s, word_length(text)};
    bool is_inside_word = pen->words_end && pen->at > 0 && text.s[-1] != ' ';
    bool fits_alone = text_width(word, pen->ascii) <= pen->width - pen->hang;
    return pen->col > line_start(pen) && fits_alone && !is_inside_word ? 0 : n;
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
    pen->is_wrapped = false;
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

/* Words may go on behind the text, in the next span. */
static struct text with_what_follows(const struct pen *pen, struct text text)
{
    return pen->words_end ? (struct text){text.s, (size_t)(pen->words_end - text.s)} : text;
}

/* Bytes of the text that go onto this line, tabs before them done; *used: their cells. */
static size_t fit(struct pen *pen, struct text text, int *used)
{
    struct text ahead = with_what_follows(pen, text);
    size_t clipped = clip(ahead, pen->width - pen->col, pen->ascii, used);
    const char *tab = pen->has_tabs && clipped ? memchr(ahead.s, '\t', clipped) : NULL;
    size_t n = tab ? (size_t)(tab - ahead.s) : clipped;
    if (pen->by_words && !tab)
        n = fit_words(pen, ahead, n);
    if (n == 0 && pen->col <= line_start(pen))
        n = text_step_forward(ahead, 0);
    n = n < text.n ? n : text.n;
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
           is_match ? (struct style){INK_MATCH, style.ground, ATTR_REVERSE} : style);
    return n;
}

/* The spaces that a line was broken at. */
static size_t spaces_to_drop(const struct pen *pen, struct text text)
{
    size_t n = 0;
    while (pen->by_words && pen->is_wrapped && n < text.n && text.s[n] == ' ')
        n++;
    return n;
}

/* Whole lines that nobody sees, all at once; the pen ends at the end of one. Returns the bytes on them. */
static size_t skip_lines(struct pen *pen, struct text text)
{
    size_t unseen = (size_t)((pen->surface ? pen->first : pen->end) - pen->line);
    if (pen->by_words || pen->line >= (pen->surface ? pen->first : pen->end) || pen->col >= pen->width)
        return 0;
    size_t room = (size_t)(pen->width - pen->col), each = (size_t)(pen->width - further_line_start(pen));
    size_t most = text.n / each > unseen ? room + unseen * each : text.n;
    size_t plain = plain_length(text, most < text.n ? most : text.n);
    if (plain <= room)
        return 0;
    size_t lines = (plain - 1 - room) / each;
    lines = lines < unseen - 1 ? lines : unseen - 1;
    size_t n = room + lines * each, to_place = pen->place - pen->at;
    if (pen->place_line < 0 && pen->place >= pen->at && to_place < n)
        pen->place_line = pen->line + (to_place < room ? 0 : 1 + (int)((to_place - room) / each));
    pen->line += (int)lines;
    pen->col = pen->width;
    pen->at += n;
    return n;
}

void pen_text(struct pen *pen, struct text text, struct style style)
{
    if (pen->gathered)
        buf_text(pen->gathered, text);
    while (text.n && !pen_is_done(pen)) {
        if (pen->col >= pen->width)
            next_line(pen);
        size_t n = spaces_to_drop(pen, text);
        pen->at += n;
        if (!n)
            n = skip_lines(pen, text);
        if (!n)
            n = stroke_some(pen, text, style);
        text = (struct text){text.s + n, text.n - n};
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
