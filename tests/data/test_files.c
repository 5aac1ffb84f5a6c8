/*
 * Where the program's own files are: the rules of the XDG base directories.
 */
#include "data/base/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_directory(const char *cache, const char *home, const char *expected)
{
    struct buf out;
    buf_init(&out, 4096);
    cache ? setenv("XDG_CACHE_HOME", cache, 1) : unsetenv("XDG_CACHE_HOME");
    home ? setenv("HOME", home, 1) : unsetenv("HOME");
    assert_int_equal(files_cache_directory(&out), expected != NULL);
    if (expected)
        assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
}

static void the_cache_has_its_place(void **state)
{
    (void)state;
    assert_directory("/var/cache/me", "/home/me", "/var/cache/me/executor-runs");
    assert_directory(NULL, "/home/me", "/home/me/.cache/executor-runs");
    assert_directory("", "/home/me", "/home/me/.cache/executor-runs");
    assert_directory("relative", "/home/me", "/home/me/.cache/executor-runs");
    assert_directory("relative", NULL, NULL);
    assert_directory(NULL, "", NULL);
}

static void state_and_config_have_theirs(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 4096);
    setenv("HOME", "/home/me", 1);
    setenv("XDG_CONFIG_HOME", "/etc/me", 1);
    unsetenv("XDG_STATE_HOME");
    assert_true(files_config_path("keys", &out) && files_state_path("state", &out));
    assert_string_equal(buf_cstr(&out),
                        "/etc/me/executor-runs/keys/home/me/.local/state/executor-runs/state");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cache_has_its_place),
        cmocka_unit_test(state_and_config_have_theirs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
