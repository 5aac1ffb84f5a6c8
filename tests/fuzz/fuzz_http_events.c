/*
 * Any bytes as server-sent events: the same ones in whatever pieces they come, and for inputs that no bound
 * touches just those that a plain reading of the standard gives. The first byte chooses the pieces.
 */
#include "data/http/http_events.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOLD_MAX = 8 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true)
{
    if (!is_true)
        abort();
}

static void tell(void *context, const struct http_event *event)
{
    struct buf *told = context;
    must(event->type.n && event->type.n <= HTTP_EVENT_LINE_MAX && event->data.n <= HTTP_EVENT_DATA_MAX);
    buf_printf(told, "%zu %zu ", event->type.n, event->data.n);
    buf_text(told, event->type);
    buf_text(told, event->data);
    buf_char(told, '\n');
}

static void tell_rest(struct http_events *events, struct buf *told)
{
    const char *id = http_events_last_id(events);
    must(strlen(id) <= HTTP_EVENT_ID_MAX && events->line.cap <= 4 * HTTP_EVENT_LINE_MAX);
    buf_printf(told, "%s %lld", id, (long long)events->retry_ms);
}

static void read_in_pieces(struct text bytes, size_t piece, struct buf *told)
{
    struct http_events events;
    http_events_init(&events);
    for (size_t at = 0; at < bytes.n; at += piece) {
        size_t n = bytes.n - at < piece ? bytes.n - at : piece;
        http_events_feed(&events, (struct text){bytes.s + at, n}, tell, told);
    }
    tell_rest(&events, told);
    http_events_release(&events);
}

/* ---- the standard, read plainly ---- */

struct plain {
    struct buf type, data, told;
};

static struct text value_of(struct text line, const char *name)
{
    size_t n = strlen(name);
    if (line.n < n || memcmp(line.s, name, n) != 0)
        return TEXT_NULL;
    if (line.n == n)
        return TEXT_LIT("");
    if (line.s[n] != ':')
        return TEXT_NULL;
    size_t skip = n + 1 + (line.n > n + 1 && line.s[n + 1] == ' ');
    return (struct text){line.s + skip, line.n - skip};
}

static void read_line(struct plain *plain, struct text line)
{
    struct text type = value_of(line, "event"), data = value_of(line, "data");
    if (!line.n && plain->data.len) {
        struct text name = plain->type.len ? buf_as_text(&plain->type) : TEXT_LIT("message");
        tell(&plain->told, &(struct http_event){name, {plain->data.data, plain->data.len - 1}});
    }
    if (!line.n) {
        buf_clear(&plain->type);
        buf_clear(&plain->data);
    }
    if (!text_is_null(type)) {
        buf_clear(&plain->type);
        buf_text(&plain->type, type);
    }
    if (!text_is_null(data)) {
        buf_text(&plain->data, data);
        buf_char(&plain->data, '\n');
    }
}

static void read_plainly(struct text bytes, struct plain *plain)
{
    if (bytes.n >= 3 && !memcmp(bytes.s, "\xef\xbb\xbf", 3))
        bytes = (struct text){bytes.s + 3, bytes.n - 3};
    for (size_t start = 0, at = 0; at < bytes.n; at++) {
        if (bytes.s[at] != '\r' && bytes.s[at] != '\n')
            continue;
        read_line(plain, (struct text){bytes.s + start, at - start});
        if (bytes.s[at] == '\r' && at + 1 < bytes.n && bytes.s[at + 1] == '\n')
            at++;
        start = at + 1;
    }
}

static void compare_with_plain(struct text bytes)
{
    struct plain plain;
    struct http_events events;
    struct buf told;
    buf_init(&plain.type, TOLD_MAX);
    buf_init(&plain.data, TOLD_MAX);
    buf_init(&plain.told, TOLD_MAX);
    buf_init(&told, TOLD_MAX);
    read_plainly(bytes, &plain);
    http_events_init(&events);
    http_events_feed(&events, bytes, tell, &told);
    must(text_eq(buf_as_text(&told), buf_as_text(&plain.told)));
    http_events_release(&events);
    buf_release(&plain.type);
    buf_release(&plain.data);
    buf_release(&plain.told);
    buf_release(&told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct text bytes = {(const char *)data + 1, size - 1};
    struct buf whole, pieces;
    buf_init(&whole, TOLD_MAX);
    buf_init(&pieces, TOLD_MAX);
    read_in_pieces(bytes, bytes.n + 1, &whole);
    read_in_pieces(bytes, 1 + data[0] % 7, &pieces);
    must(text_eq(buf_as_text(&whole), buf_as_text(&pieces)));
    if (bytes.n < HTTP_EVENT_LINE_MAX)
        compare_with_plain(bytes);
    buf_release(&whole);
    buf_release(&pieces);
    return 0;
}
