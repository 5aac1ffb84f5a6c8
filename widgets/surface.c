/*
 * The grid of cells. Everything that changes a cell goes through cell_put(), because a wide glyph owns two cells: whoever
 * writes over one half has to blank the other, or the terminal would shift the rest of the row.
 */
#include "widgets/surface.h"

#include "data/base/die.h"
#include "data/base/utf8.h"
#include "widgets/surface_cell.h"

#include <stdlib.h>

static const struct cell BLANK = {.ch = U' '};

void surface_init(struct surface *surface, int width, int height, bool ascii)
{
    *surface = (struct surface){.ascii = ascii, .cursor_x = -1, .cursor_y = -1};
    surface_resize(surface, width, height);
}

void surface_release(struct surface *surface)
{
    free(surface->cells);
    *surface = (struct surface){.cursor_x = -1, .cursor_y = -1};
}

void surface_resize(struct surface *surface, int width, int height)
{
    surface->width = width > 0 ? width : 0;
    surface->height = height > 0 ? height : 0;
    size_t count = (size_t)surface->width * (size_t)surface->height;
    surface->cells = mem_resize(surface->cells, count ? count : 1, sizeof(*surface->cells));
    surface->clip = surface_rect(surface);
    surface_clear(surface);
}

void surface_clear(struct surface *surface)
{
    size_t count = (size_t)surface->width * (size_t)surface->height;
    for (size_t i = 0; i < count; i++)
        surface->cells[i] = BLANK;
    surface->cursor_x = surface->cursor_y = -1;
}

struct rect surface_rect(const struct surface *surface)
{
    return (struct rect){0, 0, surface->width, surface->height};
}

struct rect rect_cut(struct rect rect, struct rect bounds)
{
    int left = rect.x > bounds.x ? rect.x : bounds.x;
    int top = rect.y > bounds.y ? rect.y : bounds.y;
    int right = rect.x + rect.w < bounds.x + bounds.w ? rect.x + rect.w : bounds.x + bounds.w;
    int bottom = rect.y + rect.h < bounds.y + bounds.h ? rect.y + rect.h : bounds.y + bounds.h;
    return (struct rect){left, top, right > left ? right - left : 0, bottom > top ? bottom - top : 0};
}

struct rect surface_clip(struct surface *surface, struct rect rect)
{
    struct rect before = surface->clip;
    surface->clip = rect_cut(rect, before);
    return before;
}

void surface_unclip(struct surface *surface, struct rect before)
{
    surface->clip = before;
}

static struct cell *cell_at(const struct surface *surface, int x, int y)
{
    if (x < 0 || y < 0 || x >= surface->width || y >= surface->height)
        return NULL;
    return &surface->cells[(size_t)y * (size_t)surface->width + (size_t)x];
}

static bool is_inside(const struct surface *surface, int x, int y)
{
    const struct rect *clip = &surface->clip;
    return x >= clip->x && y >= clip->y && x < clip->x + clip->w && y < clip->y + clip->h;
}

/* Blanks the other half of the wide glyph that (x, y) is a half of, if it is one. */
static void split_wide(struct surface *surface, int x, int y)
{
    struct cell *cell = cell_at(surface, x, y);
    struct cell *left = cell_at(surface, x - 1, y);
    struct cell *right = cell_at(surface, x + 1, y);
    if (cell && cell->ch == 0 && left)
        *left = (struct cell){.ch = U' ', .style = left->style};
    if (cell && cell->ch != 0 && right && right->ch == 0)
        *right = (struct cell){.ch = U' ', .style = right->style};
}

static void cell_set(struct surface *surface, int x, int y, struct cell value)
{
    if (!is_inside(surface, x, y))
        return;
    split_wide(surface, x, y);
    *cell_at(surface, x, y) = value;
}

void cell_put(struct surface *surface, int x, int y, const struct glyph *glyph, struct style style)
{
    struct cell blank = {.ch = U' ', .style = style};
    struct cell cell = {.ch = glyph->ch, .marks = {glyph->marks[0], glyph->marks[1]}, .style = style};
    if (glyph->width < 2) {
        cell_set(surface, x, y, cell);
        return;
    }
    bool is_whole = is_inside(surface, x, y) && is_inside(surface, x + 1, y);
    cell_set(surface, x, y, is_whole ? cell : blank);
    cell_set(surface, x + 1, y, blank);
    if (is_whole) {
        *cell_at(surface, x, y) = cell;
        cell_at(surface, x + 1, y)->ch = 0;
    }
}

void draw_glyph(struct surface *surface, int x, int y, char32_t ch, struct style style)
{
    cell_set(surface, x, y, (struct cell){.ch = ch, .style = style});
}

void draw_fill(struct surface *surface, struct rect rect, struct style style)
{
    rect = rect_cut(rect, surface->clip);
    for (int y = rect.y; y < rect.y + rect.h; y++)
        for (int x = rect.x; x < rect.x + rect.w; x++)
            cell_set(surface, x, y, (struct cell){.ch = U' ', .style = style});
}

/* A ground made of an ink is part of a picture (a bar of the timeline), not something it lies on. */
void draw_ground(struct surface *surface, struct rect rect, uint8_t ground)
{
    rect = rect_cut(rect, surface->clip);
    for (int y = rect.y; y < rect.y + rect.h; y++)
        for (int x = rect.x; x < rect.x + rect.w; x++) {
            struct style *style = &cell_at(surface, x, y)->style;
            if (style->ground < GROUND_COUNT)
                style->ground = ground;
        }
}

static enum ink dimmed_ink(enum ink ink)
{
    if (ink == INK_FAILED || ink == INK_FAINT)
        return ink;
    return ink == INK_BAR_DONE ? INK_FAINT : INK_MUTED;
}

static struct style dimmed(struct style style)
{
    style.ink = (uint8_t)dimmed_ink(style.ink);
    if (style.ground >= GROUND_COUNT)
        style.ground = GROUND_OF_INK(dimmed_ink(style.ground - GROUND_COUNT));
    style.attrs &= (uint8_t)~ATTR_BOLD;
    return style;
}

void draw_dim(struct surface *surface, struct rect rect)
{
    rect = rect_cut(rect, surface->clip);
    for (int y = rect.y; y < rect.y + rect.h; y++)
        for (int x = rect.x; x < rect.x + rect.w; x++) {
            struct style *style = &cell_at(surface, x, y)->style;
            *style = dimmed(*style);
        }
}

/* ---- as text ---- */

static void dump_char(struct buf *out, char32_t ch)
{
    char bytes[4];
    if (ch)
        buf_add(out, bytes, utf8_encode(ch, bytes));
}

static void dump_glyphs(const struct surface *surface, int y, struct buf *out)
{
    int end = surface->width;
    while (end > 0 && cell_at(surface, end - 1, y)->ch == U' ' && !cell_at(surface, end - 1, y)->marks[0])
        end--;
    for (int x = 0; x < end; x++) {
        const struct cell *cell = cell_at(surface, x, y);
        dump_char(out, cell->ch);
        dump_char(out, cell->marks[0]);
        dump_char(out, cell->marks[1]);
    }
}

static char ink_letter(const struct style *style)
{
    static const char letters[] = {
        [INK_DEFAULT] = ' ',   [INK_STRONG] = 'S',  [INK_MUTED] = 'm',     [INK_FAINT] = 'f',
        [INK_ACCENT] = 'A',    [INK_PENDING] = 'p', [INK_RUNNING] = 'r',   [INK_WAITING] = 'w',
        [INK_COMPLETED] = 'c', [INK_FAILED] = 'F',  [INK_CANCELLED] = 'x', [INK_OTHER] = 'o',
        [INK_TRIGGER] = 't',   [INK_WARN] = 'W',    [INK_KEYWORD] = 'k',   [INK_STRING] = 's',
        [INK_NUMBER] = 'n',    [INK_COMMENT] = 'C', [INK_CALL] = 'l',      [INK_JSON_KEY] = 'j',
        [INK_ESCAPE] = 'E',    [INK_MATCH] = 'M',   [INK_BAR_DONE] = 'b',
    };
    _Static_assert(sizeof(letters) == INK_COUNT, "every ink has a letter");
    return letters[style->ink];
}

/* Grounds by their number, those made of an ink by its letter. */
static char ground_letter(const struct style *style)
{
    if (style->ground == GROUND_DEFAULT)
        return ' ';
    if (style->ground < GROUND_COUNT)
        return (char)('0' + style->ground);
    struct style ink = {.ink = (uint8_t)(style->ground - GROUND_COUNT)};
    return ink_letter(&ink);
}

/* One line of letters, nothing where all of them are blank. */
static void dump_letters(const struct surface *surface, int y, char mark,
                         char (*letter)(const struct style *), struct buf *out)
{
    int end = surface->width;
    while (end > 0 && letter(&cell_at(surface, end - 1, y)->style) == ' ')
        end--;
    if (end == 0)
        return;
    buf_char(out, mark);
    for (int x = 0; x < end; x++)
        buf_char(out, letter(&cell_at(surface, x, y)->style));
    buf_char(out, '\n');
}

void surface_dump(const struct surface *surface, bool styles, struct buf *out)
{
    for (int y = 0; y < surface->height; y++) {
        if (styles)
            buf_char(out, '|');
        dump_glyphs(surface, y, out);
        buf_char(out, '\n');
        if (styles) {
            dump_letters(surface, y, ':', ink_letter, out);
            dump_letters(surface, y, '#', ground_letter, out);
        }
    }
}
