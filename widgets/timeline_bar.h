/*
 * One column of the timeline: a stack of statuses on a grid of eighths of a cell.
 */
#pragma once

#include "data/histogram.h"
#include "widgets/surface.h"

/* The order of the stack from the bottom, which is the order in words as well: what needs attention comes first. */
extern const enum run_status TIMELINE_ORDER[STATUS_COUNT];

/* Draws `bucket` over the whole column, whose height stands for `scale` runs. Every cell of a line of it is the same. */
void timeline_bar_draw(struct surface *surface, struct rect column, const struct bucket *bucket,
                       uint32_t scale);
