/*
 * How a command's end becomes a run's.
 */
#include "data/record/record_result.h"

#include "data/base/timefmt.h"
#include "data/text/json_scan.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <errno.h>
#include <signal.h>
#include <string.h>

static void expect(const struct child_end *end, const char *errors, const char *status,
                   const char *error_text)
{
    struct record_log *log = record_log_new();
    struct record_result result;
    record_log_add(log, RECORD_ERR, errors, strlen(errors));
    record_log_add(log, RECORD_OUT, "the last of the output\n", 23);
    record_result_make(end, 5, log, false, &result);
    assert_true(text_is(result.status, status));
    assert_string_equal(buf_cstr(&result.error_text), error_text);
    assert_int_equal(json_check(buf_as_text(&result.result_json)), JSON_OBJECT_OPEN);
    record_result_release(&result);
    record_log_free(log);
}

static void test_status(void **state)
{
    (void)state;
    expect(&(struct child_end){0}, "noise\n", "completed", "");
    expect(&(struct child_end){.was_interrupted = true, .interrupted_by = SIGINT}, "", "completed", "");
    expect(&(struct child_end){.exit_status = 3}, "", "failed", "exit status 3");
    expect(&(struct child_end){.exit_status = 3}, "first\nboom\n\n", "failed", "first\nboom");
    expect(&(struct child_end){.signal = SIGKILL}, "", "failed", "killed by SIGKILL");
    expect(&(struct child_end){.signal = SIGSEGV}, "boom\n", "failed", "boom\nkilled by SIGSEGV");
    expect(&(struct child_end){.signal = SIGTERM}, "", "failed", "killed by SIGTERM");
    expect(&(struct child_end){.signal = SIGRTMIN + 2}, "", "failed", "killed by SIGRTMIN+2");
    expect(&(struct child_end){.signal = SIGTERM, .was_interrupted = true, .interrupted_by = SIGTERM},
           "boom\n", "cancelled", "interrupted by SIGTERM");
    expect(&(struct child_end){.exit_status = 130, .was_interrupted = true, .interrupted_by = SIGINT}, "",
           "cancelled", "interrupted by SIGINT");
    expect(&(struct child_end){.exit_status = 127, .start_errno = 2}, "executor-runs: x: No such file\n",
           "failed", "executor-runs: x: No such file");
}

/* A command that does not know of it has not done well. */
static void test_lost_output(void **state)
{
    (void)state;
    expect(&(struct child_end){.lost_errno = {ENOSPC}}, "", "failed",
           "standard output: No space left on device");
    expect(&(struct child_end){.lost_errno = {ENOSPC}, .signal = SIGPIPE}, "", "failed",
           "standard output: No space left on device");
    expect(&(struct child_end){.lost_errno = {ENOSPC, EIO}, .exit_status = 3}, "boom\n", "failed",
           "boom\nstandard output: No space left on device; standard error: Input/output error");
    expect(&(struct child_end){.lost_errno = {EFBIG}, .signal = SIGKILL}, "", "failed",
           "standard output: File too large\nkilled by SIGKILL");
    expect(
        &(struct child_end){
            .lost_errno = {ENOSPC}, .signal = SIGPIPE, .was_interrupted = true, .interrupted_by = SIGHUP},
        "", "failed", "standard output: No space left on device");
}

/* Where both channels are one terminal nothing comes by standard error. */
static void test_one_terminal(void **state)
{
    (void)state;
    struct record_log *log = record_log_new();
    struct record_result result;
    record_log_add(log, RECORD_OUT, "working\r\nfailed: no\r\n", 21);
    record_result_make(&(struct child_end){.exit_status = 1}, 5, log, true, &result);
    assert_string_equal(buf_cstr(&result.error_text), "working\nfailed: no");
    record_result_release(&result);
    record_log_free(log);
}

static void expect_json(const struct child_end *end, const char *expected)
{
    struct record_log *log = record_log_new();
    struct record_result result;
    record_result_make(end, 1234, log, false, &result);
    assert_string_equal(buf_cstr(&result.result_json), expected);
    record_result_release(&result);
    record_log_free(log);
}

static void test_result(void **state)
{
    (void)state;
    struct child_end end = {.exit_status = 3, .out_bytes = INT64_C(5000000000), .err_bytes = 7};
    end.usage.ru_utime = (struct timeval){2, 345678};
    end.usage.ru_stime = (struct timeval){0, 9999};
    end.usage.ru_maxrss = 4321;
    expect_json(&end, "{\"exitCode\":3,\"signal\":null,\"durationMs\":1234,\"userMs\":2345,\"systemMs\":9,"
                      "\"maxRssKb\":4321,\"stdoutBytes\":5000000000,\"stderrBytes\":7}");
    expect_json(
        &(struct child_end){
            .signal = SIGINT, .has_core = true, .was_interrupted = true, .interrupted_by = SIGHUP},
        "{\"exitCode\":null,\"signal\":\"SIGINT\",\"durationMs\":1234,\"userMs\":0,\"systemMs\":0,"
        "\"maxRssKb\":0,\"stdoutBytes\":0,\"stderrBytes\":0,\"coreDumped\":true,\"interruptedBy\":"
        "\"SIGHUP\"}");
}

/* The end is where the duration says, whatever the wall clock was set to meanwhile. */
static void test_times(void **state)
{
    (void)state;
    assert_int_equal(record_completed_at(1000000, 250), 1000250);
    assert_int_equal(record_completed_at(1000000, 0), 1000000);
    assert_int_equal(record_completed_at(1000000, -5), 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status),       cmocka_unit_test(test_lost_output),
        cmocka_unit_test(test_one_terminal), cmocka_unit_test(test_result),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
