/*
 * Server-sent events (text/event-stream) out of bytes as they come: HTML's standard, bounded. No I/O.
 *
 *     struct http_events events;
 *     http_events_init(&events);
 *     http_events_feed(&events, bytes, on_event, context);      as often as something comes, in pieces of any size
 *     http_events_release(&events);
 */
#pragma once

#include "data/base/buf.h"

#include <stdint.h>

enum {
    HTTP_EVENT_LINE_MAX =
        16 * 1024, /* an event with a longer line is left out; comments may be as long as they like */
    HTTP_EVENT_DATA_MAX = 64 * 1024, /* as is one with more data */
    HTTP_EVENT_ID_MAX = 200,         /* a longer id is none */
    HTTP_EVENT_RETRY_MAX_MS = 60 * 60 * 1000,
};

struct http_event {
    struct text type; /* "message" where it has none */
    struct text data; /* lines are parted by LF; never null */
};

typedef void http_event_taker(void *context, const struct http_event *event);

struct http_events {
    struct buf line, type, data;
    struct buf id, last_id;
    int64_t retry_ms; /* what the server asked for between two connections; -1: nothing */
    size_t bom;       /* bytes of a byte order mark that have come at the very beginning */
    bool is_begun;    /* something else has come */
    bool is_after_cr; /* a LF now belongs to it */
    bool is_comment;  /* of the line so far nothing is kept */
    bool is_left_out; /* the event so far is too large */
};

void http_events_init(struct http_events *events);
void http_events_release(struct http_events *events);

/* Another connection: what had come of an event is forgotten; the last id and the retry time stay. */
void http_events_restart(struct http_events *events);

/* Calls `take` for each event that is whole. An event without data is none. Texts are borrowed during the
 * call. */
void http_events_feed(struct http_events *events, struct text bytes, http_event_taker *take, void *context);

/* For Last-Event-ID: of the last event that had one, "" where none had. Printable, at most HTTP_EVENT_ID_MAX
 * bytes. */
const char *http_events_last_id(struct http_events *events);
