/*
 * The facet rail: status, trigger, interactions, tools, time range, code (and scope where there is more than one). Each value with its count
 * under all other filters; sections fold.
 */
#pragma once

#include "data/filter/filter.h"
#include "data/meta.h"
#include "widgets/surface.h"

/* X(id, title). */
#define RAIL_SECTIONS(X)                                                                                     \
    X(SECTION_STATUS, "Status")                                                                              \
    X(SECTION_TRIGGER, "Trigger")                                                                            \
    X(SECTION_INTERACTIONS, "Interactions")                                                                  \
    X(SECTION_TOOLS, "Tools")                                                                                \
    X(SECTION_TIME, "Time range")                                                                            \
    X(SECTION_SCOPE, "Scope")                                                                                \
    X(SECTION_CODE, "Code contains")

enum rail_section {
#define X(id, title) id,
    RAIL_SECTIONS(X)
#undef X
        SECTION_COUNT,
};

enum { RAIL_WIDTH = 30, RAIL_WIDE_WIDTH = 40 }; /* with its right-hand rule */

enum rail_item_kind { RAIL_HEADING, RAIL_VALUE };

/* One line of the rail. */
struct rail_item {
    enum rail_item_kind kind;
    enum rail_section section;
    struct text
        value; /* VALUE: what to filter by: the store's status word; trigger ("unknown" for null); tool path; "true"/"false" for interactions;
                              scope id; code text. Borrowed */
    struct text label;     /* what is drawn */
    int preset;            /* SECTION_TIME: enum time_preset, -1 for a custom range */
    enum filter_mark mark; /* [x] [-] [ ]; a radio ◉ ○ in the time and scope sections */
    struct tally count;    /* n < 0: nothing to draw, "…" while counting */
    bool
        is_narrowed; /* counted under the section's own filter too: the heading says so, and the counts are quiet */
};

enum { RAIL_ITEMS_MAX = 400 };

struct rail_model {
    const struct rail_item *items;
    size_t count;
    size_t top;         /* first visible item */
    ptrdiff_t selected; /* -1 none */
    unsigned folded;    /* 1u << section */
    bool is_focused;
    bool is_overlay;  /* drawn on GROUND_OVERLAY */
    bool has_filter;  /* "X clear" is lit */
    bool is_counting; /* something is still being counted */
    bool is_stale;    /* the counts are of an older filter */
};

/* Builds the items from what is known; meta may be NULL while nothing is. Texts are borrowed from meta, filter and the arena. scope: the chosen one or NULL.
 * A folded section gives its heading only. The first scope is "all scopes", with a null value. SECTION_SCOPE only where meta knows more than one scope or one is chosen; SECTION_CODE lists the filter's code terms. */
size_t rail_items(const struct filter *filter, const struct meta *meta, const char *scope, unsigned folded,
                  struct arena *arena, struct rail_item *items, size_t max);
void rail_draw(struct surface *surface, struct rect rect, const struct rail_model *model);
ptrdiff_t rail_item_at(struct rect rect, const struct rail_model *model, int y); /* for the mouse; -1 */
size_t rail_capacity(int height); /* items that a rail of this height shows */
