/*
 * Where everything stands at a size. Pure arithmetic: update() clamps by it, the view draws by it.
 */
#pragma once

#include "widgets/surface.h"

struct state;

enum { SCREEN_MIN_W = 40, SCREEN_MIN_H = 10, RAIL_MIN_SCREEN_W = 100 };

/* A rectangle of height or width 0 is not on the screen. */
struct layout {
    bool is_too_small;
    struct rect header, bar, timeline, list, drawer, footer;
    struct rect above_footer; /* all the rest: where boxes open, so that their keys stay in view */
    struct rect rail;         /* beside the list */
    struct rect rail_over;    /* over the list, on a narrow screen */
    int split_x;              /* column of the rule between list and drawer; -1 none */
};

struct layout layout_of(const struct state *state);
bool layout_has_room_for_rail(const struct state *state); /* beside the list; else it opens over it */
