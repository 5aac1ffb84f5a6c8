/*
 * Answering a run, once the answer is on its way or somebody else was quicker: a question that is closed is
 * not answered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/base/rand.h"
#include "tests/support/fake_form.h"
#include "tests/support/golden.h"
#include "tests/support/samples.h"

/* ---- what becomes of it ---- */

static void when_it_has_arrived_the_form_is_gone_and_the_run_looked_at(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    fake_form_send(fake);
    unsigned effects = update_answer_sent(&fake->state, fake->letter->number, NULL, fake->now);
    assert_true(effects & EFFECT_REFRESH);
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    assert_int_equal(fake->state.answer.count, 0);
    assert_string_equal(fake->state.message, "accepted: the run goes on");
}

static void when_it_has_not_what_was_typed_is_still_there(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    struct err err;
    fake_form_send(fake);
    err_set(&err, ERR_IO, "the disk is full");
    err_hint(&err, "make room, then send it again");
    update_answer_sent(&fake->state, fake->letter->number, &err, fake->now);
    assert_int_equal(fake_form_draft(fake)->phase, ANSWER_EDITING);
    assert_true(fake_shows(fake, "the disk is full. Make room, then send it again"));
    assert_string_equal(fake_form_draft(fake)->inputs[4].edit->text, "s3cr3t");
    fake_key(fake, "F2");
    fake_key(fake, "y");
    assert_int_equal(fake_form_draft(fake)->phase, ANSWER_SENDING);
}

static void leaving_does_not_stop_what_is_on_its_way(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    struct err err;
    fake_form_send(fake);
    fake_key(fake, "Esc");
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    fake_key(fake, "a");
    assert_int_equal(fake_form_draft(fake)->phase, ANSWER_SENDING);
    fake_key(fake, "Esc");
    err_set(&err, ERR_IO, "nothing listens there");
    update_answer_sent(&fake->state, fake->letter->number, &err, fake->now);
    assert_string_equal(fake->state.message, "the answer was not sent: nothing listens there");
    fake_key(fake, "a");
    assert_string_equal(fake_form_draft(fake)->inputs[4].edit->text, "s3cr3t");
    update_answer_sent(&fake->state, 12345, NULL, fake->now); /* of a question that is forgotten */
    assert_int_equal(fake->state.overlay, OVERLAY_ANSWER);
}

/* ---- somebody else ---- */

static void look_again(struct fake_screen *fake)
{
    fake->now += WATCH_MS;
    fake_key(fake, "Ctrl-l");
}

static void an_answer_of_somebody_else_ends_it(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    fake_form_fill(fake);
    fake_key(fake, "F2");
    fake_form_question()->status = TEXT_LIT("resolved");
    look_again(fake);
    assert_int_equal(fake_form_draft(fake)->phase, ANSWER_OVER);
    assert_true(fake_shows(fake, "somebody else has answered meanwhile"));
    fake_key(fake, "y");
    assert_null(fake->letter);
    fake_key(fake, "Esc");
    assert_int_equal(fake->state.answer.count, 0);
}

static void the_end_of_the_run_ends_it(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    for (size_t i = 0; i < fake->count; i++)
        fake->rows[i].status = TEXT_LIT("failed");
    look_again(fake);
    assert_true(fake_shows(fake, "the run has ended meanwhile (failed)"));
}

static void a_change_of_the_source_is_a_reason_to_look(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    fake_form_question()->status = TEXT_LIT("cancelled");
    fake_source(fake, SOURCE_CHANGED);
    assert_true(fake_shows(fake, "the question was cancelled meanwhile"));
}

static void another_question_in_its_place_ends_it(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    fake_form_question()->id = TEXT_LIT("q-9");
    look_again(fake);
    assert_true(fake_shows(fake, "the run asks something else by now"));
}

/* A real server answers when the run waits again or has ended: that can be hours. */
static void a_remote_question_that_is_closed_has_been_answered(void **state)
{
    struct fake_screen *fake = *state;
    snprintf(fake->state.source_arg, sizeof fake->state.source_arg, "http://localhost:4788");
    fake_form_open(state, FAKE_FORM_FIELDS);
    fake_form_send(fake);
    look_again(fake);
    assert_int_equal(fake_form_draft(fake)->phase, ANSWER_SENDING);
    fake_form_question()->status = TEXT_LIT("resolved");
    look_again(fake);
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    assert_string_equal(fake->state.message, "answered: the run goes on");
}

/* ---- whatever is pressed ---- */

static void press_any(struct fake_screen *fake, struct rand *rng)
{
    static const char *const keys[] = {
        "a",  "Esc", "Enter", "Tab", "Shift-Tab", "Up",     "Down",   "Left",  "Right", "F2",  "F3",
        "F4", "F6",  "F1",    "y",   "y",         "PgUp",   "PgDn",   "Space", "Home",  "End", "Backspace",
        "q",  "5",   "s",     "X",   "Ctrl-k",    "Ctrl-y", "Ctrl-u", "r",     "?",     ":"};
    fake_key(fake, keys[rand_below(rng, sizeof keys / sizeof *keys)]);
}

static void let_happen(struct fake_screen *fake, struct rand *rng)
{
    static const char *const statuses[] = {"pending", "pending", "pending", "resolved", "cancelled"};
    static const int sizes[][2] = {{40, 10}, {80, 24}, {39, 9}, {200, 60}, {120, 36}, {57, 13}};
    size_t size = rand_below(rng, 6);
    switch (rand_below(rng, 5)) {
    case 0: fake_resize(fake, sizes[size][0], sizes[size][1]); return;
    case 1: fake_form_question()->status = text_of(statuses[rand_below(rng, 5)]); return;
    case 2: fake->now += WATCH_MS; return;
    case 3: fake_source(fake, SOURCE_CHANGED); return;
    default: fake_paste(fake, rand_below(rng, 2) ? "true" : "l\xff\x1b[31m\n\n"); return;
    }
}

static void answer_letter(struct fake_screen *fake, struct rand *rng, uint64_t *answered)
{
    struct err err;
    err_set(&err, ERR_IO, "the disk is on fire");
    if (!fake->letter || fake->letter->number == *answered || rand_below(rng, 4))
        return;
    *answered = fake->letter->number;
    update_answer_sent(&fake->state, *answered, rand_below(rng, 2) ? &err : NULL, fake->now);
}

static void a_walk_sends_only_what_was_confirmed(void **state)
{
    enum { STEPS = 2000 };
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    struct rand rng;
    uint64_t sent = 0, answered = 0;
    rand_seed(&rng, 11);
    for (int i = 0; i < STEPS; i++) {
        const struct answer_draft *open = fake->state.answer.open;
        bool was_shown = open && open->phase == ANSWER_CONFIRMING && fake->state.overlay == OVERLAY_ANSWER;
        if (rand_below(&rng, 8))
            press_any(fake, &rng);
        else
            let_happen(fake, &rng);
        if (fake->letter && fake->letter->number != sent) {
            assert_true(was_shown);
            sent = fake->letter->number;
        }
        answer_letter(fake, &rng, &answered);
        bool has_form = fake->state.overlay == OVERLAY_ANSWER ||
                        (fake->state.overlay == OVERLAY_HELP && fake->state.under_help == OVERLAY_ANSWER);
        assert_int_equal(has_form, fake->state.answer.open != NULL);
        golden_check_sound(fake_draw(fake));
    }
    assert_true(sent > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_CASE(when_it_has_arrived_the_form_is_gone_and_the_run_looked_at),
        FAKE_CASE(when_it_has_not_what_was_typed_is_still_there),
        FAKE_CASE(leaving_does_not_stop_what_is_on_its_way),
        FAKE_CASE(an_answer_of_somebody_else_ends_it),
        FAKE_CASE(the_end_of_the_run_ends_it),
        FAKE_CASE(a_change_of_the_source_is_a_reason_to_look),
        FAKE_CASE(another_question_in_its_place_ends_it),
        FAKE_CASE(a_remote_question_that_is_closed_has_been_answered),
        FAKE_CASE(a_walk_sends_only_what_was_confirmed),
    };
    sample_locale();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
