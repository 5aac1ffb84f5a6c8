/*
 * Characters that are drawn as geometry instead of from a font, so that bars and frames join without a seam and
 * status marks have one size: block elements, box drawing, a few circles and triangles.
 */
#pragma once

#include <cairo.h>
#include <stdbool.h>
#include <uchar.h>

struct box {
    double x, y, w, h;
};

/* Fills the character into the cell with the current source. False where it is not one of these. */
bool shape_draw(cairo_t *cr, char32_t ch, struct box cell);

/* Whether n of them side by side look like one drawn n cells wide. */
bool shape_tiles(char32_t ch);
