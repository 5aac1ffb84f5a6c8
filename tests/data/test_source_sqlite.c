/*
 * A source over a SQLite file: what it answers, and that it leaves no trace.
 */
#include "data/source.h"
#include "tests/support/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct history *history;
    struct source *source;
    struct source_conn *conn;
    struct arena arena;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    arena_init(&f->arena);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->conn)
        conn_close(f->conn);
    if (f->source)
        source_close(f->source);
    history_free(f->history);
    arena_release(&f->arena);
    free(f);
    return 0;
}

static void open_source(struct fixture *f)
{
    struct err err;
    struct source_options options = {.no_background = true};
    if (source_open(history_path(f->history), &options, &f->source, &err))
        fail_msg("%s (%s)", err.what, err.hint);
    assert_int_equal(source_connect(f->source, &f->conn, &err), ERR_OK);
}

static struct list_query first_page(size_t rows)
{
    struct list_query query = {.now = 1, .after = rows, .cutoff = TIME_NONE};
    filter_init(&query.filter);
    return query;
}

static struct list_reply list(struct fixture *f, struct list_query *query)
{
    struct err err;
    struct list_reply reply;
    if (conn_list(f->conn, query, NULL, &f->arena, &reply, &err))
        fail_msg("%s (%s)", err.what, err.hint);
    return reply;
}

static void lists_newest_first(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "b", .created_at = 2000, .code = "two\n  lines"});
    history_run(f->history, (struct history_run){.id = "a", .created_at = 3000, .status = "running"});
    history_run(f->history,
                (struct history_run){.id = "c", .created_at = 1000, .logs = "[\"[error] x\",\"[warn] y\"]"});
    history_call(f->history, "a", (struct history_call){.path = "search"});
    open_source(f);
    struct list_query query = first_page(10);
    struct list_reply reply = list(f, &query);
    assert_int_equal(reply.count, 3);
    assert_string_equal(reply.rows[0].id.s, "a");
    assert_int_equal(reply.rows[0].tool_call_count, 1);
    assert_string_equal(reply.rows[1].code_head.s, "two lines");
    assert_int_equal(reply.rows[1].log_errors, -1);
    assert_int_equal(reply.rows[2].log_errors, 1);
    assert_int_equal(reply.rows[2].log_warnings, 1);
    assert_true(reply.is_first && reply.is_last);
    assert_int_equal(reply.anchor, 0);
    assert_int_equal(reply.total.n, 3);
    assert_true(reply.total.is_exact);
}

static void gives_a_run_with_all_that_belongs_to_it(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "abc-1", .scope = "s1"});
    history_run(f->history,
                (struct history_run){.id = "abc-2", .scope = "s2", .status = "waiting_for_interaction"});
    history_run(f->history, (struct history_run){.id = "xyz", .scope = "s3"});
    history_question(f->history, "abc-2", (struct history_question){.id = "q1", .created_at = 10});
    history_question(f->history, "abc-2",
                     (struct history_question){
                         .id = "q2", .created_at = 30, .status = "resolved", .response_private = "secret"});
    history_question(f->history, "abc-2", (struct history_question){.id = "q3", .created_at = 20});
    history_call(f->history, "abc-2", (struct history_call){.id = "c2", .started_at = 5});
    history_call(f->history, "abc-2", (struct history_call){.id = "c1", .started_at = 5});
    open_source(f);
    struct err err;
    struct detail_reply reply;
    struct detail_query query = {.id = (char *)"abc-2"};
    assert_int_equal(conn_detail(f->conn, &query, NULL, &f->arena, &reply, &err), ERR_OK);
    assert_string_equal(reply.detail.run.scope_id.s, "s2");
    assert_int_equal(reply.detail.interaction_count, 3);
    assert_string_equal(reply.detail.interactions[0].id.s, "q2");
    assert_true(reply.detail.interactions[0].has_private_response);
    assert_int_equal(reply.detail.pending, 1);
    assert_int_equal(reply.call_count, 2);
    assert_string_equal(reply.calls[0].id.s, "c1");

    query = (struct detail_query){.id = (char *)"x", .is_prefix = true};
    assert_int_equal(conn_detail(f->conn, &query, NULL, &f->arena, &reply, &err), ERR_OK);
    assert_string_equal(reply.detail.run.id.s, "xyz");
    query.id = (char *)"abc";
    assert_int_equal(conn_detail(f->conn, &query, NULL, &f->arena, &reply, &err), ERR_USAGE);
    assert_non_null(strstr(err.hint, "abc-1"));
    query = (struct detail_query){.id = (char *)"xyz", .scope = (char *)"s1"};
    assert_int_equal(conn_detail(f->conn, &query, NULL, &f->arena, &reply, &err), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_newest_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_a_run_with_all_that_belongs_to_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
