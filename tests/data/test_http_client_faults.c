/*
 * The client against the test server: that what it does to misbehave is told as what it is, that the next request is as if nothing had been, and
 * that it lets in who it should. What only prepared bytes can show is in test_http_client.c.
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
#include <sys/stat.h>

#include "data/base/die.h"
#include "data/http/http_client.h"
#include "tests/support/api_server.h"
#include "tests/support/history.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LIST "/api/executions"

struct fixture {
    struct history *history;
    struct api_server *server;
    struct http_settings settings;
    struct http_pool *pool;
    struct http_auth *auth;
    struct http_client *client;
    struct http_answer answer;
    char file[300];
};

static void open_client(struct fixture *f)
{
    struct http_address address = {
        .host = "127.0.0.1", .port = api_server_port(f->server), .is_loopback = true};
    f->pool = http_pool_new(&f->settings);
    f->auth = http_auth_new(&address, &f->settings);
    f->client = http_client_new(f->pool, f->auth);
}

static void close_client(struct fixture *f)
{
    http_client_free(f->client);
    http_auth_free(f->auth);
    http_pool_free(f->pool);
}

static void open_again(struct fixture *f, struct http_settings settings)
{
    close_client(f);
    f->settings = settings;
    open_client(f);
}

static int setup(void **state)
{
    struct fixture *f = mem_new_array(1, sizeof *f);
    f->history = history_new();
    for (int i = 0; i < 30; i++)
        history_run(f->history, (struct history_run){.code = "return 'a longer text than most'"});
    f->server = api_server_start(history_path(f->history));
    snprintf(f->file, sizeof f->file, "%s/secret", history_dir(f->history));
    open_client(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    http_answer_release(&f->answer);
    close_client(f);
    api_server_stop(f->server);
    history_free(f->history);
    free(f);
    return 0;
}

static struct http_answer *get(struct fixture *f, const char *path)
{
    char url[200];
    const char *urls[] = {url};
    snprintf(url, sizeof url, "%s%s", api_server_url(f->server), path);
    http_answer_release(&f->answer);
    http_client_get(f->client, urls, 1, NULL, &f->answer);
    return &f->answer;
}

static void assert_good(const struct http_answer *answer)
{
    if (answer->code != ERR_OK)
        fail_msg("%s", answer->err.what);
    assert_int_equal(answer->status, 200);
    assert_string_equal(answer->content_type, "application/json");
    assert_true(answer->body.len > 2000 && answer->body.data[0] == '{');
}

static void test_faults(void **state)
{
    static const struct {
        struct api_fault fault;
        enum err_code code;
        const char *what;
    } cases[] = {
        {{.kind = API_FAULT_CLOSE}, ERR_IO, "closed the connection without an answer"},
        {{.kind = API_FAULT_RESET}, ERR_IO, "cut "}, /* a reset may overtake what was sent before it */
        {{.kind = API_FAULT_TRUNCATE}, ERR_IO, "was cut off after"},
        {{.kind = API_FAULT_HUGE_SILENT}, ERR_TOO_BIG, "has 200 MB"},
        {{.kind = API_FAULT_HUGE_CHUNKED}, ERR_TOO_BIG, "has more than 64 MB"},
        {{.kind = API_FAULT_GZIP_BOMB}, ERR_TOO_BIG, "has more than 64 MB"},
        {{.kind = API_FAULT_REDIRECT_LOOP}, ERR_IO, "redirects in a circle"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        api_server_fault(f->server, &cases[i].fault);
        const struct http_answer *answer = get(f, LIST);
        if (answer->code != cases[i].code || !strstr(answer->err.what, cases[i].what))
            fail_msg("code %d, '%s' does not say '%s'", answer->code, answer->err.what, cases[i].what);
        assert_true(answer->err.hint[0]);
        assert_null(answer->body.data);
        api_server_clear_faults(f->server);
        assert_good(get(f, LIST));
    }
}

static void test_slow_faults(void **state)
{
    struct fixture *f = *state;
    open_again(f, (struct http_settings){.timeout_ms = 1500});
    api_server_fault(f->server, &(struct api_fault){.kind = API_FAULT_TRICKLE, .ms = 40});
    assert_int_equal(get(f, LIST)->code, ERR_IO);
    assert_non_null(strstr(f->answer.err.what, "stopped coming"));
    api_server_clear_faults(f->server);
    assert_good(get(f, LIST));
    open_again(f, (struct http_settings){.timeout_ms = 300});
    api_server_fault(f->server, &(struct api_fault){.kind = API_FAULT_HANG});
    assert_int_equal(get(f, LIST)->code, ERR_IO);
    assert_non_null(strstr(f->answer.err.what, "did not answer within"));
}

static void test_retry_after(void **state)
{
    struct fixture *f = *state;
    static const struct api_fault seconds = {.kind = API_FAULT_ANSWER,
                                             .status = 429,
                                             .headers = "Retry-After: 12\r\n"},
                                  past = {.kind = API_FAULT_ANSWER,
                                          .status = 503,
                                          .headers = "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
                                  nonsense = {.kind = API_FAULT_ANSWER,
                                              .status = 503,
                                              .headers = "Retry-After: soon\r\n"};
    api_server_fault(f->server, &seconds);
    assert_int_equal(get(f, LIST)->status, 429);
    assert_int_equal(f->answer.retry_after_ms, 12000);
    api_server_clear_faults(f->server);
    api_server_fault(f->server, &past);
    assert_int_equal(get(f, LIST)->retry_after_ms, 0);
    api_server_clear_faults(f->server);
    api_server_fault(f->server, &nonsense);
    assert_int_equal(get(f, LIST)->retry_after_ms, -1);
}

static void test_compressed(void **state)
{
    struct fixture *f = *state;
    assert_good(get(f, LIST));
    char *plain = mem_strdup(buf_cstr(&f->answer.body));
    api_server_set_gzip(f->server, true);
    assert_good(get(f, LIST));
    assert_string_equal(buf_cstr(&f->answer.body), plain);
    free(plain);
}

/* A server that went and came back: the connections of before lead nowhere, and that is no error. */
static void test_a_server_that_comes_back(void **state)
{
    struct fixture *f = *state;
    assert_good(get(f, LIST));
    assert_good(get(f, LIST));
    size_t total;
    api_server_connections(f->server, NULL, &total);
    assert_int_equal(total, 1);
    api_server_suspend(f->server);
    assert_int_equal(get(f, LIST)->code, ERR_IO);
    assert_non_null(strstr(f->answer.err.what, "nothing listens"));
    api_server_resume(f->server);
    assert_good(get(f, LIST));
    api_server_suspend(f->server);
    api_server_resume(f->server);
    assert_good(get(f, LIST));
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
}

static void test_who_is_let_in(void **state)
{
    struct fixture *f = *state;
    api_server_require_bearer(f->server, "t0ken");
    assert_int_equal(get(f, LIST)->status, 401);
    write_file(f->file, "t0ken\n");
    open_again(f, (struct http_settings){.token_file = f->file});
    assert_good(get(f, LIST));
    api_server_require_nothing(f->server);
    api_server_require_basic(f->server, "ann", "p:w d");
    assert_int_equal(get(f, LIST)->status, 401);
    write_file(f->file, "ann:p:w d\n");
    open_again(f, (struct http_settings){.user_file = f->file});
    assert_good(get(f, LIST));
    write_file(f->file, "machine 127.0.0.1\nlogin ann\npassword \"p:w d\"\n");
    open_again(f, (struct http_settings){.netrc_file = f->file});
    assert_good(get(f, LIST));
    api_server_require_nothing(f->server);
    api_server_require_cookie(f->server, "session=abc");
    write_file(f->file, "other=1\nsession=abc\n");
    open_again(f, (struct http_settings){.cookie_file = f->file});
    assert_good(get(f, LIST));
}

int main(void)
{
    static const char *const variables[] = {"http_proxy", "all_proxy", "ALL_PROXY",
                                            "NETRC",      "HOME",      "EXECUTOR_RUNS_TOKEN"};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slow_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_retry_after, setup, teardown),
        cmocka_unit_test_setup_teardown(test_compressed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_server_that_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_who_is_let_in, setup, teardown),
    };
    for (size_t i = 0; i < COUNT(variables); i++)
        unsetenv(variables[i]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
