/*
 * Whether a client can read gzip.
 */
#pragma once

#include "data/base/text.h"

/* By the words of RFC 9110: "gzip", "x-gzip" or "*" with a weight above 0; a word of its own goes before
 * "*". */
bool serve_accepts_gzip(const char *accept_encoding);
