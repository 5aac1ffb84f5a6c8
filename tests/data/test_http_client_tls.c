/*
 * The client over TLS, against openssl's own test server: what cannot be verified is refused and told why, and what is trusted by name is not.
 * Skipped with a word where there is no openssl program.
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

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "data/base/die.h"
#include "data/http/http_client.h"
#include "tests/support/canned_server.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { PATIENCE = 5000 };

/* ---- openssl ---- */

struct bench {
    char dir[64];
    char cert[96], expired[96], junk[96];
    pid_t server;
    int port;
    int64_t timeout_ms; /* 0: the client's own */
    bool has_openssl, has_expired;
};

static pid_t start(const char *dir, const char *const *arguments)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    int null = open("/dev/null", O_RDWR);
    if (chdir(dir) || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
        _exit(126);
    execvp("openssl", (char *const *)arguments);
    _exit(127);
}

static bool run(const char *dir, const char *const *arguments)
{
    int status = -1;
    return waitpid(start(dir, arguments), &status, 0) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
}

static int free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void wait_until_it_listens(const struct bench *bench)
{
    for (int i = 0; i < PATIENCE; i++) {
        struct sockaddr_in address = loopback(bench->port);
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        bool is_there = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
        close(fd);
        if (is_there)
            return;
        usleep(1000);
    }
    fail_msg("openssl s_server does not come up");
}

static void serve(struct bench *bench, const char *certificate)
{
    char accept_at[40];
    bench->port = free_port();
    snprintf(accept_at, sizeof accept_at, "127.0.0.1:%d", bench->port);
    const char *const arguments[] = {"openssl", "s_server",  "-quiet", "-HTTP",   "-accept", accept_at,
                                     "-cert",   certificate, "-key",   "key.pem", NULL};
    bench->server = start(bench->dir, arguments);
    wait_until_it_listens(bench);
}

static void put(const struct bench *bench, const char *name, const char *text)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", bench->dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int make_certificates(void **state)
{
    static const char *const good[] = {"openssl",
                                       "req",
                                       "-x509",
                                       "-newkey",
                                       "ec",
                                       "-pkeyopt",
                                       "ec_paramgen_curve:prime256v1",
                                       "-nodes",
                                       "-keyout",
                                       "key.pem",
                                       "-out",
                                       "cert.pem",
                                       "-days",
                                       "2",
                                       "-subj",
                                       "/CN=localhost",
                                       "-addext",
                                       "subjectAltName=DNS:localhost",
                                       NULL};
    static const char *const request[] = {"openssl", "req",           "-new", "-key",        "key.pem",
                                          "-subj",   "/CN=localhost", "-out", "request.pem", NULL};
    static const char *const expired[] = {"openssl", "x509",  "-req", "-in",  "request.pem", "-signkey",
                                          "key.pem", "-days", "-1",   "-out", "expired.pem", NULL};
    struct bench *bench = mem_new_array(1, sizeof *bench);
    *state = bench;
    snprintf(bench->dir, sizeof bench->dir, "/tmp/http-tls-XXXXXX");
    if (!mkdtemp(bench->dir))
        return -1;
    snprintf(bench->cert, sizeof bench->cert, "%s/cert.pem", bench->dir);
    snprintf(bench->expired, sizeof bench->expired, "%s/expired.pem", bench->dir);
    snprintf(bench->junk, sizeof bench->junk, "%s/junk.pem", bench->dir);
    bench->has_openssl = run(bench->dir, good);
    bench->has_expired = bench->has_openssl && run(bench->dir, request) && run(bench->dir, expired);
    put(bench, "answer", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    put(bench, "junk.pem", "this is no certificate\n");
    return 0;
}

static int remove_certificates(void **state)
{
    static const char *const names[] = {"key.pem",  "cert.pem", "request.pem", "expired.pem",
                                        "junk.pem", "answer",   "moved"};
    struct bench *bench = *state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[96];
        snprintf(path, sizeof path, "%s/%s", bench->dir, names[i]);
        unlink(path);
    }
    int code = rmdir(bench->dir);
    free(bench);
    return code;
}

static int setup(void **state)
{
    struct bench *bench = *state;
    if (bench->has_openssl)
        serve(bench, "cert.pem");
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    if (bench->server > 0) {
        kill(bench->server, SIGKILL);
        waitpid(bench->server, NULL, 0);
    }
    bench->server = 0;
    unsetenv("CURL_CA_BUNDLE");
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
    return 0;
}

static void need(bool is_there, const char *what)
{
    if (is_there)
        return;
    print_message("skipped: %s\n", what);
    skip();
}

static struct bench *bench_of(void **state)
{
    struct bench *bench = *state;
    need(bench->has_openssl, "there is no openssl program that makes certificates");
    return bench;
}

/* ---- one request by a client of its own ---- */

static struct http_answer ask(struct bench *bench, const char *cacert, const char *scheme, const char *host,
                              const char *path)
{
    struct http_settings settings = {.cacert = cacert, .timeout_ms = bench->timeout_ms};
    struct http_address address = {
        .port = bench->port, .is_tls = !strcmp(scheme, "https"), .is_loopback = true};
    snprintf(address.host, sizeof address.host, "%s", host);
    char url[200];
    const char *urls[] = {url};
    struct http_answer answer;
    snprintf(url, sizeof url, "%s://%s:%d%s", scheme, host, bench->port, path);
    setenv("EXECUTOR_RUNS_TOKEN", "s3cret", 1);
    struct http_pool *pool = http_pool_new(&settings);
    struct http_auth *auth = http_auth_new(&address, &settings);
    struct http_client *client = http_client_new(pool, auth);
    http_client_get(client, urls, 1, NULL, &answer);
    http_client_free(client);
    http_auth_free(auth);
    http_pool_free(pool);
    unsetenv("EXECUTOR_RUNS_TOKEN");
    return answer;
}

static void assert_good(struct http_answer answer)
{
    if (answer.code != ERR_OK)
        fail_msg("%s", answer.err.what);
    assert_int_equal(answer.status, 200);
    assert_string_equal(buf_cstr(&answer.body), "{}");
    http_answer_release(&answer);
}

static void assert_refused(struct http_answer answer, enum err_code code, const char *what, const char *hint)
{
    if (answer.code != code || !strstr(answer.err.what, what))
        fail_msg("code %d, '%s' does not say '%s'", answer.code, answer.err.what, what);
    if (!strstr(answer.err.hint, hint))
        fail_msg("'%s' does not hint '%s'", answer.err.hint, hint);
    assert_null(strstr(answer.err.what, "s3cret"));
    http_answer_release(&answer);
}

/* ---- tests ---- */

static void test_self_signed(void **state)
{
    struct bench *bench = bench_of(state);
    assert_refused(ask(bench, NULL, "https", "localhost", "/answer"), ERR_IO, "signed certificate",
                   "--cacert FILE");
}

static void test_trusted_by_name(void **state)
{
    struct bench *bench = bench_of(state);
    assert_good(ask(bench, bench->cert, "https", "localhost", "/answer"));
}

static void test_trusted_by_the_environment(void **state)
{
    struct bench *bench = bench_of(state);
    static const char *const names[] = {"CURL_CA_BUNDLE", "SSL_CERT_FILE"};
    for (size_t i = 0; i < COUNT(names); i++) {
        setenv(names[i], bench->cert, 1);
        assert_good(ask(bench, NULL, "https", "localhost", "/answer"));
        /* What is named goes before it. */
        assert_refused(ask(bench, "/nowhere.pem", "https", "localhost", "/answer"), ERR_NOT_FOUND,
                       "/nowhere.pem", "--cacert");
        setenv(names[i], "/nowhere-else.pem", 1);
        assert_refused(ask(bench, NULL, "https", "localhost", "/answer"), ERR_NOT_FOUND, "/nowhere-else.pem",
                       names[i]);
        assert_good(ask(bench, bench->cert, "https", "localhost", "/answer"));
        unsetenv(names[i]);
    }
}

static void test_wrong_host(void **state)
{
    struct bench *bench = bench_of(state);
    assert_refused(ask(bench, bench->cert, "https", "127.0.0.1", "/answer"), ERR_IO,
                   "certificate of 127.0.0.1", "Use the name");
}

static void test_expired(void **state)
{
    struct bench *bench = bench_of(state);
    need(bench->has_expired, "this openssl makes no certificate of yesterday");
    teardown(state);
    serve(bench, "expired.pem");
    assert_refused(ask(bench, bench->expired, "https", "localhost", "/answer"), ERR_IO, "expired", "renewed");
}

static void test_files_that_are_no_certificates(void **state)
{
    struct bench *bench = bench_of(state);
    assert_refused(ask(bench, bench->junk, "https", "localhost", "/answer"), ERR_IO, "junk.pem", "PEM");
    /* Of no concern where there is no TLS: something else is wrong there. */
    assert_refused(ask(bench, "/nowhere.pem", "http", "localhost", "/answer"), ERR_IO, "localhost",
                   "https://");
}

static void test_plain_to_tls(void **state)
{
    struct bench *bench = bench_of(state);
    assert_refused(ask(bench, NULL, "http", "localhost", "/answer"), ERR_IO, "without an answer", "https://");
}

static void *answer_plainly(void *context)
{
    static const char words[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    char heard[1024];
    int fd = accept(*(int *)context, NULL, NULL);
    if (fd >= 0 && read(fd, heard, sizeof heard) > 0)
        send(fd, words, sizeof words - 1, MSG_NOSIGNAL);
    close(fd);
    return NULL;
}

/* A server that answers in plain words whatever it hears, as a plain port does. */
static void test_tls_to_plain(void **state)
{
    (void)state;
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer_plainly, &fd), 0);
    struct bench plain = {.port = ntohs(address.sin_port)};
    struct http_answer answer = ask(&plain, NULL, "https", "127.0.0.1", "/");
    pthread_join(thread, NULL);
    close(fd);
    assert_refused(answer, ERR_IO, "does not speak TLS", "http://");
}

/* As a server of plain http that waits for a request: nothing comes back on the handshake. */
static void test_https_to_what_stays_silent(void **state)
{
    (void)state;
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    struct bench plain = {.port = ntohs(address.sin_port), .timeout_ms = 200};
    struct http_answer answer = ask(&plain, NULL, "https", "127.0.0.1", "/");
    close(fd);
    assert_refused(answer, ERR_IO, "no TLS handshake", "http://");
}

/* From TLS to plain http: followed, but without the token. */
static void test_down_from_tls(void **state)
{
    struct bench *bench = bench_of(state);
    static const struct canned answers[] = {
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"}};
    struct canned_server *server = canned_start(answers, COUNT(answers));
    char moved[200];
    snprintf(moved, sizeof moved, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
             canned_url(server, "/answer"));
    put(bench, "moved", moved);
    assert_good(ask(bench, bench->cert, "https", "localhost", "/moved"));
    char *heard = canned_heard(server);
    assert_non_null(strstr(heard, "GET /answer "));
    assert_null(strstr(heard, "Authorization"));
    free(heard);
    canned_stop(server);
}

int main(void)
{
    static const char *const variables[] = {"http_proxy",   "https_proxy",   "HTTPS_PROXY", "all_proxy",
                                            "ALL_PROXY",    "NETRC",         "HOME",        "SSL_CERT_FILE",
                                            "SSL_CERT_DIR", "CURL_CA_BUNDLE"};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_self_signed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trusted_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trusted_by_the_environment, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_host, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expired, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files_that_are_no_certificates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_plain_to_tls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tls_to_plain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_https_to_what_stays_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_down_from_tls, setup, teardown),
    };
    for (size_t i = 0; i < COUNT(variables); i++)
        unsetenv(variables[i]);
    return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
