/*
 * The library for other programs, called as its header says and otherwise: nothing of it may cost the host
 * more than a result.
 */
#include "data/record/executor_runs.h"

#include "data/base/clock.h"
#include "data/record/record_pace.h"
#include "tests/support/app.h"

#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct history *history;
    struct executor_runs *runs;
};

static struct executor_runs *open_with(const struct fixture *f, int busy_ms)
{
    struct executor_runs_options options = {history_path(f->history), "s", busy_ms};
    return executor_runs_open(&options);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    f->runs = open_with(f, 50);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    executor_runs_close(f->runs);
    history_free(f->history);
    free(f);
    return 0;
}

static int64_t count(const struct fixture *f, const char *where)
{
    char sql[400];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM execution WHERE %s", where);
    return app_count(history_path(f->history), sql);
}

static struct executor_runs_run *begin(struct fixture *f)
{
    struct executor_runs_start start = {.code = "x", .trigger = "test"};
    return executor_runs_begin(f->runs, &start);
}

static bool has_error(struct fixture *f, const char *part)
{
    char why[400];
    executor_runs_error(f->runs, why, sizeof why);
    return strstr(why, part) != NULL;
}

static void test_nothing_does_nothing(void **state)
{
    (void)state;
    struct executor_runs_start start = {.code = "x"};
    struct executor_runs_question question = {.message = "?"};
    struct executor_runs_answer answer;
    char why[4] = "abc";
    executor_runs_error(NULL, why, sizeof why);
    assert_string_equal(why, "");
    assert_null(executor_runs_begin(NULL, &start));
    assert_string_equal(executor_runs_id(NULL), "");
    executor_runs_log(NULL, EXECUTOR_RUNS_LOG, "x");
    assert_null(executor_runs_call_begin(NULL, "a.b", NULL));
    assert_int_equal(executor_runs_call_finish(NULL, NULL, NULL), EXECUTOR_RUNS_NOT_OPEN);
    assert_int_equal(executor_runs_ask(NULL, &question, &answer), EXECUTOR_RUNS_NOT_OPEN);
    assert_null(answer.content_json);
    executor_runs_answer_free(&answer);
    executor_runs_answer_free(NULL);
    assert_int_equal(executor_runs_finish(NULL, EXECUTOR_RUNS_COMPLETED, NULL, NULL), EXECUTOR_RUNS_NOT_OPEN);
    executor_runs_close(NULL);
}

static void test_a_file_that_cannot_be_opened(void **state)
{
    (void)state;
    struct executor_runs_options options = {.path = "/dev/null/x.db"};
    struct executor_runs_start start = {.code = "x"};
    char why[400];
    struct executor_runs *runs = executor_runs_open(&options);
    assert_non_null(runs);
    assert_null(executor_runs_begin(runs, &start));
    executor_runs_error(runs, why, sizeof why);
    assert_non_null(strstr(why, "/dev/null/x.db"));
    executor_runs_close(runs);
}

static void test_wrong_arguments(void **state)
{
    struct fixture *f = *state;
    struct executor_runs_start bad = {.code = NULL}, meta = {.code = "x", .meta_json = "[1]"};
    struct executor_runs_question silent = {.message = NULL}, odd = {.message = "?", .schema_json = "{"};
    struct executor_runs_answer answer;
    assert_null(executor_runs_begin(f->runs, NULL));
    assert_null(executor_runs_begin(f->runs, &bad));
    assert_true(has_error(f, "code"));
    assert_null(executor_runs_begin(f->runs, &meta));
    struct executor_runs_run *run = begin(f);
    assert_null(executor_runs_call_begin(run, "", NULL));
    assert_null(executor_runs_call_begin(run, "a.b", "{"));
    assert_int_equal(executor_runs_ask(run, NULL, &answer), EXECUTOR_RUNS_WRONG);
    assert_int_equal(executor_runs_ask(run, &silent, &answer), EXECUTOR_RUNS_WRONG);
    assert_int_equal(executor_runs_ask(run, &odd, &answer), EXECUTOR_RUNS_WRONG);
    executor_runs_log(run, (enum executor_runs_level)99, "x");
    executor_runs_log(run, EXECUTOR_RUNS_LOG, NULL);
    assert_int_equal(executor_runs_finish(run, EXECUTOR_RUNS_COMPLETED, "no JSON", NULL),
                     EXECUTOR_RUNS_WRONG);
    assert_int_equal(count(f, "status = 'failed' AND result_json IS NULL AND logs_json IS NULL"), 1);
}

static void test_a_life(void **state)
{
    struct fixture *f = *state;
    struct executor_runs_run *run = begin(f);
    assert_int_equal(strlen(executor_runs_id(run)), 36);
    assert_int_equal(count(f, "status = 'running' AND trigger_kind = 'test' AND scope_id = 's'"), 1);
    struct executor_runs_call *call = executor_runs_call_begin(run, "a.b", "{}");
    struct executor_runs_call *open = executor_runs_call_begin(run, "a.c", NULL);
    assert_non_null(open);
    assert_int_equal(executor_runs_call_finish(call, "1", NULL), EXECUTOR_RUNS_OK);
    assert_int_equal(executor_runs_finish(run, EXECUTOR_RUNS_CANCELLED, NULL, "why"), EXECUTOR_RUNS_OK);
    assert_int_equal(count(f, "status = 'cancelled' AND error_text = 'why' AND tool_call_count = 2"), 1);
    assert_int_equal(
        app_count(history_path(f->history),
                  "SELECT count(*) FROM execution_tool_call WHERE status = 'failed' AND tool_path = 'a.c'"),
        1);
}

static void test_closing_ends_what_is_left(void **state)
{
    struct fixture *f = *state;
    (void)executor_runs_call_begin(begin(f), "a.b", NULL);
    (void)begin(f);
    executor_runs_close(f->runs);
    f->runs = NULL;
    assert_int_equal(count(f, "status = 'failed' AND completed_at IS NOT NULL"), 2);
}

static void test_a_question_nobody_answers(void **state)
{
    struct fixture *f = *state;
    struct executor_runs_question question = {.message = "Go on?", .timeout_ms = 0};
    struct executor_runs_answer answer;
    struct executor_runs_run *run = begin(f);
    assert_int_equal(executor_runs_ask(run, &question, &answer), EXECUTOR_RUNS_TIMED_OUT);
    assert_null(answer.content_json);
    assert_int_equal(app_count(history_path(f->history),
                               "SELECT count(*) FROM execution_interaction WHERE status = 'cancelled'"),
                     1);
    assert_int_equal(count(f, "status = 'running'"), 1);
    history_sql(f->history, "DELETE FROM execution");
    assert_int_equal(executor_runs_ask(run, &question, &answer), EXECUTOR_RUNS_GONE);
    assert_int_equal(executor_runs_finish(run, EXECUTOR_RUNS_COMPLETED, NULL, NULL), EXECUTOR_RUNS_GONE);
}

/* Somebody else holds the file when it begins and when it ends: all is there in the end. */
static void test_a_locked_file(void **state)
{
    struct fixture *f = *state;
    sqlite3 *other;
    assert_int_equal(sqlite3_open(history_path(f->history), &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct executor_runs_run *run = begin(f);
    assert_non_null(run);
    executor_runs_log(run, EXECUTOR_RUNS_ERROR, "kept");
    assert_null(executor_runs_call_begin(run, "a.b", NULL));
    assert_int_equal(executor_runs_finish(run, EXECUTOR_RUNS_COMPLETED, "7", NULL), EXECUTOR_RUNS_BUSY);
    assert_int_equal(count(f, "1"), 0);
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    assert_int_equal(executor_runs_finish(begin(f), EXECUTOR_RUNS_COMPLETED, NULL, NULL), EXECUTOR_RUNS_OK);
    assert_int_equal(count(f, "status = 'completed'"), 2);
    assert_int_equal(count(f, "result_json = '7' AND logs_json = '[\"[error] kept\"]'"), 1);
}

static void test_a_forked_child_records_nothing(void **state)
{
    struct fixture *f = *state;
    struct executor_runs_run *run = begin(f);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool is_quiet = !begin(f) && executor_runs_finish(run, EXECUTOR_RUNS_COMPLETED, NULL, NULL) ==
                                         EXECUTOR_RUNS_NOT_OPEN;
        executor_runs_close(f->runs);
        _exit(is_quiet ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(count(f, "status = 'running'"), 1);
    assert_int_equal(executor_runs_finish(run, EXECUTOR_RUNS_COMPLETED, NULL, NULL), EXECUTOR_RUNS_OK);
}

/* Once a second has gone by since the first line, by the next call. */
static void test_the_log_of_a_run_that_goes_on(void **state)
{
    struct fixture *f = *state;
    struct executor_runs_run *run = begin(f), *other = begin(f);
    executor_runs_log(run, EXECUTOR_RUNS_WARN, "one");
    executor_runs_log(other, EXECUTOR_RUNS_WARN, "two");
    executor_runs_log(other, EXECUTOR_RUNS_WARN, "three");
    assert_int_equal(count(f, "logs_json IS NULL AND updated_at = created_at"), 2);
    usleep((RECORD_LOG_FIRST_MS + 20) * 1000);
    executor_runs_call_begin(run, "a.b", NULL);
    executor_runs_log(other, EXECUTOR_RUNS_WARN, "four");
    assert_int_equal(count(f, "logs_json = '[\"[warn] one\"]' AND updated_at > created_at"), 1);
    assert_int_equal(count(f, "logs_json LIKE '%four%' AND status = 'running'"), 1);
    executor_runs_log(other, EXECUTOR_RUNS_WARN, "five");
    assert_int_equal(count(f, "logs_json LIKE '%five%'"), 0);
    executor_runs_finish(other, EXECUTOR_RUNS_COMPLETED, NULL, NULL);
    assert_int_equal(count(f, "logs_json LIKE '%five%'"), 1);
}

enum { THREADS = 4, RUNS = 25 };

static void *record_some(void *context)
{
    struct fixture *f = context;
    for (int i = 0; i < RUNS; i++) {
        struct executor_runs_run *run = begin(f);
        executor_runs_log(run, EXECUTOR_RUNS_INFO, "line");
        struct executor_runs_call *call = executor_runs_call_begin(run, "a.b", NULL);
        if (executor_runs_call_finish(call, NULL, NULL) ||
            executor_runs_finish(run, EXECUTOR_RUNS_COMPLETED, NULL, NULL))
            return f;
    }
    return NULL;
}

static void test_threads_take_turns(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, record_some, f), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(count(f, "status = 'completed' AND tool_call_count = 1"), THREADS * RUNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_does_nothing),
        cmocka_unit_test(test_a_file_that_cannot_be_opened),
        cmocka_unit_test_setup_teardown(test_wrong_arguments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_life, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_closing_ends_what_is_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_question_nobody_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_locked_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_forked_child_records_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_log_of_a_run_that_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_threads_take_turns, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
