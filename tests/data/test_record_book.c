/*
 * The bookkeeping thread by itself: the row, its end, and what is in the way of both.
 */
#include "data/record/record_book.h"

#include "data/base/clock.h"
#include "data/record/record_pace.h"
#include "tests/support/history.h"
#include "tests/support/recorder_bench.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOON = 20000 };

static struct record_plan plan_of(const struct bench *b)
{
    return (struct record_plan){.path = bench_db(b),
                                .run = {.id = TEXT_LIT("r1"),
                                        .scope_id = TEXT_LIT("s"),
                                        .code = TEXT_LIT("true"),
                                        .created_at = 1000,
                                        .started_at = 1000}};
}

static const struct run_end good_end = {.status = TEXT_LIT("completed"),
                                        .result_json = TEXT_LIT("{}"),
                                        .logs_json = TEXT_LIT("[]"),
                                        .completed_at = 1250};

static void must(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, SOON);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void expect_written(struct record_book *book)
{
    struct err err;
    if (!record_book_wait(book, SOON, &err))
        fail_msg("not written: %s", err.what);
    record_book_free(book);
}

#define FACTS                                                                                                \
    "SELECT id || ' ' || status || ' ' || coalesce(completed_at, '-') || ' ' || tool_call_count FROM "       \
    "execution"

static void test_row_and_end(void **state)
{
    struct bench *b = *state;
    struct record_plan plan = plan_of(b);
    struct record_book *book = record_book_start(&plan);
    assert_true(bench_becomes(b, FACTS, "r1 running - 0"));
    must(bench_db(b),
         "INSERT INTO execution_tool_call (id, execution_id, status, tool_path, started_at) VALUES "
         "('c', 'r1', 'running', 'a.b', 1100)");
    record_book_end(book, &good_end);
    expect_written(book);
    assert_true(bench_is(b, FACTS, "r1 completed 1250 1"));
    assert_true(bench_is(b,
                         "SELECT status || ' ' || duration_ms || ' ' || error_text FROM execution_tool_call",
                         "failed 150 the run ended"));
}

static void test_end_at_once(void **state)
{
    struct bench *b = *state;
    struct record_plan plan = plan_of(b);
    struct record_book *book = record_book_start(&plan);
    record_book_end(book, &good_end);
    expect_written(book);
    assert_true(bench_is(b, FACTS, "r1 completed 1250 0"));
}

static void test_row_that_was_swept(void **state)
{
    struct bench *b = *state;
    struct record_plan plan = plan_of(b);
    struct record_book *book = record_book_start(&plan);
    assert_true(bench_becomes(b, FACTS, "r1 running - 0"));
    must(bench_db(b), "DELETE FROM execution");
    record_book_end(book, &good_end);
    expect_written(book);
    assert_true(bench_is(b, FACTS, "r1 completed 1250 0"));
}

/* Patience ends, the error says why, and whoever waits gets away. */
static void test_locked(void **state)
{
    struct bench *b = *state;
    struct record_plan plan = plan_of(b);
    must(bench_db(b), "PRAGMA journal_mode=WAL; CREATE TABLE mine (x)");
    sqlite3 *db;
    assert_int_equal(sqlite3_open(bench_db(b), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    struct record_book *book = record_book_start(&plan);
    record_book_end(book, &good_end);
    struct err err;
    assert_false(record_book_wait(book, 300, &err));
    assert_int_equal(err.code, ERR_BUSY);
    assert_non_null(strstr(err.what, bench_db(b)));
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    expect_written(book); /* it had not given up */
    assert_true(bench_is(b, FACTS, "r1 completed 1250 0"));
}

/* What waiting does not mend is not waited for. */
static void test_hopeless(void **state)
{
    struct bench *b = *state;
    struct record_plan plan = plan_of(b);
    plan.path = "/no/such/directory/runs.db";
    struct record_book *book = record_book_start(&plan);
    record_book_end(book, &good_end);
    struct err err;
    int64_t start = clock_ms();
    assert_false(record_book_wait(book, SOON, &err));
    assert_true(clock_ms() - start < SOON);
    assert_non_null(strstr(err.what, "/no/such/directory/runs.db"));
    record_book_free(book);
}

/* The place is made on the thread, as often as it takes. */
static enum err_code prepare_the_third_time(void *context, struct record_plan *plan, struct err *err)
{
    atomic_int *calls = context;
    if (atomic_fetch_add(calls, 1) < 2)
        return err_set(err, ERR_IO, "not yet");
    plan->run.trigger_kind = TEXT_LIT("late");
    return ERR_OK;
}

static void test_prepared_on_the_thread(void **state)
{
    struct bench *b = *state;
    atomic_int calls = 0;
    struct record_plan plan = plan_of(b);
    plan.prepare = prepare_the_third_time;
    plan.context = &calls;
    struct record_book *book = record_book_start(&plan);
    assert_true(bench_becomes(b, "SELECT trigger_kind || status FROM execution", "laterunning"));
    record_book_end(book, &good_end);
    expect_written(book);
    assert_int_equal(atomic_load(&calls), 3);
}

static void test_given_up(void **state)
{
    struct bench *b = *state;
    struct record_plan plan = plan_of(b);
    struct record_book *book = record_book_start(&plan);
    assert_true(bench_becomes(b, FACTS, "r1 running - 0"));
    record_book_free(book);
    record_book_free(NULL);
    assert_true(bench_is(b, FACTS, "r1 running - 0"));
}

/* A file that belongs to an executor, whose rows and tables stay as they are. */
static void test_file_of_an_executor(void **state)
{
    (void)state;
    struct history *h = history_new();
    history_run(
        h, (struct history_run){.status = "running", .trigger_meta = "{\"recorder\":\"of something else\"}"});
    struct record_plan plan = plan_of(*state);
    plan.path = history_path(h);
    struct record_book *book = record_book_start(&plan);
    record_book_end(book, &good_end);
    expect_written(book);
    char *found = bench_sql(history_path(h),
                            "SELECT group_concat(status) FROM (SELECT status FROM execution ORDER BY rowid)");
    assert_string_equal(found, "running,completed");
    free(found);
    history_free(h);
}

/* ---- the log, while the command runs ---- */

#define LOGS "SELECT coalesce(logs_json, 'none') || ' ' || status FROM execution"

/* Says how often it was asked for. */
static void put_number(void *context, struct buf *logs_json)
{
    atomic_int *calls = context;
    buf_printf(logs_json, "[%d]", atomic_fetch_add(calls, 1) + 1);
}

static struct record_plan plan_with_log(const struct bench *b, atomic_int *calls)
{
    struct record_plan plan = plan_of(b);
    atomic_init(calls, 0);
    plan.log = put_number;
    plan.log_first_ms = plan.log_every_ms = 10;
    plan.context = calls;
    return plan;
}

static void expect_calls(const atomic_int *calls, int expected)
{
    for (int64_t start = clock_ms(); atomic_load(calls) < expected && clock_ms() - start < SOON;)
        usleep(2000);
    assert_true(atomic_load(calls) >= expected);
}

static void test_log_while_it_runs(void **state)
{
    struct bench *b = *state;
    atomic_int calls;
    struct record_plan plan = plan_with_log(b, &calls);
    struct record_book *book = record_book_start(&plan);
    assert_true(bench_becomes(b, LOGS, "none running"));
    record_book_output(book);
    record_book_output(book);
    assert_true(bench_becomes(b, LOGS, "[1] running"));
    assert_true(bench_is(b, "SELECT updated_at > created_at FROM execution", "1"));
    record_book_output(book);
    assert_true(bench_becomes(b, LOGS, "[2] running"));
    record_book_end(book, &good_end);
    expect_written(book);
    assert_true(bench_is(b, LOGS, "[] completed"));
}

static void test_no_output_no_write(void **state)
{
    struct bench *b = *state;
    atomic_int calls;
    struct record_plan plan = plan_with_log(b, &calls);
    struct record_book *book = record_book_start(&plan);
    assert_true(bench_becomes(b, LOGS, "none running"));
    usleep(100 * 1000);
    assert_int_equal(atomic_load(&calls), 0);
    record_book_end(book, &good_end);
    expect_written(book);
    assert_int_equal(atomic_load(&calls), 0);
}

/* What could not be written is, once it can be, without more output; and nobody is told. */
static void test_log_that_is_refused(void **state)
{
    struct bench *b = *state;
    atomic_int calls;
    struct record_plan plan = plan_with_log(b, &calls);
    struct record_book *book = record_book_start(&plan);
    assert_true(bench_becomes(b, LOGS, "none running"));
    must(bench_db(b), "CREATE TRIGGER no BEFORE UPDATE ON execution BEGIN SELECT RAISE(ABORT, 'no'); END");
    record_book_output(book);
    expect_calls(&calls, 2);
    must(bench_db(b), "DROP TRIGGER no");
    assert_true(bench_becomes(b, "SELECT logs_json IS NOT NULL FROM execution", "1"));
    record_book_end(book, &good_end);
    expect_written(book);
}

/* Only the end makes it anew. */
static void test_log_of_a_row_that_was_swept(void **state)
{
    struct bench *b = *state;
    atomic_int calls;
    struct record_plan plan = plan_with_log(b, &calls);
    struct record_book *book = record_book_start(&plan);
    assert_true(bench_becomes(b, LOGS, "none running"));
    must(bench_db(b), "DELETE FROM execution");
    record_book_output(book);
    expect_calls(&calls, 1);
    usleep(500 * 1000); /* a hundred times as long as looking for the row took, and more */
    assert_int_equal(atomic_load(&calls), 1);
    assert_true(bench_is(b, "SELECT count(*) FROM execution", "0"));
    record_book_end(book, &good_end);
    expect_written(book);
    assert_true(bench_is(b, LOGS, "[] completed"));
}

static void test_pace(void **state)
{
    (void)state;
    assert_int_equal(record_pace(5000, 0, 0), 5000);
    assert_int_equal(record_pace(5000, 50, 1000), 5000);
    assert_int_equal(record_pace(5000, 200, 1000), 20000);
    assert_int_equal(record_pace(5000, 1, 640000), 10000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_row_and_end),
        TEST(test_end_at_once),
        TEST(test_row_that_was_swept),
        TEST(test_locked),
        TEST(test_hopeless),
        TEST(test_prepared_on_the_thread),
        TEST(test_given_up),
        TEST(test_file_of_an_executor),
        TEST(test_log_while_it_runs),
        TEST(test_no_output_no_write),
        TEST(test_log_that_is_refused),
        TEST(test_log_of_a_row_that_was_swept),
        TEST(test_pace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
