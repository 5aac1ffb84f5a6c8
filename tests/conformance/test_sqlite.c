/*
 * The table of list semantics against the SQLite source, by each of its roads: SQL alone, whatever is ready while the index grows, and
 * the index.
 */
#include "tests/conformance/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void ignore(void *context, unsigned events)
{
    (void)context, (void)events;
}

static void check_road(bool no_background, bool wait_exact, bool is_settled)
{
    struct history *history = history_new();
    conformance_fill(history, &(struct conformance_limits){0});
    if (is_settled)
        history_close(history);
    struct source_options options = {.notify = ignore, .no_background = no_background};
    struct source *source;
    struct source_conn *conn;
    struct err err;
    if (source_open(history_path(history), &options, &source, &err) != ERR_OK)
        fail_msg("%s", err.what);
    assert_int_equal(source_connect(source, &conn, &err), ERR_OK);
    conformance_check(&(struct conformance){
        .conn = conn, .wait_exact = wait_exact, .check_meta = true, .every = is_settled ? 0 : 5});
    conn_close(conn);
    source_close(source);
    history_free(history);
}

static void by_sql_alone(void **state)
{
    (void)state;
    check_road(true, true, true);
}

static void by_sql_beside_a_writer(void **state)
{
    (void)state;
    check_road(true, true, false);
}

static void while_the_index_grows(void **state)
{
    (void)state;
    check_road(false, false, true);
}

static void by_the_index(void **state)
{
    (void)state;
    check_road(false, true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_sql_alone),
        cmocka_unit_test(by_sql_beside_a_writer),
        cmocka_unit_test(while_the_index_grows),
        cmocka_unit_test(by_the_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
