/*
 * Keys never wait for the source: with the file locked against every reader, all that the screen can do by itself it still does, and what cannot be read
 * says so and is there once the lock is gone.
 */
#include "tests/support/app.h"
#include "tests/support/pty_expect.h"
#include "tests/support/sequences.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { AT_ONCE = 2000 }; /* a locked read would take longer */

/* Somebody else's transaction that nobody can read beside: a file that is not in WAL mode. */
static sqlite3 *lock(struct history *h)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(history_path(h), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    assert_int_equal(sqlite3_exec(db,
                                  "BEGIN EXCLUSIVE; UPDATE execution SET tool_call_count = tool_call_count",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    return db;
}

static void unlock(sqlite3 *db)
{
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static struct history *history_without_wal(void)
{
    struct history *h = app_history();
    history_sql(h, "PRAGMA journal_mode = DELETE");
    return h;
}

static void stop(struct pty *pty)
{
    sequences_expect(pty, SEQUENCES_PLAIN);
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void test_locked_while_it_is_shown(void **state)
{
    (void)state;
    struct history *h = history_without_wal();
    struct pty *pty = app_start(h, &(struct app_options){0});
    assert_true(app_is_exact(pty));
    sqlite3 *db = lock(h);
    pty_keys(pty, "<Enter>r?");
    assert_true(pty_wait_text(pty, "The next failed run", AT_ONCE));
    pty_keys(pty, "<Esc><Esc>");
    assert_true(pty_wait_gone(pty, "The next failed run", AT_ONCE));
    pty_keys(pty, "<Down><Down><Down>");
    assert_true(app_is_selected(pty, 3));
    pty_keys(pty, "/status:failed");
    assert_true(pty_wait_line(pty, 1, "/ status:failed", AT_ONCE));
    pty_keys(pty, "<Enter>");
    pty_expect_idle(pty);
    unlock(db);
    pty_expect_line(pty, 0, " 36 of 144 runs");
    pty_expect_gone(pty, "13:03:04.000");
    stop(pty);
    history_free(h);
}

/* A name that cannot be opened is said on the shell's own screen; a lock goes away again, and so the screen waits for that. */
static void test_locked_at_the_start(void **state)
{
    (void)state;
    struct history *h = history_without_wal();
    sqlite3 *db = lock(h);
    struct pty *pty = app_start(h, &(struct app_options){0});
    pty_expect_text(pty, "is locked by another program");
    pty_keys(pty, "?");
    assert_true(pty_wait_text(pty, "The next failed run", AT_ONCE));
    pty_keys(pty, "<Esc>");
    unlock(db);
    pty_expect_text(pty, "13:03:04.000");
    pty_expect_line(pty, 0, " 144 runs");
    pty_expect_gone(pty, "is locked by another program");
    stop(pty);
    history_free(h);
}

/* Leaving does not wait for the lock either. */
static void test_leaving_while_it_is_locked(void **state)
{
    (void)state;
    struct history *h = history_without_wal();
    struct pty *pty = app_start(h, &(struct app_options){0});
    assert_true(app_is_exact(pty));
    sqlite3 *db = lock(h);
    pty_keys(pty, "r<Enter>q<C-c>");
    assert_true(pty_wait_exit(pty, AT_ONCE));
    pty_expect_restored(pty);
    pty_free(pty);
    unlock(db);
    history_free(h);
}

/* A reader that is shown a file keeps no lock that a writer would meet: with no patience at all it still writes. */
static void test_a_writer_is_never_in_the_way(void **state)
{
    (void)state;
    struct history *h = app_history();
    static const char *const args[] = {"--live", NULL};
    struct pty *pty = app_start(h, &(struct app_options){.args = args});
    assert_true(app_is_exact(pty));
    sqlite3 *db;
    assert_int_equal(sqlite3_open(history_path(h), &db), SQLITE_OK);
    for (int i = 0; i < 300; i++) {
        char sql[300];
        snprintf(sql, sizeof sql,
                 "INSERT INTO execution(id, scope_id, status, code, created_at, updated_at) VALUES('w%d', "
                 "'scope-1', 'running', 'x', %lld, 1)",
                 i, (long long)(APP_NOW - 900 + i));
        if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
            fail_msg("insert %d: %s", i, sqlite3_errmsg(db));
        if (i % 50 == 0)
            pty_keys(pty, "<PgDn>");
    }
    pty_expect_line(pty, 0, " 444 runs");
    /* Nobody holds the log for long: it can be written back whole once the look that is under way has ended. The inserts above had no such
     * patience. */
    int log = -1, done = -2;
    sqlite3_busy_timeout(db, PTY_SOON);
    int code = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_FULL, &log, &done);
    assert_int_equal(code, SQLITE_OK);
    assert_int_equal(log, done);
    sqlite3_close(db);
    stop(pty);
    history_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_locked_while_it_is_shown),
        cmocka_unit_test(test_locked_at_the_start),
        cmocka_unit_test(test_leaving_while_it_is_locked),
        cmocka_unit_test(test_a_writer_is_never_in_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
