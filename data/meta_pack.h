/*
 * The counts of a whole history as bytes, and back: a hundred kB whatever its size, which answer the question without a filter at once when it
 * is opened again.
 */
#pragma once

#include "data/base/buf.h"
#include "data/meta.h"

/* Appends totals, extent, facets and histogram, in this machine's order of bytes. What they say must be of no filter; ask for as fine a histogram
 * as there is, for others are made of it. */
void meta_pack(const struct meta *meta, struct buf *out);

/* The other way, texts in the arena, everything as estimates and without presets. False: the bytes are not what meta_pack makes; any bytes are
 * safe. */
bool meta_unpack(struct text bytes, struct arena *arena, struct meta *meta);

/* The answer that kept counts give at another time and width (0: by max_buckets): histogram and presets made of the kept histogram, whose
 * buckets count where they begin. All in the arena. */
struct meta meta_recall(const struct meta *kept, int64_t now, size_t max_buckets, int64_t bucket_width,
                        struct arena *arena);
