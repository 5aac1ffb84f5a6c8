/*
 * See source_http_told.h. Nothing here is needed for what is shown to be right: a server that greets and then
 * says nothing is looked at all the same, by and by, and one whose connection is cut again and again is
 * polled in between.
 */
#include "data/http/source_http_told.h"

#include "data/http/http_stream.h"

#include "data/base/die.h"

#include <stdlib.h>

enum {
    TRIES_MAX = 3,
    SHORT_MS = 1000, /* a connection that did not live so long came to nothing */
    PAUSE_MAX_MS = 60 * 1000,
};

struct http_told {
    struct http_source *source;
    struct cancel *cancel;
    struct http_stream *stream;
    bool is_trusted, is_wanted;
    unsigned news; /* since the wait began */
    int tries;     /* in a row that came to nothing */
    int64_t try_at, greeted_at;
};

static void take_event(void *context, const struct http_event *event)
{
    struct http_told *told = context;
    bool is_greeting = text_is(event->type, "hello"), is_change = text_is(event->type, "changed");
    if ((is_greeting || is_change) && !told->is_trusted) {
        told->is_trusted = true;
        told->greeted_at = clock_ms();
        told->news |= HTTP_NEWS_TURNED;
    }
    if (is_change)
        told->news |= HTTP_NEWS_CHANGED;
}

struct http_told *http_told_new(struct http_source *source, struct cancel *cancel)
{
    struct http_told *told = mem_new_array(1, sizeof *told);
    *told = (struct http_told){.source = source, .cancel = cancel, .try_at = INT64_MAX};
    told->stream = http_stream_new(source->pool, source->auth,
                                   &(struct http_stream_options){take_event, told, source->silence_ms});
    return told;
}

void http_told_free(struct http_told *told)
{
    http_stream_free(told->stream);
    free(told);
}

void http_told_wake(struct http_told *told)
{
    http_stream_wake(told->stream);
}

void http_told_begin(struct http_told *told)
{
    http_told_stop(told);
    told->tries = 0;
    told->try_at = clock_ms();
    told->is_wanted = true;
}

void http_told_stop(struct http_told *told)
{
    http_stream_stop(told->stream);
    told->is_trusted = told->is_wanted = false;
    told->try_at = INT64_MAX;
}

bool http_told_is_wanted(const struct http_told *told)
{
    return told->is_wanted;
}

int64_t http_told_try_at(const struct http_told *told)
{
    return told->try_at;
}

bool http_told_is_trusted(const struct http_told *told)
{
    return told->is_trusted;
}

bool http_told_is_connected(const struct http_told *told)
{
    enum http_stream_state state = http_stream_state(told->stream);
    return state == HTTP_STREAM_OPENING || state == HTTP_STREAM_OPEN;
}

void http_told_connect(struct http_told *told)
{
    char *url = http_events_url(told->source);
    told->try_at = url ? INT64_MAX : clock_ms() + told->source->poll_ms;
    if (!url)
        return;
    http_stream_start(told->stream, url, told->cancel);
    free(url);
}

static int64_t pause_of(const struct http_told *told)
{
    int64_t asked = http_stream_retry_ms(told->stream);
    int64_t pause = asked > told->source->poll_ms ? asked : told->source->poll_ms;
    pause <<= told->tries;
    return pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
}

static void take_end(struct http_told *told)
{
    int64_t now = clock_ms();
    bool was_short = !told->is_trusted || now - told->greeted_at < SHORT_MS;
    bool is_refused = http_stream_end(told->stream)->is_refused;
    told->news |= told->is_trusted ? HTTP_NEWS_TURNED : HTTP_NEWS_NONE;
    told->is_trusted = false;
    told->tries = was_short ? told->tries + 1 : 0;
    told->try_at = is_refused || told->tries == TRIES_MAX ? INT64_MAX : now + pause_of(told);
    http_stream_stop(told->stream);
}

unsigned http_told_wait(struct http_told *told, int64_t ms)
{
    int64_t heard_at = http_stream_heard_at(told->stream);
    told->news = 0;
    if (http_told_is_connected(told))
        http_stream_step(told->stream, ms);
    if (http_stream_heard_at(told->stream) != heard_at)
        told->news |= HTTP_NEWS_ALIVE;
    if (http_stream_state(told->stream) == HTTP_STREAM_ENDED)
        take_end(told);
    return told->news;
}
