/*
 * `executor-runs serve` as a program: its words, its signals, its file, and what a client sees when it is
 * killed in the middle.
 */
#include "tests/support/app.h"
#include "tests/support/plain_http.h"
#include "tests/support/served.h"

#include "data/base/buf.h"
#include "data/base/clock.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN "correct-horse-battery-staple"

enum { PATIENCE_MS = 10000, WORDS = 10 };

/* ---- the program ---- */

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
}

static struct served *start_on(const char *path)
{
    return served_start(app_program(), path, NULL);
}

static int status_of(const struct served *served, const char *target, const char *headers)
{
    struct plain_answer answer;
    plain_get(served_port(served), target, headers, &answer);
    int status = answer.status;
    plain_release(&answer);
    return status;
}

static int set_up(void **state)
{
    *state = app_history();
    return 0;
}

/* ---- words ---- */

static void assert_ends(int status, const char *said, const char *const *args)
{
    char *err;
    int got = app_run(args, NULL, &err);
    if (got != status || !strstr(err, said))
        fail_msg("status %d, said: %s", got, err);
    free(err);
}

#define ENDS(status, said, ...) assert_ends(status, said, (const char *const[]){"serve", __VA_ARGS__, NULL})

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void test_words(void **state)
{
    const char *db = history_path(*state);
    char token[512];
    snprintf(token, sizeof token, "%s/token", history_dir(*state));
    ENDS(2, "--listn", "--listn", "x");
    ENDS(2, "second.db is one file too many", db, "second.db");
    ENDS(2, "one file too many", "--db", db, "second.db");
    ENDS(2, "which port?", db, "--listen", "127.0.0.1");
    ENDS(2, "takes a token", db, "--listen", "0.0.0.0:0");
    ENDS(2, "not an address", "http://localhost:4788/api");
    ENDS(1, "no such file", "/nonexistent/runs.db", "--listen", "127.0.0.1:0");
    ENDS(1, "not an SQLite database", "/etc/passwd", "--listen", "127.0.0.1:0");
    ENDS(1, "cannot read the token file", db, "--listen", "127.0.0.1:0", "--token-file", token);
    write_file(token, TOKEN "\n", 0644);
    ENDS(1, "can read the token file", db, "--listen", "127.0.0.1:0", "--token-file", token);
    write_file(token, "short\n", 0600);
    ENDS(2, "too short", db, "--listen", "127.0.0.1:0", "--token-file", token);
    char *out;
    assert_int_equal(app_run((const char *const[]){"serve", "--help", NULL}, &out, NULL), 0);
    assert_non_null(strstr(out, "--token-file FILE"));
    free(out);
}

static void test_an_address_in_use(void **state)
{
    struct served *first = start_on(history_path(*state));
    char listen[64];
    snprintf(listen, sizeof listen, "127.0.0.1:%d", served_port(first));
    ENDS(1, "is in use already", history_path(*state), "--listen", listen);
    served_stop(first);
}

/* ---- the file ---- */

static void test_scripts_read_it_as_they_read_the_file(void **state)
{
    const char *db = history_path(*state);
    struct served *served = start_on(db);
    static const char *const commands[][WORDS] = {
        {"list", "@", "--json", "--meta", "--limit", "60"},
        {"list", "@", "--ndjson", "--sort", "durationMs,desc"},
        {"list", "@", "--json", "--status", "failed", "--limit", "100"},
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const char *words[WORDS + 1] = {NULL};
        char *of_file, *of_server, *err;
        for (int k = 0; commands[i][k]; k++)
            words[k] = commands[i][k];
        words[1] = db;
        assert_int_equal(app_run(words, &of_file, NULL), 0);
        words[1] = served_url(served);
        assert_int_equal(app_run(words, &of_server, &err), 0);
        assert_string_equal(err, "");
        assert_string_equal(of_server, of_file);
        free(of_file);
        free(of_server);
        free(err);
    }
    served_stop(served);
}

static unsigned count_files(const char *path)
{
    unsigned count = 0;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static char *read_all(const char *path, size_t *n)
{
    struct buf bytes;
    char some[4096];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    buf_init(&bytes, 64 << 20);
    for (size_t got; (got = fread(some, 1, sizeof some, file)) > 0;)
        buf_add(&bytes, some, got);
    fclose(file);
    *n = bytes.len;
    return buf_take(&bytes);
}

static void test_the_file_is_only_read(void **state)
{
    size_t before_n, after_n;
    unsigned files = count_files(history_dir(*state));
    char *before = read_all(history_path(*state), &before_n);
    struct served *served = start_on(history_path(*state));
    assert_int_equal(status_of(served, "/api/executions", NULL), 200);
    assert_int_equal(status_of(served, "/executions?tool=github.*&code=run&sort=durationMs,asc", NULL), 200);
    assert_int_equal(status_of(served, "/scope", NULL), 200);
    served_stop(served);
    char *after = read_all(history_path(*state), &after_n);
    assert_int_equal(before_n, after_n);
    assert_memory_equal(before, after, after_n);
    assert_int_equal(count_files(history_dir(*state)), files);
    free(before);
    free(after);
}

static void test_an_etag_saves_the_body(void **state)
{
    struct served *served = start_on(history_path(*state));
    struct plain_answer answer;
    plain_get(served_port(served), "/api/executions", NULL, &answer);
    const char *etag = strstr(answer.head, "ETag: ");
    assert_non_null(etag);
    char header[128];
    snprintf(header, sizeof header, "Connection: close\r\nIf-None-Match: \"x\", %.*s\r\n",
             (int)strcspn(etag + 6, "\r"), etag + 6);
    plain_release(&answer);
    plain_get(served_port(served), "/api/executions", header, &answer);
    assert_int_equal(answer.status, 304);
    assert_int_equal(answer.body_len, 0);
    plain_release(&answer);
    history_run(*state, (struct history_run){.created_at = APP_NOW});
    history_close(*state);
    plain_get(served_port(served), "/api/executions", header, &answer);
    assert_int_equal(answer.status, 200);
    plain_release(&answer);
    served_stop(served);
}

static bool comes_to(const struct served *served, int status)
{
    for (int64_t until = clock_ms() + PATIENCE_MS; clock_ms() < until;)
        if (status_of(served, "/api/executions", NULL) == status)
            return true;
    return false;
}

static void test_a_file_that_cannot_be_read_is_asked_again_later(void **state)
{
    const char *db = history_path(*state);
    char away[512];
    snprintf(away, sizeof away, "%s.away", db);
    struct served *served = start_on(db);
    assert_int_equal(rename(db, away), 0);
    assert_true(comes_to(served, 503));
    struct plain_answer answer;
    plain_get(served_port(served), "/api/executions", NULL, &answer);
    assert_non_null(strstr(answer.head, "Retry-After: "));
    assert_null(strstr(answer.body, db));
    plain_release(&answer);
    write_file(db, "this is no database, however long it may be", 0644);
    assert_true(comes_to(served, 503));
    assert_int_equal(rename(away, db), 0);
    assert_true(comes_to(served, 200));
    char *err;
    assert_int_equal(served_end(served, SIGTERM, &err), 0);
    assert_non_null(strstr(err, "503 GET /api/executions: "));
    free(err);
}

/* ---- tokens and signals ---- */

static void test_a_token_is_read_again_and_never_said(void **state)
{
    char path[512];
    snprintf(path, sizeof path, "%s/token", history_dir(*state));
    write_file(path, TOKEN "\n", 0600);
    struct served *served =
        served_start(app_program(), history_path(*state),
                     (const char *const[]){"--listen", "0.0.0.0:0", "--token-file", path, NULL});
    assert_int_equal(status_of(served, "/api/executions", NULL), 401);
    assert_int_equal(
        status_of(served, "/api/executions?token=" TOKEN, "Authorization: Bearer " TOKEN "x\r\n"), 401);
    assert_int_equal(
        status_of(served, "/api/executions", "Host: runs.example\r\nAuthorization: Bearer " TOKEN "\r\n"),
        200);
    write_file(path, "0123456789abcdef-new\n", 0600);
    kill(served_pid(served), SIGHUP);
    int status = 0;
    for (int64_t until = clock_ms() + PATIENCE_MS; status != 200 && clock_ms() < until;)
        status = status_of(served, "/api/executions", "Authorization: Bearer 0123456789abcdef-new\r\n");
    assert_int_equal(status, 200);
    assert_int_equal(status_of(served, "/api/executions", "Authorization: Bearer " TOKEN "\r\n"), 401);
    char *err;
    assert_int_equal(served_end(served, SIGTERM, &err), 0);
    assert_non_null(strstr(err, ": 401 "));
    assert_null(strstr(err, TOKEN));
    assert_null(strstr(err, "0123456789abcdef"));
    free(err);
}

static void test_signals_end_it_whatever_is_open(void **state)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct served *served = start_on(history_path(*state));
        int stream = plain_connect(served_port(served)), idle = plain_connect(served_port(served)),
            half = plain_connect(served_port(served));
        plain_ask(stream, "/api/executions/stream", NULL);
        struct plain_answer answer;
        plain_receive(stream, 200, PATIENCE_MS, &answer);
        assert_int_equal(answer.status, 200);
        plain_release(&answer);
        assert_int_equal(send(half, "GET /", 5, MSG_NOSIGNAL), 5);
        int port = served_port(served);
        assert_int_equal(served_end(served, signals[i], NULL), 0);
        close(stream);
        close(idle);
        close(half);
        assert_int_equal(plain_connect(port), -1);
    }
}

/* ---- killed in the middle ---- */

static void fill_with_long_code(struct history *h)
{
    struct buf code;
    buf_init(&code, 1 << 20);
    for (size_t i = 0; code.len < 200000; i++)
        buf_printf(&code, "const a%zu = %zu;\n", i, i * i);
    for (int i = 0; i < 100; i++)
        history_run(h, (struct history_run){.created_at = APP_NOW + i, .code = buf_cstr(&code)});
    history_close(h);
    buf_release(&code);
}

static void test_an_answer_that_was_cut_is_seen_to_be(void **state)
{
    fill_with_long_code(*state);
    struct served *served = start_on(history_path(*state));
    int fd = plain_connect(served_port(served));
    plain_ask(fd, "/api/executions?limit=100", NULL);
    char first[16];
    assert_true(recv(fd, first, sizeof first, MSG_PEEK) >
                0); /* it has begun to answer, and cannot be done with 20 MB */
    assert_int_equal(served_end(served, SIGKILL, NULL), 128 + SIGKILL);
    struct plain_answer answer;
    plain_receive(fd, SIZE_MAX, PATIENCE_MS, &answer);
    assert_int_equal(answer.status, 200);
    assert_false(answer.is_whole);
    assert_true(answer.was_closed || answer.was_reset);
    plain_release(&answer);
    close(fd);
}

struct asking {
    const char *url;
    char *out, *err;
    int status;
};

static void *ask(void *context)
{
    struct asking *asking = context;
    asking->status =
        app_run((const char *const[]){"list", asking->url, "--ndjson", NULL}, &asking->out, &asking->err);
    return NULL;
}

/* The server takes the question and dies over it. */
static void test_our_own_client_says_so(void **state)
{
    struct served *served = start_on(history_path(*state));
    struct asking asking = {.url = served_url(served)};
    pthread_t thread;
    kill(served_pid(served), SIGSTOP);
    assert_int_equal(pthread_create(&thread, NULL, ask, &asking), 0);
    pause_ms(300);
    assert_int_equal(served_end(served, SIGKILL, NULL), 128 + SIGKILL);
    pthread_join(thread, NULL);
    assert_int_equal(asking.status, 1);
    assert_string_equal(asking.out, "");
    assert_memory_equal(asking.err, "executor-runs: ", strlen("executor-runs: "));
    free(asking.out);
    free(asking.err);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, history_tear_down)
    const struct CMUnitTest tests[] = {
        T(test_words),
        T(test_an_address_in_use),
        T(test_scripts_read_it_as_they_read_the_file),
        T(test_the_file_is_only_read),
        T(test_an_etag_saves_the_body),
        T(test_a_file_that_cannot_be_read_is_asked_again_later),
        T(test_a_token_is_read_again_and_never_said),
        T(test_signals_end_it_whatever_is_open),
        T(test_an_answer_that_was_cut_is_seen_to_be),
        T(test_our_own_client_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
