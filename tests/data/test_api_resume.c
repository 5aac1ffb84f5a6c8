/*
 * Answers that come to the application: which runs take one, what is refused and changes nothing, and that a
 * lock holds up nobody else.
 */
#include "data/base/die.h"
#include "data/record/recorder.h"
#include "tests/support/api_case.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void resume(struct api_case *f, const char *id, const char *sent, int status)
{
    char line[100];
    snprintf(line, sizeof line, "POST /api/executions/%s/resume", id);
    api_ask_with(f->api, line,
                 &(struct api_ask_options){.content_type = "application/json; charset=utf-8", .body = sent},
                 &f->response);
    if (f->response.status != status)
        fail_msg("%s %s: %d, not %d: %s", line, sent, f->response.status, status, api_case_body(f));
}

/* A run that `record` made here and now, and its question. */
static void fill_waiting(struct api_case *f, const char *id, const char *scope)
{
    struct recorder self;
    struct buf meta;
    buf_init(&meta, 4096);
    recorder_self(&self);
    buf_str(&meta, "{\"recorder\":");
    recorder_write(&self, &meta);
    buf_char(&meta, '}');
    history_run(f->history, (struct history_run){.id = id,
                                                 .scope = scope,
                                                 .status = "waiting_for_interaction",
                                                 .trigger_meta = buf_cstr(&meta)});
    history_question(f->history, id,
                     (struct history_question){
                         .purpose = "Which?",
                         .payload =
                             "{\"kind\":\"form\",\"message\":\"Which?\",\"requestedSchema\":{"
                             "\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"},\"pin\":"
                             "{\"type\":\"string\",\"format\":\"password\"}},\"required\":[\"n\"]}}"});
    buf_release(&meta);
}

static void test_a_recorded_question_is_answered(void **state)
{
    struct api_case *f = *state;
    fill_waiting(f, "r1", NULL);
    api_case_serve(f, NULL);
    resume(f, "r1", "{\"action\":\"accept\",\"content\":{\"n\":7,\"pin\":\"hunter2\"}}", 200);
    assert_non_null(strstr(api_case_body(f), "\"isError\":false}"));
    assert_non_null(strstr(api_case_body(f), "\"structured\":{\"executionId\":\"r1\","));
    assert_null(strstr(api_case_body(f), "hunter2"));
    assert_non_null(strstr(api_case_ask(f, "GET /executions/r1", 200), "\"status\":\"running\""));
    assert_non_null(strstr(api_case_body(f), "\"pendingInteraction\":null"));
    resume(f, "r1", "{\"action\":\"decline\"}", 409);
    assert_non_null(strstr(api_case_body(f), "\"_tag\":\"NothingPendingError\""));
}

static void test_wrong_answers_are_refused_and_change_nothing(void **state)
{
    struct api_case *f = *state;
    fill_waiting(f, "r1", NULL);
    api_case_serve(f, NULL);
    static const char *const wrong[] = {"",
                                        "accept",
                                        "[]",
                                        "{\"action\":\"accept\"",
                                        "{}",
                                        "{\"action\":\"yes\"}",
                                        "{\"action\":1}",
                                        "{\"action\":\"accept\"}",
                                        "{\"action\":\"accept\",\"content\":[]}",
                                        "{\"action\":\"accept\",\"content\":\"n\"}",
                                        "{\"action\":\"accept\",\"content\":{\"n\":\"seven-of-hunter2\"}}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        resume(f, "r1", wrong[i], 400);
        assert_non_null(strstr(api_case_body(f), "\"_tag\":\"HttpApiDecodeError\""));
        assert_non_null(strstr(api_case_body(f), "{\"issues\":[{"));
        assert_null(strstr(api_case_body(f), "hunter2"));
    }
    char *long_body = mem_new(API_RESUME_MAX + 2);
    memset(long_body, ' ', API_RESUME_MAX + 1);
    long_body[API_RESUME_MAX + 1] = '\0';
    resume(f, "r1", long_body, 413);
    free(long_body);
    api_ask_with(f->api, "POST /executions/r1/resume",
                 &(struct api_ask_options){.content_type = "text/plain", .body = "{\"action\":\"decline\"}"},
                 &f->response);
    assert_int_equal(f->response.status, 415);
    api_ask_with(f->api, "POST /executions/r1/resume",
                 &(struct api_ask_options){.body = "{\"action\":\"decline\"}"}, &f->response);
    assert_int_equal(f->response.status, 415);
    assert_non_null(strstr(api_case_ask(f, "GET /executions/r1", 200), "waiting_for_interaction"));
}

static void test_other_runs_are_not_answered_here(void **state)
{
    struct api_case *f = *state;
    history_run(f->history, (struct history_run){.id = "theirs", .status = "waiting_for_interaction"});
    history_question(f->history, "theirs", (struct history_question){.payload = "{\"kind\":\"form\"}"});
    history_run(f->history, (struct history_run){.id = "done"});
    fill_waiting(f, "elsewhere", "other");
    api_case_serve(f, "scope-1");
    resume(f, "theirs", "{\"action\":\"decline\"}", 409);
    assert_non_null(strstr(api_case_body(f), "\"_tag\":\"ForeignExecutionError\""));
    resume(f, "done", "{\"action\":\"decline\"}", 409);
    resume(f, "nobody", "{\"action\":\"decline\"}", 404);
    assert_non_null(strstr(api_case_body(f), "\"_tag\":\"ExecutionNotFoundError\""));
    resume(f, "elsewhere", "{\"action\":\"decline\"}", 404); /* of a scope that is not served */
    resume(f, "their", "{\"action\":\"decline\"}", 404);     /* ids are whole here */
}

/* The recorder has the file open; whoever serves it has it open for reading when the answer is written. */
static void test_an_answer_is_written_beside_the_readers(void **state)
{
    struct api_case *f = *state;
    int pipes[2];
    char byte;
    assert_int_equal(pipe(pipes), 0);
    pid_t recorder = fork();
    if (recorder == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        fill_waiting(f, "r1", NULL);
        _exit(write(pipes[1], "x", 1) == 1 ? pause() : 1);
    }
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    struct err err;
    assert_int_equal(api_open(&(struct api_options){.path = history_path(f->history)}, &f->api, &err),
                     ERR_OK);
    api_case_ask(f, "GET /executions", 200);
    api_case_ask(f, "GET /executions", 200);
    resume(f, "r1", "{\"action\":\"decline\"}", 200);
    assert_non_null(strstr(api_case_ask(f, "GET /executions?status=running", 200), "\"filterRowCount\":1"));
    kill(recorder, SIGKILL);
    waitpid(recorder, NULL, 0);
    close(pipes[0]);
    close(pipes[1]);
}

struct resuming {
    struct api_case *f;
    atomic_bool is_over;
};

static void *resume_r1(void *context)
{
    struct resuming *resuming = context;
    resume(resuming->f, "r1", "{\"action\":\"decline\"}", 200);
    atomic_store(&resuming->is_over, true);
    return NULL;
}

/* Another process that writes for as long as it lives. */
static pid_t start_writer(struct api_case *f)
{
    int pipes[2];
    char byte;
    assert_int_equal(pipe(pipes), 0);
    pid_t writer = fork();
    if (writer == 0) {
        sqlite3 *db;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        bool is_writing = sqlite3_open(history_path(f->history), &db) == SQLITE_OK &&
                          sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;
        _exit(is_writing && write(pipes[1], "x", 1) == 1 ? pause() : 1);
    }
    close(pipes[1]);
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    close(pipes[0]);
    return writer;
}

/* Who reads does not wait for who cannot write yet. */
static void test_an_answer_that_waits_for_a_lock_holds_up_nobody(void **state)
{
    enum { READS = 10, READ_EVERY_US = 50000 };
    struct api_case *f = *state;
    struct resuming resuming = {.f = f};
    struct api_response response;
    pthread_t thread;
    fill_waiting(f, "r1", NULL);
    history_close(f->history);
    pid_t writer = start_writer(f);
    struct err err;
    assert_int_equal(api_open(&(struct api_options){.path = history_path(f->history)}, &f->api, &err),
                     ERR_OK);
    pthread_create(&thread, NULL, resume_r1, &resuming);
    api_response_init(&response);
    for (int i = 0; i < READS; i++) {
        api_ask(f->api, "GET /executions", &response);
        assert_int_equal(response.status, 200);
        assert_false(atomic_load(&resuming.is_over));
        usleep(READ_EVERY_US);
    }
    api_response_release(&response);
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    pthread_join(thread, NULL);
    assert_true(atomic_load(&resuming.is_over));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, api_case_set_up, api_case_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_recorded_question_is_answered),
        TEST(test_wrong_answers_are_refused_and_change_nothing),
        TEST(test_other_runs_are_not_answered_here),
        TEST(test_an_answer_is_written_beside_the_readers),
        TEST(test_an_answer_that_waits_for_a_lock_holds_up_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
