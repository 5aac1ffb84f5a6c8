/*
 * The timeline: bars stacked by status (two statuses share a cell by foreground and background, with eighth blocks), a labelled axis, the bucket
 * width named, a cursor with a caption, a selection.
 */
#pragma once

#include "data/histogram.h"
#include "data/meta.h"
#include "widgets/surface.h"

enum { TIMELINE_GUTTER = 6 }; /* cells left of the bars for the count axis */

struct timeline_model {
    const struct histogram *histogram; /* NULL or width 0: nothing counted yet */
    bool is_exact;
    bool is_lost; /* the source cannot be read: what has not been counted will not be soon */
    bool is_stale;
    enum time_mode time_mode;
    int64_t now;
    bool is_focused;
    ptrdiff_t cursor;        /* bucket index under the cursor; -1 none */
    ptrdiff_t select_from;   /* the other end of the selection (bucket index); -1 none */
    struct time_range shown; /* what the whole axis stands for */
    const char *range_name;  /* "24h", "all", "zoom"; may be NULL */
};

/* Bars that fit in a width: what a meta query asks as max_buckets. */
size_t timeline_columns(int width);
/* Cells a bucket, 1 or more, so that few buckets still fill the width; 0 where there are no buckets. */
int timeline_bar_width(int width, size_t buckets);
void timeline_draw(struct surface *surface, struct rect rect, const struct timeline_model *model);
ptrdiff_t timeline_bucket_at(struct rect rect, const struct timeline_model *model, int x); /* -1 */
