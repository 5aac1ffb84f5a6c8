/*
 * JSON as a stream of tokens over borrowed text. Not a tree: a number keeps the spelling it came with (a
 * 64-bit id that goes through a double is shown wrong), a broken end does not take away what came before it,
 * and nothing is allocated.
 *
 *     struct json_scan scan = json_scan(text);
 *     for (enum json_token token; (token = json_next(&scan)) > JSON_END;)
 *         use(token, json_raw(&scan));
 */
#pragma once

#include "data/base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum json_token {
    JSON_BROKEN, /* no token starts here, or a string does not end; the scan stays there */
    JSON_END,
    JSON_OBJECT_OPEN,
    JSON_OBJECT_CLOSE,
    JSON_ARRAY_OPEN,
    JSON_ARRAY_CLOSE,
    JSON_COMMA,
    JSON_COLON,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
};

struct json_scan {
    struct text text;
    size_t start, end; /* the last token's bytes; a string's with its quotes */
};

struct json_scan json_scan(struct text text); /* a null text has only JSON_END */
enum json_token json_next(struct json_scan *scan);
struct text json_raw(const struct json_scan *scan); /* the last token as it is spelled */

/* Skips the value that begins with `first` (the token last read) to its end. False where it is broken, or
 * nested deeper than JSON_DEPTH_MAX. */
enum { JSON_DEPTH_MAX = 512 };
bool json_skip(struct json_scan *scan, enum json_token first);

/* The first token of the one value that the whole text is; JSON_BROKEN where it is anything else, or
 * nested deeper than JSON_DEPTH_MAX. */
enum json_token json_check(struct text text);
/* The same; where it is broken *broken_at is the byte from which on it makes no sense (its length: it ends too early). */
enum json_token json_check_place(struct text text, size_t *broken_at);

/* Decodes the content of a string token (with its quotes) into out, which holds raw.n bytes: the result is
 * never longer. Lone surrogates become U+FFFD; an escape that JSON does not know stays as it is written.
 * Returns the length. */
size_t json_unescape(struct text raw, char *out);

/* The start of the decoded string, at most max bytes of it, cut on a character boundary. */
size_t json_unescape_head(struct text raw, char *out, size_t max);
