/*
 * Each fault of the test server does what it says, seen through a bare socket; and what it tells of its requests and connections is so.
 */
#include "tests/support/api_server.h"
#include "tests/support/history.h"
#include "tests/support/plain_http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define LIST "/api/executions"

enum { ENOUGH = 1 << 20, PATIENCE_MS = 5000, SHORT_MS = 50 };

struct fixture {
    struct history *h;
    struct api_server *server;
    int port;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->h = history_new();
    history_run(f->h, (struct history_run){.id = "a"});
    f->server = api_server_start(history_path(f->h));
    f->port = api_server_port(f->server);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    api_server_stop(f->server);
    history_free(f->h);
    free(f);
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What a list gets while the one fault holds. */
static void get_with(struct fixture *f, struct api_fault fault, struct plain_answer *answer)
{
    api_server_clear_faults(f->server);
    api_server_fault(f->server, &fault);
    plain_get(f->port, LIST, NULL, answer);
}

static int status_of(struct fixture *f, const char *target, const char *headers)
{
    struct plain_answer answer;
    plain_get(f->port, target, headers, &answer);
    int status = answer.status;
    plain_release(&answer);
    return status;
}

/* ---- faults ---- */

static void test_given_answer(void **state)
{
    struct fixture *f = *state;
    struct plain_answer answer;
    get_with(f,
             (struct api_fault){.kind = API_FAULT_ANSWER,
                                .status = 429,
                                .content_type = "text/html",
                                .headers = "Retry-After: 7\r\nX-Other: b\r\n",
                                .body = "a\0b",
                                .body_len = 3},
             &answer);
    assert_int_equal(answer.status, 429);
    assert_non_null(strstr(answer.head, "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/html\r\n"));
    assert_non_null(strstr(answer.head, "Retry-After: 7\r\nX-Other: b\r\n"));
    assert_int_equal(answer.body_len, 3);
    assert_memory_equal(answer.body, "a\0b", 3);
    plain_release(&answer);
    get_with(f, (struct api_fault){.kind = API_FAULT_ANSWER}, &answer);
    assert_int_equal(answer.status, 200);
    assert_null(strstr(answer.head, "Content-Type"));
    assert_true(answer.is_whole);
    plain_release(&answer);
}

static void test_matching_and_counting(void **state)
{
    struct fixture *f = *state;
    api_server_fault(f->server,
                     &(struct api_fault){.match = "limit=7", .skip = 1, .times = 2, .status = 503});
    api_server_fault(f->server, &(struct api_fault){.match = "limit=", .status = 502});
    assert_int_equal(status_of(f, LIST, NULL), 200);
    static const int expected[] = {502, 503, 503, 502};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(status_of(f, LIST "?limit=7", NULL), expected[i]);
    api_server_clear_faults(f->server);
    assert_int_equal(status_of(f, LIST "?limit=7", NULL), 200);
}

static void test_hanging_up(void **state)
{
    struct fixture *f = *state;
    struct plain_answer answer;
    get_with(f, (struct api_fault){.kind = API_FAULT_CLOSE}, &answer);
    assert_int_equal(answer.status, 0);
    assert_true(answer.was_closed);
    plain_release(&answer);
    get_with(f, (struct api_fault){.kind = API_FAULT_TRUNCATE}, &answer);
    assert_int_equal(answer.status, 200);
    assert_true(answer.was_closed && !answer.is_whole && answer.body_len > 0);
    plain_release(&answer);
    get_with(f, (struct api_fault){.kind = API_FAULT_RESET}, &answer);
    assert_true(answer.was_reset && !answer.is_whole);
    plain_release(&answer);
    get_with(f, (struct api_fault){.kind = API_FAULT_TRUNCATE, .body = "12345678"}, &answer);
    assert_string_equal(answer.body, "1234");
    assert_non_null(strstr(answer.head, "Content-Length: 8\r\n"));
    plain_release(&answer);
}

/* The connection stays, with nothing more on it, until the client goes. */
static void expect_silence(struct fixture *f, enum api_fault_kind kind, const char *head)
{
    struct plain_answer answer;
    api_server_clear_faults(f->server);
    api_server_fault(f->server, &(struct api_fault){.kind = kind});
    int fd = plain_connect(f->port);
    plain_ask(fd, LIST, NULL);
    plain_receive(fd, ENOUGH, SHORT_MS, &answer);
    assert_true(!answer.was_closed && !answer.was_reset && answer.body_len == 0);
    assert_non_null(strstr(answer.head, head));
    plain_release(&answer);
    assert_false(api_server_wait_open(f->server, 0, 1));
    close(fd);
    assert_true(api_server_wait_open(f->server, 0, PATIENCE_MS));
}

static void test_silence(void **state)
{
    expect_silence(*state, API_FAULT_HANG, "");
    expect_silence(*state, API_FAULT_HUGE_SILENT, "Content-Length: 209715200\r\n");
}

static void test_too_much(void **state)
{
    struct fixture *f = *state;
    struct plain_answer answer;
    api_server_fault(f->server, &(struct api_fault){.kind = API_FAULT_HUGE_CHUNKED});
    int fd = plain_connect(f->port);
    plain_ask(fd, LIST, NULL);
    plain_receive(fd, ENOUGH, PATIENCE_MS, &answer);
    assert_non_null(strstr(answer.head, "Transfer-Encoding: chunked\r\n"));
    assert_memory_equal(answer.body, "10000\r\n{\"executions\":[ ", 22);
    assert_memory_equal(answer.body + 65536 + 9, "10000\r\n    ", 11);
    plain_release(&answer);
    close(fd);
    assert_true(api_server_wait_open(f->server, 0, PATIENCE_MS));
}

static void test_trickle(void **state)
{
    struct fixture *f = *state;
    struct plain_answer answer;
    int64_t start = now_ms();
    get_with(f, (struct api_fault){.kind = API_FAULT_TRICKLE, .ms = 5, .body = "0123456789"}, &answer);
    assert_true(answer.is_whole);
    assert_string_equal(answer.body, "0123456789");
    assert_true(now_ms() - start >= 45);
    plain_release(&answer);
}

static void test_redirect_loop(void **state)
{
    struct plain_answer answer;
    get_with(*state, (struct api_fault){.kind = API_FAULT_REDIRECT_LOOP}, &answer);
    assert_int_equal(answer.status, 302);
    assert_non_null(strstr(answer.head, "Location: " LIST "\r\n"));
    plain_release(&answer);
}

/* ---- compression: what any gzip makes of it ---- */

static size_t unpacked_size(const struct plain_answer *answer, char *start, size_t room)
{
    char path[] = "/tmp/api-server-XXXXXX", command[128];
    int fd = mkstemp(path);
    assert_int_equal(write(fd, answer->body, answer->body_len), answer->body_len);
    close(fd);
    snprintf(command, sizeof command, "gzip -dc < %s 2> /dev/null", path);
    FILE *unpacked = popen(command, "r");
    size_t size = 0, got;
    char bytes[1 << 14];
    while ((got = fread(bytes, 1, sizeof bytes, unpacked))) {
        if (size < room)
            memcpy(start + size, bytes, got < room - size ? got : room - size);
        size += got;
    }
    pclose(unpacked);
    unlink(path);
    return size;
}

static void test_gzip(void **state)
{
    struct fixture *f = *state;
    struct plain_answer packed, plain;
    char start[4096];
    api_server_set_gzip(f->server, true);
    plain_get(f->port, LIST, NULL, &plain);
    assert_null(strstr(plain.head, "Content-Encoding"));
    plain_get(f->port, LIST, "Accept-Encoding: deflate, gzip\r\n", &packed);
    assert_non_null(strstr(packed.head, "Content-Encoding: gzip\r\n"));
    assert_int_equal(unpacked_size(&packed, start, sizeof start), plain.body_len);
    assert_memory_equal(start, plain.body, plain.body_len);
    plain_release(&packed);
    plain_release(&plain);
}

static void test_gzip_bomb(void **state)
{
    struct plain_answer answer;
    char start[2];
    get_with(*state, (struct api_fault){.kind = API_FAULT_GZIP_BOMB}, &answer);
    assert_in_range(answer.body_len, 1 << 20, 2 << 20);
    answer.body_len /= 16; /* the rest is the same */
    assert_true(unpacked_size(&answer, start, sizeof start) > 200 * 1000 * 1000 / 16);
    assert_memory_equal(start, "  ", 2);
    plain_release(&answer);
}

/* ---- credentials ---- */

static void test_credentials(void **state)
{
    struct fixture *f = *state;
    struct plain_answer answer;
    api_server_require_bearer(f->server, "secret");
    plain_get(f->port, LIST, NULL, &answer);
    assert_int_equal(answer.status, 401);
    assert_non_null(strstr(answer.head, "WWW-Authenticate: Bearer\r\n"));
    plain_release(&answer);
    assert_int_equal(status_of(f, LIST, "Authorization: Bearer wrong\r\n"), 401);
    assert_int_equal(status_of(f, LIST, "authorization: Bearer secret\r\n"), 200);
    api_server_require_basic(f->server, "me", "pass");
    assert_int_equal(status_of(f, LIST, "Authorization: Bearer secret\r\n"), 401);
    assert_int_equal(status_of(f, LIST, "Authorization: Basic bWU6cGFzcw==\r\n"), 200);
    api_server_require_cookie(f->server, "session=abc");
    assert_int_equal(status_of(f, LIST, NULL), 401);
    assert_int_equal(status_of(f, LIST, "Cookie: x=1; session=abc\r\n"), 200);
    api_server_require_nothing(f->server);
    assert_int_equal(status_of(f, LIST, NULL), 200);
}

/* ---- what it tells ---- */

static void test_log(void **state)
{
    struct fixture *f = *state;
    struct plain_answer answer;
    size_t count, open, total;
    int fd = plain_connect(f->port);
    plain_ask(fd, LIST "?limit=1", "Authorization: Bearer t\r\nCookie: c=1\r\nUser-Agent: test\r\n");
    plain_receive(fd, ENOUGH, PATIENCE_MS, &answer);
    plain_release(&answer);
    plain_ask(fd, "/api/scope", "Host: localhost:1\r\n");
    plain_receive(fd, ENOUGH, PATIENCE_MS, &answer);
    plain_release(&answer);
    assert_int_equal(status_of(f, LIST, NULL), 200);
    const struct api_request *requests = api_server_requests(f->server, &count);
    assert_int_equal(count, 3);
    assert_string_equal(requests[0].method, "GET");
    assert_string_equal(requests[0].target, LIST "?limit=1");
    assert_string_equal(requests[0].host, "127.0.0.1");
    assert_string_equal(requests[0].authorization, "Bearer t");
    assert_string_equal(requests[0].cookie, "c=1");
    assert_string_equal(requests[0].user_agent, "test");
    assert_string_equal(requests[1].host, "localhost:1");
    assert_null(requests[1].authorization);
    assert_int_equal(requests[0].connection, requests[1].connection);
    assert_int_not_equal(requests[1].connection, requests[2].connection);
    assert_true(requests[0].at_ms <= requests[2].at_ms && now_ms() - requests[0].at_ms < PATIENCE_MS);
    assert_true(api_server_wait_open(f->server, 1, PATIENCE_MS));
    api_server_connections(f->server, &open, &total);
    assert_int_equal(open, 1);
    assert_int_equal(total, 2);
    assert_int_equal(api_server_count(f->server, "executions"), 2);
    api_server_clear_log(f->server);
    assert_int_equal(api_server_count(f->server, ""), 0);
    close(fd);
}

static void test_wait(void **state)
{
    struct fixture *f = *state;
    assert_false(api_server_wait(f->server, "scope", 1, 1));
    api_server_set_delay(f->server, "scope", 60000);
    int fd = plain_connect(f->port);
    plain_ask(fd, "/api/scope", NULL);
    assert_true(api_server_wait(f->server, "scope", 1, PATIENCE_MS));
    close(fd);
    assert_true(api_server_wait_open(f->server, 0, PATIENCE_MS));
}

/* ---- time ---- */

static void test_delay(void **state)
{
    struct fixture *f = *state;
    api_server_set_delay(f->server, "", 60000);
    api_server_set_delay(f->server, "limit=3", 50);
    int64_t start = now_ms();
    assert_int_equal(status_of(f, LIST "?limit=3", NULL), 200);
    assert_in_range(now_ms() - start, 50, PATIENCE_MS);
    api_server_set_delay(f->server, "", 0);
    assert_int_equal(status_of(f, LIST, NULL), 200);
}

/* Two requests at once, of 50 ms each: the sum where answers are serial, and not where they are not. */
static int64_t time_of_two(struct fixture *f)
{
    struct plain_answer answers[2];
    int fds[] = {plain_connect(f->port), plain_connect(f->port)};
    int64_t start = now_ms();
    for (int i = 0; i < 2; i++)
        plain_ask(fds[i], LIST, NULL);
    for (int i = 0; i < 2; i++) {
        plain_receive(fds[i], ENOUGH, PATIENCE_MS, &answers[i]);
        assert_true(answers[i].is_whole);
        plain_release(&answers[i]);
        close(fds[i]);
    }
    return now_ms() - start;
}

static void test_serial(void **state)
{
    struct fixture *f = *state;
    api_server_set_delay(f->server, "", 50);
    assert_true(time_of_two(f) >= 50);
    api_server_set_serial(f->server, true);
    assert_true(time_of_two(f) >= 100);
}

static void test_others_do_not_wait(void **state)
{
    struct fixture *f = *state;
    api_server_fault(f->server, &(struct api_fault){.kind = API_FAULT_HANG, .times = 1});
    int hung = plain_connect(f->port);
    plain_ask(hung, LIST, NULL);
    assert_true(api_server_wait(f->server, LIST, 1, PATIENCE_MS));
    assert_int_equal(status_of(f, LIST, NULL), 200);
    close(hung);
}

static void test_suspend(void **state)
{
    struct fixture *f = *state;
    struct plain_answer answer;
    for (int round = 0; round < 3; round++) {
        int idle = plain_connect(f->port);
        plain_ask(idle, LIST, NULL);
        plain_receive(idle, ENOUGH, PATIENCE_MS, &answer);
        plain_release(&answer);
        api_server_suspend(f->server);
        plain_receive(idle, ENOUGH, PATIENCE_MS, &answer);
        assert_true(answer.was_closed);
        plain_release(&answer);
        close(idle);
        assert_int_equal(plain_connect(f->port), -1);
        api_server_resume(f->server);
        assert_int_equal(status_of(f, LIST, NULL), 200);
    }
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        FRESH(test_given_answer),
        FRESH(test_matching_and_counting),
        FRESH(test_hanging_up),
        FRESH(test_silence),
        FRESH(test_too_much),
        FRESH(test_trickle),
        FRESH(test_redirect_loop),
        FRESH(test_gzip),
        FRESH(test_gzip_bomb),
        FRESH(test_credentials),
        FRESH(test_log),
        FRESH(test_wait),
        FRESH(test_delay),
        FRESH(test_serial),
        FRESH(test_others_do_not_wait),
        FRESH(test_suspend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
