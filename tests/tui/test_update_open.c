/*
 * A link that names a run: it is opened first, wherever it stands, and whatever keeps it from being shown is said.
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

static void expect_filter(struct fake_screen *fake, const char *expected)
{
    char line[FILTER_TEXT_MAX];
    assert_string_equal(fake_line_of_filter(fake, line), expected);
}

static void answers_flow(struct fake_screen *fake)
{
    fake->holds = false;
    fake_answer(fake);
}

static void the_run_is_asked_for_before_any_list(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_on_link(1000, "", "run-00437");
    assert_int_equal(fake->question_count, 1);
    assert_int_equal(fake->questions[0]->lane, LANE_DETAIL);
    assert_string_equal(fake->questions[0]->detail.id, "run-00437");
    fake->now += 2500;
    assert_true(fake_shows(fake, "asking ~/.executor/data.db… 2 s"));
    fake_source(fake, SOURCE_PROGRESS | SOURCE_CHANGED);
    fake_key(fake, "Down");
    assert_int_equal(fake->list_questions, 0);
    fake_answer_at(fake, 0, ERR_OK);
    assert_true(fake->state.has_drawer);
    assert_true(fake_shows(fake, "run-00437"));
    assert_int_equal(fake->list_questions, 1);
    answers_flow(fake);
    assert_string_equal(fake_selected(fake), "run-00437");
    assert_int_equal(fake->detail_questions, 1); /* what was asked first is the row's detail, too */
    assert_true(fake->state.has_drawer);
    fake_key(fake, "Down");
    assert_string_equal(fake_selected(fake), "run-00436");
    fake_screen_free(fake);
}

static void under_the_filters_of_the_link(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_on_link(1000, "status:failed", "run-00433");
    answers_flow(fake);
    assert_string_equal(fake_selected(fake), "run-00433");
    expect_filter(fake, "status:failed");
    fake_key(fake, "Down");
    assert_string_equal(fake_selected(fake), "run-00423");
    fake_screen_free(fake);
}

static void in_the_order_of_the_link(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_on_link(1000, "", "run-00433");
    fake->state.sort = (struct sort){SORT_DURATION, false};
    answers_flow(fake);
    assert_string_equal(fake_selected(fake), "run-00433");
    fake_screen_free(fake);
}

static void a_run_that_the_filters_leave_out_is_shown_by_its_id(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_on_link(1000, "status:failed", "run-00437");
    answers_flow(fake);
    assert_string_equal(fake_selected(fake), "run-00437");
    assert_true(fake->state.has_drawer);
    assert_int_equal(fake->detail_questions, 1); /* no other run was shown in between */
    expect_filter(fake, "id:run-00437");
    assert_true(fake_shows(fake, "it is shown by its id"));
    fake_key(fake, "u");
    expect_filter(fake, "status:failed");
    assert_string_equal(fake_selected(fake), "run-00433");
    fake_key(fake, "U");
    expect_filter(fake, "id:run-00437");
    fake_screen_free(fake);
}

static void an_unknown_run_leaves_the_list(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_on_link(1000, "status:failed", "nowhere");
    answers_flow(fake);
    assert_true(fake_shows(fake, "there is no run nowhere, which the link names"));
    assert_false(fake->state.has_drawer);
    assert_string_equal(fake_selected(fake), "run-00993");
    expect_filter(fake, "status:failed");
    fake_screen_free(fake);
}

/* A source that fails at first: the list says so, and the run is opened when there is a list. */
static void a_source_that_fails_is_not_the_runs_fault(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_on_link(1000, "", "run-00437");
    fake->fails = ERR_IO;
    answers_flow(fake);
    assert_true(fake_shows(fake, "the disk is on fire"));
    fake->fails = ERR_OK;
    fake_key(fake, "r");
    assert_string_equal(fake_selected(fake), "run-00437");
    assert_true(fake->state.has_drawer);
    fake_screen_free(fake);
}

static void a_run_that_fails_alone_is_given_up(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_on_link(1000, "", "run-00437");
    fake_answer_at(fake, 0, ERR_IO);
    while (fake->question_count)
        fake_answer_at(fake, 0, fake->questions[0]->lane == LANE_DETAIL ? ERR_IO : ERR_OK);
    assert_string_equal(fake_selected(fake), "run-00999");
    assert_int_equal(fake->detail_questions, 2);
    assert_true(fake_shows(fake, "the run run-00437: the disk is on fire"));
    fake_screen_free(fake);
}

static void the_list_fails_around_an_open_run(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_on_link(1000, "", "run-00437");
    fake_answer_at(fake, 0, ERR_OK);
    fake->fails = ERR_IO;
    answers_flow(fake);
    assert_true(fake->state.has_drawer);
    assert_true(fake_shows(fake, "the disk is on fire"));
    fake->fails = ERR_OK;
    fake_key(fake, "r");
    assert_string_equal(fake_selected(fake), "run-00437");
    fake_screen_free(fake);
}

/* Where the terms are decided run by run, it may be among those that were not looked at yet. */
static void a_search_is_waited_for_until_it_rests(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_on_link(1000, "duration:>1ms", "run-00437");
    fake->is_partial = true;
    fake->looked_at = 100;
    answers_flow(fake);
    assert_null(state_list(&fake->state));
    fake_source(fake, SOURCE_PROGRESS);
    assert_null(state_list(&fake->state));
    fake->looked_at = 900;
    fake_source(fake, SOURCE_PROGRESS);
    assert_string_equal(fake_selected(fake), "run-00437");
    expect_filter(fake, "duration:>1ms");
    fake_screen_free(fake);

    fake = fake_screen_on_link(1000, "duration:>1ms", "run-00437");
    fake->is_partial = fake->is_paused = true;
    fake->looked_at = 100;
    answers_flow(fake);
    expect_filter(fake, "id:run-00437");
    fake_screen_free(fake);
}

/* Who filters meanwhile wants to see that. */
static void another_filter_takes_its_place(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_on_link(1000, "", "run-00437");
    fake_filter(fake, "status:failed");
    answers_flow(fake);
    expect_filter(fake, "status:failed");
    assert_string_equal(fake_selected(fake), "run-00993");
    assert_false(fake->state.has_drawer);
    fake_screen_free(fake);
}

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_run_is_asked_for_before_any_list),
        cmocka_unit_test(under_the_filters_of_the_link),
        cmocka_unit_test(in_the_order_of_the_link),
        cmocka_unit_test(a_run_that_the_filters_leave_out_is_shown_by_its_id),
        cmocka_unit_test(an_unknown_run_leaves_the_list),
        cmocka_unit_test(a_source_that_fails_is_not_the_runs_fault),
        cmocka_unit_test(a_run_that_fails_alone_is_given_up),
        cmocka_unit_test(the_list_fails_around_an_open_run),
        cmocka_unit_test(a_search_is_waited_for_until_it_rests),
        cmocka_unit_test(another_filter_takes_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
