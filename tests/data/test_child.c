/*
 * A command that is watched, without a terminal: what it wrote, how it ended and what its parent sees must be as without us.
 */
#include "tests/support/recorded.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void run_shell(const char *script, bool is_one_place, struct recorded *r)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    recorded_run(&(struct recorded_options){.argv = argv, .is_one_place = is_one_place}, r);
    assert_int_equal(r->code, ERR_OK);
}

static void expect_told(const struct recorded *r, int stream, const char *expected)
{
    size_t n;
    char *told = recorded_stream(r, stream, &n);
    assert_string_equal(told, expected);
    free(told);
}

static void test_output_goes_where_it_went(void **state)
{
    (void)state;
    struct recorded r;
    run_shell("echo out; echo err >&2; printf last", false, &r);
    assert_string_equal(r.out, "out\nlast");
    assert_string_equal(r.err, "err\n");
    expect_told(&r, CHILD_OUT, "out\nlast");
    expect_told(&r, CHILD_ERR, "err\n");
    assert_int_equal(r.end.out_bytes, 8);
    assert_int_equal(r.end.err_bytes, 4);
    recorded_free(&r);
}

static void test_every_exit_code(void **state)
{
    (void)state;
    for (int code = 0; code <= 255; code += code < 8 || code > 120 ? 1 : 7) {
        char script[32];
        struct recorded r;
        snprintf(script, sizeof script, "exit %d", code);
        run_shell(script, false, &r);
        assert_true(WIFEXITED(r.status));
        assert_int_equal(WEXITSTATUS(r.status), code);
        assert_int_equal(r.end.exit_status, code);
        assert_int_equal(r.end.signal, 0);
        recorded_free(&r);
    }
}

static void test_one_place_keeps_the_order(void **state)
{
    (void)state;
    struct recorded r;
    run_shell("i=0; while [ $i -lt 300 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done", true, &r);
    char *expected = malloc(8192), *at = expected;
    for (int i = 0; i < 300; i++)
        at += snprintf(at, 32, "o%d\ne%d\n", i, i);
    assert_string_equal(r.out, expected);
    expect_told(&r, -1, expected);
    free(expected);
    recorded_free(&r);
}

static void test_what_cannot_be_started(void **state)
{
    (void)state;
    const char *missing[] = {"/nonexistent/command", NULL}, *denied[] = {"/etc/passwd", NULL};
    struct recorded r;
    recorded_run(&(struct recorded_options){.argv = missing}, &r);
    assert_int_equal(WEXITSTATUS(r.status), 127);
    assert_int_equal(r.end.start_errno, ENOENT);
    assert_string_equal(r.err, "executor-runs: /nonexistent/command: No such file or directory\n");
    expect_told(&r, CHILD_ERR, r.err);
    recorded_free(&r);
    recorded_run(&(struct recorded_options){.argv = denied}, &r);
    assert_int_equal(WEXITSTATUS(r.status), 126);
    assert_int_equal(r.end.start_errno, EACCES);
    recorded_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_goes_where_it_went),
        cmocka_unit_test(test_every_exit_code),
        cmocka_unit_test(test_one_place_keeps_the_order),
        cmocka_unit_test(test_what_cannot_be_started),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
