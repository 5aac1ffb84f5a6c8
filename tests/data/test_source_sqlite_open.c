/*
 * Opening files in every state they can be in: what can be read is read whole, what cannot is explained, and nothing beside the
 * database, nor the database itself, is ever touched. Writers are other processes, because locks are a process's.
 */
#include "data/source.h"
#include "tests/support/history.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOBODY = 65534, PATH_MAX_HERE = 512 };

/* ---- the directory as it looks ---- */

struct look {
    char text[4096];
};

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Names, inodes, sizes and times of all files, and the directory's own. */
static struct look look_at(const char *dir)
{
    struct look look = {""};
    struct dirent **entries;
    int count = scandir(dir, &entries, NULL, by_name);
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX_HERE];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", dir, entries[i]->d_name);
        if (strcmp(entries[i]->d_name, "..") != 0 && stat(path, &st) == 0)
            snprintf(look.text + strlen(look.text), sizeof look.text - strlen(look.text),
                     "%s %ld %ld %ld.%09ld\n", entries[i]->d_name, (long)st.st_ino, (long)st.st_size,
                     (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
        free(entries[i]);
    }
    free(entries);
    return look;
}

static bool exists_beside(const struct history *history, const char *suffix)
{
    char path[PATH_MAX_HERE];
    snprintf(path, sizeof path, "%s%s", history_path(history), suffix);
    return access(path, F_OK) == 0;
}

static void remove_beside(const struct history *history, const char *suffix)
{
    char path[PATH_MAX_HERE];
    snprintf(path, sizeof path, "%s%s", history_path(history), suffix);
    assert_int_equal(unlink(path), 0);
}

/* ---- reading ---- */

static void ignore(void *context, unsigned events)
{
    (void)context, (void)events;
}

static struct list_query first_page(size_t rows)
{
    struct list_query query = {.now = 1, .after = rows, .cutoff = TIME_NONE, .wait_exact = true};
    filter_init(&query.filter);
    return query;
}

/* The number of rows that a list gives, or minus the error. */
static int count_rows(struct source *source, struct err *err)
{
    struct source_conn *conn;
    struct arena arena;
    struct list_reply reply;
    struct list_query query = first_page(1000);
    arena_init(&arena);
    assert_int_equal(source_connect(source, &conn, err), ERR_OK);
    enum err_code code = conn_list(conn, &query, NULL, &arena, &reply, err);
    conn_close(conn);
    arena_release(&arena);
    return code ? -(int)code : (int)reply.count;
}

/* Opens, lists, counts everything, closes. */
static int read_path(const char *path, bool no_background, struct err *err)
{
    struct source_options options = {.notify = ignore, .no_background = no_background};
    struct source *source;
    enum err_code code = source_open(path, &options, &source, err);
    if (code)
        return -(int)code;
    int count = count_rows(source, err);
    source_close(source);
    return count;
}

static int read_rows(const struct history *history, struct err *err)
{
    int count = read_path(history_path(history), true, err);
    assert_int_equal(count, read_path(history_path(history), false, err));
    return count;
}

/* ---- other processes ---- */

/* A child runs work() and then waits; child_end lets it go on and gives its exit status. */
struct child {
    pid_t pid;
    int go;
};

static void wait_for(int fd)
{
    char byte;
    while (read(fd, &byte, 1) < 0)
        continue;
}

static struct child child_start(const char *path, void (*work)(const char *path), void (*end)(void))
{
    int ready[2], go[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(go[1]);
        work(path);
        if (write(ready[1], "x", 1) != 1)
            _exit(3);
        wait_for(go[0]);
        if (end)
            end();
        _exit(0);
    }
    close(ready[1]);
    close(go[0]);
    wait_for(ready[0]);
    close(ready[0]);
    return (struct child){pid, go[1]};
}

static void child_end(struct child child)
{
    int status;
    close(child.go);
    assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The child's own connection: one a process. */
static sqlite3 *own;

static void run_sql(const char *sql)
{
    if (sqlite3_exec(own, sql, NULL, NULL, NULL) != SQLITE_OK)
        _exit(2);
}

static void open_own(const char *path)
{
    if (sqlite3_open(path, &own) != SQLITE_OK)
        _exit(2);
}

#define ONE_MORE                                                                                             \
    "INSERT INTO execution(id, scope_id, status, code, created_at, updated_at) "                             \
    "VALUES (hex(randomblob(8)), 's', 'completed', 'late', 99000, 99000)"

static void write_one(const char *path)
{
    open_own(path);
    run_sql(ONE_MORE);
}

static void close_own(void)
{
    if (sqlite3_close(own) != SQLITE_OK)
        _exit(2);
}

static void hold_exclusively(const char *path)
{
    open_own(path);
    run_sql("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; " ONE_MORE);
}

/* Enough in a small cache that pages reach the file before the commit that never comes. */
static void die_in_the_middle(const char *path)
{
    open_own(path);
    run_sql(
        "PRAGMA cache_size=1; PRAGMA cache_spill=1; BEGIN; UPDATE execution SET code = hex(zeroblob(3000))");
}

static struct history *three_runs(void)
{
    struct history *history = history_new();
    for (int i = 0; i < 3; i++)
        history_run(history, (struct history_run){.code = "x"});
    return history;
}

static struct history *three_settled_runs(void)
{
    struct history *history = three_runs();
    history_close(history);
    assert_false(exists_beside(history, "-wal"));
    return history;
}

/* ---- no trace ---- */

static void expect_no_trace(const struct history *history, int rows)
{
    struct err err = {0};
    struct look before = look_at(history_dir(history));
    int count = read_rows(history, &err);
    if (count != rows)
        fail_msg("%d rows: %s", count, err.what);
    struct look after = look_at(history_dir(history));
    assert_string_equal(before.text, after.text);
}

static void leaves_no_trace_beside_a_settled_file(void **state)
{
    (void)state;
    struct history *history = three_settled_runs();
    expect_no_trace(history, 3);
    history_free(history);
}

static void reads_the_wal_of_a_living_writer(void **state)
{
    (void)state;
    struct history *history = three_settled_runs();
    struct child writer = child_start(history_path(history), write_one, close_own);
    assert_true(exists_beside(history, "-wal"));
    expect_no_trace(history, 4);
    child_end(writer);
    history_free(history);
}

/* A reader that stayed connected would keep the last writer from tidying up. */
static void lets_the_last_writer_tidy_up(void **state)
{
    (void)state;
    struct history *history = three_settled_runs();
    struct child writer = child_start(history_path(history), write_one, close_own);
    struct source_options options = {.notify = ignore};
    struct source *source;
    struct err err;
    assert_int_equal(source_open(history_path(history), &options, &source, &err), ERR_OK);
    source_set_live(source, true);
    assert_int_equal(count_rows(source, &err), 4);
    usleep(250000);
    child_end(writer);
    assert_false(exists_beside(history, "-wal"));
    assert_false(exists_beside(history, "-shm"));
    usleep(150000);
    assert_int_equal(count_rows(source, &err), 4);
    source_close(source);
    assert_false(exists_beside(history, "-wal"));
    history_free(history);
}

static void reads_what_a_dead_writer_left(void **state)
{
    (void)state;
    struct history *history = three_settled_runs();
    child_end(child_start(history_path(history), write_one, NULL));
    assert_true(exists_beside(history, "-wal") && exists_beside(history, "-shm"));
    expect_no_trace(history, 4);
    history_free(history);
}

static void write_all(const char *path)
{
    open_own(path);
    run_sql("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;"
            "CREATE TABLE execution(id text, scope_id text, status text, code text, created_at integer, "
            "PRIMARY KEY(scope_id, id));"
            "INSERT INTO execution VALUES ('a', 's', 'failed', 'x', 1), ('b', 's', 'failed', 'x', 2)");
}

/* All that is in the main file is the header. */
static void reads_a_file_that_is_all_wal(void **state)
{
    (void)state;
    struct history *history = history_new();
    history_close(history);
    char path[PATH_MAX_HERE];
    struct stat st;
    struct err err;
    snprintf(path, sizeof path, "%s/new.db", history_dir(history));
    struct child writer = child_start(path, write_all, close_own);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size <= 4096);
    assert_int_equal(read_path(path, true, &err), 2);
    child_end(writer);
    assert_int_equal(read_path(path, true, &err), 2);
    history_free(history);
}

static void says_that_a_wal_without_shm_cannot_be_read(void **state)
{
    (void)state;
    struct history *history = three_settled_runs();
    child_end(child_start(history_path(history), write_one, NULL));
    remove_beside(history, "-shm");
    struct look before = look_at(history_dir(history));
    struct err err;
    assert_int_equal(read_rows(history, &err), -(int)ERR_UNSUPPORTED);
    assert_non_null(strstr(err.what, "-shm"));
    assert_true(err.hint[0]);
    struct look after = look_at(history_dir(history));
    assert_string_equal(before.text, after.text);
    history_free(history);
}

/* ---- without the permission to write, or to read ---- */

static int rows_as_nobody(const struct history *history)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        struct err err;
        if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
            _exit(100);
        int count = read_path(history_path(history), true, &err);
        _exit(count < 0 ? 50 - count : count);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void set_modes(const struct history *history, mode_t dir, mode_t file)
{
    char path[PATH_MAX_HERE];
    const char *const suffixes[] = {"", "-wal", "-shm"};
    assert_int_equal(chmod(history_dir(history), 0755), 0); /* to get at the files in it */
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", history_path(history), suffixes[i]);
        assert_true(chmod(path, file) == 0 || i > 0);
    }
    assert_int_equal(chmod(history_dir(history), dir), 0);
}

static void reads_in_an_unwritable_directory(void **state)
{
    (void)state;
    struct history *settled = three_settled_runs(), *crashed = three_settled_runs();
    child_end(child_start(history_path(crashed), write_one, NULL));
    set_modes(settled, 0555, 0444);
    set_modes(crashed, 0555, 0444);
    struct look before = look_at(history_dir(crashed));
    assert_int_equal(rows_as_nobody(settled), 3);
    assert_int_equal(rows_as_nobody(crashed), 4);
    struct look after = look_at(history_dir(crashed));
    assert_string_equal(before.text, after.text);
    set_modes(settled, 0755, 0644);
    set_modes(crashed, 0755, 0644);
    history_free(settled);
    history_free(crashed);
}

static void reads_beside_a_writer_that_we_could_not_be(void **state)
{
    (void)state;
    struct history *history = three_settled_runs();
    struct child writer = child_start(history_path(history), write_one, close_own);
    set_modes(history, 0555, 0444);
    assert_int_equal(rows_as_nobody(history), 4);
    set_modes(history, 0755, 0644);
    child_end(writer);
    history_free(history);
}

static void says_that_it_may_not_read(void **state)
{
    (void)state;
    struct history *history = three_settled_runs();
    set_modes(history, 0755, 0000);
    assert_int_equal(rows_as_nobody(history), 50 + ERR_DENIED);
    set_modes(history, 0000, 0644);
    assert_int_equal(rows_as_nobody(history), 50 + ERR_DENIED);
    set_modes(history, 0755, 0644);
    history_free(history);
}

/* ---- rollback journals and locks ---- */

static struct history *three_runs_without_wal(void)
{
    struct history *history = three_settled_runs();
    history_sql(history, "PRAGMA journal_mode=DELETE");
    return history;
}

static void reads_a_file_with_a_rollback_journal(void **state)
{
    (void)state;
    struct history *history = three_runs_without_wal();
    expect_no_trace(history, 3);
    history_free(history);
}

static void says_that_it_is_locked(void **state)
{
    (void)state;
    struct history *history = three_runs_without_wal();
    struct child writer = child_start(history_path(history), hold_exclusively, NULL);
    struct err err;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(read_path(history_path(history), true, &err), -(int)ERR_BUSY);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true(to.tv_sec - from.tv_sec < 3);
    assert_non_null(strstr(err.what, "locked"));
    child_end(writer);
    history_free(history);
}

static void says_that_a_change_must_be_rolled_back(void **state)
{
    (void)state;
    struct history *history = history_new();
    history_begin(history);
    for (int i = 0; i < 500; i++)
        history_run(history, (struct history_run){.code = "x"});
    history_commit(history);
    history_close(history);
    history_sql(history, "PRAGMA journal_mode=DELETE");
    child_end(child_start(history_path(history), die_in_the_middle, NULL));
    assert_true(exists_beside(history, "-journal"));
    struct look before = look_at(history_dir(history));
    struct err err;
    assert_int_equal(read_path(history_path(history), true, &err), -(int)ERR_UNSUPPORTED);
    assert_non_null(strstr(err.what, "rolled back"));
    struct look after = look_at(history_dir(history));
    assert_string_equal(before.text, after.text);
    history_free(history);
}

/* ---- what is not a run history ---- */

static void write_file(const char *path, const char *content, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, n), (ssize_t)n);
    close(fd);
}

static void explains_what_is_no_database(void **state)
{
    (void)state;
    struct history *history = history_new();
    history_close(history);
    char path[PATH_MAX_HERE];
    struct err err;
    snprintf(path, sizeof path, "%s/none.db", history_dir(history));
    assert_int_equal(read_path(path, true, &err), -(int)ERR_NOT_FOUND);
    assert_non_null(strstr(err.what, path));
    assert_non_null(strstr(err.hint, "demo"));
    assert_int_equal(read_path(history_dir(history), true, &err), -(int)ERR_NOT_DATABASE);
    write_file(path, "", 0);
    assert_int_equal(read_path(path, true, &err), -(int)ERR_NO_TABLES);
    write_file(path, "hello\n", 6);
    assert_int_equal(read_path(path, true, &err), -(int)ERR_NOT_DATABASE);
    char page[8192];
    memset(page, 'x', sizeof page);
    write_file(path, page, sizeof page);
    assert_int_equal(read_path(path, true, &err), -(int)ERR_NOT_DATABASE);
    memcpy(page, "SQLite format 3", 16);
    write_file(path, page, sizeof page);
    assert_true(read_path(path, true, &err) < 0);
    history_free(history);
}

/* A file of its own with these tables. */
static int read_schema(const char *sql, struct err *err)
{
    struct history *history = history_new();
    history_close(history);
    char path[PATH_MAX_HERE];
    snprintf(path, sizeof path, "%s/other.db", history_dir(history));
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    int count = read_path(path, true, err);
    assert_int_equal(count, read_path(path, false, err));
    history_free(history);
    return count;
}

static void names_the_tables_it_looked_for(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(read_schema("CREATE TABLE invoices(a); CREATE TABLE customers(b)", &err),
                     -(int)ERR_NO_TABLES);
    assert_non_null(strstr(err.what, "execution"));
    assert_non_null(strstr(err.hint, "customers, invoices"));
    assert_int_equal(read_schema("CREATE TABLE execution(id, status, code, created_at)", &err),
                     -(int)ERR_NO_TABLES);
    assert_non_null(strstr(err.what, "scope_id"));
    assert_int_equal(read_schema("CREATE TABLE t(id); CREATE VIEW execution AS SELECT id, 1 scope_id, 1 "
                                 "status, 1 code, 1 created_at FROM t",
                                 &err),
                     -(int)ERR_UNSUPPORTED);
    assert_int_equal(
        read_schema(
            "CREATE TABLE execution(id, scope_id, status, code, created_at, PRIMARY KEY(scope_id, id)) "
            "WITHOUT ROWID",
            &err),
        -(int)ERR_UNSUPPORTED);
}

#define LEAST                                                                                                \
    "CREATE TABLE execution(id text, scope_id text, status text, code text, created_at integer);"            \
    "INSERT INTO execution VALUES ('a', 's', 'failed', 'x', 1), ('b', 's', 'running', 'x', 2);"

static void reads_older_and_newer_schemas(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(read_schema(LEAST, &err), 2);
    assert_int_equal(
        read_schema(LEAST
                    "CREATE INDEX i ON execution(created_at); ALTER TABLE execution ADD COLUMN more text;",
                    &err),
        2);
    assert_int_equal(read_schema(LEAST
                                 "CREATE TABLE execution_tool_call(id, execution_id, tool_path, started_at);"
                                 "INSERT INTO execution_tool_call VALUES ('c', 'a', 't', 1)",
                                 &err),
                     2);
}

/* Columns are not STRICT: whatever stands in them is read. */
static void reads_values_of_any_type(void **state)
{
    (void)state;
    struct history *history = three_runs();
    history_close(history);
    history_sql(
        history,
        "UPDATE execution SET code = x'00ff41', logs_json = 12, trigger_kind = x'c3', result_json = 1.5, "
        "started_at = 'soon', completed_at = x'01', tool_call_count = 'many', updated_at = 1e300 WHERE rowid "
        "< 3");
    history_sql(history, "UPDATE execution SET id = x'' WHERE rowid = 1");
    history_sql(history, "INSERT INTO execution_tool_call(id, execution_id, status, tool_path, started_at) "
                         "VALUES (x'01', x'02', 1, x'03', 'x'), ('c', x'', 'completed', x'ff', 1)");
    history_sql(history,
                "INSERT INTO execution_interaction(id, execution_id, status, kind, created_at, updated_at) "
                "VALUES (x'01', x'02', 'pending', 'x', 1, 1)");
    struct err err;
    assert_int_equal(read_rows(history, &err), 3);
    history_free(history);
}

/* ---- damage ---- */

static void survives_damaged_pages(void **state)
{
    (void)state;
    struct history *history = history_new();
    history_begin(history);
    for (int i = 0; i < 300; i++)
        history_call(history, history_run(history, (struct history_run){.code = "some code"}),
                     (struct history_call){.path = "t"});
    history_commit(history);
    history_close(history);
    struct stat st;
    assert_int_equal(stat(history_path(history), &st), 0);
    int fd = open(history_path(history), O_RDWR);
    char good[4096], bad[4096];
    int failed = 0;
    for (off_t page = 1; page < st.st_size / 4096; page++) {
        struct err err;
        assert_int_equal(pread(fd, good, sizeof good, page * 4096), 4096);
        for (int i = 0; i < 4096; i++)
            bad[i] = (char)(i * 37 + page * 11);
        assert_int_equal(pwrite(fd, bad, sizeof bad, page * 4096), 4096);
        int count = read_path(history_path(history), true, &err);
        assert_true(count >= 0 || count == -(int)ERR_CORRUPT || count == -(int)ERR_NO_TABLES);
        failed += count < 0;
        assert_int_equal(pwrite(fd, good, sizeof good, page * 4096), 4096);
    }
    close(fd);
    assert_true(failed > 0);
    history_free(history);
}

static void survives_a_cut_file(void **state)
{
    (void)state;
    struct history *history = three_settled_runs();
    struct source_options options = {.notify = ignore};
    struct source *source;
    struct err err;
    assert_int_equal(source_open(history_path(history), &options, &source, &err), ERR_OK);
    assert_int_equal(count_rows(source, &err), 3);
    assert_int_equal(truncate(history_path(history), 5000), 0);
    assert_true(count_rows(source, &err) < 0);
    assert_int_equal(truncate(history_path(history), 0), 0);
    assert_int_equal(count_rows(source, &err), -(int)ERR_NO_TABLES);
    assert_int_equal(unlink(history_path(history)), 0);
    assert_int_equal(count_rows(source, &err), -(int)ERR_NOT_FOUND);
    source_close(source);
    history_free(history);
}

/* Another file under the same name: its rows, not a mixture. */
static void follows_a_replaced_file(void **state)
{
    (void)state;
    struct history *history = three_settled_runs(), *other = history_new();
    for (int i = 0; i < 5; i++)
        history_run(other, (struct history_run){.created_at = 1000 + i});
    history_close(other);
    struct source_options options = {.notify = ignore};
    struct source *source;
    struct err err;
    assert_int_equal(source_open(history_path(history), &options, &source, &err), ERR_OK);
    assert_int_equal(count_rows(source, &err), 3);
    assert_int_equal(rename(history_path(other), history_path(history)), 0);
    assert_int_equal(count_rows(source, &err), 5);
    source_close(source);
    history_free(history);
    history_free(other);
}

/* ---- names ---- */

static void opens_files_of_any_name(void **state)
{
    (void)state;
    struct history *history = three_settled_runs();
    char path[PATH_MAX_HERE], address[PATH_MAX_HERE];
    struct err err;
    snprintf(path, sizeof path, "%s/a b?c#d%%41.db", history_dir(history));
    assert_int_equal(rename(history_path(history), path), 0);
    assert_int_equal(read_path(path, true, &err), 3);
    snprintf(address, sizeof address, "file://%s/a%%20b%%3fc%%23d%%2541.db?mode=rwc#x", history_dir(history));
    assert_int_equal(read_path(address, true, &err), 3);
    snprintf(address, sizeof address, "file:%s/a%%20b%%3Fc%%23d%%2541.db", history_dir(history));
    assert_int_equal(read_path(address, true, &err), 3);
    char link[PATH_MAX_HERE];
    snprintf(link, sizeof link, "%s/link.db", history_dir(history));
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(read_path(link, true, &err), 3);
    history_free(history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_no_trace_beside_a_settled_file),
        cmocka_unit_test(reads_the_wal_of_a_living_writer),
        cmocka_unit_test(lets_the_last_writer_tidy_up),
        cmocka_unit_test(reads_what_a_dead_writer_left),
        cmocka_unit_test(reads_a_file_that_is_all_wal),
        cmocka_unit_test(says_that_a_wal_without_shm_cannot_be_read),
        cmocka_unit_test(reads_in_an_unwritable_directory),
        cmocka_unit_test(reads_beside_a_writer_that_we_could_not_be),
        cmocka_unit_test(says_that_it_may_not_read),
        cmocka_unit_test(reads_a_file_with_a_rollback_journal),
        cmocka_unit_test(says_that_it_is_locked),
        cmocka_unit_test(says_that_a_change_must_be_rolled_back),
        cmocka_unit_test(explains_what_is_no_database),
        cmocka_unit_test(names_the_tables_it_looked_for),
        cmocka_unit_test(reads_older_and_newer_schemas),
        cmocka_unit_test(reads_values_of_any_type),
        cmocka_unit_test(survives_damaged_pages),
        cmocka_unit_test(survives_a_cut_file),
        cmocka_unit_test(follows_a_replaced_file),
        cmocka_unit_test(opens_files_of_any_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
