/*
 * What the files of the filter share among themselves: building terms and the lexical rules that parse and
 * format must agree on. Everybody else includes data/filter/filter.h.
 */
#pragma once

#include "data/filter/filter.h"

bool filter_key_has_text(enum filter_key key); /* its values are texts: STATUS TRIGGER TOOL ID CODE */
const char *filter_key_word(enum filter_key key);
/* The key of a word, case folded; `duration_ms` is FILTER_DURATION. False where there is none. */
bool filter_key_of(struct text word, enum filter_key *key);

/* A text as the filter keeps it: statuses in the store's word, any case of "unknown" folded for triggers.
 * Caller frees. */
char *filter_canonical_text(enum filter_key key, struct text text);
/* False for texts no value can hold: NUL bytes, and empty ones where emptiness would match everything (ID,
 * CODE). */
bool filter_text_is_usable(enum filter_key key, struct text text);

/* A new, empty term behind those of its key and before those of later keys: terms stand in the order of
 * FILTER_KEYS. NULL where there are FILTER_TERMS_MAX. Invalidates pointers to other terms. */
struct filter_term *filter_add_term(struct filter *filter, enum filter_key key, bool is_excluded);
void filter_remove_term(struct filter *filter, size_t index);
/* Takes ownership of value.text in any case. A value that is there already is not added again. False where
 * there are FILTER_VALUES_MAX. */
bool filter_add_value(struct filter_term *term, struct filter_value value);
void filter_remove_value(struct filter_term *term, size_t index);
bool filter_value_equal(enum filter_key key, const struct filter_value *a, const struct filter_value *b);

/* Whether every zone's canonical line stays within FILTER_TEXT_MAX, so that it can be read again. */
bool filter_fits(const struct filter *filter);

/* ---- the lexical rules ---- */

static inline bool filter_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
/* The length of the identifier that stands before a ':' at the start of a word; 0 where the word has none. */
size_t filter_key_length(struct text word);
/* Whether a word without quotes is read as code, and not as key:value. URLs are. */
bool filter_is_bare(struct text word);
/* Whether '*' stands in a tool value where it means nothing: anywhere but in a last segment of its own. */
bool filter_has_stray_star(struct text tool);
/* A value as it must be written behind its key or a comma: in quotes where it needs them. */
void filter_write_text(enum filter_key key, struct text value, struct buf *out);
