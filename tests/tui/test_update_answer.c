/*
 * Answering a run: nothing is sent that was not shown, nothing that was typed is lost, and a question that is closed is not answered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/base/rand.h"
#include "tests/support/fake_screen.h"
#include "tests/support/golden.h"
#include "tests/support/samples.h"

#define RECORDED                                                                                             \
    "{\"recorder\":{\"pid\":7,\"start\":1,\"bootId\":\"b\",\"pidNamespace\":1,"                              \
    "\"machine\":\"0123456789abcdef\",\"host\":\"web\"}}"

#define FIELDS                                                                                               \
    "{\"kind\":\"form\",\"message\":\"Deploy "                                                               \
    "it?\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{"                                        \
    "\"approved\":{\"type\":\"boolean\"},"                                                                   \
    "\"window\":{\"type\":\"string\",\"enum\":[\"now\",\"tonight\",\"monday\"],\"default\":\"tonight\"},"    \
    "\"share\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"default\":10},"                         \
    "\"regions\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"eu\",\"us\"]}},"             \
    "\"token\":{\"type\":\"string\",\"writeOnly\":true}},"                                                   \
    "\"required\":[\"approved\",\"token\"]}}"

static struct interaction question;

static void ask_with(struct fake_screen *fake, const char *payload)
{
    question = (struct interaction){.id = TEXT_LIT("q-1"),
                                    .status = TEXT_LIT("pending"),
                                    .kind = TEXT_LIT("FormElicitation"),
                                    .payload_json = text_of(payload),
                                    .created_at = fake->now - 95000,
                                    .updated_at = fake->now - 95000};
    fake->question = &question;
    fake->question_meta = RECORDED;
}

/* On a waiting run, whose question is opened. */
static struct fake_screen *open_form(void **state, const char *payload)
{
    struct fake_screen *fake = *state;
    ask_with(fake, payload);
    fake_filter(fake, "status:waiting");
    fake_key(fake, "a");
    assert_int_equal(fake->state.overlay, OVERLAY_ANSWER);
    return fake;
}

static struct answer_draft *draft_of(const struct fake_screen *fake)
{
    assert_non_null(fake->state.answer.open);
    return fake->state.answer.open;
}

static void a_waiting_run_says_that_it_can_be_answered(void **state)
{
    struct fake_screen *fake = *state;
    ask_with(fake, FIELDS);
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
    struct fake_screen *fake = open_form(state, FIELDS);
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
    ask_with(fake, FIELDS);
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
    ask_with(fake, FIELDS);
    fake_filter(fake, "status:waiting");
    fake_key(fake, "Enter");
    fake->holds = true;
    fake->question = NULL; /* what is there says that nothing is asked: it is looked at again */
    fake_key(fake, "Ctrl-n");
    fake_answer(fake);
    fake_key(fake, "a");
    fake_key(fake, "Ctrl-n");
    fake->question = &question;
    fake_answer(fake);
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
}

/* ---- filling it in ---- */

static void fill(struct fake_screen *fake)
{
    fake_type(fake, "y");
    fake_key(fake, "Down");
    fake_key(fake, "Right");
    fake_key(fake, "Down");
    fake_key(fake, "Backspace");
    fake_type(fake, "5");
    fake_key(fake, "Enter");
    fake_key(fake, "Right");
    fake_key(fake, "Space");
    fake_key(fake, "Tab");
    fake_type(fake, "s3cr3t");
}

static const char *content_of(const struct fake_screen *fake)
{
    assert_non_null(fake->letter);
    assert_true(fake->letter->has_content);
    return buf_cstr(&fake->letter->content);
}

static void what_was_typed_is_shown_once_more_and_then_sent(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
    fill(fake);
    fake_key(fake, "Down");
    fake_key(fake, "Enter");
    assert_int_equal(draft_of(fake)->phase, ANSWER_CONFIRMING);
    assert_true(fake_shows(fake, "Accept: the run goes on with this answer."));
    assert_true(fake_shows(fake, "secret, not shown"));
    assert_null(fake->letter);
    fake_key(fake, "Enter"); /* a key held too long sends nothing */
    assert_null(fake->letter);
    fake_key(fake, "y");
    assert_int_equal(draft_of(fake)->phase, ANSWER_SENDING);
    assert_true(fake_shows(fake, "sending"));
    assert_string_equal(fake->letter->run_id, fake_selected(fake));
    assert_string_equal(fake->letter->question_id, "q-1");
    assert_int_equal(fake->letter->action, ANSWER_ACCEPT);
    assert_string_equal(content_of(fake), "{\"approved\":true,\"window\":\"monday\",\"share\":15,"
                                          "\"regions\":[\"us\"],\"token\":\"s3cr3t\"}");
}

static void declining_sends_nothing_of_the_form(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
    fake_type(fake, "y");
    fake_key(fake, "F3");
    assert_true(fake_shows(fake, "Nothing that was typed"));
    fake_key(fake, "y");
    assert_int_equal(fake->letter->action, ANSWER_DECLINE);
    assert_false(fake->letter->has_content);
}

static void what_is_wrong_is_shown_where_it_is(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
    fake_keys(fake, "Down", 2);
    fake_type(fake, "0");
    fake_type(fake, "0");
    assert_false(fake_shows(fake, "must be at most")); /* nobody is told off while typing */
    fake_key(fake, "Down");
    assert_true(fake_shows(fake, "✗ must be at most 100"));
    fake_key(fake, "F2");
    assert_int_equal(draft_of(fake)->phase, ANSWER_EDITING);
    assert_int_equal(draft_of(fake)->focus, 0);
    assert_true(fake_shows(fake, "3 fields are not right yet"));
    fake_type(fake, "n");
    assert_true(draft_of(fake)->inputs[0].chosen == 1);
    assert_null(fake->letter);
}

static void a_secret_is_never_drawn(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
    fill(fake);
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
    struct fake_screen *fake = open_form(state, FIELDS);
    fake_key(fake, "Down");
    fake_type(fake, "mon");
    assert_int_equal(draft_of(fake)->inputs[1].chosen, 2);
    fake_type(fake, "n");
    assert_int_equal(draft_of(fake)->inputs[1].chosen, 0);
    fake_key(fake, "Backspace");
    assert_int_equal(draft_of(fake)->inputs[1].chosen, -1);
    fake_key(fake, "Left");
    assert_int_equal(draft_of(fake)->inputs[1].chosen, 2);
}

static void a_paste_loses_its_last_line_break_only(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
    fake_key(fake, "Up");
    fake_keys(fake, "Up", 3);
    fake_paste(fake, "tok en\r\n");
    assert_string_equal(draft_of(fake)->inputs[4].edit->text, "tok en");
    fake_key(fake, "Down");
    fake_paste(fake, "not into a button");
    assert_string_equal(draft_of(fake)->inputs[4].edit->text, "tok en");
}

static void a_paste_that_is_too_long_is_none(void **state)
{
    static char words[TERM_PASTE_MAX + 1];
    struct fake_screen *fake = open_form(state, FIELDS);
    memset(words, 'x', TERM_PASTE_MAX);
    fake_keys(fake, "Up", 4);
    fake_paste(fake, words);
    assert_int_equal(draft_of(fake)->inputs[4].edit->len, 0);
    assert_true(fake_shows(fake, "too long for this field"));
}

static void letters_do_nothing_behind_the_form(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
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
    struct fake_screen *fake = open_form(state, FIELDS);
    fake_key(fake, "F1");
    assert_true(fake_shows(fake, "Answering a run"));
    fake_key(fake, "Esc");
    assert_int_equal(fake->state.overlay, OVERLAY_ANSWER);
}

/* ---- leaving and coming back ---- */

static void what_was_typed_is_kept_for_its_question(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
    fill(fake);
    fake_key(fake, "F2");
    fake_key(fake, "Esc");
    assert_int_equal(draft_of(fake)->phase, ANSWER_EDITING);
    fake_key(fake, "Esc");
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    assert_null(fake->letter);
    fake_key(fake, "Down");
    fake_key(fake, "a");
    assert_int_equal(draft_of(fake)->inputs[4].edit->len, 0);
    fake_key(fake, "Esc");
    fake_key(fake, "Up");
    fake_key(fake, "a");
    assert_string_equal(draft_of(fake)->inputs[4].edit->text, "s3cr3t");
}

static void no_more_questions_are_kept_than_there_is_room_for(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
    char ids[40][16];
    for (int i = 0; i < 40; i++) {
        fake_key(fake, "Esc");
        snprintf(ids[i], sizeof ids[i], "q-%d", i + 100);
        question.id = text_of(ids[i]);
        fake_key(fake, "Down");
        fake_key(fake, "a");
        assert_int_equal(fake->state.overlay, OVERLAY_ANSWER);
    }
    assert_int_equal(fake->state.answer.count, ANSWER_DRAFTS_MAX);
}

/* ---- what becomes of it ---- */

static void send(struct fake_screen *fake)
{
    fill(fake);
    fake_key(fake, "F2");
    fake_key(fake, "y");
    assert_non_null(fake->letter);
}

static void when_it_has_arrived_the_form_is_gone_and_the_run_looked_at(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
    send(fake);
    unsigned effects = update_answer_sent(&fake->state, fake->letter->number, NULL, fake->now);
    assert_true(effects & EFFECT_REFRESH);
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    assert_int_equal(fake->state.answer.count, 0);
    assert_string_equal(fake->state.message, "accepted: the run goes on");
}

static void when_it_has_not_what_was_typed_is_still_there(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
    struct err err;
    send(fake);
    err_set(&err, ERR_IO, "the disk is full");
    err_hint(&err, "make room, then send it again");
    update_answer_sent(&fake->state, fake->letter->number, &err, fake->now);
    assert_int_equal(draft_of(fake)->phase, ANSWER_EDITING);
    assert_true(fake_shows(fake, "the disk is full. Make room, then send it again"));
    assert_string_equal(draft_of(fake)->inputs[4].edit->text, "s3cr3t");
    fake_key(fake, "F2");
    fake_key(fake, "y");
    assert_int_equal(draft_of(fake)->phase, ANSWER_SENDING);
}

static void leaving_does_not_stop_what_is_on_its_way(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
    struct err err;
    send(fake);
    fake_key(fake, "Esc");
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    fake_key(fake, "a");
    assert_int_equal(draft_of(fake)->phase, ANSWER_SENDING);
    fake_key(fake, "Esc");
    err_set(&err, ERR_IO, "nothing listens there");
    update_answer_sent(&fake->state, fake->letter->number, &err, fake->now);
    assert_string_equal(fake->state.message, "the answer was not sent: nothing listens there");
    fake_key(fake, "a");
    assert_string_equal(draft_of(fake)->inputs[4].edit->text, "s3cr3t");
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
    struct fake_screen *fake = open_form(state, FIELDS);
    fill(fake);
    fake_key(fake, "F2");
    question.status = TEXT_LIT("resolved");
    look_again(fake);
    assert_int_equal(draft_of(fake)->phase, ANSWER_OVER);
    assert_true(fake_shows(fake, "somebody else has answered meanwhile"));
    fake_key(fake, "y");
    assert_null(fake->letter);
    fake_key(fake, "Esc");
    assert_int_equal(fake->state.answer.count, 0);
}

static void the_end_of_the_run_ends_it(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
    for (size_t i = 0; i < fake->count; i++)
        fake->rows[i].status = TEXT_LIT("failed");
    look_again(fake);
    assert_true(fake_shows(fake, "the run has ended meanwhile (failed)"));
}

static void a_change_of_the_source_is_a_reason_to_look(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
    question.status = TEXT_LIT("cancelled");
    fake_source(fake, SOURCE_CHANGED);
    assert_true(fake_shows(fake, "the question was cancelled meanwhile"));
}

static void another_question_in_its_place_ends_it(void **state)
{
    struct fake_screen *fake = open_form(state, FIELDS);
    question.id = TEXT_LIT("q-9");
    look_again(fake);
    assert_true(fake_shows(fake, "the run asks something else by now"));
}

/* A real server answers when the run waits again or has ended: that can be hours. */
static void a_remote_question_that_is_closed_has_been_answered(void **state)
{
    struct fake_screen *fake = *state;
    snprintf(fake->state.source_arg, sizeof fake->state.source_arg, "http://localhost:4788");
    open_form(state, FIELDS);
    send(fake);
    look_again(fake);
    assert_int_equal(draft_of(fake)->phase, ANSWER_SENDING);
    question.status = TEXT_LIT("resolved");
    look_again(fake);
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    assert_string_equal(fake->state.message, "answered: the run goes on");
}

/* ---- what cannot be answered ---- */

static void a_run_inside_its_own_executor_says_where_to_answer(void **state)
{
    struct fake_screen *fake = *state;
    ask_with(fake, FIELDS);
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
    ask_with(fake, FIELDS);
    fake->question_meta = NULL;
    fake_filter(fake, "status:waiting");
    fake_key(fake, "a");
    assert_true(fake_shows(fake, "[ Accept ]"));
}

static void a_form_that_cannot_be_read_can_be_declined(void **state)
{
    struct fake_screen *fake = open_form(state, "{\"message\":");
    assert_true(fake_shows(fake, "its form cannot be shown"));
    assert_true(fake_shows(fake, "[ Decline ] [ Cancel ]"));
    assert_false(fake_shows(fake, "[ Accept ]"));
    fake_key(fake, "F2");
    assert_int_equal(draft_of(fake)->phase, ANSWER_EDITING);
    fake_key(fake, "Enter");
    fake_key(fake, "y");
    assert_int_equal(fake->letter->action, ANSWER_DECLINE);
}

static void an_address_can_be_copied(void **state)
{
    struct fake_screen *fake = open_form(state, "{\"kind\":\"url\",\"message\":\"Sign in\","
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
    struct fake_screen *fake = open_form(state, FIELDS);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        fake_resize(fake, sizes[s][0], sizes[s][1]);
        for (int i = 0; i < 8; i++) {
            fake_key(fake, "Down");
            const struct surface *surface = fake_draw(fake);
            bool is_line = draft_of(fake)->focus == 2 || draft_of(fake)->focus == 4;
            assert_true(!is_line || surface->cursor_y > 0);
            assert_true(draft_of(fake)->focus >= 5 || fake_shows(fake, "▸ "));
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
    struct fake_screen *fake = open_form(state, payload);
    assert_true(fake_shows(fake, "The first line"));
    fake_keys(fake, "PgDn", 9);
    assert_true(fake_shows(fake, "the last line"));
    fake_keys(fake, "PgUp", 9);
    assert_true(fake_shows(fake, "The first line"));
    fake_key(fake, "Down");
    assert_int_equal(draft_of(fake)->focus, 0);
    assert_true(fake_shows(fake, "▸ x"));
    fake_key(fake, "Down");
    assert_int_equal(draft_of(fake)->focus, 1);
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
    case 1: question.status = text_of(statuses[rand_below(rng, 5)]); return;
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
    struct fake_screen *fake = open_form(state, FIELDS);
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
        FAKE_CASE(when_it_has_arrived_the_form_is_gone_and_the_run_looked_at),
        FAKE_CASE(when_it_has_not_what_was_typed_is_still_there),
        FAKE_CASE(leaving_does_not_stop_what_is_on_its_way),
        FAKE_CASE(an_answer_of_somebody_else_ends_it),
        FAKE_CASE(the_end_of_the_run_ends_it),
        FAKE_CASE(a_change_of_the_source_is_a_reason_to_look),
        FAKE_CASE(another_question_in_its_place_ends_it),
        FAKE_CASE(a_remote_question_that_is_closed_has_been_answered),
        FAKE_CASE(a_run_inside_its_own_executor_says_where_to_answer),
        FAKE_CASE(the_same_run_of_a_server_can_be_answered),
        FAKE_CASE(a_form_that_cannot_be_read_can_be_declined),
        FAKE_CASE(an_address_can_be_copied),
        FAKE_CASE(every_field_can_be_reached_at_any_size),
        FAKE_CASE(a_long_question_is_read_before_its_fields),
        FAKE_CASE(a_walk_sends_only_what_was_confirmed),
    };
    sample_locale();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
