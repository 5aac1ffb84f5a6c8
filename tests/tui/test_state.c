/*
 * What is derived from the state: when the frame changes by itself, and what is asked of the source.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/fake_screen.h"
#include "tests/support/samples.h"
#include "tui/ask.h"

/* ---- time ---- */

static void an_idle_screen_waits_for_the_minute(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:completed");
    fake->state.message_until = 0;
    int64_t minute = fake->now - fake->now % MINUTE_MS;
    assert_int_equal(state_next_tick(&fake->state, minute), MINUTE_MS);
    assert_int_equal(state_next_tick(&fake->state, minute + 59999), 1);
}

static void running_rows_and_relative_times_tick_by_the_second(void **state)
{
    struct fake_screen *fake = *state;
    int64_t second = fake->now - fake->now % SECOND_MS;
    assert_int_equal(state_next_tick(&fake->state, second + 400), 600);
    fake_filter(fake, "status:completed");
    fake_keys(fake, "t", 2);
    fake->state.message_until = 0;
    assert_int_equal(state_next_tick(&fake->state, second + 400), 600);
}

/* Only what is on the screen ticks: a running row far below costs nothing. */
static void a_running_row_out_of_sight_does_not_tick(void **state)
{
    struct fake_screen *fake = *state;
    fake_resize(fake, 80, 24);
    fake_filter(fake, "status:completed,running");
    fake->state.message_until = 0;
    int64_t minute = fake->now - fake->now % MINUTE_MS;
    assert_true(text_is(fake->rows[1].status, "running"));
    assert_int_equal(state_next_tick(&fake->state, minute), SECOND_MS);
    fake_key(fake, "PgDn");
    assert_int_equal(state_next_tick(&fake->state, minute), MINUTE_MS);
    fake_key(fake, "PgUp");
    assert_int_equal(state_next_tick(&fake->state, minute), SECOND_MS);
}

static void a_message_goes_in_time(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:completed");
    fake_key(fake, "U");
    int64_t minute = fake->now - fake->now % MINUTE_MS;
    fake->state.message_until = minute + 700;
    assert_int_equal(state_next_tick(&fake->state, minute), 700);
    assert_int_equal(state_next_tick(&fake->state, minute + 700), 1);
    update_tick(&fake->state, minute + 699);
    assert_true(fake->state.message_until != 0);
    update_tick(&fake->state, minute + 700);
    assert_int_equal(fake->state.message_until, 0);
}

static void while_an_answer_is_out_the_screen_looks_often(void **state)
{
    struct fake_screen *fake = *state;
    fake->holds = true;
    fake_filter(fake, "status:completed");
    fake->state.message_until = 0;
    assert_in_range(state_next_tick(&fake->state, fake->now), 1, 100);
}

/* An answer may take minutes: the seconds are counted, and nothing else is drawn anew for it. */
static void a_long_wait_ticks_by_the_second(void **state)
{
    struct fake_screen *fake = *state;
    fake->holds = true;
    fake_filter(fake, "status:completed");
    fake->state.message_until = 0;
    assert_int_equal(state_waiting_since(&fake->state), fake->now);
    assert_int_equal(state_next_tick(&fake->state, fake->now + STALE_MS + 20), SECOND_MS - STALE_MS - 20);
    assert_int_equal(state_next_tick(&fake->state, fake->now + 5300), 700);
    fake->holds = false;
    fake_answer(fake);
    assert_int_equal(state_waiting_since(&fake->state), TIME_NONE);
    fake->holds = true; /* what nobody waits for is not told */
    fake_source(fake, SOURCE_CHANGED);
    assert_true(fake->state.list.is_asking);
    assert_int_equal(state_waiting_since(&fake->state), TIME_NONE);
}

/* What stands below the rows takes from their room: the selected one is never under it. */
static void the_selected_row_stands_above_the_foot(void **state)
{
    (void)state;
    for (int width = 40; width <= 200; width += 3) {
        struct fake_screen *fake = fake_screen_new(width, 10 + width / 5, 1000);
        err_set(&fake->state.list.err, ERR_DENIED,
                "runs.example.org answered 401 Unauthorized: who asks is not said");
        err_hint(&fake->state.list.err,
                 "Set EXECUTOR_RUNS_TOKEN, or token_file or token_command in the config.");
        fake_key(fake, "End");
        fake->state.list.has_error = true;
        fake_resize(fake, fake->state.width, fake->state.height);
        assert_string_equal(fake_selected(fake), "run-00000");
        assert_true(fake_shows(fake, "13:03:00.000"));
        assert_true(fake_shows(fake, "as of "));
        fake_screen_free(fake);
    }
}

/* ---- questions ---- */

static void a_question_carries_the_whole_filter(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:failed code:x");
    fake->state.scope = strdup("acme");
    struct request *request = ask_list(&fake->state, fake->now);
    assert_true(filter_equal(&request->list.filter, &fake->state.filter));
    assert_string_equal(request->list.scope, "acme");
    assert_int_equal(request->list.now, fake->now);
    assert_int_equal(request->list.cutoff, TIME_NONE);
    request_free(request);
    fake->state.meta.is_asking = false;
    request = ask_meta(&fake->state, fake->now);
    assert_true(filter_equal(&request->meta.filter, &fake->state.filter));
    assert_string_equal(request->meta.scope, "acme");
    request_free(request);
}

static void every_question_has_a_generation_of_its_own(void **state)
{
    struct fake_screen *fake = *state;
    uint64_t last = fake->state.generations;
    for (int i = 0; i < 3; i++) {
        struct request *request = ask_list(&fake->state, fake->now);
        assert_true(request->generation > last);
        last = request->generation;
        request_free(request);
    }
}

static void live_asks_for_what_is_newer_than_its_cutoff(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "j");
    struct request *request = ask_list(&fake->state, fake->now);
    assert_int_equal(request->list.cutoff, fake->rows[0].created_at);
    request_free(request);
}

static void a_window_is_pages_and_never_above_the_maximum(void **state)
{
    struct fake_screen *fake = *state;
    static const int heights[] = {10, 24, 60, 100, 500};
    fake_keys(fake, "PgDn", 10);
    for (size_t i = 0; i < sizeof heights / sizeof *heights; i++) {
        fake_resize(fake, 120, heights[i]);
        size_t page = state_list_capacity(&fake->state);
        update_list_ask_time(&fake->state, fake->now);
        struct request *request = ask_list(&fake->state, fake->now);
        assert_in_range(request->list.before, page < ROWS_BEFORE_MAX ? page : ROWS_BEFORE_MAX,
                        ROWS_BEFORE_MAX);
        assert_in_range(request->list.after, page < ROWS_AFTER_MAX ? page : ROWS_AFTER_MAX, ROWS_AFTER_MAX);
        request_free(request);
    }
}

static void the_timeline_asks_for_as_many_bars_as_fit(void **state)
{
    struct fake_screen *fake = *state;
    static const int widths[] = {40, 80, 120, 300};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        fake_resize(fake, widths[i], 24);
        struct request *request = ask_meta(&fake->state, fake->now);
        assert_non_null(request);
        assert_int_equal(request->meta.max_buckets, timeline_columns(layout_of(&fake->state).timeline.w));
        request_free(request);
        fake->state.meta.is_asking = false;
    }
}

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        FAKE_CASE(an_idle_screen_waits_for_the_minute),
        FAKE_CASE(running_rows_and_relative_times_tick_by_the_second),
        FAKE_CASE(a_running_row_out_of_sight_does_not_tick),
        FAKE_CASE(a_message_goes_in_time),
        FAKE_CASE(while_an_answer_is_out_the_screen_looks_often),
        FAKE_CASE(a_long_wait_ticks_by_the_second),
        cmocka_unit_test(the_selected_row_stands_above_the_foot),
        FAKE_CASE(a_question_carries_the_whole_filter),
        FAKE_CASE(every_question_has_a_generation_of_its_own),
        FAKE_CASE(live_asks_for_what_is_newer_than_its_cutoff),
        FAKE_CASE(a_window_is_pages_and_never_above_the_maximum),
        FAKE_CASE(the_timeline_asks_for_as_many_bars_as_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
