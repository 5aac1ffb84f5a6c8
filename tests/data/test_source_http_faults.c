/*
 * What can go wrong between here and the server, one by one: what is said of it, that the source says when it last knew better, and that it goes on
 * as soon as the fault is over.
 */
#include "tests/support/remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T0 INT64_C(1700000000000)
#define JSON "application/json"

enum { SHORT_MS = 300 };

static int set_up(void **state)
{
    struct remote *r = remote_new();
    history_run(r->history, (struct history_run){.id = "a", .created_at = T0});
    history_run(r->history, (struct history_run){.id = "b", .created_at = T0 + 1000, .status = "failed"});
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    remote_free(*state);
    return 0;
}

/* Only what never ends waits for the end of its time: any other answer may be slow on a busy machine. */
static int64_t timeout_for(const struct api_fault *fault)
{
    bool is_endless = fault->kind == API_FAULT_HANG || fault->kind == API_FAULT_TRICKLE;
    return is_endless ? SHORT_MS : REMOTE_PATIENCE_MS;
}

struct trouble {
    const char *name;
    struct api_fault fault;
    enum err_code code;
    const char *what, *hint; /* words of the error */
};

static const struct trouble troubles[] = {
    {"hangs", {.kind = API_FAULT_HANG}, ERR_IO, "did not answer within", "Try again"},
    {"hangs up", {.kind = API_FAULT_CLOSE}, ERR_IO, "without an answer", "Try again"},
    {"reset in mid-body", {.kind = API_FAULT_RESET}, ERR_IO, "cut off", "Try again"},
    {"cut off", {.kind = API_FAULT_TRUNCATE}, ERR_IO, "cut off after", "Try again"},
    {"trickles", {.kind = API_FAULT_TRICKLE, .ms = 20}, ERR_IO, "the answer of 127.0.0.1", "try again"},
    {"says 200 MB", {.kind = API_FAULT_HUGE_SILENT}, ERR_TOO_BIG, "200 MB", "right address"},
    {"redirects in a circle", {.kind = API_FAULT_REDIRECT_LOOP}, ERR_IO, "redirects in a circle", ""},
    {"401", {.status = 401}, ERR_DENIED, "401 Unauthorized", "EXECUTOR_RUNS_TOKEN"},
    {"403",
     {.status = 403, .content_type = JSON, .body = "{}"},
     ERR_DENIED,
     "403 Forbidden",
     "EXECUTOR_RUNS_TOKEN"},
    {"404",
     {.status = 404, .content_type = JSON, .body = "{}"},
     ERR_UNSUPPORTED,
     "no such API",
     "Did you mean"},
    {"429",
     {.status = 429, .headers = "Retry-After: 7\r\n"},
     ERR_BUSY,
     "429 Too Many Requests",
     "Try again in 7s"},
    {"500",
     {.status = 500, .content_type = JSON, .body = "{\"traceId\":\"t-1\",\"_tag\":\"InternalError\"}"},
     ERR_IO,
     "InternalError (500, trace t-1)",
     "Try again"},
    {"502",
     {.status = 502, .content_type = "text/html", .body = "<html><h1>502 Bad Gateway</h1></html>"},
     ERR_IO,
     "the proxy in front of",
     "Try again"},
    {"503", {.status = 503, .headers = "Retry-After: 90\r\n"}, ERR_BUSY, "503", "Try again in 90s"},
    {"truncated JSON",
     {.content_type = JSON, .body = "{\"executions\":[{\"execution\":{\"id\":\"a\""},
     ERR_CORRUPT,
     "JSON",
     ""},
    {"malformed JSON", {.content_type = JSON, .body = "{\"executions\":[}]}"}, ERR_CORRUPT, "JSON", ""},
    {"other JSON",
     {.content_type = JSON, .body = "{\"hello\":1}"},
     ERR_UNSUPPORTED,
     "not a list of runs",
     ""},
    {"a list of another type",
     {.content_type = JSON, .body = "{\"executions\":\"none\"}"},
     ERR_UNSUPPORTED,
     "not a list of runs",
     ""},
    {"nothing", {.content_type = JSON, .body = ""}, ERR_CORRUPT, "", ""},
    {"a web page",
     {.content_type = "text/html", .body = "<!doctype html><title>x</title>"},
     ERR_UNSUPPORTED,
     "that is a web page",
     "Did you mean"},
    {"a redirect to a web page",
     {.match = "/executions", .status = 302, .headers = "Location: /login\r\n"},
     ERR_UNSUPPORTED,
     "that is a web page",
     ""},
    {"plain text",
     {.content_type = "text/plain", .body = "it works!"},
     ERR_UNSUPPORTED,
     "text/plain where JSON was expected",
     ""},
};

static void expect_words(const struct trouble *trouble, const struct err *err)
{
    if (err->code != trouble->code || !strstr(err->what, trouble->what) || !strstr(err->hint, trouble->hint))
        fail_msg("%s: %s: %s (%s)", trouble->name, err_name(err->code), err->what, err->hint);
    if (!err->what[0] || !err->hint[0])
        fail_msg("%s: \"%s\" (\"%s\") does not say what, or not what to do", trouble->name, err->what,
                 err->hint);
}

static void expect_lost(struct remote *r, const struct trouble *trouble, int64_t read_at)
{
    struct source_status status;
    source_status(r->source, &status);
    if (status.is_readable)
        fail_msg("%s: readable", trouble->name);
    expect_words(trouble, &status.err);
    assert_int_equal(status.read_at, read_at);
}

/* On the screen another filter fails, and then works. */
static void check_filter(struct remote *r, const struct trouble *trouble)
{
    struct list_query query = {.after = 9};
    struct source_status status;
    struct list_reply reply;
    struct err err;
    r->settings.timeout_ms = timeout_for(&trouble->fault);
    remote_open(r);
    assert_string_equal(remote_ids(r, "", query), "b a");
    api_server_fault(r->server, &trouble->fault);
    if (remote_try(r, "status:failed", query, &reply, &err) == ERR_OK)
        fail_msg("%s: answered", trouble->name);
    expect_words(trouble, &err);
    source_status(r->source, &status);
    assert_false(status.is_readable);
    expect_words(trouble, &status.err);
    assert_string_equal(remote_ids(r, "", query), "b a"); /* what is held stays */
    api_server_clear_faults(r->server);
    assert_string_equal(remote_ids(r, "status:failed", query), "b");
    source_status(r->source, &status);
    assert_true(status.is_readable);
    remote_close(r);
}

/* Rows were there, `r` asks again and fails, and the next `r` works. */
static void check_refresh(struct remote *r, const struct trouble *trouble)
{
    struct list_query query = {.after = 9};
    struct source_status status;
    struct list_reply reply;
    struct err err;
    remote_open(r);
    assert_string_equal(remote_ids(r, "", query), "b a");
    source_status(r->source, &status);
    int64_t read_at = status.read_at;
    assert_true(status.is_readable && read_at != TIME_NONE);
    api_server_fault(r->server, &trouble->fault);
    remote_forget_events(r);
    source_refresh(r->source);
    remote_await(r, SOURCE_CHANGED);
    source_status(r->source, &status); /* what else was under way then may have been answered */
    read_at = status.read_at;
    if (remote_try(r, "", query, &reply, &err) == ERR_OK)
        fail_msg("%s: answered", trouble->name);
    expect_words(trouble, &err);
    expect_lost(r, trouble, read_at);
    remote_await(r, SOURCE_LOST);
    api_server_clear_faults(r->server);
    source_refresh(r->source);
    remote_await(r, SOURCE_CHANGED);
    assert_string_equal(remote_ids(r, "", query), "b a");
    remote_await(r, SOURCE_BACK);
    source_status(r->source, &status);
    assert_true(status.is_readable && status.read_at >= read_at);
    remote_close(r);
}

static void each_fault_on_the_screen(void **state)
{
    struct remote *r = *state;
    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++)
        check_filter(r, &troubles[i]);
}

/* One of each kind: on the way, refused by name, a server that fails, something else. */
static void each_kind_with_its_events(void **state)
{
    static const char *const names[] = {"reset in mid-body", "401", "500", "other JSON"};
    struct remote *r = *state;
    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++)
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            if (strcmp(troubles[i].name, names[j]) == 0)
                check_refresh(r, &troubles[i]);
}

/* In a script: from the start, and then the same source again. */
static void each_fault_in_a_script(void **state)
{
    struct remote *r = *state;
    struct list_query query = {.after = 9, .wait_exact = true};
    struct list_reply reply;
    struct err err;
    r->no_background = true;
    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++) {
        api_server_fault(r->server, &troubles[i].fault);
        r->settings.timeout_ms = timeout_for(&troubles[i].fault);
        remote_open(r);
        assert_int_not_equal(remote_try(r, "", query, &reply, &err), ERR_OK);
        expect_words(&troubles[i], &err);
        api_server_clear_faults(r->server);
        assert_string_equal(remote_ids(r, "", query), "b a");
        remote_close(r);
    }
}

static void more_than_is_taken(void **state)
{
    struct remote *r = *state;
    static const struct trouble bodies[] = {
        {"endless chunks", {.kind = API_FAULT_HUGE_CHUNKED}, ERR_TOO_BIG, "more than 64 MB", "right address"},
        {"unpacks to 200 MB", {.kind = API_FAULT_GZIP_BOMB}, ERR_TOO_BIG, "64 MB", "right address"},
    };
    for (size_t i = 0; i < 2; i++)
        check_filter(r, &bodies[i]);
}

static void nobody_listens(void **state)
{
    struct remote *r = *state;
    struct trouble trouble = {
        "refused", {0}, ERR_IO, "nothing listens at 127.0.0.1", "Is the executor running"};
    struct list_query query = {.after = 9};
    struct source_status status;
    struct list_reply reply;
    struct err err;
    api_server_suspend(r->server);
    remote_open(r);
    assert_int_equal(remote_try(r, "", query, &reply, &err), ERR_IO);
    expect_words(&trouble, &err);
    expect_lost(r, &trouble, TIME_NONE);
    api_server_resume(r->server);
    assert_string_equal(remote_ids(r, "", query), "b a");
    source_status(r->source, &status);
    assert_true(status.is_readable);
    api_server_suspend(r->server);
    remote_forget_events(r);
    assert_string_equal(remote_ids(r, "", query), "b a"); /* what is known stays */
    assert_int_equal(remote_try(r, "status:failed", query, &reply, &err), ERR_IO);
    expect_words(&trouble, &err);
    remote_await(r, SOURCE_LOST);
    api_server_resume(r->server);
    remote_await(r, SOURCE_BACK); /* it tries by itself */
}

/* The rows behind the fault come afterwards, and none is missing or twice. */
static void a_fault_while_scrolling(void **state)
{
    struct remote *r = *state;
    struct list_reply reply;
    struct err err;
    history_begin(r->history);
    for (int i = 0; i < 300; i++)
        history_run(r->history, (struct history_run){.created_at = T0 - 1 - i / 3});
    history_commit(r->history);
    remote_open(r);
    const char *whole = remote_walk(r, "", (struct list_query){0}, 40);
    remote_close(r);
    remote_open(r);
    struct list_query query = {.after = 40};
    reply = remote_list(r, "", query);
    api_server_fault(r->server, &(struct api_fault){.match = "cursor=", .kind = API_FAULT_RESET, .times = 1});
    query.anchor = ANCHOR_LAST;
    query = (struct list_query){.anchor = ANCHOR_AFTER, .key = run_row_key(&reply.rows[39]), .after = 90};
    assert_int_equal(remote_try(r, "", query, &reply, &err), ERR_IO);
    assert_string_equal(remote_walk(r, "", (struct list_query){0}, 40), whole);
}

static void counts_and_details_fail_alike(void **state)
{
    struct remote *r = *state;
    struct meta_query counted = {.now = 1};
    struct detail_query one = {.id = (char *)"a"};
    struct detail_reply detail;
    struct meta meta;
    struct err err;
    remote_open(r);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "b a");
    api_server_fault(r->server, &(struct api_fault){.status = 502});
    counted.filter = remote_filter("status:failed");
    assert_int_equal(conn_meta(r->conn, &counted, NULL, &r->arena, &meta, &err), ERR_IO);
    assert_non_null(strstr(err.what, "502"));
    assert_int_equal(conn_detail(r->conn, &one, NULL, &r->arena, &detail, &err), ERR_IO);
    assert_non_null(strstr(err.what, "502"));
    api_server_clear_faults(r->server);
    assert_int_equal(conn_meta(r->conn, &counted, NULL, &r->arena, &meta, &err), ERR_OK);
    assert_int_equal(meta.filtered.n, 1);
    assert_int_equal(conn_detail(r->conn, &one, NULL, &r->arena, &detail, &err), ERR_OK);
    filter_release(&counted.filter);
}

/* The run is there, its tool calls are not: no detail without them. */
static void a_detail_is_whole_or_an_error(void **state)
{
    struct remote *r = *state;
    struct detail_query one = {.id = (char *)"a"};
    struct detail_reply detail;
    struct err err;
    remote_open(r);
    api_server_fault(r->server, &(struct api_fault){.match = "/tool-calls", .kind = API_FAULT_RESET});
    assert_int_equal(conn_detail(r->conn, &one, NULL, &r->arena, &detail, &err), ERR_IO);
    api_server_clear_faults(r->server);
    assert_int_equal(conn_detail(r->conn, &one, NULL, &r->arena, &detail, &err), ERR_OK);
}

/* ---- what is odd but readable is read ---- */

static void missing_unknown_and_odd_values(void **state)
{
    struct remote *r = *state;
    static const char body[] =
        "{\"executions\":["
        "{\"execution\":{\"id\":\"good\",\"createdAt\":1700000005000,\"status\":\"completed\",\"more\":[1,{}]"
        "},"
        "\"extra\":1},"
        "{\"execution\":{\"id\":7,\"createdAt\":1700000004000}},"
        "{\"execution\":{\"id\":\"no time\"}},"
        "{\"execution\":{\"id\":\"types\",\"createdAt\":1700000003000.9,\"status\":5,\"code\":[],"
        "\"startedAt\":\"x\","
        "\"toolCallCount\":1e300,\"completedAt\":-1e300}},"
        "{\"execution\":{\"id\":\"huge\",\"createdAt\":1e300,\"startedAt\":123456789012345678901234567890}},"
        "null,4,\"text\"],"
        "\"meta\":{\"totalRowCount\":1e30,\"filterRowCount\":-5,\"statusCounts\":\"none\",\"toolFacets\":[1,"
        "null]},"
        "\"later\":true}";
    struct list_query query = {.after = 9};
    api_server_fault(r->server,
                     &(struct api_fault){.match = "executions?", .content_type = JSON, .body = body});
    remote_open(r);
    assert_string_equal(remote_ids(r, "", query), "huge good types");
    struct meta_query counted = {.now = T0, .max_buckets = 20};
    struct meta meta;
    struct err err;
    assert_int_equal(conn_meta(r->conn, &counted, NULL, &r->arena, &meta, &err), ERR_OK);
    api_server_clear_faults(r->server);
    remote_forget_events(r);
    source_refresh(r->source);
    remote_await(r, SOURCE_CHANGED);
    assert_string_equal(remote_ids(r, "", query), "b a");
}

/* A cursor that leads back to the same page ends the list. */
static void pages_that_go_round(void **state)
{
    struct remote *r = *state;
    static const char body[] =
        "{\"executions\":[{\"execution\":{\"id\":\"x\",\"createdAt\":1700000005000,\"status\":"
        "\"completed\"}}],\"nextCursor\":\"abc\",\"meta\":{\"totalRowCount\":9,"
        "\"filterRowCount\":9}}";
    struct list_reply reply;
    struct err err;
    api_server_fault(r->server,
                     &(struct api_fault){.match = "executions?", .content_type = JSON, .body = body});
    for (int round = 0; round < 2; round++) {
        r->no_background = round;
        remote_open(r);
        enum err_code code =
            remote_try(r, "", (struct list_query){.after = 40, .wait_exact = round}, &reply, &err);
        if (code)
            assert_true(err.hint[0]);
        assert_in_range(api_server_count(r->server, ""), 1, 40);
        api_server_clear_log(r->server);
        remote_close(r);
    }
}

static void a_redirect_within_the_server_is_followed(void **state)
{
    struct remote *r = *state;
    api_server_fault(r->server, &(struct api_fault){.match = "executions?",
                                                    .times = 1,
                                                    .status = 307,
                                                    .headers = "Location: /api/executions?limit=50\r\n"});
    remote_open(r);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "b a");
}

/* Not the API at all, from the start: said at the first question, and with what may be meant. */
static void an_address_that_is_not_the_api(void **state)
{
    struct remote *r = *state;
    struct list_reply reply;
    struct err err;
    char address[100];
    api_server_set_base(r->server, "/elsewhere/api");
    remote_open(r);
    assert_int_equal(remote_try(r, "", (struct list_query){.after = 9}, &reply, &err), ERR_UNSUPPORTED);
    assert_non_null(strstr(err.what, "that is a web page"));
    assert_true(err.hint[0]);
    remote_close(r);
    snprintf(address, sizeof address, "%s/elsewhere", api_server_url(r->server));
    remote_open_at(r, address);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "b a");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(each_fault_on_the_screen),
        CASE(each_kind_with_its_events),
        CASE(each_fault_in_a_script),
        CASE(more_than_is_taken),
        CASE(nobody_listens),
        CASE(a_fault_while_scrolling),
        CASE(counts_and_details_fail_alike),
        CASE(a_detail_is_whole_or_an_error),
        CASE(missing_unknown_and_odd_values),
        CASE(pages_that_go_round),
        CASE(a_redirect_within_the_server_is_followed),
        CASE(an_address_that_is_not_the_api),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
