/*
 * "did you mean …?": the word of a list that a mistyped one was probably meant to be.
 */
#pragma once

#include "data/base/text.h"

#include <stddef.h>

/* NULL where none is near: at most one change (a letter wrong, missing, too many, or two swapped) in four letters, or the word is the
 * beginning of exactly one. Words longer than 63 bytes are near to nothing. */
const char *nearest_word(struct text word, const char *const *words, size_t count);
