/*
 * The library as a program of somebody else has it: the example, built against what `make install` puts in
 * place, as C and as C++ (the Makefile does that), and what the archive shows to a linker.
 */
#include "tests/support/app.h"
#include "tests/support/shell.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = shell_new(history_new());
    return 0;
}

static void must(struct shell *sh, const char *command, int status, const char *said)
{
    char line[2 * PATH_MAX];
    snprintf(line, sizeof line, "export EXECUTOR_RUNS_DB=\"$H\"; %s", command);
    shell_must(sh, line, status, said);
}

static void check_example(struct shell *sh, const char *name)
{
    char command[400];
    const char *path = history_path(sh->history);
    snprintf(command, sizeof command, "\"$B/docs/examples/%s\"", name);
    must(sh, command, 0, "\n");
    assert_int_equal(strlen(sh->out), 37);
    assert_int_equal(
        app_count(path,
                  "SELECT count(*) FROM execution WHERE status = 'completed' AND result_json = "
                  "'{\"copied\":0}' AND tool_call_count = 2 AND json_extract(trigger_meta_json, "
                  "'$.dataset') = '2026-11' AND json_extract(trigger_meta_json, '$.name') = 'example' "
                  "AND json_extract(trigger_meta_json, '$.recorder.pid') > 0 AND logs_json = "
                  "'[\"[info] 12 objects in the bucket\",\"[warn] the copy was refused\",\"[warn] it is "
                  "tried again tomorrow\"]'"),
        1);
    assert_int_equal(
        app_count(path, "SELECT count(*) FROM execution_tool_call WHERE status = 'failed' AND error_text = "
                        "'403 Forbidden' AND duration_ms >= 0"),
        1);
    assert_int_equal(
        app_count(path, "SELECT count(*) FROM execution_tool_call WHERE status = 'completed' AND namespace = "
                        "'s3'"),
        1);
}

static void test_the_example(void **state)
{
    check_example(*state, "record");
}

static void test_the_example_as_cxx(void **state)
{
    struct shell *sh = *state;
    if (shell_run(sh, "test -x \"$B/docs/examples/record-cxx\"") != 0) {
        print_message("no C++ compiler here: skipped\n");
        skip();
    }
    check_example(sh, "record-cxx");
}

static void test_a_question_is_answered(void **state)
{
    struct shell *sh = *state;
    must(sh,
         "\"$B/docs/examples/record\" ask > id & until test -s id && \"$P\" show \"$(cat id)\" \"$H\" --json "
         "| grep -q "
         "'pendingInteraction\":{'; do sleep 0.05; done; \"$P\" answer \"$(cat id)\" accept "
         "'{\"copies\":3}'; wait $!; "
         "\"$P\" show \"$(cat id)\" \"$H\" --json | grep -c 'log. {.*copies.*:3}'",
         0, "1\n");
    assert_int_equal(
        app_count(history_path(sh->history), "SELECT count(*) FROM execution WHERE status = 'completed'"), 1);
}

static void test_a_host_that_dies_is_found(void **state)
{
    struct shell *sh = *state;
    must(sh,
         "\"$B/docs/examples/record\" ask > id & pid=$!; until test -s id && \"$P\" show \"$(cat id)\" "
         "\"$H\" --json | grep -q "
         "'pendingInteraction\":{'; do sleep 0.05; done; kill -KILL $pid; wait $pid; \"$P\" sweep "
         "--older-than 1d",
         0, "1 run whose recorder is dead marked as failed");
}

/* Nothing of it costs the host anything. */
static void test_files_that_cannot_be(void **state)
{
    struct shell *sh = *state;
    must(sh, "echo text > file; EXECUTOR_RUNS_DB=file/dir/runs.db \"$B/docs/examples/record\"", 0,
         "not all was recorded: file/dir");
    must(sh, "EXECUTOR_RUNS_DB=new/dir/runs.db \"$B/docs/examples/record\" && stat -c '%a %n' new/dir", 0,
         "700 new/dir\n");
    must(sh, "echo text > x.db; EXECUTOR_RUNS_DB=x.db \"$B/docs/examples/record\"", 0,
         "not all was recorded: x.db");
    must(sh,
         "unset EXECUTOR_RUNS_DB; HOME=$PWD XDG_DATA_HOME= \"$B/docs/examples/record\" && stat -c '%a %n' "
         ".local/share/executor-runs "
         ".local/share/executor-runs/runs.db",
         0, "700 .local/share/executor-runs\n600 .local/share/executor-runs/runs.db\n");
    history_sql(sh->history, "UPDATE executor_runs_note SET value = '2' WHERE key = 'version'");
    must(sh, "\"$B/docs/examples/record\"", 0, "not all was recorded");
}

/* A name of ours that is global would clash with a host's own. */
static void test_what_a_linker_sees(void **state)
{
    struct shell *sh = *state;
    must(sh, "nm -g --defined-only \"$B/stage/lib/libexecutor-runs.a\" | grep -c ' T executor_runs_'", 0,
         "11\n");
    must(sh,
         "nm -g --defined-only \"$B/stage/lib/libexecutor-runs.a\" | grep ' [A-Z] ' | grep -v ' T "
         "executor_runs_'",
         1, "");
    must(sh, "nm -u \"$B/stage/lib/libexecutor-runs.a\" | grep -E 'cJSON|curl|ncurses|MHD'", 1, "");
    must(sh, "sed -n 's/^Libs: //p; s/^Requires: //p' \"$B/stage/lib/pkgconfig/executor-runs.pc\"", 0,
         "sqlite3\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_example, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_the_example_as_cxx, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_a_question_is_answered, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_a_host_that_dies_is_found, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_files_that_cannot_be, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_what_a_linker_sees, set_up, shell_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
