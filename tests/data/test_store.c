/*
 * The store is tested through plain SQL on the file that it wrote, never through itself.
 */
#include "data/store/store.h"

#include "data/base/buf.h"
#include "tests/support/stored.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define T(s) TEXT_LIT(s)

static const char fixture[] = "../shared/fixtures/executor-local.db";
static const struct run_ref ref_a = {{"scope-1", 7}, {"a", 1}};

static void create_run(struct stored *f, const char *id, int64_t created_at)
{
    struct run run = {.id = text_of(id),
                      .scope_id = T("scope-1"),
                      .code = T("return 1"),
                      .created_at = created_at,
                      .started_at = TIME_NONE};
    assert_int_equal(store_create_run(f->store, &run, &f->err), ERR_OK);
}

static void start_call(struct stored *f, const char *id, const char *run_id)
{
    struct tool_call call = {.id = text_of(id),
                             .execution_id = text_of(run_id),
                             .tool_path = T("github.issues.list"),
                             .args_json = T("{}"),
                             .started_at = 50};
    assert_int_equal(store_start_call(f->store, &call, &f->err), ERR_OK);
}

static void ask(struct stored *f, const char *id)
{
    struct interaction question = {
        .id = text_of(id), .kind = T("FormElicitation"), .purpose = T("Deploy?"), .created_at = 60};
    assert_int_equal(store_ask(f->store, ref_a, &question, &f->err), ERR_OK);
}

/* ---- the tables ---- */

static void test_schema_is_the_real_one(void **state)
{
    struct stored *f = *state;
    if (access(fixture, R_OK) != 0) {
        print_message("no %s: skipped\n", fixture);
        skip();
    }
    const char *sql = "SELECT name, sql FROM sqlite_schema WHERE tbl_name LIKE 'execution%' ORDER BY name";
    char uri[256];
    snprintf(uri, sizeof uri, "file:%s?immutable=1", fixture);
    char *theirs = stored_rows(uri, sql);
    stored_expect(f, sql, theirs);
    free(theirs);
}

static void test_pragmas(void **state)
{
    struct stored *f = *state;
    stored_expect(f, "PRAGMA user_version", "0");
    stored_expect(f, "PRAGMA application_id", "0");
    stored_expect(f, "PRAGMA journal_mode", "wal");
    stored_expect(f, "SELECT * FROM executor_runs_note", "version|1");
}

static enum err_code reopen(struct stored *f)
{
    history_close(f->history);
    struct store *store = NULL;
    enum err_code code = store_open(history_path(f->history), &(struct store_options){0}, &store, &f->err);
    assert_true(code ? store == NULL : store != NULL);
    store_close(store);
    return code;
}

static void test_newer_is_refused(void **state)
{
    struct stored *f = *state;
    history_sql(f->history, "UPDATE executor_runs_note SET value = '2' WHERE key = 'version'");
    assert_int_equal(reopen(f), ERR_UNSUPPORTED);
    assert_non_null(strstr(f->err.what, "version 2"));
}

static void test_lacking_columns_are_named(void **state)
{
    struct stored *f = *state;
    history_sql(f->history,
                "DROP TABLE execution; DROP TABLE executor_runs_note; DROP TABLE execution_tool_call;"
                "CREATE TABLE execution (id text, scope_id text, status text, code text, result_json text, "
                "error_text text,"
                "started_at integer, completed_at integer, trigger_kind text, tool_call_count integer, "
                "created_at integer,"
                "updated_at integer)");
    assert_int_equal(reopen(f), ERR_NO_TABLES);
    assert_non_null(strstr(f->err.what, "table execution lacks logs_json, trigger_meta_json"));
    stored_expect(
        f, "SELECT count(*) FROM sqlite_schema WHERE name IN ('execution_tool_call', 'executor_runs_note')",
        "0");
}

static void test_foreign_and_complete_gets_nothing_added(void **state)
{
    struct stored *f = *state;
    history_sql(f->history,
                "DROP TABLE executor_runs_note; CREATE TABLE secret (x); PRAGMA user_version = 7");
    assert_int_equal(reopen(f), ERR_OK);
    stored_expect(f, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
                  "execution\nexecution_interaction\nexecution_tool_call\nsecret");
    stored_expect(f, "PRAGMA user_version", "7");
}

static void test_missing_table_is_made(void **state)
{
    struct stored *f = *state;
    create_run(f, "a", 1000);
    history_sql(f->history, "DROP TABLE execution_interaction");
    assert_int_equal(reopen(f), ERR_OK);
    stored_expect(f, "SELECT count(*) FROM execution_interaction", "0");
    stored_expect(f, "SELECT id FROM execution", "a");
}

static void test_creation_is_all_or_nothing(void **state)
{
    struct stored *f = *state;
    /* A view in the place of a table that has not been made yet: the second of the statements fails. */
    history_sql(f->history,
                "DROP TABLE execution; DROP TABLE execution_interaction; DROP TABLE executor_runs_note;"
                "CREATE VIEW execution_status_idx AS SELECT 1");
    assert_true(reopen(f) != ERR_OK);
    stored_expect(f,
                  "SELECT count(*) FROM sqlite_schema WHERE name IN ('execution', 'execution_interaction', "
                  "'executor_runs_note')",
                  "0");
}

static void test_not_a_database(void **state)
{
    struct stored *f = *state;
    char path[256];
    snprintf(path, sizeof path, "%s/notes.txt", history_dir(f->history));
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 200; i++)
        fputs("this is no database\n", file);
    fclose(file);
    struct store *store;
    assert_int_equal(store_open(path, &(struct store_options){0}, &store, &f->err), ERR_NOT_DATABASE);
    assert_int_equal(store_open("/nowhere/at/all.db", &(struct store_options){0}, &store, &f->err),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(f->err.what, "/nowhere/at/all.db"));
}

/* Recording goes on inside of somebody's run: that is told, and nobody dies of it. */
static void test_no_memory(void **state)
{
    struct stored *f = *state;
    struct store *store;
    sqlite3_hard_heap_limit64(1);
    enum err_code code = store_open(history_path(f->history), &(struct store_options){0}, &store, &f->err);
    sqlite3_hard_heap_limit64(0);
    assert_int_equal(code, ERR_IO);
    assert_null(store);
    assert_non_null(strstr(f->err.what, "no memory"));
}

/* ---- the life of a run ---- */

static void test_run_from_start_to_end(void **state)
{
    struct stored *f = *state;
    create_run(f, "a", 1000);
    stored_expect(f, "SELECT * FROM execution",
                  "a|scope-1|running|return 1|null|null|null|1000|null|null|null|0|1000|1000");
    struct run_end end = {.status = T("failed"),
                          .result_json = T("null"),
                          .error_text = T("boom"),
                          .logs_json = T("[]"),
                          .completed_at = 1500,
                          .tool_call_count = 3};
    assert_int_equal(store_finish_run(f->store, ref_a, &end, &f->err), ERR_OK);
    stored_expect(f, "SELECT * FROM execution",
                  "a|scope-1|failed|return 1|null|boom|[]|1000|1500|null|null|3|1000|1500");
}

/* Each time updated_at moves, whatever the clock says; what has ended stays as it ended. */
static void test_logs_of_a_run_that_goes_on(void **state)
{
    static const char sql[] = "SELECT status, logs_json, completed_at, updated_at FROM execution";
    struct stored *f = *state;
    create_run(f, "a", 1000);
    assert_int_equal(store_set_logs(f->store, ref_a, T("[1]"), 1500, &f->err), ERR_OK);
    stored_expect(f, sql, "running|[1]|null|1500");
    assert_int_equal(store_set_status(f->store, ref_a, T("waiting_for_interaction"), 1600, &f->err), ERR_OK);
    assert_int_equal(store_set_logs(f->store, ref_a, T("[2]"), 900, &f->err), ERR_OK);
    stored_expect(f, sql, "waiting_for_interaction|[2]|null|1601");
    struct run_end end = {.status = T("failed"), .logs_json = T("[3]"), .completed_at = 1700};
    assert_int_equal(store_finish_run(f->store, ref_a, &end, &f->err), ERR_OK);
    assert_int_equal(store_set_logs(f->store, ref_a, T("[4]"), 1800, &f->err), ERR_NOT_FOUND);
    stored_expect(f, sql, "failed|[3]|1700|1700");
}

static void test_created_as_given(void **state)
{
    struct stored *f = *state;
    struct run run = {.id = T("a"),
                      .scope_id = T("s"),
                      .status = T("pending"),
                      .code = T(""),
                      .trigger_kind = T("cli"),
                      .trigger_meta_json = T("{}"),
                      .created_at = 5,
                      .started_at = 4};
    assert_int_equal(store_create_run(f->store, &run, &f->err), ERR_OK);
    stored_expect(
        f, "SELECT status, code, started_at, trigger_kind, trigger_meta_json, updated_at FROM execution",
        "pending||4|cli|{}|5");
    assert_int_equal(store_create_run(f->store, &run, &f->err), ERR_USAGE);
    run.scope_id = T("other");
    assert_int_equal(store_create_run(f->store, &run, &f->err), ERR_OK);
}

static void test_unknown_rows(void **state)
{
    struct stored *f = *state;
    create_run(f, "a", 1000);
    struct run_ref other_scope = {T("scope-2"), T("a")};
    assert_int_equal(store_set_status(f->store, other_scope, T("pending"), 9, &f->err), ERR_NOT_FOUND);
    assert_non_null(strstr(f->err.what, "no run a in scope scope-2"));
    assert_int_equal(
        store_finish_run(f->store, other_scope, &(struct run_end){.status = T("failed")}, &f->err),
        ERR_NOT_FOUND);
    assert_int_equal(store_finish_call(f->store, T("x"), &(struct call_end){.status = T("failed")}, &f->err),
                     ERR_NOT_FOUND);
    stored_expect(f, "SELECT status FROM execution", "running");
}

static void test_tool_call(void **state)
{
    struct stored *f = *state;
    create_run(f, "a", 1000);
    start_call(f, "c", "a");
    stored_expect(f, "SELECT * FROM execution_tool_call",
                  "c|a|running|github.issues.list|github|{}|null|null|50|null|null");
    struct call_end end = {.status = T("failed"), .error_text = T("429"), .completed_at = 80};
    assert_int_equal(store_finish_call(f->store, T("c"), &end, &f->err), ERR_OK);
    stored_expect(f, "SELECT * FROM execution_tool_call",
                  "c|a|failed|github.issues.list|github|{}|null|429|50|80|30");
}

static void test_path_of_one_segment(void **state)
{
    struct stored *f = *state;
    struct tool_call call = {.id = T("c"), .execution_id = T("a"), .tool_path = T("search"), .started_at = 1};
    assert_int_equal(store_start_call(f->store, &call, &f->err), ERR_OK);
    stored_expect(f, "SELECT namespace FROM execution_tool_call", "search");
}

static void test_question_and_answer(void **state)
{
    struct stored *f = *state;
    create_run(f, "a", 1000);
    ask(f, "q");
    stored_expect(f, "SELECT status, updated_at FROM execution", "waiting_for_interaction|60");
    stored_expect(f, "SELECT * FROM execution_interaction",
                  "q|a|pending|FormElicitation|Deploy?|null|null|null|60|60");
    struct answer answer = {
        .response_json = T("{\"action\":\"accept\"}"), .response_private_json = T("{\"token\":1}"), .at = 90};
    assert_int_equal(store_answer(f->store, ref_a, T("q"), &answer, &f->err), ERR_OK);
    stored_expect(f, "SELECT status, updated_at FROM execution", "running|90");
    stored_expect(
        f, "SELECT status, response_json, response_private_json, updated_at FROM execution_interaction",
        "resolved|{\"action\":\"accept\"}|{\"token\":1}|90");
    assert_int_equal(store_answer(f->store, ref_a, T("q"), &answer, &f->err), ERR_NOT_FOUND);
}

static void test_cancelled_answer(void **state)
{
    struct stored *f = *state;
    create_run(f, "a", 1000);
    ask(f, "q");
    assert_int_equal(
        store_answer(f->store, ref_a, T("q"), &(struct answer){.is_cancelled = true, .at = 90}, &f->err),
        ERR_OK);
    stored_expect(f, "SELECT status FROM execution_interaction", "cancelled");
    stored_expect(f, "SELECT status FROM execution", "running");
}

static void test_question_to_no_run_leaves_nothing(void **state)
{
    struct stored *f = *state;
    struct interaction question = {.id = T("q"), .kind = T("k"), .created_at = 60};
    assert_int_equal(store_ask(f->store, ref_a, &question, &f->err), ERR_NOT_FOUND);
    stored_expect(f, "SELECT count(*) FROM execution_interaction", "0");
    create_run(f, "a", 1000); /* the writer is usable afterwards */
}

static void test_failed_step_in_a_batch_keeps_the_batch(void **state)
{
    struct stored *f = *state;
    assert_int_equal(store_begin(f->store, &f->err), ERR_OK);
    create_run(f, "b", 1000);
    struct interaction question = {.id = T("q"), .kind = T("k"), .created_at = 60};
    assert_int_equal(store_ask(f->store, ref_a, &question, &f->err), ERR_NOT_FOUND);
    create_run(f, "c", 1001);
    assert_int_equal(store_commit(f->store, &f->err), ERR_OK);
    stored_expect(f, "SELECT id FROM execution ORDER BY id", "b\nc");
    stored_expect(f, "SELECT count(*) FROM execution_interaction", "0");
}

static void test_batches(void **state)
{
    struct stored *f = *state;
    assert_int_equal(store_commit(f->store, &f->err), ERR_USAGE);
    assert_int_equal(store_begin(f->store, &f->err), ERR_OK);
    assert_int_equal(store_begin(f->store, &f->err), ERR_USAGE);
    create_run(f, "a", 1);
    stored_expect(f, "SELECT count(*) FROM execution", "0");
    assert_int_equal(store_commit(f->store, &f->err), ERR_OK);
    stored_expect(f, "SELECT count(*) FROM execution", "1");
    assert_int_equal(store_begin(f->store, &f->err), ERR_OK);
    create_run(f, "b", 2);
    store_rollback(f->store);
    stored_expect(f, "SELECT count(*) FROM execution", "1");
}

static void test_busy_is_told_at_once(void **state)
{
    struct stored *f = *state;
    create_run(f, "a", 1);
    struct store *other;
    assert_int_equal(store_open(history_path(f->history), &(struct store_options){0}, &other, &f->err),
                     ERR_OK);
    assert_int_equal(store_begin(f->store, &f->err), ERR_OK);
    assert_int_equal(store_set_status(other, ref_a, T("pending"), 2, &f->err), ERR_BUSY);
    assert_int_equal(store_commit(f->store, &f->err), ERR_OK);
    assert_int_equal(store_set_status(other, ref_a, T("pending"), 2, &f->err), ERR_OK);
    store_close(other);
}

static void test_bytes_survive(void **state)
{
    struct stored *f = *state;
    static const char bytes[] = "a\0b\xff\x1b[31m";
    struct run run = {.id = T("a"),
                      .scope_id = T("s"),
                      .code = {bytes, sizeof bytes - 1},
                      .created_at = 5,
                      .started_at = TIME_NONE};
    assert_int_equal(store_create_run(f->store, &run, &f->err), ERR_OK);
    stored_expect(f, "SELECT hex(code), typeof(code) FROM execution", "610062FF1B5B33316D|text");
}

static void test_too_big_is_refused(void **state)
{
    struct stored *f = *state;
    char *code = calloc(STORE_TEXT_MAX + 1, 1);
    struct run run = {.id = T("a"),
                      .scope_id = T("s"),
                      .code = {code, STORE_TEXT_MAX + 1},
                      .created_at = 5,
                      .started_at = TIME_NONE};
    assert_int_equal(store_create_run(f->store, &run, &f->err), ERR_TOO_BIG);
    free(code);
    stored_expect(f, "SELECT count(*) FROM execution", "0");
}

/* ---- files, notes, scratch ---- */

static void test_a_private_file(void **state)
{
    struct stored *f = *state;
    struct stat status;
    struct store *store;
    char path[300];
    mode_t before = umask(0);
    snprintf(path, sizeof path, "%s/private.db", history_dir(f->history));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(store_open(path, &(struct store_options){.is_private = true}, &store, &f->err),
                         ERR_OK);
        store_close(store);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, i ? 0640 : 0600); /* what is there stays as it is */
        assert_int_equal(chmod(path, 0640), 0);
    }
    umask(before);
}

static int mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 07777;
}

/* What a group shares is that group's, and SQLite's files beside it; what everybody may write to is nobody's. */
static void test_a_file_in_a_directory_of_a_group(void **state)
{
    static const struct {
        mode_t directory;
        int file;
    } modes[] = {{02770, 0660}, {0775, 0660}, {01777, 0600}, {0755, 0600}};
    struct stored *f = *state;
    mode_t before = umask(077);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        char directory[280], path[300], beside[310];
        struct store *store;
        snprintf(directory, sizeof directory, "%s/d%zu", history_dir(f->history), i);
        snprintf(path, sizeof path, "%s/x.db", directory);
        assert_int_equal(mkdir(directory, 0700), 0);
        assert_int_equal(chmod(directory, modes[i].directory), 0);
        assert_int_equal(store_open(path, &(struct store_options){.is_private = true}, &store, &f->err),
                         ERR_OK);
        struct run run = {
            .id = text_of("r"), .scope_id = text_of("s"), .code = text_of("true"), .created_at = 1};
        assert_int_equal(store_create_run(store, &run, &f->err), ERR_OK); /* into the log beside it */
        assert_int_equal(mode_of(path), modes[i].file);
        snprintf(beside, sizeof beside, "%s-wal", path);
        assert_int_equal(mode_of(beside), modes[i].file);
        snprintf(beside, sizeof beside, "%s-shm", path);
        assert_int_equal(mode_of(beside), modes[i].file);
        store_close(store);
    }
    umask(before);
}

static void test_notes(void **state)
{
    struct stored *f = *state;
    char path[256], value[STORE_NOTE_TEXT];
    snprintf(path, sizeof path, "%s/50%%?#.db", history_dir(f->history));
    store_read_note(path, "kind", value);
    assert_string_equal(value, "");
    struct store *store;
    assert_int_equal(store_open(path, &(struct store_options){0}, &store, &f->err), ERR_OK);
    assert_int_equal(store_set_note(store, "kind", "it's", &f->err), ERR_OK);
    store_close(store);
    store_read_note(path, "kind", value);
    assert_string_equal(value, "it's");
    store_read_note(path, "other", value);
    assert_string_equal(value, "");
}

static void test_reading_a_note_leaves_no_trace(void **state)
{
    struct stored *f = *state;
    history_close(f->history);
    char beside[256], value[STORE_NOTE_TEXT];
    snprintf(beside, sizeof beside, "%s-shm", history_path(f->history));
    store_read_note(history_path(f->history), "version", value);
    assert_string_equal(value, "1");
    assert_int_not_equal(access(beside, F_OK), 0);
}

static void test_scratch_settles_to_wal(void **state)
{
    struct stored *f = *state;
    char path[256], beside[300];
    snprintf(path, sizeof path, "%s/scratch.db", history_dir(f->history));
    struct store *store;
    assert_int_equal(store_open(path, &(struct store_options){.is_scratch = true}, &store, &f->err), ERR_OK);
    struct run run = {
        .id = T("a"), .scope_id = T("s"), .code = T("x"), .created_at = 5, .started_at = TIME_NONE};
    assert_int_equal(store_create_run(store, &run, &f->err), ERR_OK);
    assert_int_equal(store_settle(store, &f->err), ERR_OK);
    store_close(store);
    snprintf(beside, sizeof beside, "%s-wal", path);
    assert_int_not_equal(access(beside, F_OK), 0);
    char *got = stored_rows(path, "PRAGMA journal_mode");
    assert_string_equal(got, "wal");
    free(got);
    got = stored_rows(path, "SELECT id FROM execution");
    assert_string_equal(got, "a");
    free(got);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, stored_set_up, stored_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_schema_is_the_real_one),
        TEST(test_pragmas),
        TEST(test_newer_is_refused),
        TEST(test_lacking_columns_are_named),
        TEST(test_foreign_and_complete_gets_nothing_added),
        TEST(test_missing_table_is_made),
        TEST(test_creation_is_all_or_nothing),
        TEST(test_not_a_database),
        TEST(test_no_memory),
        TEST(test_run_from_start_to_end),
        TEST(test_logs_of_a_run_that_goes_on),
        TEST(test_created_as_given),
        TEST(test_unknown_rows),
        TEST(test_tool_call),
        TEST(test_path_of_one_segment),
        TEST(test_question_and_answer),
        TEST(test_cancelled_answer),
        TEST(test_question_to_no_run_leaves_nothing),
        TEST(test_failed_step_in_a_batch_keeps_the_batch),
        TEST(test_batches),
        TEST(test_busy_is_told_at_once),
        TEST(test_bytes_survive),
        TEST(test_too_big_is_refused),
        TEST(test_a_private_file),
        TEST(test_a_file_in_a_directory_of_a_group),
        TEST(test_notes),
        TEST(test_reading_a_note_leaves_no_trace),
        TEST(test_scratch_settles_to_wal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
