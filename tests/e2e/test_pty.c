/*
 * The harness itself, against a program whose every byte is known: what it reports is what a person at a terminal
 * would see. Every other end-to-end test rests on this one.
 */
#include "tests/support/pty_expect.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static struct pty *start_probe(struct pty_options options)
{
    char path[256];
    const char *build = getenv("BUILD");
    snprintf(path, sizeof path, "%s/tests/support/programs/probe", build ? build : "build");
    const char *argv[] = {path, NULL};
    options.argv = argv;
    struct pty *pty = pty_start(&options);
    pty_expect_text(pty, "keys");
    return pty;
}

static void test_the_environment_is_pinned(void **state)
{
    (void)state;
    static const char *const env[] = {"EXTRA=more", "TZ=Asia/Kolkata", NULL};
    struct pty *pty =
        start_probe((struct pty_options){.cols = 100, .rows = 30, .has_true_colour = true, .env = env});
    pty_expect_line(pty, 0, "size 100x30 TERM=xterm-256color COLORTERM=truecolor TZ=Asia/Kolkata EXTRA=more");
    pty_free(pty);

    pty = start_probe((struct pty_options){.term = "vt100"});
    pty_expect_line(pty, 0, "size 80x24 TERM=vt100 COLORTERM=- TZ=UTC EXTRA=-");
    char *home = strdup(pty_home(pty));
    struct stat st;
    assert_int_equal(stat(home, &st), 0);
    pty_free(pty);
    assert_int_not_equal(stat(home, &st), 0);
    free(home);
}

static void test_keys_arrive_as_a_terminal_sends_them(void **state)
{
    (void)state;
    struct pty *pty = start_probe((struct pty_options){0});
    pty_keys(pty, "a<Enter><C-c><A-j><Tab><BS><lt><Space>");
    pty_expect_line(pty, 1, "keys 61 0d 03 1b 6a 09 7f 3c 20");
    pty_keys(pty, "<Down><PgDn><S-Tab><Esc>");
    /* Down in application mode, as the program asked for. */
    pty_expect_line(pty, 1, "20 1b 4f 42 1b 5b 36 7e 1b 5b 5a 1b");
    pty_free(pty);
}

static void assert_colour(struct colour colour, enum colour_kind kind, int a, int b, int c)
{
    assert_int_equal(colour.kind, kind);
    if (kind == COLOUR_INDEXED)
        assert_int_equal(colour.index, a);
    if (kind == COLOUR_RGB)
        assert_true(colour.r == a && colour.g == b && colour.b == c);
}

static void test_cells_carry_attributes_and_colours(void **state)
{
    (void)state;
    struct pty *pty = start_probe((struct pty_options){0});
    pty_expect_line(pty, 2, "BDNRUrgtIc");
    assert_true(pty_cell(pty, 2, 0).bold && !pty_cell(pty, 2, 0).dim);
    assert_true(pty_cell(pty, 2, 1).dim && !pty_cell(pty, 2, 1).bold);
    assert_false(pty_cell(pty, 2, 2).dim || pty_cell(pty, 2, 2).bold);
    assert_true(pty_cell(pty, 2, 3).reverse && !pty_cell(pty, 2, 4).reverse);
    assert_true(pty_cell(pty, 2, 4).underline && !pty_cell(pty, 2, 5).underline);
    assert_colour(pty_cell(pty, 2, 4).fg, COLOUR_DEFAULT, 0, 0, 0);
    assert_colour(pty_cell(pty, 2, 5).fg, COLOUR_INDEXED, 1, 0, 0);
    assert_colour(pty_cell(pty, 2, 6).fg, COLOUR_INDEXED, 2, 0, 0); /* 38;5;2 is a colour, not dim */
    assert_false(pty_cell(pty, 2, 6).dim);
    assert_colour(pty_cell(pty, 2, 7).bg, COLOUR_RGB, 1, 2, 3);
    assert_true(pty_cell(pty, 2, 8).italic);
    assert_colour(pty_cell(pty, 2, 8).bg, COLOUR_DEFAULT, 0, 0, 0);
    assert_colour(pty_cell(pty, 2, 9).fg, COLOUR_RGB, 9, 8, 7);
    assert_colour(pty_cell(pty, 2, 9).bg, COLOUR_INDEXED, 200, 0, 0);
    pty_free(pty);
}

static void test_wide_combined_repeated_and_line_characters(void **state)
{
    (void)state;
    struct pty *pty = start_probe((struct pty_options){0});
    pty_expect_line(pty, 3, "aaaaaz|\xe6\xbc\xa2|e\xcc\x81|\xe2\x96\x87|\xe2\x94\x80|");
    assert_int_equal(pty_cell(pty, 3, 7).width, 2);
    assert_int_equal(pty_cell(pty, 3, 8).width, 0);
    assert_string_equal(pty_cell(pty, 3, 9).text, "|");
    assert_string_equal(pty_cell(pty, 3, 10).text, "e\xcc\x81");
    int row, col;
    assert_true(pty_find(pty, "\xe6\xbc\xa2|e\xcc\x81", &row, &col));
    assert_true(row == 3 && col == 7);
    assert_false(pty_find(pty, "no such words", NULL, NULL));
    pty_free(pty);
}

static void test_a_resize_reaches_the_program(void **state)
{
    (void)state;
    struct pty *pty = start_probe((struct pty_options){.cols = 80, .rows = 24});
    pty_resize(pty, 133, 11);
    pty_expect_match(pty, "^size 133x11 ");
    assert_int_equal(screen_cols(pty_screen(pty)), 133);
    assert_int_equal(screen_rows(pty_screen(pty)), 11);
    pty_free(pty);
}

static void test_a_clean_end_restores_the_terminal(void **state)
{
    (void)state;
    const char *why = NULL;
    struct pty *pty = start_probe((struct pty_options){0});
    assert_false(pty_is_restored(pty, &why));
    pty_keys(pty, "q");
    pty_expect_exit(pty, 3);
    pty_expect_restored(pty);
    assert_false(pty_find(pty, "size", NULL, NULL)); /* the alternate screen is gone */

    size_t n;
    const char *raw = pty_raw_bytes(pty, 0, &n);
    assert_true(n > 8 && strstr(raw, "\033[?1049l") != NULL);
    pty_raw_bytes(pty, n, &n);
    assert_int_equal(n, 0);
    pty_free(pty);

    pty = start_probe((struct pty_options){0});
    pty_signal(pty, SIGTERM);
    pty_expect_exit(pty, 3);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void test_a_bad_end_is_noticed(void **state)
{
    (void)state;
    const char *why = NULL;
    struct pty *pty = start_probe((struct pty_options){0});
    pty_keys(pty, "x");
    pty_expect_exit(pty, 4);
    assert_false(pty_is_restored(pty, &why));
    assert_non_null(why);
    assert_true(pty_has_exited(pty));
    pty_free(pty);

    pty = start_probe((struct pty_options){0});
    pty_signal(pty, SIGKILL);
    assert_true(pty_wait_exit(pty, PTY_SOON));
    assert_true(WIFSIGNALED(pty_exit_status(pty)) && WTERMSIG(pty_exit_status(pty)) == SIGKILL);
    pty_free(pty);
}

static void test_suspend_and_foreground(void **state)
{
    (void)state;
    struct pty *pty = start_probe((struct pty_options){0});
    pty_keys(pty, "<C-z>");
    assert_true(pty_wait_stopped(pty, PTY_SOON));
    pty_expect_restored(pty);
    pty_continue(pty);
    pty_expect_text(pty, "size 80x24");
    assert_false(pty_is_stopped(pty));
    pty_keys(pty, "k");
    pty_expect_line(pty, 1, "keys 6b");
    pty_free(pty);
}

static void test_a_hang_up_ends_the_program(void **state)
{
    (void)state;
    struct pty *pty = start_probe((struct pty_options){0});
    pty_hang_up(pty);
    assert_true(pty_wait_exit(pty, PTY_SOON));
    assert_true(WIFSIGNALED(pty_exit_status(pty)) && WTERMSIG(pty_exit_status(pty)) == SIGHUP);
    pty_free(pty);
}

static void test_waits_give_up(void **state)
{
    (void)state;
    struct pty *pty = start_probe((struct pty_options){0});
    assert_false(pty_wait_text(pty, "never", 30));
    assert_false(pty_wait_gone(pty, "size", 30));
    assert_false(pty_wait_exit(pty, 30));
    assert_true(pty_wait_idle(pty, 30, PTY_SOON));
    pty_free(pty);

    const char *argv[] = {"/no/such/program", NULL};
    pty = pty_start(&(struct pty_options){.argv = argv});
    assert_false(pty_wait_text(pty, "size", PTY_SOON)); /* at once: it has ended */
    pty_expect_exit(pty, 127);
    pty_free(pty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_environment_is_pinned),
        cmocka_unit_test(test_keys_arrive_as_a_terminal_sends_them),
        cmocka_unit_test(test_cells_carry_attributes_and_colours),
        cmocka_unit_test(test_wide_combined_repeated_and_line_characters),
        cmocka_unit_test(test_a_resize_reaches_the_program),
        cmocka_unit_test(test_a_clean_end_restores_the_terminal),
        cmocka_unit_test(test_a_bad_end_is_noticed),
        cmocka_unit_test(test_suspend_and_foreground),
        cmocka_unit_test(test_a_hang_up_ends_the_program),
        cmocka_unit_test(test_waits_give_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
