/*
 * The words at the right end of the timeline's label line.
 */
#pragma once

#include "widgets/timeline.h"

/* Draws the words right-aligned at the end of `line` (one row) and returns the cells they take, 0 where none fit. */
int timeline_caption_draw(struct surface *surface, struct rect line, const struct timeline_model *model);
