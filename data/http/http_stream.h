/*
 * One connection on which a server tells what happens (server-sent events, http_events.h). It belongs to one
 * thread, which steps it; whatever the step waits for, it can be woken from any thread within milliseconds.
 *
 * TLS, proxies, redirects and credentials are as http_client.h has them, but that a 401 is not tried again.
 */
#pragma once

#include "data/http/http_client.h"
#include "data/http/http_events.h"

enum {
    HTTP_STREAM_SILENCE_MS = 35 * 1000, /* a server sends something every 15 s */
};

struct http_stream_options {
    http_event_taker *take; /* called inside a step */
    void *context;
    int64_t silence_ms; /* without a byte for so long it has ended; 0: HTTP_STREAM_SILENCE_MS */
};

struct http_stream;
struct http_stream *http_stream_new(struct http_pool *pool, struct http_auth *auth, /* borrows both */
                                    const struct http_stream_options *options);
void http_stream_free(struct http_stream *stream); /* nobody wakes it any more */

enum http_stream_state {
    HTTP_STREAM_CLOSED,
    HTTP_STREAM_OPENING, /* asked for; what is there has not said yet that it is one */
    HTTP_STREAM_OPEN,    /* 200, text/event-stream, and something of it has come */
    HTTP_STREAM_ENDED,   /* by itself: http_stream_end says how */
};

struct http_stream_end {
    struct err err;  /* what happened */
    bool is_refused; /* an answer that will be the same next time: there is no stream here */
    bool was_open;
};

/* From closed or ended. Reads credentials as http_auth_get does, which may take a while the first time;
 * `cancel` ends that. */
void http_stream_start(struct http_stream *stream, const char *url, struct cancel *cancel);
void http_stream_stop(struct http_stream *stream); /* closes the connection; nothing where there is none */

/* Takes what has come; where that is nothing, waits for it at most so long. */
void http_stream_step(struct http_stream *stream, int64_t wait_ms);
enum http_stream_state http_stream_state(const struct http_stream *stream);
const struct http_stream_end *
http_stream_end(const struct http_stream *stream); /* of the last one that ended */
int64_t
http_stream_heard_at(const struct http_stream *stream); /* of the clock: the last byte, or the start */
int64_t http_stream_retry_ms(const struct http_stream *stream); /* what the server asked for; -1: nothing */

/* From any thread: the step that waits returns, or the next one does not wait. */
void http_stream_wake(struct http_stream *stream);
