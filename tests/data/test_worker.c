/*
 * The worker's promises: every question is answered exactly once, the newest supersedes, a slow lane holds up no other, and leaving is quick.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "data/base/die.h"
#include "data/worker.h"
#include "tests/support/fake_source.h"

enum { PATIENCE_MS = 20000, LONG_MS = 15000 };

struct bench {
    struct fake_source source;
    struct worker *worker;
    atomic_int wakes;
};

static void wake(void *context)
{
    atomic_fetch_add(&((struct bench *)context)->wakes, 1);
}

static int setup(void **state)
{
    struct bench *bench = mem_new_array(1, sizeof *bench);
    fake_source_init(&bench->source);
    bench->worker = worker_new(&bench->source.base, wake, bench);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    if (bench->worker)
        worker_free(bench->worker);
    free(bench);
    return 0;
}

static int64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct response *take(struct bench *bench)
{
    for (int64_t end = clock_ms() + PATIENCE_MS; clock_ms() < end;) {
        struct response *response = worker_take(bench->worker);
        if (response)
            return response;
        nanosleep(&(struct timespec){0, 200000}, NULL);
    }
    fail_msg("no answer");
    return NULL;
}

static void ask_list(struct bench *bench, uint64_t generation)
{
    struct request *request = request_new(LANE_LIST, generation);
    filter_init(&request->list.filter);
    request->list.rank = (int64_t)generation;
    worker_submit(bench->worker, request);
}

static void ask_detail(struct bench *bench, uint64_t generation)
{
    struct request *request = request_new(LANE_DETAIL, generation);
    request->detail.id = mem_strdup("run");
    worker_submit(bench->worker, request);
}

static void wait_until_asked(struct bench *bench, int times)
{
    for (int64_t end = clock_ms() + PATIENCE_MS;
         atomic_load(&bench->source.asked) < times && clock_ms() < end;)
        nanosleep(&(struct timespec){0, 200000}, NULL);
    assert_int_equal(atomic_load(&bench->source.asked), times);
}

static void a_question_is_answered_and_wakes(void **state)
{
    struct bench *bench = *state;
    ask_list(bench, 7);
    struct response *response = take(bench);
    assert_int_equal(response->code, ERR_OK);
    assert_int_equal(response->generation, 7);
    assert_int_equal(response->list.rank.n, 7);
    response_free(response);
    assert_true(atomic_load(&bench->wakes) >= 1);
}

static void each_is_answered_exactly_once(void **state)
{
    enum { COUNT = 500 };
    struct bench *bench = *state;
    atomic_store(&bench->source.delay_ms, 1);
    char seen[COUNT + 1] = {0};
    for (int i = 1; i <= COUNT; i++)
        ask_list(bench, (uint64_t)i);
    for (int i = 0; i < COUNT; i++) {
        struct response *response = take(bench);
        assert_int_equal(seen[response->generation], 0);
        seen[response->generation] = 1;
        if (response->generation == COUNT)
            assert_int_equal(response->code, ERR_OK);
        response_free(response);
    }
    assert_null(worker_take(bench->worker));
    assert_true(worker_is_idle(bench->worker));
}

static void the_newest_interrupts_the_one_that_runs(void **state)
{
    struct bench *bench = *state;
    atomic_store(&bench->source.delay_ms, LONG_MS);
    ask_list(bench, 1);
    wait_until_asked(bench, 1);
    int64_t start = clock_ms();
    ask_list(bench, 2);
    wait_until_asked(bench, 2);
    assert_true(clock_ms() - start < LONG_MS);
    struct response *response = take(bench);
    assert_int_equal(response->generation, 1);
    assert_int_equal(response->code, ERR_CANCELLED);
    response_free(response);
}

static void a_slow_list_does_not_hold_up_a_detail(void **state)
{
    struct bench *bench = *state;
    atomic_store(&bench->source.delay_ms, LONG_MS);
    ask_list(bench, 1);
    wait_until_asked(bench, 1);
    atomic_store(&bench->source.delay_ms, 0);
    ask_detail(bench, 2);
    struct response *response = take(bench);
    assert_int_equal(response->lane, LANE_DETAIL);
    assert_non_null(response->doc);
    response_free(response);
}

static void a_failed_connect_is_tried_again(void **state)
{
    struct bench *bench = *state;
    atomic_store(&bench->source.connect_fails, 1);
    ask_list(bench, 1);
    struct response *response = take(bench);
    assert_int_equal(response->code, ERR_IO);
    response_free(response);
    ask_list(bench, 2);
    response = take(bench);
    assert_int_equal(response->code, ERR_OK);
    response_free(response);
}

static void leaving_interrupts_and_closes_everything(void **state)
{
    struct bench *bench = *state;
    atomic_store(&bench->source.delay_ms, LONG_MS);
    ask_list(bench, 1);
    ask_detail(bench, 2);
    wait_until_asked(bench, 2);
    ask_list(bench, 3);
    int64_t start = clock_ms();
    worker_free(bench->worker);
    bench->worker = NULL;
    assert_true(clock_ms() - start < LONG_MS);
    assert_int_equal(atomic_load(&bench->source.connected), atomic_load(&bench->source.closed));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_question_is_answered_and_wakes),        CASE(each_is_answered_exactly_once),
        CASE(the_newest_interrupts_the_one_that_runs), CASE(a_slow_list_does_not_hold_up_a_detail),
        CASE(a_failed_connect_is_tried_again),         CASE(leaving_interrupts_and_closes_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
