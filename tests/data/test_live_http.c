/*
 * Following a remote server: what a look finds, what it asks for that, and how it behaves when the server is away. Deadlines are generous: each wait is for
 * an event of the source.
 */
#include "tests/support/remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define OPEN_LOOK "status=pending%2Crunning" /* the question for the runs that can still change */

enum { MANY = 250, POLL_MS = 15, SLOW_POLL_MS = 110, WAITS = REMOTE_PATIENCE_MS / 5 };

static const struct list_query few = {.after = 40};

static int set_up(void **state)
{
    struct remote *r = remote_new();
    r->settings.poll_ms = POLL_MS;
    *state = r;
    return 0;
}

static void change(struct remote *r, const char *id, const char *status)
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "UPDATE execution SET status = '%s', completed_at = %lld, updated_at = updated_at + 1000 WHERE "
             "id = '%s'",
             status, (long long)REMOTE_T0 + 99000, id);
    history_sql(r->history, sql);
}

/* Live, which asks for the list once more, and with a look behind it. */
static void go_live(struct remote *r, const char *line, const char *ids)
{
    remote_open(r);
    assert_string_equal(remote_ids(r, line, few), ids);
    remote_forget_events(r);
    source_set_live(r->source, true);
    remote_await(r, SOURCE_CHANGED);
    assert_string_equal(remote_ids(r, line, few), ids);
    assert_true(api_server_wait(r->server, OPEN_LOOK, 1, REMOTE_PATIENCE_MS));
}

/* ---- new runs ---- */

static void new_runs_show(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 1000, "completed");
    go_live(r, "", "a");
    remote_add(r, "c", 5000, "completed");
    remote_await(r, SOURCE_CHANGED);
    remote_until(r, "", few, "c a");
    remote_add(r, "d", 5000, "running");
    remote_until(r, "", few, "d c a");
    remote_add(r, "b", 5000, "failed"); /* of the same millisecond, and sorted below */
    remote_until(r, "", few, "d c b a");
    remote_add(r, "e", 4500, "completed"); /* a clock that is a little behind */
    remote_until(r, "", few, "d c b e a");
}

static void the_first_run_shows(void **state)
{
    struct remote *r = *state;
    go_live(r, "", "");
    remote_add(r, "a", 0, "completed");
    remote_until(r, "", few, "a");
}

static void new_runs_show_under_filters(void **state)
{
    struct remote *r = *state;
    static const char line[] = "find -tool:x.* duration:>1s";
    history_run(r->history,
                (struct history_run){.id = "a", .created_at = REMOTE_T0, .code = "find", .duration = 2000});
    remote_open(r);
    assert_string_equal(remote_ids(r, line, (struct list_query){.after = 9, .wait_exact = true}), "a");
    source_set_live(r->source, true);
    history_run(r->history, (struct history_run){
                                .id = "b", .created_at = REMOTE_T0 + 5, .code = "Find it", .duration = 3000});
    remote_until(r, line, (struct list_query){.after = 9, .wait_exact = true}, "b a");
    history_begin(r->history);
    history_run(
        r->history,
        (struct history_run){
            .id = "c", .created_at = REMOTE_T0 + 6, .code = "find", .duration = 3000, .tool_call_count = 1});
    history_call(r->history, "c", (struct history_call){.path = "x.y"});
    history_run(r->history,
                (struct history_run){.id = "d", .created_at = REMOTE_T0 + 7, .code = "find", .duration = 1});
    history_run(r->history, (struct history_run){
                                .id = "e", .created_at = REMOTE_T0 + 8, .code = "find", .duration = 9000});
    history_commit(r->history);
    remote_until(r, line, (struct list_query){.after = 9, .wait_exact = true}, "e b a");
}

static bool has_all(struct remote *r)
{
    struct list_reply reply = remote_list(r, "", (struct list_query){.after = 1000, .wait_exact = true});
    for (size_t i = 1; i < reply.count; i++) {
        struct row_key above = run_row_key(&reply.rows[i - 1]), row = run_row_key(&reply.rows[i]);
        assert_true(above.created_at > row.created_at ||
                    (above.created_at == row.created_at && strcmp(above.id, row.id) > 0));
    }
    return reply.count == MANY + 1;
}

/* That many at once, so many to a millisecond. */
static void expect_many(struct remote *r, int to_a_millisecond, bool is_real)
{
    remote_add(r, "a", -5000, "completed");
    api_server_set_real(r->server, is_real);
    go_live(r, "", "a");
    history_begin(r->history);
    for (int i = 0; i < MANY; i++)
        history_run(r->history, (struct history_run){.created_at = REMOTE_T0 + i / to_a_millisecond});
    history_commit(r->history);
    remote_until_true(r, has_all, "all of the new runs");
}

static void many_new_runs_at_once(void **state)
{
    expect_many(*state, 1, false);
}

static void many_new_runs_of_a_few_milliseconds(void **state)
{
    expect_many(*state, 90, false);
}

static void many_new_runs_of_a_few_milliseconds_really(void **state)
{
    expect_many(*state, 90, true);
}

static void many_new_runs_of_one_millisecond(void **state)
{
    expect_many(*state, MANY, false);
}

/* ---- runs that change ---- */

/* Looks since `before`: one may have been on its way when it changed. */
static void expect_within_two_looks(struct remote *r, size_t before)
{
    assert_in_range(api_server_count(r->server, OPEN_LOOK) - before, 0, 3);
}

static void a_change_shows_within_two_looks(void **state)
{
    struct remote *r = *state;
    static const char *const lines[] = {"", "status:failed", "-status:running"};
    static const char *const before[] = {"b a", "", "b"}, *const after[] = {"b a", "a", "b a"};
    for (size_t i = 0; i < 3; i++) {
        history_sql(r->history, "DELETE FROM execution");
        remote_add(r, "a", 1000, "running");
        remote_add(r, "b", 2000, "completed");
        r->settings.poll_ms = SLOW_POLL_MS;
        go_live(r, lines[i], before[i]);
        assert_true(api_server_wait(r->server, OPEN_LOOK, 2, REMOTE_PATIENCE_MS));
        remote_forget_events(r);
        change(r, "a", "failed");
        size_t looks = api_server_count(r->server, OPEN_LOOK);
        remote_await(r, SOURCE_CHANGED);
        remote_until(r, lines[i], few, after[i]);
        struct list_reply reply = remote_list(r, lines[i], few);
        assert_true(text_is(reply.rows[reply.count - 1].status, "failed"));
        assert_int_equal(run_row_duration(&reply.rows[reply.count - 1]), 99000 - 1000);
        expect_within_two_looks(r, looks);
        remote_close(r);
        api_server_clear_log(r->server);
    }
}

static void several_open_runs(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 1000, "running");
    remote_add(r, "b", 2000, "pending");
    remote_add(r, "c", 3000, "running");
    remote_add(r, "d", 4000, "running");
    go_live(r, "", "d c b a");
    change(r, "a", "completed");
    history_sql(r->history, "UPDATE execution SET status = 'waiting_for_interaction' WHERE id = 'b'");
    history_question(r->history, "b", (struct history_question){.payload = "{}"});
    history_sql(r->history, "DELETE FROM execution WHERE id = 'd'");
    remote_until(r, "status:completed", few, "a");
    remote_until(r, "status:waiting", few, "b");
    remote_until(r, "elicitation:true", few, "b");
    remote_until(r, "status:running", few, "c");
    remote_until(r, "", few, "c b a");
}

/* A list that shows none of them must still get those that end there. */
static void many_runs_end_while_the_server_is_away(void **state)
{
    struct remote *r = *state;
    history_begin(r->history);
    for (int i = 0; i < 80; i++)
        history_run(r->history, (struct history_run){.created_at = REMOTE_T0 + i, .status = "running"});
    remote_add(r, "z", 90000, "failed");
    history_commit(r->history);
    go_live(r, "status:failed", "z");
    assert_true(api_server_wait(r->server, OPEN_LOOK, 2, REMOTE_PATIENCE_MS));
    api_server_suspend(r->server);
    history_sql(r->history, "UPDATE execution SET status = 'failed', updated_at = updated_at + 1");
    api_server_resume(r->server);
    for (int i = 0; i < WAITS; i++) {
        struct list_reply reply;
        struct err err;
        if (remote_try(r, "status:failed", (struct list_query){.after = 200, .wait_exact = true}, &reply,
                       &err) == ERR_OK &&
            reply.count == 81)
            return;
        arena_release(&r->arena);
        usleep(5000);
    }
    fail_msg("not all of the failed runs ever showed");
}

static void a_run_that_vanished_goes(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 1000, "running");
    remote_add(r, "b", 90000, "completed");
    go_live(r, "", "b a");
    history_sql(r->history, "DELETE FROM execution WHERE id = 'a'");
    remote_until(r, "", few, "b");
}

/* What changed while nobody looked is caught up with when live begins. */
static void what_changed_before_live(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 1000, "running");
    remote_add(r, "b", 90000, "failed");
    remote_open(r);
    assert_string_equal(remote_ids(r, "status:failed", few), "b");
    change(r, "a", "failed");
    source_set_live(r->source, true);
    remote_until(r, "status:failed", few, "b a");
}

static bool counts_two(struct remote *r)
{
    struct meta_query query = {.now = REMOTE_T0, .max_buckets = 10};
    struct meta meta;
    struct err err;
    assert_int_equal(conn_meta(r->conn, &query, NULL, &r->arena, &meta, &err), ERR_OK);
    return meta.total.n == 2 && meta.total.is_exact;
}

static void counts_follow(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 1000, "completed");
    go_live(r, "", "a");
    assert_false(counts_two(r));
    remote_add(r, "b", 2000, "completed");
    remote_until_true(r, counts_two, "two runs are counted");
}

/* ---- manners ---- */

static int64_t interval_of(struct remote *r)
{
    struct source_status status;
    source_status(r->source, &status);
    return status.live_interval_ms;
}

static void a_look_costs_little(void **state)
{
    struct remote *r = *state;
    size_t count;
    remote_add(r, "a", 1000, "running");
    remote_add(r, "b", 2000, "completed");
    go_live(r, "", "b a");
    assert_true(api_server_wait(r->server, OPEN_LOOK, 3, REMOTE_PATIENCE_MS));
    api_server_clear_log(r->server);
    assert_true(api_server_wait(r->server, OPEN_LOOK, 5, REMOTE_PATIENCE_MS));
    const struct api_request *log = api_server_requests(r->server, &count);
    assert_in_range(count, 9, 12); /* two a look, which may be in its middle */
    for (size_t i = 0; i < count; i++)
        assert_non_null(strstr(log[i].target, "after=")); /* no counts */
    api_server_connections(r->server, NULL, &count);
    assert_in_range(count, 1, 3);
}

static void looking_stops_where_live_is_off(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 1000, "completed");
    go_live(r, "", "a");
    assert_int_equal(interval_of(r) > 0, true);
    source_set_live(r->source, false);
    assert_int_equal(interval_of(r), 0);
    usleep(2 * POLL_MS * 1000); /* a look that was under way */
    api_server_clear_log(r->server);
    usleep(6 * POLL_MS * 1000);
    assert_int_equal(api_server_count(r->server, ""), 0);
    remote_add(r, "b", 2000, "completed");
    assert_string_equal(remote_ids(r, "", few), "a");
    source_set_live(r->source, true);
    remote_until(r, "", few, "b a");
}

static bool waits_longer(struct remote *r)
{
    for (int i = 0; i < WAITS; i++) {
        if (interval_of(r) >= 4 * POLL_MS)
            return true;
        usleep(5000);
    }
    return false;
}

/* Away for a while: it looks less and less often, and then shows all that has happened meanwhile. */
static void backs_off_and_catches_up(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 1000, "running");
    remote_add(r, "b", 2000, "completed");
    go_live(r, "", "b a");
    remote_forget_events(r);
    api_server_suspend(r->server);
    remote_await(r, SOURCE_LOST);
    assert_true(waits_longer(r));
    assert_string_equal(remote_ids(r, "", few), "b a");
    change(r, "a", "failed");
    remote_add(r, "c", 3000, "completed");
    api_server_resume(r->server);
    remote_await(r, SOURCE_BACK);
    remote_until(r, "", few, "c b a");
    remote_until(r, "status:failed", few, "a");
    struct source_status status;
    source_status(r->source, &status);
    assert_true(status.is_readable);
    for (int i = 0; i < WAITS && interval_of(r) >= 4 * POLL_MS; i++)
        usleep(5000);
    assert_true(interval_of(r) < 4 * POLL_MS || api_server_count(r->server, "") > 0);
}

/* A server that takes long for a look is looked at less often. */
static void a_slow_server_gets_rest(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 1000, "completed");
    api_server_set_delay(r->server, "after=", 30);
    go_live(r, "", "a");
    for (int i = 0; i < WAITS && interval_of(r) < 4 * 60; i++)
        usleep(5000);
    assert_in_range(interval_of(r), 4 * 60, 60000);
}

/* 429 with a word on when: not before that. */
static void waits_as_long_as_the_server_asks(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 1000, "completed");
    go_live(r, "", "a");
    api_server_fault(r->server, &(struct api_fault){.status = 429, .headers = "Retry-After: 30\r\n"});
    remote_await(r, SOURCE_LOST);
    for (int i = 0; i < WAITS && interval_of(r) < 30000; i++)
        usleep(5000);
    assert_in_range(interval_of(r), 30000, 60000);
    api_server_clear_faults(r->server);
    source_refresh(r->source); /* a person need not wait */
    remote_await(r, SOURCE_BACK);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, remote_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(new_runs_show),
        CASE(the_first_run_shows),
        CASE(new_runs_show_under_filters),
        CASE(many_new_runs_at_once),
        CASE(many_new_runs_of_a_few_milliseconds),
        CASE(many_new_runs_of_a_few_milliseconds_really),
        CASE(many_new_runs_of_one_millisecond),
        CASE(a_change_shows_within_two_looks),
        CASE(several_open_runs),
        CASE(many_runs_end_while_the_server_is_away),
        CASE(a_run_that_vanished_goes),
        CASE(what_changed_before_live),
        CASE(counts_follow),
        CASE(a_look_costs_little),
        CASE(looking_stops_where_live_is_off),
        CASE(backs_off_and_catches_up),
        CASE(a_slow_server_gets_rest),
        CASE(waits_as_long_as_the_server_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
