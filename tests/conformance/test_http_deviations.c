/*
 * What a person gets in place of each known deviation of the real server (executions-api.md, "How the real server behaves").
 */
#include "tests/support/plain_http.h"
#include "tests/support/remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T0 INT64_C(1700000000000)

static const struct sort newest = {SORT_CREATED, false}, oldest = {SORT_CREATED, true},
                         longest = {SORT_DURATION, false}, shortest = {SORT_DURATION, true};

static int set_up(void **state)
{
    struct remote *r = remote_new();
    api_server_set_real(r->server, true);
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    remote_free(*state);
    return 0;
}

/* The n-th of `count` numbers in an order that is neither up nor down. */
static int shuffled(int n, int count)
{
    return (n * 89 + 41) % count;
}

/* Ids r000 … by number; `at` tells when the n-th was created. In an order of their own. */
static void add_runs(struct remote *r, int count, int64_t (*at)(int n))
{
    history_begin(r->history);
    for (int i = 0; i < count; i++) {
        char id[16];
        int n = shuffled(i, count);
        snprintf(id, sizeof id, "r%03d", n);
        history_run(r->history, (struct history_run){.id = id, .created_at = at(n)});
    }
    history_commit(r->history);
}

/* r249 … r000, or the other way. */
static const char *all_ids(struct remote *r, int count, bool is_up)
{
    enum { ONE_MAX = 16 };
    char *ids = arena_alloc(&r->arena, (size_t)count * 5 + ONE_MAX);
    for (int i = 0; i < count; i++)
        snprintf(ids + strlen(ids), ONE_MAX, "%sr%03d", i ? " " : "", is_up ? i : count - 1 - i);
    return ids;
}

static void expect_walks(struct remote *r, int count)
{
    static const size_t steps[] = {40, 100, 1000};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        assert_string_equal(remote_walk(r, "", (struct list_query){.sort = newest}, steps[i]),
                            all_ids(r, count, false));
        assert_string_equal(remote_walk(r, "", (struct list_query){.sort = oldest}, steps[i]),
                            all_ids(r, count, true));
    }
}

/* By the screen and by a script, each from nothing, in both directions first. */
static void expect_all_there(struct remote *r, int count)
{
    for (int round = 0; round < 4; round++) {
        struct list_query first = {.sort = round % 2 ? oldest : newest, .wait_exact = round >= 2};
        r->no_background = round >= 2;
        remote_open(r);
        assert_string_equal(remote_walk(r, "", first, 70), all_ids(r, count, round % 2));
        expect_walks(r, count);
        remote_close(r);
    }
}

/* ---- order and pages ---- */

static int64_t one_moment(int n)
{
    (void)n;
    return T0;
}

/* Each id smaller than the one before. */
static size_t count_falling(const char *ids)
{
    size_t count = 0;
    for (const char *id = ids; *id; id += strcspn(id, " "), id += *id == ' ', count++)
        if (count && strncmp(id - 5, id, 4) <= 0)
            fail_msg("out of order: %.4s %.4s", id - 5, id);
    return count;
}

/* More than a page of one millisecond: the real server has no way to ask for all of those. None comes twice, the order holds, and how many there are is
 * told all the same; by contract none is missing. */
static void many_runs_of_one_millisecond(void **state)
{
    struct remote *r = *state;
    add_runs(r, 250, one_moment);
    for (int round = 0; round < 2; round++) {
        r->no_background = round;
        remote_open(r);
        struct list_query query = {.after = 40, .wait_exact = round};
        assert_in_range(count_falling(remote_walk(r, "", query, 40)), 100, 250);
        assert_int_equal(remote_list(r, "", query).total.n, 250);
        remote_close(r);
    }
    api_server_set_real(r->server, false);
    expect_all_there(r, 250);
}

static int64_t three_moments(int n)
{
    return T0 + n / 90;
}

static void tied_runs_over_the_edges_of_pages(void **state)
{
    struct remote *r = *state;
    add_runs(r, 270, three_moments);
    expect_all_there(r, 270);
}

static int64_t every_second(int n)
{
    return T0 + n * 1000;
}

static void ascending_order_with_a_broken_cursor(void **state)
{
    struct remote *r = *state;
    add_runs(r, 250, every_second);
    expect_all_there(r, 250);
}

static void tied_runs_around_a_key(void **state)
{
    struct remote *r = *state;
    add_runs(r, 270, three_moments);
    remote_open(r);
    struct list_query query = {.anchor = ANCHOR_KEY, .before = 3, .after = 3};
    query.key = (struct row_key){.created_at = T0 + 1, .id = "r135"};
    struct list_reply reply = remote_settled(r, "", query);
    assert_string_equal(remote_ids_of(r, &reply), "r138 r137 r136 r135 r134 r133");
    assert_true(reply.anchor_found);
    query.sort = oldest;
    assert_string_equal(remote_ids(r, "", query), "r132 r133 r134 r135 r136 r137");
}

/* A question may want more rows than the server gives at once. */
static void more_rows_than_a_page(void **state)
{
    struct remote *r = *state;
    add_runs(r, 250, every_second);
    r->no_background = true;
    remote_open(r);
    struct list_reply reply = remote_list(r, "", (struct list_query){.after = 240, .wait_exact = true});
    assert_int_equal(reply.count, 240);
    assert_false(reply.is_last);
    assert_true(reply.total.is_exact && reply.total.n == 250);
}

/* The server's own order goes by the time of the end, and stops after a hundred. */
static void duration_order_beyond_a_hundred(void **state)
{
    struct remote *r = *state;
    history_begin(r->history);
    for (int i = 0; i < 250; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%03d", shuffled(i, 250));
        history_run(r->history, (struct history_run){.id = id,
                                                     .created_at = T0 + i * 1000,
                                                     .duration = 1 + 10 * shuffled(i, 250)});
    }
    history_commit(r->history);
    for (int round = 0; round < 2; round++) {
        r->no_background = round;
        remote_open(r);
        struct list_query query = {.sort = longest, .wait_exact = round};
        assert_string_equal(remote_walk(r, "", query, 60), all_ids(r, 250, false));
        query.sort = shortest;
        assert_string_equal(remote_walk(r, "", query, 60), all_ids(r, 250, true));
        remote_close(r);
    }
}

/* While the rows are still coming: the order of those that are there, and a word on how far that reaches. */
static void duration_order_says_how_far_it_reaches(void **state)
{
    struct remote *r = *state;
    add_runs(r, 250, every_second);
    api_server_set_delay(r->server, "limit=", 200);
    remote_open(r);
    struct list_reply reply = remote_list(r, "", (struct list_query){.sort = longest, .after = 10});
    assert_true(reply.is_partial);
    assert_false(reply.is_last);
    assert_in_range(reply.looked_at, 90, 249);
    assert_true(reply.reach > T0 && reply.reach < T0 + 249 * 1000);
    assert_int_equal(reply.total.n, 250);
    remote_await(r, SOURCE_PROGRESS);
}

/* Another server's cursors need not be of our making: one that takes ours for garbage gives its first page again. */
static void a_cursor_that_is_not_understood(void **state)
{
    struct remote *r = *state;
    struct plain_answer first;
    add_runs(r, 250, every_second);
    plain_get(api_server_port(r->server), "/api/executions?limit=100", NULL, &first);
    assert_true(first.is_whole);
    api_server_fault(r->server, &(struct api_fault){.match = "cursor=",
                                                    .kind = API_FAULT_ANSWER,
                                                    .content_type = "application/json",
                                                    .body = first.body,
                                                    .body_len = first.body_len});
    plain_release(&first);
    expect_all_there(r, 250);
}

/* ---- what a question means ---- */

static void an_unknown_id_is_not_found(void **state)
{
    struct remote *r = *state;
    struct detail_query query = {.id = (char *)"00000000-0000-4000-8000-000000000000"};
    struct detail_reply reply;
    struct err err;
    history_run(r->history, (struct history_run){.id = "a"});
    for (int round = 0; round < 4; round++) {
        api_server_set_real(r->server, round % 2);
        r->no_background = round / 2;
        remote_open(r);
        assert_int_equal(conn_detail(r->conn, &query, NULL, &r->arena, &reply, &err), ERR_NOT_FOUND);
        assert_non_null(strstr(err.what, query.id));
        query.is_prefix = !query.is_prefix;
        struct source_status status;
        source_status(r->source, &status);
        assert_true(status.is_readable);
        remote_close(r);
    }
}

static void git_star_is_exact(void **state)
{
    struct remote *r = *state;
    static const char *const lines[] = {"tool:git.*", "tool:git", "tool:github", "tool:github.*"};
    static const char *const expected[] = {"c", "c", "b", "b a"};
    struct filter filter;
    history_run(r->history, (struct history_run){.id = "a"});
    history_call(r->history, "a", (struct history_call){.path = "github.issues.list"});
    history_run(r->history, (struct history_run){.id = "b"});
    history_call(r->history, "b", (struct history_call){.path = "github"});
    history_run(r->history, (struct history_run){.id = "c"});
    history_call(r->history, "c", (struct history_call){.path = "git"});
    remote_open(r);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_string_equal(remote_ids(r, lines[i], (struct list_query){.after = 9}), expected[i]);
    static const char *const stars[] = {"git*", "*"}; /* not to be typed, but a link may have them */
    for (size_t i = 0; i < sizeof stars / sizeof *stars; i++) {
        struct list_query query = {.now = 1, .after = 9, .cutoff = TIME_NONE};
        struct list_reply reply;
        struct err err;
        filter_init(&filter);
        filter_toggle(&filter, FILTER_TOOL, text_of(stars[i]));
        query.filter = filter;
        assert_int_equal(conn_list(r->conn, &query, NULL, &r->arena, &reply, &err), ERR_OK);
        assert_int_equal(reply.count, 0);
        filter_release(&filter);
    }
}

/* The server would drop them, and so the filter. */
static void unknown_status_words_match_nothing(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a"});
    history_run(r->history, (struct history_run){.id = "b", .status = "failed"});
    remote_open(r);
    struct list_query query = {.after = 9};
    struct list_reply reply = remote_settled(r, "status:bogus", query);
    assert_int_equal(reply.count, 0);
    assert_true(reply.is_first && reply.is_last);
    reply = remote_settled(r, "status:bogus,failed", query);
    assert_string_equal(remote_ids_of(r, &reply), "b");
    reply = remote_settled(r, "-status:bogus", query);
    assert_string_equal(remote_ids_of(r, &reply), "b a");
    reply = remote_settled(r, "status:FAILED", query);
    assert_string_equal(remote_ids_of(r, &reply), "b");
}

static void no_rows_between_times_in_the_wrong_order(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a", .created_at = T0 + 2000});
    remote_open(r);
    assert_string_equal(
        remote_ids(r, "after:1700000003000 before:1700000001000", (struct list_query){.after = 9}), "");
    assert_string_equal(
        remote_ids(r, "after:1700000002000 before:1700000002000", (struct list_query){.after = 9}), "");
    assert_string_equal(
        remote_ids(r, "after:1700000002000 before:1700000002001", (struct list_query){.after = 9}), "a");
}

/* ---- counts ---- */

static int64_t count_of(const struct facet *facet, const char *word)
{
    for (size_t i = 0; i < facet->count; i++)
        if (text_eq(facet->values[i].word, text_of(word)))
            return facet->values[i].count;
    return 0;
}

static struct meta meta_of(struct remote *r, const char *line, bool wait_exact)
{
    struct meta_query query = {.now = T0, .max_buckets = 10, .wait_exact = wait_exact};
    struct meta meta;
    struct err err;
    query.filter = remote_filter(line);
    if (conn_meta(r->conn, &query, NULL, &r->arena, &meta, &err) != ERR_OK)
        fail_msg("%s (%s)", err.what, err.hint);
    filter_release(&query.filter);
    return meta;
}

static void add_countable_runs(struct remote *r)
{
    static const char *const statuses[] = {"completed", "failed",    "completed",
                                           "running",   "completed", "failed"};
    static const char *const triggers[] = {"cli", "mcp", NULL};
    for (int i = 0; i < 6; i++) {
        const char *id = history_run(
            r->history,
            (struct history_run){.created_at = T0 + i, .status = statuses[i], .trigger = triggers[i % 3]});
        history_call(r->history, id, (struct history_call){.path = i % 2 ? "odd.tool" : "even.tool"});
        if (!i)
            history_question(r->history, id, (struct history_question){.status = "resolved"});
    }
}

static void expect_own_counts(const struct meta *meta)
{
    assert_true(meta->total.is_exact && meta->total.n == 6);
    assert_true(meta->filtered.is_exact && meta->filtered.n == 1);
    assert_true(meta->status.is_counted && !meta->status.is_narrowed);
    assert_int_equal(count_of(&meta->status, "failed"), 1);
    assert_int_equal(count_of(&meta->status, "completed"), 1);
    assert_true(meta->trigger.is_counted && !meta->trigger.is_narrowed);
    assert_int_equal(count_of(&meta->trigger, "mcp"), 1);
    assert_int_equal(count_of(&meta->trigger, NULL), 1);
    assert_true(meta->tools.is_counted && !meta->tools.is_narrowed);
    assert_int_equal(count_of(&meta->tools, "odd.tool"), 1);
}

/* The server counts a facet under its own filter too. */
static void facets_without_their_own_filter(void **state)
{
    struct remote *r = *state;
    add_countable_runs(r);
    r->no_background = true;
    remote_open(r);
    struct meta meta = meta_of(r, "status:failed trigger:mcp", true);
    expect_own_counts(&meta);
}

static bool has_own_counts(struct remote *r)
{
    struct meta meta = meta_of(r, "status:failed", false);
    if (!meta.status.is_counted || meta.status.is_narrowed)
        return false;
    assert_int_equal(count_of(&meta.status, "completed"), 3);
    assert_int_equal(count_of(&meta.status, "failed"), 2);
    return true;
}

/* On the screen the filtered counts come first, marked as such, and the others behind them. */
static void filtered_counts_are_marked_until_the_others_come(void **state)
{
    struct remote *r = *state;
    add_countable_runs(r);
    remote_open(r);
    struct meta meta = meta_of(r, "status:failed", false);
    assert_true(meta.filtered.is_exact && meta.filtered.n == 2);
    assert_false(meta.status.is_counted);
    assert_true(meta.status.is_narrowed);
    assert_int_equal(count_of(&meta.status, "failed"), 2);
    assert_true(meta.trigger.is_counted && !meta.trigger.is_narrowed);
    remote_until_true(r, has_own_counts, "the statuses are counted without the filter of their own");
}

/* The server's buckets are as wide as it likes; the timeline's are not. */
static void the_timeline_has_its_own_buckets(void **state)
{
    struct remote *r = *state;
    history_begin(r->history);
    for (int i = 0; i < 24; i++)
        history_run(r->history, (struct history_run){.created_at = T0 + i * INT64_C(3600000)});
    history_commit(r->history);
    remote_open(r);
    struct meta_query query = {.now = T0, .max_buckets = 8, .wait_exact = true};
    struct meta meta;
    struct err err;
    assert_int_equal(conn_meta(r->conn, &query, NULL, &r->arena, &meta, &err), ERR_OK);
    assert_in_range(meta.histogram.count, 2, 8);
    int64_t sum = 0;
    for (size_t i = 0; i < meta.histogram.count; i++)
        sum += bucket_total(&meta.histogram.buckets[i]);
    assert_int_equal(sum, 24);
}

/* ---- runs ---- */

/* Every answer with it in it is a 500: that is said, and what does not meet it works. */
static void a_status_outside_the_six(void **state)
{
    struct remote *r = *state;
    struct list_reply reply;
    struct err err;
    history_run(r->history, (struct history_run){.id = "a", .status = "failed"});
    history_run(r->history, (struct history_run){.id = "b", .status = "paused"});
    for (int round = 0; round < 2; round++) {
        r->no_background = round;
        remote_open(r);
        struct list_query query = {.after = 9, .wait_exact = round};
        assert_int_equal(remote_try(r, "", query, &reply, &err), ERR_IO);
        assert_non_null(strstr(err.what, "InternalError"));
        assert_non_null(strstr(err.what, "500"));
        assert_true(err.hint[0]);
        assert_string_equal(remote_ids(r, "status:failed", query), "a");
        remote_close(r);
    }
}

static struct detail_reply detail_of(struct remote *r, const char *id)
{
    struct detail_query query = {.id = (char *)id};
    struct detail_reply reply;
    struct err err;
    if (conn_detail(r->conn, &query, NULL, &r->arena, &reply, &err) != ERR_OK)
        fail_msg("%s (%s)", err.what, err.hint);
    return reply;
}

static void no_tool_call_count_and_no_logs_while_it_runs(void **state)
{
    struct remote *r = *state;
    history_run(r->history,
                (struct history_run){
                    .id = "a", .status = "running", .tool_call_count = 2, .logs = "[\"[error] x\"]"});
    history_call(r->history, "a", (struct history_call){.path = "one", .started_at = 2});
    history_call(r->history, "a", (struct history_call){.path = "two", .started_at = 1, .status = "running"});
    history_run(r->history, (struct history_run){.id = "b", .logs = "[]"});
    remote_open(r);
    struct detail_reply detail = detail_of(r, "a");
    assert_int_equal(detail.call_count, 2);
    assert_true(text_is(detail.calls[0].tool_path, "two"));
    assert_int_equal(detail.calls[0].duration_ms, DURATION_NONE);
    assert_true(text_is_null(detail.detail.run.logs_json));
    struct list_reply reply = remote_list(r, "", (struct list_query){.after = 9});
    assert_string_equal(remote_ids_of(r, &reply), "b a");
    assert_int_equal(reply.rows[1].log_errors, -1);
    assert_int_equal(reply.rows[0].log_errors, -1);
    assert_true(reply.rows[1].tool_call_count == 0 || reply.rows[1].tool_call_count == 2);
    assert_string_equal(remote_ids(r, "tool:one", (struct list_query){.after = 9}), "a");
}

static void running_with_an_open_question(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a", .status = "running"});
    history_question(r->history, "a",
                     (struct history_question){.id = "q", .payload = "{\"message\":\"Sure?\"}"});
    r->no_background = true;
    remote_open(r);
    struct list_query query = {.after = 9, .want_full = true, .wait_exact = true};
    struct list_reply reply = remote_list(r, "", query);
    assert_int_equal(reply.count, 1);
    assert_true(text_is(reply.rows[0].status, "running"));
    assert_int_equal(reply.full[0].pending, 0);
    assert_true(text_is(reply.full[0].interactions[0].payload_json, "{\"message\":\"Sure?\"}"));
    struct detail_reply detail = detail_of(r, "a");
    assert_int_equal(detail.detail.pending, 0);
    assert_true(text_is(detail.detail.run.status, "running"));
    assert_string_equal(remote_ids(r, "elicitation:true", query), "a");
    assert_string_equal(remote_ids(r, "status:waiting", query), "");
}

static void the_newest_of_several_open_questions(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a", .status = "waiting_for_interaction"});
    history_question(r->history, "a", (struct history_question){.id = "q1", .created_at = 10});
    history_question(r->history, "a", (struct history_question){.id = "q3", .created_at = 30});
    history_question(r->history, "a", (struct history_question){.id = "q2", .created_at = 20});
    history_question(r->history, "a",
                     (struct history_question){.id = "q4", .created_at = 40, .status = "resolved"});
    remote_open(r);
    struct detail_reply detail = detail_of(r, "a");
    assert_int_equal(detail.detail.interaction_count, 1);
    assert_int_equal(detail.detail.pending, 0);
    assert_true(text_is(detail.detail.interactions[0].id, "q3"));
}

/* ---- the way there ---- */

/* It answers to localhost alone: under another name, here one that curl itself takes for this machine, it forbids everything. */
static void another_name_than_localhost(void **state)
{
    struct remote *r = *state;
    char address[128], port[16];
    struct list_reply reply;
    struct err err;
    history_run(r->history, (struct history_run){.id = "a"});
    snprintf(port, sizeof port, "%d", api_server_port(r->server));
    snprintf(address, sizeof address, "http://runs.localhost:%s", port);
    remote_open_at(r, address);
    assert_int_equal(remote_try(r, "", (struct list_query){.after = 9}, &reply, &err), ERR_DENIED);
    assert_non_null(strstr(err.what, "403"));
    assert_non_null(strstr(err.what, "only answers to localhost"));
    assert_non_null(strstr(err.hint, "ssh -L"));
    assert_non_null(strstr(err.hint, port));
    remote_close(r);
    snprintf(address, sizeof address, "http://localhost:%s", port);
    remote_open_at(r, address);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "a");
}

/* One request at a time: a question that was given up still blocks the server, and must not cost more than that. */
static void one_request_at_a_time(void **state)
{
    struct remote *r = *state;
    add_runs(r, 250, every_second);
    api_server_set_serial(r->server, true);
    api_server_set_delay(r->server, "", 5);
    remote_open(r);
    assert_string_equal(remote_walk(r, "", (struct list_query){.sort = newest}, 70), all_ids(r, 250, false));
    assert_int_equal(detail_of(r, "r007").detail.run.created_at, T0 + 7000);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(many_runs_of_one_millisecond),
        CASE(tied_runs_over_the_edges_of_pages),
        CASE(ascending_order_with_a_broken_cursor),
        CASE(tied_runs_around_a_key),
        CASE(more_rows_than_a_page),
        CASE(duration_order_beyond_a_hundred),
        CASE(duration_order_says_how_far_it_reaches),
        CASE(a_cursor_that_is_not_understood),
        CASE(an_unknown_id_is_not_found),
        CASE(git_star_is_exact),
        CASE(unknown_status_words_match_nothing),
        CASE(no_rows_between_times_in_the_wrong_order),
        CASE(facets_without_their_own_filter),
        CASE(filtered_counts_are_marked_until_the_others_come),
        CASE(the_timeline_has_its_own_buckets),
        CASE(a_status_outside_the_six),
        CASE(no_tool_call_count_and_no_logs_while_it_runs),
        CASE(running_with_an_open_question),
        CASE(the_newest_of_several_open_questions),
        CASE(another_name_than_localhost),
        CASE(one_request_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
