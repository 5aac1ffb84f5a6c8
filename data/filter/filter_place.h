/*
 * Where in a half-typed filter line the cursor stands: by the rules of the parser, but never a mistake.
 */
#pragma once

#include "data/filter/filter.h"

struct filter_place {
    bool is_word;         /* a bare word or a key that is being typed; else a value behind a key */
    enum filter_key key;  /* of the value; for a word FILTER_CODE */
    bool is_plain_number; /* duration_ms: */
    size_t first_value;   /* where the values of the term begin */
    size_t start, end;    /* the word with its colon, or the value with its quotes, around the cursor */
    struct text
        typed; /* what of it stands before the cursor, without an opening quote; borrowed from the line */
};

/* False where nothing can be said: before a word that is there already, behind an unknown key, inside quotes without a key. `cursor` is
 * a byte offset, at most line.n. */
bool filter_place_of(struct text line, size_t cursor, struct filter_place *place);

/* The end of a value that begins at `at`: the comma, space or end of line behind it, or behind its closing quote. */
size_t filter_value_end(struct text line, size_t at);
