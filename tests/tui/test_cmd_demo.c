/*
 * The command line of `demo`: words, exit codes, signals. What it writes is test_demo.c's matter.
 */
#include "tui/cmd_demo.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct fixture {
    char dir[64], path[100], errors[100];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->dir, sizeof f->dir, "/tmp/executor-runs-demo-XXXXXX");
    if (!mkdtemp(f->dir)) {
        free(f);
        return -1;
    }
    snprintf(f->path, sizeof f->path, "%s/demo.db", f->dir);
    snprintf(f->errors, sizeof f->errors, "%s/errors", f->dir);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    static const char *const ends[] = {"", "-wal", "-shm", ".part"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
        unlink(path);
    }
    unlink(f->errors);
    rmdir(f->dir);
    free(f);
    return 0;
}

/* A child that runs the command with these words, its errors going to a file. */
static pid_t start(const struct fixture *f, const char *const *words)
{
    char *argv[16] = {(char[]){"demo"}};
    int argc = 1;
    pid_t pid = fork();
    if (pid)
        return pid;
    for (; words[argc - 1]; argc++)
        argv[argc] = strdup(words[argc - 1]);
    if (!freopen(f->errors, "w", stdout) || dup2(fileno(stdout), STDERR_FILENO) < 0)
        _exit(99);
    int code = cmd_demo(argc, argv);
    fflush(stdout);
    _exit(code);
}

static int finish(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#define RUN(f, ...) finish(start((f), (const char *const[]){__VA_ARGS__, NULL}))

static void assert_said(const struct fixture *f, const char *what)
{
    char said[4000] = "";
    FILE *file = fopen(f->errors, "r");
    size_t n = fread(said, 1, sizeof said - 1, file);
    fclose(file);
    said[n] = '\0';
    if (!strstr(said, what))
        fail_msg("'%s' is not in: %s", what, said);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static void test_writes_a_file(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(RUN(f, f->path, "--runs", "20", "--days=2", "--seed", "3", "--now", "1795225851306",
                         "--scopes", "2", "--small"),
                     0);
    assert_true(is_there(f->path));
    assert_said(f, ""); /* nothing to say where nobody looks */
    struct stat st;
    stat(f->errors, &st);
    assert_int_equal(st.st_size, 0);
}

static void test_mistakes_are_usage(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(finish(start(f, (const char *const[]){NULL})), 2);
    assert_said(f, "which file?");
    assert_int_equal(RUN(f, f->path, "another.db"), 2);
    assert_int_equal(RUN(f, f->path, "--runs", "many"), 2);
    assert_said(f, "many is no number");
    assert_int_equal(RUN(f, f->path, "--runs", "-5"), 2);
    assert_int_equal(RUN(f, f->path, "--runs", "0"), 2);
    assert_int_equal(RUN(f, f->path, "--scopes", "4294967297"), 2);
    assert_int_equal(RUN(f, f->path, "--runs"), 2);
    assert_said(f, "--runs needs a value");
    assert_int_equal(RUN(f, f->path, "--small", "--large"), 2);
    assert_said(f, "--small and --large");
    assert_int_equal(RUN(f, f->path, "--fast"), 2);
    assert_said(f, "demo has no option --fast");
    assert_false(is_there(f->path));
}

static void test_refusal_is_a_failure(void **state)
{
    struct fixture *f = *state;
    FILE *file = fopen(f->path, "w");
    fputs("precious", file);
    fclose(file);
    assert_int_equal(RUN(f, f->path, "--runs", "5", "--small"), 1);
    assert_said(f, "--force");
    assert_int_equal(RUN(f, f->path, "--runs", "5", "--small", "--follow"), 1);
    assert_int_equal(RUN(f, f->path, "--runs", "5", "--small", "--force"), 0);
    assert_int_equal(RUN(f, "/nowhere/at/all/demo.db"), 1);
}

static void test_help_names_every_option(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "--help"), 0);
    for (size_t i = 0; i < demo_command.option_count; i++)
        assert_said(f, demo_command.options[i].name);
}

static void test_follow_ends_cleanly_on_a_signal(void **state)
{
    struct fixture *f = *state;
    static const int signals[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        pid_t pid = start(f, (const char *const[]){f->path, "--runs", "5", "--small", "--follow", NULL});
        for (int tries = 0; !is_there(f->path) && tries < 500; tries++)
            nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
        kill(pid, signals[i]);
        assert_int_equal(finish(pid), 0);
        char log[128];
        snprintf(log, sizeof log, "%s-wal", f->path);
        assert_false(is_there(log));
    }
}

static void test_follow_until_a_moment_ends_by_itself(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(RUN(f, f->path, "--runs", "5", "--small", "--now", "1795266185000"), 0);
    struct stat before, after;
    assert_int_equal(stat(f->path, &before), 0);
    assert_int_equal(RUN(f, f->path, "--follow", "--now", "1795266186000", "--until", "1795266246000"), 0);
    assert_int_equal(stat(f->path, &after), 0);
    assert_true(after.st_size > before.st_size);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_writes_a_file),
        TEST(test_mistakes_are_usage),
        TEST(test_refusal_is_a_failure),
        TEST(test_help_names_every_option),
        TEST(test_follow_ends_cleanly_on_a_signal),
        TEST(test_follow_until_a_moment_ends_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
