/*
 * The file under the program: whatever state it is in, it is read or explained, it is never changed, and nothing is left beside it. What happens to it while
 * it is shown is survived.
 */
#include "tests/support/app.h"
#include "tests/support/pty_expect.h"
#include "tests/support/sequences.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the state of a directory ---- */

static void add_file(FILE *out, int dir, const char *name)
{
    struct stat st;
    assert_int_equal(fstatat(dir, name, &st, 0), 0);
    fprintf(out, "%s %lld %lld.%09ld\n", name, (long long)st.st_size, (long long)st.st_mtim.tv_sec,
            st.st_mtim.tv_nsec);
    int fd = openat(dir, name, O_RDONLY);
    uint64_t sum = 1469598103934665603U;
    unsigned char bytes[65536];
    for (ssize_t n; (n = read(fd, bytes, sizeof bytes)) > 0;)
        for (ssize_t i = 0; i < n; i++)
            sum = (sum ^ bytes[i]) * 1099511628211U;
    close(fd);
    fprintf(out, "  %016llx\n", (unsigned long long)sum);
}

static int is_no_dot(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Names, sizes, times and contents, as text. Caller frees. */
static char *snapshot(const char *path)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    int dir = open(path, O_RDONLY | O_DIRECTORY);
    struct dirent **entries;
    int count = scandir(path, &entries, is_no_dot, alphasort);
    for (int i = 0; i < count; i++) {
        add_file(out, dir, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    close(dir);
    fclose(out);
    return text;
}

/* A walk through everything that asks the source. */
static void walk(struct pty *pty)
{
    pty_expect_text(pty, "13:03:04.000");
    pty_keys(pty, "<Down><PgDn>G<Enter>");
    pty_expect_text(pty, "Properties");
    pty_keys(pty, "23<Esc>/status:failed<Space>run<Enter>");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    pty_keys(pty, "Xjr<S-Tab><Left><Enter>uF");
    pty_expect_idle(pty);
}

static void stop(struct pty *pty)
{
    sequences_expect(pty, SEQUENCES_PLAIN);
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void test_nothing_is_left_beside_it(void **state)
{
    (void)state;
    struct history *h = app_history();
    char *before = snapshot(history_dir(h));
    struct pty *pty = app_start(h, &(struct app_options){0});
    walk(pty);
    stop(pty);
    char *after = snapshot(history_dir(h));
    assert_string_equal(before, after);

    /* Nor by the script commands. */
    assert_int_equal(
        app_run((const char *const[]){"list", history_path(h), "--json", "--meta", NULL}, NULL, NULL), 0);
    assert_int_equal(app_run((const char *const[]){"stats", history_path(h), NULL}, NULL, NULL), 0);
    free(after);
    after = snapshot(history_dir(h));
    assert_string_equal(before, after);
    free(before);
    free(after);
    history_free(h);
}

/* The writer's -wal and -shm are there: they are its own, and stay as they are but for the locks in -shm. */
static void test_beside_a_writer(void **state)
{
    (void)state;
    struct history *h = history_new();
    app_fill(h);
    char wal[256], path[256];
    snprintf(path, sizeof path, "%s", history_path(h));
    snprintf(wal, sizeof wal, "%s-wal", history_path(h));
    struct stat main_before, main_after, wal_before, wal_after;
    assert_int_equal(stat(path, &main_before), 0);
    assert_int_equal(stat(wal, &wal_before), 0);
    assert_true(wal_before.st_size > 100000);
    struct pty *pty = app_start(h, &(struct app_options){0});
    walk(pty);
    stop(pty);
    assert_int_equal(stat(path, &main_after), 0);
    assert_int_equal(stat(wal, &wal_after), 0);
    assert_int_equal(main_before.st_size, main_after.st_size);
    assert_int_equal(wal_before.st_size, wal_after.st_size);
    assert_int_equal(main_before.st_mtim.tv_nsec, main_after.st_mtim.tv_nsec);
    assert_int_equal(wal_before.st_mtim.tv_nsec, wal_after.st_mtim.tv_nsec);
    history_free(h);
}

/* ---- without permission to write ---- */

static struct pty *start_as_nobody(const char *path)
{
    static const char *const setpriv = "/usr/bin/setpriv";
    const char *argv[] = {setpriv, "--reuid=65534", "--regid=65534", "--clear-groups", app_program(), path,
                          NULL};
    char now[64];
    snprintf(now, sizeof now, "EXECUTOR_RUNS_TEST_NOW=%lld", (long long)APP_NOW);
    const char *env[] = {now, NULL};
    bool is_root = getuid() == 0;
    return pty_start(
        &(struct pty_options){.argv = is_root ? argv : argv + 4, .cols = 120, .rows = 36, .env = env});
}

static bool can_be_nobody(void)
{
    if (getuid() != 0 || (access("/usr/bin/setpriv", X_OK) == 0 && access(app_program(), X_OK) == 0))
        return true;
    printf("skip: no setpriv to become another user\n");
    return false;
}

static void test_a_directory_without_permission(void **state)
{
    (void)state;
    if (!can_be_nobody())
        skip();
    struct history *h = app_history();
    chmod(history_path(h), 0444);
    chmod(history_dir(h), 0555);
    char *before = snapshot(history_dir(h));
    struct pty *pty = start_as_nobody(history_path(h));
    walk(pty);
    stop(pty);
    char *after = snapshot(history_dir(h));
    assert_string_equal(before, after);
    free(before);
    free(after);
    chmod(history_dir(h), 0755);
    history_free(h);
}

static void test_a_file_that_may_not_be_read(void **state)
{
    (void)state;
    if (!can_be_nobody())
        skip();
    struct history *h = app_history();
    chmod(history_dir(h), 0755);
    chmod(history_path(h), 0);
    struct pty *pty = start_as_nobody(history_path(h));
    pty_expect_text(pty, "ermission");
    pty_expect_exit(pty, 1);
    pty_expect_restored(pty);
    pty_free(pty);
    history_free(h);
}

/* Rows would be missing without a word: it says so instead. */
static void test_a_wal_that_cannot_be_read(void **state)
{
    (void)state;
    if (!can_be_nobody())
        skip();
    struct history *h = history_new();
    app_fill(h);
    char to[300], command[1024];
    snprintf(to, sizeof to, "%s/copy", history_dir(h));
    mkdir(to, 0755);
    snprintf(command, sizeof command, "cp '%s' '%s-wal' '%s/' && chmod 555 '%s' && chmod 444 '%s'/*",
             history_path(h), history_path(h), to, to, to);
    assert_int_equal(system(command), 0);
    chmod(history_dir(h), 0755);
    snprintf(command, sizeof command, "%s/data.db", to);
    struct pty *pty = start_as_nobody(command);
    pty_expect_text(pty, "-wal");
    pty_expect_exit(pty, 1);
    pty_expect_restored(pty);
    pty_free(pty);
    snprintf(command, sizeof command, "chmod 755 '%s' && rm -rf '%s'", to, to);
    assert_int_equal(system(command), 0);
    history_free(h);
}

/* ---- not what it should be ---- */

static void expect_refused(const char *path, const char *what)
{
    struct pty *pty = app_start_file(path, &(struct app_options){.cols = 200});
    pty_expect_text(pty, what);
    pty_expect_exit(pty, 1);
    pty_expect_restored(pty);
    /* A name that is wrong is said on the shell's own screen. */
    size_t n;
    assert_null(strstr(pty_raw_bytes(pty, 0, &n), "\033[?1049h"));
    pty_free(pty);
}

static void put(const char *path, const char *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

static void test_what_is_no_history(void **state)
{
    (void)state;
    struct history *h = history_new();
    char path[300], junk[5000];
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (char)(i * 7 + 3);

    snprintf(path, sizeof path, "%s/no-such.db", history_dir(h));
    expect_refused(path, "no such file");
    snprintf(path, sizeof path, "%s/junk.db", history_dir(h));
    put(path, junk, sizeof junk);
    expect_refused(path, "is not an SQLite database");
    put(path, junk, 0);
    expect_refused(path, "is empty");
    expect_refused(history_dir(h), "is a directory");
    history_sql(h, "DROP TABLE execution_tool_call; DROP TABLE execution; DROP TABLE execution_interaction");
    history_close(h);
    expect_refused(history_path(h), "looked for execution, execution_tool_call, execution_interaction");
    history_free(h);
}

static void test_a_file_that_was_cut_short(void **state)
{
    (void)state;
    struct history *h = app_history();
    assert_int_equal(truncate(history_path(h), 50000), 0);
    expect_refused(history_path(h), "damaged");
    history_free(h);
}

static void test_none_named_and_none_there(void **state)
{
    (void)state;
    struct pty *pty = app_start_file(NULL, &(struct app_options){.cols = 200});
    pty_expect_text(pty, ".executor/data.db");
    pty_expect_text(pty, "demo");
    pty_expect_exit(pty, 1);
    pty_free(pty);
}

static void test_the_default_places(void **state)
{
    (void)state;
    struct history *h = app_history();
    char env_text[300];
    snprintf(env_text, sizeof env_text, "EXECUTOR_DATA_DIR=%s", history_dir(h));
    const char *env[] = {env_text, NULL, NULL};
    struct pty *pty = app_start_file(NULL, &(struct app_options){.env = env});
    pty_expect_text(pty, "13:03:04.000");
    stop(pty);
    snprintf(env_text, sizeof env_text, "EXECUTOR_RUNS_SOURCE=%s", history_path(h));
    env[1] = "EXECUTOR_DATA_DIR=/nonexistent";
    pty = app_start_file(NULL, &(struct app_options){.env = env});
    pty_expect_text(pty, "13:03:04.000");
    stop(pty);
    history_free(h);
}

/* ---- while it is shown ---- */

static struct pty *start_live(struct history *h)
{
    static const char *const args[] = {"--live", NULL};
    struct pty *pty = app_start(h, &(struct app_options){.args = args});
    pty_expect_text(pty, "13:03:04.000");
    assert_true(app_is_exact(pty));
    return pty;
}

static void test_deleted_while_it_is_shown(void **state)
{
    (void)state;
    struct history *h = app_history();
    struct pty *pty = start_live(h);
    unlink(history_path(h));
    pty_keys(pty, "r");
    pty_expect_text(pty, "no such file");
    /* What is there stays there, and keys work. */
    pty_expect_text(pty, "13:03:04.000");
    pty_keys(pty, "<Down><Down>");
    assert_true(app_is_selected(pty, 2));
    pty_keys(pty, "<Enter>");
    pty_expect_text(pty, "Properties");
    pty_keys(pty, "<Esc>?");
    pty_expect_text(pty, "Undo the last change");
    stop(pty);
    history_free(h);
}

static void test_it_comes_back(void **state)
{
    (void)state;
    struct history *h = app_history();
    char aside[300];
    snprintf(aside, sizeof aside, "%s/aside.db", history_dir(h));
    struct pty *pty = start_live(h);
    assert_int_equal(rename(history_path(h), aside), 0);
    pty_keys(pty, "r");
    pty_expect_text(pty, "no such file");
    assert_int_equal(rename(aside, history_path(h)), 0);
    pty_keys(pty, "r");
    pty_expect_gone(pty, "no such file");
    pty_expect_line(pty, 0, " 144 runs");
    stop(pty);
    history_free(h);
}

static void test_replaced_while_it_is_shown(void **state)
{
    (void)state;
    struct history *h = app_history(), *other = history_new();
    for (int i = 0; i < 3; i++)
        history_run(other, (struct history_run){.created_at = APP_NOW - 500 - i, .code = "another()"});
    history_close(other);
    struct pty *pty = start_live(h);
    assert_int_equal(rename(history_path(other), history_path(h)), 0);
    pty_expect_line(pty, 0, " 3 runs");
    pty_expect_text(pty, "another()");
    pty_expect_gone(pty, "const n");
    stop(pty);
    history_free(h);
    history_free(other);
}

static void test_truncated_while_it_is_shown(void **state)
{
    (void)state;
    struct history *h = app_history();
    struct pty *pty = start_live(h);
    assert_int_equal(truncate(history_path(h), 20000), 0);
    pty_keys(pty, "r");
    pty_expect_text(pty, "damaged");
    pty_keys(pty, "<Down><PgDn><Up>?");
    pty_expect_text(pty, "Undo the last change");
    stop(pty);
    history_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_left_beside_it),
        cmocka_unit_test(test_beside_a_writer),
        cmocka_unit_test(test_a_directory_without_permission),
        cmocka_unit_test(test_a_file_that_may_not_be_read),
        cmocka_unit_test(test_a_wal_that_cannot_be_read),
        cmocka_unit_test(test_what_is_no_history),
        cmocka_unit_test(test_a_file_that_was_cut_short),
        cmocka_unit_test(test_none_named_and_none_there),
        cmocka_unit_test(test_the_default_places),
        cmocka_unit_test(test_deleted_while_it_is_shown),
        cmocka_unit_test(test_it_comes_back),
        cmocka_unit_test(test_replaced_while_it_is_shown),
        cmocka_unit_test(test_truncated_while_it_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
