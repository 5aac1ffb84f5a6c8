/*
 * See filter.h. What the time terms of a filter come to. A turned-round `after` is a `before` and the other
 * way round, so that all of them together are always one range.
 */
#include "data/filter/filter.h"

static bool is_time(const struct filter_term *term)
{
    return term->key == FILTER_AFTER || term->key == FILTER_BEFORE;
}

struct time_range filter_time_range(const struct filter *filter, int64_t now)
{
    struct time_range range = TIME_RANGE_ALL;
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_term *term = &filter->terms[i];
        if (!is_time(term))
            continue;
        const struct filter_value *value = &term->values[0];
        int64_t t = value->is_relative ? now - value->ms : value->ms;
        bool is_start = (term->key == FILTER_AFTER) != term->is_excluded;
        if (is_start && t > range.from)
            range.from = t;
        if (!is_start && t < range.to)
            range.to = t;
    }
    return range;
}

int64_t filter_recent(const struct filter *filter)
{
    int64_t recent = 0;
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_term *term = &filter->terms[i];
        if (!is_time(term))
            continue;
        bool is_recent = term->key == FILTER_AFTER && !term->is_excluded && term->values[0].is_relative;
        recent = is_recent && recent == 0 ? term->values[0].ms : -1;
    }
    return recent;
}

bool filter_has_relative_time(const struct filter *filter)
{
    for (size_t i = 0; i < filter->count; i++)
        if (is_time(&filter->terms[i]) && filter->terms[i].values[0].is_relative)
            return true;
    return false;
}
