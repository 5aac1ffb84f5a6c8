/*
 * What an emulated terminal shows, for tests that know surfaces: screen.h has cells of its own. Colours as in frame_pen.h.
 */
#pragma once

#include "tui/frame.h"

struct shown;

struct shown *shown_new(int width, int height);
void shown_free(struct shown *shown);
void shown_resize(struct shown *shown, int width, int height);
void shown_feed(struct shown *shown, const char *bytes, size_t n);

struct shown_cell {
    char text[28]; /* "" for a blank and for the right half of a wide one */
    struct frame_pen pen;
};

struct shown_cell shown_cell(struct shown *shown, int x, int y);
void shown_cursor(struct shown *shown, int *x, int *y, bool *is_visible);
