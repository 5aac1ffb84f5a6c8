/*
 * The remote source as the screen and the scripts use it: windows, searches, details, and what is asked of the server for them.
 */
#include "data/wire.h"
#include "data/worker.h"
#include "tests/support/plain_http.h"
#include "tests/support/remote.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define T0 INT64_C(1700000000000)

enum { RUNS = 1000, LONG_MS = 600 * 1000 };

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

/* ---- details ---- */

static struct detail_reply detail_of(struct remote *r, const char *id, bool is_prefix)
{
    struct detail_query query = {.id = (char *)id, .is_prefix = is_prefix};
    struct detail_reply reply;
    struct err err;
    if (conn_detail(r->conn, &query, NULL, &r->arena, &reply, &err) != ERR_OK)
        fail_msg("%s (%s)", err.what, err.hint);
    return reply;
}

static void a_detail_with_its_calls(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a",
                                                 .status = "failed",
                                                 .code = "throw new Error('x')",
                                                 .result = "null",
                                                 .error = "x",
                                                 .logs = "[\"[error] x\"]",
                                                 .trigger = "mcp",
                                                 .trigger_meta = "{\"k\":1}",
                                                 .duration = 70,
                                                 .tool_call_count = 2});
    history_call(r->history, "a",
                 (struct history_call){.id = "c2", .path = "b.c", .started_at = 20, .duration = 5});
    history_call(
        r->history, "a",
        (struct history_call){
            .id = "c1", .path = "b.a", .started_at = 10, .status = "failed", .error = "no", .args = "{}"});
    remote_open(r);
    struct detail_reply reply = detail_of(r, "a", false);
    assert_true(text_is(reply.detail.run.error_text, "x"));
    assert_true(text_is(reply.detail.run.result_json, "null"));
    assert_true(text_is(reply.detail.run.trigger_meta_json, "{\"k\":1}"));
    assert_int_equal(run_duration(&reply.detail.run), 70);
    assert_int_equal(reply.detail.pending, -1);
    assert_int_equal(reply.call_count, 2);
    assert_true(text_is(reply.calls[0].id, "c1"));
    assert_true(text_is(reply.calls[0].error_text, "no"));
    assert_int_equal(reply.calls[1].duration_ms, 5);
}

static void a_shortened_id(void **state)
{
    struct remote *r = *state;
    struct detail_reply reply;
    struct err err;
    add_thousand(r);
    history_run(r->history, (struct history_run){.id = "unique-id", .created_at = T0 - 5});
    for (int round = 0; round < 2; round++) {
        r->no_background = round;
        remote_open(r);
        assert_true(text_is(detail_of(r, "uni", true).detail.run.id, "unique-id"));
        assert_true(text_is(detail_of(r, "r0777", true).detail.run.id, "r0777"));
        struct detail_query query = {.id = (char *)"r077", .is_prefix = true};
        assert_int_equal(conn_detail(r->conn, &query, NULL, &r->arena, &reply, &err), ERR_USAGE);
        assert_non_null(strstr(err.what, "r077"));
        assert_non_null(strstr(err.hint, "r0779"));
        query.id = (char *)"nothing";
        if (conn_detail(r->conn, &query, NULL, &r->arena, &reply, &err) == ERR_OK)
            fail_msg("%s", reply.detail.run.id.s);
        query = (struct detail_query){.id = (char *)"uni"};
        assert_int_equal(conn_detail(r->conn, &query, NULL, &r->arena, &reply, &err), ERR_NOT_FOUND);
        remote_close(r);
    }
}

/* Ids are any text: what would be a path, a query or an escape is neither. */
static void odd_ids_are_escaped(void **state)
{
    struct remote *r = *state;
    static const char *const ids[] = {"a/b", "a?b=c", "100%", "a b", "grün", "..", "a#b"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        history_run(r->history, (struct history_run){.id = ids[i]});
    remote_open(r);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (strcmp(ids[i], "..") != 0)
            assert_true(text_is(detail_of(r, ids[i], false).detail.run.id, ids[i]));
    }
}

static void peers_among_the_rows_that_are_held(void **state)
{
    struct remote *r = *state;
    struct peers_query query = {
        .id = (char *)"p3", .code = (char *)"same", .code_len = 4, .duration_ms = 300};
    struct peers_reply reply;
    struct err err;
    for (int i = 0; i < 10; i++) {
        char id[16];
        snprintf(id, sizeof id, "p%d", i);
        history_run(r->history, (struct history_run){.id = id, .code = "same", .duration = i * 100});
    }
    history_run(r->history, (struct history_run){.code = "other", .duration = 1});
    history_run(r->history, (struct history_run){.code = "same", .status = "running"});
    remote_open(r);
    remote_list(r, "", (struct list_query){.after = 40});
    size_t before = requests(r);
    assert_int_equal(conn_peers(r->conn, &query, NULL, &r->arena, &reply, &err), ERR_OK);
    assert_int_equal(reply.count, 10);
    assert_int_equal(reply.faster, 3);
    assert_in_range(reply.p50_ms, 400, 500);
    assert_in_range(reply.p95_ms, 800, 900);
    assert_int_equal(requests(r), before);
}

/* ---- what must not get out, what must not go there ---- */

#define PRIVATE "private-8f3a"

static bool has_text(struct text text)
{
    return text.n && memmem(text.s, text.n, PRIVATE, strlen(PRIVATE));
}

static void expect_no_private(const struct run_detail *detail)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    wire_detail(detail, &out);
    assert_false(has_text(buf_as_text(&out)));
    assert_non_null(strstr(buf_cstr(&out), "\"hasPrivateResponse\":true"));
    buf_release(&out);
    assert_int_equal(detail->interaction_count, 1);
    const struct interaction *one = &detail->interactions[0];
    assert_true(one->has_private_response);
    assert_false(has_text(one->response_json) || has_text(one->payload_json) || has_text(one->purpose));
}

static void the_private_answer_stays_out(void **state)
{
    struct remote *r = *state;
    struct plain_answer plain;
    history_run(r->history, (struct history_run){.id = "a", .status = "waiting_for_interaction"});
    history_question(
        r->history, "a",
        (struct history_question){.response = "{}", .response_private = "{\"password\":\"" PRIVATE "\"}"});
    plain_get(api_server_port(r->server), "/api/executions/a", NULL, &plain);
    assert_non_null(strstr(plain.body, PRIVATE)); /* the server sends it */
    plain_release(&plain);
    r->no_background = true;
    remote_open(r);
    struct list_query query = {.after = 9, .want_full = true, .wait_exact = true};
    struct list_reply list = remote_list(r, "", query);
    expect_no_private(&list.full[0]);
    struct detail_reply detail = detail_of(r, "a", false);
    expect_no_private(&detail.detail);
}

#define TOKEN "token-5b1e"

static const char *write_secret(struct remote *r, const char *name, const char *content)
{
    const char *path = arena_printf(&r->arena, "%s/%s", history_dir(r->history), name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
    return path;
}

static void a_token_goes_to_its_server_alone(void **state)
{
    struct remote *r = *state;
    struct api_server *other = api_server_start(history_path(r->history));
    size_t count;
    history_run(r->history, (struct history_run){.id = "a"});
    r->settings.token_file = write_secret(r, "token", TOKEN "\n");
    api_server_require_bearer(r->server, TOKEN);
    remote_open(r);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "a");
    detail_of(r, "a", false);
    const struct api_request *log = api_server_requests(r->server, &count);
    assert_true(count >= 3);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(log[i].authorization, "Bearer " TOKEN);
    char location[200];
    snprintf(location, sizeof location, "Location: %s/api/executions?limit=1\r\n", api_server_url(other));
    api_server_fault(r->server,
                     &(struct api_fault){.match = "status=failed", .status = 302, .headers = location});
    struct list_reply reply;
    struct err err;
    assert_int_equal(remote_try(r, "status:failed", (struct list_query){.after = 9}, &reply, &err), ERR_OK);
    log = api_server_requests(other, &count);
    assert_true(count >= 1);
    for (size_t i = 0; i < count; i++)
        assert_null(log[i].authorization);
    remote_close(r);
    api_server_stop(other);
}

static void a_wrong_token_is_not_repeated_in_the_error(void **state)
{
    struct remote *r = *state;
    struct list_reply reply;
    struct err err;
    r->settings.token_file = write_secret(r, "token", TOKEN);
    api_server_require_bearer(r->server, "another");
    remote_open(r);
    assert_int_equal(remote_try(r, "", (struct list_query){.after = 9}, &reply, &err), ERR_DENIED);
    assert_null(strstr(err.what, TOKEN));
    assert_null(strstr(err.hint, TOKEN));
    assert_non_null(strstr(err.what, "401"));
    assert_non_null(strstr(err.what, "token"));
}

static void basic_and_cookie(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a"});
    r->settings.user_file = write_secret(r, "user", "me:" TOKEN "\n");
    api_server_require_basic(r->server, "me", TOKEN);
    remote_open(r);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "a");
    remote_close(r);
    r->settings.user_file = NULL;
    r->settings.cookie_file = write_secret(r, "cookie", "session=" TOKEN "\n");
    api_server_require_cookie(r->server, "session=" TOKEN);
    remote_open(r);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "a");
}

/* ---- the worker: what is slow holds up nothing ---- */

struct bench {
    struct remote *r;
    struct worker *worker;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    int wakes;
};

static void wake(void *context)
{
    struct bench *bench = context;
    pthread_mutex_lock(&bench->lock);
    bench->wakes++;
    pthread_cond_signal(&bench->woken);
    pthread_mutex_unlock(&bench->lock);
}

static void bench_start(struct bench *bench, struct remote *r)
{
    *bench = (struct bench){.r = r};
    pthread_mutex_init(&bench->lock, NULL);
    pthread_cond_init(&bench->woken, NULL);
    bench->worker = worker_new(r->source, wake, bench);
}

static void bench_stop(struct bench *bench)
{
    worker_free(bench->worker);
    pthread_mutex_destroy(&bench->lock);
    pthread_cond_destroy(&bench->woken);
}

static struct response *take(struct bench *bench)
{
    struct timespec until;
    struct response *response;
    int late = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += REMOTE_PATIENCE_MS / 1000;
    pthread_mutex_lock(&bench->lock);
    while (!(response = worker_take(bench->worker)) && !late)
        late = pthread_cond_timedwait(&bench->woken, &bench->lock, &until);
    pthread_mutex_unlock(&bench->lock);
    assert_non_null(response);
    return response;
}

static void expect_answer(struct bench *bench, uint64_t generation, enum err_code code)
{
    struct response *response = take(bench);
    if (response->generation != generation || response->code != code)
        fail_msg("answer %d: %s %s", (int)response->generation, err_name(response->code),
                 response->code ? response->err.what : "");
    response_free(response);
}

static void ask_list(struct bench *bench, uint64_t generation, const char *line)
{
    struct request *request = request_new(LANE_LIST, generation);
    request->list = (struct list_query){.now = 1, .after = 40, .cutoff = TIME_NONE};
    request->list.filter = remote_filter(line);
    worker_submit(bench->worker, request);
}

static void ask_detail(struct bench *bench, uint64_t generation, const char *id)
{
    struct request *request = request_new(LANE_DETAIL, generation);
    size_t n = strlen(id) + 1;
    request->detail.id = memcpy(malloc(n), id, n);
    worker_submit(bench->worker, request);
}

/* The server would answer in ten minutes: what ends before that was cancelled. */
static void a_superseded_question_ends_at_once(void **state)
{
    struct remote *r = *state;
    struct bench bench;
    history_run(r->history, (struct history_run){.id = "a", .status = "failed"});
    api_server_set_delay(r->server, "limit=", LONG_MS);
    remote_open(r);
    bench_start(&bench, r);
    ask_list(&bench, 1, "");
    assert_true(api_server_wait(r->server, "limit=", 1, REMOTE_PATIENCE_MS));
    api_server_set_delay(r->server, "limit=", 0);
    ask_list(&bench, 2, "status:failed");
    expect_answer(&bench, 1, ERR_CANCELLED);
    expect_answer(&bench, 2, ERR_OK);
    bench_stop(&bench);
}

static void a_slow_list_holds_up_no_detail(void **state)
{
    struct remote *r = *state;
    struct bench bench;
    history_run(r->history, (struct history_run){.id = "a", .status = "failed"});
    remote_open(r);
    bench_start(&bench, r);
    ask_list(&bench, 1, "");
    expect_answer(&bench, 1, ERR_OK);
    api_server_set_delay(r->server, "status=failed", LONG_MS);
    ask_list(&bench, 2, "status:failed");
    assert_true(api_server_wait(r->server, "status=failed", 1, REMOTE_PATIENCE_MS));
    ask_detail(&bench, 3, "a");
    expect_answer(&bench, 3, ERR_OK);
    bench_stop(&bench); /* and leaving does not wait for the list */
}

static void ask_meta(struct bench *bench, uint64_t generation, const char *line)
{
    struct request *request = request_new(LANE_META, generation);
    request->meta = (struct meta_query){.now = 1, .max_buckets = 20};
    request->meta.filter = remote_filter(line);
    worker_submit(bench->worker, request);
}

static bool is_status_counted(struct remote *r)
{
    struct meta_query query = {.now = 1, .max_buckets = 20};
    struct meta meta;
    struct err err;
    query.filter = remote_filter("status:failed");
    assert_int_equal(conn_meta(r->conn, &query, NULL, &r->arena, &meta, &err), ERR_OK);
    filter_release(&query.filter);
    return meta.status.is_counted && !meta.status.is_narrowed;
}

/* The list and its counts are one request, and what the facets need besides waits until that is answered. */
static void counts_come_behind_the_list(void **state)
{
    enum { DELAY_MS = 120 };
    struct remote *r = *state;
    struct bench bench;
    size_t count, lists = 0;
    add_thousand(r);
    api_server_set_delay(r->server, "limit=100", DELAY_MS);
    remote_open(r);
    bench_start(&bench, r);
    ask_list(&bench, 1, "status:failed");
    assert_true(api_server_wait(r->server, "limit=100", 1, REMOTE_PATIENCE_MS));
    ask_meta(&bench, 2, "status:failed");
    for (int i = 0; i < 2; i++) {
        struct response *response = take(&bench);
        assert_int_equal(response->code, ERR_OK);
        response_free(response);
    }
    remote_until_true(r, is_status_counted, "the statuses are counted");
    bench_stop(&bench);
    const struct api_request *log = api_server_requests(r->server, &count);
    for (size_t i = 0; i < count; i++) {
        bool is_list = strstr(log[i].target, "limit=100") != NULL;
        lists += is_list && strstr(log[i].target, "status=failed");
        assert_true(is_list || log[i].at_ms >= log[0].at_ms + DELAY_MS);
    }
    assert_int_equal(lists, 1);
    assert_non_null(strstr(log[0].target, "limit=100"));
    assert_true(api_server_count(r->server, "limit=1") >= 2);
}

struct asking {
    struct remote *r;
    struct cancel cancel;
    enum err_code code;
};

static void *ask_in_thread(void *argument)
{
    struct asking *asking = argument;
    struct list_query query = {.now = 1, .after = 9, .wait_exact = true, .cutoff = TIME_NONE};
    struct list_reply reply;
    struct arena arena;
    struct err err;
    arena_init(&arena);
    asking->code = conn_list(asking->r->conn, &query, &asking->cancel, &arena, &reply, &err);
    arena_release(&arena);
    return NULL;
}

/* A script that is interrupted, and a connection that works on afterwards. */
static void an_interrupted_question_ends(void **state)
{
    struct remote *r = *state;
    struct asking asking = {.r = r};
    pthread_t thread;
    history_run(r->history, (struct history_run){.id = "a"});
    api_server_set_delay(r->server, "", LONG_MS);
    r->no_background = true;
    remote_open(r);
    assert_int_equal(pthread_create(&thread, NULL, ask_in_thread, &asking), 0);
    assert_true(api_server_wait(r->server, "executions", 1, REMOTE_PATIENCE_MS));
    atomic_store(&asking.cancel.requested, true);
    conn_interrupt(r->conn);
    pthread_join(thread, NULL);
    assert_int_equal(asking.code, ERR_CANCELLED);
    api_server_set_delay(r->server, "", 0);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9, .wait_exact = true}), "a");
    struct source_status status;
    source_status(r->source, &status);
    assert_true(status.is_readable);
}

/* ---- memory of what was asked ---- */

static void refresh_asks_again(void **state)
{
    struct remote *r = *state;
    history_run(r->history, (struct history_run){.id = "a", .created_at = 1000});
    remote_open(r);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "a");
    history_run(r->history, (struct history_run){.id = "b", .created_at = 2000});
    history_sql(r->history, "DELETE FROM execution WHERE id = 'a'");
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "a");
    remote_forget_events(r);
    source_refresh(r->source);
    remote_await(r, SOURCE_CHANGED);
    assert_string_equal(remote_ids(r, "", (struct list_query){.after = 9}), "b");
    remote_forget_events(r);
    source_refresh(r->source);
    remote_await(r, SOURCE_CHANGED); /* also where nothing changed */
}

static void status_tells_of_the_server(void **state)
{
    struct remote *r = *state;
    struct source_status status;
    history_run(r->history, (struct history_run){.id = "a", .scope = "one-1"});
    remote_open(r);
    source_status(r->source, &status);
    assert_true(status.is_readable);
    assert_int_equal(status.live_interval_ms, 0);
    remote_list(r, "", (struct list_query){.after = 9});
    source_status(r->source, &status);
    assert_true(status.is_readable);
    assert_true(status.read_at > T0);
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
        CASE(a_detail_with_its_calls),
        CASE(a_shortened_id),
        CASE(odd_ids_are_escaped),
        CASE(peers_among_the_rows_that_are_held),
        CASE(the_private_answer_stays_out),
        CASE(a_token_goes_to_its_server_alone),
        CASE(a_wrong_token_is_not_repeated_in_the_error),
        CASE(basic_and_cookie),
        CASE(counts_come_behind_the_list),
        CASE(a_superseded_question_ends_at_once),
        CASE(a_slow_list_holds_up_no_detail),
        CASE(an_interrupted_question_ends),
        CASE(refresh_asks_again),
        CASE(status_tells_of_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
