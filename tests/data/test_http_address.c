/*
 * Addresses and links as people paste them.
 */
#include "data/base/die.h"
#include "data/http/http_address.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct http_address *read_address(const char *text)
{
    struct http_address *address = mem_new(sizeof *address);
    struct err err = {0};
    if (http_address_parse(text, address, &err) != ERR_OK)
        fail_msg("%s: %s", text, err.what);
    return address;
}

static void done(struct http_address *address)
{
    http_address_release(address);
    free(address);
}

/* ---- where the API may be ---- */

/* expected: the bases, a space between them. */
static void assert_bases(const char *text, const char *expected)
{
    struct http_address *address = read_address(text);
    struct buf got;
    buf_init(&got, 3 * HTTP_ADDRESS_MAX);
    for (size_t i = 0; i < address->base_count; i++)
        buf_printf(&got, "%s%s", i ? " " : "", address->bases[i]);
    assert_string_equal(buf_cstr(&got), expected);
    buf_release(&got);
    done(address);
}

static void test_bases(void **state)
{
    (void)state;
    static const char local[] = "http://h:4788/api http://h:4788";
    assert_bases("http://h:4788", local);
    assert_bases("http://h:4788/", local);
    assert_bases("HTTP://H:4788///", local);
    assert_bases("http://h:4788/runs", local);
    assert_bases("http://h:4788/runs/?status=failed", local);
    assert_bases("http://h:4788/runs/abc#top", local);
    assert_bases("http://h:4788/#/runs", local);
    assert_bases("http://h:4788/executions", "http://h:4788 http://h:4788/api");
    assert_bases("http://h:4788/executions/abc", "http://h:4788 http://h:4788/api");
    assert_bases("https://h/team/api", "https://h/team/api https://h/team/api/api https://h/team");
    assert_bases("https://h/team/api/executions?limit=3",
                 "https://h/team/api https://h/team/api/api https://h/team");
    assert_bases("https://h/api/executions/abc/tool-calls", "https://h/api https://h/api/api https://h");
    assert_bases("https://h/team/runs/abc", "https://h/team/api https://h/team");
    assert_bases("https://h/myapi", "https://h/myapi/api https://h/myapi");
    assert_bases("http://h:80", "http://h/api http://h");
    assert_bases("https://h:80", "https://h:80/api https://h:80");
    assert_bases("http://h/a%2fb/my team/\xc3\xa9",
                 "http://h/a%2fb/my%20team/%C3%A9/api http://h/a%2fb/my%20team/%C3%A9");
    assert_bases("http://[::1]:4788", "http://[::1]:4788/api http://[::1]:4788");
    assert_bases("http://[fe80::1%25eth0]", "http://[fe80::1%25eth0]/api http://[fe80::1%25eth0]");
}

static void assert_host(const char *text, const char *host, int port, bool is_loopback, const char *label)
{
    struct http_address *address = read_address(text);
    assert_string_equal(address->host, host);
    assert_int_equal(address->port, port);
    assert_string_equal(address->label, label);
    assert_int_equal(address->is_loopback, is_loopback);
    assert_int_equal(address->is_tls, text[4] == 's');
    done(address);
}

static void test_host_and_label(void **state)
{
    (void)state;
    assert_host("http://LocalHost:4788/api/", "localhost", 4788, true, "localhost:4788");
    assert_host("https://runs.example.org/team/api", "runs.example.org", 443, false, "runs.example.org/team");
    assert_host("https://runs.example.org:8443/runs/x", "runs.example.org", 8443, false,
                "runs.example.org:8443");
    assert_host("http://[::1]:4788", "::1", 4788, true, "[::1]:4788");
    assert_host("http://[0:0:0:0:0:0:0:1]", "::1", 80, true, "[::1]");
    assert_host("http://[fe80::1%25eth0]", "fe80::1%eth0", 80, false, "[fe80::1%25eth0]");
    assert_host("http://127.0.0.1", "127.0.0.1", 80, true, "127.0.0.1");
    assert_host("http://127.200.0.1:1/x", "127.200.0.1", 1, true, "127.200.0.1:1/x");
    assert_host("http://app.localhost", "app.localhost", 80, true, "app.localhost");
    assert_host("http://localhost.", "localhost.", 80, true, "localhost.");
}

static void test_what_only_looks_like_loopback(void **state)
{
    (void)state;
    assert_host("http://127.0.0.1.evil.org", "127.0.0.1.evil.org", 80, false, "127.0.0.1.evil.org");
    assert_host("http://127.evil.org", "127.evil.org", 80, false, "127.evil.org");
    assert_host("http://notlocalhost", "notlocalhost", 80, false, "notlocalhost");
    assert_host("http://localhost.evil.org", "localhost.evil.org", 80, false, "localhost.evil.org");
    assert_host("http://128.0.0.1", "128.0.0.1", 80, false, "128.0.0.1");
    assert_host("http://[::2]", "::2", 80, false, "[::2]");
}

static void test_plain(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"http://localhost:4788/runs/abc?status=failed&key=s3cret#x", "http://localhost:4788"},
        {"https://h/team/api/executions", "https://h/team/api"},
        {"https://h/team/", "https://h/team"},
        {"HTTPS://H:443", "https://h"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_address *address = read_address(cases[i][0]);
        assert_string_equal(address->plain, cases[i][1]);
        done(address);
    }
}

static void test_is(void **state)
{
    (void)state;
    assert_true(http_address_is("http://h"));
    assert_true(http_address_is("HTTPS://"));
    assert_false(http_address_is("http:/h"));
    assert_false(http_address_is("data.db"));
    assert_false(http_address_is("localhost:4788"));
    assert_false(http_address_is(""));
}

/* ---- links ---- */

/* expected: the filter's line; order: "" none, "+" and "-" with d for durations; run; note. */
static void assert_link(const char *query, const char *expected, const char *order, const char *run,
                        const char *note)
{
    char text[HTTP_ADDRESS_MAX], got_order[3] = "";
    snprintf(text, sizeof text, "http://localhost:4788/runs?%s", query);
    struct http_address *address = read_address(text);
    struct buf line;
    buf_init(&line, FILTER_TEXT_MAX);
    filter_format(&address->filter, TIME_IN_UTC, &line);
    assert_string_equal(buf_cstr(&line), expected);
    if (address->has_sort)
        snprintf(got_order, sizeof got_order, "%s%s", address->sort.is_ascending ? "+" : "-",
                 address->sort.field == SORT_DURATION ? "d" : "");
    assert_string_equal(got_order, order);
    assert_string_equal(address->run_id, run);
    assert_string_equal(address->note, note);

    struct filter again;
    struct filter_mistake mistake;
    assert_int_equal(filter_parse(buf_as_text(&line), TIME_IN_UTC, &again, &mistake), ERR_OK);
    assert_true(filter_equal(&again, &address->filter));
    filter_release(&again);
    buf_release(&line);
    done(address);
}

static void assert_filter(const char *query, const char *expected)
{
    assert_link(query, expected, "", "", "");
}

static void test_link(void **state)
{
    (void)state;
    assert_link("status=failed&tool=github.*&range=1h&executionId=abc-1",
                "status:failed tool:github.* after:1h", "", "abc-1", "");
    assert_link("sort=durationMs,asc&code=two+words%21&elicitation=true",
                "elicitation:true code:\"two words!\"", "+d", "", "");
    assert_link("", "", "", "", "");
}

static void test_words(void **state)
{
    (void)state;
    assert_filter("status=failed,Waiting,RUNNING", "status:failed,waiting,running");
    assert_filter("status=failed&status=failed,cancelled", "status:failed,cancelled");
    assert_filter("status=waiting_for_interaction", "status:waiting");
    assert_filter("trigger=cli,unknown,My%2CWord&trigger=", "trigger:cli,unknown,My,Word");
    assert_filter("tool=+github.*+,%20crm.a%20,,", "tool:github.*,crm.a");
    assert_filter("tool=git*", "tool:\"git*\"");
    assert_filter("status=&tool=,&code=&range=&from=&sort=&executionId=&theme=", "");
    assert_filter("code=a,b%26c=d%2Be", "code:\"a,b&c=d+e\"");
    assert_filter("code=x&code=y", "x,y");
    assert_filter("code=100%25%zz", "100%%zz");
    assert_filter("elicitation=FALSE", "elicitation:false");
}

static void test_times(void **state)
{
    (void)state;
    assert_filter("from=1795219200000", "after:2026-11-21");
    assert_filter("from=2026-11-21", "after:2026-11-20T23:00");
    assert_filter("from=2026-11-21T10:00Z", "after:2026-11-21T10:00");
    assert_filter("to=1795219199999", "before:2026-11-21");
    assert_filter("after=1795219199999", "after:2026-11-21");
    assert_filter("from=0&to=999", "after:1970-01-01 before:1970-01-01T00:00:01");
    assert_filter("from=-1000", "after:1969-12-31T23:59:59");
    assert_filter("from=1&after=4&from=3&to=10&to=8",
                  "after:1970-01-01T00:00:00.005 before:1970-01-01T00:00:00.009");
    assert_filter("range=15m", "after:15m");
    assert_filter("range=24h&range=7d", "after:7d");
    assert_filter("range=1h30m", "after:90m");
    assert_filter("range=24h&range=all", "");
    assert_link("range=24h&to=999", "before:1970-01-01T00:00:01", "", "", "left out of the link: range");
}

static void test_times_without_end(void **state)
{
    (void)state;
    assert_filter("from=-99999999999999999999", "");
    assert_filter("to=9223372036854775807", "");
    assert_filter("after=99999999999999999999", "after:9999-12-30");
}

static void test_runs(void **state)
{
    (void)state;
    assert_link("execution=a", "", "", "a", "");
    assert_link("id=a%2Fb", "", "", "a/b", "");
    assert_link("id=a&executionId=b", "", "", "b", "");
    assert_link("id=a%0Ab", "", "", "", "left out of the link: id");
    char query[200] = "id=";
    memset(query + 3, 'x', 128);
    assert_link(query, "", "", "", "left out of the link: id");
    query[3 + 127] = '\0';
    assert_link(query, "", "", query + 3, "");
}

static void assert_run_in_path(const char *path, const char *run, const char *note)
{
    char text[HTTP_ADDRESS_MAX];
    snprintf(text, sizeof text, "http://localhost:4788%s", path);
    struct http_address *address = read_address(text);
    assert_string_equal(address->run_id, run);
    assert_string_equal(address->note, note);
    done(address);
}

static void test_runs_in_the_path(void **state)
{
    (void)state;
    assert_run_in_path("/runs/abc", "abc", "");
    assert_run_in_path("/api/executions/abc/", "abc", "");
    assert_run_in_path("/team/executions/a%20b/tool-calls", "a b", "");
    assert_run_in_path("/runs/a+b?range=all", "a+b", "");
    assert_run_in_path("/runs/abc?executionId=def", "def", "");
    assert_run_in_path("/runs/a%00b", "", "left out of the link: the run's id");
    assert_run_in_path("/runs", "", "");
    assert_run_in_path("/other/abc", "", "");
}

static void test_sort(void **state)
{
    (void)state;
    assert_link("sort=createdAt,desc", "", "-", "", "");
    assert_link("sort=createdAt%2Casc", "", "+", "", "");
    assert_link("sort=durationMs", "", "-d", "", "");
    assert_link("sort=status,asc", "", "", "", "left out of the link: sort");
    assert_link("sort=createdAt,up", "", "", "", "left out of the link: sort");
}

static void test_what_is_left_out(void **state)
{
    (void)state;
    assert_link("theme=s3cret&limit=20&theme=x", "", "", "", "left out of the link: theme, limit");
    assert_link("s3cret", "", "", "", "left out of the link: a word without '='");
    assert_link("=s3cret&&", "", "", "", "left out of the link: a value without a name");
    assert_link("from=s3cret&range=s3cret&elicitation=s3cret", "", "", "",
                "left out of the link: from, range, elicitation");
    assert_link("code=a%00b", "", "", "", "left out of the link: code");
    assert_link("%1b%5b2J=1", "", "", "", "left out of the link: ␛[2J");
    assert_link("abcdefghijklmnopqrstuvwxyz=1", "", "", "",
                "left out of the link: abcdefghijklmnopqrstuvwx…");
    assert_link("abcdefghijklmnopqrstuvwx=1", "", "", "", "left out of the link: abcdefghijklmnopqrstuvwx");
    assert_link("a=1&b=1&c=1&d=1&e=1&f=1&g=1", "", "", "", "left out of the link: a, b, c, d, e, f and more");
}

/* More values than a filter holds: those that fit, and a word about the rest. */
static void test_too_many_values(void **state)
{
    (void)state;
    char query[1000] = "tool=";
    for (size_t i = 0, n = 5; i <= FILTER_VALUES_MAX; i++)
        n += (size_t)snprintf(query + n, sizeof query - n, "t%zu,", i);
    char text[HTTP_ADDRESS_MAX];
    snprintf(text, sizeof text, "http://h?%s", query);
    struct http_address *address = read_address(text);
    assert_int_equal(address->filter.terms[0].count, FILTER_VALUES_MAX);
    assert_string_equal(address->note, "left out of the link: tool");
    done(address);
}

/* ---- what is no address ---- */

static void assert_refused(const char *text, enum err_code code, const char *what)
{
    struct http_address *address = mem_new(sizeof *address);
    struct err err = {0};
    assert_int_equal(http_address_parse(text, address, &err), code);
    assert_int_equal(err.code, code);
    if (!strstr(err.what, what))
        fail_msg("%s: \"%s\" lacks \"%s\"", text, err.what, what);
    assert_true(err.hint[0]);
    assert_null(strstr(err.what, "s3cret"));
    assert_null(strstr(err.hint, "s3cret"));
    assert_int_equal(http_address_parse(text, address, NULL), code);
    done(address);
}

static void test_refused(void **state)
{
    (void)state;
    assert_refused("localhost:4788", ERR_USAGE, "neither http:// nor https://");
    assert_refused("ftp://h", ERR_USAGE, "neither http:// nor https://");
    assert_refused("", ERR_USAGE, "neither http:// nor https://");
    assert_refused("http://", ERR_USAGE, "host and port");
    assert_refused("http://h:0x50", ERR_USAGE, "host and port");
    assert_refused("http://h:65536", ERR_USAGE, "host and port");
    assert_refused("http://[::1", ERR_USAGE, "host and port");
    assert_refused("http://a b/", ERR_USAGE, "host and port");
    assert_refused("http://h/\n", ERR_USAGE, "host and port");
    assert_refused("http://a%2541/", ERR_USAGE, "host and port");
}

static void test_a_user_or_password_is_refused_and_not_repeated(void **state)
{
    (void)state;
    assert_refused("http://s3cret@h/", ERR_USAGE, "a user or a password");
    assert_refused("http://me:s3cret@h/runs?a=b", ERR_USAGE, "a user or a password");
    assert_refused("http://:s3cret@h", ERR_USAGE, "a user or a password");
    assert_refused("http://me:s3cret@h:port", ERR_USAGE, "host and port");
}

static void test_too_long(void **state)
{
    (void)state;
    char text[HTTP_ADDRESS_MAX + 1] = "http://h/?code=";
    size_t n = strlen(text);
    memset(text + n, 'a', HTTP_ADDRESS_MAX - n);
    text[HTTP_ADDRESS_MAX] = '\0';
    assert_refused(text, ERR_TOO_BIG, "at most 4095 bytes");
    memcpy(text, "http://h/aaaaaa", n);
    text[HTTP_ADDRESS_MAX - 1] = '\0';
    assert_refused(text, ERR_TOO_BIG, "at most 4095 bytes");
    memset(text + 9, ' ', 2000);
    assert_refused(text, ERR_TOO_BIG, "at most 4095 bytes");
    memset(text, 'h', 310);
    memcpy(text, "http://", 7);
    text[310] = '\0';
    assert_refused(text, ERR_TOO_BIG, "at most 4095 bytes");
}

static int set_zone(void **state)
{
    (void)state;
    setlocale(LC_CTYPE, "C.UTF-8");
    setenv("TZ", "Europe/Berlin", 1);
    time_init();
    return 0;
}

/* ---- names without a scheme ---- */

static void test_guesses(void **state)
{
    (void)state;
    static const struct {
        const char *name, *guess; /* NULL: none */
    } cases[] = {
        {"localhost:4900", "http://localhost:4900"},
        {"localhost", "http://localhost"},
        {"127.0.0.1:4900/api", "http://127.0.0.1:4900/api"},
        {"runs.example.org/team", "https://runs.example.org/team"},
        {"box:4788/runs?status=failed", "http://box:4788/runs?status=failed"},
        {"ftp://box:4788", "http://box:4788"},
        {"ftp://runs.example.org", "https://runs.example.org"},
        {"data.db", NULL},
        {"/tmp/data.db", NULL},
        {"../data.db", NULL},
        {"./localhost", NULL},
        {"runs.d/data.db", NULL},
        {"runs/data", NULL},
        {"2026:data", NULL},
        {"file://localhost/data.db", NULL},
        {"me:secret@box:4788", NULL},
        {"ftp://me:secret@box", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char guess[HTTP_GUESS_MAX] = "none";
        bool is_any = http_address_guess(cases[i].name, guess);
        if (is_any != (cases[i].guess != NULL) || (is_any && strcmp(guess, cases[i].guess) != 0))
            fail_msg("%s: %s", cases[i].name, guess);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bases),
        cmocka_unit_test(test_host_and_label),
        cmocka_unit_test(test_what_only_looks_like_loopback),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_is),
        cmocka_unit_test(test_link),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_times_without_end),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_runs_in_the_path),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_what_is_left_out),
        cmocka_unit_test(test_too_many_values),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_a_user_or_password_is_refused_and_not_repeated),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_guesses),
    };
    return cmocka_run_group_tests(tests, set_zone, NULL);
}
