/* See shapes.h. Edges lie on half units, which are whole pixels of the pictures (scale 2). */
#include "screenshots/shapes.h"

#include <math.h>
#include <string.h>

static double snap(double v)
{
    return round(v * 2) / 2;
}

static void fill_rect(cairo_t *cr, double x0, double y0, double x1, double y1)
{
    cairo_rectangle(cr, snap(x0), snap(y0), snap(x1) - snap(x0), snap(y1) - snap(y0));
    cairo_fill(cr);
}

/* A part of the cell, in fractions of it. */
static void fill_part(cairo_t *cr, struct box cell, struct box part)
{
    fill_rect(cr, cell.x + part.x * cell.w, cell.y + part.y * cell.h, cell.x + (part.x + part.w) * cell.w,
              cell.y + (part.y + part.h) * cell.h);
}

/* --- U+2580 to U+259F -------------------------------------------------------------------------------------------- */

static void fill_shade(cairo_t *cr, struct box cell, double strength)
{
    double r, g, b, a;
    cairo_pattern_get_rgba(cairo_get_source(cr), &r, &g, &b, &a);
    cairo_set_source_rgba(cr, r, g, b, a * strength);
    fill_part(cr, cell, (struct box){0, 0, 1, 1});
}

/* Bits of U+2596..259F: 1 upper left, 2 upper right, 4 lower left, 8 lower right. */
static const unsigned char quadrants[] = {4, 8, 1, 13, 9, 7, 11, 2, 6, 14};

static void fill_quadrants(cairo_t *cr, struct box cell, unsigned bits)
{
    for (int i = 0; i < 4; i++)
        if (bits & 1u << i)
            fill_part(cr, cell, (struct box){(i & 1) * 0.5, (i >> 1) * 0.5, 0.5, 0.5});
}

static void draw_block(cairo_t *cr, char32_t ch, struct box cell)
{
    if (ch == 0x2580)
        fill_part(cr, cell, (struct box){0, 0, 1, 0.5});
    else if (ch <= 0x2588)
        fill_part(cr, cell, (struct box){0, 1 - (ch - 0x2580) / 8.0, 1, (ch - 0x2580) / 8.0});
    else if (ch <= 0x258F)
        fill_part(cr, cell, (struct box){0, 0, (0x2590 - ch) / 8.0, 1});
    else if (ch == 0x2590)
        fill_part(cr, cell, (struct box){0.5, 0, 0.5, 1});
    else if (ch <= 0x2593)
        fill_shade(cr, cell, (ch - 0x2590) / 4.0);
    else if (ch == 0x2594)
        fill_part(cr, cell, (struct box){0, 0, 1, 0.125});
    else if (ch == 0x2595)
        fill_part(cr, cell, (struct box){0.875, 0, 0.125, 1});
    else
        fill_quadrants(cr, cell, quadrants[ch - 0x2596]);
}

/* --- U+2500 to U+257F -------------------------------------------------------------------------------------------- */

/* Left, up, right, down: 0 no arm, 1 light, 2 heavy, 3 double. 0000 is drawn otherwise, below. */
static const char arms[] = "1010 2020 0101 0202 0000 0000 0000 0000 0000 0000 0000 0000 0011 0021 0012 0022 "
                           "1001 2001 1002 2002 0110 0120 0210 0220 1100 2100 1200 2200 0111 0121 0211 0112 "
                           "0212 0221 0122 0222 1101 2101 1201 1102 1202 2201 2102 2202 1011 2011 1021 2021 "
                           "1012 2012 1022 2022 1110 2110 1120 2120 1210 2210 1220 2220 1111 2111 1121 2121 "
                           "1211 1112 1212 2211 1221 2112 1122 2221 2122 2212 1222 2222 0000 0000 0000 0000 "
                           "3030 0303 0031 0013 0033 3001 1003 3003 0130 0310 0330 3100 1300 3300 0131 0313 "
                           "0333 3101 1303 3303 3031 1013 3033 3130 1310 3330 3131 1313 3333 0000 0000 0000 "
                           "0000 0000 0000 0000 1000 0100 0010 0001 2000 0200 0020 0002 1020 0102 2010 0201 ";

static const double light = 1, heavy = 2;

/* An arm reaches from the edge to a little past the middle, so that corners close. dx, dy point to the edge. */
static void draw_arm(cairo_t *cr, struct box cell, int dx, int dy, char weight)
{
    double mx = cell.x + cell.w / 2, my = cell.y + cell.h / 2;
    double half = (weight == '2' ? heavy : light) / 2;
    double ex = dx ? mx + dx * cell.w / 2 : mx, ey = dy ? my + dy * cell.h / 2 : my;
    double offsets[2] = {weight == '3' ? -1 : 0, 1};
    for (int i = 0; i < (weight == '3' ? 2 : 1); i++) {
        double ox = dy ? offsets[i] * 1.5 : 0, oy = dx ? offsets[i] * 1.5 : 0;
        fill_rect(
            cr, fmin(mx, ex) - (dx > 0 || dy ? half : 0) + ox, fmin(my, ey) - (dy > 0 || dx ? half : 0) + oy,
            fmax(mx, ex) + (dx < 0 || dy ? half : 0) + ox, fmax(my, ey) + (dy < 0 || dx ? half : 0) + oy);
    }
}

static void draw_arms(cairo_t *cr, struct box cell, const char weights[4])
{
    static const int dx[4] = {-1, 0, 1, 0}, dy[4] = {0, -1, 0, 1};
    for (int i = 0; i < 4; i++)
        if (weights[i] != '0')
            draw_arm(cr, cell, dx[i], dy[i], weights[i]);
}

/* ╭ ╮ ╯ ╰: from one edge's middle to another's, round. */
static void draw_arc(cairo_t *cr, char32_t ch, struct box cell)
{
    double mx = cell.x + cell.w / 2, my = cell.y + cell.h / 2, r = cell.w / 2;
    int to_right = ch == 0x256D || ch == 0x2570, to_bottom = ch == 0x256D || ch == 0x256E;
    double ex = to_right ? cell.x + cell.w : cell.x, ey = to_bottom ? cell.y + cell.h : cell.y;
    double sx = to_right ? 1 : -1, sy = to_bottom ? 1 : -1;
    cairo_set_line_width(cr, light);
    cairo_move_to(cr, mx, ey);
    cairo_line_to(cr, mx, my + sy * r);
    cairo_curve_to(cr, mx, my + sy * r * 0.45, mx + sx * r * 0.45, my, ex, my);
    cairo_stroke(cr);
}

static void draw_diagonal(cairo_t *cr, char32_t ch, struct box cell)
{
    cairo_set_line_width(cr, light);
    if (ch != 0x2572) {
        cairo_move_to(cr, cell.x, cell.y + cell.h);
        cairo_line_to(cr, cell.x + cell.w, cell.y);
    }
    if (ch != 0x2571) {
        cairo_move_to(cr, cell.x, cell.y);
        cairo_line_to(cr, cell.x + cell.w, cell.y + cell.h);
    }
    cairo_stroke(cr);
}

/* ┄ ┆ ┈ ┊ and their heavy sisters, ╌ ╎: dashes per cell, and whether they stand. */
static void draw_dashes(cairo_t *cr, char32_t ch, struct box cell)
{
    int count = ch >= 0x254C ? 2 : ch >= 0x2508 ? 4 : 3;
    bool is_upright = ch >= 0x254C ? ch >= 0x254E : (ch - 0x2504) % 4 >= 2;
    double half = (ch & 1 ? heavy : light) / 2;
    double mx = cell.x + cell.w / 2, my = cell.y + cell.h / 2;
    double step = (is_upright ? cell.h : cell.w) / count;
    for (int i = 0; i < count; i++) {
        double from = (i + 0.2) * step, to = (i + 0.8) * step;
        if (is_upright)
            fill_rect(cr, mx - half, cell.y + from, mx + half, cell.y + to);
        else
            fill_rect(cr, cell.x + from, my - half, cell.x + to, my + half);
    }
}

static void draw_box(cairo_t *cr, char32_t ch, struct box cell)
{
    const char *weights = arms + (size_t)(ch - 0x2500) * 5;
    if (strncmp(weights, "0000", 4) != 0)
        draw_arms(cr, cell, weights);
    else if (ch >= 0x256D && ch <= 0x2570)
        draw_arc(cr, ch, cell);
    else if (ch >= 0x2571 && ch <= 0x2573)
        draw_diagonal(cr, ch, cell);
    else
        draw_dashes(cr, ch, cell);
}

/* --- circles ----------------------------------------------------------------------------------------------------- */

enum {
    CIRCLE_FULL = 0x25CF,
    CIRCLE_EMPTY = 0x25CB,
    CIRCLE_LEFT = 0x25D0,
    CIRCLE_RIGHT = 0x25D1,
    CIRCLE_DOT = 0x25C9,
    CIRCLE_SLASH = 0x2298
};

static bool is_circle(char32_t ch)
{
    return ch == CIRCLE_FULL || ch == CIRCLE_EMPTY || ch == CIRCLE_LEFT || ch == CIRCLE_RIGHT ||
           ch == CIRCLE_DOT || ch == CIRCLE_SLASH;
}

static void draw_inside(cairo_t *cr, char32_t ch, double x, double y, double r)
{
    const double quarter = 1.5707963267948966;
    double tilt = r * 0.7071;
    switch (ch) {
    case CIRCLE_LEFT: cairo_arc(cr, x, y, r, quarter, 3 * quarter); break;
    case CIRCLE_RIGHT: cairo_arc(cr, x, y, r, -quarter, quarter); break;
    case CIRCLE_DOT: cairo_arc(cr, x, y, r * 0.5, 0, 4 * quarter); break;
    case CIRCLE_SLASH:
        cairo_move_to(cr, x - tilt, y + tilt);
        cairo_line_to(cr, x + tilt, y - tilt);
        cairo_stroke(cr);
        return;
    default: return;
    }
    cairo_fill(cr);
}

static void draw_circle(cairo_t *cr, char32_t ch, struct box cell)
{
    const double whole = 6.283185307179586;
    double x = cell.x + cell.w / 2, y = cell.y + cell.h / 2, r = cell.w * 0.42;
    cairo_new_path(cr);
    if (ch == CIRCLE_FULL) {
        cairo_arc(cr, x, y, cell.w * 0.46, 0, whole);
        cairo_fill(cr);
        return;
    }
    cairo_set_line_width(cr, 1.1);
    cairo_arc(cr, x, y, r, 0, whole);
    cairo_stroke(cr);
    draw_inside(cr, ch, x, y, r);
}

/* --- small triangles: ▸ ▾ ◂ ▴ -------------------------------------------------------------------------------------- */

enum { TRIANGLE_RIGHT = 0x25B8, TRIANGLE_DOWN = 0x25BE, TRIANGLE_LEFT = 0x25C2, TRIANGLE_UP = 0x25B4 };

static bool is_triangle(char32_t ch)
{
    return ch == TRIANGLE_RIGHT || ch == TRIANGLE_DOWN || ch == TRIANGLE_LEFT || ch == TRIANGLE_UP;
}

static void draw_triangle(cairo_t *cr, char32_t ch, struct box cell)
{
    double x = cell.x + cell.w / 2, y = cell.y + cell.h / 2, a = cell.w * 0.36, b = cell.w * 0.3;
    int sign = ch == TRIANGLE_RIGHT || ch == TRIANGLE_DOWN ? 1 : -1;
    bool is_level = ch == TRIANGLE_RIGHT || ch == TRIANGLE_LEFT;
    cairo_new_path(cr);
    cairo_move_to(cr, x + (is_level ? sign * b : 0), y + (is_level ? 0 : sign * b));
    cairo_line_to(cr, x - (is_level ? sign * b : a), y - (is_level ? a : sign * b));
    cairo_line_to(cr, x - (is_level ? sign * b : -a), y - (is_level ? -a : sign * b));
    cairo_close_path(cr);
    cairo_fill(cr);
}

bool shape_draw(cairo_t *cr, char32_t ch, struct box cell)
{
    if (ch >= 0x2500 && ch <= 0x257F)
        draw_box(cr, ch, cell);
    else if (ch >= 0x2580 && ch <= 0x259F)
        draw_block(cr, ch, cell);
    else if (is_circle(ch))
        draw_circle(cr, ch, cell);
    else if (is_triangle(ch))
        draw_triangle(cr, ch, cell);
    else
        return false;
    return true;
}

bool shape_tiles(char32_t ch)
{
    return (ch >= 0x2580 && ch <= 0x2588) || ch == 0x2594 || ch == 0x2500 || ch == 0x2501 || ch == 0x2550;
}
