/*
 * Addresses taken apart.
 */
#include "data/http/http_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *word(const char *part)
{
    return part ? part : "-";
}

/* expected: scheme host port path query user password, "-" where absent, one after the other. */
static void assert_split(const char *address, const char *expected)
{
    struct http_url url;
    struct buf got;
    buf_init(&got, 1000);
    assert_true(http_url_split(address, &url));
    buf_printf(&got, "%s %s %d %s %s %s %s", word(url.scheme), word(url.host), url.port, word(url.path),
               word(url.query), word(url.user), word(url.password));
    assert_string_equal(buf_cstr(&got), expected);
    buf_release(&got);
    http_url_release(&url);
    assert_null(url.host);
}

static void test_split(void **state)
{
    (void)state;
    assert_split("http://localhost:4788", "http localhost 4788 / - - -");
    assert_split("HTTPS://Runs.Example.ORG/Team/api/?a=b%20c+d#frag",
                 "https runs.example.org 443 /Team/api/ a=b%20c+d - -");
    assert_split("http://user:pass@h/", "http h 80 / - user pass");
    assert_split("http://h/a b?c d", "http h 80 /a b c d - -");
    assert_split("http://h/a/../b/./c%2f", "http h 80 /b/c%2f - - -");
}

static void test_ipv6(void **state)
{
    (void)state;
    assert_split("http://[::1]:4788/api", "http [::1] 4788 /api - - -");
    assert_split("http://[FE80::1%25eth0]/", "http [fe80::1%25eth0] 80 / - - -");
}

static void assert_refused(const char *address)
{
    struct http_url url;
    assert_false(http_url_split(address, &url));
    assert_null(url.scheme);
    assert_null(url.user);
    http_url_release(&url);
}

static void test_what_is_none(void **state)
{
    (void)state;
    assert_refused("");
    assert_refused("localhost:4788");
    assert_refused("ftp://h/");
    assert_refused("file:///etc/passwd");
    assert_refused("http://");
    assert_refused("http://h:99999/");
    assert_refused("http://h:port/");
    assert_refused("http://h h/");
    assert_refused("http://[::1/");
}

static void test_escape(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 100);
    http_escape(TEXT_LIT("aZ09-._~ *+,/?&=%\n\xc3\xa9"), &out);
    assert_string_equal(buf_cstr(&out), "aZ09-._~%20%2A%2B%2C%2F%3F%26%3D%25%0A%C3%A9");
    buf_release(&out);
}

static void assert_unescaped(const char *from, bool is_query, const char *expected)
{
    struct buf out;
    buf_init(&out, 100);
    http_unescape(text_of(from), is_query, &out);
    assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
}

static void test_unescape(void **state)
{
    (void)state;
    assert_unescaped("a%20b+c%2Bd%c3%A9", true, "a b c+d\xc3\xa9");
    assert_unescaped("a+b", false, "a+b");
    assert_unescaped("100%25%", true, "100%%");
    assert_unescaped("%zz%4", true, "%zz%4");
    assert_unescaped("%2541", true, "%41");
    assert_unescaped("", true, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),  cmocka_unit_test(test_ipv6),     cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_escape), cmocka_unit_test(test_unescape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
