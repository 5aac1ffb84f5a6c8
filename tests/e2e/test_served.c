/*
 * Our own client in front of our own server: the screen is told of changes, loses the server and finds it
 * again, and a question is answered through it.
 */
#include "tests/support/app.h"
#include "tests/support/job.h"
#include "tests/support/pty_expect.h"

#include "data/base/die.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define TOLD "LIVE  " /* and not how often it looks */

enum { SAID_MAX = 400, TRIES = 4000 };

struct served {
    struct history *history;
    struct job_process server;
    char listen[40], url[100];
};

static bool say(struct job_process *process, char said[SAID_MAX])
{
    ssize_t n = pread(fileno(process->out), said, SAID_MAX - 1, 0);
    said[n > 0 ? n : 0] = '\0';
    return strchr(said, '\n') != NULL;
}

/* At the port that it had before, where it had one. */
static void serve(struct served *s)
{
    char said[SAID_MAX];
    s->server =
        job_start(NULL, WORDS("serve", "--db", history_path(s->history), "--listen", s->listen), NULL);
    for (int i = 0; !say(&s->server, said) && i < TRIES; i++) {
        if (waitpid(s->server.pid, NULL, WNOHANG) != 0)
            die("serve has ended at once");
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    char *address = strstr(said, "127.0.0.1:");
    if (!address)
        die("serve says '%s'", said);
    snprintf(s->listen, sizeof s->listen, "%.*s", (int)strcspn(address, "/\n"), address);
    snprintf(s->url, sizeof s->url, "http://%s", s->listen);
}

static void end(struct served *s, int signal)
{
    kill(s->server.pid, signal);
    job_wait(&s->server, NULL, NULL);
    s->server.pid = 0;
}

static int set_up(void **state)
{
    struct served *s = mem_new_array(1, sizeof *s);
    s->history = history_new();
    app_fill(s->history);
    snprintf(s->listen, sizeof s->listen, "127.0.0.1:0");
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct served *s = *state;
    if (s->server.pid) /* the test has failed */
        end(s, SIGKILL);
    history_free(s->history);
    free(s);
    return 0;
}

static void stop(struct pty *pty)
{
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void add(struct served *s, const char *id)
{
    history_run(s->history, (struct history_run){.id = id, .created_at = APP_NOW, .status = "failed"});
}

static void the_screen_is_told(void **state)
{
    struct served *s = *state;
    serve(s);
    struct pty *pty = app_start_file(s->url, &(struct app_options){0});
    pty_expect_line(pty, 0, " 144 runs");
    pty_keys(pty, "j");
    pty_expect_line(pty, 0, TOLD);
    add(s, "new-1");
    pty_expect_line(pty, 0, "+1 new");
    pty_expect_line(pty, 0, " 145 runs");
    end(s, SIGKILL);
    pty_expect_line(pty, 0, "cannot be read");
    add(s, "new-2");
    serve(s);
    pty_expect_gone(pty, "cannot be read");
    pty_expect_line(pty, 0, "+2 new");
    pty_expect_line(pty, 0, TOLD);
    stop(pty);
    end(s, SIGTERM);
}

/* An answer, and what the one who asked gets. */
static void a_question_is_answered_through_it(void **state)
{
    struct served *s = *state;
    struct job job = job_new(s->history, JOB_RECORDER_ALIVE);
    char *out, *err;
    serve(s);
    struct job_process asking = job_start(
        &job,
        WORDS("ask", "--message", "Deploy?", "--schema",
              "{\"type\":\"object\",\"required\":[\"to\"],\"properties\":{\"to\":{\"type\":\"string\"}}}"),
        NULL);
    job_wait_for(
        &job, "SELECT count(*) FROM execution_interaction WHERE status = 'pending' AND purpose = 'Deploy?'");
    assert_int_equal(
        job_do(NULL, WORDS("answer", job.id, "accept", "{\"too\":1}", "--source", s->url), NULL, NULL, &err),
        2);
    assert_non_null(strstr(err, "too"));
    free(err);
    int code = job_do(NULL, WORDS("answer", job.id, "accept", "{\"to\":\"north\"}", "--source", s->url), NULL,
                      NULL, &err);
    if (code)
        fail_msg("%s", err);
    free(err);
    assert_int_equal(job_wait(&asking, &out, NULL), 0);
    assert_non_null(strstr(out, "\"to\":\"north\""));
    free(out);
    assert_int_equal(job_do(NULL, WORDS("answer", job.id, "accept", "{\"to\":\"south\"}", "--source", s->url),
                            NULL, NULL, &err),
                     1);
    assert_non_null(strstr(err, "does not wait"));
    free(err);
    end(s, SIGTERM);
}

static void set_log(struct served *s, const char *json)
{
    char sql[400];
    snprintf(sql, sizeof sql,
             "UPDATE execution SET logs_json='%s', updated_at=updated_at+1 WHERE id LIKE '00000000-%%'",
             json);
    history_sql(s->history, sql);
}

/* Of a run that goes on, and that is otherwise the same. */
static void a_log_grows(void **state)
{
    struct served *s = *state;
    serve(s);
    struct pty *pty = app_start_file(s->url, &(struct app_options){0});
    pty_expect_line(pty, 0, " 144 runs");
    pty_keys(pty, "j");
    pty_expect_line(pty, 0, TOLD);
    set_log(s, "[\"[error] first\",\"[error] second\"]");
    pty_expect_match(pty, "● Nov 21 13:03:04\\.000  running +cli +[0-9] +2E ");
    pty_keys(pty, "<Enter>3");
    pty_expect_match(pty, "error +second");
    set_log(s, "[\"[error] first\",\"[error] second\",\"[error] third\"]");
    pty_expect_match(pty, "error +third");
    stop(pty);
    end(s, SIGTERM);
}

static void one_of_an_executor_is_not(void **state)
{
    struct served *s = *state;
    char *err, id[APP_ID];
    serve(s);
    app_run_id(7, id); /* it waits */
    assert_int_equal(job_do(NULL, WORDS("answer", id, "decline", "--source", s->url), NULL, NULL, &err), 1);
    assert_non_null(strstr(err, "inside its own executor"));
    free(err);
    end(s, SIGTERM);
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
