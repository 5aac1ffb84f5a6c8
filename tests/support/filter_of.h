/*
 * A filter out of the line that a person would type; times without a zone are UTC.
 */
#pragma once

#include "data/filter/filter.h"

/* Released by the caller. A line that does not parse ends the program with the reason: it is a mistake of the
 * test. */
struct filter filter_of(const char *line);
