/*
 * What stands on the list's last lines, below its rows: why the source failed, or how far a search came that pauses.
 */
#pragma once

#include "widgets/list.h"

/* Lines that it takes from the rows' room. */
int list_foot_height(const struct list_model *model, int width, int height, bool ascii);
void list_foot_draw(struct surface *surface, struct rect rect, const struct list_model *model);
