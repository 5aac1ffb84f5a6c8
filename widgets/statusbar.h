/*
 * The header and the footer: which source, how many runs, live, the clock; and the keys that matter here.
 */
#pragma once

#include "data/meta.h"
#include "widgets/surface.h"

struct header_model {
    const char *source; /* "~/.executor/data.db" */
    const char *scope;  /* the chosen scope, "3 scopes", or NULL */
    struct tally filtered, total;
    bool has_filter; /* "312 of 48,112 runs" rather than "48,112 runs" */
    bool is_live;
    int64_t live_interval_ms;
    int64_t new_count, new_failed; /* since live was switched on; -1 unknown */
    bool is_lost;                  /* the source cannot be read at the moment */
    const char *as_of;             /* "as of 14:02:11" where lost; else NULL */
    double progress;               /* of the background counting; ≥ 1: nothing drawn */
    const char *clock;             /* "14:03 CET" */
};
void header_draw(struct surface *surface, struct rect rect, const struct header_model *model);

struct hint {
    const char *keys;  /* "↑↓", "⏎" */
    const char *label; /* "move" */
    bool is_vital;     /* others give way to it */
};
struct footer_model {
    const struct hint
        *hints; /* the first are the most important: what does not fit whole is left out, vital ones last */
    size_t count;
    const char *message; /* replaces the hints: "copied the id", an error; NULL none */
    enum ink message_ink;
};
void footer_draw(struct surface *surface, struct rect rect, const struct footer_model *model);
