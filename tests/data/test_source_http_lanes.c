/*
 * The remote source under the worker: what is slow holds up nothing, what is not wanted any more ends, and what was asked is kept until it is asked anew.
 */
#include "data/worker.h"
#include "tests/support/remote.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define T0 INT64_C(1700000000000)

enum { LONG_MS = 600 * 1000 };

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
    history_run(r->history, (struct history_run){.id = "a", .status = "failed"});
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
        CASE(counts_come_behind_the_list),
        CASE(a_superseded_question_ends_at_once),
        CASE(a_slow_list_holds_up_no_detail),
        CASE(an_interrupted_question_ends),
        CASE(refresh_asks_again),
        CASE(status_tells_of_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
