/*
 * HTTP over libcurl, and nothing about runs. A client belongs to one thread at a time, keeps its connections open, and does several requests at
 * once; what it does can be stopped from any thread within milliseconds.
 *
 * TLS is verified. Proxies, and the CA where no cacert is given, are as curl's environment has them, but that loopback never goes through a proxy. Bodies are asked for compressed, HTTP/2 over TLS is
 * offered. Redirects are followed by us, at most HTTP_REDIRECTS_MAX and only with http(s): credentials go along to the same origin (scheme, host,
 * port) only, so never to another host and never from https to http.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"
#include "data/http/http_auth.h"
#include "data/http/http_settings.h"
#include "data/query.h"

enum { HTTP_REDIRECTS_MAX = 5, HTTP_BODY_MAX = 64 << 20, HTTP_REQUESTS_MAX = 8 };

/* Shared by the clients of a source: names that were looked up, TLS sessions. Locks by itself. */
struct http_pool;
struct http_pool *http_pool_new(const struct http_settings *settings); /* copies */
void http_pool_free(struct http_pool *pool);                           /* all clients first */

struct http_client;
struct http_client *http_client_new(struct http_pool *pool,
                                    struct http_auth *auth); /* borrows both; auth NULL: nobody */
void http_client_free(struct http_client *client);

struct http_answer {
    enum err_code code; /* ERR_OK: there is an answer, whatever its status */
    struct err
        err; /* else: refused, DNS, time-out, reset, TLS, too big: what, where and what to do. ERR_CANCELLED */
    long status;
    char content_type[128]; /* lower case, without parameters; "" unknown */
    char final_host[256];   /* where it came from, when redirected to another origin; "" else */
    struct buf body;        /* decompressed; at most HTTP_BODY_MAX */
    int64_t retry_after_ms; /* Retry-After, seconds or date; -1 none */
    bool was_sent;          /* where there is no answer: the server may have heard all of the request */
    int64_t took_ms;
};
void http_answer_release(struct http_answer *answer);

/* GETs all of the URLs at once and returns when all are answered. Answers are initialised here and released by the caller. An answer that says
 * larger than HTTP_BODY_MAX (by its Content-Length, or as it comes, decompressed) is ERR_TOO_BIG with its size. A 401 is tried once more where
 * http_auth_expire says so. The error texts name the host, never a query or a header. */
void http_client_get(struct http_client *client, const char *const *urls, size_t count, struct cancel *cancel,
                     struct http_answer *answers);

/* POSTs a JSON body and returns when it is answered: once, never a second time by itself, and on a connection of its own, since one that has been kept may lead to nobody. A
 * redirect is refused (ERR_UNSUPPORTED, with the host that it leads to): what is sent goes to the server that was asked or to none. A 401 is tried once more as above, since nothing was
 * done then. The time is not limited but for the connection: an answer comes when the work is done; a peer that has gone is found out by the keep-alive. */
struct http_post {
    const char *url;
    struct text body; /* not null; borrowed */
};
void http_client_post(struct http_client *client, const struct http_post *post, struct cancel *cancel,
                      struct http_answer *answer);

/* From any thread: what the client does now ends with ERR_CANCELLED; nothing where it does nothing and cancel is not set. A token command that it waits
 * for is ended by the cancel alone: set that first. */
void http_client_interrupt(struct http_client *client);
