/*
 * Live, with somebody else writing: what is new stands above the divider within a second, what changed shows it, and nothing that arrives moves what a person
 * is looking at.
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
    struct history *h = history_new();
    app_fill(h); /* left open, as by an executor at work */
    *state = h;
    return 0;
}

static int tear_down(void **state)
{
    history_free(*state);
    return 0;
}

static struct pty *start(struct history *h)
{
    struct pty *pty = app_start(h, &(struct app_options){.cols = 120, .rows = 36});
    assert_true(app_is_exact(pty));
    return pty;
}

static void go_live(struct pty *pty)
{
    pty_keys(pty, "j");
    pty_expect_line(pty, 0, "LIVE");
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

/* A run of the last second; the code tells it from the others. */
static const char *add(struct history *h, int i, const char *status)
{
    char code[64];
    snprintf(code, sizeof code, "fresh(%d)", i);
    return history_run(
        h, (struct history_run){
               .created_at = APP_NOW - 900 + i, .status = status, .code = code, .trigger = "mcp"});
}

static int row_of(struct pty *pty, const char *text)
{
    int row;
    return pty_find(pty, text, &row, NULL) ? row : -1;
}

static void test_new_runs_stand_above_the_divider(void **state)
{
    struct history *h = *state;
    struct pty *pty = start(h);
    go_live(pty);
    pty_expect_text(pty, "live since 13:03:05");
    int divider = row_of(pty, "live since");
    assert_int_equal(app_list_row(pty, 0), divider + 1);

    add(h, 1, "running");
    add(h, 2, "failed");
    pty_expect_text(pty, "fresh(2)");
    pty_expect_line(pty, 0, "+2 new · 1 failed");
    pty_expect_line(pty, 0, " 146 runs");
    pty_expect_idle(pty);
    assert_true(row_of(pty, "fresh(2)") < row_of(pty, "fresh(1)"));
    assert_true(row_of(pty, "fresh(1)") < row_of(pty, "live since"));
    assert_true(row_of(pty, "live since") < app_list_row(pty, 0));
    pty_expect_match(pty, "live since 13:03:05 · 2 new above");
    /* Above it in their colours, below it dimmed. */
    int col;
    assert_true(pty_find(pty, "fresh(2)", NULL, &col));
    struct cell above = pty_cell(pty, row_of(pty, "fresh(2)"), col),
                below = pty_cell(pty, app_list_row(pty, 1), col);
    assert_true(above.dim != below.dim || above.fg.kind != below.fg.kind || above.fg.index != below.fg.index);
    stop(pty);
}

/* A row of the list without what may change beside it: the rail's numbers and the scroll bar. Caller frees. */
static char *list_line(struct pty *pty, int row)
{
    char *line = pty_screen_line(pty, row), *from = strstr(line, " Nov "), *to = strstr(line, "const");
    assert_true(from && to);
    char *part = strndup(from, (size_t)(to - from));
    free(line);
    return part;
}

static void test_nothing_moves_the_selection(void **state)
{
    struct history *h = *state;
    struct pty *pty = start(h);
    go_live(pty);
    pty_keys(pty, "<PgDn><PgDn>");
    pty_expect_idle(pty);
    pty_keys(pty, "<Down>");
    pty_expect_idle(pty);
    char *lines[34];
    for (int row = 10; row < 34; row++)
        lines[row] = list_line(pty, row);
    for (int i = 10; i < 20; i++)
        add(h, i, "completed");
    pty_expect_line(pty, 0, "+10 new");
    pty_expect_line(pty, 0, " 154 runs");
    pty_expect_idle(pty);
    for (int row = 10; row < 34; row++) {
        char *line = list_line(pty, row);
        assert_string_equal(line, lines[row]);
        free(line);
        free(lines[row]);
    }
    pty_keys(pty, "g");
    pty_expect_text(pty, "fresh(19)");
    stop(pty);
}

static void test_a_running_run_fails(void **state)
{
    struct history *h = *state;
    struct pty *pty = start(h);
    go_live(pty);
    pty_expect_match(pty, "● Nov 21 13:03:04\\.000  running");
    history_sql(h, "UPDATE execution SET status='failed', error_text='Error: late', "
                   "completed_at=created_at+700, updated_at=created_at+700 "
                   "WHERE id LIKE '00000000-%'");
    pty_expect_match(pty, "✗ Nov 21 13:03:04\\.000  failed +cli .* 700ms");
    pty_expect_match(pty, "✗ Failed +37 ");
    pty_expect_match(pty, "● Running +11 ");
    pty_keys(pty, "<Enter>");
    pty_expect_text(pty, "Error: late");
    /* The open drawer follows too. */
    history_sql(h, "UPDATE execution SET error_text='Error: later still', updated_at=updated_at+1 WHERE id "
                   "LIKE '00000000-%'");
    pty_expect_text(pty, "Error: later still");
    stop(pty);
}

static void set_log(struct history *h, const char *json)
{
    char sql[400];
    snprintf(sql, sizeof sql,
             "UPDATE execution SET logs_json='%s', updated_at=updated_at+1 WHERE id LIKE '00000000-%%'",
             json);
    history_sql(h, sql);
}

/* Of a run that goes on, whose row is otherwise the same. */
static void test_a_log_grows(void **state)
{
    struct history *h = *state;
    struct pty *pty = start(h);
    go_live(pty);
    pty_expect_match(pty, "● Nov 21 13:03:04\\.000  running");
    set_log(h, "[\"[error] first\",\"[error] second\"]");
    pty_expect_match(pty, "● Nov 21 13:03:04\\.000  running +cli +[0-9] +2E ");
    set_log(h, "[\"[error] first\",\"[error] second\",\"[error] third\"]");
    pty_expect_match(pty, "● Nov 21 13:03:04\\.000  running +cli +[0-9] +3E ");
    pty_keys(pty, "<Enter>3");
    pty_expect_match(pty, "error +third");
    set_log(h, "[\"[error] first\",\"[error] second\",\"[error] third\",\"[error] fourth\"]");
    pty_expect_match(pty, "error +fourth");
    stop(pty);
}

static void test_filters_hold_while_live(void **state)
{
    struct history *h = *state;
    struct pty *pty = start(h);
    pty_keys(pty, "/status:failed<Enter>");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    go_live(pty);
    add(h, 30, "completed");
    add(h, 31, "failed");
    pty_expect_text(pty, "fresh(31)");
    pty_expect_line(pty, 0, " 37 of 146 runs");
    assert_int_equal(row_of(pty, "fresh(30)"), -1);
    pty_keys(pty, "j");
    pty_expect_gone(pty, "LIVE");
    pty_expect_gone(pty, "live since");
    pty_expect_line(pty, 1, "/ status:failed");
    pty_expect_text(pty, "fresh(31)");
    stop(pty);
}

static void test_another_order_has_a_note_instead(void **state)
{
    static const char *const args[] = {"--sort", "durationMs,desc", "--live", NULL};
    struct history *h = *state;
    struct pty *pty = app_start(h, &(struct app_options){.args = args});
    pty_expect_text(pty, "6.00s");
    pty_expect_line(pty, 0, "LIVE");
    pty_expect_match(pty, "newest first|order|sort");
    assert_int_equal(row_of(pty, "live since 13"), -1);
    stop(pty);
}

/* Without live nothing is looked at again until it is asked for. */
static void test_refresh_by_hand(void **state)
{
    struct history *h = *state;
    struct pty *pty = start(h);
    add(h, 40, "completed");
    pty_keys(pty, "r");
    pty_expect_line(pty, 0, " 145 runs");
    pty_keys(pty, "g");
    pty_expect_text(pty, "fresh(40)");
    stop(pty);
}

static void test_deleted_runs_go(void **state)
{
    struct history *h = *state;
    struct pty *pty = start(h);
    go_live(pty);
    pty_keys(pty, "<Down><Down>");
    assert_true(app_is_selected(pty, 2));
    history_sql(
        h,
        "DELETE FROM execution WHERE id LIKE '00000001-%' OR id LIKE '00000002-%' OR id LIKE '00000143-%'");
    pty_expect_line(pty, 0, " 141 runs");
    pty_expect_gone(pty, "12:53:04.000");
    pty_expect_gone(pty, "12:43:04.000");
    pty_keys(pty, "<Down>");
    pty_expect_idle(pty);
    assert_false(pty_has_exited(pty));
    stop(pty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new_runs_stand_above_the_divider, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_moves_the_selection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_running_run_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_log_grows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_filters_hold_while_live, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_order_has_a_note_instead, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refresh_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deleted_runs_go, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
