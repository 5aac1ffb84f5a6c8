/*
 * Filters by chance, made of every key and of texts that are hard to write down: quotes, backslashes, commas, dashes, control bytes,
 * broken UTF-8. The same seed gives the same filters.
 */
#pragma once

#include "data/base/rand.h"
#include "data/filter/filter.h"

/* Up to `most` terms; released by the caller. */
void random_filter(struct rand *rng, size_t most, struct filter *filter);
/* An awkward text without NUL bytes, never empty; NUL-terminated, in out. */
enum { RANDOM_TEXT_MAX = 64 };
void random_text(struct rand *rng, char out[RANDOM_TEXT_MAX]);
