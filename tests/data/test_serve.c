/*
 * The server over a real socket: what reaches the application, how answers go out, who may ask, streams, and
 * the end.
 */
#include "tests/support/serve_case.h"

#include "data/base/clock.h"
#include "data/base/die.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#define LOCAL "Host: localhost:4788\r\n"
#define CLOSE "Connection: close\r\n"

static int set_up(void **state)
{
    *state = serve_case_start(&(struct serve_case_options){0});
    return 0;
}

static int tear_down(void **state)
{
    serve_case_stop(*state);
    return 0;
}

static void ask(struct serve_case *c, const char *bytes, struct plain_answer *answer)
{
    serve_case_ask(c, bytes, answer);
}

static void assert_body(struct serve_case *c, const char *bytes, const char *body)
{
    struct plain_answer answer;
    ask(c, bytes, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, body);
    plain_release(&answer);
}

/* ---- requests ---- */

static void test_what_is_asked_reaches_the_application(void **state)
{
    struct serve_case *c = *state;
    assert_body(c, "GET /api/echo HTTP/1.1\r\n" LOCAL "\r\n", "GET /api/echo ");
    assert_body(c, "GET /echo?a=1&b=x%20y+z&a=%C3%BC&c HTTP/1.1\r\n" LOCAL "\r\n",
                "GET /echo [a=1] [b=x y z] [a=\xc3\xbc] [c=] ");
    assert_body(c, "GET /api/%65cho?code=%2B%26 HTTP/1.1\r\n" LOCAL "\r\n", "GET /api/echo [code=+&] ");
    assert_body(c,
                "POST /echo HTTP/1.1\r\n" LOCAL
                "Content-Type: application/json; charset=utf-8\r\nContent-Length: 4\r\n\r\n{ } ",
                "POST /echo { } ");
    assert_body(c, "PUT /echo HTTP/1.1\r\n" LOCAL "Content-Length: 2\r\n\r\nab", "PUT /echo ab");
}

static void test_an_answer_has_its_headers(void **state)
{
    struct serve_case *c = *state;
    struct plain_answer answer;
    ask(c, "GET /api/echo HTTP/1.1\r\n" LOCAL "\r\n", &answer);
    assert_non_null(strstr(answer.head, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(answer.head, "Cache-Control: no-cache\r\n"));
    assert_non_null(strstr(answer.head, "X-Content-Type-Options: nosniff\r\n"));
    assert_non_null(strstr(answer.head, "Vary: Accept-Encoding\r\n"));
    assert_non_null(strstr(answer.head, "ETag: W/\"echo\"\r\n"));
    assert_non_null(strstr(answer.head, "Date: "));
    assert_null(strstr(answer.head, "Access-Control"));
    plain_release(&answer);
    ask(c, "GET /broken HTTP/1.1\r\n" LOCAL "\r\n", &answer);
    assert_int_equal(answer.status, 503);
    assert_non_null(strstr(answer.head, "Retry-After: 2\r\n"));
    plain_release(&answer);
    char *said = serve_case_said(c);
    assert_non_null(strstr(said, ": 503 GET /broken: the file is gone\n"));
    free(said);
}

static void test_the_front_says_what_this_is(void **state)
{
    assert_body(*state, "GET / HTTP/1.1\r\n" LOCAL "\r\n",
                "case.db, served by executor-runs. To look at it: executor-runs http://localhost:4788/api\n");
    assert_int_equal(serve_case_status(*state, "GET /index.html HTTP/1.1\r\n" LOCAL "\r\n"), 404);
}

static void test_a_connection_is_used_again(void **state)
{
    struct serve_case *c = *state;
    int fd = plain_connect(serve_case_port(c));
    for (int i = 0; i < 50; i++) {
        struct plain_answer answer;
        char target[32];
        snprintf(target, sizeof target, "/echo?n=%d", i);
        plain_ask(fd, target, NULL);
        plain_receive(fd, SIZE_MAX, 5000, &answer);
        assert_int_equal(answer.status, 200);
        assert_non_null(strstr(answer.body, strchr(target, '=')));
        plain_release(&answer);
    }
    close(fd);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

/* Many more than are taken at once. */
static void test_pipelined_requests_are_answered_in_order(void **state)
{
    struct serve_case *c = *state;
    enum { REQUESTS = 40 };
    int fd = plain_connect(serve_case_port(c));
    struct buf all;
    buf_init(&all, 1 << 16);
    for (int i = 0; i < REQUESTS; i++)
        buf_printf(&all, "GET /echo?n=%02d HTTP/1.1\r\n" LOCAL "%s\r\n", i, i == REQUESTS - 1 ? CLOSE : "");
    serve_case_send(fd, all.data, all.len);
    buf_clear(&all);
    char bytes[4096];
    for (ssize_t n; (n = recv(fd, bytes, sizeof bytes, 0)) > 0;)
        buf_add(&all, bytes, (size_t)n);
    close(fd);
    assert_int_equal(count_of(buf_cstr(&all), "HTTP/1.1 200 OK"), REQUESTS);
    const char *at = buf_cstr(&all);
    for (int i = 0; i < REQUESTS; i++) {
        char part[16];
        snprintf(part, sizeof part, "[n=%02d]", i);
        at = strstr(at, part);
        assert_non_null(at);
    }
    buf_release(&all);
}

static void test_a_client_that_sends_no_more_gets_its_answer(void **state)
{
    struct serve_case *c = *state;
    int fd = plain_connect(serve_case_port(c));
    plain_ask(fd, "/slow", NULL);
    shutdown(fd, SHUT_WR);
    assert_true(serve_case_await(c, 1));
    serve_case_release(c);
    struct plain_answer answer;
    plain_receive(fd, SIZE_MAX, 5000, &answer);
    assert_int_equal(answer.status, 200);
    assert_true(serve_case_is_ended(fd));
    plain_release(&answer);
    close(fd);
}

static void test_a_slow_answer_holds_up_nobody(void **state)
{
    struct serve_case *c = *state;
    int slow[8];
    for (int i = 0; i < 8; i++) {
        slow[i] = plain_connect(serve_case_port(c));
        plain_ask(slow[i], "/slow", NULL);
    }
    assert_true(serve_case_await(c, 8));
    assert_int_equal(serve_case_status(c, "GET /echo HTTP/1.1\r\n" LOCAL "\r\n"), 200);
    for (int i = 0; i < 8; i++)
        serve_case_release(c);
    for (int i = 0; i < 8; i++) {
        struct plain_answer answer;
        plain_receive(slow[i], SIZE_MAX, 5000, &answer);
        assert_int_equal(answer.status, 200);
        plain_release(&answer);
        close(slow[i]);
    }
}

static void test_http_1_0_and_head(void **state)
{
    struct serve_case *c = *state;
    struct plain_answer answer;
    ask(c, "GET /echo HTTP/1.0\r\n" LOCAL "\r\n", &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "GET /echo ");
    plain_release(&answer);
    ask(c, "HEAD /big?n=3000 HTTP/1.1\r\n" LOCAL CLOSE "\r\n", &answer);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.head, "Content-Length: 3000\r\n"));
    assert_int_equal(answer.body_len, 0);
    assert_true(answer.was_closed);
    plain_release(&answer);
    ask(c, "HEAD /stream HTTP/1.1\r\n" LOCAL CLOSE "\r\n", &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_len, 0);
    assert_null(strstr(answer.head, "Transfer-Encoding"));
    plain_release(&answer);
}

static void test_a_large_answer_is_whole(void **state)
{
    struct plain_answer answer;
    ask(*state, "GET /big?n=5000000 HTTP/1.1\r\n" LOCAL "\r\n", &answer);
    assert_int_equal(answer.body_len, 5000000);
    uint32_t noise = 1;
    for (size_t i = 0; i < answer.body_len; i++) {
        noise = noise * 1664525 + 1013904223;
        assert_true((unsigned char)answer.body[i] == noise >> 24);
    }
    plain_release(&answer);
}

/* ---- gzip and etags ---- */

static void assert_unpacks(const struct plain_answer *answer, size_t size)
{
    char *text = mem_new(size + 1);
    z_stream stream = {.next_in = (Bytef *)answer->body,
                       .avail_in = (uInt)answer->body_len,
                       .next_out = (Bytef *)text,
                       .avail_out = (uInt)size + 1};
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.total_out, size);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(text[i], "abcdefgh"[i % 8]);
    inflateEnd(&stream);
    free(text);
}

static void test_gzip_for_whom_it_helps(void **state)
{
    struct serve_case *c = *state;
    struct plain_answer answer;
    ask(c, "GET /text?n=100000 HTTP/1.1\r\n" LOCAL "Accept-Encoding: br, gzip\r\n\r\n", &answer);
    assert_non_null(strstr(answer.head, "Content-Encoding: gzip\r\n"));
    assert_true(answer.is_whole && answer.body_len < 5000);
    assert_unpacks(&answer, 100000);
    plain_release(&answer);
    static const char *const plain[] = {
        "GET /text?n=1000 HTTP/1.1\r\n" LOCAL "Accept-Encoding: gzip\r\n\r\n",
        "GET /text?n=100000 HTTP/1.1\r\n" LOCAL "\r\n",
        "GET /text?n=100000 HTTP/1.1\r\n" LOCAL "Accept-Encoding: gzip;q=0, *\r\n\r\n",
        "GET /big?n=100000 HTTP/1.1\r\n" LOCAL "Accept-Encoding: gzip\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        ask(c, plain[i], &answer);
        assert_null(strstr(answer.head, "Content-Encoding"));
        assert_non_null(strstr(answer.head, "Vary: Accept-Encoding\r\n"));
        assert_int_equal(answer.body_len, i ? 100000 : 1000);
        plain_release(&answer);
    }
}

static void test_what_is_known_is_not_sent_again(void **state)
{
    struct serve_case *c = *state;
    struct plain_answer answer;
    ask(c, "GET /echo HTTP/1.1\r\n" LOCAL CLOSE "If-None-Match: \"a\", \"echo\"\r\n\r\n", &answer);
    assert_int_equal(answer.status, 304);
    assert_int_equal(answer.body_len, 0);
    assert_non_null(strstr(answer.head, "ETag: W/\"echo\"\r\n"));
    assert_non_null(strstr(answer.head, "Cache-Control: no-cache\r\n"));
    assert_null(strstr(answer.head, "Content-Type:"));
    plain_release(&answer);
    assert_int_equal(serve_case_status(c, "GET /echo HTTP/1.1\r\n" LOCAL "If-None-Match: \"other\"\r\n\r\n"),
                     200);
}

/* ---- who may ask ---- */

static void test_without_a_token_only_local_names_are_answered(void **state)
{
    struct serve_case *c = *state;
    assert_int_equal(serve_case_status(c, "GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"), 200);
    assert_int_equal(serve_case_status(c, "GET /echo HTTP/1.1\r\nHost: [::1]:1\r\n\r\n"), 200);
    unsigned before = serve_case_requests(c);
    assert_int_equal(serve_case_status(c, "GET /echo HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 403);
    assert_int_equal(serve_case_status(c, "GET /echo HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n"), 403);
    assert_int_equal(serve_case_status(c, "GET /echo HTTP/1.1\r\nHost: 192.168.0.1\r\n\r\n"), 403);
    assert_int_equal(serve_case_status(c, "GET /echo HTTP/1.0\r\n\r\n"), 403);
    assert_int_equal(serve_case_status(c, "GET /stream HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 403);
    assert_int_equal(
        serve_case_status(c, "GET /echo HTTP/1.1\r\n" LOCAL "Origin: http://evil.example\r\n\r\n"), 403);
    assert_int_equal(serve_case_status(c, "POST /echo HTTP/1.1\r\n" LOCAL "Content-Length: 2\r\n\r\n{}"),
                     415);
    assert_int_equal(serve_case_status(c, "POST /echo HTTP/1.1\r\n" LOCAL
                                          "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"),
                     415);
    assert_int_equal(serve_case_requests(c), before);
    assert_int_equal(
        serve_case_status(c, "GET /echo HTTP/1.1\r\n" LOCAL "Origin: http://localhost:4788\r\n\r\n"), 200);
}

#define TOKEN "correct-horse-battery-staple"

static void write_token(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
}

static void test_with_a_token_whoever_brings_it_is_answered(void **state)
{
    (void)state;
    char path[] = "/tmp/serve-token-XXXXXX";
    close(mkstemp(path));
    write_token(path, "  " TOKEN " \r\nsecond line\n");
    struct serve_case *c = serve_case_start(&(struct serve_case_options){.token_file = path});
    struct plain_answer answer;
    ask(c, "GET /echo HTTP/1.1\r\n" LOCAL "\r\n", &answer);
    assert_int_equal(answer.status, 401);
    assert_non_null(strstr(answer.head, "WWW-Authenticate: Bearer "));
    plain_release(&answer);
    assert_int_equal(serve_case_status(c, "GET / HTTP/1.1\r\n" LOCAL "\r\n"), 401);
    assert_int_equal(serve_case_status(c, "GET /stream HTTP/1.1\r\n" LOCAL "\r\n"), 401);
    assert_int_equal(
        serve_case_status(c, "GET /echo HTTP/1.1\r\n" LOCAL "Authorization: Bearer " TOKEN "x\r\n\r\n"), 401);
    assert_int_equal(
        serve_case_status(c, "GET /echo HTTP/1.1\r\n" LOCAL "Authorization: Basic " TOKEN "\r\n\r\n"), 401);
    assert_int_equal(serve_case_requests(c), 0);
    assert_int_equal(
        serve_case_status(c, "GET /echo HTTP/1.1\r\nHost: runs.example\r\nAuthorization: bearer " TOKEN
                             "\r\n\r\n"),
        200);
    char *said = serve_case_said(c);
    assert_non_null(strstr(said, ": 401 "));
    assert_null(strstr(said, TOKEN));
    free(said);

    write_token(path, "another token's first line has blanks\n");
    struct err err;
    assert_int_equal(serve_reload(serve_case_server(c), &err), ERR_USAGE);
    assert_int_equal(
        serve_case_status(c, "GET /echo HTTP/1.1\r\n" LOCAL "Authorization: Bearer " TOKEN "\r\n\r\n"), 200);
    write_token(path, "0123456789abcdef\n");
    assert_int_equal(serve_reload(serve_case_server(c), &err), ERR_OK);
    assert_int_equal(
        serve_case_status(c, "GET /echo HTTP/1.1\r\n" LOCAL "Authorization: Bearer " TOKEN "\r\n\r\n"), 401);
    assert_int_equal(
        serve_case_status(c, "GET /echo HTTP/1.1\r\n" LOCAL "Authorization: Bearer 0123456789abcdef\r\n\r\n"),
        200);
    serve_case_stop(c);
    unlink(path);
}

static void test_other_machines_take_a_token(void **state)
{
    (void)state;
    struct serve_options options = {.times = SERVE_TIMES};
    struct serve *serve;
    struct err err;
    assert_int_equal(serve_address_parse("0.0.0.0:0", &options.address, &err), ERR_OK);
    assert_int_equal(serve_start(&options, &serve, &err), ERR_USAGE);
    assert_non_null(strstr(err.hint, "--token-file"));
}

static void test_an_address_in_use_is_said(void **state)
{
    struct serve_options options = {.times = SERVE_TIMES};
    struct serve *serve;
    struct err err;
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%d", serve_case_port(*state));
    assert_int_equal(serve_address_parse(address, &options.address, &err), ERR_OK);
    assert_int_equal(serve_start(&options, &serve, &err), ERR_BUSY);
    assert_non_null(strstr(err.what, address));
}

/* The first is more than the system keeps on its way. */
static void test_large_answers_that_nobody_reads_have_their_limit(void **state)
{
    (void)state;
    static const char first[] = "GET /big?n=12000000 HTTP/1.1\r\n" LOCAL "\r\n",
                      next[] = "GET /big?n=3000000 HTTP/1.1\r\n" LOCAL "\r\n";
    struct serve_case *c = serve_case_start(&(struct serve_case_options){.held_max = 14000000});
    struct plain_answer answer;
    char byte;
    int fd = plain_connect(serve_case_port(c)), small = 64 * 1024, status = 0;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    serve_case_send(fd, first, strlen(first));
    assert_int_equal(recv(fd, &byte, 1, MSG_PEEK), 1);
    serve_case_ask(c, next, &answer);
    assert_int_equal(answer.status, 503);
    assert_non_null(strstr(answer.head, "Retry-After: "));
    plain_release(&answer);
    assert_int_equal(serve_case_status(c, "GET /big?n=1000 HTTP/1.1\r\n" LOCAL "\r\n"), 200);
    close(fd);
    for (int i = 0; status != 200 && i < 1000; i++)
        status = serve_case_status(c, next);
    assert_int_equal(status, 200);
    serve_case_stop(c);
}

/* Fewer than there may be connections, each with two. */
static void test_few_descriptors_are_enough(void **state)
{
    (void)state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){48, limit.rlim_max}), 0);
    struct serve_case *c = serve_case_start(&(struct serve_case_options){0});
    int status = serve_case_status(c, "GET /echo HTTP/1.1\r\n" LOCAL "\r\n");
    serve_case_stop(c);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(status, 200);
}

static void test_ipv6(void **state)
{
    (void)state;
    struct serve_address address;
    struct err err;
    int fd;
    assert_int_equal(serve_address_parse("[::1]:0", &address, &err), ERR_OK);
    if (serve_listen(&address, &fd, &err)) {
        print_message("no IPv6 here\n");
        skip();
    }
    close(fd);
    struct serve_case *c = serve_case_start(&(struct serve_case_options){.listen = "[::1]:0"});
    char where[SERVE_ADDRESS_TEXT];
    serve_where(serve_case_server(c), where);
    assert_memory_equal(where, "[::1]:", 6);
    assert_int_equal(serve_address_parse(where, &address, &err), ERR_OK);
    fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address.socket, address.size), 0);
    struct plain_answer answer;
    plain_ask(fd, "/echo", "Host: [::1]:4788\r\n");
    plain_receive(fd, SIZE_MAX, 5000, &answer);
    assert_int_equal(answer.status, 200);
    plain_release(&answer);
    close(fd);
    serve_case_stop(c);
}

/* ---- streams ---- */

/* Reads until the text has come; what came stands in *came. */
static bool await_text(int fd, struct buf *came, const char *text)
{
    char bytes[1024];
    for (int64_t until = clock_ms() + 5000; clock_ms() < until;) {
        if (came->len && strstr(buf_cstr(came), text))
            return true;
        ssize_t n = recv(fd, bytes, sizeof bytes, 0);
        if (n <= 0)
            return false;
        buf_add(came, bytes, (size_t)n);
    }
    return false;
}

static void test_a_stream_tells_of_changes(void **state)
{
    struct serve_case *c = *state;
    struct buf came;
    buf_init(&came, 1 << 20);
    int fd = plain_connect(serve_case_port(c));
    plain_ask(fd, "/api/stream", "Accept: text/event-stream\r\n");
    assert_true(await_text(fd, &came, "event: hello\ndata: {\"revision\":1}\n\n"));
    assert_non_null(strstr(buf_cstr(&came), "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(buf_cstr(&came), "Cache-Control: no-cache\r\n"));
    serve_case_move(c);
    assert_true(await_text(fd, &came, "event: changed\nid: 2\ndata: {\"revision\":2}\n\n"));
    for (int i = 0; i < 100; i++)
        serve_case_move(c);
    assert_true(await_text(fd, &came, "id: 102\n"));
    assert_true(count_of(buf_cstr(&came), "event: changed") < 10);
    close(fd);
    buf_release(&came);
}

static void test_a_quiet_stream_beats(void **state)
{
    (void)state;
    struct serve_case *c = serve_case_start(&(struct serve_case_options){.heartbeat_ms = 50});
    struct buf came;
    buf_init(&came, 1 << 20);
    int fd = plain_connect(serve_case_port(c));
    plain_ask(fd, "/stream", NULL);
    assert_true(await_text(fd, &came, ": still here\n\n"));
    close(fd);
    buf_release(&came);
    serve_case_stop(c);
}

/* Those that were left are free again. */
static void test_there_are_so_many_streams_and_no_more(void **state)
{
    struct serve_case *c = *state;
    int fds[SERVE_STREAMS_MAX];
    struct buf came;
    buf_init(&came, 1 << 20);
    for (int i = 0; i < SERVE_STREAMS_MAX; i++) {
        fds[i] = plain_connect(serve_case_port(c));
        plain_ask(fds[i], "/stream", NULL);
        buf_clear(&came);
        assert_true(await_text(fds[i], &came, "event: hello"));
    }
    assert_int_equal(serve_case_status(c, "GET /stream HTTP/1.1\r\n" LOCAL CLOSE "\r\n"), 503);
    assert_int_equal(serve_case_status(c, "GET /echo HTTP/1.1\r\n" LOCAL "\r\n"), 200);
    close(fds[0]);
    bool is_free = false;
    for (int64_t until = clock_ms() + 5000; clock_ms() < until && !is_free;) {
        fds[0] = plain_connect(serve_case_port(c));
        plain_ask(fds[0], "/stream", CLOSE);
        buf_clear(&came);
        is_free = await_text(fds[0], &came, "event: hello");
        if (!is_free)
            close(fds[0]);
    }
    assert_true(is_free);
    for (int i = 0; i < SERVE_STREAMS_MAX; i++)
        close(fds[i]);
    buf_release(&came);
}

/* ---- the end ---- */

static void test_the_end_comes_at_once_and_cleanly(void **state)
{
    (void)state;
    struct serve_case *c = serve_case_start(&(struct serve_case_options){0});
    struct buf came;
    buf_init(&came, 1 << 20);
    int stream = plain_connect(serve_case_port(c)), slow = plain_connect(serve_case_port(c)),
        idle = plain_connect(serve_case_port(c));
    plain_ask(stream, "/stream", NULL);
    plain_ask(slow, "/slow", NULL);
    assert_true(await_text(stream, &came, "event: hello"));
    assert_true(serve_case_await(c, 2));
    int64_t began = clock_ms();
    serve_case_stop(c);
    assert_true(clock_ms() - began < 3000);
    assert_true(await_text(stream, &came, "\r\n0\r\n\r\n")); /* the last chunk: whole, not cut */
    struct plain_answer answer;
    plain_receive(slow, SIZE_MAX, 5000, &answer);
    assert_int_equal(answer.status, 503); /* the application was stopped, and said so */
    plain_release(&answer);
    assert_true(serve_case_is_ended(idle));
    close(stream);
    close(slow);
    close(idle);
    buf_release(&came);
}

static void test_what_goes_wrong_again_and_again_is_said_so_often_and_no_more(void **state)
{
    struct serve_case *c = *state;
    for (int i = 0; i < SERVE_LOG_LINES + 30; i++)
        assert_int_equal(serve_case_status(c, "GET /echo HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 403);
    char *said = serve_case_said(c);
    assert_int_equal(count_of(said, ": 403 "), SERVE_LOG_LINES);
    free(said);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_what_is_asked_reaches_the_application),
        T(test_an_answer_has_its_headers),
        T(test_the_front_says_what_this_is),
        T(test_a_connection_is_used_again),
        T(test_pipelined_requests_are_answered_in_order),
        T(test_a_client_that_sends_no_more_gets_its_answer),
        T(test_a_slow_answer_holds_up_nobody),
        T(test_http_1_0_and_head),
        T(test_a_large_answer_is_whole),
        T(test_gzip_for_whom_it_helps),
        T(test_what_is_known_is_not_sent_again),
        T(test_without_a_token_only_local_names_are_answered),
        cmocka_unit_test(test_with_a_token_whoever_brings_it_is_answered),
        cmocka_unit_test(test_other_machines_take_a_token),
        T(test_an_address_in_use_is_said),
        cmocka_unit_test(test_few_descriptors_are_enough),
        cmocka_unit_test(test_large_answers_that_nobody_reads_have_their_limit),
        cmocka_unit_test(test_ipv6),
        T(test_a_stream_tells_of_changes),
        cmocka_unit_test(test_a_quiet_stream_beats),
        T(test_there_are_so_many_streams_and_no_more),
        cmocka_unit_test(test_the_end_comes_at_once_and_cleanly),
        T(test_what_goes_wrong_again_and_again_is_said_so_often_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
