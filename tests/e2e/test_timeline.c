/*
 * The timeline under the keys: a cursor that says what it stands on, a zoom that is an ordinary filter on time and so can be undone, and numbers that add up.
 */
#include "tests/support/app.h"
#include "tests/support/pty_expect.h"
#include "tests/support/sequences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = app_history();
    return 0;
}

static int tear_down(void **state)
{
    history_free(*state);
    return 0;
}

static struct pty *start(void **state)
{
    struct pty *pty = app_start(*state, &(struct app_options){.cols = 120, .rows = 36});
    assert_true(app_is_exact(pty));
    pty_keys(pty, "<S-Tab>");
    pty_expect_text(pty, "Space select");
    return pty;
}

static void stop(struct pty *pty)
{
    sequences_expect(pty, SEQUENCES_PLAIN);
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void test_the_caption_names_the_bucket(void **state)
{
    struct pty *pty = start(state);
    pty_keys(pty, "<End>");
    /* 13:00–13:15 holds the newest run alone; the one before it was created at 12:53:04. */
    pty_expect_match(pty, "13:00–13:15.* 1 running");
    pty_keys(pty, "<Left>");
    pty_expect_match(pty, "12:45–13:00.* 1 completed");
    pty_keys(pty, "<Left>");
    pty_expect_match(pty, "12:30–12:45");
    pty_expect_match(pty, "1 completed");
    pty_expect_match(pty, "1 failed");
    stop(pty);
}

static void test_zoom_to_a_bar_and_back(void **state)
{
    struct pty *pty = start(state);
    pty_keys(pty, "<End><Left><Left><Enter>");
    pty_expect_line(pty, 0, " 2 of 144 runs");
    pty_expect_match(pty, "^ ?/ after:2026-11-21T12:30 before:2026-11-21T12:45");
    pty_expect_text(pty, "12:33:04.000");
    pty_expect_gone(pty, "13:03:04.000");
    pty_keys(pty, "u");
    pty_expect_line(pty, 0, " 144 runs");
    pty_expect_line(pty, 1, "/ no filter");
    pty_expect_text(pty, "13:03:04.000");
    stop(pty);
}

static void test_zoom_to_a_selection(void **state)
{
    struct pty *pty = start(state);
    /* Four bars of a quarter of an hour: 12:15 to 13:15, five runs. */
    pty_keys(pty, "<End><Space><Left><Left><Left><Enter>");
    pty_expect_line(pty, 0, " 5 of 144 runs");
    pty_expect_match(pty, "^ ?/ after:2026-11-21T12:15 ");
    pty_expect_match(pty, "12:[0-9]+–12:[0-9]+: ");
    pty_keys(pty, "0");
    pty_expect_line(pty, 0, " 144 runs");
    pty_keys(pty, "u");
    pty_expect_line(pty, 0, " 5 of 144 runs");
    pty_keys(pty, "uU");
    pty_expect_line(pty, 0, " 5 of 144 runs");
    stop(pty);
}

static void test_zoom_in_out_and_pan(void **state)
{
    struct pty *pty = start(state);
    pty_keys(pty, "+");
    pty_expect_match(pty, "^ ?/ after:");
    pty_expect_match(pty, " [0-9]+ of 144 runs");
    pty_expect_idle(pty);
    char *zoomed = pty_screen_line(pty, 1);
    pty_keys(pty, "<PgUp>");
    pty_expect_gone(pty, zoomed);
    pty_keys(pty, "<PgDn>");
    pty_expect_text(pty, zoomed);
    pty_keys(pty, "-");
    pty_expect_gone(pty, zoomed);
    free(zoomed);
    stop(pty);
}

static void test_a_zoom_keeps_the_other_filters(void **state)
{
    struct pty *pty = start(state);
    pty_keys(pty, "/status:failed<Enter>");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    pty_expect_idle(pty);
    pty_keys(pty, "<End>");
    pty_expect_idle(pty);
    pty_keys(pty, "<Left><Left><Enter>");
    pty_expect_match(pty, "/ status:failed after:2026-11-21T12:30 before:2026-11-21T12:45");
    pty_expect_line(pty, 0, " 1 of 144 runs");
    pty_keys(pty, "u");
    pty_expect_line(pty, 1, "/ status:failed");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    stop(pty);
}

static void test_the_list_goes_where_the_cursor_is(void **state)
{
    struct pty *pty = start(state);
    pty_keys(pty, "<Home>");
    pty_expect_idle(pty);
    pty_keys(pty, "g");
    char oldest[APP_TIME];
    app_run_time(APP_RUNS - 1, oldest);
    pty_expect_text(pty, oldest);
    stop(pty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_caption_names_the_bucket),
        cmocka_unit_test(test_zoom_to_a_bar_and_back),
        cmocka_unit_test(test_zoom_to_a_selection),
        cmocka_unit_test(test_zoom_in_out_and_pan),
        cmocka_unit_test(test_a_zoom_keeps_the_other_filters),
        cmocka_unit_test(test_the_list_goes_where_the_cursor_is),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
