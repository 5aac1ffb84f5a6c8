/*
 * See render.h. A row is drawn in two passes, backgrounds first, so that no glyph is cut by its neighbour's background;
 * cells that go on seamlessly are drawn as one.
 */
#include "screenshots/render.h"

#include "data/base/utf8.h"
#include "screenshots/font.h"
#include "screenshots/palette.h"
#include "screenshots/shapes.h"

#include <cairo-svg.h>
#include <string.h>

static const double cell_w = 9, cell_h = 19, margin_x = 14, margin_y = 12, radius = 8, font_size = 15,
                    png_scale = 2;

struct picture {
    cairo_t *cr;
    struct screen *screen;
    struct font *font;
};

static void set_source(cairo_t *cr, struct rgb colour)
{
    cairo_set_source_rgb(cr, colour.r, colour.g, colour.b);
}

static struct box box_of(int row, int col, int cells)
{
    return (struct box){margin_x + col * cell_w, margin_y + row * cell_h, cells * cell_w, cell_h};
}

static void draw_frame(cairo_t *cr, double w, double h)
{
    const double quarter = 1.5707963267948966;
    cairo_new_path(cr);
    cairo_arc(cr, w - radius, radius, radius, -quarter, 0);
    cairo_arc(cr, w - radius, h - radius, radius, 0, quarter);
    cairo_arc(cr, radius, h - radius, radius, quarter, 2 * quarter);
    cairo_arc(cr, radius, radius, radius, 2 * quarter, 3 * quarter);
    cairo_close_path(cr);
    set_source(cr, palette_background());
    cairo_fill(cr);
}

static void draw_backgrounds(struct picture *picture, int row)
{
    int cols = screen_cols(picture->screen);
    for (int from = 0, to; from < cols; from = to) {
        struct cell cell = screen_cell(picture->screen, row, from);
        struct rgb colour = palette_ink(&cell).bg;
        for (to = from + 1; to < cols; to++) {
            struct cell next = screen_cell(picture->screen, row, to);
            if (!rgb_equal(palette_ink(&next).bg, colour))
                break;
        }
        if (rgb_equal(colour, palette_background()))
            continue;
        struct box box = box_of(row, from, to - from);
        set_source(picture->cr, colour);
        cairo_rectangle(picture->cr, box.x, box.y, box.w, box.h);
        cairo_fill(picture->cr);
    }
}

static enum font_style style_of(const struct cell *cell)
{
    return (enum font_style)((cell->bold ? FONT_BOLD : 0) | (cell->italic ? FONT_ITALIC : 0));
}

/* In the middle of its cells, and narrowed where a fallback font's is wider than they are. */
static void draw_glyph(struct picture *picture, char32_t ch, const struct cell *cell, struct box box)
{
    struct font_glyph glyph;
    if (!font_find(picture->font, ch, style_of(cell), &glyph))
        return;
    double baseline = box.y + (cell_h - font_height(picture->font)) / 2 + font_ascent(picture->font);
    double squeeze = glyph.advance > box.w + 0.2 ? box.w / glyph.advance : 1;
    double free_space = glyph.advance > 0 ? (box.w - glyph.advance * squeeze) / 2 : 0;
    cairo_save(picture->cr);
    cairo_translate(picture->cr, box.x + free_space, baseline);
    cairo_scale(picture->cr, squeeze, squeeze);
    cairo_set_scaled_font(picture->cr, glyph.face);
    cairo_show_glyphs(picture->cr, &(cairo_glyph_t){glyph.index, 0, 0}, 1);
    cairo_restore(picture->cr);
}

static void draw_lines(cairo_t *cr, const struct cell *cell, struct box box)
{
    if (cell->underline)
        cairo_rectangle(cr, box.x, box.y + box.h - 3, box.w, 1);
    if (cell->strike)
        cairo_rectangle(cr, box.x, box.y + box.h / 2, box.w, 1);
    cairo_fill(cr);
}

static bool looks_same(const struct cell *a, const struct cell *b)
{
    struct ink ink = palette_ink(a), other = palette_ink(b);
    return strcmp(a->text, b->text) == 0 && rgb_equal(ink.fg, other.fg) && a->underline == b->underline &&
           a->strike == b->strike;
}

/* How many cells from col on are one shape. */
static int tile_run(struct picture *picture, int row, int col, const struct cell *cell)
{
    int n = 1;
    for (; col + n < screen_cols(picture->screen); n++) {
        struct cell next = screen_cell(picture->screen, row, col + n);
        if (!looks_same(cell, &next))
            break;
    }
    return n;
}

/* Returns the cells that were drawn. */
static int draw_cell(struct picture *picture, int row, int col)
{
    struct cell cell = screen_cell(picture->screen, row, col);
    struct text rest = text_of(cell.text);
    char32_t ch = 0;
    if (rest.n)
        utf8_decode(rest.s, rest.n, &ch);
    int cells = rest.n && shape_tiles(ch) ? tile_run(picture, row, col, &cell)
                : cell.width > 1          ? cell.width
                                          : 1;
    struct box box = box_of(row, col, cells);

    set_source(picture->cr, palette_ink(&cell).fg);
    draw_lines(picture->cr, &cell, box);
    if (!rest.n || ch == ' ' || shape_draw(picture->cr, ch, box))
        return cells;
    while (rest.n) { /* a character and its marks */
        size_t n = utf8_decode(rest.s, rest.n, &ch);
        draw_glyph(picture, ch, &cell, box);
        rest = (struct text){rest.s + n, rest.n - n};
    }
    return cells;
}

static void draw_cursor(struct picture *picture)
{
    struct screen_cursor cursor = screen_cursor(picture->screen);
    if (!cursor.is_visible)
        return;
    struct box box = box_of(cursor.row, cursor.col, 1);
    set_source(picture->cr, palette_foreground());
    cairo_rectangle(picture->cr, box.x, box.y + 1, 2, box.h - 2);
    cairo_fill(picture->cr);
}

static double width_of(struct screen *screen)
{
    return screen_cols(screen) * cell_w + 2 * margin_x;
}

static double height_of(struct screen *screen)
{
    return screen_rows(screen) * cell_h + 2 * margin_y;
}

static void draw(cairo_surface_t *surface, struct screen *screen, double scale)
{
    struct picture picture = {cairo_create(surface), screen, font_open(font_size)};
    cairo_scale(picture.cr, scale, scale);
    draw_frame(picture.cr, width_of(screen), height_of(screen));
    for (int row = 0; row < screen_rows(screen); row++) {
        draw_backgrounds(&picture, row);
        for (int col = 0; col < screen_cols(screen);)
            col += draw_cell(&picture, row, col);
    }
    draw_cursor(&picture);
    cairo_destroy(picture.cr);
    font_close(picture.font);
}

bool render_png(struct screen *screen, const char *path)
{
    cairo_surface_t *surface = cairo_image_surface_create(
        CAIRO_FORMAT_ARGB32, (int)(width_of(screen) * png_scale), (int)(height_of(screen) * png_scale));
    draw(surface, screen, png_scale);
    bool is_written = cairo_surface_write_to_png(surface, path) == CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(surface);
    return is_written;
}

bool render_svg(struct screen *screen, const char *path)
{
    cairo_surface_t *surface = cairo_svg_surface_create(path, width_of(screen), height_of(screen));
    cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
    draw(surface, screen, 1);
    cairo_surface_finish(surface);
    bool is_written = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(surface);
    return is_written;
}
