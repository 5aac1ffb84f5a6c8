/*
 * What must never reach the command: a file that is locked, full, read-only, broken or nowhere, two hundred
 * recorders at once, and one that is killed. Every command here ends with a code of its own, and that is the
 * code that comes out.
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
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start(struct bench *b, const char *db, const char *script, const struct bench_start *how)
{
    return bench_record(b, WORDS("--db", db, "--", "sh", "-c", script), how);
}

/* The command had its way, and one line says that it was not recorded. */
static void expect_unrecorded(struct bench *b, const char *db, void (*in_child)(const struct bench *))
{
    assert_int_equal(
        bench_wait(start(b, db, "echo out; exit 9", &(struct bench_start){.in_child = in_child})), 9);
    assert_true(bench_file_is(b, "run.out", "out\n"));
    assert_true(bench_has_warned(b, "run.err", "this run"));
}

static void release(const struct bench *b, const char *fifo)
{
    close(open(bench_path(b, fifo), O_WRONLY));
}

static void make_fifo(const struct bench *b, const char *name)
{
    assert_int_equal(mkfifo(bench_path(b, name), 0600), 0);
}

/* ---- locks ---- */

static void must(sqlite3 *db, const char *sql)
{
    sqlite3_busy_timeout(db, 5000); /* a recorder may be writing */
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

/* Somebody else's transaction, in a file that has runs already. */
static sqlite3 *lock(struct bench *b)
{
    sqlite3 *db;
    assert_int_equal(bench_wait(start(b, bench_db(b), "true", NULL)), 0);
    assert_int_equal(sqlite3_open(bench_db(b), &db), SQLITE_OK);
    must(db, "BEGIN EXCLUSIVE");
    return db;
}

static void test_locked_all_along(void **state)
{
    struct bench *b = *state;
    sqlite3 *db = lock(b);
    expect_unrecorded(b, bench_db(b), NULL);
    must(db, "COMMIT");
    sqlite3_close(db);
    assert_true(bench_is(b, "SELECT count(*) FROM execution", "1"));
}

/* The lock goes while the command runs: the row comes, late but with its own times. */
static void test_locked_at_the_start(void **state)
{
    struct bench *b = *state;
    sqlite3 *db = lock(b);
    make_fifo(b, "go");
    pid_t pid = start(b, bench_db(b), "echo > up; cat go; exit 3", NULL);
    assert_true(bench_exists(b, "up"));
    must(db, "COMMIT");
    assert_true(bench_becomes(b, "SELECT status FROM execution ORDER BY rowid DESC", "running"));
    release(b, "go");
    assert_int_equal(bench_wait(pid), 3);
    assert_true(bench_file_is(b, "run.err", ""));
    assert_true(bench_is(b, "SELECT status FROM execution ORDER BY rowid DESC", "failed"));
    sqlite3_close(db);
}

/* Nothing was to be had until the very end: then all is written at once. */
static void test_locked_until_the_end(void **state)
{
    struct bench *b = *state;
    sqlite3 *db = lock(b);
    pid_t pid = start(b, bench_db(b), "echo > up; exit 3", NULL);
    assert_true(bench_exists(b, "up"));
    usleep(300 * 1000);
    must(db, "COMMIT");
    sqlite3_close(db);
    assert_int_equal(bench_wait(pid), 3);
    assert_true(bench_file_is(b, "run.err", ""));
    assert_true(bench_is(b, "SELECT count(*) || ' ' || sum(status = 'failed') FROM execution", "2 1"));
}

/* ---- files that cannot be written ---- */

static void as_nobody(const struct bench *b)
{
    (void)b;
    if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0))
        _exit(97);
}

static void test_read_only(void **state)
{
    struct bench *b = *state;
    assert_int_equal(bench_wait(start(b, bench_db(b), "true", NULL)), 0);
    chmod(bench_dir(b), 0555);
    chmod(bench_db(b), 0444);
    expect_unrecorded(b, bench_db(b), as_nobody);
    expect_unrecorded(b, bench_path(b, "none.db"), as_nobody);
    chmod(bench_dir(b), 0755);
    assert_true(bench_is(b, "SELECT count(*) FROM execution", "1"));
}

static void put(const struct bench *b, const char *name, const char *content)
{
    FILE *file = fopen(bench_path(b, name), "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void test_what_is_no_history(void **state)
{
    struct bench *b = *state;
    put(b, "text.db",
        "this is a letter, and it is longer than the header of a database is: "
        "a hundred bytes and some more of them, so that it is looked at");
    expect_unrecorded(b, bench_path(b, "text.db"), NULL);
    expect_unrecorded(b, bench_dir(b), NULL);
    expect_unrecorded(b, bench_path(b, "text.db/such/place.db"), NULL);
    expect_unrecorded(b, "/dev/full", NULL);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(bench_path(b, "other.db"), &db), SQLITE_OK);
    must(db, "CREATE TABLE execution (id, victim, date)");
    sqlite3_close(db);
    expect_unrecorded(b, bench_path(b, "other.db"), NULL);
}

/* Pages that are broken where the row would go. */
static void test_broken(void **state)
{
    struct bench *b = *state;
    assert_int_equal(bench_wait(start(b, bench_db(b), "true", NULL)), 0);
    int fd = open(bench_db(b), O_WRONLY);
    static char noise[4096 * 17];
    memset(noise, 0x5a, sizeof noise);
    assert_int_equal(pwrite(fd, noise, sizeof noise, 4096), sizeof noise);
    close(fd);
    expect_unrecorded(b, bench_db(b), NULL);
}

static void test_no_home(void **state)
{
    struct bench *b = *state;
    const char *env[] = {"PATH=/usr/bin:/bin", "EXECUTOR_RUNS_RUN=outer", NULL};
    assert_int_equal(bench_wait(bench_record(b, WORDS("sh", "-c", "echo run:$EXECUTOR_RUNS_RUN; exit 9"),
                                             &(struct bench_start){.env = env})),
                     9);
    assert_true(bench_file_is(b, "run.out", "run:\n"));
    assert_true(bench_has_warned(b, "run.err", "this run"));
}

/* ---- no room ---- */

static void no_file_may_grow(const struct bench *b)
{
    (void)b;
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){8192, 8192});
}

static void test_no_file_may_grow(void **state)
{
    expect_unrecorded(*state, bench_db(*state), no_file_may_grow);
}

/* A disk of this size at "disk", for this process alone; false where that is not for us. */
static bool mount_disk(const struct bench *b, const char *size)
{
    static const char what[] = "SKIPPED: no tmpfs can be mounted here";
    assert_int_equal(mkdir(bench_path(b, "disk"), 0700), 0);
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("none", bench_path(b, "disk"), "tmpfs", 0, size) < 0) {
        puts(what);
        return false;
    }
    return true;
}

static void test_disk_is_full(void **state)
{
    struct bench *b = *state;
    if (!mount_disk(b, "size=32k"))
        skip();
    expect_unrecorded(b, bench_path(b, "disk/runs.db"), NULL);
    umount(bench_path(b, "disk"));
}

/* The command itself fills the disk: its end cannot be written, and the next recorder that finds room tells
 * so. */
static void test_disk_fills_up(void **state)
{
    struct bench *b = *state;
    if (!mount_disk(b, "size=1m"))
        skip();
    bench_set_db(b, bench_path(b, "disk/runs.db"));
    make_fifo(b, "go");
    pid_t pid = start(
        b, bench_db(b),
        "cat go; head -c 2000000 /dev/zero > disk/big 2> no; head -c 3000000 /dev/urandom; exit 9", NULL);
    assert_true(bench_becomes(b, "SELECT status FROM execution", "running"));
    release(b, "go");
    assert_int_equal(bench_wait(pid), 9);
    assert_true(bench_has_warned(b, "run.err", "the end of this run"));
    assert_int_equal(unlink(bench_path(b, "disk/big")), 0);
    assert_int_equal(bench_wait(start(b, bench_db(b), "exit 4", NULL)), 4);
    assert_true(bench_file_is(b, "run.err", ""));
    assert_true(bench_is(b,
                         "SELECT group_concat(status || ' ' || substr(error_text, 1, 12), ', ') FROM "
                         "(SELECT * FROM execution ORDER BY rowid)",
                         "failed the recorder, failed exit status "));
    umount(bench_path(b, "disk"));
}

/* ---- many ---- */

static void test_two_on_one_file(void **state)
{
    struct bench *b = *state;
    make_fifo(b, "go1");
    make_fifo(b, "go2");
    pid_t one = start(b, bench_db(b), "cat go1; exit 3", &(struct bench_start){.name = "one"});
    pid_t two = start(b, bench_db(b), "cat go2; exit 4", &(struct bench_start){.name = "two"});
    assert_true(bench_becomes(b, "SELECT count(*) FROM execution WHERE status = 'running'", "2"));
    release(b, "go1");
    assert_int_equal(bench_wait(one), 3);
    assert_true(bench_is(b, "SELECT count(*) FROM execution WHERE status = 'running'", "1"));
    release(b, "go2");
    assert_int_equal(bench_wait(two), 4);
    assert_true(bench_is(b, "SELECT group_concat(e) FROM (SELECT error_text AS e FROM execution ORDER BY e)",
                         "exit status 3,exit status 4"));
}

static void test_two_hundred_at_once(void **state)
{
    enum { COUNT = 200 };
    struct bench *b = *state;
    pid_t pids[COUNT];
    for (int i = 0; i < COUNT; i++) {
        char name[32], script[64];
        snprintf(name, sizeof name, "n%d", i);
        snprintf(script, sizeof script, "echo number %d; exit %d", i, i);
        pids[i] = start(b, bench_db(b), script, &(struct bench_start){.name = name});
    }
    for (int i = 0; i < COUNT; i++) {
        char name[32], expected[32];
        assert_int_equal(bench_wait(pids[i]), i);
        snprintf(name, sizeof name, "n%d.out", i);
        snprintf(expected, sizeof expected, "number %d\n", i);
        assert_true(bench_file_is(b, name, expected));
        snprintf(name, sizeof name, "n%d.err", i);
        assert_true(bench_file_is(b, name, ""));
    }
    assert_true(bench_is(
        b,
        "SELECT count(*) || ' ' || sum(status = 'failed') || ' ' || sum(status = 'completed') FROM execution",
        "200 199 1"));
    assert_true(
        bench_is(b, "SELECT count(DISTINCT json_extract(result_json, '$.exitCode')) FROM execution", "200"));
    assert_true(bench_is(b, "PRAGMA integrity_check", "ok"));
}

/* ---- killed ---- */

static void test_killed_recorder(void **state)
{
    struct bench *b = *state;
    make_fifo(b, "go");
    pid_t pid = start(b, bench_db(b), "cat go; echo > done", NULL);
    assert_true(bench_becomes(b, "SELECT status FROM execution", "running"));
    char *id = bench_sql(bench_db(b), "SELECT id FROM execution");
    char sql[400];
    sqlite3 *db;
    snprintf(sql, sizeof sql,
             "INSERT INTO execution_interaction (id, execution_id, status, kind, created_at, updated_at) "
             "VALUES ('q', '%s', 'pending', 'FormElicitation', 1, 1);"
             "UPDATE execution SET status = 'waiting_for_interaction'",
             id);
    free(id);
    assert_int_equal(sqlite3_open(bench_db(b), &db), SQLITE_OK);
    must(db, sql);
    sqlite3_close(db);
    kill(pid, SIGKILL);
    assert_int_equal(bench_wait(pid), 128 + SIGKILL);
    assert_int_equal(bench_wait(start(b, bench_db(b), "exit 0", NULL)), 0);
    assert_true(bench_is(b, "SELECT status || ' ' || substr(error_text, 1, 23) FROM execution ORDER BY rowid",
                         "failed the recorder was killed"));
    assert_true(bench_is(b, "SELECT status FROM execution_interaction", "cancelled"));
    assert_true(bench_is(b, "SELECT status FROM execution ORDER BY rowid DESC", "completed"));
    int fd = open(bench_path(b, "go"), O_WRONLY | O_NONBLOCK);
    if (fd >= 0)
        close(fd);
}

/* What was printed until then is there, and stays; beside it one that prints nothing, for which nothing is
 * written. */
static void test_killed_recorder_leaves_the_log(void **state)
{
    struct bench *b = *state;
    make_fifo(b, "go1");
    make_fifo(b, "go2");
    pid_t silent = start(b, bench_db(b), "cat go1", NULL);
    assert_true(bench_becomes(b, "SELECT status FROM execution", "running"));
    pid_t pid =
        start(b, bench_db(b), "echo one; echo two >&2; cat go2", &(struct bench_start){.name = "two"});
    assert_true(bench_becomes(b, "SELECT logs_json FROM execution WHERE code LIKE '%one%'",
                              "[\"[log] one\",\"[error] two\"]"));
    assert_true(bench_is(b,
                         "SELECT group_concat(status || ' ' || (updated_at > created_at), ', ') FROM "
                         "(SELECT * FROM execution ORDER BY rowid)",
                         "running 0, running 1"));
    kill(pid, SIGKILL);
    assert_int_equal(bench_wait(pid), 128 + SIGKILL);
    release(b, "go1");
    assert_int_equal(bench_wait(silent), 0); /* it had looked for others before, and does again */
    assert_int_equal(bench_wait(start(b, bench_db(b), "exit 0", NULL)), 0);
    assert_true(bench_is(b, "SELECT status || ' ' || logs_json FROM execution WHERE code LIKE '%one%'",
                         "failed [\"[log] one\",\"[error] two\"]"));
    int fd = open(bench_path(b, "go2"), O_WRONLY | O_NONBLOCK);
    if (fd >= 0)
        close(fd);
}

/* A sweep, or a person, took the row, or the whole file, while the command ran: it is made anew. */
static void test_file_is_gone_at_the_end(void **state)
{
    struct bench *b = *state;
    make_fifo(b, "go");
    pid_t pid = start(b, bench_db(b), "cat go; exit 5", NULL);
    assert_true(bench_becomes(b, "SELECT status FROM execution", "running"));
    const char *log = bench_path(b, "runs.db-wal");
    while (access(log, F_OK) == 0)
        usleep(2000); /* until it is closed: what is open is written to, with a name or without */
    static const char *const names[] = {"runs.db", "runs.db-wal", "runs.db-shm"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(bench_path(b, names[i]));
    release(b, "go");
    assert_int_equal(bench_wait(pid), 5);
    assert_true(bench_is(b, "SELECT status || ' ' || code FROM execution", "failed sh -c 'cat go; exit 5'"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_locked_all_along),
        TEST(test_locked_at_the_start),
        TEST(test_locked_until_the_end),
        TEST(test_read_only),
        TEST(test_what_is_no_history),
        TEST(test_broken),
        TEST(test_no_home),
        TEST(test_no_file_may_grow),
        TEST(test_disk_is_full),
        TEST(test_disk_fills_up),
        TEST(test_two_on_one_file),
        TEST(test_two_hundred_at_once),
        TEST(test_killed_recorder),
        TEST(test_killed_recorder_leaves_the_log),
        TEST(test_file_is_gone_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
