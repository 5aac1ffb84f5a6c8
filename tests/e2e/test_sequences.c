/* The reader of raw bytes itself: what curses sends passes, and each thing that must not come through is seen. */
#include "tests/support/sequences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool passes(const char *bytes, unsigned allowed)
{
    size_t at;
    return sequences_check(bytes, strlen(bytes), allowed, &at) == NULL;
}

static void test_what_curses_sends_passes(void **state)
{
    (void)state;
    static const char *const good[] = {
        "\033[?1049h\033[22;0;0t\033[1;36r\033(B\033[m\033[4l\033[?7h\033[?1h\033=\033[?25l\033[39;49m",
        "\033[H\033[2J\033[38;5;203m\033[48;5;237m\033[1mfailed\033[m\r\n\t\b\033[12;34H\033[K\033[3X\033[5b",
        "\033[38:2::244:112:103m\033[?2004h\033[?12l\033[?25h\033[?1049l\033[23;0;0t",
        "\033[5n",
        "│ ✗ 漢字 e\xcc\x81 …",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(passes(good[i], SEQUENCES_PLAIN));
    assert_true(passes("\033]52;c;aGVsbG8=\a", SEQUENCES_CLIPBOARD));
    assert_true(passes("a\016q\017", SEQUENCES_SHIFTS));
    assert_true(passes("plain", SEQUENCES_ASCII));
}

static void test_what_comes_through_is_seen(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\033]0;PWNED\a",
        "\033]52;c;aGVsbG8=\a",
        "\033P1;1q\033\\",
        "\033_x\033\\",
        "\033^x\033\\",
        "\033Xx\033\\",
        "\033c",
        "\033[31337m",
        "\033[6n",
        "\033[c",
        "\033[5i",
        "\033[?47h",
        "\033[?1003h",
        "\033[!p",
        "\033[20t",
        "\033[>c",
        "\033Z",
        "\033#8",
        "\033%G",
        "\033N",
        "\x9b"
        "31m",
        "\xc2\x9b"
        "31m",
        "\xc2\x85",
        "\a",
        "\x7f",
        "\016",
        "\x05",
        "\xe2\x80\xae",
        "\xe2\x81\xa6",
        "\xe2\x80\x8b",
        "\xef\xbb\xbf",
        "\xff",
        "\xc0\xaf",
        "\xed\xa0\x80",
        "\xf4\x90\x80\x80",
        "\xe2\x80",
        "\033",
        "\033[",
        "\033[1;2",
        "\xd8\x9c",
        "\xe2\x80\xa8",
        "\xf3\xa0\x80\x81",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (passes(bad[i], SEQUENCES_PLAIN))
            fail_msg("passed: number %zu", i);
    assert_false(passes("\033]52;c;not base64\a", SEQUENCES_CLIPBOARD));
    assert_false(passes("\033]0;PWNED\a", SEQUENCES_CLIPBOARD));
    assert_false(passes("…", SEQUENCES_ASCII));
    size_t at;
    assert_non_null(sequences_check("abc\0def", 7, SEQUENCES_PLAIN, &at));
    assert_int_equal(at, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_curses_sends_passes),
        cmocka_unit_test(test_what_comes_through_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
