/*
 * What the parts of the client know of each other. The only files that know curl are these, and http_url.c.
 */
#pragma once

#include "data/base/clock.h"
#include "data/http/http_client.h"
#include "data/http/http_curl.h"
#include "data/http/http_url.h"

#include <pthread.h>

/* ---- http_client_pool.c ---- */

struct http_pool {
    CURLSH *share;
    pthread_mutex_t locks[CURL_LOCK_DATA_LAST];
    char *ca_file, *ca_path; /* NULL: curl's own */
    bool has_cacert;         /* the file was named by a person, and is the only one */
    const char *ca_origin;   /* who named them, for an error: "--cacert", "$SSL_CERT_FILE" */
    char *no_proxy;
    int64_t timeout_ms;
};

/* ERR_NOT_FOUND, ERR_DENIED: the CA file cannot be read, by name. */
MUST_USE enum err_code pool_check_ca(const struct http_pool *pool, struct err *err);

/* ---- http_client_url.c ---- */

bool url_is_same_origin(const struct http_url *a, const struct http_url *b);
/* "localhost:4788", "runs.example.org": the port where it is not the scheme's own. */
void url_label(const struct http_url *url, char *label, size_t size);
/* The address without a user, a password and a fragment; NULL where it is no URL. Owned. */
char *url_clean(const char *address);

/* ---- http_client_hop.c: one request to one server; redirects and a second try make several of them ---- */

struct hop {
    CURL *easy;     /* NULL: none is on its way */
    char *url;      /* owned */
    char host[300]; /* label, for errors */
    bool is_tls, is_loopback_name;
    bool has_credentials; /* they went along */
    struct text post;     /* the body of a POST, borrowed; null: a GET */
    struct buf *body;
    char content_type[128];
    int64_t deadline;
    int64_t timeout_ms; /* what was left of the whole when it began, and */
    int64_t total_ms;   /* the whole, for an error; 0: as long as it takes */
    long status;
    int64_t content_length; /* -1: not told */
    int64_t retry_after_ms; /* -1: not told */
    bool has_body, is_too_big, is_stalled, was_sent;
    int64_t window_start; /* of the stretch of time in which the body must move on */
    int64_t window_bytes;
    char error[CURL_ERROR_SIZE];
};

/* Where the hop goes; false where that is no address for us. The parts of it in *url, to be released. */
bool hop_aim(struct hop *hop, const char *address, struct http_url *url);
/* credentials: NULL where none may go along. Needs url, body, deadline and total_ms set. */
MUST_USE enum err_code hop_start(struct hop *hop, const struct http_pool *pool, struct curl_slist *headers,
                                 const struct http_credentials *credentials, struct err *err);
/* Status and content type of what has come so far: "Application/JSON; charset=utf-8" is "application/json". */
void hop_read_kind(struct hop *hop);
/* Takes what curl knows of the answer, and gives the handle back. *location: where it redirects to, owned, or NULL. */
void hop_end(struct hop *hop, char **location);
/* The body has begun and hardly moves. */
bool hop_is_stalled(struct hop *hop, int64_t now);

/* ---- http_client_error.c ---- */

enum err_code hop_fault(const struct hop *hop, const struct http_pool *pool, CURLcode result,
                        struct err *err);
