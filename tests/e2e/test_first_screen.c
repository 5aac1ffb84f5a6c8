/*
 * What a person sees first, at the sizes that matter: every part is there, and what stands in a column stands in it in every row.
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

static struct pty *start(void **state, int cols, int rows)
{
    struct pty *pty = app_start(*state, &(struct app_options){.cols = cols, .rows = rows});
    pty_expect_text(pty, "13:03:04.000");
    if (!app_is_exact(pty))
        pty_expect_text(pty, "an exact count");
    return pty;
}

static void stop(struct pty *pty)
{
    sequences_expect(pty, SEQUENCES_PLAIN);
    pty_keys(pty, "q");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

static int column_of(struct pty *pty, const char *label)
{
    char *line = pty_screen_line(pty, app_list_head(pty));
    assert_non_null(strstr(line, label));
    free(line);
    for (int col = 0; col < screen_cols(pty_screen(pty)); col++) {
        size_t i = 0;
        while (label[i] && pty_cell(pty, app_list_head(pty), col + (int)i).text[0] == label[i])
            i++;
        if (!label[i])
            return col;
    }
    return -1;
}

static void assert_text_at(struct pty *pty, int row, int col, const char *text)
{
    for (size_t i = 0; text[i]; i++)
        if (pty_cell(pty, row, col + (int)i).text[0] != text[i]) {
            print_error("row %d, column %d: not %s\n", row, col, text);
            pty_dump(pty, stderr);
            fail();
        }
}

static int last_list_row(struct pty *pty)
{
    return screen_rows(pty_screen(pty)) - 2;
}

/* Every line of the list: status and code begin, the duration ends, where its label does. */
static void assert_columns(struct pty *pty)
{
    static const char *const words[] = {"running",   "completed", "completed", "failed",
                                        "failed",    "cancelled", "completed", "waiting",
                                        "completed", "failed",    "completed", "completed"};
    int status = column_of(pty, "status"), code = column_of(pty, "code");
    for (int i = 0; i <= last_list_row(pty) - app_list_head(pty) - 1; i++) {
        int row = app_list_row(pty, i);
        assert_int_equal(row, app_list_head(pty) + 1 + i);
        assert_text_at(pty, row, status, words[i % 12]);
        assert_text_at(pty, row, code, "const n");
        struct cell gap = pty_cell(pty, row, code - 1);
        assert_true(!gap.text[0] || strcmp(gap.text, " ") == 0);
    }
}

static void assert_durations(struct pty *pty)
{
    int end = column_of(pty, "duration") + (int)strlen("duration");
    assert_text_at(pty, app_list_row(pty, 1), end - 4, "20ms");
    assert_text_at(pty, app_list_row(pty, 3), end - 5, "6.00s");
    assert_text_at(pty, app_list_row(pty, 2), end - 4, "20ms");
}

/* The rule between rail and list is one straight line, in part the rail's scroll bar. */
static void assert_rule(struct pty *pty)
{
    int col = column_of(pty, "_time");
    while (col > 0 && strcmp(pty_cell(pty, app_list_head(pty), col).text, "│") != 0)
        col--;
    assert_true(col > 10);
    for (int row = app_list_head(pty); row <= last_list_row(pty); row++) {
        struct cell cell = pty_cell(pty, row, col);
        assert_true(strcmp(cell.text, "│") == 0 || strcmp(cell.text, "▐") == 0);
    }
}

static void assert_header(struct pty *pty)
{
    pty_expect_line(pty, 0, "executor-runs");
    pty_expect_line(pty, 0, "144 runs");
    pty_expect_line(pty, 0, "13:03 UTC");
    pty_expect_match(pty, "^ ?/ no filter");
    pty_expect_line(pty, screen_rows(pty_screen(pty)) - 1, "/ filter");
}

static void assert_timeline(struct pty *pty)
{
    pty_expect_match(pty, "^ *[0-9]+ ┤");
    pty_expect_match(pty, "└(─)+┴─+.* [0-9]+ (s|min|h|day) a bar · all times UTC$");
}

static void test_120x36(void **state)
{
    struct pty *pty = start(state, 120, 36);
    assert_header(pty);
    pty_expect_line(pty, 0, "data.db");
    assert_timeline(pty);
    pty_expect_match(pty, "FILTERS +X clear │ +_time ↓ +status +via +tools +log +duration +code");
    pty_expect_match(pty, "▾ Status +(│|▐)");
    pty_expect_match(pty, "▾ Trigger +(│|▐)");
    pty_expect_match(pty, "▾ Interactions +(│|▐)");
    pty_expect_match(pty, "▾ Tools .*(│|▐)");
    pty_expect_match(pty, "▾ Time range +(│|▐)");
    pty_expect_match(pty, "● Nov 21 13:03:04\\.000  running +cli +1  1E 1W +1\\.00s… ");
    assert_columns(pty);
    assert_durations(pty);
    assert_rule(pty);
    stop(pty);
}

static void test_the_rail_counts_every_value(void **state)
{
    struct pty *pty = start(state, 120, 60);
    pty_expect_match(pty, "○ Pending +0 │");
    pty_expect_match(pty, "● Running +12 │");
    pty_expect_match(pty, "◐ Waiting +12 │");
    pty_expect_match(pty, "✓ Completed +72 │");
    pty_expect_match(pty, "✗ Failed +36 │");
    pty_expect_match(pty, "⊘ Cancelled +12 │");
    pty_expect_match(pty, "\\] cli +36 │");
    pty_expect_match(pty, "\\] unknown +36 │");
    pty_expect_match(pty, "github\\.issues\\.list +48 │");
    pty_expect_match(pty, "slack\\.post +48 │");
    pty_expect_match(pty, "Elicited +12 │");
    pty_expect_match(pty, "No elicitation +132 │");
    pty_expect_match(pty, "(▾|▸) Code contains +(│|▐)");
    pty_expect_match(pty, "last 15m +2 │");
    pty_expect_match(pty, "last 1h +6 │");
    pty_expect_match(pty, "last 24h +144 │");
    stop(pty);
}

static void test_80x24(void **state)
{
    struct pty *pty = start(state, 80, 24);
    assert_header(pty);
    assert_timeline(pty);
    assert_false(pty_find(pty, "FILTERS", NULL, NULL));
    pty_expect_match(pty, "^ +_time ↓ +status +via +tools +log +duration +code");
    pty_expect_match(pty, "^ ?● 13:03:04\\.000  running +cli +1  1E 1W");
    assert_columns(pty);
    assert_durations(pty);
    pty_keys(pty, "b");
    pty_expect_text(pty, "FILTERS");
    pty_keys(pty, "<Esc>");
    pty_expect_gone(pty, "FILTERS");
    stop(pty);
}

static void test_200x60(void **state)
{
    struct pty *pty = start(state, 200, 60);
    assert_header(pty);
    assert_timeline(pty);
    assert_columns(pty);
    assert_durations(pty);
    assert_rule(pty);
    stop(pty);
}

static void test_300x100(void **state)
{
    struct pty *pty = start(state, 300, 100);
    assert_header(pty);
    assert_timeline(pty);
    assert_columns(pty);
    assert_rule(pty);
    stop(pty);
}

static void test_40x10(void **state)
{
    struct pty *pty = start(state, 40, 10);
    assert_header(pty);
    assert_columns(pty);
    pty_keys(pty, "<Down>");
    assert_true(app_is_selected(pty, 1));
    stop(pty);
}

static void test_too_small_says_what_it_needs(void **state)
{
    struct pty *pty = app_start(*state, &(struct app_options){.cols = 32, .rows = 8});
    pty_expect_text(pty, "40×10");
    pty_resize(pty, 80, 24);
    pty_expect_text(pty, "13:03:04.000");
    pty_expect_gone(pty, "40×10");
    pty_resize(pty, 200, 9);
    pty_expect_text(pty, "40×10");
    pty_resize(pty, 39, 50);
    pty_expect_text(pty, "39×50");
    pty_resize(pty, 1, 1);
    pty_expect_idle(pty);
    stop(pty);
}

static void test_the_zone_of_the_times(void **state)
{
    static const char *const env[] = {"TZ=Europe/Berlin", NULL};
    struct pty *pty = app_start(*state, &(struct app_options){.env = env});
    pty_expect_line(pty, 0, "14:03 CET");
    pty_expect_text(pty, "Nov 21 14:03:04.000");
    pty_expect_text(pty, "all times CET");
    pty_keys(pty, "t");
    pty_expect_text(pty, "Nov 21 13:03:04.000");
    pty_expect_text(pty, "all times UTC");
    pty_keys(pty, "t");
    pty_expect_match(pty, "● +1s ago +running");
    pty_keys(pty, "t");
    pty_expect_text(pty, "Nov 21 14:03:04.000");
    stop(pty);
}

static void test_an_empty_history(void **state)
{
    (void)state;
    struct history *h = history_new();
    history_close(h);
    struct pty *pty = app_start(h, &(struct app_options){.cols = 120, .rows = 36});
    pty_expect_line(pty, 0, " 0 runs");
    pty_keys(pty, "<Down>G<Enter>e<Tab><Tab><Left><Enter><Esc><Esc>");
    pty_expect_idle(pty);
    stop(pty);
    history_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_120x36),
        cmocka_unit_test(test_the_rail_counts_every_value),
        cmocka_unit_test(test_80x24),
        cmocka_unit_test(test_200x60),
        cmocka_unit_test(test_300x100),
        cmocka_unit_test(test_40x10),
        cmocka_unit_test(test_too_small_says_what_it_needs),
        cmocka_unit_test(test_the_zone_of_the_times),
        cmocka_unit_test(test_an_empty_history),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
