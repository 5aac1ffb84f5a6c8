/*
 * Live on a server in which much happens at once, and not in the order of time: whatever was in no look, in the end what is shown is what the server has. Of a server that tells of
 * changes, and of one that is polled.
 */
#include "tests/support/remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OPEN_LOOK "status=pending%2Crunning"

enum { POLL_MS = 40, FAR_POLL_MS = 1000, MANY = 250, OLD = 600 };

static const struct list_query few = {.after = 40};

static int set_up(void **state)
{
    struct remote *r = remote_new();
    r->settings.poll_ms = POLL_MS;
    *state = r;
    return 0;
}

static void go_live(struct remote *r, bool is_told_of)
{
    api_server_set_stream(r->server, is_told_of);
    remote_open(r);
    remote_list(r, "", few);
    remote_forget_events(r);
    source_set_live(r->source, true);
    remote_await(r, SOURCE_CHANGED);
    remote_list(r, "", few);
    assert_true(api_server_wait(r->server, OPEN_LOOK, 1, REMOTE_PATIENCE_MS));
    if (is_told_of)
        remote_until_true(r, remote_is_told, "told of changes");
}

/* Runs of a second each, before REMOTE_T0. */
static void add_old(struct remote *r, int count)
{
    history_begin(r->history);
    for (int i = 0; i < count; i++)
        history_run(r->history, (struct history_run){.created_at = REMOTE_T0 - 5000 - i * 1000});
    history_commit(r->history);
}

/* ---- written late ---- */

static void one_written_late_shows(struct remote *r, bool is_told_of)
{
    remote_add(r, "a", 0, "completed");
    go_live(r, is_told_of);
    remote_add(r, "d", 60000, "completed");
    remote_until(r, "", few, "d a");
    remote_add(r, "b", 20000, "failed");
    remote_until(r, "", few, "d b a");
    remote_add(r, "c", 20000, "completed"); /* of the same millisecond */
    remote_until(r, "", few, "d c b a");
    remote_add(r, "before", -90000, "cancelled"); /* before all others */
    remote_until(r, "", few, "d c b a before");
}

static void one_written_late_shows_where_it_is_told(void **state)
{
    one_written_late_shows(*state, true);
}

static void one_written_late_shows_where_it_is_polled(void **state)
{
    one_written_late_shows(*state, false);
}

static bool has_all(struct remote *r)
{
    struct list_query query = {.after = 1000, .wait_exact = true, .cutoff = REMOTE_T0};
    struct list_reply reply = remote_list(r, "", query);
    return reply.count == 1 + MANY + 1 && reply.new_count == MANY + 1;
}

static void pages_written_late_show(struct remote *r, int to_a_millisecond, bool is_told_of)
{
    remote_add(r, "a", 0, "completed");
    go_live(r, is_told_of);
    remote_add(r, "z", 90000, "completed");
    remote_until(r, "", few, "z a");
    history_begin(r->history);
    for (int i = 0; i < MANY; i++)
        history_run(r->history, (struct history_run){.created_at = REMOTE_T0 + 10000 + i / to_a_millisecond});
    history_commit(r->history);
    remote_until_true(r, has_all, "all that were written late");
}

static void pages_written_late_show_where_it_is_told(void **state)
{
    pages_written_late_show(*state, 1, true);
}

static void pages_written_late_show_where_it_is_polled(void **state)
{
    pages_written_late_show(*state, 1, false);
}

static void pages_of_one_millisecond_written_late_show(void **state)
{
    pages_written_late_show(*state, MANY, true);
}

static bool has_the_oldest(struct remote *r)
{
    struct list_query query = {.after = 5000, .wait_exact = true};
    struct list_reply reply = remote_list(r, "", query);
    return reply.count == OLD + 2 && reply.total.n == OLD + 2 &&
           text_is(reply.rows[reply.count - 1].id, "oldest");
}

static void one_far_down_shows(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 0, "completed");
    add_old(r, OLD);
    go_live(r, true);
    remote_list(r, "", (struct list_query){.after = 5000, .wait_exact = true});
    remote_add(r, "oldest", -5000 - OLD * 1000, "completed");
    remote_until_true(r, has_the_oldest, "the oldest");
}

static void one_that_is_gone_goes(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 0, "completed");
    remote_add(r, "b", 1000, "completed");
    remote_add(r, "c", 50000, "completed");
    go_live(r, true);
    history_sql(r->history, "DELETE FROM execution WHERE id = 'a'");
    remote_until(r, "", few, "c b");
}

static void one_written_late_shows_under_a_filter(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 0, "failed");
    remote_add(r, "b", 50000, "failed");
    go_live(r, true);
    remote_until(r, "status:failed", few, "b a");
    remote_add(r, "late", 20000, "failed");
    remote_until(r, "status:failed", few, "b late a");
}

/* ---- ends ---- */

static bool has_all_failed(struct remote *r)
{
    struct list_query query = {.after = 1000, .cutoff = REMOTE_T0};
    struct list_reply reply = remote_list(r, "", query);
    for (size_t i = 0; i + 1 < reply.count; i++)
        if (!text_is(reply.rows[i].status, "failed"))
            return false;
    return reply.new_count == MANY && reply.new_failed == MANY;
}

/* Nobody tells of them again, and the next look that nobody asks for is a minute away. */
static void all_that_end_at_once_end(void **state)
{
    struct remote *r = *state;
    r->settings.poll_ms = FAR_POLL_MS;
    remote_add(r, "a", 0, "completed");
    history_begin(r->history);
    for (int i = 0; i < MANY; i++)
        history_run(r->history,
                    (struct history_run){.created_at = REMOTE_T0 + 1000 + i * 1000, .status = "running"});
    history_commit(r->history);
    go_live(r, true);
    assert_int_equal(remote_list(r, "", (struct list_query){.after = 1000, .wait_exact = true}).count,
                     MANY + 1);
    history_sql(r->history, "UPDATE execution SET status = 'failed', completed_at = 1700000099000, "
                            "updated_at = updated_at + 1000 WHERE status = 'running'");
    remote_until_true(r, has_all_failed, "all of them failed");
}

static bool shows_the_end(struct remote *r)
{
    struct list_reply reply = remote_list(r, "", few);
    return reply.count == 2 && text_is(reply.rows[0].status, "failed");
}

/* The page says that it runs, and is on its way long after the end. */
static void one_ends_while_its_page_is_on_its_way(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 0, "completed");
    go_live(r, true);
    api_server_fault(r->server,
                     &(struct api_fault){.match = "after=", .times = 1, .kind = API_FAULT_TRICKLE, .ms = 1});
    api_server_clear_log(r->server);
    remote_add(r, "b", 1000, "running");
    assert_true(api_server_wait(r->server, "after=", 1, REMOTE_PATIENCE_MS));
    history_sql(r->history, "UPDATE execution SET status = 'failed', completed_at = 1700000009000, "
                            "updated_at = updated_at + 9 WHERE id = 'b'");
    remote_until_true(r, shows_the_end, "the end");
}

/* ---- how many are new ---- */

static const struct list_query first_page = {.after = 40, .cutoff = REMOTE_T0};

static bool counts(struct remote *r, const char *line, int64_t all, int64_t failed)
{
    struct list_reply reply = remote_list(r, line, first_page);
    return reply.new_count == all && reply.new_failed == failed;
}

static bool counts_all(struct remote *r)
{
    return counts(r, "", MANY, MANY / 5);
}

static bool counts_one_more(struct remote *r)
{
    return counts(r, "", MANY + 1, MANY / 5 + 1);
}

static bool counts_completed(struct remote *r)
{
    return counts(r, "status:completed", MANY - MANY / 5, 0);
}

static void add_new(struct remote *r)
{
    history_begin(r->history);
    for (int i = 0; i < MANY; i++)
        remote_add(r, NULL, 10000 + i * 10, i % 5 ? "completed" : "failed");
    history_commit(r->history);
}

/* Only the first page is held then. */
static void a_refresh_loses_no_count(struct remote *r, bool is_told_of)
{
    remote_add(r, "a", 0, "completed");
    go_live(r, is_told_of);
    remote_list(r, "", first_page);
    add_new(r);
    remote_until_true(r, counts_all, "all that are new");
    for (int i = 0; i < 3; i++) {
        remote_forget_events(r);
        source_refresh(r->source);
        remote_await(r, SOURCE_CHANGED);
        assert_true(counts_all(r));
    }
    remote_add(r, "new", 90000, "failed");
    remote_until_true(r, counts_one_more, "one more");
}

static void a_refresh_loses_no_count_where_it_is_told(void **state)
{
    a_refresh_loses_no_count(*state, true);
}

static void a_refresh_loses_no_count_where_it_is_polled(void **state)
{
    a_refresh_loses_no_count(*state, false);
}

/* The server counts them: nobody has fetched them all. */
static void under_another_filter_new_ones_count(void **state)
{
    struct remote *r = *state;
    r->settings.poll_ms = FAR_POLL_MS;
    remote_add(r, "a", 0, "completed");
    go_live(r, true);
    add_new(r);
    remote_until_true(r, counts_all, "all that are new");
    api_server_clear_log(r->server);
    remote_until_true(r, counts_completed, "the completed ones");
    assert_int_equal(api_server_count(r->server, "cursor="), 0);
}

/* ---- a server that counts other runs than it gives ---- */

static void one_that_miscounts_is_not_asked_without_end(void **state)
{
    struct remote *r = *state;
    remote_add(r, "a", 0, "completed");
    remote_add(r, "b", 50000, "completed");
    go_live(r, true);
    static const char seven[] = "{\"executions\":[],\"meta\":{\"totalRowCount\":7,\"filterRowCount\":7}}";
    api_server_fault(r->server, &(struct api_fault){.match = "limit=1&",
                                                    .kind = API_FAULT_ANSWER,
                                                    .content_type = "application/json",
                                                    .body = seven});
    api_server_clear_log(r->server);
    remote_add(r, "c", 51000, "completed");
    remote_until(r, "", few, "c b a");
    assert_true(api_server_wait(r->server, OPEN_LOOK, 1, REMOTE_PATIENCE_MS));
    assert_in_range(api_server_count(r->server, "limit=100&from="), 0, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, remote_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(one_written_late_shows_where_it_is_told),
        TEST(one_written_late_shows_where_it_is_polled),
        TEST(pages_written_late_show_where_it_is_told),
        TEST(pages_written_late_show_where_it_is_polled),
        TEST(pages_of_one_millisecond_written_late_show),
        TEST(one_far_down_shows),
        TEST(one_that_is_gone_goes),
        TEST(one_written_late_shows_under_a_filter),
        TEST(all_that_end_at_once_end),
        TEST(one_ends_while_its_page_is_on_its_way),
        TEST(a_refresh_loses_no_count_where_it_is_told),
        TEST(a_refresh_loses_no_count_where_it_is_polled),
        TEST(under_another_filter_new_ones_count),
        TEST(one_that_miscounts_is_not_asked_without_end),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
