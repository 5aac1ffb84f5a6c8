/*
 * See http_stretches.h. Ranges that touch are joined at once, so a time is in at most one of them and its neighbours are gaps: every question
 * is then a search by halves and a look at one neighbour.
 */
#include "data/http/http_stretches.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

void http_stretches_release(struct http_stretches *set)
{
    free(set->ranges);
    *set = (struct http_stretches){0};
}

/* How many ranges end before `at`. */
static size_t ended_before(const struct http_stretches *set, int64_t at)
{
    size_t low = 0;
    for (size_t high = set->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (set->ranges[middle].to < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How many ranges begin at `at` or before it. */
static size_t begun_by(const struct http_stretches *set, int64_t at)
{
    size_t low = 0;
    for (size_t high = set->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (set->ranges[middle].from <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The ranges [first, end) become these. */
static void replace(struct http_stretches *set, size_t first, size_t end, const struct time_range *pieces,
                    size_t piece_count)
{
    size_t count = set->count - (end - first) + piece_count;
    if (count > set->cap) {
        set->cap = count * 2;
        set->ranges = mem_resize(set->ranges, set->cap, sizeof *set->ranges);
    }
    if (set->count > end)
        memmove(set->ranges + first + piece_count, set->ranges + end,
                (set->count - end) * sizeof *set->ranges);
    if (piece_count)
        memcpy(set->ranges + first, pieces, piece_count * sizeof *pieces);
    set->count = count;
}

bool http_stretches_add(struct http_stretches *set, struct time_range range)
{
    if (http_stretches_cover(set, range))
        return false;
    size_t first = ended_before(set, range.from);
    size_t end = begun_by(set, range.to);
    if (first < end && set->ranges[first].from < range.from)
        range.from = set->ranges[first].from;
    if (first < end && set->ranges[end - 1].to > range.to)
        range.to = set->ranges[end - 1].to;
    replace(set, first, end, &range, 1);
    return true;
}

bool http_stretches_cut(struct http_stretches *set, struct time_range range)
{
    if (range.from >= range.to)
        return false;
    size_t first = ended_before(set, range.from + 1);
    size_t end = begun_by(set, range.to - 1);
    if (first >= end)
        return false;
    struct time_range pieces[2];
    size_t piece_count = 0;
    if (set->ranges[first].from < range.from)
        pieces[piece_count++] = (struct time_range){set->ranges[first].from, range.from};
    if (set->ranges[end - 1].to > range.to)
        pieces[piece_count++] = (struct time_range){range.to, set->ranges[end - 1].to};
    replace(set, first, end, pieces, piece_count);
    return true;
}

bool http_stretches_find(const struct http_stretches *set, int64_t at, struct time_range *found)
{
    size_t begun = begun_by(set, at);
    if (!begun)
        return false;
    struct time_range range = set->ranges[begun - 1];
    if (at >= range.to && range.to != INT64_MAX)
        return false;
    *found = range;
    return true;
}

bool http_stretches_cover(const struct http_stretches *set, struct time_range range)
{
    if (range.from >= range.to)
        return true;
    struct time_range around;
    return http_stretches_find(set, range.from, &around) && around.to >= range.to;
}

bool http_stretches_newest_gap(const struct http_stretches *set, struct time_range range,
                               struct time_range *gap)
{
    if (range.from >= range.to)
        return false;
    size_t below = begun_by(set, range.to - 1);
    if (below && set->ranges[below - 1].to >= range.to)
        range.to = set->ranges[--below].from;
    if (below && set->ranges[below - 1].to > range.from)
        range.from = set->ranges[below - 1].to;
    if (range.from >= range.to)
        return false;
    *gap = range;
    return true;
}

bool http_stretches_oldest_gap(const struct http_stretches *set, struct time_range range,
                               struct time_range *gap)
{
    if (range.from >= range.to)
        return false;
    size_t above = begun_by(set, range.from);
    if (above && set->ranges[above - 1].to > range.from)
        range.from = set->ranges[above - 1].to;
    if (above < set->count && set->ranges[above].from < range.to)
        range.to = set->ranges[above].from;
    if (range.from >= range.to)
        return false;
    *gap = range;
    return true;
}
