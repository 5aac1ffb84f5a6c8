/*
 * Live, and a source in trouble: slow, failing, gone and back. What a person chose survives all of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/fake_screen.h"
#include "tests/support/golden.h"
#include "tests/support/samples.h"

static void switching_it_keeps_filter_order_range_and_selection(void **state)
{
    struct fake_screen *fake = *state;
    char before[FILTER_TEXT_MAX], after[FILTER_TEXT_MAX];
    fake_filter(fake, "-status:failed after:1h");
    fake_keys(fake, "Down", 60);
    char selected[64];
    snprintf(selected, sizeof selected, "%s", fake_selected(fake));
    long line = fake_line(fake);
    fake_line_of_filter(fake, before);
    for (int i = 0; i < 2; i++) {
        fake_key(fake, "j");
        assert_int_equal(fake->state.live.is_on, i == 0);
        assert_string_equal(fake_selected(fake), selected);
        assert_int_equal(fake_line(fake), line);
        assert_string_equal(fake_line_of_filter(fake, after), before);
        assert_true(state_is_newest_first(&fake->state));
    }
}

static void the_source_is_told(void **state)
{
    struct fake_screen *fake = *state;
    for (int i = 0; i < 2; i++) {
        fake->effects = 0;
        fake_key(fake, "F");
        assert_true(fake->effects & EFFECT_LIVE);
    }
}

/* A file that is written to has news at the very moment of switching on. */
static void at_the_top_it_follows_from_the_first_news_on(void **state)
{
    struct fake_screen *fake = *state;
    int64_t cutoff = fake->rows[0].created_at;
    fake_grow(fake, 3);
    fake_key(fake, "j");
    assert_int_equal(fake->state.live.cutoff, cutoff);
    assert_string_equal(fake_selected(fake), fake->ids[0]);
    fake_arrive(fake, 2);
    assert_string_equal(fake_selected(fake), fake->ids[0]);
    assert_int_equal(fake_line(fake), 0);
}

static void below_the_top_it_shows_the_first_news_and_stays(void **state)
{
    struct fake_screen *fake = *state;
    char selected[32];
    fake_key(fake, "Down");
    snprintf(selected, sizeof selected, "%s", fake_selected(fake));
    fake_grow(fake, 3);
    fake_key(fake, "j");
    fake_arrive(fake, 2);
    assert_string_equal(fake_selected(fake), selected);
}

static void the_cutoff_is_the_newest_row(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "j");
    int64_t cutoff = fake->rows[0].created_at;
    assert_int_equal(fake->state.live.cutoff, cutoff);
    assert_int_equal(fake->state.live.since, fake->now);
    fake_arrive(fake, 5);
    assert_int_equal(fake->state.live.cutoff, cutoff);
    assert_int_equal(state_list(&fake->state)->new_count, 5);
    fake_key(fake, "j");
    assert_int_equal(fake->state.live.cutoff, TIME_NONE);
    fake_key(fake, "j");
    assert_int_equal(fake->state.live.cutoff, fake->rows[0].created_at);
}

static void far_from_the_top_the_cutoff_is_still_the_newest_row(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "End");
    fake_key(fake, "j");
    assert_int_equal(fake->state.live.cutoff, fake->rows[0].created_at);
}

static void started_live_it_finds_its_cutoff(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_new(120, 36, 50);
    fake->state.live.is_on = true;
    fake_source(fake, SOURCE_CHANGED);
    assert_int_equal(fake->state.live.cutoff, fake->rows[0].created_at);
    fake_screen_free(fake);
}

static void the_divider_and_its_words(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "Down");
    fake_key(fake, "j");
    fake_arrive(fake, 12);
    assert_string_equal(fake_selected(fake), "run-00998");
    fake_keys(fake, "PgUp", 2);
    assert_true(fake_shows(fake, "12 new above"));
    assert_true(fake_shows(fake, "+12 new"));
}

static void in_another_order_there_is_a_note_instead(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "j");
    fake_key(fake, "s");
    fake_key(fake, "Down");
    fake_key(fake, "Enter");
    struct list_model model;
    state_list_model(&fake->state, fake->now, &model);
    assert_false(model.has_divider);
    assert_true(fake_shows(fake, "live 14:03"));
}

/* The top is followed only as long as the selection is there: what a person does while the answer is out holds. */
static void leaving_the_top_while_an_answer_is_out_stops_following(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "j");
    fake->holds = true;
    fake_arrive(fake, 3);
    fake_keys(fake, "Down", 2);
    assert_string_equal(fake_selected(fake), "run-00997");
    fake_answer(fake);
    assert_string_equal(fake_selected(fake), "run-00997");
}

static void opening_the_drawer_while_an_answer_is_out_stops_following(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "j");
    fake->holds = true;
    fake_arrive(fake, 200);
    fake_key(fake, "Enter");
    fake_answer(fake);
    assert_string_equal(fake_selected(fake), "run-00999");
}

/* Paging on while rows are fetched around another place must not throw the selection back there. */
static void going_on_while_rows_are_fetched_holds(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "PgDn", 8);
    fake->holds = true;
    fake_keys(fake, "PgDn", 2);
    size_t questions = fake->question_count;
    assert_true(questions > 0);
    fake_keys(fake, "PgUp", 4);
    char selected[64];
    snprintf(selected, sizeof selected, "%s", fake_selected(fake));
    fake_answer(fake);
    assert_string_equal(fake_selected(fake), selected);
}

/* Changes come faster than answers: each answer is let land, and the last change is seen, too. */
static void a_source_slower_than_its_changes_is_let_answer(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "j");
    fake->holds = true;
    for (int i = 0; i < 10; i++)
        fake_arrive(fake, 1);
    size_t lists = 0;
    for (size_t i = 0; i < fake->question_count; i++)
        lists += fake->questions[i]->lane == LANE_LIST;
    assert_int_equal(lists, 1);
    fake_answer(fake);
    assert_string_equal(fake_selected(fake), "run-01009");
    fake_grow(fake, 1);
    fake_source(fake, SOURCE_CHANGED);
    fake_grow(fake, 1);
    fake_source(fake, SOURCE_CHANGED);
    fake_answer_at(fake, 0, ERR_OK);
    fake_answer(fake);
    assert_string_equal(fake_selected(fake), "run-01011");
}

static void news_does_not_forget_a_jump_that_is_out(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "Down");
    fake_key(fake, "j");
    fake->holds = true;
    fake_key(fake, "e");
    fake_arrive(fake, 2);
    fake_answer(fake);
    assert_string_equal(fake_selected(fake), "run-00993");
    fake_key(fake, "End");
    fake_arrive(fake, 2);
    fake_answer(fake);
    assert_string_equal(fake_selected(fake), "run-00000");
}

static void a_key_pressed_thrice_finds_the_third_failure(void **state)
{
    struct fake_screen *fake = *state;
    fake->holds = true;
    fake_keys(fake, "e", 3);
    fake_answer(fake);
    assert_string_equal(fake_selected(fake), "run-00973");
    fake_keys(fake, "E", 2);
    fake_answer(fake);
    assert_string_equal(fake_selected(fake), "run-00993");
}

/* As long as a search goes on, not to have found one yet does not mean that there is none. */
static void a_failed_run_is_looked_for_as_long_as_more_may_be_known(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:completed,waiting_for_interaction");
    fake->is_partial = true;
    fake_key(fake, "e");
    assert_string_equal(fake_selected(fake), "run-00999");
    assert_false(fake_shows(fake, "no failed run below this one"));
    fake_source(fake, SOURCE_PROGRESS);
    assert_false(fake_shows(fake, "no failed run below this one"));
    fake->is_partial = false;
    fake_source(fake, SOURCE_PROGRESS);
    assert_true(fake_shows(fake, "no failed run below this one"));
    unsigned before = fake->list_questions;
    fake_source(fake, SOURCE_PROGRESS);
    assert_int_equal(fake->list_questions, before);
}

static void going_elsewhere_ends_the_looking(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:completed,waiting_for_interaction");
    fake->is_partial = true;
    fake_key(fake, "e");
    fake_keys(fake, "Down", 2);
    fake->is_partial = false;
    fake_source(fake, SOURCE_CHANGED);
    assert_false(fake_shows(fake, "no failed run below this one"));
    assert_string_not_equal(fake_selected(fake), "run-00999");
}

/* ---- trouble ---- */

static void counts_wait_where_counting_is_dear(void **state)
{
    struct fake_screen *fake = *state;
    fake->holds = true;
    fake_grow(fake, 1);
    fake_source(fake, SOURCE_CHANGED);
    assert_true(fake->effects & EFFECT_ASK_META); /* nothing was dear so far */
    fake->now += 5;
    fake_answer(fake);

    fake->effects = 0;
    fake_grow(fake, 1);
    fake_source(fake, SOURCE_CHANGED);
    assert_true(fake->effects & EFFECT_ASK_LIST);
    assert_false(fake->effects & EFFECT_ASK_META);
    int64_t wait = state_counts_due(&fake->state) - fake->now;
    assert_in_range(wait, 100, 2000);
    fake_answer(fake);
    assert_in_range(state_next_tick(&fake->state, fake->now), 1, wait);

    fake->now += wait;
    fake_source(fake, 0);
    assert_true(fake->effects & EFFECT_ASK_META);
    fake_answer(fake);
    fake->effects = 0;
    fake_source(fake, 0);
    assert_false(fake->effects & EFFECT_ASK_META);
}

static void an_error_is_shown_with_its_retry(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_new(80, 24, 0);
    fake->count = 0;
    fake->fails = ERR_IO;
    fake_source(fake, SOURCE_CHANGED);
    assert_true(fake->state.list.has_error);
    assert_true(fake_shows(fake, "the disk is on fire"));
    fake->fails = ERR_OK;
    fake_grow(fake, 10);
    fake_key(fake, "r");
    assert_false(fake->state.list.has_error);
    assert_string_equal(fake_selected(fake), "run-00009");
    fake_screen_free(fake);
}

static void an_error_leaves_the_rows_and_is_shown_with_them(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "Down", 20);
    fake->fails = ERR_IO;
    fake_source(fake, SOURCE_CHANGED);
    assert_string_equal(fake_selected(fake), "run-00979");
    assert_true(fake_shows(fake, "the disk is on fire"));
    for (int i = 0; i < 30; i++) {
        fake_key(fake, "Down");
        assert_in_range(fake_line(fake), 0, state_list_capacity(&fake->state) - 1);
    }
}

/* One that fails must not be asked again and again by itself: r and news from the source are for that. */
static void a_failing_source_is_not_asked_in_circles(void **state)
{
    struct fake_screen *fake = *state;
    fake->fails = ERR_IO;
    unsigned before = fake->list_questions;
    fake_keys(fake, "PgDn", 20);
    fake_key(fake, "Enter");
    assert_in_range(fake->list_questions - before, 1, 3);
    fake->fails = ERR_OK;
    fake_key(fake, "r");
    assert_false(fake->state.list.has_error);
}

static void nor_one_that_still_searches(void **state)
{
    struct fake_screen *fake = *state;
    fake->is_partial = true;
    fake_filter(fake, "status:failed");
    unsigned before = fake->list_questions;
    fake_keys(fake, "Down", 3);
    fake_key(fake, "End");
    fake_keys(fake, "Down", 3);
    assert_in_range(fake->list_questions - before, 0, 10);
    fake->is_partial = false;
    fake_source(fake, SOURCE_PROGRESS);
    assert_false(state_list(&fake->state)->is_partial);
}

/* The last news of a search may overtake the first answer about it: what is on the screen then is exact, but another filter's. */
static void news_that_overtakes_an_answer_is_asked_about(void **state)
{
    struct fake_screen *fake = *state;
    fake->holds = true;
    fake_filter(fake, "code:fib");
    size_t out = fake->question_count;
    fake_source(fake, SOURCE_PROGRESS);
    assert_int_equal(fake->question_count, out);
    unsigned lists = fake->list_questions;
    while (out--)
        fake_answer_at(fake, 0, ERR_OK);
    assert_int_equal(fake->list_questions, lists + 1);
    assert_int_equal(fake->question_count, 2);
    fake->holds = false;
    fake_answer(fake);
}

static void lost_and_back(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "Down", 5);
    fake->state.source.is_readable = false;
    fake->state.source.read_at = fake->now;
    err_set(&fake->state.source.err, ERR_IO, "the file is gone");
    fake_source(fake, SOURCE_LOST);
    assert_true(fake_shows(fake, "the file is gone"));
    assert_true(fake_shows(fake, "as of 14:03:00"));
    assert_string_equal(fake_selected(fake), "run-00994");
    fake->state.source.is_readable = true;
    unsigned before = fake->list_questions;
    fake_source(fake, SOURCE_BACK);
    assert_true(fake->list_questions > before);
    assert_false(fake_shows(fake, "as of"));
    assert_string_equal(fake_selected(fake), "run-00994");
}

/* ---- the open run ---- */

static const char *open_run(const struct fake_screen *fake)
{
    return fake->state.detail.shown ? fake->state.detail.shown->detail.detail.run.id.s : "";
}

static void the_newest_selected_run_is_the_one_that_is_shown(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "Enter");
    fake->holds = true;
    fake_keys(fake, "Down", 3);
    while (fake->question_count)
        fake_answer_at(fake, fake->question_count - 1, ERR_OK);
    assert_string_equal(open_run(fake), fake_selected(fake));
    assert_string_equal(open_run(fake), "run-00996");
}

static void another_run_is_shown_as_soon_as_it_is_selected(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "Enter");
    for (int i = 0; i < 5; i++) {
        fake_key(fake, i % 2 ? "Up" : "Down");
        assert_string_equal(open_run(fake), fake_selected(fake));
    }
    fake_key(fake, "e");
    assert_string_equal(open_run(fake), "run-00993");
    fake_key(fake, "End");
    assert_string_equal(open_run(fake), "run-00000");
}

static void a_run_that_goes_on_is_looked_at_again(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "Down");
    fake_keys(fake, "Up", 1);
    fake_filter(fake, "status:running");
    fake_key(fake, "Enter");
    unsigned before = fake->detail_questions;
    fake_source(fake, SOURCE_CHANGED);
    assert_int_equal(fake->detail_questions, before + 1);
}

static void one_that_has_ended_is_not(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "Enter");
    unsigned before = fake->detail_questions;
    fake_source(fake, SOURCE_CHANGED);
    fake_key(fake, "Esc");
    fake_key(fake, "Enter");
    assert_int_equal(fake->detail_questions, before);
}

static void answer_lane(struct fake_screen *fake, enum lane lane)
{
    for (size_t i = 0; i < fake->question_count; i++)
        if (fake->questions[i]->lane == lane) {
            fake_answer_at(fake, i, ERR_OK);
            return;
        }
    fail_msg("nothing is asked of lane %d", (int)lane);
}

/* Where a run stands among its peers is found out later than the run: it must not be told of the next one. */
static void peers_are_those_of_the_run_that_is_shown(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:running,failed");
    while (strcmp(fake_selected(fake), "run-00953") != 0)
        fake_key(fake, "Down");
    fake->holds = true;
    fake_key(fake, "Enter");
    answer_lane(fake, LANE_DETAIL);
    fake_key(fake, "Down");
    assert_string_equal(fake_selected(fake), "run-00948");
    answer_lane(fake, LANE_DETAIL);
    answer_lane(fake, LANE_PEERS);
    assert_string_equal(open_run(fake), "run-00948");
    assert_null(fake->state.detail.peers);
}

static void a_run_that_cannot_be_read_says_why(void **state)
{
    struct fake_screen *fake = *state;
    fake->fails = ERR_IO;
    fake_key(fake, "Enter");
    assert_true(fake->state.detail.has_error);
    assert_true(fake_shows(fake, "the disk is on fire"));
    unsigned before = fake->detail_questions;
    fake_key(fake, "2");
    assert_int_equal(fake->detail_questions, before);
    fake->fails = ERR_OK;
    fake_key(fake, "r");
    assert_string_equal(open_run(fake), "run-00999");
    assert_false(fake->state.detail.has_error);
}

/* What was read of a run is not taken away by a source that fails. */
static void an_open_run_stays_when_the_source_fails(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "Down"); /* a running one */
    fake_key(fake, "Enter");
    assert_true(fake_shows(fake, "run-00998"));
    fake->fails = ERR_IO;
    fake_source(fake, SOURCE_CHANGED);
    assert_true(fake->state.detail.has_error);
    assert_true(fake_shows(fake, "run-00998"));
    assert_true(fake_shows(fake, "the disk is on fire"));
    assert_true(fake_shows(fake, "as of "));
}

static void draws_now(struct fake_screen *fake)
{
    assert_int_equal(state_frame_wait(&fake->state, fake->now), 0);
    update_frame_shown(&fake->state);
}

/* News ask for rows and counts: what has changed is seen in one frame, when both are there. */
static void news_and_their_answers_are_one_frame(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "j");
    draws_now(fake);
    fake->holds = true;
    fake->now += 5000;
    fake_arrive(fake, 3);
    assert_int_not_equal(state_frame_wait(&fake->state, fake->now), 0);
    answer_lane(fake, LANE_LIST);
    assert_int_not_equal(state_frame_wait(&fake->state, fake->now), 0);
    answer_lane(fake, LANE_META);
    draws_now(fake);
}

static void a_frame_waits_for_a_slow_answer_only_so_long(void **state)
{
    struct fake_screen *fake = *state;
    draws_now(fake);
    fake->holds = true;
    fake_arrive(fake, 3);
    int64_t wait = state_frame_wait(&fake->state, fake->now);
    assert_in_range(wait, 1, HOLD_MS);
    assert_true(state_next_tick(&fake->state, fake->now) <= wait);
    fake->now += wait;
    draws_now(fake);
}

static void a_key_is_seen_at_once_whatever_is_waited_for(void **state)
{
    struct fake_screen *fake = *state;
    draws_now(fake);
    fake->holds = true;
    fake_arrive(fake, 3);
    fake_key(fake, "Down");
    fake_source(fake, SOURCE_CHANGED);
    draws_now(fake);
}

static void rows_that_were_asked_for_do_not_wait_for_counts(void **state)
{
    struct fake_screen *fake = *state;
    fake->holds = true;
    fake_key(fake, "End");
    fake->now += KEY_HOLD_MS;
    draws_now(fake);
    fake->now += 5000;
    fake_source(fake, SOURCE_PROGRESS | SOURCE_CHANGED);
    answer_lane(fake, LANE_LIST);
    draws_now(fake);
}

static void applies_a_filter(struct fake_screen *fake)
{
    fake_key(fake, "/");
    fake_type(fake, "status:failed");
    draws_now(fake);
    fake->holds = true;
    fake_key(fake, "Enter");
}

/* A quick source: the old rows are not drawn once more before the new ones. */
static void a_key_and_what_it_asked_for_are_one_frame(void **state)
{
    struct fake_screen *fake = *state;
    applies_a_filter(fake);
    assert_in_range(state_frame_wait(&fake->state, fake->now), 1, KEY_HOLD_MS);
    answer_lane(fake, LANE_LIST);
    assert_in_range(state_frame_wait(&fake->state, fake->now), 1, KEY_HOLD_MS);
    answer_lane(fake, LANE_META);
    draws_now(fake);
}

static void a_key_waits_for_a_slow_answer_less_than_a_frame(void **state)
{
    struct fake_screen *fake = *state;
    applies_a_filter(fake);
    fake->now += KEY_HOLD_MS / 2;
    fake_key(fake, "End");
    int64_t wait = state_frame_wait(&fake->state, fake->now);
    assert_in_range(wait, 1, KEY_HOLD_MS / 2);
    assert_true(state_next_tick(&fake->state, fake->now) <= wait);
    fake->now += wait;
    draws_now(fake);
}

static void a_lost_source_is_told_at_once(void **state)
{
    struct fake_screen *fake = *state;
    draws_now(fake);
    fake->holds = true;
    fake_arrive(fake, 3);
    fake_source(fake, SOURCE_LOST);
    draws_now(fake);
}

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        FAKE_CASE(news_and_their_answers_are_one_frame),
        FAKE_CASE(a_frame_waits_for_a_slow_answer_only_so_long),
        FAKE_CASE(a_key_is_seen_at_once_whatever_is_waited_for),
        FAKE_CASE(rows_that_were_asked_for_do_not_wait_for_counts),
        FAKE_CASE(a_key_and_what_it_asked_for_are_one_frame),
        FAKE_CASE(a_key_waits_for_a_slow_answer_less_than_a_frame),
        FAKE_CASE(a_lost_source_is_told_at_once),
        FAKE_CASE(an_open_run_stays_when_the_source_fails),
        FAKE_CASE(switching_it_keeps_filter_order_range_and_selection),
        FAKE_CASE(the_source_is_told),
        FAKE_CASE(at_the_top_it_follows_from_the_first_news_on),
        FAKE_CASE(below_the_top_it_shows_the_first_news_and_stays),
        FAKE_CASE(the_cutoff_is_the_newest_row),
        FAKE_CASE(far_from_the_top_the_cutoff_is_still_the_newest_row),
        FAKE_CASE(started_live_it_finds_its_cutoff),
        FAKE_CASE(the_divider_and_its_words),
        FAKE_CASE(in_another_order_there_is_a_note_instead),
        FAKE_CASE(leaving_the_top_while_an_answer_is_out_stops_following),
        FAKE_CASE(opening_the_drawer_while_an_answer_is_out_stops_following),
        FAKE_CASE(going_on_while_rows_are_fetched_holds),
        FAKE_CASE(a_source_slower_than_its_changes_is_let_answer),
        FAKE_CASE(news_does_not_forget_a_jump_that_is_out),
        FAKE_CASE(a_key_pressed_thrice_finds_the_third_failure),
        FAKE_CASE(counts_wait_where_counting_is_dear),
        FAKE_CASE(a_failed_run_is_looked_for_as_long_as_more_may_be_known),
        FAKE_CASE(going_elsewhere_ends_the_looking),
        FAKE_CASE(an_error_is_shown_with_its_retry),
        FAKE_CASE(an_error_leaves_the_rows_and_is_shown_with_them),
        FAKE_CASE(a_failing_source_is_not_asked_in_circles),
        FAKE_CASE(nor_one_that_still_searches),
        FAKE_CASE(news_that_overtakes_an_answer_is_asked_about),
        FAKE_CASE(lost_and_back),
        FAKE_CASE(the_newest_selected_run_is_the_one_that_is_shown),
        FAKE_CASE(another_run_is_shown_as_soon_as_it_is_selected),
        FAKE_CASE(a_run_that_goes_on_is_looked_at_again),
        FAKE_CASE(one_that_has_ended_is_not),
        FAKE_CASE(peers_are_those_of_the_run_that_is_shown),
        FAKE_CASE(a_run_that_cannot_be_read_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
