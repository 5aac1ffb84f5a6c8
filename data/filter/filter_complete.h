/*
 * What could be typed next in the filter bar: keys, and values with their counts.
 *
 *     status:fa|      failed            303
 *     fai|            status:failed     303
 *     tool:git|       github.*     github.issues.create  418 …
 *     after:3|        3m 3h 3d 3w 30d
 */
#pragma once

#include "data/base/arena.h"
#include "data/filter/filter.h"
#include "data/meta.h"

struct completion {
    struct text insert; /* takes the place of line[start, end): "status:", "failed", "\"two words\"" */
    struct text label;  /* what to show */
    struct text help;   /* a few words; may be "" */
    int64_t count;      /* runs; for tools, calls. -1: not known */
};

struct completions {
    size_t start, end; /* the bytes of the line that the chosen one replaces */
    const struct completion *items;
    size_t count;
};

enum { COMPLETIONS_MAX = 50 };

/* At most `max` (and COMPLETIONS_MAX) candidates, the ones that begin with what is typed before those that hold it. `cursor` is a byte
 * offset, at most line.n. meta may be NULL: then there are only the words known by contract. The result lives in the arena; its texts
 * are copies. */
struct completions filter_complete(struct text line, size_t cursor, const struct meta *meta, size_t max,
                                   struct arena *arena);
