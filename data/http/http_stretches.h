/*
 * A set of times as sorted ranges that neither overlap nor touch: what http_feed knows to be complete.
 * Ranges are half open; one that ends at INT64_MAX is open, and then holds INT64_MAX too. from ≥ to: an empty range.
 */
#pragma once

#include "data/filter/filter.h"

/* All zero: the empty set. */
struct http_stretches {
    struct time_range *ranges; /* ascending */
    size_t count, cap;
};

void http_stretches_release(struct http_stretches *set);

/* Both tell whether the set is another one now. */
bool http_stretches_add(struct http_stretches *set, struct time_range range);
bool http_stretches_cut(struct http_stretches *set, struct time_range range);

/* The range that `at` lies in. */
bool http_stretches_find(const struct http_stretches *set, int64_t at, struct time_range *found);
/* Whether all of `range` is in; an empty one is. */
bool http_stretches_cover(const struct http_stretches *set, struct time_range range);
/* The newest, or the oldest, part of `range` that is not in. False: all of it is in. */
bool http_stretches_newest_gap(const struct http_stretches *set, struct time_range range,
                               struct time_range *gap);
bool http_stretches_oldest_gap(const struct http_stretches *set, struct time_range range,
                               struct time_range *gap);
