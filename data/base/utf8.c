/*
 * See utf8.h. Two layers: decoding, which is strict and knows nothing of screens, and glyphs, which decide
 * what may be sent to a terminal. The decision is a denylist on top of wcwidth(): what the C library calls
 * unprintable is written out as <U+…>, and so are the characters it calls printable or zero wide but which
 * hide or reorder text. Being written out also keeps columns aligned: terminals disagree on joiners and tags,
 * and nobody disagrees on ASCII.
 */
#include "data/base/utf8.h"

#include <limits.h>
#include <stdio.h>
#include <wchar.h>

/* ---- decoding ---- */

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Unicode's table of well-formed sequences: the second byte is what tells overlongs and surrogates apart. */
static size_t decode_three(const unsigned char *u, char32_t *cp)
{
    unsigned char low = u[0] == 0xE0 ? 0xA0 : 0x80;
    unsigned char high = u[0] == 0xED ? 0x9F : 0xBF;
    if (u[1] < low || u[1] > high || !is_continuation(u[2]))
        return 1;
    *cp = (char32_t)(u[0] & 0x0F) << 12 | (char32_t)(u[1] & 0x3F) << 6 | (u[2] & 0x3F);
    return 3;
}

static size_t decode_four(const unsigned char *u, char32_t *cp)
{
    unsigned char low = u[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = u[0] == 0xF4 ? 0x8F : 0xBF;
    if (u[1] < low || u[1] > high || !is_continuation(u[2]) || !is_continuation(u[3]))
        return 1;
    *cp = (char32_t)(u[0] & 0x07) << 18 | (char32_t)(u[1] & 0x3F) << 12 | (char32_t)(u[2] & 0x3F) << 6 |
          (u[3] & 0x3F);
    return 4;
}

size_t utf8_decode(const char *s, size_t n, char32_t *cp)
{
    const unsigned char *u = (const unsigned char *)s;
    *cp = UTF8_BAD;
    if (n == 0)
        return 0;
    if (u[0] < 0x80) {
        *cp = u[0];
        return 1;
    }
    if (u[0] >= 0xC2 && u[0] <= 0xDF && n >= 2 && is_continuation(u[1])) {
        *cp = (char32_t)(u[0] & 0x1F) << 6 | (u[1] & 0x3F);
        return 2;
    }
    if ((u[0] & 0xF0) == 0xE0 && n >= 3)
        return decode_three(u, cp);
    if (u[0] >= 0xF0 && u[0] <= 0xF4 && n >= 4)
        return decode_four(u, cp);
    return 1;
}

size_t utf8_encode(char32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        return 0;
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

size_t utf8_step_back(const char *s, size_t at)
{
    for (size_t len = 1; len <= 4 && len <= at; len++) {
        char32_t cp;
        if (utf8_decode(s + at - len, len, &cp) == len && cp != UTF8_BAD)
            return at - len;
        if (!is_continuation((unsigned char)s[at - len]))
            break;
    }
    return at ? at - 1 : 0;
}

bool utf8_is_valid(struct text text)
{
    char32_t cp = 0;
    for (size_t at = 0; at < text.n && cp != UTF8_BAD;)
        at += utf8_decode(text.s + at, text.n - at, &cp);
    return cp != UTF8_BAD;
}

size_t utf8_cut(struct text text, size_t max)
{
    if (text.n <= max)
        return text.n;
    for (size_t back = 1; back <= 3 && back <= max; back++) {
        char32_t cp;
        if (is_continuation((unsigned char)text.s[max - back]))
            continue;
        return utf8_decode(text.s + max - back, text.n - max + back, &cp) > back ? max - back : max;
    }
    return max;
}

/* ---- what a character is on a screen ---- */

enum kind {
    KIND_BASE,     /* takes cells of its own */
    KIND_MARK,     /* stands on the base before it */
    KIND_SELECTOR, /* picks a look for the base before it. Dropped: terminals change the base's width for it
                    */
    KIND_ESCAPE,   /* must be written out */
};

/* Format characters, fillers and tags: invisible, though wcwidth() gives many of them a width of 0, 1 or 2.
 */
static const char32_t hidden[][2] = {
    {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x0600, 0x0605},   {0x061C, 0x061C},   {0x06DD, 0x06DD},
    {0x070F, 0x070F},   {0x0890, 0x0891},   {0x08E2, 0x08E2},   {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},   {0x3164, 0x3164},
    {0xFE00, 0xFE0D},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0x110BD, 0x110BD},
    {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

static bool is_hidden(char32_t cp)
{
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden && hidden[i][0] <= cp; i++)
        if (cp <= hidden[i][1])
            return true;
    return false;
}

static enum kind kind_of(char32_t cp, int *width)
{
    *width = 1;
    if (cp >= 0x20 && cp < 0x7F)
        return KIND_BASE;
    if (cp == UTF8_BAD || cp < 0xA0 || is_hidden(cp))
        return KIND_ESCAPE;
    if (cp == 0xA0)
        return KIND_BASE;
    if (cp == 0xFE0E || cp == 0xFE0F)
        return KIND_SELECTOR;
    *width = wcwidth((wchar_t)cp);
    if (*width < 0)
        return KIND_ESCAPE;
    return *width ? KIND_BASE : KIND_MARK;
}

/* ---- glyphs ---- */

struct glyph_iter glyph_iter(struct text text, bool ascii)
{
    return (struct glyph_iter){.rest = text, .ascii = ascii};
}

static void skip(struct glyph_iter *it, size_t n)
{
    it->rest.s += n;
    it->rest.n -= n;
}

static void set_glyph(struct glyph *glyph, char32_t ch, int width, bool is_escape)
{
    *glyph = (struct glyph){.ch = ch, .width = (uint8_t)width, .is_escape = is_escape};
}

static void yield_pending(struct glyph_iter *it, struct glyph *glyph)
{
    set_glyph(glyph, (unsigned char)it->pending[it->pending_at++], 1, true);
}

/* How a control, hidden or broken character is written; ASCII, but for the control pictures of the other
 * mode. */
static void yield_escape(struct glyph_iter *it, char32_t cp, unsigned char byte, struct glyph *glyph)
{
    bool is_control = cp < 0x20 || cp == 0x7F;
    if (is_control && !it->ascii) {
        set_glyph(glyph, cp == 0x7F ? 0x2421 : 0x2400 + cp, 1, true);
        return;
    }
    int n;
    if (is_control)
        n = snprintf(it->pending, sizeof it->pending, "^%c", (int)(cp ^ 0x40));
    else if (cp == UTF8_BAD)
        n = snprintf(it->pending, sizeof it->pending, "<%02X>", (unsigned)byte);
    else
        n = snprintf(it->pending, sizeof it->pending, "<U+%04X>", (unsigned)cp);
    it->pending_at = 0;
    it->pending_len = (uint8_t)n;
    yield_pending(it, glyph);
}

static void take_marks(struct glyph_iter *it, struct glyph *glyph)
{
    size_t kept = 0;
    while (it->rest.n && (unsigned char)it->rest.s[0] >= 0x80) {
        char32_t cp;
        int width;
        size_t len = utf8_decode(it->rest.s, it->rest.n, &cp);
        enum kind kind = kind_of(cp, &width);
        if (kind != KIND_MARK && kind != KIND_SELECTOR)
            return;
        skip(it, len);
        if (kind == KIND_MARK && kept < GLYPH_MARKS && !it->ascii)
            glyph->marks[kept++] = cp;
    }
}

static void yield_base(struct glyph_iter *it, char32_t cp, int width, struct glyph *glyph)
{
    if (!it->ascii || cp < 0x80) {
        set_glyph(glyph, cp, width, false);
    } else {
        it->pending[0] = it->pending[1] = '?';
        it->pending_at = 0;
        it->pending_len = (uint8_t)width;
        yield_pending(it, glyph);
    }
    take_marks(it, glyph);
}

bool glyph_next(struct glyph_iter *it, struct glyph *glyph)
{
    if (it->pending_at < it->pending_len) {
        yield_pending(it, glyph);
        return true;
    }
    if (it->rest.n == 0)
        return false;
    char32_t cp;
    int width;
    unsigned char byte = (unsigned char)it->rest.s[0];
    size_t len = utf8_decode(it->rest.s, it->rest.n, &cp);
    enum kind kind = kind_of(cp, &width);
    if (kind == KIND_MARK) {
        set_glyph(glyph, ' ', 1, false);
        take_marks(it, glyph);
        return true;
    }
    skip(it, len);
    if (kind == KIND_BASE)
        yield_base(it, cp == 0xA0 ? ' ' : cp, width, glyph);
    else
        yield_escape(it, cp, byte, glyph);
    return true;
}

/* Moves past one glyph, or past all glyphs of one written-out character; returns their cells. */
static int next_whole(struct glyph_iter *it)
{
    struct glyph glyph;
    int cells = 0;
    do {
        if (!glyph_next(it, &glyph))
            break;
        cells += glyph.width;
    } while (it->pending_at < it->pending_len);
    return cells;
}

int text_width(struct text text, bool ascii)
{
    struct glyph_iter it = glyph_iter(text, ascii);
    int cells = 0;
    while (it.rest.n && cells < INT_MAX - 16)
        cells += next_whole(&it);
    return cells;
}

size_t text_clip(struct text text, int cells, bool ascii, int *used)
{
    struct glyph_iter it = glyph_iter(text, ascii);
    size_t end = 0;
    int total = 0;
    while (it.rest.n) {
        int more = next_whole(&it);
        if (total + more > cells)
            break;
        total += more;
        end = text.n - it.rest.n;
    }
    if (used)
        *used = total;
    return end;
}

size_t text_step_forward(struct text text, size_t at)
{
    if (at >= text.n)
        return text.n;
    struct glyph_iter it = glyph_iter((struct text){text.s + at, text.n - at}, false);
    next_whole(&it);
    return text.n - it.rest.n;
}

/* Backwards, whether a mark has a base is only known at the base: so go back to one, and then forward again.
 */
size_t text_step_back(struct text text, size_t at)
{
    at = at > text.n ? text.n : at;
    size_t start = at;
    enum kind kind = KIND_MARK;
    while (start > 0 && (kind == KIND_MARK || kind == KIND_SELECTOR)) {
        char32_t cp;
        int width;
        start = utf8_step_back(text.s, start);
        utf8_decode(text.s + start, at - start, &cp);
        kind = kind_of(cp, &width);
    }
    struct text head = {text.s, at};
    for (size_t next = start; next < at; next = text_step_forward(head, next))
        start = next;
    return start;
}

static bool is_space(char32_t cp)
{
    return cp == ' ' || (cp >= '\t' && cp <= '\r') || cp == 0x85 || cp == 0xA0 || cp == 0x1680 ||
           (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 || cp == 0x2029 || cp == 0x202F || cp == 0x205F ||
           cp == 0x3000;
}

size_t text_fold_space(struct text text, char *out, size_t max)
{
    size_t len = 0;
    bool space_due = false;
    for (size_t at = 0, step; at < text.n; at += step) {
        char32_t cp;
        step = utf8_decode(text.s + at, text.n - at, &cp);
        if (is_space(cp)) {
            space_due = len > 0;
            continue;
        }
        if (len + space_due + step > max)
            break;
        if (space_due)
            out[len++] = ' ';
        space_due = false;
        memcpy(out + len, text.s + at, step);
        len += step;
    }
    out[len] = '\0';
    return len;
}
