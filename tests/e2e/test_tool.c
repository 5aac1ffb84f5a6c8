/*
 * Tool calls of a recorded command: what stands in the file after them, and that a script goes on as if nothing were recorded, whatever becomes of the file.
 */
#include "data/record/process.h"
#include "tests/support/app.h"
#include "tests/support/job.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* What it prints, without its newline; caller frees. */
static char *start(const struct job *job, const char *const *words, const char *input, const char *err_wanted)
{
    char *out, *err;
    assert_int_equal(job_do(job, words, input, &out, &err), 0);
    if (*err_wanted ? !strstr(err, err_wanted) : *err != '\0')
        fail_msg("standard error: %s", err);
    assert_true(count_lines(err) <= 1);
    assert_int_equal(strlen(out), 37);
    assert_int_equal(out[14], '4');
    out[36] = '\0';
    free(err);
    return out;
}

/* ---- paths ---- */

/* Facets of the rail, and words of a filter. */
static void a_path_is_dotted_words(void **state)
{
    static const struct {
        const char *path, *why;
    } wrong[] = {{"bad path", "no blanks"},
                 {"a\tb", "no blanks"},
                 {"a\033[31m", "control characters"},
                 {"a..b", "each side of a dot"},
                 {".a", "each side of a dot"},
                 {"a.", "each side of a dot"},
                 {"", "which tool?"}};
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *err;
        assert_int_equal(job_do(&job, WORDS("tool", "start", wrong[i].path), NULL, NULL, &err), 2);
        assert_non_null(strstr(err, wrong[i].why));
        free(err);
        assert_int_equal(job_do(&job, WORDS("tool", "run", wrong[i].path, "--", "true"), NULL, NULL, NULL),
                         2);
    }
    char path[202];
    memset(path, 'x', 201);
    path[201] = '\0';
    assert_int_equal(job_do(&job, WORDS("tool", "start", path), NULL, NULL, NULL), 2);
    job_expect(&job, "SELECT count(*) FROM execution_tool_call", 0);
    path[200] = '\0';
    free(start(&job, WORDS("tool", "start", path), NULL, ""));
    free(start(&job, WORDS("tool", "start", "größe.messen"), NULL, ""));
}

/* ---- start and finish ---- */

static void a_call_is_begun_and_ended(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    char *id =
        start(&job, WORDS("tool", "start", "github.issues.create", "--args", "{\"title\":\"x\"}"), NULL, "");
    job_expect(
        &job,
        "SELECT count(*) FROM execution_tool_call c JOIN execution e ON e.id = c.execution_id WHERE c.status "
        "= 'running' AND "
        "tool_path = 'github.issues.create' AND namespace = 'github' AND args_json = '{\"title\":\"x\"}'",
        1);
    assert_int_equal(job_do(&job, WORDS("tool", "finish", id, "--result", "-"), "[1,2]", NULL, NULL), 0);
    job_expect(&job,
               "SELECT count(*) FROM execution_tool_call WHERE status = 'completed' AND result_json = "
               "'[1,2]' AND duration_ms >= 0",
               1);
    char *again = NULL;
    assert_int_equal(job_do(&job, WORDS("tool", "finish", id, "--failed", "no"), NULL, NULL, &again), 0);
    assert_non_null(strstr(again, "no running tool call"));
    job_expect(&job, "SELECT count(*) FROM execution_tool_call WHERE status = 'completed'", 1);
    free(again);
    free(id);
}

/* As a shell's @<(command) is one. */
static void arguments_come_from_a_pipe(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    char word[300] = "@", *path = word + 1;
    int left = 1;
    snprintf(path, sizeof word - 1, "%s/pipe", history_dir(*state));
    assert_int_equal(mkfifo(path, 0600), 0);
    int pipe = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(write(pipe, "{\"a\":1}", 7), 7);
    struct job_process starting = job_start(&job, WORDS("tool", "start", "a.b", "--args", word), NULL);
    while (ioctl(pipe, FIONREAD, &left) == 0 && left)
        usleep(1000);
    close(pipe); /* what was written is read, and now there is no more */
    assert_int_equal(job_wait(&starting, NULL, NULL), 0);
    job_expect(&job, "SELECT count(*) FROM execution_tool_call WHERE args_json = '{\"a\":1}'", 1);
}

static void a_call_fails_with_words(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    char *id = start(&job, WORDS("tool", "start", "a"), NULL, "");
    assert_int_equal(
        job_do(&job, WORDS("tool", "finish", id, "--failed", "429: slow down"), NULL, NULL, NULL), 0);
    job_expect(
        &job,
        "SELECT count(*) FROM execution_tool_call WHERE status = 'failed' AND error_text = '429: slow down'",
        1);
    free(id);
}

/* ---- a script that need not know ---- */

static void outside_of_a_recorded_run_there_is_an_id_all_the_same(void **state)
{
    (void)state;
    char *id = start(NULL, WORDS("tool", "start", "a.b"), NULL, "not recorded: this is no recorded run");
    char *err;
    assert_int_equal(job_do(NULL, WORDS("tool", "finish", id), NULL, NULL, &err), 0);
    assert_non_null(strstr(err, "not recorded"));
    free(err);
    free(id);
}

static void a_run_that_has_ended_gets_no_calls(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    history_sql(*state, "UPDATE execution SET status = 'completed'");
    free(start(&job, WORDS("tool", "start", "a.b"), NULL, "has ended"));
    job_expect(&job, "SELECT count(*) FROM execution_tool_call", 0);
}

static void a_broken_or_missing_file_changes_nothing(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    FILE *file = fopen(history_path(*state), "r+");
    assert_non_null(file);
    fputs("this is no database, whatever its name says, and it has a few bytes more than a header has ......",
          file);
    fclose(file);
    free(start(&job, WORDS("tool", "start", "a.b"), NULL, "not recorded"));
    char *out;
    assert_int_equal(
        job_do(&job, WORDS("tool", "run", "a.b", "--", "sh", "-c", "echo hi; exit 7"), NULL, &out, NULL), 7);
    assert_string_equal(out, "hi\n");
    free(out);
    unlink(history_path(*state));
    free(start(&job, WORDS("tool", "start", "a.b"), NULL, "not recorded"));
    assert_int_equal(access(history_path(*state), F_OK), -1);
}

static void a_limit_on_files_changes_nothing(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct rlimit before, little;
    getrlimit(RLIMIT_FSIZE, &before);
    little = (struct rlimit){4096, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &little);
    free(start(&job, WORDS("tool", "start", "a.b"), NULL, "not recorded"));
    int code = job_do(&job, WORDS("tool", "run", "a.b", "--", "sh", "-c", "kill -XFSZ $$"), NULL, NULL, NULL);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(code, 128 + SIGXFSZ); /* the command's own */
    job_expect(&job, "SELECT count(*) FROM execution_tool_call", 0);
}

/* For as long as anybody is ready to wait. */
static void a_locked_file_changes_nothing(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(history_path(*state), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct job_process running =
        job_start(&job, WORDS("tool", "run", "a.b", "--", "sh", "-c", "echo hi; exit 7"), NULL);
    free(start(&job, WORDS("tool", "start", "a.b"), NULL, "not recorded"));
    char *out, *err;
    assert_int_equal(job_wait(&running, &out, &err), 7);
    assert_string_equal(out, "hi\n");
    assert_non_null(strstr(err, "not recorded"));
    free(out);
    free(err);
    sqlite3_close(db);
    job_expect(&job, "SELECT count(*) FROM execution_tool_call", 0);
}

/* ---- run ---- */

static void a_command_is_run_as_it_is(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    char *out, *err;
    assert_int_equal(
        job_do(&job, WORDS("tool", "run", "sh.x", "--", "sh", "-c", "cat; printf 'a\\0b\\n' >&2; exit 3"),
               "in\n", &out, &err),
        3);
    assert_string_equal(out, "in\n");
    assert_string_equal(err, "a");
    free(out);
    free(err);
    job_expect(&job,
               "SELECT count(*) FROM execution_tool_call WHERE status = 'failed' AND error_text = 'exit "
               "status 3' AND "
               "result_json = '{\"exitCode\":3,\"signal\":null}' AND args_json LIKE "
               "'{\"argv\":[\"sh\",\"-c\",\"cat;%\"]}'",
               1);
    assert_int_equal(
        job_do(&job, WORDS("tool", "run", "sh.x", "--args", "{\"a\":1}", "--", "true"), NULL, NULL, NULL), 0);
    job_expect(&job,
               "SELECT count(*) FROM execution_tool_call WHERE status = 'completed' AND error_text IS "
               "NULL AND args_json = '{\"a\":1}' AND "
               "result_json = '{\"exitCode\":0,\"signal\":null}'",
               1);
}

static void a_command_s_death_is_ours(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    assert_int_equal(
        job_do(&job, WORDS("tool", "run", "sh.x", "--", "sh", "-c", "kill -KILL $$"), NULL, NULL, NULL),
        128 + SIGKILL);
    job_expect(&job,
               "SELECT count(*) FROM execution_tool_call WHERE status = 'failed' AND error_text = 'killed "
               "by SIGKILL' AND "
               "result_json = '{\"exitCode\":null,\"signal\":\"SIGKILL\"}'",
               1);
}

static bool is_running(pid_t pid)
{
    struct process process;
    return process_read(pid, &process) && process.state != 'Z';
}

/* Whoever sends that means the command. */
static void a_kill_takes_the_command_along(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct job_process running =
        job_start(&job, WORDS("tool", "run", "sh.x", "--", "sh", "-c", "echo $$ >&2; exec sleep 60"), NULL);
    struct stat said = {0};
    char *err;
    while (fstat(fileno(running.err), &said) == 0 && said.st_size == 0)
        usleep(1000);
    kill(running.pid, SIGKILL);
    assert_int_equal(job_wait(&running, NULL, &err), 128 + SIGKILL);
    pid_t pid = (pid_t)strtol(err, NULL, 10);
    assert_true(pid > 1);
    for (int i = 0; i < 5000 && is_running(pid); i++)
        usleep(1000);
    assert_false(is_running(pid));
    free(err);
}

static void a_command_that_is_not_there_is_127(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    char *err;
    assert_int_equal(job_do(&job, WORDS("tool", "run", "x", "--", "/no/such"), NULL, NULL, &err), 127);
    assert_non_null(strstr(err, "/no/such: No such file or directory"));
    free(err);
    assert_int_equal(job_do(&job, WORDS("tool", "run", "x", "--", "/"), NULL, NULL, NULL), 126);
    job_expect(&job,
               "SELECT count(*) FROM execution_tool_call WHERE status = 'failed' AND error_text LIKE "
               "'could not be started: %'",
               2);
}

/* The shell says by a file that it is ready: until then the signal would end it. */
static void a_signal_is_passed_on(void **state)
{
    static const char script[] =
        "trap 'echo got it; exit 5' TERM; echo > \"$0\"; while :; do sleep 0.05; done";
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    char ready[4200];
    snprintf(ready, sizeof ready, "%s/ready", history_dir(*state));
    struct job_process running =
        job_start(&job, WORDS("tool", "run", "sh.x", "--", "sh", "-c", script, ready), NULL);
    for (int i = 0; i < 2000 && access(ready, F_OK) != 0; i++)
        usleep(10000);
    kill(running.pid, SIGTERM);
    char *out;
    assert_int_equal(job_wait(&running, &out, NULL), 5);
    assert_string_equal(out, "got it\n");
    free(out);
    job_expect(&job, "SELECT count(*) FROM execution_tool_call WHERE error_text = 'exit status 5'", 1);
}

enum { AT_ONCE = 50 };

static void fifty_at_once_are_all_in_the_file(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct job_process running[AT_ONCE];
    for (int i = 0; i < AT_ONCE; i++)
        running[i] = job_start(
            &job, WORDS("tool", "run", "sh.x", "--", "sh", "-c", i % 2 ? "exit 1" : "exit 0"), NULL);
    for (int i = 0; i < AT_ONCE; i++) {
        char *err;
        assert_int_equal(job_wait(&running[i], NULL, &err), i % 2);
        assert_string_equal(err, "");
        free(err);
    }
    job_expect(&job, "SELECT count(*) FROM execution_tool_call WHERE status = 'completed'", AT_ONCE / 2);
    job_expect(&job, "SELECT count(*) FROM execution_tool_call WHERE status = 'failed'", AT_ONCE / 2);
    job_expect(&job, "SELECT count(DISTINCT id) FROM execution_tool_call", AT_ONCE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, history_set_up, history_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_path_is_dotted_words),
        TEST(a_call_is_begun_and_ended),
        TEST(arguments_come_from_a_pipe),
        TEST(a_call_fails_with_words),
        TEST(outside_of_a_recorded_run_there_is_an_id_all_the_same),
        TEST(a_run_that_has_ended_gets_no_calls),
        TEST(a_broken_or_missing_file_changes_nothing),
        TEST(a_limit_on_files_changes_nothing),
        TEST(a_locked_file_changes_nothing),
        TEST(a_command_is_run_as_it_is),
        TEST(a_command_s_death_is_ours),
        TEST(a_kill_takes_the_command_along),
        TEST(a_command_that_is_not_there_is_127),
        TEST(a_signal_is_passed_on),
        TEST(fifty_at_once_are_all_in_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
