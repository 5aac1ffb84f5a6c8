/*
 * Who may ask, by what, and where: addresses to listen at, tokens, the headers of a request.
 */
#include "data/serve/serve_accept.h"
#include "data/serve/serve_access.h"
#include "data/serve/serve_listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- addresses ---- */

static void assert_address(const char *text, const char *expected, bool is_loopback)
{
    struct serve_address address;
    struct err err;
    char where[SERVE_ADDRESS_TEXT];
    assert_int_equal(serve_address_parse(text, &address, &err), ERR_OK);
    serve_address_format(&address.socket, where);
    assert_string_equal(where, expected);
    assert_int_equal(serve_is_loopback(&address.socket), is_loopback);
}

static void assert_no_address(const char *text)
{
    struct serve_address address;
    struct err err = {0};
    assert_int_equal(serve_address_parse(text, &address, &err), ERR_USAGE);
    assert_non_null(strstr(err.what, text));
    assert_true(err.hint[0]);
}

static void test_addresses(void **state)
{
    (void)state;
    assert_address(SERVE_LISTEN_DEFAULT, "127.0.0.1:4788", true);
    assert_address("localhost:0", "127.0.0.1:0", true);
    assert_address(":80", "127.0.0.1:80", true);
    assert_address("127.9.9.9:1", "127.9.9.9:1", true);
    assert_address("[::1]:65535", "[::1]:65535", true);
    assert_address("0.0.0.0:4788", "0.0.0.0:4788", false);
    assert_address("[::]:4788", "[::]:4788", false);
    assert_address("192.168.1.7:4788", "192.168.1.7:4788", false);
    assert_address("[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:1", false);
}

static void test_what_is_no_address(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:99999999999",
                                      "127.0.0.1:-1",
                                      "127.0.0.1:8x",
                                      "::1:80",
                                      "[::1]",
                                      "[::1",
                                      "[]:1",
                                      "[127.0.0.1]:1",
                                      "example.org:1",
                                      "256.0.0.1:1",
                                      "127.1:80",
                                      "[::1%lo]:80",
                                      "*:80",
                                      "1.2.3.4.5:1",
                                      " 127.0.0.1:1",
                                      "http://127.0.0.1:80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_no_address(bad[i]);
}

/* ---- tokens ---- */

static enum err_code read_token(const char *text, mode_t mode, struct serve_token *token, struct err *err)
{
    char path[] = "/tmp/serve-token-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    enum err_code code = serve_token_read(path, token, err);
    unlink(path);
    return code;
}

static void test_token_files(void **state)
{
    (void)state;
    struct serve_token token;
    struct err err;
    assert_int_equal(read_token("0123456789abcdef", 0600, &token, &err), ERR_OK);
    assert_string_equal(token.text, "0123456789abcdef");
    assert_int_equal(read_token(" \t0123456789abcdef \r\nanother\n", 0640, &token, &err), ERR_OK);
    assert_int_equal(token.n, 16);
    assert_int_equal(read_token("0123456789abcdef\n", 0644, &token, &err), ERR_DENIED);
    assert_non_null(strstr(err.hint, "chmod 600 "));
    assert_int_equal(token.n, 0);
    assert_int_equal(read_token("0123456789abcde\n", 0600, &token, &err), ERR_USAGE);
    assert_null(strstr(err.what, "0123456789abcde"));
    assert_int_equal(read_token("", 0600, &token, &err), ERR_USAGE);
    assert_int_equal(read_token("\n0123456789abcdef\n", 0600, &token, &err), ERR_USAGE);
    assert_int_equal(read_token("0123456789 abcdef\n", 0600, &token, &err), ERR_USAGE);
    assert_null(strstr(err.what, "0123456789"));
    assert_int_equal(read_token("0123456789\xc3\xbc"
                                "bcdef\n",
                                0600, &token, &err),
                     ERR_USAGE);
    assert_int_equal(serve_token_read("/nonexistent/token", &token, &err), ERR_NOT_FOUND);
    assert_int_equal(serve_token_read("/", &token, &err), ERR_DENIED);
}

static void test_a_long_token(void **state)
{
    (void)state;
    struct serve_token token;
    struct err err;
    char text[8192];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(read_token(text, 0600, &token, &err), ERR_USAGE);
    text[SERVE_TOKEN_MAX + 1] = '\0';
    assert_int_equal(read_token(text, 0600, &token, &err), ERR_USAGE);
    text[SERVE_TOKEN_MAX] = '\0';
    assert_int_equal(read_token(text, 0600, &token, &err), ERR_OK);
    assert_int_equal(token.n, SERVE_TOKEN_MAX);
}

static void test_only_the_token_is_the_token(void **state)
{
    (void)state;
    struct serve_token token = {.text = "0123456789abcdef", .n = 16}, none = {.n = 0};
    assert_true(serve_token_is(&token, TEXT_LIT("0123456789abcdef")));
    assert_false(serve_token_is(&token, TEXT_LIT("")));
    assert_false(serve_token_is(&token, TEXT_NULL));
    assert_false(serve_token_is(&none, TEXT_LIT("")));
    assert_false(serve_token_is(&none, TEXT_LIT("x")));
    assert_false(serve_token_is(&token, TEXT_LIT("0123456789abcde")));
    assert_false(serve_token_is(&token, TEXT_LIT("0123456789abcdef0")));
    assert_false(serve_token_is(&token, TEXT_LIT("0123456789abcdef0123456789abcdef")));
    char other[17] = "0123456789abcdef";
    for (size_t i = 0; i < 16; i++)
        for (int bit = 0; bit < 8; bit++) {
            other[i] = (char)(other[i] ^ 1 << bit);
            assert_false(serve_token_is(&token, (struct text){other, 16}));
            other[i] = (char)(other[i] ^ 1 << bit);
        }
    assert_true(serve_token_is(&token, (struct text){other, 16}));
}

static void test_authorization(void **state)
{
    (void)state;
    assert_true(text_is(serve_token_given("Bearer abc"), "abc"));
    assert_true(text_is(serve_token_given("bearer   abc"), "abc"));
    assert_true(text_is(serve_token_given("Bearer "), ""));
    assert_true(text_is_null(serve_token_given("Bearer")));
    assert_true(text_is_null(serve_token_given("Basic abc")));
    assert_true(text_is_null(serve_token_given("")));
    assert_true(text_is_null(serve_token_given(NULL)));
}

/* ---- requests ---- */

static enum serve_verdict without_token(const char *host, const char *origin)
{
    struct serve_token none = {.n = 0};
    return serve_access(&none, &(struct serve_claims){.method = "GET", .host = host, .origin = origin});
}

static enum serve_verdict with_token(struct serve_claims claims)
{
    struct serve_token token = {.text = "0123456789abcdef", .n = 16};
    return serve_access(&token, &claims);
}

static void test_local_names(void **state)
{
    (void)state;
    static const char *const local[] = {"localhost", "LOCALHOST:4788", "127.0.0.1",  "127.0.0.1:1",
                                        "[::1]",     "[::1]:65535",    "localhost:", "127.9.9.9:4788"};
    static const char *const other[] = {"example.org",
                                        "localhost.",
                                        "localhost.example.org",
                                        "128.0.0.1",
                                        "127.0.0.1.nip.io",
                                        "::1",
                                        "127.1",
                                        "0127.0.0.1",
                                        "127.0.0.256",
                                        "127.0.0.1.",
                                        "[::2]",
                                        "0.0.0.0",
                                        "2130706433",
                                        "xlocalhost"};
    static const char *const broken[] = {"localhost:80:80",
                                         "localhost:x",
                                         "localhost/",
                                         "user@localhost",
                                         "localhost,example.org",
                                         "[::1",
                                         "[::1]x",
                                         "[",
                                         "]",
                                         ":80",
                                         "local host",
                                         "[localhost]"};
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        assert_int_equal(without_token(local[i], NULL), SERVE_LET_IN);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_int_not_equal(without_token(other[i], NULL), SERVE_LET_IN);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_int_equal(without_token(broken[i], NULL), SERVE_BAD_HOST);
    assert_int_equal(without_token(NULL, NULL), SERVE_NOT_LOCAL);
    assert_int_equal(without_token("", NULL), SERVE_NOT_LOCAL);
}

/* An image or a script of another site's page comes without an Origin. */
static void test_pages_of_other_sites(void **state)
{
    static const struct {
        const char *site;
        enum serve_verdict verdict;
    } sites[] = {{NULL, SERVE_LET_IN},          {"none", SERVE_LET_IN},       {"same-origin", SERVE_LET_IN},
                 {"cross-site", SERVE_FOREIGN}, {"same-site", SERVE_FOREIGN}, {"", SERVE_FOREIGN}};
    (void)state;
    struct serve_token none = {0};
    for (size_t i = 0; i < sizeof sites / sizeof *sites; i++)
        assert_int_equal(serve_access(&none, &(struct serve_claims){.method = "GET",
                                                                    .host = "localhost",
                                                                    .fetch_site = sites[i].site}),
                         sites[i].verdict);
}

static void test_origins(void **state)
{
    (void)state;
    assert_int_equal(without_token("localhost:4788", "http://localhost:4788"), SERVE_LET_IN);
    assert_int_equal(without_token("localhost:4788", "https://LOCALHOST:4788"), SERVE_LET_IN);
    assert_int_equal(without_token("localhost:4788", "http://localhost:4789"), SERVE_FOREIGN);
    assert_int_equal(without_token("localhost:4788", "http://localhost"), SERVE_FOREIGN);
    assert_int_equal(without_token("localhost:4788", "null"), SERVE_FOREIGN);
    assert_int_equal(without_token("localhost:4788", ""), SERVE_FOREIGN);
    assert_int_equal(without_token("localhost:4788", "http://localhost:4788.example.org"), SERVE_FOREIGN);
}

static void test_with_a_token(void **state)
{
    (void)state;
    const char *right = "Bearer 0123456789abcdef";
    assert_int_equal(
        with_token((struct serve_claims){.method = "GET", .host = "example.org", .authorization = right}),
        SERVE_LET_IN);
    assert_int_equal(with_token((struct serve_claims){.method = "GET", .authorization = right}),
                     SERVE_LET_IN);
    assert_int_equal(with_token((struct serve_claims){.method = "GET", .host = "localhost"}), SERVE_NO_TOKEN);
    assert_int_equal(with_token((struct serve_claims){
                         .method = "GET", .host = "localhost", .authorization = "Bearer 0123456789abcdeg"}),
                     SERVE_NO_TOKEN);
    assert_int_equal(with_token((struct serve_claims){
                         .method = "GET", .host = "a", .origin = "http://b", .authorization = right}),
                     SERVE_FOREIGN);
    /* Without the token nothing is told of what else is wrong. */
    assert_int_equal(with_token((struct serve_claims){.method = "POST", .host = "a", .origin = "http://b"}),
                     SERVE_NO_TOKEN);
}

static void test_posts_are_json(void **state)
{
    (void)state;
    static const char *const good[] = {"application/json", "Application/JSON",
                                       "application/json;charset=utf-8", "application/json ; x"};
    static const char *const bad[] = {NULL,
                                      "",
                                      "text/plain",
                                      "application/jsonp",
                                      "application/x-www-form-urlencoded",
                                      "text/application/json"};
    struct serve_token none = {.n = 0};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(serve_access(&none, &(struct serve_claims){.method = "POST",
                                                                    .host = "localhost",
                                                                    .content_type = good[i]}),
                         SERVE_LET_IN);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(
            serve_access(
                &none, &(struct serve_claims){.method = "POST", .host = "localhost", .content_type = bad[i]}),
            SERVE_NOT_JSON);
}

static void test_who_reads_gzip(void **state)
{
    (void)state;
    static const char *const yes[] = {"gzip",       "GZIP", "x-gzip",    "br, gzip",          "gzip;q=0.001",
                                      "gzip ; q=1", "*",    "br;q=0, *", "identity, *;q=0.5", ",,gzip,",
                                      "gzip;q=x"};
    static const char *const no[] = {NULL,
                                     "",
                                     "br",
                                     "gzip;q=0",
                                     "gzip;q=0.000",
                                     "gzip; Q = 0",
                                     "*;q=0",
                                     "gzip;q=0, *",
                                     "*, gzip;q=0.0",
                                     "identity",
                                     "gzipped",
                                     ",",
                                     ";"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(serve_accepts_gzip(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(serve_accepts_gzip(no[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_what_is_no_address),
        cmocka_unit_test(test_token_files),
        cmocka_unit_test(test_a_long_token),
        cmocka_unit_test(test_only_the_token_is_the_token),
        cmocka_unit_test(test_authorization),
        cmocka_unit_test(test_local_names),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_pages_of_other_sites),
        cmocka_unit_test(test_with_a_token),
        cmocka_unit_test(test_posts_are_json),
        cmocka_unit_test(test_who_reads_gzip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
