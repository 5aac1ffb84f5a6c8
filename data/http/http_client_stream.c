/*
 * See http_stream.h. A multi handle of its own: the looks that the events lead to are made by the same
 * thread, and neither may hold up the other's connections.
 *
 * There is no time limit for an answer that is not to end, but one for silence: a server that lives says so.
 */
#include "data/http/http_stream.h"

#include "data/http/http_client_int.h"

#include "data/base/die.h"
#include "data/base/timefmt.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    HEADER_MAX = HTTP_EVENT_ID_MAX + 40,
    PASSED_MAX = 64 * 1024,
    SPEED_MAX = 256 * 1024, /* bytes a second: who sends more keeps itself waiting and not us busy */
};

struct http_stream {
    struct http_pool *pool;
    struct http_auth *auth;
    struct http_stream_options options;
    CURLM *multi;
    struct curl_slist *headers;
    struct http_credentials credentials;
    struct hop hop;
    struct buf nothing; /* of what is no stream nothing is kept */
    struct http_events events;
    enum http_stream_state state;
    struct http_stream_end end;
    int redirects;
    int64_t heard_at;
    bool is_other; /* an answer of another kind has begun to come */
    size_t passed; /* bytes of a redirect's body: where to is known at its end */
};

struct http_stream *http_stream_new(struct http_pool *pool, struct http_auth *auth,
                                    const struct http_stream_options *options)
{
    struct http_stream *stream = mem_new_array(1, sizeof *stream);
    stream->pool = pool;
    stream->auth = auth;
    stream->options = *options;
    if (stream->options.silence_ms <= 0)
        stream->options.silence_ms = HTTP_STREAM_SILENCE_MS;
    stream->multi = curl_multi_init();
    if (!stream->multi)
        die("out of memory");
    buf_init(&stream->nothing, 0);
    stream->hop.body = &stream->nothing;
    http_events_init(&stream->events);
    return stream;
}

void http_stream_free(struct http_stream *stream)
{
    if (!stream)
        return;
    http_stream_stop(stream);
    curl_multi_cleanup(stream->multi);
    http_events_release(&stream->events);
    free(stream->hop.url);
    free(stream);
}

void http_stream_wake(struct http_stream *stream)
{
    curl_multi_wakeup(stream->multi);
}

enum http_stream_state http_stream_state(const struct http_stream *stream)
{
    return stream->state;
}

const struct http_stream_end *http_stream_end(const struct http_stream *stream)
{
    return &stream->end;
}

int64_t http_stream_heard_at(const struct http_stream *stream)
{
    return stream->heard_at;
}

int64_t http_stream_retry_ms(const struct http_stream *stream)
{
    return stream->events.retry_ms;
}

/* ---- what comes ---- */

static bool is_stream(struct hop *hop)
{
    hop_read_kind(hop);
    return hop->status == 200 && !strcmp(hop->content_type, "text/event-stream");
}

static bool is_redirect(const struct hop *hop)
{
    return hop->status >= 300 && hop->status < 400;
}

/* A return of less than it was given ends the transfer. */
static size_t on_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct http_stream *stream = context;
    size_t n = size * count;
    stream->heard_at = clock_ms();
    if (stream->state == HTTP_STREAM_OPENING && !is_stream(&stream->hop)) {
        stream->passed += n;
        stream->is_other = !is_redirect(&stream->hop) || stream->passed > PASSED_MAX;
        return stream->is_other ? 0 : n;
    }
    stream->state = HTTP_STREAM_OPEN;
    http_events_feed(&stream->events, (struct text){bytes, n}, stream->options.take, stream->options.context);
    return n;
}

/* ---- the end ---- */

static void let_go(struct http_stream *stream)
{
    http_credentials_release(&stream->credentials);
    curl_slist_free_all(stream->headers);
    stream->headers = NULL;
}

static void end(struct http_stream *stream, bool is_refused)
{
    stream->end.is_refused = is_refused;
    stream->end.was_open = stream->state == HTTP_STREAM_OPEN;
    stream->state = HTTP_STREAM_ENDED;
    let_go(stream);
}

/* *location: owned. */
static void take_off(struct http_stream *stream, char **location)
{
    curl_multi_remove_handle(stream->multi, stream->hop.easy);
    hop_end(&stream->hop, location);
}

void http_stream_stop(struct http_stream *stream)
{
    if (stream->hop.easy) {
        char *location;
        take_off(stream, &location);
        free(location);
        let_go(stream);
    }
    stream->state = HTTP_STREAM_CLOSED;
}

/* What passes by itself: too many requests, a proxy whose server is starting, a secret that a look will
 * renew. */
static bool may_be_other_next_time(long status)
{
    return status == 401 || status == 408 || status == 429 || (status >= 502 && status <= 504);
}

static void end_as_other(struct http_stream *stream)
{
    const struct hop *hop = &stream->hop;
    err_set(&stream->end.err, ERR_UNSUPPORTED, "%s has no events to follow (%ld)", hop->host, hop->status);
    end(stream, !may_be_other_next_time(hop->status));
}

/* ---- the way there ---- */

static enum err_code send_request(struct http_stream *stream, const struct http_url *url)
{
    struct hop *hop = &stream->hop;
    bool is_own = stream->auth && http_auth_is_for(stream->auth, hop->is_tls, url->host, url->port);
    enum err_code code =
        hop_start(hop, stream->pool, stream->headers, is_own ? &stream->credentials : NULL, &stream->end.err);
    if (code)
        return code;
    curl_easy_setopt(hop->easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(hop->easy, CURLOPT_WRITEDATA, stream);
    curl_easy_setopt(hop->easy, CURLOPT_ACCEPT_ENCODING, NULL); /* who compresses may wait for more */
    curl_easy_setopt(hop->easy, CURLOPT_FORBID_REUSE, 1L); /* where there is no stream, no connection stays */
    curl_easy_setopt(hop->easy, CURLOPT_MAX_RECV_SPEED_LARGE, (curl_off_t)SPEED_MAX);
    if (curl_multi_add_handle(stream->multi, hop->easy) != CURLM_OK)
        die("libcurl takes no request");
    return ERR_OK;
}

static enum err_code go_to(struct http_stream *stream, const char *address)
{
    struct http_url url;
    struct hop *hop = &stream->hop;
    stream->is_other = false;
    stream->passed = 0;
    hop->total_ms = 0;
    hop->deadline = clock_ms() + INT32_MAX;
    if (!hop_aim(hop, address, &url))
        return err_set(&stream->end.err, ERR_USAGE, "that is not an http or https address");
    enum err_code code = send_request(stream, &url);
    http_url_release(&url);
    return code;
}

static void follow(struct http_stream *stream, const char *location)
{
    if (++stream->redirects > HTTP_REDIRECTS_MAX) {
        err_set(&stream->end.err, ERR_IO, "%s redirects in a circle", stream->hop.host);
        end(stream, true);
    } else if (go_to(stream, location)) {
        end(stream, true);
    }
}

static void add_header(struct http_stream *stream, const char *line)
{
    stream->headers = curl_slist_append(stream->headers, line);
    if (!stream->headers)
        die("out of memory");
}

static void set_headers(struct http_stream *stream)
{
    char line[HEADER_MAX];
    const char *id = http_events_last_id(&stream->events);
    add_header(stream, "Accept: text/event-stream");
    add_header(stream, "Cache-Control: no-cache");
    snprintf(line, sizeof line, "Last-Event-ID: %s", id);
    if (*id)
        add_header(stream, line);
}

void http_stream_start(struct http_stream *stream, const char *url, struct cancel *cancel)
{
    http_stream_stop(stream);
    stream->end = (struct http_stream_end){0};
    stream->state = HTTP_STREAM_OPENING;
    stream->redirects = 0;
    stream->heard_at = clock_ms();
    http_events_restart(&stream->events);
    set_headers(stream);
    enum err_code code =
        stream->auth ? http_auth_get(stream->auth, cancel, &stream->credentials, &stream->end.err) : ERR_OK;
    if (!code)
        code = go_to(stream, url);
    if (code)
        end(stream, false);
}

/* ---- the loop ---- */

static void take_end(struct http_stream *stream, CURLcode result)
{
    char *location;
    if (result != CURLE_OK && !stream->is_other)
        hop_fault(&stream->hop, stream->pool, result, &stream->end.err);
    take_off(stream, &location);
    bool is_answer = result == CURLE_OK && stream->state == HTTP_STREAM_OPENING;
    if (location)
        follow(stream, location);
    else if (stream->is_other || (is_answer && strcmp(stream->hop.content_type, "text/event-stream") != 0))
        end_as_other(stream);
    else
        end(stream, is_answer && stream->hop.status == 204);
    free(location);
}

static void end_in_silence(struct http_stream *stream)
{
    char span[TIME_TEXT], *location;
    span_format_words(stream->options.silence_ms, span);
    err_set(&stream->end.err, ERR_IO, "nothing came from %s for %s", stream->hop.host, span);
    take_off(stream, &location);
    free(location);
    end(stream, false);
}

static void perform(struct http_stream *stream)
{
    int running, left;
    curl_multi_perform(stream->multi, &running);
    for (CURLMsg *message; (message = curl_multi_info_read(stream->multi, &left));)
        if (message->msg == CURLMSG_DONE && message->easy_handle == stream->hop.easy)
            take_end(stream, message->data.result);
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void http_stream_step(struct http_stream *stream, int64_t wait_ms)
{
    int ready;
    int64_t heard_at = stream->heard_at;
    perform(stream);
    if (stream->hop.easy && stream->heard_at == heard_at) {
        int64_t left = heard_at + stream->options.silence_ms - clock_ms();
        if (left > 0 && wait_ms > 0)
            curl_multi_poll(stream->multi, NULL, 0, (int)smaller(smaller(wait_ms, left), INT32_MAX), &ready);
        perform(stream);
    }
    if (stream->hop.easy && clock_ms() - stream->heard_at >= stream->options.silence_ms)
        end_in_silence(stream);
}
