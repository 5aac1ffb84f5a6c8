/*
 * Answers into a file: which runs take one, what is written, and what the one who comes too late is told.
 */
#include "data/answer/answer.h"

#include "tests/support/app.h"
#include "tests/support/job.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const char schema[] = "{\"kind\":\"form\",\"message\":\"Deploy?\",\"requestedSchema\":{\"type\":"
                             "\"object\",\"required\":[\"approved\"],\"properties\":{"
                             "\"approved\":{\"type\":\"boolean\"},\"note\":{\"type\":\"string\"},\"token\":{"
                             "\"type\":\"string\",\"format\":\"password\"}}}}";

struct fixture {
    struct history *history;
    struct job job;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    history_free(f->history);
    free(f);
    return 0;
}

/* A run that waits for the answer to one question. */
static void make_waiting(struct fixture *f, enum job_recorder recorder)
{
    char *meta = job_meta(recorder);
    f->job = (struct job){f->history,
                          history_run(f->history, (struct history_run){.status = "waiting_for_interaction",
                                                                       .trigger_meta = meta})};
    history_question(f->history, f->job.id, (struct history_question){.id = "q-one", .payload = schema});
    history_close(f->history);
    free(meta);
}

static enum err_code send(struct fixture *f, const char *run_id, enum answer_action action,
                          const char *content)
{
    struct answer_request request = {.run_id = run_id, .action = action, .content = text_of(content)};
    return answer_send(history_path(f->history), NULL, &request, NULL, &f->err);
}

static void assert_found(struct fixture *f, const char *sql)
{
    if (app_count(history_path(f->history), sql) != 1)
        fail_msg("%s (%s)", sql, f->err.what);
}

static void assert_untouched(struct fixture *f)
{
    assert_found(f, "SELECT count(*) FROM execution WHERE status = 'waiting_for_interaction'");
    assert_found(
        f, "SELECT count(*) FROM execution_interaction WHERE status = 'pending' AND response_json IS NULL");
}

static void an_answer_lets_the_run_go_on(void **state)
{
    struct fixture *f = *state;
    make_waiting(f, JOB_RECORDER_ALIVE);
    assert_int_equal(send(f, f->job.id, ANSWER_ACCEPT, "{\"approved\":true,\"note\":\"go\"}"), ERR_OK);
    assert_found(f, "SELECT count(*) FROM execution WHERE status = 'running'");
    assert_found(
        f, "SELECT count(*) FROM execution_interaction WHERE status = 'resolved' AND response_private_json "
           "IS NULL "
           "AND response_json = '{\"action\":\"accept\",\"content\":{\"approved\":true,\"note\":\"go\"}}'");
}

/* Who asked without a schema looks at yes or no alone, so "approved":false must not be a yes. */
static void a_question_without_a_schema_takes_no_fields(void **state)
{
    struct fixture *f = *state;
    char *meta = job_meta(JOB_RECORDER_ALIVE);
    f->job = (struct job){f->history,
                          history_run(f->history, (struct history_run){.status = "waiting_for_interaction",
                                                                       .trigger_meta = meta})};
    history_question(
        f->history, f->job.id,
        (struct history_question){
            .id = "q-one", .payload = "{\"kind\":\"form\",\"message\":\"Migrate?\",\"requestedSchema\":{}}"});
    history_close(f->history);
    free(meta);
    assert_int_equal(send(f, f->job.id, ANSWER_ACCEPT, "{\"approved\":false}"), ERR_USAGE);
    assert_non_null(strstr(f->err.what, "no fields: \"approved\""));
    assert_untouched(f);
    assert_int_equal(send(f, f->job.id, ANSWER_ACCEPT, "{}"), ERR_OK);
    assert_found(f, "SELECT count(*) FROM execution_interaction WHERE response_json = "
                    "'{\"action\":\"accept\",\"content\":{}}'");
}

static void secrets_are_kept_apart(void **state)
{
    struct fixture *f = *state;
    make_waiting(f, JOB_RECORDER_ALIVE);
    assert_int_equal(send(f, f->job.id, ANSWER_ACCEPT, "{\"token\":\"hunter2\",\"approved\":true}"), ERR_OK);
    assert_found(f, "SELECT count(*) FROM execution_interaction WHERE response_json = "
                    "'{\"action\":\"accept\",\"content\":{\"approved\":true}}' "
                    "AND response_private_json = '{\"content\":{\"token\":\"hunter2\"}}'");
}

static void a_secret_in_sight_is_refused(void **state)
{
    struct fixture *f = *state;
    make_waiting(f, JOB_RECORDER_ALIVE);
    struct answer_request request = {.run_id = f->job.id,
                                     .content = TEXT_LIT("{\"token\":\"hunter2\",\"approved\":true}"),
                                     .is_in_sight = true};
    assert_int_equal(answer_send(history_path(f->history), NULL, &request, NULL, &f->err), ERR_USAGE);
    assert_non_null(strstr(f->err.what, "command line"));
    assert_null(strstr(f->err.what, "hunter2"));
    assert_untouched(f);
    request.content = TEXT_LIT("{\"approved\":true}");
    assert_int_equal(answer_send(history_path(f->history), NULL, &request, NULL, &f->err), ERR_OK);
}

static void a_no_has_no_content(void **state)
{
    struct fixture *f = *state;
    make_waiting(f, JOB_RECORDER_ALIVE);
    assert_int_equal(send(f, f->job.id, ANSWER_DECLINE, NULL), ERR_OK);
    assert_found(f,
                 "SELECT count(*) FROM execution_interaction WHERE status = 'resolved' AND response_json = "
                 "'{\"action\":\"decline\",\"content\":null}'");
    assert_found(f, "SELECT count(*) FROM execution WHERE status = 'running'");
}

static void a_cancel_cancels(void **state)
{
    struct fixture *f = *state;
    make_waiting(f, JOB_RECORDER_ALIVE);
    assert_int_equal(send(f, "q-o", ANSWER_CANCEL, NULL), ERR_OK);
    assert_found(f,
                 "SELECT count(*) FROM execution_interaction WHERE status = 'cancelled' AND response_json = "
                 "'{\"action\":\"cancel\",\"content\":null}'");
}

static void an_executor_s_own_run_is_left_to_it(void **state)
{
    struct fixture *f = *state;
    make_waiting(f, JOB_RECORDER_NONE);
    assert_int_equal(send(f, f->job.id, ANSWER_ACCEPT, "{\"approved\":true}"), ERR_DENIED);
    assert_non_null(strstr(f->err.what, "inside its executor"));
    assert_int_equal(send(f, f->job.id, ANSWER_CANCEL, NULL), ERR_DENIED);
    assert_untouched(f);
}

static void nobody_waits_behind_a_dead_recorder(void **state)
{
    struct fixture *f = *state;
    make_waiting(f, JOB_RECORDER_DEAD);
    assert_int_equal(send(f, f->job.id, ANSWER_DECLINE, NULL), ERR_NOT_FOUND);
    assert_non_null(strstr(f->err.what, "recorder was killed"));
    assert_untouched(f);
}

static void what_does_not_fit_is_refused_by_name(void **state)
{
    struct fixture *f = *state;
    make_waiting(f, JOB_RECORDER_ALIVE);
    assert_int_equal(send(f, f->job.id, ANSWER_ACCEPT, "{\"approved\":\"yes\"}"), ERR_USAGE);
    assert_string_equal(f->err.what, "approved must be true or false");
    assert_int_equal(send(f, f->job.id, ANSWER_ACCEPT, "{\"note\":\"go\"}"), ERR_USAGE);
    assert_string_equal(f->err.what, "approved is required");
    assert_int_equal(send(f, f->job.id, ANSWER_ACCEPT, NULL), ERR_USAGE);
    assert_string_equal(f->err.what,
                        "to accept needs an answer: approved (required: true or false), note, token");
    assert_string_equal(f->err.hint, "For example: accept '{\"approved\":true}'");
    assert_untouched(f);
}

static void the_second_answer_is_told_of_the_first(void **state)
{
    struct fixture *f = *state;
    make_waiting(f, JOB_RECORDER_ALIVE);
    assert_int_equal(send(f, f->job.id, ANSWER_ACCEPT, "{\"approved\":true}"), ERR_OK);
    assert_int_equal(send(f, f->job.id, ANSWER_DECLINE, NULL), ERR_NOT_FOUND);
    assert_non_null(strstr(f->err.what, "too late: "));
    assert_non_null(strstr(f->err.what, "was answered (accept)"));
    assert_int_equal(send(f, "q-one", ANSWER_DECLINE, NULL), ERR_NOT_FOUND);
    assert_non_null(strstr(f->err.what, "was answered (accept)"));
    assert_found(f, "SELECT count(*) FROM execution_interaction WHERE response_json LIKE '%accept%'");
}

static void a_run_that_has_ended_says_so(void **state)
{
    struct fixture *f = *state;
    make_waiting(f, JOB_RECORDER_ALIVE);
    history_sql(f->history, "UPDATE execution SET status = 'failed', completed_at = 1");
    assert_int_equal(send(f, f->job.id, ANSWER_ACCEPT, "{\"approved\":true}"), ERR_NOT_FOUND);
    assert_non_null(strstr(f->err.what, "does not wait any more: it is failed"));
}

static void a_run_that_asks_nothing_says_so(void **state)
{
    struct fixture *f = *state;
    struct job job = job_new(f->history, JOB_RECORDER_ALIVE);
    assert_int_equal(send(f, job.id, ANSWER_ACCEPT, NULL), ERR_NOT_FOUND);
    assert_non_null(strstr(f->err.what, "asks nothing: it is running"));
}

static void another_question_than_the_one_that_is_meant_is_left_alone(void **state)
{
    struct fixture *f = *state;
    make_waiting(f, JOB_RECORDER_ALIVE);
    struct answer_request request = {
        .run_id = f->job.id, .interaction_id = "q-two", .action = ANSWER_DECLINE};
    assert_int_equal(answer_send(history_path(f->history), NULL, &request, NULL, &f->err), ERR_NOT_FOUND);
    assert_untouched(f);
}

static void an_unknown_run_and_no_run_are_told(void **state)
{
    struct fixture *f = *state;
    make_waiting(f, JOB_RECORDER_ALIVE);
    assert_int_equal(send(f, "zzz", ANSWER_DECLINE, NULL), ERR_NOT_FOUND);
    assert_non_null(strstr(f->err.what, "no run begins with zzz"));
    assert_int_equal(send(f, "", ANSWER_DECLINE, NULL), ERR_USAGE);
}

static void no_file_is_made(void **state)
{
    struct fixture *f = *state;
    struct answer_request request = {.run_id = "a", .action = ANSWER_DECLINE};
    char path[4200];
    snprintf(path, sizeof path, "%s/none.db", history_dir(f->history));
    assert_int_equal(answer_send(path, NULL, &request, NULL, &f->err), ERR_NOT_FOUND);
    assert_null(fopen(path, "r"));
}

/* ---- at once ---- */

enum { RACERS = 8 };

struct racer {
    struct fixture *f;
    pthread_barrier_t *barrier;
    enum err_code code;
    struct err err;
};

static void *race(void *context)
{
    struct racer *racer = context;
    struct answer_request request = {
        .run_id = racer->f->job.id, .action = ANSWER_ACCEPT, .content = TEXT_LIT("{\"approved\":true}")};
    pthread_barrier_wait(racer->barrier);
    racer->code = answer_send(history_path(racer->f->history), NULL, &request, NULL, &racer->err);
    return NULL;
}

static void of_answers_at_once_one_is_taken(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[RACERS];
    pthread_barrier_t barrier;
    struct racer racers[RACERS];
    int won = 0;
    make_waiting(f, JOB_RECORDER_ALIVE);
    pthread_barrier_init(&barrier, NULL, RACERS);
    for (int i = 0; i < RACERS; i++) {
        racers[i] = (struct racer){.f = f, .barrier = &barrier};
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < RACERS; i++) {
        pthread_join(threads[i], NULL);
        won += racers[i].code == ERR_OK;
        if (racers[i].code && !strstr(racers[i].err.what, "too late: "))
            fail_msg("%d: %s", racers[i].code, racers[i].err.what);
    }
    pthread_barrier_destroy(&barrier);
    assert_int_equal(won, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_lets_the_run_go_on),
        TEST(a_question_without_a_schema_takes_no_fields),
        TEST(secrets_are_kept_apart),
        TEST(a_secret_in_sight_is_refused),
        TEST(a_no_has_no_content),
        TEST(a_cancel_cancels),
        TEST(an_executor_s_own_run_is_left_to_it),
        TEST(nobody_waits_behind_a_dead_recorder),
        TEST(what_does_not_fit_is_refused_by_name),
        TEST(the_second_answer_is_told_of_the_first),
        TEST(a_run_that_has_ended_says_so),
        TEST(a_run_that_asks_nothing_says_so),
        TEST(another_question_than_the_one_that_is_meant_is_left_alone),
        TEST(an_unknown_run_and_no_run_are_told),
        TEST(no_file_is_made),
        TEST(of_answers_at_once_one_is_taken),
    };
    time_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
