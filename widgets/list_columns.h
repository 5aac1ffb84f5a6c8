/*
 * Which columns of the list a width has room for, and where they stand.
 */
#pragma once

#include "widgets/list.h"

struct list_columns {
    int x[LIST_FIELD_COUNT]; /* from the list's left edge */
    int w[LIST_FIELD_COUNT]; /* 0: not shown */
    bool is_time_short;      /* "14:02:11.482" */
};

enum { LIST_GLYPH_X = 1 };

/* fields: what a person wants to see; width: cells without the scroll bar's. */
struct list_columns list_columns_for(unsigned fields, int width, enum time_mode time_mode);
