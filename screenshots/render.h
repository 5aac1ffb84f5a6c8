/*
 * A screen as a picture: dark, in a rounded frame, each cell 9×19 units. The same screen gives the same bytes on one
 * machine; SVG holds the outlines of the characters, so it looks the same everywhere.
 */
#pragma once

#include "tests/support/screen.h"

#include <stdbool.h>

/* False where the file cannot be written. PNG has two pixels a unit. */
bool render_png(struct screen *screen, const char *path);
bool render_svg(struct screen *screen, const char *path);
