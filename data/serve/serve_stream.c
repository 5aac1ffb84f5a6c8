/*
 * Server-sent events: one when the data has moved, at most ten a second, and a comment now and then, by which
 * a client and the proxies between see that the server is still there. The library asks for the next bytes on
 * the connection's own thread, which waits for them here.
 */
#include "data/serve/serve_int.h"

#include "data/base/clock.h"
#include "data/base/die.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    BLOCK_BYTES = 512,
    LOOK_MS = 200 /* how soon a stream sees that its client or the server has gone */
};

struct stream {
    struct serve *serve;
    struct serve_link *link;
    uint64_t seen;
    int64_t said_at;
    bool has_begun;
};

static bool is_over(const struct stream *stream)
{
    return atomic_load(&stream->serve->is_stopping) || atomic_load(&stream->link->is_gone);
}

static void rest(int64_t ms)
{
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

static ssize_t say(struct stream *stream, char *out, size_t max, bool is_event)
{
    int n;
    if (!is_event)
        n = snprintf(out, max, ": still here\n\n");
    else if (!stream->has_begun)
        n = snprintf(out, max, "event: hello\ndata: {\"revision\":%" PRIu64 "}\n\n", stream->seen);
    else
        n = snprintf(out, max, "event: changed\nid: %" PRIu64 "\ndata: {\"revision\":%" PRIu64 "}\n\n",
                     stream->seen, stream->seen);
    stream->has_begun = true;
    stream->said_at = clock_ms();
    return n;
}

/* Waits for a move for a moment. An application that does not wait, since it is at its end, is not asked in a
 * circle. */
static bool has_moved(struct stream *stream)
{
    const struct serve_application *application = &stream->serve->options.application;
    int64_t began = clock_ms();
    if (application->wait(application->context, stream->seen, LOOK_MS)) {
        int64_t early = SERVE_EVENT_PAUSE_MS - (clock_ms() - stream->said_at);
        if (early > 0)
            rest(early);
        return true;
    }
    int64_t left = LOOK_MS - (clock_ms() - began);
    if (left > 0)
        rest(left);
    return false;
}

static ssize_t next_bytes(void *cls, uint64_t position, char *out, size_t max)
{
    (void)position;
    struct stream *stream = cls;
    const struct serve_application *application = &stream->serve->options.application;
    while (!is_over(stream)) {
        if (!stream->has_begun || has_moved(stream)) {
            stream->seen = application->revision(application->context);
            return say(stream, out, max, true);
        }
        if (clock_ms() - stream->said_at >= stream->serve->options.heartbeat_ms)
            return say(stream, out, max, false);
    }
    return MHD_CONTENT_READER_END_OF_STREAM;
}

static void end_stream(void *cls)
{
    struct stream *stream = cls;
    atomic_fetch_sub(&stream->serve->streams, 1);
    free(stream);
}

static struct MHD_Response *new_stream(struct serve *serve, struct MHD_Connection *connection)
{
    struct stream *stream = mem_new_array(1, sizeof *stream);
    stream->serve = serve;
    stream->link = serve_link_of(serve, connection);
    struct MHD_Response *response = serve->library.create_response_from_callback(
        MHD_SIZE_UNKNOWN, BLOCK_BYTES, next_bytes, stream, end_stream);
    if (!response)
        end_stream(stream);
    return response;
}

enum MHD_Result serve_stream(struct serve *serve, struct MHD_Connection *connection)
{
    if (atomic_fetch_add(&serve->streams, 1) >= SERVE_STREAMS_MAX) {
        atomic_fetch_sub(&serve->streams, 1);
        serve_log_say(&serve->log, "%s: 503 %d streams are open already",
                      serve_link_of(serve, connection)->peer, SERVE_STREAMS_MAX);
        return serve_send_text(serve, connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                               "too many streams are open already");
    }
    struct MHD_Response *response = new_stream(serve, connection);
    if (!response)
        return MHD_NO;
    serve_header(serve, response, "Content-Type", "text/event-stream");
    serve_header(serve, response, "X-Accel-Buffering", "no");
    return serve_send(serve, connection, MHD_HTTP_OK, response);
}
