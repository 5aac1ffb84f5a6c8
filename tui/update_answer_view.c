/*
 * A question as it is drawn: the words around the form, of the moment; and what a change of size means for
 * it.
 */
#include "tui/update.h"

#include <inttypes.h>
#include <stdio.h>

static const char *outcome_of(const struct answer_draft *draft)
{
    switch (draft->action) {
    case ANSWER_ACCEPT:
        if (draft->form.is_url)
            return "Accept: the run goes on, and takes it that you have been at the address.";
        return draft->form.count ? "Accept: the run goes on with this answer." : "Accept: the run goes on.";
    case ANSWER_DECLINE:
        return "Decline: the run goes on and is told that you declined. Nothing that was typed is sent.";
    case ANSWER_CANCEL:
        return "Cancel: the question is withdrawn, and the run goes on without an answer. Nothing that was "
               "typed is sent.";
    }
    return "";
}

static void name_key(const struct state *state, enum command command, enum key_context context,
                     const char *words, char out[ANSWER_WORDS])
{
    struct key_chain chain = KEY_CHAIN(context, CONTEXT_EVERYWHERE);
    struct buf keys;
    buf_init(&keys, ANSWER_WORDS / 2);
    keymap_keys_for(state->keymap, command, &chain, state->ascii ? KEY_FORM_ASCII : KEY_FORM_SCREEN, 1,
                    &keys);
    snprintf(out, ANSWER_WORDS, keys.len ? "%s %s" : "%s%s", buf_cstr(&keys), words);
    buf_release(&keys);
}

static void fill_words(const struct state *state, int64_t now, struct answer_view *view)
{
    const struct answer_draft *draft = state->answer.open;
    char back[ANSWER_WORDS], ago[TIME_TEXT];
    if (draft->asked_at == TIME_NONE)
        snprintf(view->since, sizeof view->since, "waiting");
    else {
        time_format_ago(draft->asked_at, now, ago);
        snprintf(view->since, sizeof view->since, "asked %s", ago);
    }
    name_key(state, COMMAND_COPY_ADDRESS, CONTEXT_FORM, "copies it", view->url_keys);
    name_key(state, COMMAND_SEND, CONTEXT_CONFIRM, "sends it", view->call);
    name_key(state, COMMAND_CLOSE_LAYER, CONTEXT_CONFIRM, "goes back", back);
    size_t n = strlen(view->call);
    snprintf(view->call + n, sizeof view->call - n, "   %s", back);
    snprintf(view->note, sizeof view->note, "%s", draft->note);
    int64_t sent = (now - draft->sent_at) / SECOND_MS;
    if (draft->phase == ANSWER_SENDING && sent > 0)
        snprintf(view->note, sizeof view->note, "sending… %" PRId64 " s", sent);
    else if (draft->phase == ANSWER_SENDING)
        snprintf(view->note, sizeof view->note, "sending…");
}

void update_answer_view(const struct state *state, int64_t now, struct answer_view *view)
{
    static const char *const words[] = {"Accept", "Decline", "Cancel"};
    static const char *const titles[] = {"Answer", "Send this?", "Answer", "Answer"};
    const struct answer_draft *draft = state->answer.open;
    enum answer_action actions[ANSWER_ACTIONS];
    size_t count = answer_draft_actions(draft, actions);
    bool is_edited = draft->phase == ANSWER_EDITING, is_over = draft->phase == ANSWER_OVER;
    bool has_items = is_edited || (!is_over && draft->action == ANSWER_ACCEPT);
    fill_words(state, now, view);
    for (size_t i = 0; i < count; i++)
        view->buttons[i] = words[actions[i]];
    view->form = (struct form_model){
        .ascii = state->ascii,
        .title = titles[draft->phase],
        .message = draft->message,
        .is_message_cut = draft->is_message_cut,
        .url = draft->form.url,
        .url_keys = is_edited ? view->url_keys : NULL,
        .run_id = draft->run_id,
        .code = draft->code,
        .since = view->since,
        .outcome = is_edited || is_over ? NULL : outcome_of(draft),
        .items = draft->items,
        .count = has_items ? draft->form.count : 0,
        .is_review = !is_edited,
        .buttons = view->buttons,
        .button_count = is_edited ? count : 0,
        .focus = is_edited ? (ptrdiff_t)draft->focus : -1,
        .top = draft->top,
        .note = view->note[0] ? view->note : NULL,
        .note_ink = draft->phase == ANSWER_SENDING ? INK_RUNNING : draft->note_ink,
        .call = draft->phase == ANSWER_CONFIRMING ? view->call : NULL,
    };
}

/* The top, and the line that is typed in, fit the screen. */
void update_answer_settle(struct state *state, int64_t now)
{
    struct answer_draft *draft = state->answer.open;
    if (state->overlay != OVERLAY_ANSWER)
        return;
    struct rect screen = layout_of(state).above_footer;
    struct answer_view view;
    update_answer_view(state, now, &view);
    struct answer_input *input = answer_draft_focused(draft);
    if (input && input->edit)
        lineedit_fit(input->edit, form_value_cells(screen, &view.form));
    draft->top = draft->is_scrolled || !view.form.button_count ? form_clamp(screen, &view.form)
                                                               : form_reveal(screen, &view.form);
}
