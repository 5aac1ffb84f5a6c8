/*
 * The drawer while the source is slow or gone: what it shows is of the selected run, or says what it waits for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/fake_screen.h"
#include "tests/support/samples.h"

/* As the loop does before each frame. */
static bool shows(struct fake_screen *fake, const char *text)
{
    update_settle(&fake->state, fake->now);
    return fake_shows(fake, text);
}

static void answer_detail(struct fake_screen *fake, enum err_code code)
{
    for (size_t i = 0; i < fake->question_count; i++)
        if (fake->questions[i]->lane == LANE_DETAIL) {
            fake_answer_at(fake, i, code);
            return;
        }
    fail_msg("no detail is asked for");
}

static void open_slowly(struct fake_screen *fake)
{
    fake_key(fake, "Enter");
    fake->holds = true;
    fake_key(fake, "Down");
}

/* ---- another run than the one before ---- */

static void the_head_is_the_selected_runs_at_once(void **state)
{
    struct fake_screen *fake = *state;
    open_slowly(fake);
    assert_true(shows(fake, "● run-00998"));
    assert_false(shows(fake, "run-00999 ")); /* the list shows no ids */
}

static void a_short_wait_does_not_flicker(void **state)
{
    struct fake_screen *fake = *state;
    open_slowly(fake);
    fake->now += STALE_MS - 20;
    assert_true(shows(fake, "duration"));
    assert_false(shows(fake, "asking"));
    answer_detail(fake, ERR_OK);
    assert_true(shows(fake, "so far"));
}

static void a_long_wait_shows_no_other_run_but_what_is_waited_for(void **state)
{
    struct fake_screen *fake = *state;
    open_slowly(fake);
    assert_in_range(state_next_tick(&fake->state, fake->now), 1, STALE_MS + 1);
    fake->now += STALE_MS + 20;
    assert_false(shows(fake, "scope   "));
    assert_true(shows(fake, "asking ~/.executor/data.db…"));
    assert_false(shows(fake, "Logs ·"));
    fake->now += 3000;
    assert_true(shows(fake, "asking ~/.executor/data.db… 3 s"));
    answer_detail(fake, ERR_OK);
    assert_true(shows(fake, "so far"));
    assert_false(shows(fake, "asking"));
}

/* Each step asks anew; the content would else never grow old while a key is held. */
static void held_keys_do_not_keep_the_old_run(void **state)
{
    struct fake_screen *fake = *state;
    open_slowly(fake);
    for (int i = 0; i < 5; i++) {
        fake->now += STALE_MS / 2;
        fake_key(fake, "Down");
    }
    assert_false(shows(fake, "scope   "));
}

static void a_failure_is_of_the_selected_run(void **state)
{
    struct fake_screen *fake = *state;
    open_slowly(fake);
    answer_detail(fake, ERR_IO);
    assert_true(shows(fake, "● run-00998"));
    assert_true(shows(fake, "the disk is on fire"));
    assert_false(shows(fake, "scope   "));
    fake_key(fake, "Up");
    assert_true(shows(fake, "scope   ")); /* what was read of that one is still there */
}

/* ---- a run whose calls come later ---- */

static void open_in_parts(struct fake_screen *fake)
{
    fake->has_calls_later = fake->holds = true;
    fake_keys(fake, "Down", 6); /* a failed one */
    fake_answer(fake);
    fake_key(fake, "Enter");
    answer_detail(fake, ERR_OK);
}

static void a_run_shows_before_its_calls(void **state)
{
    struct fake_screen *fake = *state;
    open_in_parts(fake);
    assert_string_equal(fake_selected(fake), "run-00993");
    assert_true(shows(fake, "rate limited"));
    assert_true(shows(fake, "2 Tool calls · …"));
    assert_true(shows(fake, "3 Logs · 0E 1W"));
    assert_true(fake->state.detail.is_asking);
    fake_key(fake, "2");
    assert_false(shows(fake, "no tool calls") || shows(fake, "recorded"));
    fake->now += 3000;
    assert_true(shows(fake, "asking ~/.executor/data.db… 3 s"));
    answer_detail(fake, ERR_OK);
    assert_false(fake->state.detail.is_asking);
    assert_false(fake->state.detail.shown->detail.lacks_calls);
    assert_true(shows(fake, "2 Tool calls · 1"));
    assert_false(shows(fake, "asking"));
}

static void calls_that_cannot_be_read_say_why_in_their_tab(void **state)
{
    struct fake_screen *fake = *state;
    open_in_parts(fake);
    answer_detail(fake, ERR_IO);
    fake->now += 2 * MESSAGE_MS;
    update_tick(&fake->state, fake->now);
    assert_true(shows(fake, "rate limited"));
    assert_false(shows(fake, "the disk is on fire"));
    fake_key(fake, "2");
    assert_true(shows(fake, "the disk is on fire"));
    fake_key(fake, "r");
    fake->holds = false;
    fake_answer(fake);
    assert_true(shows(fake, "2 Tool calls · 1"));
}

/* Code and error are there; the pager's text has the calls in it. */
static void a_copy_takes_what_is_there_and_the_pager_waits(void **state)
{
    struct fake_screen *fake = *state;
    open_in_parts(fake);
    fake->effects = 0;
    update_command(&fake->state, COMMAND_COPY_ERROR, fake->now);
    assert_string_equal(buf_cstr(&fake->state.outgoing), "Error: rate limited: retry after 41s");
    unsigned effects = update_command(&fake->state, COMMAND_PAGER, fake->now);
    assert_false(effects & EFFECT_PAGER);
    answer_detail(fake, ERR_OK);
    assert_true(fake->effects & EFFECT_PAGER);
    assert_non_null(strstr(buf_cstr(&fake->state.outgoing), "acme"));
}

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        FAKE_CASE(the_head_is_the_selected_runs_at_once),
        FAKE_CASE(a_short_wait_does_not_flicker),
        FAKE_CASE(a_long_wait_shows_no_other_run_but_what_is_waited_for),
        FAKE_CASE(held_keys_do_not_keep_the_old_run),
        FAKE_CASE(a_failure_is_of_the_selected_run),
        FAKE_CASE(a_run_shows_before_its_calls),
        FAKE_CASE(calls_that_cannot_be_read_say_why_in_their_tab),
        FAKE_CASE(a_copy_takes_what_is_there_and_the_pager_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
