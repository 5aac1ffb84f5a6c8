/*
 * Heads of requests: what is one, what is none, and that it does not matter in which pieces they come.
 */
#include "data/serve/serve_head.h"

#include "data/base/buf.h"
#include "data/base/die.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define H "Host: localhost\r\n"

static enum serve_head_state read_text(struct text bytes, struct serve_head *head)
{
    *head = (struct serve_head){0};
    return serve_head_read(head, bytes);
}

/* Byte by byte it must come to the same, and no later. */
static enum serve_head_state read_slowly(struct text bytes, struct serve_head *head)
{
    enum serve_head_state state = SERVE_HEAD_MORE;
    *head = (struct serve_head){0};
    for (size_t n = 1; n <= bytes.n && state == SERVE_HEAD_MORE; n++)
        state = serve_head_read(head, (struct text){bytes.s, n});
    return state;
}

static void assert_same_slowly(struct text bytes, enum serve_head_state state, const struct serve_head *head)
{
    struct serve_head slow;
    assert_int_equal(read_slowly(bytes, &slow), state);
    assert_int_equal(slow.size, head->size);
    assert_int_equal(slow.status, head->status);
    assert_true(slow.body == head->body);
}

static void assert_whole(struct text bytes, size_t size, uint64_t body)
{
    struct serve_head head;
    assert_int_equal(read_text(bytes, &head), SERVE_HEAD_WHOLE);
    assert_int_equal(head.size, size);
    assert_true(head.body == body);
    assert_same_slowly(bytes, SERVE_HEAD_WHOLE, &head);
}

static void assert_bad(struct text bytes, int status)
{
    struct serve_head head;
    enum serve_head_state state = read_text(bytes, &head);
    if (state != SERVE_HEAD_BAD || head.status != status)
        fail_msg("expected %d, got state %d, status %d (%s): %.*s", status, state, head.status,
                 head.why ? head.why : "", (int)bytes.n, bytes.s);
    assert_non_null(head.why);
    assert_same_slowly(bytes, SERVE_HEAD_BAD, &head);
}

#define WHOLE(literal, body) assert_whole(TEXT_LIT(literal), sizeof(literal) - 1, body)
#define BAD(literal, status) assert_bad(TEXT_LIT(literal), status)

static void test_what_is_a_head(void **state)
{
    (void)state;
    WHOLE("GET / HTTP/1.1\r\n" H "\r\n", 0);
    WHOLE("GET /api/executions?limit=1&code=a%20b HTTP/1.1\r\n" H
          "Accept: */*\r\nX-Empty:\r\nX-Tab:\t a\tb \r\n\r\n",
          0);
    WHOLE("GET / HTTP/1.0\r\n\r\n", 0);
    WHOLE("POST /x HTTP/1.1\r\ncontent-LENGTH:  42 \r\n" H "\r\n", 42);
    WHOLE("POST /x HTTP/1.1\r\n" H "\r\n", 0);
    WHOLE("GET / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", 0);
    WHOLE("POST /x HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n", 1);
    WHOLE("GET / HTTP/1.1\r\n" H "X-Latin: caf\xe9\r\n\r\n", 0);
    /* What follows is not looked at. */
    assert_whole(TEXT_LIT("GET / HTTP/1.1\r\n" H "\r\nGARB\0AGE"), strlen("GET / HTTP/1.1\r\n" H "\r\n"), 0);
}

static void test_a_part_is_right_as_far_as_it_goes(void **state)
{
    (void)state;
    static const char whole[] = "POST /a%20b HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n";
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        struct serve_head head;
        assert_int_equal(read_text((struct text){whole, n}, &head), SERVE_HEAD_MORE);
    }
}

static void test_garbage(void **state)
{
    (void)state;
    BAD("\r\n", 400);
    BAD("GARBAGE\r\n", 400);
    BAD("\x16\x03\x01\x02\x00\x01", 400);
    BAD("GET\r\n", 400);
    BAD("GET /\r\n", 400);
    BAD("GET  / HTTP/1.1\r\n", 400);
    BAD("GET / HTTP/1.1 \r\n", 400);
    BAD(" GET / HTTP/1.1\r\n", 400);
    BAD("GE(T / HTTP/1.1\r\n", 400);
    BAD("AMETHODTHATISLONGERTHANANYMETHODIS / HTTP/1.1\r\n", 400);
    BAD("GET / http/1.1\r\n", 400);
    BAD("GET / HTTP/1\r\n", 400);
    BAD("GET / HTTP/2.0\r\n", 505);
    BAD("PRI * HTTP/2.0\r\n", 400);
    BAD("GET / HTTP/1.2\r\n", 505);
}

static void test_targets(void **state)
{
    (void)state;
    BAD("GET http://localhost/ HTTP/1.1\r\n", 400);
    BAD("OPTIONS * HTTP/1.1\r\n", 400);
    BAD("CONNECT localhost:80 HTTP/1.1\r\n", 400);
    BAD("GET /a%zz HTTP/1.1\r\n", 400);
    BAD("GET /a% HTTP/1.1\r\n", 400);
    BAD("GET /a%2 HTTP/1.1\r\n", 400);
    BAD("GET /a%00b HTTP/1.1\r\n", 400);
    BAD("GET /a?b=%00 HTTP/1.1\r\n", 400);
    BAD("GET /\xc3\xbc HTTP/1.1\r\n", 400);
    BAD("GET /a#b HTTP/1.1\r\n", 400);
    BAD("GET /a\tb HTTP/1.1\r\n", 400);
}

static void test_headers(void **state)
{
    (void)state;
    BAD("GET / HTTP/1.1\r\n\r\n", 400);
    BAD("GET / HTTP/1.1\r\n" H H "\r\n", 400);
    BAD("GET / HTTP/1.1\r\nHost : localhost\r\n", 400);
    BAD("GET / HTTP/1.1\r\n: x\r\n", 400);
    BAD("GET / HTTP/1.1\r\nno colon\r\n", 400);
    BAD("GET / HTTP/1.1\r\nX-A: 1\r\n 2\r\n", 400);
    BAD("GET / HTTP/1.1\r\n Host: localhost\r\n", 400);
    BAD("GET / HTTP/1.1\r\nTransfer-Encoding:\r\n chunked\r\n", 400);
    BAD("GET / HTTP/1.1\r\nX-A: a\0b\r\n", 400);
    BAD("GET / HTTP/1.1\r\nX-A: a\x7f\r\n", 400);
    BAD("GET / HTTP/1.1\r\nX-A: a\x1b[2J\r\n", 400);
    BAD("POST / HTTP/1.1\r\n" H "Expect: wonders\r\n", 417);
}

static void test_line_ends(void **state)
{
    (void)state;
    BAD("GET / HTTP/1.1\n", 400);
    BAD("GET / HTTP/1.1\r\nHost: localhost\n", 400);
    BAD("GET / HTTP/1.1\r\nX-A: a\rb", 400);
    BAD("GET / HTTP/1.1\r\nX-A: a\r\r\n", 400);
    BAD("GET / HTTP/1.1\r\n" H "\n", 400);
}

static void test_bodies_have_one_length(void **state)
{
    (void)state;
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 5\r\n", 400);
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n", 400);
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n", 400);
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: +1\r\n", 400);
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 0x10\r\n", 400);
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 1 0\r\n", 400);
    BAD("POST / HTTP/1.1\r\n" H "Content-Length:\r\n", 400);
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n", 413);
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 1048577\r\n\r\n", 413);
    WHOLE("POST / HTTP/1.1\r\n" H "Content-Length: 1048576\r\n\r\n", 1048576);
    WHOLE("POST / HTTP/1.1\r\n" H "Content-Length: 000000000000000007\r\n\r\n", 7);
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n", 411);
    BAD("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400);
    BAD("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: identity\r\n\r\n", 400);
    BAD("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
    BAD("GET / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n", 400);
    BAD("HEAD / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n", 400);
}

/* A request line with a path of n bytes, and a header with a value of m. */
static void make_head(size_t n, size_t m, struct buf *out)
{
    buf_clear(out);
    buf_str(out, "GET /");
    buf_fill(out, 'a', n - 1);
    buf_str(out, " HTTP/1.1\r\n" H "X-A: ");
    buf_fill(out, 'b', m);
    buf_str(out, "\r\n\r\n");
}

static void test_sizes(void **state)
{
    (void)state;
    struct buf head;
    buf_init(&head, 1 << 20);
    make_head(SERVE_TARGET_MAX, 1, &head);
    assert_whole(buf_as_text(&head), head.len, 0);
    make_head(SERVE_TARGET_MAX + 1, 1, &head);
    assert_bad(buf_as_text(&head), 414);
    make_head(3 * SERVE_TARGET_MAX, 1, &head);
    assert_bad(buf_as_text(&head), 414);
    make_head(1, 1, &head);
    size_t rest = head.len - 1;
    make_head(1, SERVE_HEAD_MAX - rest, &head);
    assert_int_equal(head.len, SERVE_HEAD_MAX);
    assert_whole(buf_as_text(&head), head.len, 0);
    make_head(1, SERVE_HEAD_MAX - rest + 1, &head);
    assert_bad(buf_as_text(&head), 431);
    /* A line without an end is refused when it is too long, and not kept. */
    assert_bad((struct text){head.data, SERVE_HEAD_MAX + 1}, 431);
    buf_release(&head);
}

static void test_so_many_headers_and_no_more(void **state)
{
    (void)state;
    struct buf head;
    buf_init(&head, 1 << 20);
    buf_str(&head, "GET / HTTP/1.1\r\n" H);
    for (int i = 1; i < SERVE_HEADERS_MAX; i++)
        buf_printf(&head, "X-%d: %d\r\n", i, i);
    size_t n = head.len;
    buf_str(&head, "\r\n");
    assert_whole(buf_as_text(&head), head.len, 0);
    head.len = n;
    buf_str(&head, "X-One-More: 1\r\n");
    assert_bad(buf_as_text(&head), 431);
    buf_release(&head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_a_head),
        cmocka_unit_test(test_a_part_is_right_as_far_as_it_goes),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_bodies_have_one_length),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_so_many_headers_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
