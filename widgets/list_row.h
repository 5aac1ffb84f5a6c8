/*
 * One row of the list.
 */
#pragma once

#include "widgets/list_columns.h"

struct list_line {
    struct surface *surface;
    const struct list_model *model;
    const struct list_columns *columns;
    const struct run_row *row;
    enum run_status status; /* of row */
    int x, y;
    bool is_selected;
    bool is_past; /* at or below the live cutoff: all but a failure's own word is muted */
};

void list_row_draw(const struct list_line *line, int width);
