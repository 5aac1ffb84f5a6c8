/*
 * `sweep` as cron starts it: what goes and what stays, beside a writer, at a signal, and where there is nothing.
 */
#include "data/base/timefmt.h"
#include "data/record/recorder.h"
#include "tests/support/app.h"
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

struct fixture {
    struct history *history;
    int64_t now;
    char out[SHELL_OUT_MAX];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    f->now = time_now();
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

static void must(struct fixture *f, const char *command, int status, const char *said)
{
    shell_must(f->history, command, status, said, f->out);
}

/* So many runs of so many days ago, each with a call and a question. */
static void fill(struct fixture *f, int count, int days, const char *status)
{
    history_begin(f->history);
    for (int i = 0; i < count; i++) {
        const char *id = history_run(
            f->history, (struct history_run){.created_at = f->now - days * DAY_MS + i, .status = status});
        history_call(f->history, id, (struct history_call){.path = "a.b", .args = "{}"});
        history_question(f->history, id, (struct history_question){.status = "resolved"});
    }
    history_commit(f->history);
}

static void test_what_goes_and_what_stays(void **state)
{
    struct fixture *f = *state;
    fill(f, 250, 40, "completed");
    fill(f, 3, 39, "failed");
    fill(f, 2, 38, "running");
    fill(f, 5, 29, "completed");
    history_close(f->history);
    must(f,
         "cksum $H > before; ls > files; $P sweep --db $H --older-than 30d --dry-run; s=$?; cksum $H | cmp - "
         "before; "
         "ls | cmp - files; exit $s",
         0, "253 runs (253 tool calls, 253 questions), created ");
    assert_non_null(
        strstr(f->out, ", would be deleted\n2 runs as old, but not ended, would be kept: created "));
    assert_null(strstr(f->out, "differ"));
    must(f, "$P sweep --db $H --older-than 30d", 0, "253 runs (253 tool calls, 253 questions), created ");
    assert_non_null(strstr(f->out, ", deleted\n2 runs as old, but not ended, kept: created "));
    assert_non_null(strstr(f->out, "free for new runs"));
    const char *path = history_path(f->history);
    assert_int_equal(app_count(path, "SELECT count(*) FROM execution"), 7);
    assert_int_equal(app_count(path, "SELECT count(*) FROM execution_tool_call"), 7);
    assert_int_equal(app_count(path, "SELECT count(*) FROM execution_interaction"), 7);
    must(f, "$P sweep --db $H --older-than=30d", 0, "nothing was deleted");
}

/* As a recorder that was killed leaves it, and one that is alive: this test. */
static void test_abandoned_runs_are_marked(void **state)
{
    struct fixture *f = *state;
    struct recorder recorder;
    struct buf alive, dead;
    recorder_self(&recorder);
    buf_init(&alive, 2000);
    buf_init(&dead, 2000);
    buf_str(&alive, "{\"recorder\":");
    recorder_write(&recorder, &alive);
    buf_char(&alive, '}');
    recorder.start++;
    buf_str(&dead, "{\"recorder\":");
    recorder_write(&recorder, &dead);
    buf_char(&dead, '}');
    history_run(f->history,
                (struct history_run){
                    .id = "new", .created_at = f->now, .status = "running", .trigger_meta = buf_cstr(&dead)});
    history_run(f->history, (struct history_run){.id = "old",
                                                 .created_at = f->now - 40 * DAY_MS,
                                                 .status = "running",
                                                 .trigger_meta = buf_cstr(&dead)});
    history_run(f->history, (struct history_run){.id = "alive",
                                                 .created_at = f->now - 40 * DAY_MS,
                                                 .status = "running",
                                                 .trigger_meta = buf_cstr(&alive)});
    buf_release(&alive);
    buf_release(&dead);
    must(f, "$P sweep --db $H --older-than 4w", 0, "1 run (0 tool calls, 0 questions)");
    assert_non_null(strstr(f->out, "2 runs whose recorder is dead marked as failed"));
    assert_non_null(strstr(f->out, "1 run as old, but not ended, kept"));
    const char *path = history_path(f->history);
    assert_int_equal(app_count(path, "SELECT count(*) FROM execution WHERE id = 'new' AND status = 'failed'"),
                     1);
    assert_int_equal(
        app_count(path, "SELECT count(*) FROM execution WHERE id = 'alive' AND status = 'running'"), 1);
    assert_int_equal(app_count(path, "SELECT count(*) FROM execution"), 2);
}

static void test_which_file(void **state)
{
    struct fixture *f = *state;
    fill(f, 2, 40, "completed");
    history_close(f->history);
    must(f,
         "mkdir .executor; cp $H .executor/data.db; export EXECUTOR_DATA_DIR=$PWD/.executor; cksum "
         ".executor/data.db > "
         "before; $P sweep --older-than 30d && cksum .executor/data.db | cmp - before && ls .local",
         2, ".local/share/executor-runs/runs.db: is not there: nothing was recorded yet");
    must(f, "$P sweep --older-than 30d --dry-run", 0, "is not there");
    must(f, "$P sweep --older-than 30d --db none.db; s=$?; ls none.db; exit $s", 1, "none.db: no such file");
    must(f,
         "mkdir -p .local/share/executor-runs; cp $H .local/share/executor-runs/runs.db; $P sweep "
         "--older-than 30d",
         0, "2 runs");
    must(f, "XDG_DATA_HOME=$PWD/nowhere $P sweep --older-than 30d", 0,
         "nowhere/executor-runs/runs.db: is not there");
    must(f, "EXECUTOR_RUNS_DB=$H $P sweep --older-than 30d", 0, "2 runs");
}

static void test_what_is_refused(void **state)
{
    struct fixture *f = *state;
    must(f, "$P sweep --db $H", 2, "sweep needs --older-than SPAN");
    must(f, "$P sweep --older-than soon", 2, "--older-than soon: expected a span");
    must(f, "$P sweep --older-than -3d", 2, "--older-than -3d");
    must(f, "$P sweep --older-than 3d $H", 2, "--db names the file");
    must(f, "$P sweep --older-than 3d --dryrun", 2, "Did you mean --dry-run?");
    must(f, "echo text > x.db; $P sweep --older-than 3d --db x.db", 1, "x.db");
    must(f, "$P sweep --older-than 3d --db x.db --dry-run", 1, "x.db");
    must(f, ": > empty.db; $P sweep --older-than 3d --db empty.db; s=$?; wc -c < empty.db; exit $s", 1,
         "empty.db: has no run history\n0\n"); /* nothing is made of it */
}

/* A writer with little patience gets each of its rows in. */
static void test_beside_a_writer(void **state)
{
    struct fixture *f = *state;
    fill(f, 3000, 40, "completed");
    history_close(f->history);
    pid_t sweeper = fork();
    assert_true(sweeper >= 0);
    if (sweeper == 0)
        _exit(shell_run(f->history, "exec $P sweep --db $H --older-than 30d", f->out));
    struct store *store;
    struct err err;
    int status = 0;
    int64_t written = 0;
    assert_int_equal(
        store_open(history_path(f->history), &(struct store_options){.busy_timeout_ms = 2000}, &store, &err),
        ERR_OK);
    while (waitpid(sweeper, &status, WNOHANG) == 0) {
        char id[32];
        snprintf(id, sizeof id, "w%d", (int)written++);
        struct run run = {.id = text_of(id),
                          .scope_id = TEXT_LIT("s"),
                          .code = TEXT_LIT("x"),
                          .created_at = f->now,
                          .started_at = TIME_NONE};
        if (store_create_run(store, &run, &err))
            fail_msg("%s", err.what);
        usleep(2000);
    }
    store_close(store);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(app_count(history_path(f->history), "SELECT count(*) FROM execution"), written);
}

static void test_a_signal(void **state)
{
    struct fixture *f = *state;
    fill(f, 8000, 40, "completed");
    history_close(f->history);
    must(f,
         "$P sweep --db $H --older-than 30d > said & pid=$!; sleep 0.2; kill -TERM $pid; wait $pid; echo "
         "ended $?; cat said",
         0, "ended 143\n");
    assert_non_null(strstr(f->out, "stopped before the end"));
    int64_t left = app_count(history_path(f->history), "SELECT count(*) FROM execution");
    assert_true(left > 0 && left < 8000);
    assert_int_equal(app_count(history_path(f->history), "SELECT count(*) FROM execution_tool_call"), left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_goes_and_what_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_abandoned_runs_are_marked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_which_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_beside_a_writer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_signal, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
