/*
 * A body as the tree builder (cJSON) can take it whole. Its strings end at the first NUL, a lone surrogate or a long number makes it refuse the
 * whole text, and its tree has no bound of its own.
 */
#pragma once

#include "data/base/err.h"
#include "data/base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* The values of a body (names are not counted); a tree of them takes 64 bytes each. */
enum { WIRE_VALUES_MAX = 1 << 20 };

struct wire_clean {
    struct text
        text; /* \u0000 and lone surrogates are \ufffd, numbers of more than 60 digits written shorter; every byte at its old place */
    bool is_open; /* it ends before all that it opens is closed */
    char *copy;   /* owned; NULL where nothing had to change */
};

/* ERR_CORRUPT: a byte that no JSON has there, or an end inside a word or a string. ERR_TOO_BIG. Release in any case. */
MUST_USE enum err_code wire_clean(struct text body, struct wire_clean *clean, struct err *err);
void wire_clean_release(struct wire_clean *clean);

/* The error of a text that is no JSON from byte `at` on (0-based; told from 1); at its end it was cut short. */
enum err_code wire_not_json(struct text body, size_t at, bool is_cut, struct err *err);
