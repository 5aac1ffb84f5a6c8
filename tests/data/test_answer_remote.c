/*
 * Answers to a server: what does not fit is refused here, in words and before anything is sent.
 */
#include "data/answer/answer.h"

#include "tests/support/remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RUN "5f9d4ed9-abd5-4d81-b28c-e46cd18ffbb2"

static int set_up(void **state)
{
    struct remote *r = remote_new();
    history_run(r->history, (struct history_run){.id = RUN, .status = "waiting_for_interaction"});
    history_question(r->history, RUN,
                     (struct history_question){
                         .id = "q-one",
                         .payload =
                             "{\"kind\":\"form\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{"
                             "\"approved\":{\"type\":\"boolean\"}},\"required\":[\"approved\"]}}"});
    history_run(r->history, (struct history_run){.id = "done", .status = "completed"});
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    remote_free(*state);
    return 0;
}

static enum err_code send(struct remote *r, struct answer_request request, struct err *err)
{
    return answer_send(api_server_url(r->server), &r->settings, &request, NULL, err);
}

/* The body of the one answer that was sent; NULL: none was. */
static const char *sent(struct remote *r)
{
    size_t count;
    const struct api_request *requests = api_server_requests(r->server, &count);
    const char *body = NULL;
    for (size_t i = 0; i < count; i++)
        if (strcmp(requests[i].method, "POST") == 0) {
            assert_null(body);
            body = requests[i].body;
        }
    return body;
}

static void an_answer_goes_to_the_server(void **state)
{
    struct err err;
    struct answer_request request = {
        .run_id = "5f9d", .action = ANSWER_ACCEPT, .content = TEXT_LIT("{\"approved\":true}")};
    assert_int_equal(send(*state, request, &err), ERR_OK);
    assert_string_equal(sent(*state), "{\"action\":\"accept\",\"content\":{\"approved\":true}}");
}

static void a_no_takes_no_content_along(void **state)
{
    struct err err;
    struct answer_request request = {
        .run_id = RUN, .interaction_id = "q-one", .action = ANSWER_DECLINE, .content = TEXT_LIT("{\"x\":1}")};
    assert_int_equal(send(*state, request, &err), ERR_OK);
    assert_string_equal(sent(*state), "{\"action\":\"decline\"}");
}

static void what_does_not_fit_is_not_sent(void **state)
{
    struct err err;
    struct answer_request wrong = {
        .run_id = RUN, .action = ANSWER_ACCEPT, .content = TEXT_LIT("{\"approved\":1}")};
    struct answer_request none = {.run_id = RUN, .action = ANSWER_ACCEPT};
    assert_int_equal(send(*state, wrong, &err), ERR_USAGE);
    assert_string_equal(err.what, "approved must be true or false");
    assert_int_equal(send(*state, none, &err), ERR_USAGE);
    assert_string_equal(err.hint, "For example: accept '{\"approved\":true}'");
    assert_null(sent(*state));
}

static void what_does_not_wait_is_told(void **state)
{
    struct err err;
    assert_int_equal(send(*state, (struct answer_request){.run_id = "done"}, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.what, "does not wait"));
    assert_int_equal(send(*state, (struct answer_request){.run_id = "nobody"}, &err), ERR_NOT_FOUND);
    assert_int_equal(send(*state, (struct answer_request){.run_id = RUN, .interaction_id = "q-two"}, &err),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(err.what, "another question"));
    assert_null(sent(*state));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_goes_to_the_server),
        TEST(a_no_takes_no_content_along),
        TEST(what_does_not_fit_is_not_sent),
        TEST(what_does_not_wait_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
