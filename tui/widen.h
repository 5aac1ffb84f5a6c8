/*
 * What to say where nothing matches: which part of the filter stands in the way, by the counts that each
 * facet has without its own terms.
 */
#pragma once

#include "data/filter/filter.h"
#include "data/meta.h"

/* "1,204 runs match without status: …". Empty where no single part is to blame or nothing is known; meta may
 * be NULL. */
void widen_text(const struct filter *filter, const struct meta *meta, struct buf *out);
