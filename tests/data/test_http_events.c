/*
 * Server-sent events, out of bytes in any pieces: what the standard says, and the bounds that it does not
 * have.
 */
#include "data/http/http_events.h"

#include "data/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct desk {
    struct http_events events;
    struct buf told; /* "type=data|" of each event */
};

static int set_up(void **state)
{
    static struct desk desk;
    http_events_init(&desk.events);
    buf_init(&desk.told, 1 << 20);
    *state = &desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    http_events_release(&desk->events);
    buf_release(&desk->told);
    return 0;
}

static void tell(void *context, const struct http_event *event)
{
    struct buf *told = context;
    buf_text(told, event->type);
    buf_char(told, '=');
    buf_text(told, event->data);
    buf_char(told, '|');
}

static void feed(struct desk *desk, const char *bytes)
{
    http_events_feed(&desk->events, text_of(bytes), tell, &desk->told);
}

/* In pieces of every size up to the whole. */
static void gives(struct desk *desk, const char *bytes, const char *expected)
{
    size_t n = strlen(bytes);
    for (size_t piece = 1; piece <= n; piece++) {
        http_events_restart(&desk->events);
        buf_clear(&desk->told);
        for (size_t at = 0; at < n; at += piece)
            http_events_feed(&desk->events, (struct text){bytes + at, n - at < piece ? n - at : piece}, tell,
                             &desk->told);
        assert_string_equal(buf_cstr(&desk->told), expected);
    }
}

static void an_event_is_its_lines(void **state)
{
    struct desk *desk = *state;
    gives(desk, "event: changed\ndata: {\"revision\":4}\n\n", "changed={\"revision\":4}|");
    gives(desk, "data: a\n\n", "message=a|");
    gives(desk, "data:a\ndata:  b\ndata\n\n", "message=a\n b\n|");
    gives(desk, "data\n\n", "message=|");
    gives(desk, "event: a\nevent: b\ndata: 1\n\ndata: 2\n\n", "b=1|message=2|");
}

static void lines_end_in_three_ways(void **state)
{
    struct desk *desk = *state;
    gives(desk, "event: a\r\ndata: 1\r\n\r\ndata: 2\r\rdata: 3\n\n", "a=1|message=2|message=3|");
    gives(desk, "data: 1\r\n\ndata: 2\n\r\n", "message=1|message=2|");
}

static void what_is_no_event_is_passed_over(void **state)
{
    struct desk *desk = *state;
    gives(desk, ": heartbeat\n\n:\n\nfoo: bar\n\nevent: a\n\n: x\ndata: 1\n: y\n\n", "message=1|");
    gives(desk, " data: 1\n\nData: 2\n\ndatas: 3\n\n", "");
    gives(desk, "event: changed\ndata: half", "");
    gives(desk, "event: changed\ndata: half\n", "");
}

static void a_byte_order_mark_is_no_text(void **state)
{
    struct desk *desk = *state;
    gives(desk,
          "\xef\xbb\xbf"
          "data: 1\n\n",
          "message=1|");
    gives(desk,
          "\xef\xbb"
          "data: 1\n\ndata: 2\n\n",
          "message=2|");
    gives(desk,
          "data: 1\n\n\xef\xbb\xbf"
          "data: 2\n\n",
          "message=1|");
    gives(desk,
          "\xef\xbb\xbf\xef\xbb\xbf"
          "data: 1\n\n",
          "");
}

static void ids_and_times_are_kept(void **state)
{
    struct desk *desk = *state;
    assert_string_equal(http_events_last_id(&desk->events), "");
    assert_int_equal(desk->events.retry_ms, -1);
    feed(desk, "id: 7\nretry: 2500\ndata: a\n\nid: 8\n");
    assert_string_equal(http_events_last_id(&desk->events), "7"); /* 8 is of an event that did not end */
    assert_int_equal(desk->events.retry_ms, 2500);
    http_events_restart(&desk->events);
    feed(desk, "data: b\n\nretry: 5s\n\nretry:\n\nid: \x01\ndata: c\n\nid: \xc3\xa9\n\n");
    assert_string_equal(http_events_last_id(&desk->events), "7");
    assert_int_equal(desk->events.retry_ms, 2500);
    feed(desk, "retry: 99999999999999999999999\nid\n\n");
    assert_string_equal(http_events_last_id(&desk->events), "");
    assert_int_equal(desk->events.retry_ms, HTTP_EVENT_RETRY_MAX_MS);
}

static void feed_many(struct desk *desk, char c, size_t n)
{
    static const char sixteen[][17] = {"xxxxxxxxxxxxxxxx", "::::::::::::::::"};
    for (size_t i = 0; i < n / 16; i++)
        feed(desk, sixteen[c == ':']);
}

static void nothing_grows_without_end(void **state)
{
    struct desk *desk = *state;
    feed(desk, "data: ");
    feed_many(desk, 'x', 4 << 20);
    feed(desk, "\nevent: lost\n\ndata: 1\n\n:");
    feed_many(desk, ':', 4 << 20);
    feed(desk, "\ndata: 2\n\n");
    for (int i = 0; i < 1000; i++) {
        feed(desk, "data: ");
        feed_many(desk, 'x', 1024);
        feed(desk, "\n");
    }
    feed(desk, "\nevent: e\ndata: 3\n\n");
    assert_string_equal(buf_cstr(&desk->told), "message=1|message=2|e=3|");
    assert_true(desk->events.line.cap <= 2 * HTTP_EVENT_LINE_MAX);
    assert_true(desk->events.data.cap <= 2 * HTTP_EVENT_DATA_MAX);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TEST(an_event_is_its_lines),           TEST(lines_end_in_three_ways),
        TEST(what_is_no_event_is_passed_over), TEST(a_byte_order_mark_is_no_text),
        TEST(ids_and_times_are_kept),          TEST(nothing_grows_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
