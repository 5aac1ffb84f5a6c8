/*
 * Calendar arithmetic behind timefmt.h: a time taken apart, and put together again.
 */
#pragma once

#include "data/base/timefmt.h"

#include <stdbool.h>
#include <stdint.h>

struct civil {
    int year, month, day, hour, minute, second, ms; /* month and day from 1 */
    int offset_s;                                   /* east of UTC */
    const char *zone;                               /* borrowed from the C library; never NULL */
};

/* False for TIME_NONE and outside the years 0..9999. TIME_RELATIVE counts as local. */
bool civil_of(int64_t t, enum time_mode mode, struct civil *civil);

/* The time of these fields (zone and offset_s are not read; all fields in range). Where the local clock
 * shows them twice, the first time; where it skips them, as far behind the skip as they are into it. */
int64_t civil_to_time(const struct civil *civil, enum time_mode mode);

int civil_days_in_month(int year, int month);
