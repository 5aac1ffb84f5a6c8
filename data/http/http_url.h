/*
 * The parts of an address, by curl's own rules: what is shown, compared or rebuilt here can then never differ from what is connected to.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"
#include "data/base/text.h"

#include <stdbool.h>

/* Texts owned; fields NULL where absent. Path and query stand as they were, percent-encoding and spaces included; a fragment is dropped. */
struct http_url {
    char *scheme; /* "http" or "https" */
    char *
        host; /* lower case; an IPv6 literal in its brackets, its zone as %25zone: as it must stand in an address */
    char *path;  /* "/" at least; dot segments resolved */
    char *query; /* without its '?' */
    char *user, *password;
    int port; /* the scheme's own where not named */
};

/* Whether there is a curl to read them with: ERR_UNSUPPORTED says what to install. */
MUST_USE enum err_code http_url_ready(struct err *err);

/* False: not an http(s) URL; then everything is NULL. Release in any case. */
bool http_url_split(const char *address, struct http_url *url);
void http_url_release(struct http_url *url); /* user and password are overwritten */

/* Percent-encodes all but the unreserved characters. */
void http_escape(struct text text, struct buf *out);
/* The other way; a '+' is a space where `is_query`. A '%' without two hex digits behind it stands for itself. */
void http_unescape(struct text text, bool is_query, struct buf *out);
