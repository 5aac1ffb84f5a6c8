/*
 * What a server on a network has to bear: garbage, smuggled, oversized and slow requests, clients that do not
 * read or hang up, and too many of them. Nothing of it reaches the application, and in none of it anybody
 * else waits.
 */
#include "tests/support/serve_case.h"

#include "data/base/clock.h"
#include "data/base/rand.h"
#include "data/serve/serve_head.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define LOCAL "Host: localhost:4788\r\n"
#define GOOD "GET /echo HTTP/1.1\r\n" LOCAL "\r\n"

enum { SHORT_MS = 150, MANY = 100 };

static int set_up(void **state)
{
    *state = serve_case_start(&(struct serve_case_options){0});
    return 0;
}

/* With times that a test can wait for. */
static int set_up_short(void **state)
{
    struct serve_times times = {
        .head = SHORT_MS, .body = SHORT_MS, .idle = SHORT_MS, .take = SHORT_MS, .evict = SHORT_MS};
    *state = serve_case_start(&(struct serve_case_options){.times = times});
    return 0;
}

static int tear_down(void **state)
{
    serve_case_stop(*state);
    return 0;
}

static void pause_ms(int ms)
{
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

static int connect_to(struct serve_case *c)
{
    int fd = plain_connect(serve_case_port(c));
    assert_true(fd >= 0);
    return fd;
}

static void assert_serves(struct serve_case *c)
{
    assert_int_equal(serve_case_status(c, GOOD), 200);
}

/* The answer has this status and is the connection's last; it ends, and is not reset, whatever was still
 * sent. */
static void assert_last(int fd, int status)
{
    struct plain_answer answer;
    char more;
    plain_receive(fd, SIZE_MAX, 5000, &answer);
    assert_int_equal(answer.status, status);
    assert_non_null(strstr(answer.head, "Connection: close\r\n"));
    assert_true(answer.is_whole);
    plain_release(&answer);
    assert_int_equal(recv(fd, &more, 1, 0), 0);
    close(fd);
}

static void assert_refused(struct serve_case *c, const char *bytes, size_t n, int status)
{
    int fd = connect_to(c);
    serve_case_send(fd, bytes, n);
    assert_last(fd, status);
}

/* ---- what is no request ---- */

static void test_what_is_no_request_is_refused_and_the_connection_ends(void **state)
{
    static const struct {
        struct text bytes;
        int status;
    } bad[] = {
        {TEXT_LIT("GARBAGE\r\n\r\n"), 400},
        {TEXT_LIT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400},
        {TEXT_LIT("\0\0\0\0"), 400},
        {TEXT_LIT("GET http://localhost/echo HTTP/1.1\r\n" LOCAL "\r\n"), 400},
        {TEXT_LIT("GET /echo HTTP/1.1\r\n\r\n"), 400},
        {TEXT_LIT("GET /echo HTTP/1.1\n" LOCAL "\n"), 400},
        {TEXT_LIT("GET /echo HTTP/3.0\r\n" LOCAL "\r\n"), 505},
        {TEXT_LIT("GET /echo HTTP/1.1\r\n" LOCAL "X: a\r\n b\r\n\r\n"), 400},
        {TEXT_LIT("GET /echo HTTP/1.1\r\n" LOCAL "X: a\0b\r\n\r\n"), 400},
        {TEXT_LIT("GET /echo HTTP/1.1\r\n" LOCAL "Host: localhost\r\n\r\n"), 400},
        {TEXT_LIT("POST /echo HTTP/1.1\r\n" LOCAL "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), 400},
        {TEXT_LIT("POST /echo HTTP/1.1\r\n" LOCAL "Content-Length: 99999999999999999999\r\n\r\n"), 413},
        {TEXT_LIT("POST /echo HTTP/1.1\r\n" LOCAL "Content-Length: 2000000\r\n\r\n"), 413},
        {TEXT_LIT("POST /echo HTTP/1.1\r\n" LOCAL "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 411},
    };
    struct serve_case *c = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(c, bad[i].bytes.s, bad[i].bytes.n, bad[i].status);
    assert_int_equal(serve_case_requests(c), 0);
    assert_serves(c);
}

/* Whatever a proxy takes for the second request, here there is none. */
static void test_nothing_is_smuggled(void **state)
{
    static const char *const both[] = {
        "POST /echo HTTP/1.1\r\n" LOCAL
        "Content-Type: application/json\r\nContent-Length: 6\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\nGET /echo?smuggled HTTP/1.1\r\n" LOCAL "\r\n",
        "POST /echo HTTP/1.1\r\n" LOCAL "Content-Type: application/json\r\nTransfer-Encoding: "
        "xchunked\r\nContent-Length: 4\r\n\r\n5c\r\n" GOOD,
        "POST /echo HTTP/1.1\r\n" LOCAL "Content-Type: application/json\r\nTransfer-Encoding "
        ":chunked\r\nContent-Length: 4\r\n\r\n5c\r\n" GOOD,
        "POST /echo HTTP/1.1\r\n" LOCAL
        "Content-Type: application/json\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" GOOD,
        "POST /echo HTTP/1.1\r\n" LOCAL
        "Content-Type: application/json\r\nContent-Length: 0\r\nContent-Length: 30\r\n\r\n" GOOD,
        "GET /echo HTTP/1.1\r\n" LOCAL "Content-Length: 30\r\n\r\n" GOOD,
        "GET /echo HTTP/1.1\r\n" LOCAL "X: a\nContent-Length: 30\r\n\r\n" GOOD,
        "GET /echo HTTP/1.1\r\n" LOCAL "X: a\rY: b\r\n\r\n" GOOD,
    };
    struct serve_case *c = *state;
    for (size_t i = 0; i < sizeof both / sizeof *both; i++)
        assert_refused(c, both[i], strlen(both[i]), 400);
    assert_int_equal(serve_case_requests(c), 0);
}

static void test_what_came_before_garbage_is_answered_before_it(void **state)
{
    struct serve_case *c = *state;
    int fd = connect_to(c);
    static const char bytes[] = "GET /slow HTTP/1.1\r\n" LOCAL "\r\nGARBAGE\r\n\r\n" GOOD;
    serve_case_send(fd, bytes, sizeof bytes - 1);
    assert_true(serve_case_await(c, 1));
    serve_case_release(c);
    struct buf came;
    buf_init(&came, 1 << 16);
    char some[4096];
    for (ssize_t n; (n = recv(fd, some, sizeof some, 0)) > 0;)
        buf_add(&came, some, (size_t)n);
    const char *first = strstr(buf_cstr(&came), "HTTP/1.1 200 OK"),
               *second = strstr(buf_cstr(&came), "HTTP/1.1 400 ");
    assert_true(first && second && first < second);
    assert_null(strstr(second + 1, "HTTP/1.1"));
    assert_int_equal(serve_case_requests(c), 1);
    buf_release(&came);
    close(fd);
}

static void test_what_is_too_large(void **state)
{
    struct serve_case *c = *state;
    struct buf big;
    buf_init(&big, 1 << 22);
    buf_str(&big, "GET /");
    buf_fill(&big, 'a', SERVE_TARGET_MAX);
    buf_str(&big, " HTTP/1.1\r\n" LOCAL "\r\n");
    assert_refused(c, big.data, big.len, 414);
    buf_clear(&big);
    buf_str(&big, "GET /echo HTTP/1.1\r\n" LOCAL "X: ");
    buf_fill(&big, 'a', 1 << 20);
    assert_refused(c, big.data, big.len, 431);
    buf_clear(&big);
    buf_str(&big, "POST /echo HTTP/1.1\r\n" LOCAL
                  "Content-Type: application/json\r\nContent-Length: 1048577\r\n\r\n");
    buf_fill(&big, '1', SERVE_BODY_MAX + 1);
    assert_refused(c, big.data, big.len, 413);
    assert_int_equal(serve_case_requests(c), 0);

    /* The largest that are taken. */
    struct plain_answer answer;
    buf_clear(&big);
    buf_str(&big, "POST /echo HTTP/1.1\r\n" LOCAL
                  "Content-Type: application/json\r\nContent-Length: 1048576\r\n\r\n");
    buf_fill(&big, '1', SERVE_BODY_MAX);
    serve_case_ask(c, buf_cstr(&big), &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_len, SERVE_BODY_MAX + strlen("POST /echo "));
    plain_release(&answer);
    buf_clear(&big);
    buf_str(&big, "GET /echo?");
    buf_fill(&big, 'a', SERVE_TARGET_MAX - strlen("/echo?"));
    buf_str(&big, " HTTP/1.1\r\n" LOCAL "X: ");
    buf_fill(&big, 'b', SERVE_HEAD_MAX - big.len - 4);
    buf_str(&big, "\r\n\r\n");
    assert_int_equal(serve_case_status(c, buf_cstr(&big)), 200);
    buf_release(&big);
}

static void test_a_body_can_be_announced(void **state)
{
    struct serve_case *c = *state;
    int fd = connect_to(c);
    static const char head[] =
        "POST /echo HTTP/1.1\r\n" LOCAL
        "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    serve_case_send(fd, head, sizeof head - 1);
    char some[64] = "";
    assert_true(recv(fd, some, sizeof some - 1, 0) > 0);
    assert_string_equal(some, "HTTP/1.1 100 Continue\r\n\r\n");
    serve_case_send(fd, "{}", 2);
    struct plain_answer answer;
    plain_receive(fd, SIZE_MAX, 5000, &answer);
    assert_string_equal(answer.body, "POST /echo {}");
    plain_release(&answer);
    close(fd);
    /* Who may not ask is told so before. */
    fd = connect_to(c);
    static const char foreign[] =
        "POST /echo HTTP/1.1\r\nHost: example.org\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    serve_case_send(fd, foreign, sizeof foreign - 1);
    plain_receive(fd, SIZE_MAX, 5000, &answer);
    assert_int_equal(answer.status, 403);
    plain_release(&answer);
    close(fd);
}

/* ---- slow ones ---- */

/* A byte now and then, until the server has had enough. */
static void trickle(int fd, const char *bytes, int ms)
{
    for (int64_t until = clock_ms() + 5000; *bytes && clock_ms() < until; bytes++) {
        char ended;
        serve_case_send(fd, bytes, 1);
        pause_ms(ms);
        if (recv(fd, &ended, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
            return;
    }
    fail_msg("the server waits for ever");
}

static void test_a_head_that_trickles_is_ended(void **state)
{
    struct serve_case *c = *state;
    int fd = connect_to(c);
    trickle(fd, "GET /echo HTTP/1.1\r\n" LOCAL "X-One: 1\r\nX-Two: 2\r\nX-Three: 3\r\nX-Four: 4\r\n", 10);
    assert_last(fd, 408);
    /* The second one of a connection, too. */
    fd = connect_to(c);
    serve_case_send(fd, GOOD, strlen(GOOD));
    struct plain_answer answer;
    plain_receive(fd, SIZE_MAX, 5000, &answer);
    assert_int_equal(answer.status, 200);
    plain_release(&answer);
    trickle(fd, "GET /echo HTTP/1.1\r\n" LOCAL "X-One: 1\r\nX-Two: 2\r\nX-Three: 3\r\nX-Four: 4\r\n", 10);
    assert_last(fd, 408);
    assert_int_equal(serve_case_requests(c), 1);
}

static void test_a_body_that_trickles_is_ended(void **state)
{
    struct serve_case *c = *state;
    int fd = connect_to(c);
    static const char head[] =
        "POST /echo HTTP/1.1\r\n" LOCAL "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n";
    serve_case_send(fd, head, sizeof head - 1);
    trickle(fd, "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25", 10);
    assert_last(fd, 408);
    assert_int_equal(serve_case_requests(c), 0);
}

static void test_who_asks_nothing_is_ended(void **state)
{
    struct serve_case *c = *state;
    int silent = connect_to(c), done = connect_to(c);
    serve_case_send(done, GOOD, strlen(GOOD));
    assert_true(serve_case_is_ended(silent));
    assert_true(serve_case_is_ended(done));
    close(silent);
    close(done);
}

/* But it is no rest while the application works. */
static void test_a_long_question_is_no_rest(void **state)
{
    struct serve_case *c = *state;
    int fd = connect_to(c);
    plain_ask(fd, "/slow", NULL);
    assert_true(serve_case_await(c, 1));
    pause_ms(4 * SHORT_MS);
    serve_case_release(c);
    struct plain_answer answer;
    plain_receive(fd, SIZE_MAX, 5000, &answer);
    assert_int_equal(answer.status, 200);
    plain_release(&answer);
    close(fd);
}

static void test_an_answer_that_nobody_reads_is_ended(void **state)
{
    struct serve_case *c = *state;
    int fd = connect_to(c);
    plain_ask(fd, "/big?n=30000000", NULL);
    struct pollfd reset = {.fd = fd};
    assert_int_equal(poll(&reset, 1, 10000), 1);
    assert_true(reset.revents & POLLERR);
    close(fd);
    assert_serves(c);
}

/* ---- many, and those that leave ---- */

static void test_a_hundred_at_once_are_all_answered(void **state)
{
    struct serve_case *c = *state;
    int fds[MANY];
    for (int i = 0; i < MANY; i++) {
        fds[i] = connect_to(c);
        serve_case_send(fds[i], GOOD, strlen(GOOD));
    }
    for (int i = 0; i < MANY; i++) {
        struct plain_answer answer;
        plain_receive(fds[i], SIZE_MAX, 5000, &answer);
        assert_int_equal(answer.status, 200);
        plain_release(&answer);
    }
    for (int i = 0; i < MANY; i++)
        close(fds[i]);
}

static void test_who_only_sits_there_gives_way(void **state)
{
    (void)state;
    struct serve_case *c = serve_case_start(&(struct serve_case_options){.times = {.evict = SHORT_MS}});
    int fds[SERVE_CONNECTIONS_MAX];
    for (int i = 0; i < SERVE_CONNECTIONS_MAX; i++) {
        fds[i] = connect_to(c);
        serve_case_send(fds[i], "GET /slow", i % 2 ? 9 : 0);
    }
    assert_serves(c);
    assert_serves(c);
    for (int i = 0; i < SERVE_CONNECTIONS_MAX; i++)
        close(fds[i]);
    serve_case_stop(c);
}

static void test_clients_that_hang_up(void **state)
{
    struct serve_case *c = *state;
    static const char part[] =
        "POST /echo HTTP/1.1\r\n" LOCAL "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n[1,";
    struct linger reset = {.l_onoff = 1};
    for (int i = 0; i < 20; i++) {
        int fd = connect_to(c);
        serve_case_send(fd, part, (size_t)(i + 1) * (sizeof part - 1) / 20);
        if (i % 2)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
    assert_int_equal(serve_case_requests(c), 0);
    for (int i = 0; i < 20; i++) {
        int fd = connect_to(c);
        plain_ask(fd, i % 4 < 2 ? "/big?n=3000000" : "/slow", NULL);
        assert_true(serve_case_await(c, (unsigned)i + 1));
        if (i % 2)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
    for (int i = 0; i < 10; i++)
        serve_case_release(c);
    assert_serves(c);
}

/* ---- chance ---- */

static void damage(struct rand *rng, struct buf *request)
{
    for (uint32_t changes = rand_below(rng, 4) + 1; changes; changes--) {
        size_t at = rand_below(rng, (uint32_t)request->len);
        size_t n = rand_below(rng, 8);
        n = at + n > request->len ? request->len - at : n;
        switch (rand_below(rng, 4)) {
        case 0: request->data[at] = (char)rand_next(rng); break;
        case 1:
            memmove(request->data + at, request->data + at + n, request->len - at - n), request->len -= n;
            break;
        case 2: buf_add(request, "\r\n\r\n", n < 4 ? n : 4); break;
        default: request->data[at] = "\r\n :\t%?0"[rand_below(rng, 8)]; break;
        }
    }
}

static void test_damaged_requests_end_in_an_answer_or_an_end(void **state)
{
    struct serve_case *c = *state;
    static const char *const whole[] = {
        GOOD,
        GOOD GOOD "GET /text?n=5000 HTTP/1.1\r\n" LOCAL "Accept-Encoding: gzip\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" LOCAL
        "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"a\":[1,2]} " GOOD,
    };
    struct rand rng;
    rand_seed(&rng, 7);
    for (int i = 0; i < 400; i++) {
        struct buf request;
        buf_init(&request, 1 << 16);
        buf_str(&request, whole[i % 3]);
        damage(&rng, &request);
        int fd = connect_to(c);
        serve_case_send(fd, request.data, request.len);
        shutdown(fd, SHUT_WR);
        assert_true(serve_case_is_ended(fd));
        close(fd);
        buf_release(&request);
    }
    assert_serves(c);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define SHORT(name) cmocka_unit_test_setup_teardown(name, set_up_short, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_what_is_no_request_is_refused_and_the_connection_ends),
        T(test_nothing_is_smuggled),
        T(test_what_came_before_garbage_is_answered_before_it),
        T(test_what_is_too_large),
        T(test_a_body_can_be_announced),
        SHORT(test_a_head_that_trickles_is_ended),
        SHORT(test_a_body_that_trickles_is_ended),
        SHORT(test_who_asks_nothing_is_ended),
        SHORT(test_a_long_question_is_no_rest),
        SHORT(test_an_answer_that_nobody_reads_is_ended),
        SHORT(test_a_hundred_at_once_are_all_answered),
        cmocka_unit_test(test_who_only_sits_there_gives_way),
        T(test_clients_that_hang_up),
        T(test_damaged_requests_end_in_an_answer_or_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
