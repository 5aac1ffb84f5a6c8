/*
 * Answering a run: its question as a form, shown once more before it is sent, and sent by the loop. What is
 * known of the question is looked at again while it is open, so that nobody answers what somebody else has
 * answered already. (answer_draft.h has what is typed.)
 */
#include "tui/update.h"

#include "data/record/recorder.h"

#include <stdio.h>

/* ---- drafts ---- */

void update_answer_drop(struct state *state, struct answer_draft *draft)
{
    struct answer_state *answer = &state->answer;
    size_t at = 0;
    while (at < answer->count && answer->drafts[at] != draft)
        at++;
    for (; at + 1 < answer->count; at++)
        answer->drafts[at] = answer->drafts[at + 1];
    answer->count--;
    if (answer->open == draft)
        answer->open = NULL;
    answer_draft_free(draft);
}

static struct answer_draft *draft_of(struct state *state, const struct run *run,
                                     const struct interaction *interaction)
{
    struct answer_state *answer = &state->answer;
    for (size_t i = 0; i < answer->count; i++) {
        struct answer_draft *draft = answer->drafts[i];
        if (answer_draft_is_of(draft, run, interaction) && draft->phase != ANSWER_OVER)
            return draft;
    }
    for (size_t i = 0; i < answer->count && answer->count == ANSWER_DRAFTS_MAX; i++)
        if (answer->drafts[i]->phase != ANSWER_SENDING)
            update_answer_drop(state, answer->drafts[i]);
    return answer->drafts[answer->count++] = answer_draft_new(run, interaction);
}

/* ---- opening ---- */

/* A run that is its executor's own waits in that process, which reads no file for its answers. */
static void weigh(const struct state *state, const struct run *run, struct answer_draft *draft)
{
    struct recorder recorder;
    char what[160];
    if (run_status_is_terminal(run_status_of(run->status))) {
        snprintf(what, sizeof what, "the run has ended (%s)", run_status_label(run_status_of(run->status)));
        answer_draft_end(draft, what, "nobody waits for this answer");
    } else if (!http_address_is(state->source_arg) && !recorder_parse(run->trigger_meta_json, &recorder)) {
        answer_draft_end(
            draft, "this run waits inside its executor, which reads no answer from this file",
            "open the executor's API as the source (executor-runs http://localhost:4788) and answer it "
            "there");
    }
}

static unsigned open_question(struct state *state, const struct run_detail *detail)
{
    const struct interaction *interaction = &detail->interactions[detail->pending];
    struct answer_draft *draft = draft_of(state, &detail->run, interaction);
    if (draft->phase == ANSWER_EDITING || draft->phase == ANSWER_CONFIRMING) {
        draft->phase = ANSWER_EDITING;
        weigh(state, &detail->run, draft);
    }
    state->answer.open = draft;
    state->overlay = OVERLAY_ANSWER;
    return draft->phase == ANSWER_EDITING ? EFFECT_WATCH : 0;
}

unsigned update_answer_open(struct state *state, int64_t now)
{
    const struct run_row *row = state_selected(state);
    if (!row) {
        state_say(state, now, INK_MUTED, "no run is selected");
        return 0;
    }
    bool is_there = state_has_detail_of(state, row) && state->detail.shown->detail.detail.pending >= 0;
    return is_there ? open_question(state, &state->detail.shown->detail.detail)
                    : update_detail_answer(state, now);
}

unsigned update_answer_found(struct state *state, int64_t now)
{
    const struct run_detail *detail = &state->detail.shown->detail.detail;
    if (detail->pending >= 0)
        return state->overlay == OVERLAY_NONE ? open_question(state, detail) : 0;
    state_say(state, now, INK_MUTED, "this run does not wait for an answer");
    return 0;
}

bool update_answer_close(struct state *state)
{
    struct answer_draft *draft = state->answer.open;
    if (draft->phase == ANSWER_CONFIRMING) {
        draft->phase = ANSWER_EDITING;
        draft->top = 0;
        draft->is_scrolled = false;
        return true;
    }
    state->overlay = OVERLAY_NONE;
    state->answer.open = NULL;
    if (draft->phase == ANSWER_OVER)
        update_answer_drop(state, draft);
    return true;
}

/* ---- keys ---- */

/* Where a long question is being read the fields may be out of sight: then they are shown first. */
static bool reveal(struct state *state, int64_t now)
{
    struct answer_view view;
    struct answer_draft *draft = state->answer.open;
    update_answer_view(state, now, &view);
    bool was_hidden =
        draft->is_scrolled && form_reveal(layout_of(state).above_footer, &view.form) != draft->top;
    draft->is_scrolled = false;
    return was_hidden;
}

static void move(struct answer_draft *draft, ptrdiff_t step)
{
    enum answer_action actions[ANSWER_ACTIONS];
    ptrdiff_t count = (ptrdiff_t)(draft->form.count + answer_draft_actions(draft, actions));
    answer_draft_leave(draft);
    draft->focus = (size_t)(((ptrdiff_t)draft->focus + step + count) % count);
}

static void scroll(struct state *state, int64_t now, int lines, int pages)
{
    struct answer_view view;
    struct answer_draft *draft = state->answer.open;
    update_answer_view(state, now, &view);
    struct rect screen = layout_of(state).above_footer;
    view.form.top += lines + pages * form_page(screen, &view.form);
    draft->top = form_clamp(screen, &view.form);
    draft->is_scrolled = true;
}

/* The step before it is sent; a form that is wrong shows where. */
static void confirm(struct answer_draft *draft, enum answer_action action)
{
    size_t wrong = 0;
    char what[80];
    if (action == ANSWER_ACCEPT && draft->is_broken)
        return;
    ptrdiff_t first = action == ANSWER_ACCEPT ? answer_draft_check(draft, &wrong) : -1;
    if (first >= 0) {
        snprintf(what, sizeof what,
                 wrong == 1 ? "%zu field is not right yet" : "%zu fields are not right yet", wrong);
        answer_draft_note(draft, INK_FAILED, what, "");
        draft->focus = (size_t)first;
        draft->is_scrolled = false;
        return;
    }
    draft->note[0] = '\0';
    draft->action = action;
    draft->phase = ANSWER_CONFIRMING;
    draft->top = 0;
}

static unsigned copy_address(struct state *state, int64_t now)
{
    const struct answer_draft *draft = state->answer.open;
    if (!draft->form.url.n) {
        state_say(state, now, INK_MUTED, "the question names no address");
        return 0;
    }
    buf_clear(&state->outgoing);
    buf_text(&state->outgoing, draft->form.url);
    snprintf(state->outgoing_name, sizeof state->outgoing_name, "address");
    return EFFECT_COPY;
}

/* Enter goes through the fields; on a button it presses it. */
static void enter(struct answer_draft *draft)
{
    enum answer_action actions[ANSWER_ACTIONS];
    answer_draft_actions(draft, actions);
    if (draft->focus < draft->form.count)
        move(draft, 1);
    else
        confirm(draft, actions[draft->focus - draft->form.count]);
}

static unsigned edit_command(struct state *state, enum command command, int64_t now)
{
    struct answer_draft *draft = state->answer.open;
    bool is_step = command == COMMAND_MOVE_UP || command == COMMAND_MOVE_DOWN || command == COMMAND_ACCEPT;
    if (is_step && reveal(state, now))
        return 0;
    switch (command) {
    case COMMAND_MOVE_UP: move(draft, -1); return 0;
    case COMMAND_MOVE_DOWN: move(draft, 1); return 0;
    case COMMAND_ACCEPT: enter(draft); return 0;
    case COMMAND_ANSWER_ACCEPT: confirm(draft, ANSWER_ACCEPT); return 0;
    case COMMAND_ANSWER_DECLINE: confirm(draft, ANSWER_DECLINE); return 0;
    case COMMAND_ANSWER_CANCEL: confirm(draft, ANSWER_CANCEL); return 0;
    case COMMAND_COPY_ADDRESS: return copy_address(state, now);
    default: return 0;
    }
}

unsigned update_answer_command(struct state *state, enum command command, int64_t now)
{
    const struct answer_draft *draft = state->answer.open;
    switch (command) {
    case COMMAND_PAGE_UP: scroll(state, now, 0, -1); return 0;
    case COMMAND_PAGE_DOWN: scroll(state, now, 0, 1); return 0;
    default: break;
    }
    if (draft->phase == ANSWER_EDITING)
        return edit_command(state, command, now);
    switch (command) {
    case COMMAND_MOVE_UP: scroll(state, now, -1, 0); return 0;
    case COMMAND_MOVE_DOWN: scroll(state, now, 1, 0); return 0;
    case COMMAND_SEND: return draft->phase == ANSWER_CONFIRMING ? update_answer_send(state, now) : 0;
    default: return 0;
    }
}

unsigned update_answer_typed(struct state *state, struct key key)
{
    struct answer_draft *draft = state->answer.open;
    if (draft->phase != ANSWER_EDITING)
        return 0;
    if (draft->focus >= draft->form.count) {
        bool is_back = key.named == NAMED_LEFT && draft->focus > draft->form.count;
        enum answer_action actions[ANSWER_ACTIONS];
        size_t last = draft->form.count + answer_draft_actions(draft, actions) - 1;
        draft->is_scrolled = false;
        if (is_back || (key.named == NAMED_RIGHT && draft->focus < last))
            move(draft, is_back ? -1 : 1);
    } else if (answer_draft_feed(draft, key)) {
        draft->note[0] = '\0';
        draft->is_scrolled = false;
    }
    return 0;
}

/* What the terminal could not hold is missing at the end, and might not be missed. */
static bool is_cut(struct text pasted)
{
    enum { GLYPH_BYTES = 4 };
    return pasted.n > TERM_PASTE_MAX - GLYPH_BYTES;
}

void update_answer_pasted(struct state *state, struct text text)
{
    struct answer_draft *draft = state->answer.open;
    if (draft->phase != ANSWER_EDITING || draft->focus >= draft->form.count)
        return;
    draft->is_scrolled = false;
    if (is_cut(text) || !answer_draft_paste(draft, text))
        answer_draft_note(draft, INK_WARN, "what was pasted is too long for this field",
                          "nothing of it is here");
    else
        draft->note[0] = '\0';
}
