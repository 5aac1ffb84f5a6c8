/*
 * Pacing on a clock of our own: who never answers is never held, a line with room flows, and on a narrow one a frame is out at a time.
 */
#include "tui/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void send_frame(struct pace *pace, size_t bytes, int64_t now)
{
    pace_sent(pace, bytes);
    if (pace_wants_to_ask(pace))
        pace_asked(pace, now);
}

static struct pace answered_once(int64_t took)
{
    struct pace pace;
    pace_init(&pace);
    pace_asked(&pace, 0);
    pace_answered(&pace, took);
    return pace;
}

static void test_nothing_is_held_before_the_first_answer(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace);
    pace_asked(&pace, 0);
    for (int64_t now = 1; now < PACE_FIRST_ANSWER_MS; now += 10) {
        send_frame(&pace, 4000, now);
        assert_true(pace_is_open(&pace, now));
        assert_int_equal(pace_wait(&pace, now), -1);
    }
}

static void test_who_never_answers_is_asked_once(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace);
    pace_asked(&pace, 0);
    assert_true(pace_is_open(&pace, PACE_FIRST_ANSWER_MS));
    for (int64_t now = PACE_FIRST_ANSWER_MS; now < 60000; now += 100) {
        pace_sent(&pace, 4000);
        assert_false(pace_wants_to_ask(&pace));
        assert_true(pace_is_open(&pace, now));
    }
}

static void test_a_frame_beyond_the_window_waits_for_the_answer(void **state)
{
    (void)state;
    struct pace pace = answered_once(10);
    send_frame(&pace, PACE_WINDOW_FIRST + 1000, 100);
    assert_true(pace.is_asked);
    assert_false(pace_is_open(&pace, 101));
    assert_true(pace_wait(&pace, 101) > 0);
    pace_answered(&pace, 200);
    assert_true(pace_is_open(&pace, 201));
    assert_int_equal(pace.unseen, 0);
}

static void test_what_follows_the_question_is_still_out(void **state)
{
    (void)state;
    struct pace pace = answered_once(10);
    send_frame(&pace, 1500, 100);
    assert_true(pace_is_open(&pace, 101));
    send_frame(&pace, 400, 102);
    pace_answered(&pace, 110);
    assert_int_equal(pace.unseen, 400);
}

static void test_little_is_not_asked_about(void **state)
{
    (void)state;
    struct pace pace = answered_once(10);
    send_frame(&pace, 30, 100);
    assert_false(pace.is_asked);
    send_frame(&pace, 2000, 200);
    assert_true(pace.is_asked);
}

static void test_an_answer_that_got_lost_holds_nothing_for_ever(void **state)
{
    (void)state;
    struct pace pace = answered_once(10);
    send_frame(&pace, 9000, 100);
    assert_false(pace_is_open(&pace, 100 + PACE_LOST_MS - 1));
    assert_int_equal(pace_wait(&pace, 100 + PACE_LOST_MS - 1), 1);
    assert_true(pace_is_open(&pace, 100 + PACE_LOST_MS));
    send_frame(&pace, 9000, 20000);
    assert_true(pace.is_asked);
}

/* 600 ms there and back, any breadth: a frame of 300 bytes every 30 ms soon goes out each time. */
static void test_a_held_arrow_flows_over_a_long_line(void **state)
{
    (void)state;
    struct pace pace = answered_once(600);
    int64_t answer_at = -1;
    int held = 0;
    for (int64_t now = 1000; now < 20000; now += 30) {
        if (pace.is_asked && now >= answer_at)
            pace_answered(&pace, answer_at);
        if (pace_is_open(&pace, now)) {
            bool was_asked = pace.is_asked;
            send_frame(&pace, 300, now);
            if (pace.is_asked && !was_asked)
                answer_at = now + 600;
        } else if (now > 10000) {
            held++;
        }
    }
    assert_int_equal(held, 0);
}

/* 2 kB a second: however often there is something new, no more than the window and a frame are out. */
static void test_a_narrow_line_has_little_on_its_way(void **state)
{
    (void)state;
    struct pace pace = answered_once(10);
    int64_t line_free = 0, answer_at = -1;
    size_t most = 0;
    for (int64_t now = 1000; now < 60000; now += 10) {
        if (pace.is_asked && answer_at <= now)
            pace_answered(&pace, answer_at);
        if (!pace_is_open(&pace, now))
            continue;
        bool was_asked = pace.is_asked;
        send_frame(&pace, 2200, now);
        line_free = (line_free > now ? line_free : now) + 1100;
        if (pace.is_asked && !was_asked)
            answer_at = line_free + 10;
        if (now > 10000 && pace.unseen > most)
            most = pace.unseen;
    }
    assert_int_equal(pace.window, PACE_WINDOW_MIN);
    assert_true(most <= PACE_WINDOW_MIN + 2200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_held_before_the_first_answer),
        cmocka_unit_test(test_who_never_answers_is_asked_once),
        cmocka_unit_test(test_a_frame_beyond_the_window_waits_for_the_answer),
        cmocka_unit_test(test_what_follows_the_question_is_still_out),
        cmocka_unit_test(test_little_is_not_asked_about),
        cmocka_unit_test(test_an_answer_that_got_lost_holds_nothing_for_ever),
        cmocka_unit_test(test_a_held_arrow_flows_over_a_long_line),
        cmocka_unit_test(test_a_narrow_line_has_little_on_its_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
