/*
 * Boxes over the screen: help, the command palette, the fields menu, the copy menu. One widget: a titled list of rows with keys, an optional line to type in,
 * scrolling.
 */
#pragma once

#include "widgets/lineedit.h"
#include "widgets/surface.h"

struct menu_row {
    const char *keys; /* NULL none */
    const char *label;
    const char *detail; /* muted; NULL none */
    bool is_heading;
    int check; /* -1 no box, 0 [ ], 1 [x] */
};

struct menu_model {
    const char *title;
    const struct menu_row *rows;
    size_t count;
    size_t top;
    ptrdiff_t selected;          /* -1: nothing to choose (help) */
    const struct lineedit *edit; /* typed filter above the rows; NULL none */
    const char *footer;          /* "⏎ run   esc close"; NULL none */
};

struct rect menu_rect(struct rect screen,
                      const struct menu_model *model); /* centred, as large as it needs, at most the screen */
size_t menu_capacity(struct rect screen, const struct menu_model *model); /* rows visible at once */
void menu_draw(struct surface *surface, struct rect screen, const struct menu_model *model);
/* What a screen that is too small says: "needs 40×10, this is 32×8". */
void too_small_draw(struct surface *surface, int need_w, int need_h);
