/*
 * Reading a surface in a test: lines as text, the style under words.
 */
#pragma once

#include "widgets/surface.h"

/* A line as UTF-8; borrowed until the next call. */
const char *surface_line(const struct surface *surface, int y);
bool surface_shows(const struct surface *surface, const char *words);
/* The style of the first cell of `words` in line y; fails the test where they are not there. */
struct style surface_style(const struct surface *surface, int y, const char *words);

/* Fails the test where a cell outside `rect` does not have the ink that the test filled the surface with. */
void surface_check_outside(const struct surface *surface, struct rect rect, enum ink filled);
