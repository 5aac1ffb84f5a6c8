/*
 * An HTTP server for one application: `executor-runs serve`. What is asked becomes a struct api_request, and
 * what the application fills in becomes the answer; the server knows no JSON, and the application no HTTP.
 *
 *     serve_start(&options, &serve, &err)      listens; answers from threads of its own
 *     …
 *     serve_stop(serve);                       within a second
 *
 * Between the network and libmicrohttpd stands the gate (serve_gate.h), which keeps the limits. Each
 * connection has a thread in the library, so that a slow question holds up nobody else. Answers carry
 * `Cache-Control: no-cache` and the application's ETag; they are compressed for whoever can read that.
 *
 * Who may ask: with a token, whoever brings it; without one, which is for loopback alone, whoever calls the
 * server by a local name, so that no web page reaches it by a name of its own. A page of another site never
 * may.
 */
#pragma once

#include "data/api/api.h"
#include "data/serve/serve_gate.h"

enum {
    SERVE_STREAMS_MAX = 16,     /* server-sent events at once; more: 503 */
    SERVE_HEARTBEAT_MS = 15000, /* a comment in a stream that has nothing to tell */
    SERVE_EVENT_PAUSE_MS = 100, /* between two events of a stream */
    SERVE_GZIP_MIN = 1024,      /* smaller bodies are sent as they are */
    SERVE_HELD_MAX =
        256 << 20, /* bytes of answers that wait for their clients, all together; a large one more: 503 */
    SERVE_HELD_ALWAYS = 1 << 20, /* no larger ones go out whatever waits */
    SERVE_RETRY_AFTER_S = 2,     /* what a 503 asks for */
    SERVE_FINISH_MS = 400,       /* answers under way may take so long when the server stops, */
    SERVE_CUT_MS = 300,          /* and so long again when the application has been stopped */
};

/* data/api/api.h's functions, or a test's. Any thread, several at once. */
struct serve_application {
    void *context;
    void (*answer)(void *context, const struct api_request *request, struct api_response *response);
    uint64_t (*revision)(void *context);
    bool (*wait)(void *context, uint64_t seen, int timeout_ms);
    void (*stop)(void *context);
};

struct serve_options {
    struct serve_address address;
    struct serve_application application;
    const char *name;       /* what is served, for a person who opens "/" */
    const char *token_file; /* NULL: none. ERR_USAGE for an address that is not loopback */
    struct serve_times times;
    int heartbeat_ms; /* SERVE_HEARTBEAT_MS */
    size_t held_max;  /* SERVE_HELD_MAX */
    /* A line about a problem, without its end; it may hold bytes from outside. From any thread, one call at a
     * time. */
    void (*say)(void *context, const char *line);
    void *say_context;
};

struct serve;

/* options is borrowed during the call, name and token_file as long as the server lives. */
MUST_USE enum err_code serve_start(const struct serve_options *options, struct serve **serve,
                                   struct err *err);
/* "127.0.0.1:4788": with the port that it got. */
void serve_where(const struct serve *serve, char out[SERVE_ADDRESS_TEXT]);
/* Reads the token file again. Where that fails, the token of before holds. */
MUST_USE enum err_code serve_reload(struct serve *serve, struct err *err);
void serve_stop(struct serve *serve);
