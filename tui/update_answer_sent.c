/*
 * An answer leaves, and what becomes of it. While a question is open it is looked at again and again, so that
 * nobody answers what somebody else has answered already.
 */
#include "tui/update.h"

#include "data/base/die.h"
#include "tui/answer_post.h"

#include <stdio.h>

static struct answer_letter *write_letter(struct answer_draft *draft, struct err *err)
{
    struct answer_letter *letter = mem_new_array(1, sizeof *letter);
    buf_init(&letter->content, FORM_CONTENT_MAX);
    letter->has_content = draft->action == ANSWER_ACCEPT && !draft->form.is_url;
    if (letter->has_content && answer_draft_content(draft, &letter->content, err) != ERR_OK) {
        answer_letter_free(letter);
        return NULL;
    }
    letter->run_id = mem_strndup(draft->run_id.s, draft->run_id.n);
    letter->scope = draft->scope_id.n ? mem_strndup(draft->scope_id.s, draft->scope_id.n) : NULL;
    letter->question_id = mem_strndup(draft->question_id.s, draft->question_id.n);
    letter->action = draft->action;
    return letter;
}

unsigned update_answer_send(struct state *state, int64_t now)
{
    struct answer_state *answer = &state->answer;
    struct answer_draft *draft = answer->open;
    struct err err;
    answer_letter_free(answer->letter);
    answer->letter = write_letter(draft, &err);
    if (!answer->letter) {
        draft->phase = ANSWER_EDITING;
        answer_draft_note(draft, INK_FAILED, err.what, err.hint);
        return 0;
    }
    answer->letter->number = draft->letter = ++state->generations;
    draft->phase = ANSWER_SENDING;
    draft->sent_at = now;
    return EFFECT_ANSWER;
}

static struct answer_draft *find_sent(const struct state *state, uint64_t number)
{
    for (size_t i = 0; i < state->answer.count; i++) {
        struct answer_draft *draft = state->answer.drafts[i];
        if (draft->phase == ANSWER_SENDING && draft->letter == number)
            return draft;
    }
    return NULL;
}

/* The question is closed, and so is its form. */
static unsigned arrived(struct state *state, struct answer_draft *draft, int64_t now, const char *what)
{
    bool is_open = draft == state->answer.open;
    state_say(state, now, INK_COMPLETED, "%s: the run goes on", what);
    if (is_open && state->overlay == OVERLAY_ANSWER)
        state->overlay = OVERLAY_NONE;
    if (is_open && state->under_help == OVERLAY_ANSWER)
        state->under_help = OVERLAY_NONE;
    update_answer_drop(state, draft);
    state->frame.is_urgent = true;
    state->list.keeps_top = state->list.top == 0;
    return EFFECT_REFRESH;
}

unsigned update_answer_sent(struct state *state, uint64_t number, const struct err *err, int64_t now)
{
    static const char *const done[] = {"accepted", "declined", "cancelled"};
    struct answer_draft *draft = find_sent(state, number);
    if (!draft) /* it was seen to have arrived */
        return 0;
    if (!err)
        return arrived(state, draft, now, done[draft->action]);
    bool is_open = draft == state->answer.open;
    draft->phase = ANSWER_EDITING;
    answer_draft_note(draft, INK_FAILED, err->what, err->hint);
    state->frame.is_urgent = true;
    if (!is_open)
        state_say(state, now, INK_FAILED, "the answer was not sent: %s", err->what);
    return is_open ? EFFECT_WATCH : 0;
}

static const struct interaction *find_question(const struct run_detail *detail, struct text id)
{
    for (size_t i = 0; i < detail->interaction_count; i++)
        if (text_eq(detail->interactions[i].id, id))
            return &detail->interactions[i];
    return NULL;
}

/* A server tells of the newest question only: another one in its place is no longer, or not yet, for us to
 * answer. */
static void weigh_again(const struct run_detail *detail, struct answer_draft *draft)
{
    char what[160];
    enum run_status status = run_status_of(detail->run.status);
    const struct interaction *found = find_question(detail, draft->question_id);
    if (run_status_is_terminal(status)) {
        snprintf(what, sizeof what, "the run has ended meanwhile (%s)", run_status_label(status));
        answer_draft_end(draft, what, "nobody waits for this answer any more");
    } else if (found && text_is(found->status, "cancelled")) {
        answer_draft_end(draft, "the question was cancelled meanwhile", "nothing is sent");
    } else if (found && !text_is(found->status, "pending")) {
        answer_draft_end(draft, "somebody else has answered meanwhile", "nothing is sent");
    } else if (!found && detail->pending >= 0) {
        answer_draft_end(draft, "the run asks something else by now", "close this and answer that");
    } else if (!found) {
        answer_draft_end(draft, "the question is not open any more",
                         "somebody else has answered it, nothing is sent");
    }
}

/* A server may keep the answer to an answer until the run waits again or ends: the question itself tells
 * sooner. A file tells at once. */
static unsigned weigh_sent(struct state *state, const struct run_detail *detail, int64_t now)
{
    struct answer_draft *draft = state->answer.open;
    const struct interaction *found = find_question(detail, draft->question_id);
    bool is_closed = !found || !text_is(found->status, "pending");
    return is_closed && http_address_is(state->source_arg) ? arrived(state, draft, now, "answered") : 0;
}

unsigned update_answer_watched(struct state *state, struct response *response, int64_t now)
{
    struct answer_draft *draft = state->answer.open;
    unsigned effects = 0;
    state->answer.is_asking = false;
    state->answer.watched_at = now;
    bool is_open = draft && (draft->phase == ANSWER_EDITING || draft->phase == ANSWER_CONFIRMING);
    if (is_open && response->code == ERR_NOT_FOUND)
        answer_draft_end(draft, "the run is not there any more", "nothing is sent");
    else if (is_open && response->code == ERR_OK)
        weigh_again(&response->watch.detail, draft);
    else if (draft && draft->phase == ANSWER_SENDING && response->code == ERR_OK)
        effects = weigh_sent(state, &response->watch.detail, now);
    state->frame.is_urgent |= is_open && draft->phase == ANSWER_OVER;
    response_free(response);
    return effects;
}

unsigned update_answer_source_changed(struct state *state)
{
    return state_watch_wait(state, INT64_MAX) == 0 ? EFFECT_WATCH : 0;
}
