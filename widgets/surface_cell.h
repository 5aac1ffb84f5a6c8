/*
 * The one way from a glyph to a cell, for the files that draw; widgets use surface.h.
 */
#pragma once

#include "data/base/utf8.h"
#include "widgets/surface.h"

/* Writes a glyph at (x, y), clipped; a wide one that is cut by the surface's edge becomes spaces. */
void cell_put(struct surface *surface, int x, int y, const struct glyph *glyph, struct style style);
