/*
 * Who waits for a connection to the file, and how long a question may have it: it is over soon once nobody
 * waits for the answer any more. The limit of time is an hour here, so that nothing else ends a wait.
 */
#include "data/api/api_int.h"
#include "data/base/clock.h"
#include "data/base/die.h"
#include "tests/support/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 20000 };

struct fixture {
    struct history *history;
    struct api *api;
    atomic_bool is_gone;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new_array(1, sizeof *f);
    struct err err;
    f->history = history_new();
    history_store(f->history);
    if (api_open(&(struct api_options){.path = history_path(f->history), .question_ms = (int)HOUR_MS},
                 &f->api, &err))
        fail_msg("%s", err.what);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    api_close(f->api);
    history_free(f->history);
    free(f);
    return 0;
}

static struct api_lane *take(struct fixture *f, bool is_searching)
{
    struct err err;
    struct api_lane *lane = api_lane_take(f->api, &f->is_gone, is_searching, &err);
    assert_non_null(lane);
    return lane;
}

static bool is_given_up(const struct api_lane *lane)
{
    for (int64_t until = clock_ms() + PATIENCE_MS; clock_ms() < until; usleep(10000))
        if (atomic_load(&lane->cancel.requested))
            return true;
    return false;
}

static void test_a_question_is_given_up_when_who_asked_has_left(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct api_lane *theirs = take(f, true), *other = api_lane_take(f->api, NULL, false, &err);
    assert_non_null(other);
    atomic_store(&f->is_gone, true);
    assert_true(is_given_up(theirs));
    assert_false(atomic_load(&other->cancel.requested));
    api_lane_give(f->api, theirs);
    api_lane_give(f->api, other);
}

static void test_a_connection_serves_the_next_after_one_who_has_left(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct api_lane *lane = take(f, false);
    atomic_store(&f->is_gone, true);
    assert_true(is_given_up(lane));
    api_lane_give(f->api, lane);
    struct api_lane *next = api_lane_take(f->api, NULL, false, &err);
    assert_ptr_equal(next, lane);
    assert_false(atomic_load(&next->cancel.requested));
    api_lane_give(f->api, next);
}

/* Runs into the alarm where it waits on. */
static void test_who_has_left_waits_for_no_connection(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct api_lane *lanes[API_LANES];
    for (size_t i = 0; i < API_LANES; i++)
        lanes[i] = take(f, false);
    alarm(PATIENCE_MS / 1000);
    atomic_bool has_left = true;
    assert_null(api_lane_take(f->api, &has_left, false, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    alarm(0);
    for (size_t i = 0; i < API_LANES; i++)
        api_lane_give(f->api, lanes[i]);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_question_is_given_up_when_who_asked_has_left),
        TEST(test_a_connection_serves_the_next_after_one_who_has_left),
        TEST(test_who_has_left_waits_for_no_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
