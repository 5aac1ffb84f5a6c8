/*
 * See http_events.h. A line is collected until its end and then read; only what can belong to an event is
 * collected, so that the heartbeats of a year, or one line without an end, take no memory.
 */
#include "data/http/http_events.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

void http_events_init(struct http_events *events)
{
    *events = (struct http_events){.retry_ms = -1};
    buf_init(&events->line, HTTP_EVENT_LINE_MAX);
    buf_init(&events->type, HTTP_EVENT_LINE_MAX);
    buf_init(&events->data, HTTP_EVENT_DATA_MAX);
    buf_init(&events->id, HTTP_EVENT_ID_MAX);
    buf_init(&events->last_id, HTTP_EVENT_ID_MAX);
}

void http_events_release(struct http_events *events)
{
    buf_release(&events->line);
    buf_release(&events->type);
    buf_release(&events->data);
    buf_release(&events->id);
    buf_release(&events->last_id);
}

void http_events_restart(struct http_events *events)
{
    buf_clear(&events->line);
    buf_clear(&events->type);
    buf_clear(&events->data);
    buf_clear(&events->id);
    buf_text(&events->id, buf_as_text(&events->last_id));
    events->bom = 0;
    events->is_begun = events->is_after_cr = events->is_comment = events->is_left_out = false;
}

const char *http_events_last_id(struct http_events *events)
{
    return buf_cstr(&events->last_id);
}

/* ---- fields ---- */

/* Something that goes back into a header. */
static bool is_printable(struct text id)
{
    for (size_t i = 0; i < id.n; i++)
        if ((unsigned char)id.s[i] < ' ' || (unsigned char)id.s[i] > '~')
            return false;
    return true;
}

static void take_id(struct http_events *events, struct text value)
{
    if (value.n > HTTP_EVENT_ID_MAX || !is_printable(value))
        return;
    buf_clear(&events->id);
    buf_text(&events->id, value);
}

static void take_retry(struct http_events *events, struct text value)
{
    int64_t ms = 0;
    for (size_t i = 0; i < value.n; i++) {
        if (value.s[i] < '0' || value.s[i] > '9')
            return;
        ms = 10 * ms + (value.s[i] - '0');
        ms = ms < HTTP_EVENT_RETRY_MAX_MS ? ms : HTTP_EVENT_RETRY_MAX_MS;
    }
    if (value.n)
        events->retry_ms = ms;
}

static void take_data(struct http_events *events, struct text value)
{
    buf_text(&events->data, value);
    buf_char(&events->data, '\n');
    events->is_left_out = events->is_left_out || buf_is_cut(&events->data);
}

static void take_field(struct http_events *events, struct text line)
{
    const char *colon = memchr(line.s, ':', line.n);
    struct text name = {line.s, colon ? (size_t)(colon - line.s) : line.n};
    struct text value = colon ? (struct text){colon + 1, line.n - name.n - 1} : TEXT_LIT("");
    if (value.n && *value.s == ' ')
        value = (struct text){value.s + 1, value.n - 1};
    if (text_is(name, "data")) {
        take_data(events, value);
    } else if (text_is(name, "event")) {
        buf_clear(&events->type);
        buf_text(&events->type, value);
    } else if (text_is(name, "id")) {
        take_id(events, value);
    } else if (text_is(name, "retry")) {
        take_retry(events, value);
    }
}

/* ---- lines ---- */

static void give(struct http_events *events, http_event_taker *take, void *context)
{
    buf_clear(&events->last_id);
    buf_text(&events->last_id, buf_as_text(&events->id));
    if (events->data.len && !events->is_left_out) {
        struct text type = events->type.len ? buf_as_text(&events->type) : TEXT_LIT("message");
        take(context, &(struct http_event){type, {events->data.data, events->data.len - 1}});
    }
    buf_clear(&events->type);
    buf_clear(&events->data);
    events->is_left_out = false;
}

static void end_line(struct http_events *events, http_event_taker *take, void *context)
{
    if (!events->is_comment && !events->line.len && !buf_is_cut(&events->line))
        give(events, take, context);
    else if (buf_is_cut(&events->line))
        events->is_left_out = true;
    else if (!events->is_comment)
        take_field(events, buf_as_text(&events->line));
    buf_clear(&events->line);
    events->is_comment = false;
}

/* What stands before the end of a line, or all of it. */
static void add_to_line(struct http_events *events, const char *bytes, size_t n)
{
    if (!n || events->is_comment || buf_is_cut(&events->line))
        return;
    events->is_comment = !events->line.len && *bytes == ':';
    if (!events->is_comment)
        buf_add(&events->line, bytes, n);
}

/* One that does not come whole is the beginning of a line. */
static size_t pass_mark(struct http_events *events, struct text bytes)
{
    size_t at = 0;
    while (at < bytes.n && events->bom < 3 && bytes.s[at] == byte_order_mark[events->bom]) {
        events->bom++;
        at++;
    }
    if (at == bytes.n && events->bom < 3)
        return at;
    events->is_begun = true;
    if (events->bom < 3)
        add_to_line(events, byte_order_mark, events->bom);
    return at;
}

static size_t length_of_line(const char *s, size_t n)
{
    const char *lf = memchr(s, '\n', n);
    size_t length = lf ? (size_t)(lf - s) : n;
    const char *cr = memchr(s, '\r', length);
    return cr ? (size_t)(cr - s) : length;
}

void http_events_feed(struct http_events *events, struct text bytes, http_event_taker *take, void *context)
{
    size_t at = events->is_begun ? 0 : pass_mark(events, bytes);
    while (at < bytes.n) {
        if (events->is_after_cr && bytes.s[at] == '\n')
            at++;
        events->is_after_cr = false;
        size_t length = length_of_line(bytes.s + at, bytes.n - at);
        add_to_line(events, bytes.s + at, length);
        at += length;
        if (at == bytes.n)
            return;
        events->is_after_cr = bytes.s[at++] == '\r';
        end_line(events, take, context);
    }
}
