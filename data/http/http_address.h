/*
 * Addresses as people have them: the server's, with or without /api or /executions, or a link copied from the web page
 * (…/runs?status=failed&tool=github.*&range=1h&executionId=…), which also says what was being looked at there.
 */
#pragma once

#include "data/base/err.h"
#include "data/filter/filter.h"
#include "data/query.h"

enum { HTTP_ADDRESS_MAX = 4096, HTTP_BASES_MAX = 3, HTTP_HOST_MAX = 256 };

struct http_address {
    /* Where the API may be, the likeliest first, each "scheme://host[:port]/path" without a slash at its end: for http://h:4788 and
     * http://h:4788/runs?… that is http://h:4788/api, then http://h:4788; for http://h:4788/executions the same two the other way round; for
     * https://h/team/api it is that, then https://h/team/api/api, then https://h/team. */
    char bases[HTTP_BASES_MAX][HTTP_ADDRESS_MAX];
    size_t base_count;
    char host[HTTP_HOST_MAX]; /* lower case, without brackets */
    int port;                 /* the scheme's own where not named */
    bool is_tls;
    bool is_loopback; /* localhost, *.localhost, 127.0.0.0/8, ::1: by the name alone, nothing is looked up */
    char label[256];  /* for the header: "localhost:4788", "runs.example.org/team" */
    char plain[HTTP_ADDRESS_MAX]; /* the address without what a link says: for a copied command line */

    /* What a link says. */
    struct filter filter; /* owned */
    bool has_sort;
    struct sort sort;
    char run_id[128]; /* the run that was open; "" none */
    char note[240];   /* what of it was not understood and left out, for a person; "" nothing */
};

/* http:// or https://, in any case. */
bool http_address_is(const char *address);

/* What was probably meant by a name that is no file: "localhost:4788" or "runs.example.org/team" without its scheme, or with one that is not served. False: it does not
 * look like any address, or there is a user or password in it. */
enum { HTTP_GUESS_MAX = 160 };
bool http_address_guess(const char *name, char out[HTTP_GUESS_MAX]);

/* ERR_TOO_BIG: longer than there is room for. ERR_USAGE: not an address (what is wrong), or one with a user or password in it (where those belong instead; neither is repeated in the error).
 * A fragment is dropped. Link parameters: status trigger tool code elicitation sort as in the API, from to (epoch ms or ISO), after, range
 * (15m 1h 24h 7d 30d all), executionId; status words in any case, empty values mean nothing. Others are named in the note by their name, never by
 * their value: it may be a secret. ERR_UNSUPPORTED: there is no
 * libcurl here. Release in any case. */
MUST_USE enum err_code http_address_parse(const char *address, struct http_address *out, struct err *err);
void http_address_release(struct http_address *address);
