/*
 * A command that is recorded: what it and whoever started it see, and what stands in the file.
 */
#include "tests/support/app.h"
#include "tests/support/recorder_bench.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Records `sh -c script` into the bench's file; its exit status. */
static int run_script(struct bench *b, const char *script)
{
    return bench_wait(bench_record(b, WORDS("--db", bench_db(b), "--", "sh", "-c", script), NULL));
}

static void test_row_while_it_runs(void **state)
{
    struct bench *b = *state;
    pid_t pid =
        bench_record(b, WORDS("--db", "runs.db", "--name", "nightly", "sh", "-c", "echo hi; cat go"), NULL);
    assert_int_equal(mkfifo(bench_path(b, "go"), 0600), 0);
    assert_true(bench_becomes(b, "SELECT status FROM execution", "running"));
    char *out;
    assert_int_equal(app_run(WORDS("list", bench_db(b), "--ndjson"), &out, NULL), 0);
    assert_non_null(strstr(out, "\"status\":\"running\""));
    assert_non_null(strstr(out, "# nightly\\nsh -c 'echo hi; cat go'"));
    free(out);
    assert_true(bench_is(b, "SELECT completed_at IS NULL AND started_at = created_at FROM execution", "1"));
    close(open(bench_path(b, "go"), O_WRONLY));
    assert_int_equal(bench_wait(pid), 0);
    assert_int_equal(access(bench_path(b, "runs.db-wal"), F_OK), -1); /* closed, and nothing left beside it */
    assert_true(bench_file_is(b, "run.out", "hi\n"));
    assert_true(bench_file_is(b, "run.err", ""));
    assert_true(bench_is(b, "SELECT status || ' ' || trigger_kind || ' ' || logs_json FROM execution",
                         "completed cli [\"[log] hi\"]"));
    assert_true(bench_is(b,
                         "SELECT completed_at - started_at = json_extract(result_json, '$.durationMs') AND "
                         "error_text IS NULL AND json_extract(result_json, '$.exitCode') = 0 FROM execution",
                         "1"));
    struct stat st;
    assert_int_equal(stat(bench_db(b), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_exit_codes(void **state)
{
    struct bench *b = *state;
    assert_int_equal(run_script(b, "exit 0"), 0);
    assert_int_equal(run_script(b, "exit 1"), 1);
    assert_int_equal(run_script(b, "echo warn: no >&2; exit 255"), 255);
    assert_true(bench_is(b,
                         "SELECT error_text || ' ' || json_extract(result_json, '$.exitCode') FROM execution "
                         "WHERE json_extract(result_json, '$.exitCode') = 255",
                         "warn: no 255"));
    assert_int_equal(bench_wait(bench_record(b, WORDS("--db", bench_db(b), "no-such-command"), NULL)), 127);
    assert_int_equal(bench_wait(bench_record(b, WORDS("--db", bench_db(b), "/etc/passwd"), NULL)), 126);
    assert_true(bench_is(b, "SELECT count(*) || ' ' || sum(status = 'failed') FROM execution", "5 4"));
    assert_true(bench_is(
        b, "SELECT error_text LIKE '%no-such-command%' FROM execution WHERE code = 'no-such-command'", "1"));
}

/* Its parent sees the signal, not an exit code made of it. */
static void test_signals_that_end_it(void **state)
{
    static const struct {
        int number;
        const char *script, *name;
    } ends[] = {{SIGKILL, "kill -KILL $$", "SIGKILL"},
                {SIGSEGV, "kill -SEGV $$", "SIGSEGV"},
                {SIGTERM, "kill -TERM $$", "SIGTERM"}};
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        int status;
        pid_t pid = bench_record(b, WORDS("--db", bench_db(b), "--", "sh", "-c", ends[i].script), NULL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), ends[i].number);
        char expected[80];
        snprintf(expected, sizeof expected, "failed %s killed by %s", ends[i].name, ends[i].name);
        assert_true(
            bench_is(b,
                     "SELECT status || ' ' || json_extract(result_json, '$.signal') || ' ' || error_text "
                     "FROM execution ORDER BY rowid DESC",
                     expected));
    }
}

static void test_interrupted_is_cancelled(void **state)
{
    struct bench *b = *state;
    pid_t pid = bench_record(b, WORDS("--db", bench_db(b), "--", "sh", "-c", "echo > up; sleep 60"), NULL);
    assert_true(bench_exists(b, "up"));
    assert_true(bench_becomes(b, "SELECT status FROM execution", "running"));
    kill(pid, SIGTERM);
    assert_int_equal(bench_wait(pid), 128 + SIGTERM);
    assert_true(
        bench_is(b, "SELECT status || ' ' || error_text FROM execution", "cancelled interrupted by SIGTERM"));
}

static void lead_to_full(const struct bench *b)
{
    (void)b;
    int full = open("/dev/full", O_WRONLY);
    dup2(full, STDOUT_FILENO);
    close(full);
}

/* A cron job on a fresh machine; and what cannot be made is named with its reason, which root has none of
 * here. */
static void test_missing_directories(void **state)
{
    struct bench *b = *state;
    struct stat st;
    pid_t pid = bench_record(b, WORDS("--db", "new/deep/runs.db", "true"), NULL);
    assert_int_equal(bench_wait(pid), 0);
    assert_true(bench_file_is(b, "run.err", ""));
    bench_set_db(b, bench_path(b, "new/deep/runs.db"));
    assert_true(bench_is(b, "SELECT status FROM execution", "completed"));
    assert_int_equal(stat(bench_path(b, "new/deep"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(bench_wait(bench_record(b, WORDS("--db", "run.out/x/runs.db", "true"), NULL)), 0);
    assert_true(bench_has_warned(b, "run.err", "this run"));
    size_t n;
    char *err = bench_read(b, "run.err", &n);
    assert_non_null(strstr(err, "run.out/x"));
    assert_non_null(strstr(err, "Not a directory"));
    free(err);
}

static void as_nobody(const struct bench *b)
{
    (void)b;
    if (geteuid() == 0 && setuid(65534) != 0)
        _exit(99);
}

static void test_a_directory_of_others(void **state)
{
    struct bench *b = *state;
    assert_int_equal(chmod(bench_dir(b), 0755), 0);
    assert_int_equal(mkdir(bench_path(b, "theirs"), 0755), 0);
    assert_int_equal(chmod(bench_path(b, "theirs"), 0555), 0);
    pid_t pid = bench_record(b, WORDS("--db", "theirs/runs.db", "true"),
                             &(struct bench_start){.in_child = as_nobody});
    assert_int_equal(bench_wait(pid), 0);
    size_t n;
    char *err = bench_read(b, "run.err", &n);
    assert_non_null(strstr(err, "theirs/runs.db: cannot be opened for writing: Permission denied"));
    free(err);
}

/* The command writes into a pipe that takes all, so we say what its write would have said; and a good end is
 * none. */
static void test_output_that_is_lost(void **state)
{
    static const struct {
        const char *script;
        int status;
    } ends[] = {{"echo dump", 1}, {"exec seq 200000", 1}, {"seq 200000; exit 7", 7}};
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        pid_t pid = bench_record(b, WORDS("--db", bench_db(b), "--", "sh", "-c", ends[i].script),
                                 &(struct bench_start){.in_child = lead_to_full});
        assert_int_equal(bench_wait(pid), ends[i].status);
        size_t n;
        char *err = bench_read(b, "run.err", &n);
        const char *said = "executor-runs: record: standard output: No space left on device\n";
        assert_non_null(strstr(err, said));
        free(err);
        assert_true(bench_is(b,
                             "SELECT status || ' ' || (error_text LIKE '%standard output: No space left on "
                             "device%') FROM execution ORDER BY rowid DESC",
                             "failed 1"));
    }
}

static void test_binary_output(void **state)
{
    struct bench *b = *state;
    int status =
        run_script(b, "head -c 3000000 /dev/urandom > bytes; cat bytes; head -c 300000 bytes >&2; exit 3");
    assert_int_equal(status, 3);
    size_t n, out_n, err_n;
    char *bytes = bench_read(b, "bytes", &n), *out = bench_read(b, "run.out", &out_n),
         *err = bench_read(b, "run.err", &err_n);
    assert_int_equal(n, 3000000);
    assert_int_equal(out_n, n);
    assert_memory_equal(out, bytes, n);
    assert_int_equal(err_n, 300000);
    assert_memory_equal(err, bytes, err_n);
    free(bytes);
    free(out);
    free(err);
    assert_true(
        bench_is(b, "SELECT json_valid(logs_json) AND length(logs_json) < 4000000 FROM execution", "1"));
    assert_true(bench_is(b, "SELECT json_extract(result_json, '$.stdoutBytes') FROM execution", "3000000"));
    char *shown;
    assert_int_equal(app_run(WORDS("list", bench_db(b), "--ndjson"), &shown, NULL), 0);
    free(shown);
}

static void test_closes_its_outputs(void **state)
{
    struct bench *b = *state;
    assert_int_equal(run_script(b, "echo first; exec >&- 2>&-; sleep 0.1; exit 7"), 7);
    assert_true(bench_is(b, "SELECT status || logs_json FROM execution", "failed[\"[log] first\"]"));
}

/* What it leaves behind goes on writing, and is not waited for. */
static void test_daemonises(void **state)
{
    struct bench *b = *state;
    assert_int_equal(
        run_script(b, "echo up; (while [ ! -e go ]; do sleep 0.02; done; echo late; echo > done) & exit 4"),
        4);
    assert_true(bench_is(b, "SELECT status || logs_json FROM execution", "failed[\"[log] up\"]"));
    close(open(bench_path(b, "go"), O_WRONLY | O_CREAT, 0600));
    assert_true(bench_exists(b, "done"));
}

/* Much output takes no more memory than little, and the log says what is missing. */
static void test_flood(void **state)
{
    struct bench *b = *state;
    long small, big;
    assert_int_equal(
        bench_wait_rss(
            bench_record(b, WORDS("--db", bench_db(b), "--", "sh", "-c", "yes | head -c 2000000"), NULL),
            &small),
        0);
    assert_int_equal(
        bench_wait_rss(
            bench_record(b, WORDS("--db", bench_db(b), "--", "sh", "-c", "yes | head -c 100000000"), NULL),
            &big),
        0);
    if (big > small + 8192)
        fail_msg("%ld kB for 2 MB, %ld kB for 100 MB", small, big);
    size_t n;
    free(bench_read(b, "run.out", &n));
    assert_int_equal(n, 100000000);
    assert_true(
        bench_is(b,
                 "SELECT logs_json LIKE '%[info] … % lines (% bytes) of standard output left out here …%' "
                 "FROM execution ORDER BY rowid DESC",
                 "1"));
}

/* ---- what it is told, and what it tells ---- */

static void test_environment_of_the_command(void **state)
{
    struct bench *b = *state;
    assert_int_equal(run_script(b, "echo $EXECUTOR_RUNS_RUN $EXECUTOR_RUNS_SCOPE $EXECUTOR_RUNS_DB"), 0);
    char *expected = bench_sql(bench_db(b), "SELECT id || ' ' || scope_id FROM execution");
    char line[400];
    snprintf(line, sizeof line, "%s %s\n", expected, bench_db(b));
    assert_true(bench_file_is(b, "run.out", line));
    free(expected);
}

/* A run within a run is one of its own, in the same file. */
static void test_a_run_within_a_run(void **state)
{
    struct bench *b = *state;
    char script[600];
    snprintf(script, sizeof script, "%s record --scope inner -- sh -c 'echo $EXECUTOR_RUNS_SCOPE; exit 5'",
             app_program());
    assert_int_equal(
        bench_wait(bench_record(b, WORDS("--db", bench_db(b), "--scope", "outer", "sh", "-c", script), NULL)),
        5);
    assert_true(bench_file_is(b, "run.out", "inner\n"));
    assert_true(bench_is(
        b,
        "SELECT group_concat(scope_id || ' ' || status, ', ') FROM (SELECT * FROM execution ORDER BY "
        "created_at, scope_id = 'inner')",
        "outer failed, inner failed"));
}

static void test_trigger_and_metadata(void **state)
{
    struct bench *b = *state;
    const char *words[] = {
        "--db", bench_db(b), "--trigger", "deploy", "--meta", "{\"pr\":17,\"user\":\"ci\"}", "true", NULL};
    assert_int_equal(bench_wait(bench_record(b, words, NULL)), 0);
    assert_true(bench_is(b,
                         "SELECT trigger_kind || ' ' || json_extract(trigger_meta_json, '$.pr') || ' ' || "
                         "json_extract(trigger_meta_json, '$.user') || ' ' || "
                         "json_extract(trigger_meta_json, '$.argv') || ' ' || "
                         "(json_extract(trigger_meta_json, '$.cwd') IS NOT NULL) FROM execution",
                         "deploy 17 ci [\"true\"] 1"));
    assert_true(bench_is(b,
                         "SELECT json_extract(trigger_meta_json, '$.recorder.pid') > 0 AND "
                         "json_extract(trigger_meta_json, '$.recorder.start') > 0 FROM execution",
                         "1"));
}

static void without_terminal(const struct bench *b)
{
    (void)b;
    setsid();
}

static void test_triggers_that_are_found(void **state)
{
    struct bench *b = *state;
    const char *unit[] = {"PATH=/usr/bin:/bin", "HOME=/", "INVOCATION_ID=0123456789abcdef", NULL};
    assert_int_equal(
        bench_wait(bench_record(b, WORDS("--db", bench_db(b), "true"),
                                &(struct bench_start){.env = unit, .in_child = without_terminal})),
        0);
    assert_true(bench_is(b, "SELECT trigger_kind FROM execution ORDER BY rowid DESC", "systemd"));
    const char *named[] = {"PATH=/usr/bin:/bin", "HOME=/", "EXECUTOR_TRIGGER=webhook", NULL};
    assert_int_equal(
        bench_wait(bench_record(b, WORDS("--db", bench_db(b), "true"), &(struct bench_start){.env = named})),
        0);
    assert_true(bench_is(b, "SELECT trigger_kind FROM execution ORDER BY rowid DESC", "webhook"));
    char before[17];
    prctl(PR_GET_NAME, before);
    prctl(PR_SET_NAME, "cron");
    int status = run_script(b, "true");
    prctl(PR_SET_NAME, before);
    assert_int_equal(status, 0);
    assert_true(bench_is(b, "SELECT trigger_kind FROM execution ORDER BY rowid DESC", "cron"));
}

static void test_default_file(void **state)
{
    struct bench *b = *state;
    assert_int_equal(bench_wait(bench_record(b, WORDS("true"), NULL)), 0);
    char *count =
        bench_sql(bench_path(b, ".local/share/executor-runs/runs.db"), "SELECT count(*) FROM execution");
    assert_string_equal(count, "1");
    free(count);
    struct stat st;
    assert_int_equal(stat(bench_path(b, ".local/share/executor-runs"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

/* What stands behind the command's name is the command's. */
static void test_words(void **state)
{
    struct bench *b = *state;
    assert_int_equal(
        bench_wait(bench_record(b, WORDS("--db", bench_db(b), "echo", "--name", "--", "-x"), NULL)), 0);
    assert_true(bench_file_is(b, "run.out", "--name -- -x\n"));
    static const struct {
        const char *words[4], *complaint;
    } wrong[] = {{{NULL}, "which command?"},
                 {{"--", NULL}, "which command?"},
                 {{"--nmae", "x", "true", NULL}, "--nmae"},
                 {{"--meta", "[1]", "true", NULL}, "--meta"},
                 {{"--trigger", "", "true", NULL}, "--trigger"},
                 {{"--scope", "\xff", "true", NULL}, "--scope"},
                 {{"--db", NULL}, "--db"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(bench_wait(bench_record(b, wrong[i].words, NULL)), 2);
        char *err = bench_read(b, "run.err", NULL);
        if (!strstr(err, wrong[i].complaint))
            fail_msg("%s: %s", wrong[i].complaint, err);
        free(err);
    }
    assert_int_equal(bench_wait(bench_record(b, WORDS("--help"), NULL)), 0);
    char *help = bench_read(b, "run.out", NULL);
    assert_non_null(strstr(help, "--trigger KIND"));
    free(help);
}

/* In a terminal both channels are one, and a failure is told by what stood there last. */
static void test_in_a_terminal(void **state)
{
    struct bench *b = *state;
    const char *argv[] = {
        app_program(), "record", "--db", bench_db(b),
        "--",          "sh",     "-c",   "test -t 1 && test -t 2 && test -t 0 && echo a terminal; exit 6",
        NULL};
    struct pty *pty = pty_start(&(struct pty_options){.argv = argv, .cols = 80, .rows = 24});
    assert_true(pty_wait_text(pty, "a terminal", PTY_SOON));
    assert_true(pty_wait_exit(pty, PTY_SOON));
    assert_int_equal(WEXITSTATUS(pty_exit_status(pty)), 6);
    pty_free(pty);
    assert_true(bench_is(b, "SELECT status || ' ' || error_text || ' ' || logs_json FROM execution",
                         "failed a terminal [\"[log] a terminal\"]"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_row_while_it_runs),
        TEST(test_exit_codes),
        TEST(test_signals_that_end_it),
        TEST(test_interrupted_is_cancelled),
        TEST(test_output_that_is_lost),
        TEST(test_missing_directories),
        TEST(test_a_directory_of_others),
        TEST(test_binary_output),
        TEST(test_closes_its_outputs),
        TEST(test_daemonises),
        TEST(test_flood),
        TEST(test_environment_of_the_command),
        TEST(test_a_run_within_a_run),
        TEST(test_trigger_and_metadata),
        TEST(test_triggers_that_are_found),
        TEST(test_default_file),
        TEST(test_words),
        TEST(test_in_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
