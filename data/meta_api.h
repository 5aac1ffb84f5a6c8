/*
 * The counts of the API differ from those of the rail: they are counted under every filter term, their own included
 * (executions-api.md, "meta under filters").
 */
#pragma once

#include "data/base/arena.h"
#include "data/filter/filter.h"
#include "data/meta.h"

enum { API_TOOLS_MAX = 20 };

/* What `meta` (each facet without its own terms) says once the facets' own terms hold too. Arrays live in the arena; everything else is
 * shared with `meta`. Tools cannot be told from its `tools` where the filter has tool terms: a run has many, so they must be counted from the
 * runs (`called`, api_meta.h). They are then left as they are, cut to the API's 20. */
struct meta meta_of_api(const struct meta *meta, const struct filter *filter, struct arena *arena);

/* `meta` in the API's shapes, its counts kept: no values without runs but for the six statuses, 20 tools. */
struct meta meta_in_shape(const struct meta *meta, struct arena *arena);
