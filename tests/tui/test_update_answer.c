/*
 * Answering a run, until the answer is sent: nothing is sent that was not shown, and nothing that was typed
 * is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/fake_form.h"
#include "tests/support/samples.h"

static void a_waiting_run_says_that_it_can_be_answered(void **state)
{
    struct fake_screen *fake = *state;
    fake_form_ask(fake, FAKE_FORM_FIELDS);
    assert_false(fake_shows(fake, " a answer"));
    fake_filter(fake, "status:waiting");
    assert_true(fake_shows(fake, " a answer"));
    fake_key(fake, "Enter");
    assert_true(fake_shows(fake, " a answer"));
    assert_true(fake_shows(fake, "Waiting for an answer  a answers"));
    assert_true(fake_shows(fake, "string, required, secret"));
}

static void a_run_that_asks_nothing_says_so(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "a");
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    assert_string_equal(fake->state.message, "this run does not wait for an answer");
}

static void the_form_shows_what_is_asked_and_who_asks(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    assert_true(fake_shows(fake, "Deploy it?"));
    assert_true(fake_shows(fake, fake_selected(fake)));
    assert_true(fake_shows(fake, "asked 1m 35s ago"));
    assert_true(fake_shows(fake, "approved *"));
    assert_true(fake_shows(fake, "○ now   ◉ tonight   ○ monday"));
    assert_true(fake_shows(fake, "[ Accept ] [ Decline ] [ Cancel ]"));
}

static void a_slow_source_opens_it_when_it_answers(void **state)
{
    struct fake_screen *fake = *state;
    fake_form_ask(fake, FAKE_FORM_FIELDS);
    fake_filter(fake, "status:waiting");
    fake->holds = true;
    fake_key(fake, "a");
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    fake_answer(fake);
    assert_int_equal(fake->state.overlay, OVERLAY_ANSWER);
}

static void a_question_of_another_run_does_not_open_by_itself(void **state)
{
    struct fake_screen *fake = *state;
    fake_form_ask(fake, FAKE_FORM_FIELDS);
    fake_filter(fake, "status:waiting");
    fake_key(fake, "Enter");
    fake->holds = true;
    fake->question = NULL; /* what is there says that nothing is asked: it is looked at again */
    fake_key(fake, "Ctrl-n");
    fake_answer(fake);
    fake_key(fake, "a");
    fake_key(fake, "Ctrl-n");
    fake->question = fake_form_question();
    fake_answer(fake);
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
}

/* ---- filling it in ---- */

static void what_was_typed_is_shown_once_more_and_then_sent(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    fake_form_fill(fake);
    fake_key(fake, "Down");
    fake_key(fake, "Enter");
    assert_int_equal(fake_form_draft(fake)->phase, ANSWER_CONFIRMING);
    assert_true(fake_shows(fake, "Accept: the run goes on with this answer."));
    assert_true(fake_shows(fake, "secret, not shown"));
    assert_null(fake->letter);
    fake_key(fake, "Enter"); /* a key held too long sends nothing */
    assert_null(fake->letter);
    fake_key(fake, "y");
    assert_int_equal(fake_form_draft(fake)->phase, ANSWER_SENDING);
    assert_true(fake_shows(fake, "sending"));
    assert_string_equal(fake->letter->run_id, fake_selected(fake));
    assert_string_equal(fake->letter->question_id, "q-1");
    assert_int_equal(fake->letter->action, ANSWER_ACCEPT);
    assert_string_equal(fake_form_content(fake), "{\"approved\":true,\"window\":\"monday\",\"share\":15,"
                                                 "\"regions\":[\"us\"],\"token\":\"s3cr3t\"}");
}

static void declining_sends_nothing_of_the_form(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    fake_type(fake, "y");
    fake_key(fake, "F3");
    assert_true(fake_shows(fake, "Nothing that was typed"));
    fake_key(fake, "y");
    assert_int_equal(fake->letter->action, ANSWER_DECLINE);
    assert_false(fake->letter->has_content);
}

static void what_is_wrong_is_shown_where_it_is(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    fake_keys(fake, "Down", 2);
    fake_type(fake, "0");
    fake_type(fake, "0");
    assert_false(fake_shows(fake, "must be at most")); /* nobody is told off while typing */
    fake_key(fake, "Down");
    assert_true(fake_shows(fake, "✗ must be at most 100"));
    fake_key(fake, "F2");
    assert_int_equal(fake_form_draft(fake)->phase, ANSWER_EDITING);
    assert_int_equal(fake_form_draft(fake)->focus, 0);
    assert_true(fake_shows(fake, "3 fields are not right yet"));
    fake_type(fake, "n");
    assert_true(fake_form_draft(fake)->inputs[0].chosen == 1);
    assert_null(fake->letter);
}

static void a_secret_is_never_drawn(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    fake_form_fill(fake);
    assert_true(fake_shows(fake, "••••••"));
    char *text = fake_text(fake);
    assert_null(strstr(text, "s3cr3t"));
    free(text);
    fake_key(fake, "F2");
    text = fake_text(fake);
    assert_null(strstr(text, "s3cr3t"));
    free(text);
}

static void letters_find_a_choice_and_backspace_takes_it_away(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    fake_key(fake, "Down");
    fake_type(fake, "mon");
    assert_int_equal(fake_form_draft(fake)->inputs[1].chosen, 2);
    fake_type(fake, "n");
    assert_int_equal(fake_form_draft(fake)->inputs[1].chosen, 0);
    fake_key(fake, "Backspace");
    assert_int_equal(fake_form_draft(fake)->inputs[1].chosen, -1);
    fake_key(fake, "Left");
    assert_int_equal(fake_form_draft(fake)->inputs[1].chosen, 2);
}

static void a_paste_loses_its_last_line_break_only(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    fake_key(fake, "Up");
    fake_keys(fake, "Up", 3);
    fake_paste(fake, "tok en\r\n");
    assert_string_equal(fake_form_draft(fake)->inputs[4].edit->text, "tok en");
    fake_key(fake, "Down");
    fake_paste(fake, "not into a button");
    assert_string_equal(fake_form_draft(fake)->inputs[4].edit->text, "tok en");
}

static void a_paste_that_is_too_long_is_none(void **state)
{
    static char words[TERM_PASTE_MAX + 1];
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    memset(words, 'x', TERM_PASTE_MAX);
    fake_keys(fake, "Up", 4);
    fake_paste(fake, words);
    assert_int_equal(fake_form_draft(fake)->inputs[4].edit->len, 0);
    assert_true(fake_shows(fake, "too long for this field"));
}

static void letters_do_nothing_behind_the_form(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    bool was_live = fake->state.live.is_on;
    fake_keys(fake, "Up", 2);
    fake_type(fake, "jqXr?:/");
    assert_int_equal(fake->state.overlay, OVERLAY_ANSWER);
    fake_key(fake, "F3");
    fake_type(fake, "jX:/");
    assert_int_equal(fake->state.overlay, OVERLAY_ANSWER);
    assert_int_equal(fake->state.live.is_on, was_live);
    assert_null(fake->letter);
}

static void help_comes_and_goes_over_the_form(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    fake_key(fake, "F1");
    assert_true(fake_shows(fake, "Answering a run"));
    fake_key(fake, "Esc");
    assert_int_equal(fake->state.overlay, OVERLAY_ANSWER);
}

/* ---- leaving and coming back ---- */

static void what_was_typed_is_kept_for_its_question(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    fake_form_fill(fake);
    fake_key(fake, "F2");
    fake_key(fake, "Esc");
    assert_int_equal(fake_form_draft(fake)->phase, ANSWER_EDITING);
    fake_key(fake, "Esc");
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    assert_null(fake->letter);
    fake_key(fake, "Down");
    fake_key(fake, "a");
    assert_int_equal(fake_form_draft(fake)->inputs[4].edit->len, 0);
    fake_key(fake, "Esc");
    fake_key(fake, "Up");
    fake_key(fake, "a");
    assert_string_equal(fake_form_draft(fake)->inputs[4].edit->text, "s3cr3t");
}

static void no_more_questions_are_kept_than_there_is_room_for(void **state)
{
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    char ids[40][16];
    for (int i = 0; i < 40; i++) {
        fake_key(fake, "Esc");
        snprintf(ids[i], sizeof ids[i], "q-%d", i + 100);
        fake_form_question()->id = text_of(ids[i]);
        fake_key(fake, "Down");
        fake_key(fake, "a");
        assert_int_equal(fake->state.overlay, OVERLAY_ANSWER);
    }
    assert_int_equal(fake->state.answer.count, ANSWER_DRAFTS_MAX);
}

/* ---- what cannot be answered ---- */

static void a_run_inside_its_own_executor_says_where_to_answer(void **state)
{
    struct fake_screen *fake = *state;
    fake_form_ask(fake, FAKE_FORM_FIELDS);
    fake->question_meta = "{\"client\":\"desktop\"}";
    fake_filter(fake, "status:waiting");
    fake_key(fake, "a");
    assert_true(fake_shows(fake, "waits inside its executor"));
    assert_true(fake_shows(fake, "executor-runs http://localhost:4788"));
    assert_false(fake_shows(fake, "[ Accept ]"));
    fake_key(fake, "F2");
    fake_key(fake, "y");
    assert_null(fake->letter);
}

static void the_same_run_of_a_server_can_be_answered(void **state)
{
    struct fake_screen *fake = *state;
    snprintf(fake->state.source_arg, sizeof fake->state.source_arg, "http://localhost:4788");
    fake_form_ask(fake, FAKE_FORM_FIELDS);
    fake->question_meta = NULL;
    fake_filter(fake, "status:waiting");
    fake_key(fake, "a");
    assert_true(fake_shows(fake, "[ Accept ]"));
}

static void a_form_that_cannot_be_read_can_be_declined(void **state)
{
    struct fake_screen *fake = fake_form_open(state, "{\"message\":");
    assert_true(fake_shows(fake, "its form cannot be shown"));
    assert_true(fake_shows(fake, "[ Decline ] [ Cancel ]"));
    assert_false(fake_shows(fake, "[ Accept ]"));
    fake_key(fake, "F2");
    assert_int_equal(fake_form_draft(fake)->phase, ANSWER_EDITING);
    fake_key(fake, "Enter");
    fake_key(fake, "y");
    assert_int_equal(fake->letter->action, ANSWER_DECLINE);
}

static void an_address_can_be_copied(void **state)
{
    struct fake_screen *fake = fake_form_open(state, "{\"kind\":\"url\",\"message\":\"Sign in\","
                                                     "\"url\":\"https://login.example.com/x?state=1\"}");
    assert_true(fake_shows(fake, "https://login.example.com/x?state=1"));
    fake->effects = 0;
    fake_key(fake, "F6");
    assert_true(fake->effects & EFFECT_COPY);
    assert_string_equal(buf_cstr(&fake->state.outgoing), "https://login.example.com/x?state=1");
    fake_key(fake, "Enter");
    fake_key(fake, "y");
    assert_int_equal(fake->letter->action, ANSWER_ACCEPT);
    assert_false(fake->letter->has_content);
}

/* ---- sizes ---- */

static void every_field_can_be_reached_at_any_size(void **state)
{
    static const int sizes[][2] = {{40, 10}, {47, 11}, {60, 12}, {80, 24}, {120, 36}, {200, 60}};
    struct fake_screen *fake = fake_form_open(state, FAKE_FORM_FIELDS);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        fake_resize(fake, sizes[s][0], sizes[s][1]);
        for (int i = 0; i < 8; i++) {
            fake_key(fake, "Down");
            const struct surface *surface = fake_draw(fake);
            bool is_line = fake_form_draft(fake)->focus == 2 || fake_form_draft(fake)->focus == 4;
            assert_true(!is_line || surface->cursor_y > 0);
            assert_true(fake_form_draft(fake)->focus >= 5 || fake_shows(fake, "▸ "));
        }
    }
}

static void a_long_question_is_read_before_its_fields(void **state)
{
    static char payload[4000];
    size_t n = (size_t)snprintf(payload, sizeof payload, "{\"message\":\"The first line\\n");
    for (int i = 0; i < 100; i++)
        n += (size_t)snprintf(payload + n, sizeof payload - n, "line %d\\n", i);
    snprintf(payload + n, sizeof payload - n,
             "the last line\",\"requestedSchema\":{\"properties\":{\"x\":{\"type\":\"string\"}}}}");
    struct fake_screen *fake = fake_form_open(state, payload);
    assert_true(fake_shows(fake, "The first line"));
    fake_keys(fake, "PgDn", 9);
    assert_true(fake_shows(fake, "the last line"));
    fake_keys(fake, "PgUp", 9);
    assert_true(fake_shows(fake, "The first line"));
    fake_key(fake, "Down");
    assert_int_equal(fake_form_draft(fake)->focus, 0);
    assert_true(fake_shows(fake, "▸ x"));
    fake_key(fake, "Down");
    assert_int_equal(fake_form_draft(fake)->focus, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_CASE(a_waiting_run_says_that_it_can_be_answered),
        FAKE_CASE(a_run_that_asks_nothing_says_so),
        FAKE_CASE(the_form_shows_what_is_asked_and_who_asks),
        FAKE_CASE(a_slow_source_opens_it_when_it_answers),
        FAKE_CASE(a_question_of_another_run_does_not_open_by_itself),
        FAKE_CASE(what_was_typed_is_shown_once_more_and_then_sent),
        FAKE_CASE(declining_sends_nothing_of_the_form),
        FAKE_CASE(what_is_wrong_is_shown_where_it_is),
        FAKE_CASE(a_secret_is_never_drawn),
        FAKE_CASE(letters_find_a_choice_and_backspace_takes_it_away),
        FAKE_CASE(a_paste_loses_its_last_line_break_only),
        FAKE_CASE(a_paste_that_is_too_long_is_none),
        FAKE_CASE(letters_do_nothing_behind_the_form),
        FAKE_CASE(help_comes_and_goes_over_the_form),
        FAKE_CASE(what_was_typed_is_kept_for_its_question),
        FAKE_CASE(no_more_questions_are_kept_than_there_is_room_for),
        FAKE_CASE(a_run_inside_its_own_executor_says_where_to_answer),
        FAKE_CASE(the_same_run_of_a_server_can_be_answered),
        FAKE_CASE(a_form_that_cannot_be_read_can_be_declined),
        FAKE_CASE(an_address_can_be_copied),
        FAKE_CASE(every_field_can_be_reached_at_any_size),
        FAKE_CASE(a_long_question_is_read_before_its_fields),
    };
    sample_locale();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
