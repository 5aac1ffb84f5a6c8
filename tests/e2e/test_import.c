/*
 * Runs from file to file by `export` and `import`: all that JSON can carry arrives, again and again changes
 * nothing, and what goes wrong on the way is said and costs no more than itself.
 */
#include "tests/support/app.h"
#include "tests/support/shell.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define FIXTURE "../shared/fixtures/executor-local.db"

static int set_up(void **state)
{
    *state = shell_new(app_history());
    return 0;
}

/* Rows of b that are not in a, or the other way, in all columns but the secret one. */
static int64_t differences(const char *a, const char *b)
{
    static const char sql[] =
        "ATTACH %Q AS b;"
        "CREATE TEMP TABLE difference AS SELECT * FROM (SELECT * FROM main.execution EXCEPT SELECT * FROM "
        "b.execution)"
        " UNION ALL SELECT * FROM (SELECT * FROM b.execution EXCEPT SELECT * FROM main.execution);"
        "CREATE TEMP TABLE calls AS SELECT * FROM (SELECT * FROM main.execution_tool_call EXCEPT SELECT * "
        "FROM "
        "b.execution_tool_call) UNION ALL SELECT * FROM (SELECT * FROM b.execution_tool_call EXCEPT SELECT * "
        "FROM "
        "main.execution_tool_call);"
        "CREATE TEMP VIEW open_a AS SELECT id, execution_id, status, kind, purpose, payload_json, "
        "response_json, "
        "created_at, updated_at FROM main.execution_interaction;"
        "CREATE TEMP VIEW open_b AS SELECT id, execution_id, status, kind, purpose, payload_json, "
        "response_json, "
        "created_at, updated_at FROM b.execution_interaction;"
        "CREATE TEMP TABLE asked AS SELECT * FROM (SELECT * FROM open_a EXCEPT SELECT * FROM open_b) UNION "
        "ALL "
        "SELECT * FROM (SELECT * FROM open_b EXCEPT SELECT * FROM open_a)";
    sqlite3 *db;
    sqlite3_stmt *statement;
    char *text = sqlite3_mprintf(sql, b);
    assert_int_equal(sqlite3_open(a, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_free(text);
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT (SELECT count(*) FROM temp.difference) + (SELECT count(*) FROM "
                           "temp.calls) + (SELECT count(*) FROM temp.asked)",
                           -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return count;
}

static void path_in(const struct shell *sh, const char *name, char path[400])
{
    snprintf(path, 400, "%s/%s", history_dir(sh->history), name);
}

/* ---- round trips ---- */

static void test_there_and_back(void **state)
{
    struct shell *sh = *state;
    char a[400], b[400];
    shell_must(sh, "$P export $H | $P import --db b.db", 0, "144 added, 0 updated, 0 unchanged, 0 refused");
    path_in(sh, "b.db", b);
    assert_int_equal(differences(history_path(sh->history), b), 0);
    shell_must(sh, "$P export $H --sort createdAt,asc | $P import --db b.db -", 0,
               "0 added, 0 updated, 144 unchanged");
    shell_must(sh, "stat -c %a b.db", 0, "600");
    shell_must(
        sh,
        "$P demo a.db --runs 400 --seed 3 --scopes 3 --now 1795266185000 && $P export a.db > a.ndjson && "
        "$P import --db c.db a.ndjson && $P export c.db > c.ndjson && cmp a.ndjson c.ndjson && "
        "$P list a.db --ndjson | $P import --db d.db",
        0, "400 added");
    /* Byte for byte that cannot be: the demo has bytes that are not UTF-8, and JSON has no place for them. */
    path_in(sh, "a.db", a);
    path_in(sh, "c.db", b);
    static const char count[] = "SELECT (SELECT count(*) FROM execution) || (SELECT count(*) FROM "
                                "execution_tool_call) || (SELECT count(*) FROM execution_interaction)";
    assert_int_equal(app_count(a, count), app_count(b, count));
}

static void test_the_fixture(void **state)
{
    struct shell *sh = *state;
    char command[1400], here[400], a[400], b[400];
    if (access(FIXTURE, R_OK) != 0) {
        print_message("no %s: skipped\n", FIXTURE);
        skip();
    }
    assert_non_null(getcwd(here, sizeof here));
    snprintf(command, sizeof command, "cp '%s/" FIXTURE "' a.db && $P export a.db | $P import --db b.db",
             here);
    shell_must(sh, command, 0, " added, 0 updated, 0 unchanged, 0 refused");
    path_in(sh, "a.db", a);
    path_in(sh, "b.db", b);
    assert_int_equal(differences(a, b), 0);
    shell_must(sh, "$P export b.db | grep -c responsePrivateJson.:null", 0, "");
    snprintf(
        command, sizeof command,
        "for n in '%s'/../shared/fixtures/executor-api/detail*.json; do tr -d '\\n' < $n; echo; done | $P "
        "import --db b.db",
        here);
    (void)shell_run(sh, command);
    assert_int_equal(differences(a, b), 0);
}

static void test_newer_and_older(void **state)
{
    struct shell *sh = *state;
    shell_must(sh, "$P export $H > old.ndjson && $P import --db b.db old.ndjson", 0, "144 added");
    history_sql(sh->history,
                "UPDATE execution SET status = 'completed', completed_at = 5, updated_at = updated_at + 1 "
                "WHERE status = 'running'");
    shell_must(sh, "$P export $H | $P import --db b.db", 0, "0 added, 12 updated, 132 unchanged");
    shell_must(sh, "$P import --db b.db old.ndjson", 0, "0 added, 0 updated, 144 unchanged");
    char b[400];
    path_in(sh, "b.db", b);
    assert_int_equal(differences(history_path(sh->history), b), 0);
    shell_must(sh, "$P import --db b.db --scope other old.ndjson", 1, "is in scope");
    shell_must(sh, "$P import --db c.db --scope other old.ndjson", 0, "144 added");
    shell_must(sh, "$P list c.db --scope other --ndjson | wc -l", 0, "144");
}

/* ---- what is wrong ---- */

static void test_wrong_lines_are_told_and_passed_over(void **state)
{
    struct shell *sh = *state;
    shell_must(
        sh,
        "{ printf '\\357\\273\\277'; $P export $H --limit 2 | sed 's/$/\\r/'; echo '{\"execution\":'; echo; "
        "echo '{\"id\":\"x\"}'; printf '\\033[31m\\n'; $P export $H --limit 3 | tail -1 | tr -d '\\n'; } > "
        "lines; "
        "$P import --db b.db lines",
        1, "3 added, 0 updated, 0 unchanged, 3 refused");
    assert_non_null(strstr(sh->out, "lines:3: the JSON ends too early, at byte 13"));
    assert_non_null(strstr(sh->out, "lines:5: execution.status is missing"));
    assert_non_null(strstr(sh->out, "lines:6: no JSON from byte 1 on"));
    assert_null(strchr(sh->out, '\033'));
    shell_must(sh, "yes x | head -100 | $P import --db b.db", 1,
               "0 added, 0 updated, 0 unchanged, 100 refused");
    assert_true(strlen(sh->out) < 2500);
}

/* An id is typed, shown and put into links. */
static void test_ids_that_are_none(void **state)
{
    struct shell *sh = *state;
    shell_must(sh,
               "one='{\"scopeId\":\"s\",\"status\":\"failed\",\"code\":\"x\",\"createdAt\":1,\"updatedAt\":1,"
               "\"id\":'; "
               "long=$(printf %0201d 0); { printf '%s\\n' \"$one\\\"a\\nb\\\"}\"; printf '%s\\n' "
               "\"$one\\\"$long\\\"}\"; "
               "printf '%s\\n' \"$one\\\"${long#0}\\\"}\"; } > lines; $P import --db b.db lines",
               1, "1 added, 0 updated, 0 unchanged, 2 refused");
    assert_non_null(strstr(sh->out, "lines:1: execution.id has a control character"));
    assert_non_null(strstr(sh->out, "lines:2: execution.id is longer than 200 bytes"));
}

static void test_a_line_without_end(void **state)
{
    struct shell *sh = *state;
    shell_must(
        sh,
        "{ $P export $H --limit 1; head -c 100000000 /dev/zero | tr '\\0' x; echo; $P export $H --limit 2; "
        "} | "
        "$P import --db b.db",
        1, "2 added, 0 updated, 1 unchanged, 1 refused");
    assert_non_null(strstr(sh->out, "standard input:2: is longer than 64 MB"));
}

static void test_files_that_cannot_be(void **state)
{
    struct shell *sh = *state;
    shell_must(sh, "$P import --db b.db nowhere.ndjson", 1, "nowhere.ndjson: cannot be read");
    shell_must(sh, "$P import --db b.db .", 1, "is a directory");
    shell_must(sh, "echo text > file; $P import --db file/such/b.db $H </dev/null", 1,
               "file/such: cannot make: Not a directory");
    shell_must(sh, "$P export $H | $P import --db new/dir/b.db; stat -c '%a %n' new/dir new/dir/b.db", 0,
               "700 new/dir\n600 new/dir/b.db\n");
    shell_must(sh, "$P import --db b.db one two", 2, "two is one too many");
    shell_must(sh, "$P import --dn b.db", 2, "Did you mean --db?");
    history_sql(sh->history, "UPDATE executor_runs_note SET value = '2' WHERE key = 'version'");
    shell_must(sh, "$P export $H | $P import --db $H", 1, "its history is version 2");
}

static void test_a_full_disk(void **state)
{
    struct shell *sh = *state;
    if (shell_run(sh, "mkdir small && unshare -rm mount -t tmpfs -o size=300k none small") != 0) {
        print_message("no tmpfs can be mounted here: skipped\n");
        skip();
    }
    shell_must(
        sh,
        "$P demo big.db --runs 600 --seed 1 >/dev/null; $P export big.db > big.ndjson; unshare -rm sh -c "
        "'mount -t tmpfs -o size=300k none small; '$P' import --db small/b.db big.ndjson; echo ended $?; "
        "mount -o remount,size=60m small; '$P' import --db small/b.db big.ndjson; echo ended $?; "
        "'$P' export small/b.db | wc -l'",
        0, "full");
    assert_non_null(strstr(sh->out, "ended 1\n"));
    assert_non_null(strstr(sh->out, "refused\nended 0\n600\n"));
}

/* ---- beside others ---- */

static void test_two_at_once_and_a_reader(void **state)
{
    struct shell *sh = *state;
    char b[400];
    path_in(sh, "b.db", b);
    shell_must(sh, "$P export $H --limit 1 | $P import --db b.db", 0, "1 added");
    sqlite3 *reader;
    assert_int_equal(sqlite3_open_v2(b, &reader, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT * FROM execution", NULL, NULL, NULL), SQLITE_OK);
    shell_must(
        sh,
        "$P export $H > lines; $P import --db b.db lines > one & $P import --db b.db lines > two; wait; cat "
        "one two",
        0, " 0 refused");
    sqlite3_exec(reader, "COMMIT", NULL, NULL, NULL);
    sqlite3_close(reader);
    assert_int_equal(differences(history_path(sh->history), b), 0);
}

static void test_a_slow_pipe_and_a_signal(void **state)
{
    struct shell *sh = *state;
    char b[400];
    path_in(sh, "b.db", b);
    shell_must(
        sh,
        "mkfifo pipe; $P import --db b.db pipe > said & pid=$!; exec 9>pipe; $P export $H --limit 7 >&9; "
        "until $P list b.db --ndjson 2>/dev/null | wc -l | grep -qx 7; do sleep 0.05; done; kill -TERM "
        "$pid; wait $pid; "
        "echo ended $?; cat said",
        0, "ended 143\n7 added, 0 updated, 0 unchanged, 0 refused; stopped before the end\n");
    assert_int_equal(app_count(b, "SELECT count(*) FROM execution"), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_there_and_back, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_the_fixture, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_newer_and_older, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_lines_are_told_and_passed_over, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_ids_that_are_none, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_a_line_without_end, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_files_that_cannot_be, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_disk, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_two_at_once_and_a_reader, set_up, shell_tear_down),
        cmocka_unit_test_setup_teardown(test_a_slow_pipe_and_a_signal, set_up, shell_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
