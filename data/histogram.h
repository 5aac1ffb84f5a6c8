/*
 * The stacked histogram of runs over time, and the arithmetic of zooming it. Buckets are aligned to the epoch:
 * floor(t / width) * width, also for times before 1970 (executor-store.md, meta).
 */
#pragma once

#include "data/base/arena.h"
#include "data/filter/filter.h"
#include "data/run.h"

#include <stddef.h>
#include <stdint.h>

/* 1 s, 2, 5, 10, 15, 30 s, 1 min, 2, 5, 10, 15, 30 min, 1 h, 2, 3, 6, 12 h, 1 d, 2, 7, 14, 30 d; wider spans: multiples of 30 d. */
/* The smallest step that needs at most max_buckets (at least 2), alignment included. */
int64_t bucket_width_for(int64_t span_ms, size_t max_buckets);
int64_t bucket_width_narrower(int64_t width); /* the next step down; 1 s stays */
int64_t bucket_width_wider(int64_t width);
/* The width the reference server uses for its chart: by the span of the filtered rows (executions-api.md). For `--json` output. */
int64_t bucket_width_of_api(int64_t span_ms);
int64_t bucket_start(int64_t t, int64_t width);

struct bucket {
    uint32_t counts[STATUS_COUNT];
};

/* Dense: bucket i starts at start + i * width. */
struct histogram {
    int64_t start;
    int64_t width; /* 0: there is nothing to show */
    size_t count;
    struct bucket *buckets;
};

/* Room for a range [from, to) at a width, zeroed; in the arena. Refuses nothing: count is capped at HISTOGRAM_MAX by widening. */
enum { HISTOGRAM_MAX = 4096 };
struct histogram histogram_make(struct arena *arena, struct time_range range, int64_t width);
/* Outside the range: ignored. A count stops at UINT32_MAX. */
void histogram_add(struct histogram *histogram, int64_t t, enum run_status status, uint32_t n);
uint32_t bucket_total(const struct bucket *bucket);
uint32_t histogram_peak(const struct histogram *histogram); /* the greatest total */

/* Sparse → dense: bucket starts in any order, other widths than ours allowed when they divide (a remote source's chart). */
struct sparse_bucket {
    int64_t start;
    struct bucket counts;
};
void histogram_densify(struct histogram *histogram, const struct sparse_bucket *sparse, size_t n);

/* Zoom by 2 around a time, pan by half a window, both clamped so that the span stays within 1 s .. 200 years. range must be closed. */
struct time_range range_zoom_in(struct time_range range, int64_t around);
struct time_range range_zoom_out(struct time_range range, int64_t around);
struct time_range range_pan(struct time_range range, int direction); /* -1 back, +1 forward */

/* Ticks for an axis: at most max_ticks times inside range on round local (or UTC) boundaries (a day boundary is a local midnight, also where
 * DST makes the day 23 or 25 hours). Returns how many were written. *step gets the nominal distance in ms, for choosing a label form. */
size_t axis_ticks(struct time_range range, enum time_mode mode, int64_t *ticks, size_t max_ticks,
                  int64_t *step);
/* The label of a tick: "14:30:05" "14:00" "Nov 21" "Nov 2026" "2026" by step; the first tick and one on a new day carry the date where the step is under a
 * day and room allows (with_date). */
void axis_label(int64_t tick, int64_t step, enum time_mode mode, bool with_date, char out[TIME_TEXT]);
