/*
 * Values that look like a working day: what the widget tests draw. TZ is UTC, now is Nov 21 2026 14:03:00.
 */
#pragma once

#include "data/base/arena.h"
#include "data/meta.h"
#include "data/run.h"

#define SAMPLE_NOW INT64_C(1795269780000)

void sample_locale(void); /* setlocale(LC_CTYPE, C.UTF-8), TZ=UTC */

/* `count` rows, newest first, one every few seconds, with every status, trigger and duration. */
struct run_row *sample_rows(struct arena *arena, size_t count);

/* Rows whose every text is hostile: escapes, C1, bidi, zero-width, wide, emoji, combining, broken UTF-8. */
struct run_row *sample_hostile_rows(struct arena *arena, size_t *count);

/* Buckets of 15 minutes up to SAMPLE_NOW, with a gap and a burst of failures. */
struct histogram sample_histogram(struct arena *arena, size_t count);

struct meta sample_meta(struct arena *arena);
