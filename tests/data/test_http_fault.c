/*
 * What each kind of answer is called, and what to do about it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "data/http/http_fault.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TOKEN "the token of $EXECUTOR_RUNS_TOKEN"
#define PAGE "\n <!DOCTYPE HTML><html><body>s3cret</body></html>"

enum server { LOCAL, REMOTE, LOOPBACK_NAME };

struct fault_case {
    enum server server;
    enum http_expected expected;
    long status;
    const char *type, *body, *auth_origin, *final_host;
    int64_t retry_after_ms;
    enum err_code code;
    const char *what, *hint; /* what is said, in part; NULL: anything */
};

static struct http_address *address_of(enum server server)
{
    static const char *const hosts[] = {"localhost", "runs.example.org", "box.localhost"};
    static const char *const labels[] = {"localhost:4788", "runs.example.org/team", "box.localhost:4788"};
    static const char *const bases[] = {"http://localhost:4788/api", "https://runs.example.org/team/api",
                                        "http://box.localhost:4788/api"};
    struct http_address *address = calloc(1, sizeof *address);
    assert_non_null(address);
    snprintf(address->host, sizeof address->host, "%s", hosts[server]);
    snprintf(address->label, sizeof address->label, "%s", labels[server]);
    snprintf(address->bases[0], sizeof address->bases[0], "%s", bases[server]);
    address->base_count = 1;
    address->port = server == REMOTE ? 443 : 4788;
    address->is_tls = server == REMOTE;
    address->is_loopback = server != REMOTE;
    return address;
}

static void check(const struct fault_case *asked)
{
    struct http_address *address = address_of(asked->server);
    struct http_answer answer = {.status = asked->status,
                                 .retry_after_ms = asked->retry_after_ms ? asked->retry_after_ms : -1};
    struct err err = {ERR_OK, "", ""};
    snprintf(answer.content_type, sizeof answer.content_type, "%s", asked->type ? asked->type : "");
    snprintf(answer.final_host, sizeof answer.final_host, "%s", asked->final_host ? asked->final_host : "");
    buf_init(&answer.body, HTTP_BODY_MAX);
    buf_str(&answer.body, asked->body ? asked->body : "");
    enum err_code code = http_fault(&answer, asked->expected, address, asked->auth_origin, &err);
    if (code != asked->code)
        fail_msg("%ld %s: code %d, '%s'", asked->status, asked->type, code, err.what);
    if (asked->what && !strstr(err.what, asked->what))
        fail_msg("%ld: '%s' does not say '%s'", asked->status, err.what, asked->what);
    if (asked->hint && !strstr(err.hint, asked->hint))
        fail_msg("%ld: '%s' does not hint '%s'", asked->status, err.hint, asked->hint);
    assert_int_equal(err.code, code);
    if (code != ERR_OK) {
        assert_non_null(strstr(err.what, address->label));
        assert_true(err.hint[0]);
    }
    assert_null(strstr(err.what, "s3cret"));
    assert_null(strstr(err.hint, "s3cret"));
    http_answer_release(&answer);
    free(address);
}

static void check_all(const struct fault_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(&cases[i]);
}

static void test_good_answers(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {.status = 200, .type = "application/json", .body = "{}"},
        {.status = 200, .type = "application/json", .body = ""}, /* for its reader to complain of */
        {.status = 206, .type = "application/problem+json", .body = "{}"},
        {.status = 200, .type = "", .body = " \n{\"a\":1}"},
        {.status = 200, .type = "", .body = "\xef\xbb\xbf[]"},
        {.status = 200, .type = "text/plain", .body = "{}"},
    };
    check_all(cases, COUNT(cases));
}

static void test_not_the_api(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {REMOTE, HTTP_LIST, 200, "text/html", PAGE, .code = ERR_UNSUPPORTED, .what = "that is a web page",
         .hint = "Did you mean https://runs.example.org/api?"},
        {LOCAL, HTTP_LIST, 200, "text/html", PAGE, .code = ERR_UNSUPPORTED, .what = "that is a web page",
         .hint = "http://localhost:4788/api"},
        {LOCAL, HTTP_SCOPE, 200, "", PAGE, .code = ERR_UNSUPPORTED, .what = "that is a web page"},
        {LOCAL, HTTP_RUN, 404, "text/html", PAGE, .code = ERR_UNSUPPORTED, .what = "that is a web page"},
        {REMOTE, HTTP_LIST, 200, "text/html", PAGE, .final_host = "login.example.org",
         .code = ERR_UNSUPPORTED, .what = "on to login.example.org", .hint = "EXECUTOR_RUNS_TOKEN"},
        {LOCAL, HTTP_LIST, 200, "image/png", "\x89PNG", .code = ERR_UNSUPPORTED, .what = "image/png"},
        {LOCAL, HTTP_LIST, 200, "text/plain", "s3cret", .code = ERR_UNSUPPORTED, .what = "text/plain"},
        {LOCAL, HTTP_LIST, 200, "", "", .code = ERR_UNSUPPORTED, .what = "with nothing"},
        {LOCAL, HTTP_LIST, 204, "", "", .code = ERR_UNSUPPORTED, .what = "with nothing"},
        {LOCAL, HTTP_LIST, 404, "text/plain", "s3cret", .code = ERR_UNSUPPORTED, .what = "no such API"},
        {LOCAL, HTTP_SCOPE, 404, "application/json", "{}", .code = ERR_UNSUPPORTED, .what = "no such API"},
    };
    check_all(cases, COUNT(cases));
}

static void test_not_allowed(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {REMOTE, HTTP_LIST, 401, "application/json", "{}", .code = ERR_DENIED, .what = "401 Unauthorized",
         .hint = "EXECUTOR_RUNS_TOKEN, or token_file, token_command"},
        {REMOTE, HTTP_LIST, 401, "text/html", PAGE, TOKEN, .code = ERR_DENIED, .what = "refused " TOKEN,
         .hint = "run out"},
        {REMOTE, HTTP_RUN, 403, "application/json", "{}", TOKEN, .code = ERR_DENIED,
         .what = "refused " TOKEN},
        {REMOTE, HTTP_LIST, 403, "text/plain", "Forbidden", .code = ERR_DENIED,
         .what = "only answers to localhost", .hint = "ssh -L 443:localhost:443 runs.example.org"},
        {LOOPBACK_NAME, HTTP_LIST, 403, "text/plain", "Forbidden", .code = ERR_DENIED,
         .what = "only answers to localhost"},
        {LOCAL, HTTP_LIST, 403, "text/plain", "Forbidden", .code = ERR_DENIED, .what = "403 Forbidden",
         .hint = "EXECUTOR_RUNS_TOKEN"},
    };
    check_all(cases, COUNT(cases));
}

static void test_no_such_run(void **state)
{
    (void)state;
    static const char internal[] = "{\"traceId\":\"local-1\",\"_tag\":\"InternalError\"}";
    static const struct fault_case cases[] = {
        {LOCAL, HTTP_RUN, 500, "application/json", internal, .code = ERR_NOT_FOUND,
         .what = "no run of that id"},
        {LOCAL, HTTP_RUN, 400, "application/json", "{\"_tag\":\"HttpApiDecodeError\",\"issues\":[]}",
         .code = ERR_NOT_FOUND},
        {LOCAL, HTTP_RUN, 404, "application/json",
         "{\"_tag\":\"ExecutionNotFoundError\",\"executionId\":\"x\"}", .code = ERR_NOT_FOUND},
        {LOCAL, HTTP_RUN, 404, "", "", .code = ERR_NOT_FOUND},
        {LOCAL, HTTP_LIST, 500, "application/json", internal, .code = ERR_IO,
         .what = "InternalError (500, trace local-1)"},
        {LOCAL, HTTP_RUN, 500, "text/plain", "s3cret", .code = ERR_IO, .what = "500 Internal Server Error"},
        {LOCAL, HTTP_RUN, 500, "application/json", "{\"error\":1}", .code = ERR_IO},
    };
    check_all(cases, COUNT(cases));
}

static void test_not_now(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {LOCAL, HTTP_LIST, 429, "application/json", "{}", .retry_after_ms = 7400, .code = ERR_BUSY,
         .what = "429 Too Many Requests", .hint = "Try again in 7s"},
        {LOCAL, HTTP_RUN, 429, "text/html", PAGE, .code = ERR_BUSY, .hint = "in a moment"},
        {LOCAL, HTTP_LIST, 503, "text/html", PAGE, .retry_after_ms = 120000, .code = ERR_BUSY,
         .what = "503 Service Unavailable", .hint = "Try again in 2m"},
        {REMOTE, HTTP_LIST, 502, "text/html", PAGE, .code = ERR_IO,
         .what = "the proxy in front of runs.example.org/team"},
        {REMOTE, HTTP_RUN, 504, "text/html", PAGE, .code = ERR_IO, .what = "504 Gateway Timeout"},
        {REMOTE, HTTP_LIST, 502, "application/json", "{\"_tag\":\"UpstreamError\"}", .code = ERR_IO,
         .what = "UpstreamError (502)"},
    };
    check_all(cases, COUNT(cases));
}

static void test_other_answers(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {LOCAL, HTTP_LIST, 400, "application/json", "{\"_tag\":\"X\",\"message\":\"limit is\\nno  number\"}",
         .code = ERR_IO, .what = "400 Bad Request: limit is"},
        {LOCAL, HTTP_LIST, 418, "text/plain", "s3cret", .code = ERR_IO, .what = "418 refused"},
        {LOCAL, HTTP_LIST, 302, "text/plain", "", .code = ERR_IO, .what = "302 unexpected"},
        {LOCAL, HTTP_LIST, 599, "", "", .code = ERR_IO, .what = "599"},
    };
    check_all(cases, COUNT(cases));
}

/* However long what it sends is, a few words of it are quoted. */
static void test_long_words(void **state)
{
    (void)state;
    char body[3000];
    int n = snprintf(body, sizeof body, "{\"_tag\":\"");
    memset(body + n, 'T', 2000);
    snprintf(body + n + 2000, sizeof body - (size_t)n - 2000, "s3cret\"}");
    check(&(struct fault_case){LOCAL, HTTP_LIST, 500, "application/json", body, .code = ERR_IO,
                               .what = "(500)"});
}

static void test_errors_of_the_way(void **state)
{
    (void)state;
    struct http_address *address = address_of(LOCAL);
    struct http_answer answer = {.code = ERR_TOO_BIG};
    struct err err;
    err_set(&answer.err, ERR_TOO_BIG, "200 MB");
    err_hint(&answer.err, "smaller");
    assert_int_equal(http_fault(&answer, HTTP_LIST, address, NULL, &err), ERR_TOO_BIG);
    assert_string_equal(err.what, "200 MB");
    assert_string_equal(err.hint, "smaller");
    assert_int_equal(http_fault(&answer, HTTP_LIST, address, NULL, NULL), ERR_TOO_BIG);
    free(address);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_answers), cmocka_unit_test(test_not_the_api),
        cmocka_unit_test(test_not_allowed),  cmocka_unit_test(test_no_such_run),
        cmocka_unit_test(test_not_now),      cmocka_unit_test(test_other_answers),
        cmocka_unit_test(test_long_words),   cmocka_unit_test(test_errors_of_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
