/*
 * Text, lines and boxes on a surface. All text, ours or from outside, walks through glyph_next(), so nothing a person sees
 * here can be a control sequence, and widths agree with what the terminal will do.
 */
#include "data/base/utf8.h"
#include "widgets/surface.h"
#include "widgets/surface_cell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *pick(const struct surface *surface, const char *unicode, const char *ascii)
{
    return surface->ascii ? ascii : unicode;
}

/* ---- text ---- */

/* Where a search found something: bytes [start, end) of the text; start past the text where there is nothing more. */
struct match {
    const struct needle *needle;
    size_t start, end;
};

static void match_seek(struct match *match, struct text text, size_t from)
{
    size_t len = 0;
    ptrdiff_t found = match->needle ? needle_find(match->needle, text, from, &len) : -1;
    match->start = found < 0 || len == 0 ? SIZE_MAX : (size_t)found;
    match->end = found < 0 || len == 0 ? SIZE_MAX : (size_t)found + len;
}

static struct style glyph_style(const struct glyph *glyph, bool is_match, struct style style)
{
    if (is_match)
        style.ink = INK_MATCH;
    else if (glyph->is_escape)
        style.ink = INK_ESCAPE;
    return style;
}

int draw_text_match(struct surface *surface, int x, int y, int cells, struct text text, struct style style,
                    const struct needle *needle)
{
    struct match match = {.needle = needle};
    struct glyph_iter it = glyph_iter(text, surface->ascii);
    struct glyph glyph;
    int used = 0;

    match_seek(&match, text, 0);
    while (used < cells) {
        size_t at = text.n - it.rest.n;
        if (!glyph_next(&it, &glyph))
            break;
        if (at >= match.end)
            match_seek(&match, text, at);
        if (used + glyph.width > cells)
            glyph = (struct glyph){.ch = U' ', .width = 1};
        cell_put(surface, x + used, y, &glyph, glyph_style(&glyph, at >= match.start, style));
        used += glyph.width;
    }
    return used;
}

int draw_text(struct surface *surface, int x, int y, int cells, struct text text, struct style style)
{
    return draw_text_match(surface, x, y, cells, text, style, NULL);
}

int draw_text_ellipsis(struct surface *surface, int x, int y, int cells, struct text text, struct style style)
{
    if (cells <= 0)
        return 0;
    if (text_clip(text, cells, surface->ascii, NULL) == text.n)
        return draw_text(surface, x, y, cells, text, style);

    int used = 0;
    text.n = text_clip(text, cells - 1, surface->ascii, &used);
    draw_text(surface, x, y, used, text, style);
    return used + draw_str(surface, x + used, y, 1, "…", style);
}

/* ---- our own words ---- */

static const struct {
    const char *ornament, *twin;
} TWINS[] = {
    {"…", "~"}, {"·", "-"}, {"–", "-"}, {"≈", "~"}, {"↑", "^"},     {"↓", "v"}, {"←", "<"},
    {"→", ">"}, {"─", "-"}, {"▾", "v"}, {"▸", ">"}, {"⏎", "enter"}, {"×", "x"},
};

static const char *twin_of(const char *s, size_t *len)
{
    for (size_t i = 0; i < sizeof(TWINS) / sizeof(TWINS[0]); i++) {
        *len = strlen(TWINS[i].ornament);
        if (strncmp(s, TWINS[i].ornament, *len) == 0)
            return TWINS[i].twin;
    }
    return NULL;
}

struct text str_words(bool ascii, const char *s, char out[WORDS_MAX])
{
    size_t n = 0, len;
    if (!ascii)
        return text_of(s);
    while (*s && n + 8 < WORDS_MAX) {
        const char *twin = twin_of(s, &len);
        if (twin) {
            memcpy(out + n, twin, strlen(twin));
            n += strlen(twin);
            s += len;
        } else {
            out[n++] = *s++;
        }
    }
    return (struct text){out, n};
}

int draw_str(struct surface *surface, int x, int y, int cells, const char *s, struct style style)
{
    char out[WORDS_MAX];
    return draw_text(surface, x, y, cells, str_words(surface->ascii, s, out), style);
}

int str_width(const struct surface *surface, const char *s)
{
    char out[WORDS_MAX];
    return text_width(str_words(surface->ascii, s, out), surface->ascii);
}

int draw_strf(struct surface *surface, int x, int y, int cells, struct style style, const char *fmt, ...)
{
    char line[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    return draw_str(surface, x, y, cells, line, style);
}

void draw_right(struct surface *surface, int x, int y, int cells, const char *s, struct style style)
{
    int width = str_width(surface, s);
    if (width > cells)
        draw_text_ellipsis(surface, x, y, cells, text_of(s), style);
    else
        draw_str(surface, x + cells - width, y, width, s, style);
}

/* ---- lines and boxes ---- */

void draw_hline(struct surface *surface, int x, int y, int cells, struct style style)
{
    for (int i = 0; i < cells; i++)
        draw_str(surface, x + i, y, 1, "─", style);
}

void draw_vline(struct surface *surface, int x, int y, int cells, struct style style)
{
    for (int i = 0; i < cells; i++)
        draw_str(surface, x, y + i, 1, pick(surface, "│", "|"), style);
}

static void draw_corner(struct surface *surface, int x, int y, const char *unicode, struct style style)
{
    draw_str(surface, x, y, 1, pick(surface, unicode, "+"), style);
}

struct rect draw_box(struct surface *surface, struct rect rect, const char *title, uint8_t ground)
{
    struct style line = style_on(STYLE(INK_FAINT), ground);
    int right = rect.x + rect.w - 1;
    int bottom = rect.y + rect.h - 1;

    draw_fill(surface, rect, style_on(STYLE(INK_DEFAULT), ground));
    if (rect.w < 2 || rect.h < 2)
        return (struct rect){rect.x, rect.y, 0, 0};
    draw_hline(surface, rect.x + 1, rect.y, rect.w - 2, line);
    draw_hline(surface, rect.x + 1, bottom, rect.w - 2, line);
    draw_vline(surface, rect.x, rect.y + 1, rect.h - 2, line);
    draw_vline(surface, right, rect.y + 1, rect.h - 2, line);
    draw_corner(surface, rect.x, rect.y, "╭", line);
    draw_corner(surface, right, rect.y, "╮", line);
    draw_corner(surface, rect.x, bottom, "╰", line);
    draw_corner(surface, right, bottom, "╯", line);
    if (title && *title && rect.w > 6) {
        int used = draw_text_ellipsis(surface, rect.x + 3, rect.y, rect.w - 6, text_of(title),
                                      style_on(STYLE(INK_STRONG), ground));
        draw_str(surface, rect.x + 2, rect.y, 1, " ", line);
        draw_str(surface, rect.x + 3 + used, rect.y, 1, " ", line);
    }
    return (struct rect){rect.x + 1, rect.y + 1, rect.w - 2, rect.h - 2};
}

static double unit(double value)
{
    return value > 0 ? (value < 1 ? value : 1) : 0; /* NaN counts as 0 */
}

/* At least one cell, and at an end only where the view is at that end. */
void draw_scrollbar(struct surface *surface, int x, int y, int h, double start, double size)
{
    start = unit(start);
    size = unit(size);
    if (h <= 0 || size >= 1)
        return;

    int length = (int)(size * h + 0.5);
    length = length < 1 ? 1 : length >= h && h > 1 ? h - 1 : length;
    int room = h - length;
    double scrolled = unit(start / (1 - size));
    int at = (int)(scrolled * room + 0.5);
    if (room > 1 && at == 0 && start > 0)
        at = 1;
    if (room > 1 && at == room && scrolled < 1)
        at = room - 1;
    for (int i = 0; i < length; i++)
        draw_str(surface, x, y + at + i, 1, pick(surface, "▐", "#"), STYLE(INK_FAINT));
}
