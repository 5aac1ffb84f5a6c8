/*
 * Totals and facets: what the header, the rail and the timeline count. (executor-store.md, meta.)
 *
 * Each facet is counted under every filter term but those of its own key, so that ticking one value does not zero its siblings.
 */
#pragma once

#include "data/histogram.h"
#include "data/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number and how far it can be trusted. */
struct tally {
    int64_t n;     /* -1: not known yet */
    bool is_exact; /* shown with ≈ where not */
};
#define TALLY_UNKNOWN ((struct tally){-1, false})

struct facet_value {
    struct text word; /* the store's word. Null: the runs without a trigger ("unknown") */
    int64_t count;    /* runs; for tools: calls. -1: not known, and will not be */
};

struct facet {
    struct facet_value *
        values; /* by count descending (status: the order of RUN_STATUSES, the six always present, then others by count);
                                   tools: the 20 most called, plus the filter's own values that are not among them */
    size_t count;
    bool is_counted; /* false: still being counted, values may be missing or 0 */
    bool
        is_narrowed; /* for now counted under the terms of its own key too: what is not among the values is not known, and is not 0 */
};

/* X(enum, label, span in ms; 0 = all) — the presets of the time section. */
#define TIME_PRESETS(X)                                                                                      \
    X(PRESET_ALL, "all time", 0)                                                                             \
    X(PRESET_15M, "last 15m", INT64_C(900000))                                                               \
    X(PRESET_1H, "last 1h", INT64_C(3600000))                                                                \
    X(PRESET_24H, "last 24h", INT64_C(86400000))                                                             \
    X(PRESET_7D, "last 7d", INT64_C(604800000))                                                              \
    X(PRESET_30D, "last 30d", INT64_C(2592000000))

enum time_preset {
#define X(id, label, span) id,
    TIME_PRESETS(X)
#undef X
        PRESET_COUNT,
};

struct meta {
    struct tally total;    /* runs of the scope, no filter */
    struct tally filtered; /* runs under the filter */
    struct facet status, trigger, tools, scopes;
    struct facet
        called; /* tools under the whole filter, their own terms included: the 20 most called. Only where want_api_chart was asked and the filter has such terms */
    struct tally with_interaction, without_interaction; /* without the elicitation terms */
    struct tally presets[PRESET_COUNT];                 /* without the time terms */
    struct time_range
        extent; /* created_at of the oldest and (newest + 1) of the scope, unfiltered; from ≥ to: no runs */
    struct histogram histogram; /* under the whole filter */
    bool histogram_is_exact;
    double progress; /* of what is still being counted, 0..1; 1: everything is exact */
    bool is_old;     /* the data has changed since; SOURCE_PROGRESS tells when it is worth asking again */
};

/* Nothing counted yet. */
static inline struct meta meta_unknown(void)
{
    struct meta meta = {.total = TALLY_UNKNOWN,
                        .filtered = TALLY_UNKNOWN,
                        .with_interaction = TALLY_UNKNOWN,
                        .without_interaction = TALLY_UNKNOWN};
    for (int i = 0; i < PRESET_COUNT; i++)
        meta.presets[i] = TALLY_UNKNOWN;
    return meta;
}

/* The value of a word; NULL: it is not among them. */
static inline struct facet_value *facet_find(const struct facet *facet, struct text word)
{
    for (size_t i = 0; i < facet->count; i++)
        if (text_eq(facet->values[i].word, word))
            return &facet->values[i];
    return NULL;
}

/* 0 where it is not among them. */
static inline int64_t facet_count(const struct facet *facet, struct text word)
{
    const struct facet_value *value = facet_find(facet, word);
    return value ? value->count : 0;
}
