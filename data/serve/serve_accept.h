/*
 * What a client says that it can take or has already: Accept-Encoding and If-None-Match.
 */
#pragma once

#include "data/base/text.h"

/* By the words of RFC 9110: "gzip", "x-gzip" or "*" with a weight above 0; a word of its own goes before "*". */
bool serve_accepts_gzip(const char *accept_encoding);

/* A list of entity tags, or "*". Compared weakly: W/ before either does not matter. A list that is broken matches up to there. etag: as it is sent, with its quotes; "" matches nothing. */
bool serve_etag_matches(const char *if_none_match, const char *etag);
