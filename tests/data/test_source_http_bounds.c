/*
 * The remote source where it could go on for ever: more lists than are usual, a server that answers some questions only, a status that nobody
 * knows.
 */
#include "tests/support/remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define T0 INT64_C(1700000000000)

static int set_up(void **state)
{
    *state = remote_new();
    return 0;
}

static int tear_down(void **state)
{
    remote_free(*state);
    return 0;
}

/* r0000, r0001, …, one a second. */
static void add_runs(struct remote *r, int count)
{
    history_begin(r->history);
    for (int i = 0; i < count; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%04d", i);
        history_run(r->history, (struct history_run){.id = id, .created_at = T0 + i * 1000, .duration = 5});
    }
    history_commit(r->history);
}

static size_t lists(struct remote *r)
{
    return api_server_count(r->server, "executions?");
}

static void rest(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* Each excluded tool is a list of its own: one question may have more of them than other questions together. */
static void as_many_tools_as_a_filter_holds(void **state)
{
    struct remote *r = *state;
    char filter[400] = "";
    add_runs(r, 20);
    for (int i = 0; i < 20; i++) {
        char path[16], id[16];
        snprintf(path, sizeof path, "t%d.x", i);
        snprintf(id, sizeof id, "r%04d", i);
        history_call(r->history, id, (struct history_call){.path = path});
        if (i < 16)
            snprintf(filter + strlen(filter), 32, "-tool:%s ", path);
    }
    remote_open(r);
    struct list_reply reply = remote_settled(r, filter, (struct list_query){.after = 9});
    assert_string_equal(remote_ids_of(r, &reply), "r0019 r0018 r0017 r0016");
    assert_true(reply.is_last && !reply.is_partial);
    assert_int_equal(lists(r), 17);
}

/* The real server fails at every list with a status that it does not know, and answers what has none. */
static void pauses_grow_while_only_the_list_fails(void **state)
{
    struct remote *r = *state;
    add_runs(r, 3);
    api_server_fault(r->server, &(struct api_fault){.match = "limit=100",
                                                    .kind = API_FAULT_ANSWER,
                                                    .status = 500,
                                                    .content_type = "application/json",
                                                    .body = "{\"_tag\":\"InternalError\"}"});
    remote_open(r);
    struct list_query query = {.after = 9};
    struct list_reply reply;
    struct err err;
    for (int waited = 0; waited < 600; waited += 10) { /* as the screen: asks when it is back */
        struct source_status status;
        source_status(r->source, &status);
        if (status.is_readable)
            assert_int_not_equal(remote_try(r, "", query, &reply, &err), ERR_OK);
        rest(10);
    }
    assert_in_range(api_server_count(r->server, "limit=100"), 3, 8); /* not one in 20 ms */
}

static void an_unknown_status_is_left_alone(void **state)
{
    struct remote *r = *state;
    add_runs(r, 3);
    history_run(r->history, (struct history_run){.id = "odd", .created_at = T0 + 9000, .status = "paused"});
    remote_open(r);
    struct list_query query = {.after = 9};
    assert_string_equal(remote_ids(r, "", query), "odd r0002 r0001 r0000");
    source_set_live(r->source, true);
    history_run(r->history, (struct history_run){.id = "new", .created_at = T0 + 20000});
    remote_until(r, "", query, "new odd r0002 r0001 r0000");
    rest(200);
    assert_int_equal(api_server_count(r->server, "executions/odd"), 0);
}

static void live_waits_for_the_first_page(void **state)
{
    struct remote *r = *state;
    add_runs(r, 3);
    remote_open(r);
    source_set_live(r->source, true);
    rest(100);
    size_t count;
    api_server_requests(r->server, &count);
    assert_int_equal(count, 0);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "r0002 r0001 r0000");
    assert_true(api_server_wait(r->server, "status=pending", 1, REMOTE_PATIENCE_MS));
    assert_true(api_server_wait(r->server, "/scope", 1, REMOTE_PATIENCE_MS));
}

static bool shows_an_ended_run(struct remote *r)
{
    struct list_reply reply = remote_list(r, "", (struct list_query){.after = 9});
    return reply.count == 3 && text_is(reply.rows[1].id, "ends") && text_is(reply.rows[1].status, "failed");
}

/* The same words tell of a run that is not there. */
static void a_run_that_the_server_fails_at_is_not_lost(void **state)
{
    struct remote *r = *state;
    add_runs(r, 1);
    history_run(r->history, (struct history_run){.id = "ends", .created_at = T0 + 5000, .status = "running"});
    history_run(r->history, (struct history_run){.id = "newer", .created_at = T0 + 20000});
    remote_open(r);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "newer ends r0000");
    source_set_live(r->source, true);
    assert_true(api_server_wait(r->server, "status=pending", 2, REMOTE_PATIENCE_MS));
    api_server_fault(r->server, &(struct api_fault){.match = "executions/ends",
                                                    .times = 1,
                                                    .kind = API_FAULT_ANSWER,
                                                    .status = 500,
                                                    .content_type = "application/json",
                                                    .body = "{\"_tag\":\"InternalError\"}"});
    history_sql(r->history, "update execution set status = 'failed', updated_at = updated_at + 9 "
                            "where id = 'ends'");
    remote_until_true(r, shows_an_ended_run, "the run that ended");
}

static bool counts_one_new(struct remote *r)
{
    struct list_query query = {.anchor = ANCHOR_LAST, .before = 9, .after = 1, .cutoff = T0 + 299 * 1000};
    return remote_list(r, "", query).new_count == 1;
}

/* Nothing above is asked for by the screen then, and still it counts what is new. */
static void live_follows_a_list_that_is_shown_far_down(void **state)
{
    struct remote *r = *state;
    add_runs(r, 300);
    remote_open(r);
    struct list_query last = {.anchor = ANCHOR_LAST, .before = 9, .after = 1};
    assert_int_equal(remote_list(r, "", (struct list_query){.after = 9}).total.n, 300);
    source_set_live(r->source, true);
    remote_await(r, SOURCE_CHANGED);
    assert_int_equal(remote_list(r, "", last).count, 10);
    source_refresh(r->source);
    remote_await(r, SOURCE_CHANGED);
    assert_int_equal(remote_list(r, "", last).count, 10);
    history_run(r->history, (struct history_run){.id = "new", .created_at = T0 + 300 * 1000});
    remote_until_true(r, counts_one_new, "one new run");
}

/* Which of them called a tool only the server knows, and it was just asked. */
static void dead_runs_cost_a_filter_by_tools_nothing(void **state)
{
    struct remote *r = *state;
    struct list_query query = {.after = 9};
    add_runs(r, 3);
    history_call(r->history, "r0000", (struct history_call){.path = "a.b"});
    remote_open(r);
    assert_string_equal(remote_ids(r, "tool:a.b", query), "r0000");
    source_set_live(r->source, true);
    assert_true(api_server_wait(r->server, "status=pending", 2, REMOTE_PATIENCE_MS));
    assert_string_equal(remote_ids(r, "tool:a.b", query), "r0000");
    for (int i = 0; i < 30; i++)
        history_run(r->history,
                    (struct history_run){.created_at = T0 - 60000 + i * 1000, .status = "running"});
    api_server_clear_log(r->server);
    assert_true(api_server_wait(r->server, "status=pending", 3, REMOTE_PATIENCE_MS));
    assert_string_equal(remote_ids(r, "tool:a.b", query), "r0000");
    assert_in_range(api_server_count(r->server, "cursor="), 0, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_many_tools_as_a_filter_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pauses_grow_while_only_the_list_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_status_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(live_waits_for_the_first_page, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dead_runs_cost_a_filter_by_tools_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_that_the_server_fails_at_is_not_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(live_follows_a_list_that_is_shown_far_down, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
