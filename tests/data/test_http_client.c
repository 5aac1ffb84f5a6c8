/*
 * The client against a server that gives prepared bytes: what arrives, what is sent to whom, and how each failure is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/stat.h>

#include "data/base/die.h"
#include "data/http/http_client.h"
#include "tests/support/canned_server.h"

#define OK(type, body) "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\n" body
/* {"executions":[]} and 3000 blanks. */
#define GZIP                                                                                                 \
    "\037\213\010\000\000\000\000\000\002\003\253\126\112\255\110\115\056\055\311\314\317\053\126\262"       \
    "\212\216\255\125\030\005\243\140\024\214\202\121\060\012\106\301\050\030\005\243\140\024\014\172"       \
    "\000\000\377\016\247\261\311\013\000\000"
#define NAME64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- a client, its answers and what it was told ---- */

struct desk {
    struct http_settings settings;
    struct http_address address;
    struct http_pool *pool;
    struct http_auth *auth;
    struct http_client *client;
    struct http_answer answer;
};

/* For the origin of `own`; a token goes there. */
static void desk_open(struct desk *desk, const struct canned_server *own, const char *token)
{
    if (token)
        setenv("EXECUTOR_RUNS_TOKEN", token, 1);
    else
        unsetenv("EXECUTOR_RUNS_TOKEN");
    snprintf(desk->address.host, sizeof desk->address.host, "127.0.0.1");
    desk->address.port = own ? canned_port(own) : 80;
    desk->address.is_loopback = true;
    desk->pool = http_pool_new(&desk->settings);
    desk->auth = http_auth_new(&desk->address, &desk->settings);
    desk->client = http_client_new(desk->pool, desk->auth);
    unsetenv("EXECUTOR_RUNS_TOKEN");
}

static void desk_close(struct desk *desk)
{
    http_answer_release(&desk->answer);
    http_client_free(desk->client);
    http_auth_free(desk->auth);
    http_pool_free(desk->pool);
}

static struct http_answer *get(struct desk *desk, const char *url)
{
    http_answer_release(&desk->answer);
    http_client_get(desk->client, &url, 1, NULL, &desk->answer);
    return &desk->answer;
}

static void assert_body(struct http_answer *answer, const char *body)
{
    if (answer->code != ERR_OK)
        fail_msg("%s", answer->err.what);
    assert_string_equal(buf_cstr(&answer->body), body);
}

static void assert_fails(const struct http_answer *answer, enum err_code code, const char *what)
{
    assert_int_equal(answer->code, code);
    assert_int_equal(answer->err.code, code);
    if (!strstr(answer->err.what, what))
        fail_msg("'%s' does not say '%s'", answer->err.what, what);
    assert_true(answer->err.hint[0]);
    assert_int_equal(answer->body.len, 0);
}

/* ---- answers ---- */

static void test_an_answer(void **state)
{
    (void)state;
    static const struct canned answers[] = {
        {.path = "/api/executions",
         .bytes = OK("Application/JSON; charset=utf-8", "Retry-After: 7\r\nContent-Length: 4\r\n\r\n{ 1}")},
        {.path = "/none", .bytes = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"},
    };
    struct desk desk = {0};
    struct canned_server *server = canned_start(answers, COUNT(answers));
    desk_open(&desk, server, NULL);
    struct http_answer *answer = get(&desk, canned_url(server, "/api/executions?code=a%20b"));
    assert_body(answer, "{ 1}");
    assert_int_equal(answer->status, 200);
    assert_string_equal(answer->content_type, "application/json");
    assert_string_equal(answer->final_host, "");
    assert_int_equal(answer->retry_after_ms, 7000);
    answer = get(&desk, canned_url(server, "/none"));
    assert_body(answer, "");
    assert_int_equal(answer->status, 404);
    assert_string_equal(answer->content_type, "");
    assert_int_equal(answer->retry_after_ms, -1);
    char *heard = canned_heard(server);
    assert_non_null(strstr(heard, "GET /api/executions?code=a%20b HTTP/1.1\r\n"));
    assert_non_null(strstr(heard, "User-Agent: executor-runs\r\n"));
    assert_non_null(strstr(heard, "gzip"));
    assert_null(strstr(heard, "Authorization"));
    free(heard);
    assert_int_equal(canned_connections(server), 1); /* used again */
    desk_close(&desk);
    canned_stop(server);
}

static void test_many_at_once(void **state)
{
    (void)state;
    enum { MANY = 20 };
    static const struct canned answers[] = {
        {.bytes = OK("application/json", "Content-Length: 2\r\n\r\n{}")},
    };
    struct desk desk = {0};
    struct canned_server *server = canned_start(answers, COUNT(answers));
    struct http_answer got[MANY];
    const char *urls[MANY];
    desk_open(&desk, server, NULL);
    for (int i = 0; i < MANY; i++)
        urls[i] = i == 3 ? "ftp://127.0.0.1/" : canned_url(server, "/");
    http_client_get(desk.client, urls, MANY, NULL, got);
    for (int i = 0; i < MANY; i++) {
        if (i == 3)
            assert_int_equal(got[i].code, ERR_USAGE);
        else
            assert_body(&got[i], "{}");
        http_answer_release(&got[i]);
    }
    assert_int_equal(canned_requests(server), MANY - 1);
    assert_in_range(canned_connections(server), 1, HTTP_REQUESTS_MAX);
    http_client_get(desk.client, urls, 0, NULL, got);
    desk_close(&desk);
    canned_stop(server);
}

static void test_compressed(void **state)
{
    (void)state;
    static const char bytes[] =
        OK("application/json", "Content-Encoding: gzip\r\nContent-Length: 58\r\n\r\n") GZIP;
    static const struct canned answers[] = {{.bytes = bytes, .n = sizeof bytes - 1}};
    struct desk desk = {0};
    struct canned_server *server = canned_start(answers, COUNT(answers));
    desk_open(&desk, server, NULL);
    struct http_answer *answer = get(&desk, canned_url(server, "/"));
    assert_int_equal(answer->code, ERR_OK);
    assert_int_equal(answer->body.len, 3017);
    assert_memory_equal(answer->body.data, "{\"executions\":[]} ", 18);
    desk_close(&desk);
    canned_stop(server);
}

/* ---- who is told what ---- */

static size_t times_in(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        n++;
    return n;
}

static size_t heard_by(struct canned_server *server, const char *what)
{
    char *heard = canned_heard(server);
    size_t n = times_in(heard, what);
    free(heard);
    return n;
}

#define MOVED "HTTP/1.1 302 Found\r\nContent-Length: 5\r\nLocation: "

static void test_redirect_within_the_origin(void **state)
{
    (void)state;
    static const struct canned answers[] = {
        {.path = "/old", .bytes = MOVED "/new?x=1#part\r\n\r\nmoved"},
        {.path = "/new", .bytes = OK("application/json", "Content-Length: 2\r\n\r\n{}")},
    };
    struct desk desk = {0};
    struct canned_server *server = canned_start(answers, COUNT(answers));
    desk_open(&desk, server, "s3cret");
    struct http_answer *answer = get(&desk, canned_url(server, "/old"));
    assert_body(answer, "{}");
    assert_string_equal(answer->final_host, "");
    assert_int_equal(heard_by(server, "GET /new?x=1 HTTP"), 1);
    assert_int_equal(heard_by(server, "Authorization: Bearer s3cret\r\n"), 2);
    desk_close(&desk);
    canned_stop(server);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
}

/* Every kind of credentials, each to the own origin and not to where that redirects to: another port is another origin. */
static void test_redirect_elsewhere(void **state)
{
    const char *dir = *state;
    char path[300], location[300], netrc[300];
    static const struct canned elsewhere[] = {
        {.path = "/here", .bytes = OK("application/json", "Content-Length: 2\r\n\r\n{}")},
        {.path = "/evil", .bytes = "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"},
    };
    struct canned_server *other = canned_start(elsewhere, COUNT(elsewhere));
    snprintf(location, sizeof location,
             MOVED "http://root:toor@127.0.0.1:%d/here\r\nSet-Cookie: set=by-server; Path=/\r\n\r\nmoved",
             canned_port(other));
    struct canned answers[] = {{.bytes = location}};
    struct canned_server *server = canned_start(answers, COUNT(answers));
    snprintf(path, sizeof path, "%s/secret", dir);
    snprintf(netrc, sizeof netrc, "%s/netrc", dir);
    const struct {
        struct http_settings settings;
        const char *file, *text, *token, *sent;
    } kinds[] = {
        {{0}, path, "", "t0ken", "Authorization: Bearer t0ken\r\n"},
        {{.user_file = path}, path, "ann:pass word\n", NULL, "Authorization: Basic YW5uOnBhc3Mgd29yZA==\r\n"},
        {{.cookie_file = path}, path, "a=1\nb=two\n", NULL, "Cookie: a=1; b=two\r\n"},
        {{.cookie_file = path},
         path,
         "127.0.0.1\tFALSE\t/\tFALSE\t0\tsid\tc00kie\n",
         NULL,
         "Cookie: sid=c00kie\r\n"},
        {{.netrc_file = path},
         path,
         "machine 127.0.0.1 login ann password pass\n",
         NULL,
         "Authorization: Basic YW5uOnBhc3M=\r\n"},
    };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct desk desk = {.settings = kinds[i].settings};
        write_file(kinds[i].file, kinds[i].text);
        desk_open(&desk, server, kinds[i].token);
        struct http_answer *answer = get(&desk, canned_url(server, "/"));
        assert_body(answer, "{}");
        assert_string_equal(answer->final_host, "127.0.0.1");
        assert_int_equal(heard_by(server, kinds[i].sent), 1);
        desk_close(&desk);
    }
    assert_int_equal(canned_requests(server), COUNT(kinds));
    assert_int_equal(canned_requests(other), COUNT(kinds));
    assert_int_equal(heard_by(other, "Authorization"), 0);
    assert_int_equal(heard_by(other, "Cookie"), 0);
    canned_stop(server);
    canned_stop(other);
}

static void test_redirects_that_lead_nowhere(void **state)
{
    (void)state;
    static const struct canned answers[] = {
        {.path = "/loop", .bytes = MOVED "/loop\r\n\r\nmoved"},
        {.path = "/file", .bytes = MOVED "file:///etc/passwd\r\n\r\nmoved"},
        {.path = "/plain", .bytes = "HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\n{}"},
    };
    struct desk desk = {0};
    struct canned_server *server = canned_start(answers, COUNT(answers));
    desk_open(&desk, server, "s3cret");
    assert_fails(get(&desk, canned_url(server, "/loop")), ERR_IO, "circle");
    assert_int_equal(canned_requests(server), 1 + HTTP_REDIRECTS_MAX);
    assert_fails(get(&desk, canned_url(server, "/file")), ERR_IO, "redirects to what is not");
    assert_body(get(&desk, canned_url(server, "/plain")), "{}");
    assert_int_equal(desk.answer.status, 302);
    desk_close(&desk);
    canned_stop(server);
}

/* A token that has run out is asked for again, once, and only where another one comes. */
static void test_a_new_token(void **state)
{
    const char *dir = *state;
    char path[300];
    static const struct canned answers[] = {
        {.needs = "Bearer new", .bytes = OK("application/json", "Content-Length: 2\r\n\r\n{}")},
        {.bytes = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno"},
    };
    struct canned_server *server = canned_start(answers, COUNT(answers));
    snprintf(path, sizeof path, "%s/token", dir);
    write_file(path, "old\n");
    struct desk desk = {.settings.token_file = path};
    desk_open(&desk, server, NULL);
    assert_body(get(&desk, canned_url(server, "/")), "no");
    assert_int_equal(desk.answer.status, 401);
    assert_int_equal(canned_requests(server), 1);
    write_file(path, "new\n");
    const char *urls[] = {canned_url(server, "/a"), canned_url(server, "/b")};
    struct http_answer both[2];
    http_client_get(desk.client, urls, 2, NULL, both);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(both[i].status, 200);
        assert_body(&both[i], "{}");
        http_answer_release(&both[i]);
    }
    assert_int_equal(canned_requests(server), 5);
    desk_close(&desk);
    canned_stop(server);
}

static void test_not_to_be_sent_there(void **state)
{
    (void)state;
    struct desk desk = {0};
    struct canned_server *server = canned_start(NULL, 0);
    snprintf(desk.address.host, sizeof desk.address.host, "runs.example.org");
    setenv("EXECUTOR_RUNS_TOKEN", "s3cret", 1);
    desk.pool = http_pool_new(&desk.settings);
    desk.auth = http_auth_new(&desk.address, &desk.settings);
    desk.client = http_client_new(desk.pool, desk.auth);
    unsetenv("EXECUTOR_RUNS_TOKEN");
    assert_fails(get(&desk, canned_url(server, "/")), ERR_DENIED, "plain http");
    assert_int_equal(canned_connections(server), 0);
    desk_close(&desk);
    canned_stop(server);
}

/* ---- the environment ---- */

static void test_a_proxy(void **state)
{
    (void)state;
    static const struct canned answers[] = {
        {.bytes = OK("application/json", "Content-Length: 2\r\n\r\n{}")},
    };
    struct desk desk = {0};
    struct canned_server *proxy = canned_start(answers, COUNT(answers));
    setenv("http_proxy", canned_url(proxy, ""), 1);
    desk_open(&desk, proxy, "s3cret");
    assert_body(get(&desk, "http://runs.example.org/api/scope"), "{}");
    assert_int_equal(heard_by(proxy, "GET http://runs.example.org/api/scope HTTP/1.1\r\n"), 1);
    assert_int_equal(heard_by(proxy, "Authorization"), 0); /* the token is for another */
    assert_body(get(&desk, canned_url(proxy, "/direct")), "{}");
    assert_int_equal(heard_by(proxy, "GET /direct HTTP/1.1\r\n"), 1);
    desk_close(&desk);
    canned_stop(proxy);
    desk = (struct desk){0};
    desk_open(&desk, NULL, NULL);
    assert_fails(get(&desk, "http://runs.example.org/"), ERR_IO, "the proxy on the way to runs.example.org");
    desk_close(&desk);
    unsetenv("http_proxy");
}

static void test_a_proxy_that_refuses(void **state)
{
    (void)state;
    static const struct canned answers[] = {
        {.bytes = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
         .end = CANNED_CLOSE},
    };
    struct desk desk = {0};
    struct canned_server *proxy = canned_start(answers, COUNT(answers));
    setenv("https_proxy", canned_url(proxy, ""), 1);
    desk_open(&desk, NULL, NULL);
    assert_fails(get(&desk, "https://runs.example.org/"), ERR_IO, "does not let us through (407)");
    assert_int_equal(heard_by(proxy, "CONNECT runs.example.org:443 HTTP/1.1\r\n"), 1);
    desk_close(&desk);
    canned_stop(proxy);
    unsetenv("https_proxy");
}

static void test_a_proxy_is_left_out(void **state)
{
    (void)state;
    static const struct canned answers[] = {
        {.bytes = OK("application/json", "Content-Length: 2\r\n\r\n{}")},
    };
    struct desk desk = {0};
    struct canned_server *proxy = canned_start(answers, COUNT(answers));
    setenv("http_proxy", canned_url(proxy, ""), 1);
    setenv("NO_PROXY", "other.example,127.0.0.2", 1);
    desk_open(&desk, NULL, NULL);
    assert_fails(get(&desk, "http://127.0.0.2:9/"), ERR_IO, "nothing listens at 127.0.0.2:9");
    assert_int_equal(canned_connections(proxy), 0);
    desk_close(&desk);
    canned_stop(proxy);
    unsetenv("NO_PROXY");
    unsetenv("http_proxy");
}

/* ---- what goes wrong ---- */

static void test_nothing_there(void **state)
{
    (void)state;
    struct desk desk = {0};
    struct canned_server *gone = canned_start(NULL, 0);
    char url[100], what[100];
    snprintf(url, sizeof url, "http://localhost:%d/?code=s3cret", canned_port(gone));
    snprintf(what, sizeof what, "nothing listens at localhost:%d", canned_port(gone));
    canned_stop(gone);
    desk_open(&desk, NULL, NULL);
    assert_fails(get(&desk, url), ERR_IO, what);
    assert_non_null(strstr(desk.answer.err.hint, "executor running"));
    /* A label of 64 characters: refused before anybody is asked. */
    assert_fails(get(&desk, "http://" NAME64 ".invalid/?code=s3cret"), ERR_IO, "is not known");
    assert_null(strstr(desk.answer.err.what, "s3cret"));
    desk_close(&desk);
}

static void test_broken_answers(void **state)
{
    (void)state;
    static const struct canned answers[] = {
        {.path = "/short",
         .bytes = OK("application/json", "Content-Length: 100\r\n\r\n{\"a\""),
         .end = CANNED_CLOSE},
        {.path = "/chunk",
         .bytes = OK("application/json", "Transfer-Encoding: chunked\r\n\r\n64\r\n{\"a\""),
         .end = CANNED_CLOSE},
        {.path = "/reset",
         .bytes = OK("application/json", "Content-Length: 100\r\n\r\n{\"a\""),
         .end = CANNED_RESET},
        {.path = "/empty", .end = CANNED_CLOSE},
        {.path = "/early", .end = CANNED_RESET},
        {.path = "/ssh", .bytes = "SSH-2.0-OpenSSH_9.2\r\n", .end = CANNED_CLOSE},
        {.path = "/gzip",
         .bytes = OK("application/json", "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n{  }"),
         .end = CANNED_CLOSE},
        {.path = "/fine", .bytes = OK("application/json", "\r\n{}"), .end = CANNED_CLOSE},
    };
    static const struct {
        const char *path, *what;
        enum err_code code;
    } cases[] = {
        {"/short?code=s3cret", "was cut off after 4 of 100 bytes", ERR_IO},
        {"/chunk?code=s3cret", "was cut off after 4 bytes", ERR_IO},
        {"/reset?code=s3cret", " cut ", ERR_IO}, /* a reset may overtake what was sent before it */
        {"/empty?code=s3cret", "closed the connection without an answer", ERR_IO},
        {"/early?code=s3cret", "cut the connection before it answered", ERR_IO},
        {"/ssh?code=s3cret", "does not speak HTTP", ERR_UNSUPPORTED},
        {"/gzip?code=s3cret", "no answer from 127.0.0.1", ERR_IO},
    };
    struct desk desk = {0};
    struct canned_server *server = canned_start(answers, COUNT(answers));
    desk_open(&desk, server, "t0ken");
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_fails(get(&desk, canned_url(server, cases[i].path)), cases[i].code, cases[i].what);
        assert_null(strstr(desk.answer.err.what, "s3cret"));
        assert_null(strstr(desk.answer.err.what, "t0ken"));
    }
    assert_body(get(&desk, canned_url(server, "/fine")), "{}");
    desk_close(&desk);
    canned_stop(server);
}

static void test_too_big(void **state)
{
    (void)state;
    static const struct canned answers[] = {
        {.path = "/told",
         .bytes = OK("application/json", "Content-Length: 209715200\r\n\r\n{"),
         .end = CANNED_HOLD},
        {.path = "/untold", .bytes = OK("application/json", "\r\n{"), .end = CANNED_FLOOD},
    };
    struct desk desk = {0};
    struct canned_server *server = canned_start(answers, COUNT(answers));
    desk_open(&desk, server, NULL);
    assert_fails(get(&desk, canned_url(server, "/told")), ERR_TOO_BIG, "has 200 MB; at most 64 MB are taken");
    assert_fails(get(&desk, canned_url(server, "/untold")), ERR_TOO_BIG, "has more than 64 MB");
    desk_close(&desk);
    canned_stop(server);
}

static void test_too_slow(void **state)
{
    (void)state;
    static const struct canned answers[] = {
        {.path = "/silent", .end = CANNED_HOLD},
        {.path = "/trickle", .bytes = OK("application/json", "\r\n{"), .end = CANNED_TRICKLE},
    };
    struct desk desk = {.settings.timeout_ms = 400};
    struct canned_server *server = canned_start(answers, COUNT(answers));
    desk_open(&desk, server, NULL);
    assert_fails(get(&desk, canned_url(server, "/silent")), ERR_IO, "did not answer within");
    desk_close(&desk);
    desk.settings.timeout_ms = 3000; /* the trickle is given up long before */
    desk.answer = (struct http_answer){0};
    desk_open(&desk, server, NULL);
    assert_fails(get(&desk, canned_url(server, "/trickle")), ERR_IO, "stopped coming after");
    assert_true(desk.answer.took_ms < 3000);
    desk_close(&desk);
    canned_stop(server);
}

/* ---- giving up ---- */

struct interrupter {
    struct desk *desk;
    struct canned_server *server;
    struct cancel *cancel;
};

/* Once the request has arrived. */
static void *interrupt(void *context)
{
    struct interrupter *interrupter = context;
    while (!canned_requests(interrupter->server))
        usleep(1000);
    if (interrupter->cancel)
        atomic_store(&interrupter->cancel->requested, true);
    else
        http_client_interrupt(interrupter->desk->client);
    return NULL;
}

static void interrupted(struct cancel *cancel)
{
    static const struct canned answers[] = {
        {.path = "/held", .end = CANNED_HOLD},
        {.bytes = OK("application/json", "Content-Length: 2\r\n\r\n{}")},
    };
    struct desk desk = {0};
    struct canned_server *server = canned_start(answers, COUNT(answers));
    struct interrupter interrupter = {&desk, server, cancel};
    struct http_answer got[10];
    const char *urls[10];
    pthread_t thread;
    desk_open(&desk, server, NULL);
    http_client_interrupt(desk.client); /* of nothing */
    for (int i = 0; i < 10; i++)
        urls[i] = canned_url(server, "/held");
    assert_int_equal(pthread_create(&thread, NULL, interrupt, &interrupter), 0);
    http_client_get(desk.client, urls, 10, cancel, got);
    pthread_join(thread, NULL);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(got[i].code, ERR_CANCELLED);
        assert_int_equal(got[i].err.code, ERR_CANCELLED);
        http_answer_release(&got[i]);
    }
    assert_body(get(&desk, canned_url(server, "/")), "{}");
    desk_close(&desk);
    canned_stop(server);
}

static void test_interrupt(void **state)
{
    (void)state;
    interrupted(NULL);
}

static void test_cancel(void **state)
{
    (void)state;
    struct cancel cancel = {0};
    interrupted(&cancel);
}

/* ---- clients side by side ---- */

struct side {
    struct http_pool *pool;
    struct canned_server *server;
    size_t good;
    pthread_t thread;
};

static void *ask_often(void *context)
{
    struct side *side = context;
    struct http_client *client = http_client_new(side->pool, NULL);
    char url[100];
    const char *urls[] = {url, url};
    snprintf(url, sizeof url, "http://localhost:%d/", canned_port(side->server));
    for (int i = 0; i < 5; i++) {
        struct http_answer answers[2];
        http_client_get(client, urls, 2, NULL, answers);
        for (int j = 0; j < 2; j++) {
            side->good += answers[j].code == ERR_OK && answers[j].status == 200;
            http_answer_release(&answers[j]);
        }
    }
    http_client_free(client);
    return NULL;
}

/* A pool is for many threads; a client without credentials asks as nobody. */
static void test_side_by_side(void **state)
{
    (void)state;
    static const struct canned answers[] = {
        {.bytes = OK("application/json", "Content-Length: 2\r\n\r\n{}")},
    };
    struct canned_server *server = canned_start(answers, COUNT(answers));
    struct http_pool *pool = http_pool_new(NULL);
    struct side sides[4];
    for (size_t i = 0; i < COUNT(sides); i++) {
        sides[i] = (struct side){.pool = pool, .server = server};
        assert_int_equal(pthread_create(&sides[i].thread, NULL, ask_often, &sides[i]), 0);
    }
    for (size_t i = 0; i < COUNT(sides); i++) {
        pthread_join(sides[i].thread, NULL);
        assert_int_equal(sides[i].good, 10);
    }
    assert_in_range(canned_connections(server), 4, 8);
    http_pool_free(pool);
    canned_stop(server);
}

static int make_dir(void **state)
{
    char *dir = mem_strdup("/tmp/http-client-XXXXXX");
    *state = mkdtemp(dir);
    return *state ? 0 : -1;
}

static int remove_dir(void **state)
{
    static const char *const names[] = {"secret", "token", "netrc", "key.pem", "cert.pem", "junk.pem"};
    char path[300];
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", (char *)*state, names[i]);
        unlink(path);
    }
    int code = rmdir(*state);
    free(*state);
    return code;
}

int main(void)
{
    static const char *const variables[] = {
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",     "ALL_PROXY",    "no_proxy",
        "NO_PROXY",   "NETRC",       "HOME",        "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE",
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_compressed),
        cmocka_unit_test(test_redirect_within_the_origin),
        cmocka_unit_test(test_redirect_elsewhere),
        cmocka_unit_test(test_redirects_that_lead_nowhere),
        cmocka_unit_test(test_a_new_token),
        cmocka_unit_test(test_not_to_be_sent_there),
        cmocka_unit_test(test_a_proxy),
        cmocka_unit_test(test_a_proxy_that_refuses),
        cmocka_unit_test(test_a_proxy_is_left_out),
        cmocka_unit_test(test_nothing_there),
        cmocka_unit_test(test_broken_answers),
        cmocka_unit_test(test_too_big),
        cmocka_unit_test(test_too_slow),
        cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_side_by_side),
    };
    for (size_t i = 0; i < COUNT(variables); i++)
        unsetenv(variables[i]);
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
