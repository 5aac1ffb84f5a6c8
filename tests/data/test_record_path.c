/*
 * Which file is recorded in, where its name is too long to be one: none, whoever named it.
 */
#include "data/record/record_path.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>

static void expect(const char *argument, enum err_code code, const char *what)
{
    struct err err = {0};
    struct buf path;
    buf_init(&path, 10);
    assert_int_equal(record_path_find(argument, &path, &err), code);
    assert_string_equal(code ? err.what : buf_cstr(&path), what);
    buf_release(&path);
}

static void test_too_long(void **state)
{
    (void)state;
    expect("/0123456.d", ERR_OK, "/0123456.d");
    expect("/01234567.d", ERR_TOO_BIG, "the file's name is longer than 10 bytes");
}

static void test_inherited_too_long(void **state)
{
    (void)state;
    setenv("EXECUTOR_RUNS_DB", "/01234567.d", 1);
    expect(NULL, ERR_TOO_BIG, "the file's name is longer than 10 bytes");
    expect("/mine.db", ERR_OK, "/mine.db");
    unsetenv("EXECUTOR_RUNS_DB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_inherited_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
