/*
 * Numbers on the screen never claim to be more exact than they are: one formatter for the header and the rail.
 */
#include "widgets/tally_text.h"

#include <stdio.h>

void tally_format(struct tally tally, char out[TIME_TEXT])
{
    char count[TIME_TEXT];
    if (tally.n < 0) {
        snprintf(out, TIME_TEXT, "…");
        return;
    }
    count_format(tally.n, count);
    snprintf(out, TIME_TEXT, "%s%.40s", tally.is_exact ? "" : "≈", count);
}
