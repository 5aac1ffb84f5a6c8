/*
 * A server on the screen: what a file shows of the same history, by the same keys; a pasted link; live, by looks that cost the server little.
 */
#include "tests/support/app_remote.h"
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
    *state = app_remote_new();
    return 0;
}

static int tear_down(void **state)
{
    app_remote_free(*state);
    return 0;
}

static struct pty *start(struct app_remote *remote)
{
    struct pty *pty = app_remote_start(remote, &(struct app_options){0});
    app_remote_expect_runs(pty, "144");
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

/* ---- the same as of a file ---- */

/* "≈144" is " 144" to this: a count of runs that have not all been fetched says so, and is right here. Caller frees. */
static char *line_without_doubt(struct pty *pty, int row)
{
    char *line = pty_screen_line(pty, row), *sign = strstr(line, "≈");
    if (sign) {
        sign[0] = ' ';
        memmove(sign + 1, sign + strlen("≈"), strlen(sign + strlen("≈")) + 1);
    }
    return line;
}

/* Below the timeline: the bars of a server are as wide as it gives them. The real one tells logs and the number of tool calls
 * only of runs that have ended. */
static void assert_same_list(struct pty *file, struct pty *server, int rows, bool is_real)
{
    int head = app_list_head(file), told = 0;
    assert_int_equal(app_list_head(server), head);
    for (int row = head; row < rows; row++) {
        char *of_file = line_without_doubt(file, row), *of_server = line_without_doubt(server, row);
        bool is_open = strstr(of_file, ".000  running") || strstr(of_file, ".000  waiting");
        if (is_real && is_open)
            assert_non_null(strstr(of_server, "   –  –"));
        else
            assert_string_equal(of_server, of_file);
        told += strstr(of_server, "1E 1W") != NULL;
        free(of_file);
        free(of_server);
    }
    assert_true(told > 30);
}

static void test_the_first_screen_is_that_of_the_file(void **state)
{
    struct app_remote *remote = *state;
    enum { ROWS = 60 };
    struct pty *file = app_start(remote->history, &(struct app_options){.rows = ROWS});
    assert_true(app_is_exact(file));
    for (int is_real = 0; is_real <= 1; is_real++) {
        api_server_set_real(remote->server, is_real);
        struct pty *server = app_remote_start(remote, &(struct app_options){.rows = ROWS});
        app_remote_expect_runs(server, "144");
        pty_expect_line(server, 0, api_server_url(remote->server) + strlen("http://"));
        pty_expect_text(server, "30 min a bar");
        assert_same_list(file, server, ROWS, is_real);
        stop(server);
    }
    stop(file);
}

static void test_a_filter_and_what_the_rail_counts_under_it(void **state)
{
    struct pty *pty = start(*state);
    pty_keys(pty, "/status:failed<Enter>");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    pty_expect_gone(pty, "13:03:04.000");
    assert_int_equal(app_list_row(pty, 3), app_list_head(pty) + 1);
    assert_int_equal(app_list_row(pty, 4), app_list_head(pty) + 2);
    assert_int_equal(app_list_row(pty, 9), app_list_head(pty) + 3);
    /* Its own section counts as if it were not there, the others as it has it. */
    pty_expect_match(pty, "\\[x\\] ✗ Failed +36 ");
    pty_expect_match(pty, "✓ Completed +72 ");
    pty_expect_match(pty, "● Running +12 ");
    pty_expect_match(pty, "\\] cli +12 ");
    pty_expect_match(pty, "\\] unknown +12 ");
    pty_expect_match(pty, "Elicited +0 ");
    pty_keys(pty, "X");
    app_remote_expect_runs(pty, "144");
    pty_expect_text(pty, "13:03:04.000");
    stop(pty);
}

/* What the API cannot say is decided here. */
static void test_a_filter_that_the_server_does_not_know(void **state)
{
    struct pty *pty = start(*state);
    pty_keys(pty, "/duration:>5s -trigger:cli<Enter>");
    pty_expect_line(pty, 0, " 24 of 144 runs");
    assert_int_equal(app_list_row(pty, 3), app_list_head(pty) + 1);
    assert_int_equal(app_list_row(pty, 9), app_list_head(pty) + 2);
    stop(pty);
}

/* To the end at once, which is asked for from that end, and page by page. */
static void test_to_the_end_and_back(void **state)
{
    struct app_remote *remote = *state;
    for (int is_real = 0; is_real <= 1; is_real++) {
        api_server_set_real(remote->server, is_real);
        struct pty *pty = start(remote);
        pty_keys(pty, "G");
        assert_true(app_is_selected(pty, APP_RUNS - 1));
        assert_int_equal(app_list_row(pty, APP_RUNS - 1), 34);
        pty_keys(pty, "g");
        assert_true(app_is_selected(pty, 0));
        pty_keys(pty, "<PgDn><PgDn><PgDn><PgDn><PgDn><PgDn><PgDn>");
        assert_true(app_is_selected(pty, APP_RUNS - 1));
        stop(pty);
    }
}

static void test_the_drawer(void **state)
{
    struct pty *pty = start(*state);
    pty_keys(pty, "<Down><Down><Down><Enter>");
    pty_expect_match(pty, "✗ 00000003-0000-4000-8000-000000000003");
    pty_expect_match(pty, "status +✗ failed");
    pty_expect_text(pty, "Error: boom at line 2");
    pty_keys(pty, "2");
    pty_expect_match(pty, "github\\.issues\\.list +7ms");
    pty_keys(pty, "3");
    pty_expect_text(pty, "slow");
    stop(pty);
}

/* What the list's answer had is there; the tool calls alone are waited for. */
static void test_the_drawer_does_not_wait_for_the_tool_calls(void **state)
{
    struct app_remote *remote = *state;
    struct pty *pty = start(remote);
    api_server_set_delay(remote->server, "/tool-calls", 1200);
    pty_keys(pty, "<Down><Down><Down><Enter>");
    pty_expect_text(pty, "Error: boom at line 2");
    pty_expect_text(pty, "2 Tool calls · …");
    pty_keys(pty, "2");
    pty_expect_match(pty, "github\\.issues\\.list +7ms");
    stop(pty);
}

static void test_a_pasted_link(void **state)
{
    struct app_remote *remote = *state;
    char link[200], id[APP_ID];
    app_run_id(9, id);
    snprintf(link, sizeof link, "/runs?status=failed&trigger=http&range=24h&executionId=%s&theme=dark", id);
    struct pty *pty = app_remote_start_at(remote, link, &(struct app_options){.cols = 140});
    pty_expect_match(pty, "✗ 00000009-0000-4000-8000-000000000009");
    pty_expect_line(pty, 1, "status:failed trigger:http after:24h");
    pty_expect_line(pty, 0, " 12 of 144 runs");
    pty_expect_match(pty, "status +✗ failed");
    stop(pty);
}

/* ---- live ---- */

static void go_live(struct pty *pty)
{
    pty_keys(pty, "j");
    pty_expect_line(pty, 0, "LIVE 1s");
    pty_expect_text(pty, "live since 13:03:05");
}

static int row_of(struct pty *pty, const char *text)
{
    int row;
    return pty_find(pty, text, &row, NULL) ? row : -1;
}

static void test_live(void **state)
{
    struct app_remote *remote = *state;
    struct pty *pty = start(remote);
    go_live(pty);
    history_run(remote->history,
                (struct history_run){
                    .created_at = APP_NOW - 900, .status = "failed", .code = "fresh()", .trigger = "mcp"});
    history_sql(remote->history, "UPDATE execution SET status='failed', error_text='Error: late', "
                                 "completed_at=created_at+700, updated_at=created_at+700 "
                                 "WHERE id LIKE '00000000-%'");
    pty_expect_text(pty, "fresh()");
    pty_expect_line(pty, 0, "+1 new · 1 failed");
    pty_expect_match(pty, "✗ Nov 21 13:03:04\\.000  failed +cli .* 700ms");
    assert_true(row_of(pty, "fresh()") < row_of(pty, "live since"));
    assert_int_equal(app_list_row(pty, 0), row_of(pty, "live since") + 1);
    pty_expect_line(pty, 0, " 145 runs");
    pty_expect_match(pty, "✗ Failed +38 ");
    pty_expect_match(pty, "● Running +11 ");
    stop(pty);
}

/* Sections that are filtered are counted by requests of their own, and those too follow what happens. */
static void test_facets_follow_under_their_own_filter(void **state)
{
    struct app_remote *remote = *state;
    struct pty *pty = start(remote);
    pty_keys(pty, "/status:failed -trigger:cli<Enter>");
    pty_expect_line(pty, 0, " 24 of 144 runs");
    pty_expect_match(pty, "✓ Completed +60 ");
    go_live(pty);
    history_run(remote->history,
                (struct history_run){.created_at = APP_NOW - 900, .status = "failed", .trigger = "http"});
    history_run(remote->history, (struct history_run){.created_at = APP_NOW - 800, .trigger = "mcp"});
    pty_expect_line(pty, 0, " 25 of 146 runs");
    pty_expect_match(pty, "\\[x\\] ✗ Failed +25 ");
    pty_expect_match(pty, "✓ Completed +61 ");
    pty_expect_match(pty, "\\] http +13 ");
    stop(pty);
}

/* More than a page between two looks. */
static void test_many_new_runs_at_once(void **state)
{
    struct app_remote *remote = *state;
    struct pty *pty = start(remote);
    pty_keys(pty, "<Down><Down>");
    assert_true(app_is_selected(pty, 2));
    go_live(pty);
    history_begin(remote->history);
    for (int i = 0; i < 250; i++)
        history_run(remote->history,
                    (struct history_run){.created_at = APP_NOW - 900 + i, .code = "flood()"});
    history_commit(remote->history);
    pty_expect_line(pty, 0, "+250 new");
    pty_expect_line(pty, 0, " 394 runs");
    assert_true(app_is_selected(pty, 2)); /* where it was, among what it was among */
    pty_keys(pty, "g");
    pty_expect_text(pty, "13:03:04.349");
    stop(pty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_first_screen_is_that_of_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_filter_and_what_the_rail_counts_under_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_filter_that_the_server_does_not_know, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_to_the_end_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_drawer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_drawer_does_not_wait_for_the_tool_calls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_pasted_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_live, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_facets_follow_under_their_own_filter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_new_runs_at_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
