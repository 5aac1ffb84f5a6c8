/*
 * The remote source as the screen and the scripts use it: windows, searches, addresses, and what is asked of the server for them.
 */
#include "tests/support/remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T0 INT64_C(1700000000000)

enum { RUNS = 1000 };

static const struct sort newest = {SORT_CREATED, false}, oldest = {SORT_CREATED, true};

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

/* r0000 … r0999, one a second; the 7th and the 3rd oldest failed, every 10th is long, and every 4th called a tool. */
static void add_thousand(struct remote *r)
{
    history_begin(r->history);
    for (int i = 0; i < RUNS; i++) {
        char id[16], code[64];
        snprintf(id, sizeof id, "r%04d", i);
        snprintf(code, sizeof code, "const n%d = await find(%s)", i, i % 5 ? "one" : "other");
        history_run(r->history, (struct history_run){.id = id,
                                                     .created_at = T0 + i * 1000,
                                                     .status = i == 3 || i == 7 ? "failed" : "completed",
                                                     .duration = i % 10 ? 5 : 5000,
                                                     .code = code,
                                                     .tool_call_count = i % 4 == 0});
        if (i % 4 == 0)
            history_call(r->history, id, (struct history_call){.path = i % 8 ? "a.one" : "a.two"});
    }
    history_commit(r->history);
}

static struct row_key key_of(int i)
{
    struct row_key key = {.created_at = T0 + i * 1000, .duration_ms = i % 10 ? 5 : 5000};
    snprintf(key.id, sizeof key.id, "r%04d", i);
    return key;
}

/* Ids from `first` on, `count` of them, by `step`. */
static const char *ids_from(struct remote *r, int first, int count, int step)
{
    char *ids = arena_alloc(&r->arena, (size_t)count * 6 + 1);
    for (int i = 0; i < count; i++)
        snprintf(ids + strlen(ids), 8, "%sr%04d", i ? " " : "", first + i * step);
    return ids;
}

static size_t requests(struct remote *r)
{
    return api_server_count(r->server, "executions?");
}

/* ---- windows ---- */

static void scrolls_from_end_to_end(void **state)
{
    struct remote *r = *state;
    add_thousand(r);
    remote_open(r);
    assert_string_equal(remote_walk(r, "", (struct list_query){.sort = newest}, 50),
                        ids_from(r, RUNS - 1, RUNS, -1));
    assert_in_range(requests(r), 10, 12); /* each page once */
    assert_string_equal(remote_walk(r, "", (struct list_query){.sort = oldest}, 50), ids_from(r, 0, RUNS, 1));
    assert_in_range(requests(r), 10, 12); /* and never again */
}

static void the_first_page_is_one_request(void **state)
{
    struct remote *r = *state;
    add_thousand(r);
    remote_open(r);
    struct list_reply reply = remote_list(r, "", (struct list_query){.after = 40});
    assert_string_equal(remote_ids_of(r, &reply), ids_from(r, RUNS - 1, 40, -1));
    assert_true(reply.is_first && !reply.is_last && !reply.is_partial);
    assert_int_equal(reply.total.n, RUNS);
    assert_true(reply.rank.is_exact && reply.rank.n == 0);
    assert_int_equal(requests(r), 1);
}

static void a_window_around_a_key(void **state)
{
    struct remote *r = *state;
    add_thousand(r);
    remote_open(r);
    struct list_query query = {.anchor = ANCHOR_KEY, .before = 20, .after = 20, .key = key_of(500)};
    struct list_reply reply = remote_list(r, "", query);
    assert_string_equal(remote_ids_of(r, &reply), ids_from(r, 520, 40, -1));
    assert_true(reply.anchor_found);
    assert_int_equal(reply.anchor, 20);
    assert_false(reply.is_first || reply.is_last);
    assert_in_range(requests(r), 1, 4);
    query.sort = oldest;
    reply = remote_list(r, "", query);
    assert_string_equal(remote_ids_of(r, &reply), ids_from(r, 480, 40, 1));
    assert_true(reply.anchor_found);
}

static void the_last_rows_are_near(void **state)
{
    struct remote *r = *state;
    add_thousand(r);
    remote_open(r);
    struct list_query query = {.anchor = ANCHOR_LAST, .before = 29, .after = 1};
    struct list_reply reply = remote_list(r, "", query);
    assert_string_equal(remote_ids_of(r, &reply), ids_from(r, 29, 30, -1));
    assert_int_equal(reply.anchor, 29);
    assert_true(reply.is_last && !reply.is_first);
    assert_in_range(requests(r), 1, 3);
    query.sort = oldest;
    reply = remote_list(r, "", query);
    assert_string_equal(remote_ids_of(r, &reply), ids_from(r, RUNS - 30, 30, 1));
    assert_true(reply.is_last);
    assert_in_range(requests(r), 1, 5);
}

static void jumps_to_a_time(void **state)
{
    struct remote *r = *state;
    add_thousand(r);
    remote_open(r);
    struct list_query query = {.anchor = ANCHOR_TIME, .before = 10, .after = 10};
    query.key.created_at = T0 + 300 * 1000 + 400;
    struct list_reply reply = remote_list(r, "", query);
    assert_string_equal(remote_ids_of(r, &reply), ids_from(r, 310, 20, -1));
    assert_int_equal(reply.anchor, 10);
    assert_in_range(requests(r), 1, 4);
    query.sort = oldest;
    reply = remote_list(r, "", query);
    assert_string_equal(remote_ids_of(r, &reply), ids_from(r, 291, 20, 1));
}

/* From the newest rows to a failure 992 runs away, without the runs in between. */
static void a_failed_run_far_away_costs_little(void **state)
{
    struct remote *r = *state;
    add_thousand(r);
    remote_open(r);
    remote_list(r, "", (struct list_query){.after = 40});
    struct list_query query = {.anchor = ANCHOR_KEY, .find_failed = 1, .before = 5, .after = 5};
    query.key = key_of(RUNS - 1);
    struct list_reply reply = remote_list(r, "", query);
    assert_true(reply.anchor_found);
    assert_string_equal(remote_ids_of(r, &reply), ids_from(r, 12, 10, -1));
    assert_in_range(requests(r), 2, 6);
    query.key = key_of(7);
    reply = remote_list(r, "", query);
    assert_true(reply.anchor_found);
    assert_true(text_is(reply.rows[reply.anchor].id, "r0003"));
    query.key = key_of(3);
    reply = remote_list(r, "", query);
    assert_false(reply.anchor_found);
    assert_true(text_is(reply.rows[reply.anchor].id, "r0003"));
    query.find_failed = -1;
    reply = remote_list(r, "", query);
    assert_true(reply.anchor_found);
    assert_true(text_is(reply.rows[reply.anchor].id, "r0007"));
    assert_in_range(requests(r), 2, 8);
}

static void counts_what_is_new(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a", .created_at = 1000});
    history_run(r->history, (struct history_run){.id = "b", .created_at = 2000});
    history_run(r->history, (struct history_run){.id = "c", .created_at = 3000, .status = "failed"});
    history_run(r->history, (struct history_run){.id = "d", .created_at = 4000});
    remote_open(r);
    struct list_reply reply = remote_list(r, "", (struct list_query){.after = 1, .cutoff = 2000});
    assert_int_equal(reply.new_count, 2);
    assert_int_equal(reply.new_failed, 1);
}

/* ---- filters that the API lacks ---- */

struct search {
    const char *line;
    int first, step, count; /* the ids expected, newest first */
};

static const struct search searches[] = {
    {"duration:>1s", 990, -10, 100},
    {"duration:>1s before:2023-11-14T22:15:00", 90, -10, 10},
    {"code:n99 code:other", 995, -5, 2},
    {"-code:one", 995, -5, 200},
    {"id:r00", 99, -1, 100},
    {"tool:a.one,a.two -tool:a.two", 996, -8, 125},
};

static void filters_done_here_find_the_right_rows(void **state)
{
    struct remote *r = *state;
    add_thousand(r);
    for (int round = 0; round < 2; round++) {
        r->no_background = round;
        remote_open(r);
        for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
            const struct search *search = &searches[i];
            const char *got = remote_walk(r, search->line, (struct list_query){.wait_exact = round}, 60);
            assert_string_equal(got, ids_from(r, search->first, search->count, search->step));
        }
        remote_close(r);
    }
}

static void several_words_and_exclusions(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a", .code = "one two", .trigger = "cli"});
    history_run(r->history, (struct history_run){.id = "b", .code = "TWO three", .trigger = "mcp"});
    history_run(r->history, (struct history_run){.id = "c", .code = "three", .status = "failed"});
    history_call(r->history, "a", (struct history_call){.path = "x.y"});
    history_call(r->history, "b", (struct history_call){.path = "x.y"});
    history_call(r->history, "b", (struct history_call){.path = "z"});
    static const char *const lines[] = {"one two",
                                        "two -code:one",
                                        "-tool:x.*",
                                        "tool:x.* tool:z",
                                        "tool:x.* -tool:z",
                                        "-trigger:cli",
                                        "-trigger:unknown",
                                        "-status:completed",
                                        "-status:failed,running",
                                        "code:one,three",
                                        "-id:a",
                                        "id:a,c"};
    static const char *const expected[] = {"a",   "b", "c",   "b",     "a",   "c b",
                                           "b a", "c", "b a", "c b a", "c b", "c a"};
    remote_open(r);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct list_reply reply = remote_settled(r, lines[i], (struct list_query){.after = 9});
        if (strcmp(remote_ids_of(r, &reply), expected[i]) != 0)
            fail_msg("[%s] gives %s, not %s", lines[i], remote_ids_of(r, &reply), expected[i]);
        assert_true(reply.is_first && reply.is_last);
    }
}

/* A complement can be sent once it is known what there is: no row comes that is not wanted. */
static void exclusions_are_sent_as_complements(void **state)
{
    struct remote *r = *state;
    add_thousand(r);
    remote_open(r);
    remote_list(r, "", (struct list_query){.after = 40});
    struct list_reply reply = remote_settled(r, "-status:completed", (struct list_query){.after = 40});
    assert_string_equal(remote_ids_of(r, &reply), "r0007 r0003");
    assert_true(reply.total.is_exact && reply.total.n == 2);
    assert_in_range(requests(r), 2, 2);
}

static void a_search_says_how_far_it_reaches(void **state)
{
    struct remote *r = *state;
    add_thousand(r);
    api_server_set_delay(r->server, "cursor=", 100);
    remote_open(r);
    struct list_reply reply = remote_list(r, "id:r00", (struct list_query){.after = 40});
    assert_true(reply.is_partial && !reply.is_last);
    assert_in_range(reply.looked_at, 100, 900);
    assert_int_equal(reply.reach, T0 + (RUNS - reply.looked_at) * 1000);
    assert_true(reply.progress > 0 && reply.progress < 1);
    assert_false(reply.total.is_exact);
    remote_await(r, SOURCE_PROGRESS);
    int64_t before = reply.looked_at;
    reply = remote_list(r, "id:r00", (struct list_query){.after = 40});
    assert_true(!reply.is_partial || reply.looked_at > before);
    api_server_set_delay(r->server, "cursor=", 0);
    assert_string_equal(remote_walk(r, "id:r00", (struct list_query){0}, 50), ids_from(r, 99, 100, -1));
    reply = remote_list(r, "id:r00", (struct list_query){.after = 40});
    assert_true(reply.total.is_exact && reply.total.n == 100);
    assert_true(reply.is_first && !reply.is_last);
}

static void another_scope_has_no_rows(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a", .scope = "one-1"});
    history_run(r->history, (struct history_run){.id = "b", .scope = "two-2"});
    api_server_set_scope(r->server, "one-1");
    r->no_background = true;
    remote_open(r);
    struct list_query query = {.after = 9, .wait_exact = true};
    assert_string_equal(remote_ids(r, "", query), "a");
    query.scope = (char *)"one-1";
    assert_string_equal(remote_ids(r, "", query), "a");
    query.scope = (char *)"two-2";
    assert_string_equal(remote_ids(r, "", query), "");
}

/* Its own scope is no filter: the server counts, and nothing is looked through. */
static void the_scope_of_the_server_costs_nothing(void **state)
{
    struct remote *r = *state;
    add_thousand(r);
    for (int round = 0; round < 2; round++) {
        struct list_query query = {.after = 40, .wait_exact = round, .scope = (char *)"scope-1"};
        r->no_background = round;
        remote_open(r);
        struct list_reply reply = remote_list(r, "", query);
        assert_string_equal(remote_ids_of(r, &reply), ids_from(r, RUNS - 1, 40, -1));
        assert_true(reply.total.is_exact && reply.total.n == RUNS);
        assert_int_equal(requests(r), 1);
        query.scope = (char *)"another";
        assert_string_equal(remote_ids(r, "", query), "");
        assert_int_equal(requests(r), 1);
        remote_close(r);
        api_server_clear_log(r->server);
    }
}

/* ---- addresses ---- */

static void finds_the_api(void **state)
{
    struct remote *r = *state;
    static const struct {
        const char *base, *path;
    } places[] = {
        {"/api", ""},
        {"/api", "/"},
        {"/api", "/api"},
        {"/api", "/api/"},
        {"/api", "/runs"},
        {"", ""},
        {"/team/api", "/team"},
        {"/team/api", "/team/api"},
        {"/team/api", "/team/runs?status=failed"},
        {"/api", "/api/executions"},
    };
    history_run(r->history, (struct history_run){.id = "a", .status = "failed"});
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char address[160];
        snprintf(address, sizeof address, "%s%s", api_server_url(r->server), places[i].path);
        api_server_set_base(r->server, places[i].base);
        for (int round = 0; round < 2; round++) {
            r->no_background = round;
            remote_open_at(r, address);
            struct list_query query = {.after = 9, .wait_exact = round};
            if (strcmp(remote_ids(r, "", query), "a") != 0)
                fail_msg("%s is not found at %s", places[i].base, address);
            remote_close(r);
        }
    }
}

/* A link with a run in it: the drawer may ask before the list. */
static void finds_the_api_for_a_detail(void **state)
{
    struct remote *r = *state;
    struct detail_query query = {.id = (char *)"a"};
    struct detail_reply reply;
    struct err err;
    history_run(r->history, (struct history_run){.id = "a"});
    api_server_set_base(r->server, "");
    remote_open(r);
    assert_int_equal(conn_detail(r->conn, &query, NULL, &r->arena, &reply, &err), ERR_OK);
    assert_true(text_is(reply.detail.run.id, "a"));
}

static void connections_are_used_again(void **state)
{
    struct remote *r = *state;
    size_t total;
    add_thousand(r);
    r->no_background = true;
    remote_open(r);
    remote_walk(r, "", (struct list_query){.wait_exact = true}, 100);
    api_server_connections(r->server, NULL, &total);
    assert_int_equal(total, 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(scrolls_from_end_to_end),
        CASE(the_first_page_is_one_request),
        CASE(a_window_around_a_key),
        CASE(the_last_rows_are_near),
        CASE(jumps_to_a_time),
        CASE(a_failed_run_far_away_costs_little),
        CASE(counts_what_is_new),
        CASE(filters_done_here_find_the_right_rows),
        CASE(several_words_and_exclusions),
        CASE(exclusions_are_sent_as_complements),
        CASE(a_search_says_how_far_it_reaches),
        CASE(another_scope_has_no_rows),
        CASE(the_scope_of_the_server_costs_nothing),
        CASE(finds_the_api),
        CASE(finds_the_api_for_a_detail),
        CASE(connections_are_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
