/*
 * Our own client in front of our own server: the screen is told of changes, loses the server and finds it
 * again, and a question is answered through it.
 */
#include "tests/support/app.h"
#include "tests/support/job.h"
#include "tests/support/pty_expect.h"
#include "tests/support/served.h"

#include "data/base/die.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TOLD "LIVE  " /* and not how often it looks */

struct fixture {
    struct history *history;
    struct served *server;    /* NULL: ended */
    char listen[40], url[60]; /* the client finds /api by itself */
};

/* At the port that it had before, where it had one. */
static void serve(struct fixture *f)
{
    f->server = served_start(app_program(), history_path(f->history), WORDS("--listen", f->listen));
    snprintf(f->listen, sizeof f->listen, "127.0.0.1:%d", served_port(f->server));
    snprintf(f->url, sizeof f->url, "http://%s", f->listen);
}

static void end(struct fixture *f, int signal)
{
    served_end(f->server, signal, NULL);
    f->server = NULL;
}

static int set_up(void **state)
{
    struct fixture *f = mem_new_array(1, sizeof *f);
    f->history = history_new();
    app_fill(f->history);
    snprintf(f->listen, sizeof f->listen, "127.0.0.1:0");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->server) /* the test has failed */
        end(f, SIGKILL);
    history_free(f->history);
    free(f);
    return 0;
}

static void stop(struct pty *pty)
{
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void add(struct fixture *f, const char *id)
{
    history_run(f->history, (struct history_run){.id = id, .created_at = APP_NOW, .status = "failed"});
}

/* The screen over the server, which has said that it will tell. */
static struct pty *start_told(struct fixture *f)
{
    serve(f);
    struct pty *pty = app_start_file(f->url, &(struct app_options){0});
    pty_expect_line(pty, 0, " 144 runs");
    pty_keys(pty, "j");
    pty_expect_line(pty, 0, TOLD);
    return pty;
}

static void the_screen_is_told(void **state)
{
    struct fixture *f = *state;
    struct pty *pty = start_told(f);
    add(f, "new-1");
    pty_expect_line(pty, 0, "+1 new");
    pty_expect_line(pty, 0, " 145 runs");
    end(f, SIGKILL);
    pty_expect_line(pty, 0, "cannot be read");
    add(f, "new-2");
    serve(f);
    pty_expect_gone(pty, "cannot be read");
    pty_expect_line(pty, 0, "+2 new");
    pty_expect_line(pty, 0, TOLD);
    stop(pty);
    end(f, SIGTERM);
}

/* An answer, and what the one who asked gets. */
static void a_question_is_answered_through_it(void **state)
{
    struct fixture *f = *state;
    struct job job = job_new(f->history, JOB_RECORDER_ALIVE);
    char *out, *err;
    serve(f);
    struct job_process asking = job_start(
        &job,
        WORDS("ask", "--message", "Deploy?", "--schema",
              "{\"type\":\"object\",\"required\":[\"to\"],\"properties\":{\"to\":{\"type\":\"string\"}}}"),
        NULL);
    job_wait_for(
        &job, "SELECT count(*) FROM execution_interaction WHERE status = 'pending' AND purpose = 'Deploy?'");
    assert_int_equal(
        job_do(NULL, WORDS("answer", job.id, "accept", "{\"too\":1}", "--source", f->url), NULL, NULL, &err),
        2);
    assert_non_null(strstr(err, "too"));
    free(err);
    int code = job_do(NULL, WORDS("answer", job.id, "accept", "{\"to\":\"north\"}", "--source", f->url), NULL,
                      NULL, &err);
    if (code)
        fail_msg("%s", err);
    free(err);
    assert_int_equal(job_wait(&asking, &out, NULL), 0);
    assert_non_null(strstr(out, "\"to\":\"north\""));
    free(out);
    assert_int_equal(job_do(NULL, WORDS("answer", job.id, "accept", "{\"to\":\"south\"}", "--source", f->url),
                            NULL, NULL, &err),
                     1);
    assert_non_null(strstr(err, "does not wait"));
    free(err);
    end(f, SIGTERM);
}

static void set_log(struct fixture *f, const char *json)
{
    char sql[400];
    snprintf(sql, sizeof sql,
             "UPDATE execution SET logs_json='%s', updated_at=updated_at+1 WHERE id LIKE '00000000-%%'",
             json);
    history_sql(f->history, sql);
}

/* Of a run that goes on, and that is otherwise the same. */
static void a_log_grows(void **state)
{
    struct fixture *f = *state;
    struct pty *pty = start_told(f);
    set_log(f, "[\"[error] first\",\"[error] second\"]");
    pty_expect_match(pty, "● Nov 21 13:03:04\\.000  running +cli +[0-9] +2E ");
    pty_keys(pty, "<Enter>3");
    pty_expect_match(pty, "error +second");
    set_log(f, "[\"[error] first\",\"[error] second\",\"[error] third\"]");
    pty_expect_match(pty, "error +third");
    stop(pty);
    end(f, SIGTERM);
}

static void one_of_an_executor_is_not(void **state)
{
    struct fixture *f = *state;
    char *err, id[APP_ID];
    serve(f);
    app_run_id(7, id); /* it waits */
    assert_int_equal(job_do(NULL, WORDS("answer", id, "decline", "--source", f->url), NULL, NULL, &err), 1);
    assert_non_null(strstr(err, "inside its own executor"));
    free(err);
    end(f, SIGTERM);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TEST(the_screen_is_told),
        TEST(a_question_is_answered_through_it),
        TEST(a_log_grows),
        TEST(one_of_an_executor_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
