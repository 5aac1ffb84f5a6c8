/*
 * `sweep` as cron starts it: what goes and what stays, beside a writer, at a signal, and where there is
 * nothing.
 */
#include "data/base/timefmt.h"
#include "tests/support/app.h"
#include "tests/support/job.h"
#include "tests/support/shell.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = shell_new(history_new());
    return 0;
}

/* So many runs of so many days ago, each with a call and a question. */
static void fill(struct shell *sh, int count, int days, const char *status)
{
    int64_t then = time_now() - days * DAY_MS;
    history_begin(sh->history);
    for (int i = 0; i < count; i++) {
        const char *id =
            history_run(sh->history, (struct history_run){.created_at = then + i, .status = status});
        history_call(sh->history, id, (struct history_call){.path = "a.b", .args = "{}"});
        history_question(sh->history, id, (struct history_question){.status = "resolved"});
    }
    history_commit(sh->history);
}

static void test_what_goes_and_what_stays(void **state)
{
    struct shell *sh = *state;
    fill(sh, 250, 40, "completed");
    fill(sh, 3, 39, "failed");
    fill(sh, 2, 38, "running");
    fill(sh, 5, 29, "completed");
    history_close(sh->history);
    shell_must(
        sh,
        "cksum $H > before; ls > files; $P sweep --db $H --older-than 30d --dry-run; s=$?; cksum $H | cmp - "
        "before; "
        "ls | cmp - files; exit $s",
        0, "253 runs (253 tool calls, 253 questions), created ");
    assert_non_null(
        strstr(sh->out, ", would be deleted\n2 runs as old, but not ended, would be kept: created "));
    assert_null(strstr(sh->out, "differ"));
    shell_must(sh, "$P sweep --db $H --older-than 30d", 0,
               "253 runs (253 tool calls, 253 questions), created ");
    assert_non_null(strstr(sh->out, ", deleted\n2 runs as old, but not ended, kept: created "));
    assert_non_null(strstr(sh->out, "free for new runs"));
    const char *path = history_path(sh->history);
    assert_int_equal(app_count(path, "SELECT count(*) FROM execution"), 7);
    assert_int_equal(app_count(path, "SELECT count(*) FROM execution_tool_call"), 7);
    assert_int_equal(app_count(path, "SELECT count(*) FROM execution_interaction"), 7);
    shell_must(sh, "$P sweep --db $H --older-than=30d", 0, "nothing was deleted");
}

/* As a recorder that was killed leaves it, and one that is alive: this test. */
static void test_abandoned_runs_are_marked(void **state)
{
    struct shell *sh = *state;
    char *alive = job_meta(JOB_RECORDER_ALIVE), *dead = job_meta(JOB_RECORDER_DEAD);
    history_run(sh->history,
                (struct history_run){
                    .id = "new", .created_at = time_now(), .status = "running", .trigger_meta = dead});
    history_run(sh->history, (struct history_run){.id = "old",
                                                  .created_at = time_now() - 40 * DAY_MS,
                                                  .status = "running",
                                                  .trigger_meta = dead});
    history_run(sh->history, (struct history_run){.id = "alive",
                                                  .created_at = time_now() - 40 * DAY_MS,
                                                  .status = "running",
                                                  .trigger_meta = alive});
    free(alive);
    free(dead);
    shell_must(sh, "$P sweep --db $H --older-than 4w", 0, "1 run (0 tool calls, 0 questions)");
    assert_non_null(strstr(sh->out, "2 runs whose recorder is dead marked as failed"));
    assert_non_null(strstr(sh->out, "1 run as old, but not ended, kept"));
    const char *path = history_path(sh->history);
    assert_int_equal(app_count(path, "SELECT count(*) FROM execution WHERE id = 'new' AND status = 'failed'"),
                     1);
    assert_int_equal(
        app_count(path, "SELECT count(*) FROM execution WHERE id = 'alive' AND status = 'running'"), 1);
    assert_int_equal(app_count(path, "SELECT count(*) FROM execution"), 2);
}

static void test_which_file(void **state)
{
    struct shell *sh = *state;
    fill(sh, 2, 40, "completed");
    history_close(sh->history);
    shell_must(sh,
               "mkdir .executor; cp $H .executor/data.db; export EXECUTOR_DATA_DIR=$PWD/.executor; cksum "
               ".executor/data.db > "
               "before; $P sweep --older-than 30d && cksum .executor/data.db | cmp - before && ls .local",
               2, ".local/share/executor-runs/runs.db: is not there: nothing was recorded yet");
    shell_must(sh, "$P sweep --older-than 30d --dry-run", 0, "is not there");
    shell_must(sh, "$P sweep --older-than 30d --db none.db; s=$?; ls none.db; exit $s", 1,
               "none.db: no such file");
    shell_must(sh,
               "mkdir -p .local/share/executor-runs; cp $H .local/share/executor-runs/runs.db; $P sweep "
               "--older-than 30d",
               0, "2 runs");
    shell_must(sh, "XDG_DATA_HOME=$PWD/nowhere $P sweep --older-than 30d", 0,
               "nowhere/executor-runs/runs.db: is not there");
    shell_must(sh, "EXECUTOR_RUNS_DB=$H $P sweep --older-than 30d", 0, "2 runs");
}

static void test_what_is_refused(void **state)
{
    struct shell *sh = *state;
    shell_must(sh, "$P sweep --db $H", 2, "sweep needs --older-than SPAN");
    shell_must(sh, "$P sweep --older-than soon", 2, "--older-than soon: expected a span");
    shell_must(sh, "$P sweep --older-than -3d", 2, "--older-than -3d");
    shell_must(sh, "$P sweep --older-than 3d $H", 2, "--db names the file");
    shell_must(sh, "$P sweep --older-than 3d --dryrun", 2, "Did you mean --dry-run?");
    shell_must(sh, "echo text > x.db; $P sweep --older-than 3d --db x.db", 1, "x.db");
    shell_must(sh, "$P sweep --older-than 3d --db x.db --dry-run", 1, "x.db");
    shell_must(sh, ": > empty.db; $P sweep --older-than 3d --db empty.db; s=$?; wc -c < empty.db; exit $s", 1,
               "empty.db: has no run history\n0\n"); /* nothing is made of it */
}

/* A writer with little patience gets each of its rows in. */
static void test_beside_a_writer(void **state)
{
    struct shell *sh = *state;
    fill(sh, 3000, 40, "completed");
    history_close(sh->history);
    pid_t sweeper = fork();
    assert_true(sweeper >= 0);
    if (sweeper == 0)
        _exit(shell_run(sh, "exec $P sweep --db $H --older-than 30d"));
    struct store *store;
    struct err err;
    int status = 0;
    int64_t written = 0;
    assert_int_equal(
        store_open(history_path(sh->history), &(struct store_options){.busy_timeout_ms = 2000}, &store, &err),
        ERR_OK);
    while (waitpid(sweeper, &status, WNOHANG) == 0) {
        char id[32];
        snprintf(id, sizeof id, "w%d", (int)written++);
        struct run run = {.id = text_of(id),
                          .scope_id = TEXT_LIT("s"),
                          .code = TEXT_LIT("x"),
                          .created_at = time_now(),
                          .started_at = TIME_NONE};
        if (store_create_run(store, &run, &err))
            fail_msg("%s", err.what);
        usleep(2000);
    }
    store_close(store);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(app_count(history_path(sh->history), "SELECT count(*) FROM execution"), written);
}

/* It comes once the oldest run is gone, when there is still much to do. */
static void test_a_signal(void **state)
{
    struct shell *sh = *state;
    char command[512];
    const char *oldest =
        history_run(sh->history, (struct history_run){.created_at = time_now() - 41 * DAY_MS});
    snprintf(
        command, sizeof command,
        "$P sweep --db $H --older-than 30d > said & pid=$!; while $P show %s $H > shown 2>&1; do :; done;"
        "kill -TERM $pid; wait $pid; echo ended $?; cat said",
        oldest);
    fill(sh, 8000, 40, "completed");
    history_close(sh->history);
    shell_must(sh, command, 0, "ended 143\n");
    assert_non_null(strstr(sh->out, "stopped before the end"));
    int64_t left = app_count(history_path(sh->history), "SELECT count(*) FROM execution");
    assert_true(left > 0 && left < 8000);
    assert_int_equal(app_count(history_path(sh->history), "SELECT count(*) FROM execution_tool_call"), left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_goes_and_what_stays, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_abandoned_runs_are_marked, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_which_file, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_refused, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_beside_a_writer, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_a_signal, set_up, shell_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
