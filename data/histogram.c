/*
 * See histogram.h. Buckets are counted from the epoch, not from the range, so that two answers for neighbouring ranges fit together and
 * a slid range does not move the bars.
 */
#include "data/histogram.h"

#include <math.h>

static const int64_t steps[] = {
    1 * SECOND_MS, 2 * SECOND_MS, 5 * SECOND_MS, 10 * SECOND_MS, 15 * SECOND_MS, 30 * SECOND_MS,
    1 * MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS,
    1 * HOUR_MS,   2 * HOUR_MS,   3 * HOUR_MS,   6 * HOUR_MS,    12 * HOUR_MS,   1 * DAY_MS,
    2 * DAY_MS,    7 * DAY_MS,    14 * DAY_MS,   30 * DAY_MS,
};
enum { STEP_COUNT = sizeof steps / sizeof *steps };
#define LONGEST_STEP (30 * DAY_MS)

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* How many aligned buckets a span can touch: it may begin at the last instant of one. */
static int64_t most_touched(int64_t span_ms, int64_t width)
{
    return span_ms < 2 ? 1 : (span_ms - 2) / width + 2;
}

int64_t bucket_width_for(int64_t span_ms, size_t max_buckets)
{
    int64_t max = max_buckets < 2 ? 2 : max_buckets > HISTOGRAM_MAX ? HISTOGRAM_MAX : (int64_t)max_buckets;
    if (span_ms > INT64_MAX / 4)
        span_ms = INT64_MAX / 4;
    for (int i = 0; i < STEP_COUNT; i++)
        if (most_touched(span_ms, steps[i]) <= max)
            return steps[i];
    return ((span_ms - 2) / ((max - 1) * LONGEST_STEP) + 1) * LONGEST_STEP;
}

int64_t bucket_width_narrower(int64_t width)
{
    if (width >= 2 * LONGEST_STEP)
        return width / LONGEST_STEP / 2 * LONGEST_STEP;
    for (int i = STEP_COUNT; i-- > 0;)
        if (steps[i] < width)
            return steps[i];
    return steps[0];
}

int64_t bucket_width_wider(int64_t width)
{
    for (int i = 0; i < STEP_COUNT; i++)
        if (steps[i] > width)
            return steps[i];
    int64_t months = width / LONGEST_STEP;
    return months > INT64_MAX / 2 / LONGEST_STEP ? width : months * 2 * LONGEST_STEP;
}

int64_t bucket_width_of_api(int64_t span_ms)
{
    if (span_ms <= 15 * MINUTE_MS)
        return 30 * SECOND_MS;
    if (span_ms <= HOUR_MS)
        return 2 * MINUTE_MS;
    if (span_ms <= DAY_MS)
        return 30 * MINUTE_MS;
    return span_ms <= 7 * DAY_MS ? 3 * HOUR_MS : DAY_MS;
}

int64_t bucket_start(int64_t t, int64_t width)
{
    return floor_div(t, width) * width;
}

struct histogram histogram_make(struct arena *arena, struct time_range range, int64_t width)
{
    int64_t span;
    if (range.from >= range.to || width <= 0 || __builtin_sub_overflow(range.to, range.from, &span))
        return (struct histogram){0};
    if (range.from == INT64_MIN || range.to == INT64_MAX)
        return (struct histogram){0};
    int64_t needed = floor_div(range.to - 1, width) - floor_div(range.from, width) + 1, start;
    if (needed > HISTOGRAM_MAX) {
        width = bucket_width_for(span, HISTOGRAM_MAX);
        needed = floor_div(range.to - 1, width) - floor_div(range.from, width) + 1;
    }
    if (__builtin_mul_overflow(floor_div(range.from, width), width, &start))
        return (struct histogram){0};
    return (struct histogram){
        .start = start,
        .width = width,
        .count = (size_t)needed,
        .buckets = arena_array(arena, (size_t)needed, sizeof(struct bucket)),
    };
}

static struct bucket *bucket_at(struct histogram *histogram, int64_t t)
{
    if (!histogram->width || t < histogram->start)
        return NULL;
    uint64_t index = ((uint64_t)t - (uint64_t)histogram->start) / (uint64_t)histogram->width;
    return index < histogram->count ? &histogram->buckets[index] : NULL;
}

static uint32_t add_capped(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

void histogram_add(struct histogram *histogram, int64_t t, enum run_status status, uint32_t n)
{
    struct bucket *bucket = bucket_at(histogram, t);
    if (bucket)
        bucket->counts[status] = add_capped(bucket->counts[status], n);
}

uint32_t bucket_total(const struct bucket *bucket)
{
    uint32_t total = 0;
    for (int i = 0; i < STATUS_COUNT; i++)
        total = add_capped(total, bucket->counts[i]);
    return total;
}

uint32_t histogram_peak(const struct histogram *histogram)
{
    uint32_t peak = 0;
    for (size_t i = 0; i < histogram->count; i++) {
        uint32_t total = bucket_total(&histogram->buckets[i]);
        peak = total > peak ? total : peak;
    }
    return peak;
}

void histogram_densify(struct histogram *histogram, const struct sparse_bucket *sparse, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int status = 0; status < STATUS_COUNT; status++)
            histogram_add(histogram, sparse[i].start, (enum run_status)status,
                          sparse[i].counts.counts[status]);
}

/* ---- zoom and pan ---- */

#define SPAN_LEAST INT64_C(1000)
#define SPAN_MOST (73000 * DAY_MS)

/* A window never leaves the calendar, so that it can be written as a filter. */
static struct time_range within_calendar(int64_t from, int64_t span)
{
    if (from < FILTER_TIME_FIRST)
        from = FILTER_TIME_FIRST;
    if (from > FILTER_TIME_LAST - span)
        from = FILTER_TIME_LAST - span;
    return (struct time_range){from, from + span};
}

/* The window around a time that keeps its place on the screen. */
static struct time_range rescale(struct time_range range, int64_t around, int64_t span)
{
    int64_t old = range.to - range.from;
    span = span < SPAN_LEAST ? SPAN_LEAST : span > SPAN_MOST ? SPAN_MOST : span;
    if (old <= 0)
        return within_calendar(around - span / 2, span);
    around = around < range.from ? range.from : around > range.to ? range.to : around;
    double place = (double)(around - range.from) / (double)old;
    return within_calendar(around - llround(place * (double)span), span);
}

struct time_range range_zoom_in(struct time_range range, int64_t around)
{
    return rescale(range, around, (range.to - range.from) / 2);
}

struct time_range range_zoom_out(struct time_range range, int64_t around)
{
    int64_t span = range.to - range.from;
    return rescale(range, around, span > SPAN_MOST / 2 ? SPAN_MOST : span * 2);
}

struct time_range range_pan(struct time_range range, int direction)
{
    int64_t span = range.to - range.from;
    if (span < SPAN_LEAST || span > SPAN_MOST)
        range = rescale(range, range.from + span / 2, span);
    span = range.to - range.from;
    return within_calendar(range.from + (direction < 0 ? -(span / 2) : direction > 0 ? span / 2 : 0), span);
}
