/*
 * Searching text in any case.
 */
#pragma once

#include "data/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <uchar.h>

/* Case-insensitive substring with Unicode simple folding, the semantics of `code=` (executions-api.md:
 * GRÜßE finds grüße, GRÜSSE does not). The needle is prepared once and is read-only afterwards: threads
 * may share it. */
struct needle;
struct needle *needle_new(struct text text);
void needle_free(struct needle *needle);
/* Byte offset of the first match at or after `from`, or -1. *match_len (may be NULL) gets the match's
 * bytes in haystack. An empty needle matches at `from`. Runs at memory speed for ASCII needles over ASCII
 * text. */
ptrdiff_t needle_find(const struct needle *needle, struct text haystack, size_t from, size_t *match_len);
bool text_eq_fold(struct text a, struct text b); /* equality under the same folding */

/* Unicode simple case folding of one character; what has none comes back as it is. The same in every locale. */
char32_t char_fold(char32_t cp);
