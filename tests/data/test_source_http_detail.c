/*
 * One run of a remote source, found by any id; and what of it, and of who we are, goes nowhere else.
 */
#include "data/wire.h"
#include "tests/support/plain_http.h"
#include "tests/support/remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define T0 INT64_C(1700000000000)

static int set_up(void **state)
{
    *state = remote_new();
    return 0;
}

static int tear_down(void **state)
{
    remote_free(*state);
    return 0;
}

/* r0000 … r0999 */
static void add_thousand(struct remote *r)
{
    history_begin(r->history);
    for (int i = 0; i < 1000; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%04d", i);
        history_run(r->history, (struct history_run){.id = id, .created_at = T0 + i * 1000});
    }
    history_commit(r->history);
}

static size_t requests(struct remote *r)
{
    return api_server_count(r->server, "executions?");
}

/* ---- details ---- */

static struct detail_reply detail_of(struct remote *r, const char *id, bool is_prefix)
{
    struct detail_query query = {.id = (char *)id, .is_prefix = is_prefix};
    struct detail_reply reply;
    struct err err;
    if (conn_detail(r->conn, &query, NULL, &r->arena, &reply, &err) != ERR_OK)
        fail_msg("%s (%s)", err.what, err.hint);
    return reply;
}

static void a_detail_with_its_calls(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a",
                                                 .status = "failed",
                                                 .code = "throw new Error('x')",
                                                 .result = "null",
                                                 .error = "x",
                                                 .logs = "[\"[error] x\"]",
                                                 .trigger = "mcp",
                                                 .trigger_meta = "{\"k\":1}",
                                                 .duration = 70,
                                                 .tool_call_count = 2});
    history_call(r->history, "a",
                 (struct history_call){.id = "c2", .path = "b.c", .started_at = 20, .duration = 5});
    history_call(
        r->history, "a",
        (struct history_call){
            .id = "c1", .path = "b.a", .started_at = 10, .status = "failed", .error = "no", .args = "{}"});
    remote_open(r);
    struct detail_reply reply = detail_of(r, "a", false);
    assert_true(text_is(reply.detail.run.error_text, "x"));
    assert_true(text_is(reply.detail.run.result_json, "null"));
    assert_true(text_is(reply.detail.run.trigger_meta_json, "{\"k\":1}"));
    assert_int_equal(run_duration(&reply.detail.run), 70);
    assert_int_equal(reply.detail.pending, -1);
    assert_int_equal(reply.call_count, 2);
    assert_true(text_is(reply.calls[0].id, "c1"));
    assert_true(text_is(reply.calls[0].error_text, "no"));
    assert_int_equal(reply.calls[1].duration_ms, 5);
}

static struct detail_reply quick_detail_of(struct remote *r, const char *id)
{
    struct detail_query query = {.id = (char *)id, .may_lack_calls = true};
    struct detail_reply reply;
    struct err err;
    if (conn_detail(r->conn, &query, NULL, &r->arena, &reply, &err) != ERR_OK)
        fail_msg("%s (%s)", err.what, err.hint);
    return reply;
}

static size_t requests_of_runs(struct remote *r)
{
    return api_server_count(r->server, "executions/");
}

/* All but the calls was in the list's answer, and a whole run is never older than its row. */
static void a_listed_run_is_there_before_it_is_asked_for(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a",
                                                 .status = "waiting_for_interaction",
                                                 .code = "return 1",
                                                 .created_at = T0,
                                                 .tool_call_count = 1});
    history_question(r->history, "a", (struct history_question){.kind = "form"});
    history_call(r->history, "a", (struct history_call){.path = "b.c"});
    remote_open(r);
    assert_false(quick_detail_of(r, "a").lacks_calls); /* no list has been read */
    remote_list(r, "", (struct list_query){.after = 9});
    size_t before = requests_of_runs(r);
    struct detail_reply quick = quick_detail_of(r, "a");
    assert_int_equal(requests_of_runs(r), before);
    assert_true(quick.lacks_calls);
    assert_int_equal(quick.call_count, 0);
    assert_true(text_is(quick.detail.run.code, "return 1"));
    assert_int_equal(quick.detail.pending, 0);
    assert_true(text_is(quick.detail.interactions[0].kind, "form"));
    struct detail_reply whole = detail_of(r, "a", false);
    assert_false(whole.lacks_calls);
    assert_int_equal(whole.call_count, 1);
}

static void so_is_a_run_that_live_brought(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a", .created_at = T0});
    remote_open(r);
    remote_list(r, "", (struct list_query){.after = 9});
    source_set_live(r->source, true);
    history_run(r->history, (struct history_run){.id = "b", .created_at = T0 + 5000});
    do
        remote_await(r, SOURCE_CHANGED);
    while (remote_list(r, "", (struct list_query){.after = 9}).count < 2);
    size_t before = requests_of_runs(r);
    assert_true(quick_detail_of(r, "b").lacks_calls);
    assert_true(quick_detail_of(r, "a").lacks_calls);
    assert_int_equal(requests_of_runs(r), before);
}

static void of_an_ended_run_only_the_calls_are_asked_for(void **state)
{
    struct remote *r = *state;
    history_run(r->history,
                (struct history_run){.id = "a", .result = "1", .created_at = T0, .tool_call_count = 1});
    history_call(r->history, "a", (struct history_call){.path = "b.c"});
    remote_open(r);
    remote_list(r, "", (struct list_query){.after = 9});
    size_t before = requests_of_runs(r);
    struct detail_reply whole = detail_of(r, "a", false);
    assert_int_equal(requests_of_runs(r), before + 1);
    assert_int_equal(whole.call_count, 1);
    assert_true(text_is(whole.detail.run.result_json, "1"));
    history_sql(r->history, "DELETE FROM execution");
    struct detail_query query = {.id = (char *)"a"};
    struct detail_reply reply;
    struct err err;
    assert_int_equal(conn_detail(r->conn, &query, NULL, &r->arena, &reply, &err), ERR_NOT_FOUND);
}

static void a_run_that_has_changed_is_asked_for(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a", .status = "running", .created_at = T0});
    remote_open(r);
    remote_list(r, "", (struct list_query){.after = 9});
    assert_true(quick_detail_of(r, "a").lacks_calls);
    history_sql(r->history, "UPDATE execution SET status='completed', updated_at=updated_at+500");
    detail_of(r, "a", false); /* brings the row up to date */
    struct detail_reply reply = quick_detail_of(r, "a");
    assert_false(reply.lacks_calls);
    assert_true(text_is(reply.detail.run.status, "completed"));
}

static void a_shortened_id(void **state)
{
    struct remote *r = *state;
    struct detail_reply reply;
    struct err err;
    add_thousand(r);
    history_run(r->history, (struct history_run){.id = "unique-id", .created_at = T0 - 5});
    for (int round = 0; round < 2; round++) {
        r->no_background = round;
        remote_open(r);
        assert_true(text_is(detail_of(r, "uni", true).detail.run.id, "unique-id"));
        assert_true(text_is(detail_of(r, "r0777", true).detail.run.id, "r0777"));
        struct detail_query query = {.id = (char *)"r077", .is_prefix = true};
        assert_int_equal(conn_detail(r->conn, &query, NULL, &r->arena, &reply, &err), ERR_USAGE);
        assert_non_null(strstr(err.what, "r077"));
        assert_non_null(strstr(err.hint, "r0779"));
        query.id = (char *)"nothing";
        if (conn_detail(r->conn, &query, NULL, &r->arena, &reply, &err) == ERR_OK)
            fail_msg("%s", reply.detail.run.id.s);
        query = (struct detail_query){.id = (char *)"uni"};
        assert_int_equal(conn_detail(r->conn, &query, NULL, &r->arena, &reply, &err), ERR_NOT_FOUND);
        remote_close(r);
    }
}

/* Ids are any text: what would be a path, a query or an escape is neither. */
static void odd_ids_are_escaped(void **state)
{
    struct remote *r = *state;
    static const char *const ids[] = {"a/b", "a?b=c", "100%", "a b", "grün", "..", "a#b"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        history_run(r->history, (struct history_run){.id = ids[i]});
    remote_open(r);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (strcmp(ids[i], "..") != 0)
            assert_true(text_is(detail_of(r, ids[i], false).detail.run.id, ids[i]));
    }
}

static void peers_among_the_rows_that_are_held(void **state)
{
    struct remote *r = *state;
    struct peers_query query = {
        .id = (char *)"p3", .code = (char *)"same", .code_len = 4, .duration_ms = 300};
    struct peers_reply reply;
    struct err err;
    for (int i = 0; i < 10; i++) {
        char id[16];
        snprintf(id, sizeof id, "p%d", i);
        history_run(r->history, (struct history_run){.id = id, .code = "same", .duration = i * 100});
    }
    history_run(r->history, (struct history_run){.code = "other", .duration = 1});
    history_run(r->history, (struct history_run){.code = "same", .status = "running"});
    remote_open(r);
    remote_list(r, "", (struct list_query){.after = 40});
    size_t before = requests(r);
    assert_int_equal(conn_peers(r->conn, &query, NULL, &r->arena, &reply, &err), ERR_OK);
    assert_int_equal(reply.count, 10);
    assert_int_equal(reply.faster, 3);
    assert_in_range(reply.p50_ms, 400, 500);
    assert_in_range(reply.p95_ms, 800, 900);
    assert_int_equal(requests(r), before);
}

/* ---- what must not get out, what must not go there ---- */

#define PRIVATE "private-8f3a"

static bool has_text(struct text text)
{
    return text.n && memmem(text.s, text.n, PRIVATE, strlen(PRIVATE));
}

static void expect_no_private(const struct run_detail *detail)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    wire_detail(detail, &out);
    assert_false(has_text(buf_as_text(&out)));
    assert_non_null(strstr(buf_cstr(&out), "\"hasPrivateResponse\":true"));
    buf_release(&out);
    assert_int_equal(detail->interaction_count, 1);
    const struct interaction *one = &detail->interactions[0];
    assert_true(one->has_private_response);
    assert_false(has_text(one->response_json) || has_text(one->payload_json) || has_text(one->purpose));
}

static void the_private_answer_stays_out(void **state)
{
    struct remote *r = *state;
    struct plain_answer plain;
    history_run(r->history, (struct history_run){.id = "a", .status = "waiting_for_interaction"});
    history_question(
        r->history, "a",
        (struct history_question){.response = "{}", .response_private = "{\"password\":\"" PRIVATE "\"}"});
    plain_get(api_server_port(r->server), "/api/executions/a", NULL, &plain);
    assert_non_null(strstr(plain.body, PRIVATE)); /* the server sends it */
    plain_release(&plain);
    r->no_background = true;
    remote_open(r);
    struct list_query query = {.after = 9, .want_full = true, .wait_exact = true};
    struct list_reply list = remote_list(r, "", query);
    expect_no_private(&list.full[0]);
    struct detail_reply detail = detail_of(r, "a", false);
    expect_no_private(&detail.detail);
}

#define TOKEN "token-5b1e"

static const char *write_secret(struct remote *r, const char *name, const char *content)
{
    const char *path = arena_printf(&r->arena, "%s/%s", history_dir(r->history), name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
    return path;
}

static void a_token_goes_to_its_server_alone(void **state)
{
    struct remote *r = *state;
    struct api_server *other = api_server_start(history_path(r->history));
    size_t count;
    history_run(r->history, (struct history_run){.id = "a", .status = "running"}); /* asked for as a whole */
    r->settings.token_file = write_secret(r, "token", TOKEN "\n");
    api_server_require_bearer(r->server, TOKEN);
    remote_open(r);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "a");
    detail_of(r, "a", false);
    const struct api_request *log = api_server_requests(r->server, &count);
    assert_true(count >= 3);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(log[i].authorization, "Bearer " TOKEN);
    char location[200];
    snprintf(location, sizeof location, "Location: %s/api/executions?limit=1\r\n", api_server_url(other));
    api_server_fault(r->server,
                     &(struct api_fault){.match = "status=failed", .status = 302, .headers = location});
    struct list_reply reply;
    struct err err;
    assert_int_equal(remote_try(r, "status:failed", (struct list_query){.after = 9}, &reply, &err), ERR_OK);
    log = api_server_requests(other, &count);
    assert_true(count >= 1);
    for (size_t i = 0; i < count; i++)
        assert_null(log[i].authorization);
    remote_close(r);
    api_server_stop(other);
}

static void a_wrong_token_is_not_repeated_in_the_error(void **state)
{
    struct remote *r = *state;
    struct list_reply reply;
    struct err err;
    r->settings.token_file = write_secret(r, "token", TOKEN);
    api_server_require_bearer(r->server, "another");
    remote_open(r);
    assert_int_equal(remote_try(r, "", (struct list_query){.after = 9}, &reply, &err), ERR_DENIED);
    assert_null(strstr(err.what, TOKEN));
    assert_null(strstr(err.hint, TOKEN));
    assert_non_null(strstr(err.what, "401"));
    assert_non_null(strstr(err.what, "token"));
}

static void basic_and_cookie(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a"});
    r->settings.user_file = write_secret(r, "user", "me:" TOKEN "\n");
    api_server_require_basic(r->server, "me", TOKEN);
    remote_open(r);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "a");
    remote_close(r);
    r->settings.user_file = NULL;
    r->settings.cookie_file = write_secret(r, "cookie", "session=" TOKEN "\n");
    api_server_require_cookie(r->server, "session=" TOKEN);
    remote_open(r);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "a");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_detail_with_its_calls),
        CASE(a_listed_run_is_there_before_it_is_asked_for),
        CASE(so_is_a_run_that_live_brought),
        CASE(of_an_ended_run_only_the_calls_are_asked_for),
        CASE(a_run_that_has_changed_is_asked_for),
        CASE(a_shortened_id),
        CASE(odd_ids_are_escaped),
        CASE(peers_among_the_rows_that_are_held),
        CASE(the_private_answer_stays_out),
        CASE(a_token_goes_to_its_server_alone),
        CASE(a_wrong_token_is_not_repeated_in_the_error),
        CASE(basic_and_cookie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
