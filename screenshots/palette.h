/*
 * Which colour a cell's colour is on the pictures: a dark theme for the terminal's own sixteen, xterm's formula for the
 * other 240, and true colours as they are.
 */
#pragma once

#include "tests/support/screen.h"

struct rgb {
    double r, g, b; /* 0..1 */
};

struct ink {
    struct rgb fg;
    struct rgb bg;
};

/* What a cell is drawn with, reverse and dim taken into account. */
struct ink palette_ink(const struct cell *cell);

struct rgb palette_background(void);
struct rgb palette_foreground(void);
bool rgb_equal(struct rgb a, struct rgb b);
