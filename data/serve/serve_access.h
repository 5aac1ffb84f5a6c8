/*
 * Who may ask: the headers of a request that are looked at before it is answered.
 */
#pragma once

#include "data/serve/serve_token.h"

/* NULL where a header was not there. */
struct serve_claims {
    const char *method, *host, *origin, *fetch_site, *authorization, *content_type;
};

enum serve_verdict {
    SERVE_LET_IN,
    /* 403: no token is demanded, so Host must be this machine's own name, else a web page could ask by a name
     * of its own (DNS rebinding) */
    SERVE_NOT_LOCAL,
    /* 403: Origin is another site's, or Sec-Fetch-Site says that another site's page asks (an image, a
     * script: they send no Origin) */
    SERVE_FOREIGN,
    SERVE_NO_TOKEN, /* 401 */
    SERVE_NOT_JSON, /* 415: a POST that a form of any web page could send */
    SERVE_BAD_HOST, /* 400 */
};

enum serve_verdict serve_access(const struct serve_token *token, const struct serve_claims *claims);
