/*
 * The application as a transport sees it: routes, bodies of what goes wrong, tags, what never leaves, and
 * that an answer holds what was committed before it was asked for. The writer is this process's own, open
 * before the file is served.
 */
#include "data/base/die.h"
#include "tests/support/api_case.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- routes ---- */

static void test_all_routes_work_with_and_without_api(void **state)
{
    struct api_case *f = *state;
    history_run(f->history, (struct history_run){.id = "r1"});
    api_case_serve(f, NULL);
    static const char *const paths[] = {"/executions", "/executions/r1", "/executions/r1/tool-calls",
                                        "/scope"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char line[100];
        snprintf(line, sizeof line, "GET %s", paths[i]);
        char *plain = mem_strdup(api_case_ask(f, line, 200));
        snprintf(line, sizeof line, "GET /api%s", paths[i]);
        assert_string_equal(api_case_ask(f, line, 200), plain);
        snprintf(line, sizeof line, "HEAD /api%s", paths[i]);
        assert_string_equal(api_case_ask(f, line, 200), plain);
        assert_string_equal(f->response.content_type, "application/json");
        free(plain);
    }
}

static void test_what_is_not_there_is_a_404(void **state)
{
    struct api_case *f = *state;
    history_run(f->history, (struct history_run){.id = "r1"});
    api_case_serve(f, NULL);
    static const char *const routes[] = {"/",
                                         "/api",
                                         "/api/",
                                         "/api/executionz",
                                         "/api/executions/",
                                         "/api/executions/r1/",
                                         "/api/executions/r1/calls",
                                         "/api/executions/r1/tool-calls/x",
                                         "/api/api/executions",
                                         "/apiexecutions",
                                         "/scope/x"};
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        char line[100];
        snprintf(line, sizeof line, "GET %s", routes[i]);
        assert_non_null(strstr(api_case_ask(f, line, 404), "\"_tag\":\"RouteNotFound\""));
    }
    static const char *const runs[] = {"/api/executions/r2", "/executions/r2/tool-calls", "/executions/r"};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        char line[100];
        snprintf(line, sizeof line, "GET %s", runs[i]);
        assert_non_null(
            strstr(api_case_ask(f, line, 404), "\"_tag\":\"ExecutionNotFoundError\",\"executionId\":\"r"));
        assert_string_equal(f->response.etag, "");
    }
    assert_string_equal(api_case_ask(f, "GET /executions/a%22%0A%1Bb", 404),
                        "{\"_tag\":\"ExecutionNotFoundError\",\"executionId\":\"a\\\"\\n\\u001bb\"}");
}

static void test_other_methods_are_a_405_that_says_which(void **state)
{
    struct api_case *f = *state;
    history_run(f->history, (struct history_run){.id = "r1"});
    api_case_serve(f, NULL);
    static const char *const lines[][2] = {{"POST /api/executions", "GET, HEAD"},
                                           {"DELETE /executions/r1", "GET, HEAD"},
                                           {"POST /executions/r1/tool-calls", "GET, HEAD"},
                                           {"PUT /scope", "GET, HEAD"},
                                           {"POST /executions/stream", "GET, HEAD"},
                                           {"GET /executions/r1/resume", "POST"},
                                           {"get /executions", "GET, HEAD"}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        api_case_ask(f, lines[i][0], 405);
        assert_string_equal(f->response.allow, lines[i][1]);
        assert_non_null(strstr(api_case_body(f), "\"_tag\":\"MethodNotAllowed\""));
    }
}

static void test_the_stream_is_the_transports(void **state)
{
    struct api_case *f = *state;
    api_case_serve(f, NULL);
    api_case_ask(f, "GET /api/executions/stream", 200);
    assert_true(f->response.is_stream);
    assert_string_equal(f->response.content_type, "text/event-stream");
    assert_int_equal(f->response.body.len, 0);
    api_case_ask(f, "GET /executions", 200);
    assert_false(f->response.is_stream);
}

/* ---- scopes ---- */

static void fill_scopes(struct api_case *f)
{
    history_run(f->history, (struct history_run){.id = "a1", .scope = "acme-app-f204e21e"});
    history_run(f->history, (struct history_run){.id = "b1", .scope = "other-00000000"});
    history_run(f->history, (struct history_run){.id = "a2", .scope = "acme-app-f204e21e"});
}

static void test_one_scope_is_served_alone(void **state)
{
    struct api_case *f = *state;
    fill_scopes(f);
    api_case_serve(f, "acme-app-f204e21e");
    assert_null(strstr(api_case_ask(f, "GET /executions", 200), "b1"));
    assert_non_null(strstr(api_case_body(f), "\"totalRowCount\":2,\"filterRowCount\":2"));
    api_case_ask(f, "GET /executions/a1", 200);
    api_case_ask(f, "GET /executions/b1", 404);
    api_case_ask(f, "GET /executions/b1/tool-calls", 404);
    assert_string_equal(api_case_ask(f, "GET /api/scope", 200),
                        "{\"id\":\"acme-app-f204e21e\",\"name\":\"acme-app\",\"dir\":\"data.db\",\"stack\":[{"
                        "\"id\":\"acme-app-"
                        "f204e21e\",\"name\":\"acme-app\",\"dir\":\"data.db\"}]}");
}

static void test_of_several_scopes_none_is_named(void **state)
{
    struct api_case *f = *state;
    fill_scopes(f);
    api_case_serve(f, NULL);
    cJSON *scope = cJSON_Parse(api_case_ask(f, "GET /scope", 200));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(scope, "id")));
    assert_string_equal(cJSON_GetObjectItem(scope, "dir")->valuestring, "data.db");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(scope, "stack")), 2);
    cJSON_Delete(scope);
    assert_non_null(strstr(api_case_ask(f, "GET /executions", 200), "\"totalRowCount\":3"));
}

static void test_a_file_with_one_scope_names_it(void **state)
{
    struct api_case *f = *state;
    history_run(f->history, (struct history_run){.id = "a1", .scope = "short"});
    api_case_serve(f, NULL);
    assert_non_null(strstr(api_case_ask(f, "GET /scope", 200), "{\"id\":\"short\",\"name\":\"short\","));
}

/* ---- what never leaves ---- */

static void test_the_secret_part_of_an_answer_never_leaves(void **state)
{
    struct api_case *f = *state;
    history_run(f->history, (struct history_run){.id = "r1", .status = "waiting_for_interaction"});
    history_question(f->history, "r1",
                     (struct history_question){.response_private = "{\"pin\":\"hunter2\"}"});
    api_case_serve(f, NULL);
    static const char *const lines[] = {"GET /executions", "GET /executions/r1",
                                        "GET /executions/r1/tool-calls"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        api_case_ask(f, lines[i], 200);
        assert_null(strstr(api_case_body(f), "hunter2"));
        if (i < 2)
            assert_non_null(
                strstr(api_case_body(f), "\"responsePrivateJson\":null,\"hasPrivateResponse\":true"));
    }
}

static void test_a_failure_names_no_path(void **state)
{
    struct api_case *f = *state;
    history_run(f->history, (struct history_run){.id = "r1"});
    api_case_serve(f, NULL);
    api_case_ask(f, "GET /executions", 200);
    history_close(f->history);
    unlink(history_path(f->history));
    api_case_ask(f, "GET /executions", 503);
    assert_null(strstr(api_case_body(f), history_dir(f->history)));
    assert_non_null(strstr(api_case_body(f), "\"_tag\":\"ServiceUnavailable\""));
    assert_non_null(strstr(f->response.why.what, history_path(f->history)));
    api_case_ask(f, "GET /executions/r1", 503);
    assert_null(strstr(api_case_body(f), history_dir(f->history)));
}

/* ---- tags ---- */

static void ask_again(struct api_case *f, const char *line, const char *tags, int status)
{
    api_ask_with(f->api, line, &(struct api_ask_options){.if_none_match = tags}, &f->response);
    if (f->response.status != status)
        fail_msg("%s with %s: %d, not %d", line, tags, f->response.status, status);
    assert_true((f->response.body.len == 0) == (status == 304));
    assert_true((f->response.content_type == NULL) == (status == 304));
    assert_true(f->response.etag[0] != '\0');
}

static void test_what_the_client_has_is_not_sent_again(void **state)
{
    struct api_case *f = *state;
    history_run(f->history, (struct history_run){.id = "r1"});
    api_case_serve(f, NULL);
    static const char *const lines[] = {"GET /executions?limit=5", "GET /executions/r1",
                                        "GET /executions/r1/tool-calls", "GET /scope"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char tag[48], tags[200];
        api_case_ask(f, lines[i], 200);
        snprintf(tag, sizeof tag, "%s", f->response.etag);
        assert_memory_equal(tag, "W/\"", 3);
        ask_again(f, lines[i], tag, 304);
        assert_string_equal(f->response.etag, tag);
        snprintf(tags, sizeof tags, "\"other\" , %s", tag + 2);
        ask_again(f, lines[i], tags, 304);
        ask_again(f, lines[i], "*", 304);
        ask_again(f, lines[i], "\"other\", W/\"x\"", 200);
        ask_again(f, lines[i], "", 200);
    }
}

static void test_a_tag_is_over_with_the_next_commit(void **state)
{
    struct api_case *f = *state;
    history_run(f->history, (struct history_run){.id = "r1", .status = "running"});
    api_case_serve(f, NULL);
    char list[48], run[48];
    api_case_ask(f, "GET /executions", 200);
    snprintf(list, sizeof list, "%s", f->response.etag);
    api_case_ask(f, "GET /executions/r1", 200);
    snprintf(run, sizeof run, "%s", f->response.etag);
    /* in place, and without a change of status: no index tells of it */
    history_sql(f->history, "UPDATE execution SET code = 'return 2' WHERE id = 'r1'");
    ask_again(f, "GET /executions", list, 200);
    assert_non_null(strstr(api_case_body(f), "return 2"));
    ask_again(f, "GET /executions/r1", run, 200);
    history_sql(f->history, "UPDATE execution SET code = 'return 1' WHERE id = 'r1'");
    ask_again(f, "GET /executions", list, 304); /* the body is what it was */
    ask_again(f, "GET /executions/r1", run, 304);
}

/* ---- freshness ---- */

static void test_a_row_is_in_the_very_next_answer(void **state)
{
    enum { ROUNDS = 60 };
    struct api_case *f = *state;
    api_case_serve(f, NULL);
    for (int i = 1; i <= ROUNDS; i++) {
        char wanted[64];
        history_run(f->history, (struct history_run){.status = "running", .trigger = i % 2 ? "mcp" : "cli"});
        snprintf(wanted, sizeof wanted, "\"totalRowCount\":%d,\"filterRowCount\":%d", i, (i + 1) / 2);
        if (!strstr(api_case_ask(f, "GET /executions?trigger=mcp&limit=1", 200), wanted))
            fail_msg("round %d: no %s in %s", i, wanted, api_case_body(f));
    }
}

static void test_a_change_is_in_the_very_next_answer(void **state)
{
    struct api_case *f = *state;
    history_run(f->history, (struct history_run){.id = "r1", .status = "running"});
    api_case_serve(f, NULL);
    assert_non_null(strstr(api_case_ask(f, "GET /executions?status=failed", 200), "{\"executions\":[],"));
    history_sql(f->history, "UPDATE execution SET status = 'failed', completed_at = started_at + 5");
    assert_non_null(strstr(api_case_ask(f, "GET /executions?status=failed", 200), "\"filterRowCount\":1"));
    history_call(f->history, "r1", (struct history_call){.path = "a.b"});
    assert_non_null(
        strstr(api_case_ask(f, "GET /executions?tool=a.*", 200), "{\"toolPath\":\"a.b\",\"count\":1}"));
    history_question(f->history, "r1", (struct history_question){.status = "resolved"});
    assert_non_null(strstr(api_case_ask(f, "GET /executions?elicitation=true", 200), "\"filterRowCount\":1"));
}

static void test_what_was_swept_is_in_no_answer(void **state)
{
    struct api_case *f = *state;
    for (int i = 0; i < 20; i++)
        history_run(f->history, (struct history_run){.trigger = "cli"});
    api_case_serve(f, NULL);
    assert_non_null(strstr(api_case_ask(f, "GET /executions?limit=1", 200), "\"totalRowCount\":20"));
    history_sql(f->history, "DELETE FROM execution WHERE rowid <= 5");
    assert_non_null(strstr(api_case_ask(f, "GET /executions?limit=1", 200), "\"totalRowCount\":15"));
    history_sql(f->history, "DELETE FROM execution WHERE rowid >= 18");
    assert_non_null(
        strstr(api_case_ask(f, "GET /executions?trigger=cli&limit=1", 200), "\"filterRowCount\":12"));
    history_sql(f->history, "VACUUM");
    assert_non_null(
        strstr(api_case_ask(f, "GET /executions?sort=createdAt,asc&limit=1", 200), "\"totalRowCount\":12"));
}

struct waiter {
    struct api *api;
    uint64_t seen;
    bool has_moved;
};

static void *wait_for_news(void *context)
{
    struct waiter *waiter = context;
    waiter->has_moved = api_wait(waiter->api, waiter->seen, 20000);
    return NULL;
}

static void test_the_revision_moves_with_a_commit(void **state)
{
    struct api_case *f = *state;
    pthread_t thread;
    history_run(f->history, (struct history_run){.id = "r1"});
    api_case_serve(f, NULL);
    api_case_ask(f, "GET /executions", 200);
    while (api_wait(f->api, api_revision(f->api), 300))
        ;
    struct waiter waiter = {f->api, api_revision(f->api), false};
    assert_true(waiter.seen != 0);
    pthread_create(&thread, NULL, wait_for_news, &waiter);
    history_run(f->history, (struct history_run){.id = "r2"});
    pthread_join(thread, NULL);
    assert_true(waiter.has_moved);
    assert_true(api_revision(f->api) != waiter.seen);
}

static void test_stopping_ends_all_waits(void **state)
{
    struct api_case *f = *state;
    pthread_t thread;
    api_case_serve(f, NULL);
    api_case_ask(f, "GET /executions", 200);
    struct waiter waiter = {f->api, api_revision(f->api), true};
    while (api_wait(f->api, waiter.seen, 300))
        waiter.seen = api_revision(f->api);
    pthread_create(&thread, NULL, wait_for_news, &waiter);
    api_stop(f->api);
    pthread_join(thread, NULL);
    assert_false(waiter.has_moved);
    assert_true(api_is_stopped(f->api));
    api_case_ask(f, "GET /executions", 503);
}

/* ---- several at once ---- */

enum { ASKERS = 8, ASKED = 40 };

struct asker {
    struct api *api;
    _Atomic int64_t *written;
    int number;
    char wrong[300];
};

static int64_t total_of(const char *text)
{
    const char *at = strstr(text, "\"totalRowCount\":");
    return at ? strtoll(at + strlen("\"totalRowCount\":"), NULL, 10) : -1;
}

static void *ask_much(void *context)
{
    static const char *const lines[] = {"GET /executions?limit=3",
                                        "GET /executions?status=failed&limit=2",
                                        "GET /executions?sort=durationMs,desc&limit=2",
                                        "GET /executions?code=boom&limit=2",
                                        "GET /executions?tool=a.*&limit=1",
                                        "GET /executions/r1",
                                        "GET /scope",
                                        "GET /executions/r1/tool-calls"};
    struct asker *asker = context;
    struct api_response response;
    api_response_init(&response);
    for (int i = 0; i < ASKED && !asker->wrong[0]; i++) {
        int64_t before = atomic_load(asker->written);
        const char *line = lines[(i + asker->number) % 8];
        api_ask(asker->api, line, &response);
        int64_t total = total_of(buf_cstr(&response.body));
        bool is_list = strstr(line, "limit") != NULL;
        if (response.status != 200 || (is_list && total < before))
            snprintf(asker->wrong, sizeof asker->wrong, "%s: %d, %lld of %lld: %.150s", line, response.status,
                     (long long)total, (long long)before, buf_cstr(&response.body));
    }
    api_response_release(&response);
    return NULL;
}

static void test_many_ask_while_one_writes(void **state)
{
    struct api_case *f = *state;
    static const char *const statuses[] = {"completed", "failed", "running"};
    _Atomic int64_t written = 1;
    struct asker askers[ASKERS];
    pthread_t threads[ASKERS];
    history_run(f->history, (struct history_run){.id = "r1"});
    api_case_serve(f, NULL);
    for (int i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){f->api, &written, i, ""};
        pthread_create(&threads[i], NULL, ask_much, &askers[i]);
    }
    for (int i = 0; i < 200; i++) {
        const char *id = history_run(f->history, (struct history_run){.status = statuses[i % 3],
                                                                      .code = i % 5 ? "return 1" : "boom()",
                                                                      .duration = i});
        history_call(f->history, id, (struct history_call){.path = "a.b"});
        atomic_fetch_add(&written, 1);
        usleep(1000);
    }
    for (int i = 0; i < ASKERS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < ASKERS; i++)
        if (askers[i].wrong[0])
            fail_msg("%s", askers[i].wrong);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, api_case_set_up, api_case_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_all_routes_work_with_and_without_api),
        TEST(test_what_is_not_there_is_a_404),
        TEST(test_other_methods_are_a_405_that_says_which),
        TEST(test_the_stream_is_the_transports),
        TEST(test_one_scope_is_served_alone),
        TEST(test_of_several_scopes_none_is_named),
        TEST(test_a_file_with_one_scope_names_it),
        TEST(test_the_secret_part_of_an_answer_never_leaves),
        TEST(test_a_failure_names_no_path),
        TEST(test_what_the_client_has_is_not_sent_again),
        TEST(test_a_tag_is_over_with_the_next_commit),
        TEST(test_a_row_is_in_the_very_next_answer),
        TEST(test_a_change_is_in_the_very_next_answer),
        TEST(test_what_was_swept_is_in_no_answer),
        TEST(test_the_revision_moves_with_a_commit),
        TEST(test_stopping_ends_all_waits),
        TEST(test_many_ask_while_one_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
