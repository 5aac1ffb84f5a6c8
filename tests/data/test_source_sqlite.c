/*
 * A source over a SQLite file: what it answers, and that it leaves no trace.
 */
#include "data/source.h"
#include "tests/support/history.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void tells_what_is_missing(void **state)
{
    struct fixture *f = *state;
    struct source_status status;
    history_run(f->history, (struct history_run){.id = "a"});
    history_close(f->history);
    history_sql(f->history, "DROP TABLE execution_interaction; PRAGMA journal_mode=DELETE");
    open_source(f);
    struct list_query query = first_page(10);
    assert_int_equal(list(f, &query).count, 1);
    source_status(f->source, &status);
    assert_true(status.is_readable);
    assert_non_null(strstr(status.note, "execution_interaction"));
    assert_non_null(strstr(status.note, "WAL"));
    assert_true(status.read_at != TIME_NONE);
}

static void compares_with_runs_of_the_same_code(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct peers_reply reply;
    history_begin(f->history);
    for (int i = 1; i <= 100; i++)
        history_run(f->history, (struct history_run){.code = "same", .duration = 101 - i});
    history_run(f->history, (struct history_run){.code = "same", .status = "running"});
    history_run(f->history, (struct history_run){.code = "other", .duration = 9999});
    history_commit(f->history);
    open_source(f);
    struct peers_query query = {.id = (char *)"x", .code = (char *)"same", .code_len = 4, .duration_ms = 31};
    assert_int_equal(conn_peers(f->conn, &query, NULL, &f->arena, &reply, &err), ERR_OK);
    assert_int_equal(reply.count, 100);
    assert_int_equal(reply.faster, 30);
    assert_int_equal(reply.p50_ms, 50);
    assert_int_equal(reply.p95_ms, 95);
    assert_true(reply.is_complete);
    query.code_len = 3;
    assert_int_equal(conn_peers(f->conn, &query, NULL, &f->arena, &reply, &err), ERR_OK);
    assert_int_equal(reply.count, 0);
}

static void guesses_before_it_counts(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct meta meta;
    history_begin(f->history);
    for (int i = 0; i < 100; i++)
        history_run(f->history, (struct history_run){.created_at = 1000 + 1000 * i});
    history_commit(f->history);
    open_source(f);
    struct meta_query query = {.now = 101000, .max_buckets = 60};
    filter_init(&query.filter);
    assert_int_equal(conn_meta(f->conn, &query, NULL, &f->arena, &meta, &err), ERR_OK);
    assert_int_equal(meta.total.n, 100);
    assert_false(meta.total.is_exact);
    assert_false(meta.histogram_is_exact);
    assert_false(meta.status.is_counted);
    int64_t sum = 0;
    for (size_t i = 0; i < meta.histogram.count; i++)
        sum += bucket_total(&meta.histogram.buckets[i]);
    assert_int_equal(sum, 100);
    assert_int_equal(meta.extent.from, 1000);
    assert_int_equal(meta.extent.to, 100001);
}

/* Rowids that do not follow time: a guess stays possible. */
static void guesses_nothing_impossible(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct meta meta;
    for (int i = 0; i < 50; i++)
        history_run(f->history, (struct history_run){.created_at = 1000 + 1000 * ((i * 37) % 50)});
    history_sql(f->history, "UPDATE execution SET rowid = 9000000000000000000 WHERE rowid = 20");
    open_source(f);
    struct meta_query query = {.now = 101000, .max_buckets = 60};
    filter_init(&query.filter);
    assert_int_equal(conn_meta(f->conn, &query, NULL, &f->arena, &meta, &err), ERR_OK);
    assert_true(meta.total.n > 0 && !meta.total.is_exact);
    for (int i = 0; i < PRESET_COUNT; i++)
        assert_in_range(meta.presets[i].n, 0, meta.total.n);
}

static void stops_when_it_is_told_to(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct list_reply reply;
    struct cancel cancel = {false};
    history_run(f->history, (struct history_run){.id = "a"});
    open_source(f);
    struct list_query query = first_page(10);
    atomic_store(&cancel.requested, true);
    assert_int_equal(conn_list(f->conn, &query, &cancel, &f->arena, &reply, &err), ERR_CANCELLED);
    conn_interrupt(f->conn);
    assert_int_equal(conn_list(f->conn, &query, NULL, &f->arena, &reply, &err), ERR_OK);
    assert_int_equal(reply.count, 1);
}

struct interrupter {
    struct source_conn *conn;
    atomic_bool is_over;
};

static void *interrupt_often(void *context)
{
    struct interrupter *interrupter = context;
    while (!atomic_load(&interrupter->is_over)) {
        usleep(2000);
        conn_interrupt(interrupter->conn);
    }
    return NULL;
}

/* A search of a large table ends early, and the connection goes on to work. */
static void stops_in_the_middle_of_a_search(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct list_reply reply;
    char *code = malloc(20001);
    memset(code, 'x', 20000);
    code[20000] = '\0';
    history_begin(f->history);
    for (int i = 0; i < 1500; i++)
        history_run(f->history, (struct history_run){.code = code});
    history_commit(f->history);
    free(code);
    open_source(f);
    struct list_query query = first_page(10);
    query.wait_exact = true;
    filter_set_code(&query.filter, TEXT_LIT("not there"));
    struct interrupter interrupter = {f->conn, false};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_often, &interrupter), 0);
    int cancelled = 0;
    for (int i = 0; i < 50 && !cancelled; i++)
        cancelled = conn_list(f->conn, &query, NULL, &f->arena, &reply, &err) == ERR_CANCELLED;
    atomic_store(&interrupter.is_over, true);
    pthread_join(thread, NULL);
    assert_true(cancelled);
    filter_release(&query.filter);
    query = first_page(10);
    assert_int_equal(list(f, &query).count, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_newest_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_what_is_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(compares_with_runs_of_the_same_code, set_up, tear_down),
        cmocka_unit_test_setup_teardown(guesses_before_it_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(guesses_nothing_impossible, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stops_when_it_is_told_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stops_in_the_middle_of_a_search, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_a_run_with_all_that_belongs_to_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
