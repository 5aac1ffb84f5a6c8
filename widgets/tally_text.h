/*
 * A count in words, with what is known of its exactness.
 */
#pragma once

#include "data/meta.h"

/* "47,201", "≈47,201" where it is an estimate, "…" while nothing is known. */
void tally_format(struct tally tally, char out[TIME_TEXT]);
