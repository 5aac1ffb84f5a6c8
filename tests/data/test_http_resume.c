/*
 * Answering a remote run: what is sent, to whom, and what each way of going wrong is called.
 */
#include "tests/support/canned_server.h"
#include "tests/support/remote.h"

#include "data/base/die.h"
#include "data/http/http_resume.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define RUN "5f9d4ed9-abd5-4d81-b28c-e46cd18ffbb2"
#define QUESTION "2f58b605-8063-4e09-8ad3-f1548df39162"
#define PATH "/api/executions/" RUN
#define JSON(status, body)                                                                                   \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct http_resume plain = {.run_id = RUN, .action = "accept"};

static int set_up(void **state)
{
    struct remote *r = remote_new();
    history_run(r->history,
                (struct history_run){.id = RUN, .status = "waiting_for_interaction", .scope = "acme"});
    history_question(r->history, RUN, (struct history_question){.id = QUESTION});
    history_run(r->history, (struct history_run){.id = "done", .status = "completed"});
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    unsetenv("EXECUTOR_RUNS_TOKEN");
    remote_free(*state);
    return 0;
}

static enum err_code answer(struct remote *r, struct http_resume resume, struct err *err)
{
    err_clear(err);
    return http_resume_send(api_server_url(r->server), &r->settings, &resume, NULL, err);
}

static void taken(struct remote *r, struct http_resume resume)
{
    struct err err;
    if (answer(r, resume, &err) != ERR_OK)
        fail_msg("%s (%s)", err.what, err.hint);
}

static void refused(struct remote *r, struct http_resume resume, enum err_code code, const char *words)
{
    struct err err;
    assert_int_equal(answer(r, resume, &err), code);
    assert_int_equal(err.code, code);
    if (!strstr(err.what, words) && !strstr(err.hint, words))
        fail_msg("neither '%s' nor '%s' says '%s'", err.what, err.hint, words);
}

static const struct api_request *the_post(struct remote *r)
{
    size_t count;
    const struct api_request *requests = api_server_requests(r->server, &count), *post = NULL;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(requests[i].method, "POST") != 0)
            continue;
        assert_null(post); /* never twice */
        post = &requests[i];
    }
    return post;
}

/* ---- what is sent ---- */

static void an_answer_is_taken(void **state)
{
    struct remote *r = *state;
    taken(r, (struct http_resume){.run_id = RUN,
                                  .scope = "acme",
                                  .interaction_id = QUESTION,
                                  .action = "accept",
                                  .content = TEXT_LIT("{ \"to\": \"Grüße\" }")});
    const struct api_request *post = the_post(r);
    assert_non_null(post);
    assert_string_equal(post->target, PATH "/resume");
    assert_string_equal(post->body, "{\"action\":\"accept\",\"content\":{ \"to\": \"Grüße\" }}");
    refused(r, plain, ERR_NOT_FOUND, "does not wait for an answer: it is running");
    the_post(r); /* and was not sent */
}

static void a_shortened_id_will_do(void **state)
{
    struct remote *r = *state;
    taken(r, (struct http_resume){.run_id = "5f9d4", .action = "decline"});
    assert_string_equal(the_post(r)->body, "{\"action\":\"decline\"}");
}

static void several_runs_begin_so(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "5f9dffff-abd5-4d81-b28c-e46cd18ffbb2"});
    refused(r, (struct http_resume){.run_id = "5f9d", .action = "accept"}, ERR_USAGE, "more than one run");
    assert_null(the_post(r));
}

static void nothing_is_sent_where_that_is_not_asked(void **state)
{
    struct remote *r = *state;
    refused(r, (struct http_resume){.run_id = "nobody", .action = "accept"}, ERR_NOT_FOUND, "no run nobody");
    refused(r, (struct http_resume){.run_id = "done", .action = "accept"}, ERR_NOT_FOUND, "it is completed");
    refused(r, (struct http_resume){.run_id = RUN, .scope = "other", .action = "accept"}, ERR_NOT_FOUND,
            "no run");
    refused(r, (struct http_resume){.run_id = RUN, .interaction_id = "older", .action = "accept"},
            ERR_NOT_FOUND, "another question by now: " QUESTION);
    refused(r, (struct http_resume){.run_id = "", .action = "accept"}, ERR_USAGE, "an id is wanted");
    refused(r, (struct http_resume){.run_id = RUN, .action = "accept", .content = TEXT_LIT("[1]")}, ERR_USAGE,
            "no JSON object");
    refused(
        r, (struct http_resume){.run_id = RUN, .action = "accept", .content = TEXT_LIT("{\"a\":1},\"b\":{}")},
        ERR_USAGE, "no JSON object");
    char *much = mem_new(HTTP_RESUME_CONTENT_MAX + 2);
    memset(much, ' ', HTTP_RESUME_CONTENT_MAX + 2);
    refused(r,
            (struct http_resume){
                .run_id = RUN, .action = "accept", .content = {much, HTTP_RESUME_CONTENT_MAX + 1}},
            ERR_TOO_BIG, "more than");
    free(much);
    assert_null(the_post(r));
}

static enum err_code refuse_by(void *context, const struct interaction *asked, struct err *err)
{
    assert_true(text_is(asked->id, QUESTION));
    return err_set(err, *(enum err_code *)context, "not so");
}

static void the_asker_may_refuse_it(void **state)
{
    struct remote *r = *state;
    enum err_code code = ERR_USAGE;
    struct http_resume checked = {.run_id = RUN, .action = "accept", .check = refuse_by, .context = &code};
    refused(r, checked, ERR_USAGE, "not so");
    assert_null(the_post(r));
    code = ERR_OK;
    taken(r, checked);
}

static void the_largest_content_goes(void **state)
{
    struct remote *r = *state;
    struct buf content;
    buf_init(&content, HTTP_RESUME_CONTENT_MAX);
    buf_str(&content, "{\"a\":\"");
    buf_fill(&content, 'x', HTTP_RESUME_CONTENT_MAX - content.len - 2);
    buf_str(&content, "\"}");
    api_server_fault(
        r->server, &(struct api_fault){.match = "/resume", .content_type = "application/json", .body = "{}"});
    taken(r, (struct http_resume){.run_id = RUN, .action = "accept", .content = buf_as_text(&content)});
    buf_release(&content);
}

static void credentials_go_along(void **state)
{
    struct remote *r = *state;
    api_server_require_bearer(r->server, "geheim");
    refused(r, plain, ERR_DENIED, "EXECUTOR_RUNS_TOKEN");
    setenv("EXECUTOR_RUNS_TOKEN", "geheim", 1);
    taken(r, plain);
    assert_string_equal(the_post(r)->authorization, "Bearer geheim");
}

static void a_run_that_failed_after_it_was_answered_all_the_same(void **state)
{
    struct remote *r = *state;
    api_server_fault(r->server,
                     &(struct api_fault){.match = "/resume",
                                         .content_type = "application/json",
                                         .body = "{\"text\":\"boom\",\"structured\":null,\"isError\":true}"});
    taken(r, plain);
}

static void the_base_is_found(void **state)
{
    struct remote *r = *state;
    api_server_set_base(r->server, "");
    taken(r, plain);
    assert_string_equal(the_post(r)->target, "/executions/" RUN "/resume");
}

/* ---- what the server says ---- */

static void says(struct remote *r, int status, const char *type, const char *body)
{
    api_server_clear_faults(r->server);
    api_server_fault(
        r->server,
        &(struct api_fault){.match = "/resume", .status = status, .content_type = type, .body = body});
}

static void refusals_have_words(void **state)
{
    struct remote *r = *state;
    static const char json[] = "application/json";
    static const struct {
        int status;
        const char *type, *body;
        enum err_code code;
        const char *why;
    } answers[] = {
        {400, json, "{\"_tag\":\"HttpApiDecodeError\",\"issues\":[{\"message\":\"Expected a number\"}]}",
         ERR_USAGE, "Expected a number"},
        {404, json, "{\"_tag\":\"ExecutionNotFoundError\",\"executionId\":\"" RUN "\"}", ERR_NOT_FOUND,
         "does not wait for this answer (404)"},
        {409, json, "{}", ERR_NOT_FOUND, "does not wait for this answer (409)"},
        {409, json, "{\"_tag\":\"X\",\"message\":\"answer it there\"}", ERR_NOT_FOUND,
         "does not take the answer (409 Conflict): answer it there"},
        {401, json, "{}", ERR_DENIED, "401"},
        {403, json, "{}", ERR_DENIED, "403"},
        {429, json, "{}", ERR_BUSY, "too often"},
        {200, "text/html", "<!doctype html><title>Executor</title>", ERR_UNSUPPORTED, "a web page"},
        {418, "text/plain", "no", ERR_IO, "418"},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        says(r, answers[i].status, answers[i].type, answers[i].body);
        refused(r, plain, answers[i].code, answers[i].why);
    }
}

static void an_executor_that_was_started_anew_knows_no_answer(void **state)
{
    struct remote *r = *state;
    api_server_set_real(r->server, true);
    refused(r, plain, ERR_IO, "InternalError");
    refused(r, plain, ERR_IO, "nothing waits for the answer any more");
}

/* ---- the way there and back ---- */

/* The server took it and then hung up. */
static void an_answer_that_arrived_was_taken(void **state)
{
    struct remote *r = *state;
    static const enum api_fault_kind ends[] = {API_FAULT_CLOSE, API_FAULT_RESET, API_FAULT_TRUNCATE};
    for (size_t i = 0; i < COUNT(ends); i++) {
        api_server_clear_faults(r->server);
        history_sql(r->history, "UPDATE execution_interaction SET status = 'pending'");
        api_server_clear_log(r->server);
        api_server_fault(r->server, &(struct api_fault){.match = "/resume", .kind = ends[i]});
        taken(r, plain);
        assert_non_null(the_post(r));
    }
}

static void *answer_meanwhile(void *context)
{
    struct remote *r = context;
    api_server_wait(r->server, "/resume", 1, REMOTE_PATIENCE_MS);
    history_sql(r->history, "UPDATE execution_interaction SET status = 'resolved'");
    return NULL;
}

static void a_proxy_that_does_not_wait_is_no_failure(void **state)
{
    struct remote *r = *state;
    pthread_t thread;
    says(r, 504, "text/html", "<html>");
    refused(r, plain, ERR_IO, "proxy in front"); /* and the question is still open */
    api_server_clear_log(r->server);
    api_server_set_delay(r->server, "/resume", 200);
    assert_int_equal(pthread_create(&thread, NULL, answer_meanwhile, r), 0);
    taken(r, plain);
    pthread_join(thread, NULL);
}

static void what_is_not_known_is_said(void **state)
{
    struct remote *r = *state;
    api_server_fault(r->server, &(struct api_fault){.match = "/resume", .kind = API_FAULT_CLOSE});
    api_server_fault(r->server, &(struct api_fault){.match = RUN, .skip = 1, .kind = API_FAULT_CLOSE});
    refused(r, plain, ERR_IO, "may have arrived");
}

static void a_redirect_is_not_followed(void **state)
{
    struct remote *r = *state;
    static const int statuses[] = {301, 302, 303, 307, 308};
    static const struct canned other[] = {{.path = NULL, .bytes = JSON("200 OK", "{}"), .end = CANNED_CLOSE}};
    struct canned_server *elsewhere = canned_start(other, 1);
    for (size_t i = 0; i < COUNT(statuses); i++) {
        char location[200];
        snprintf(location, sizeof location, "Location: %s\r\n", canned_url(elsewhere, "/x?token=abc"));
        api_server_clear_faults(r->server);
        api_server_fault(r->server,
                         &(struct api_fault){.match = "/resume", .status = statuses[i], .headers = location});
        refused(r, plain, ERR_UNSUPPORTED, "nothing is sent on by a redirect");
    }
    assert_int_equal(canned_requests(elsewhere), 0);
    canned_stop(elsewhere);
    struct err err;
    answer(r, plain, &err);
    assert_null(strstr(err.what, "abc"));
    assert_null(strstr(err.hint, "abc"));
}

struct late {
    struct remote *r;
    struct cancel cancel;
};

static void *cancel_late(void *context)
{
    struct late *late = context;
    api_server_wait(late->r->server, "/resume", 1, REMOTE_PATIENCE_MS);
    atomic_store(&late->cancel.requested, true);
    return NULL;
}

/* Longer than any of the times that a question has. */
static void it_waits_until_it_is_cancelled(void **state)
{
    struct late late = {.r = *state};
    struct remote *r = *state;
    pthread_t thread;
    struct err err;
    r->settings.timeout_ms = 300;
    api_server_fault(r->server, &(struct api_fault){.match = "/resume", .kind = API_FAULT_HANG});
    assert_int_equal(pthread_create(&thread, NULL, cancel_late, &late), 0);
    assert_int_equal(http_resume_send(api_server_url(r->server), &r->settings, &plain, &late.cancel, &err),
                     ERR_CANCELLED);
    pthread_join(thread, NULL);
}

static void it_waits_longer_than_a_question_may(void **state)
{
    struct remote *r = *state;
    r->settings.timeout_ms = 300;
    api_server_set_delay(r->server, "/resume", 900);
    taken(r, plain);
}

static void nobody_is_there(void **state)
{
    struct remote *r = *state;
    api_server_suspend(r->server);
    refused(r, plain, ERR_IO, "nothing listens");
    api_server_resume(r->server);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TEST(an_answer_is_taken),
        TEST(a_shortened_id_will_do),
        TEST(several_runs_begin_so),
        TEST(nothing_is_sent_where_that_is_not_asked),
        TEST(the_asker_may_refuse_it),
        TEST(the_largest_content_goes),
        TEST(credentials_go_along),
        TEST(a_run_that_failed_after_it_was_answered_all_the_same),
        TEST(the_base_is_found),
        TEST(refusals_have_words),
        TEST(an_executor_that_was_started_anew_knows_no_answer),
        TEST(an_answer_that_arrived_was_taken),
        TEST(a_proxy_that_does_not_wait_is_no_failure),
        TEST(what_is_not_known_is_said),
        TEST(a_redirect_is_not_followed),
        TEST(it_waits_until_it_is_cancelled),
        TEST(it_waits_longer_than_a_question_may),
        TEST(nobody_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
