/*
 * See answer_draft.h. What is drawn (items) follows what was typed (inputs) at every change.
 */
#include "tui/answer_draft.h"

#include "data/base/die.h"
#include "data/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So that it never grows: what a growing buffer leaves behind nobody wipes. */
static void reserve(struct buf *buf, size_t n)
{
    buf_init(buf, FORM_CONTENT_MAX);
    buf_fill(buf, ' ', n);
    buf_clear(buf);
}

void answer_draft_free(struct answer_draft *draft)
{
    if (!draft)
        return;
    for (size_t i = 0; i < draft->form.count; i++)
        answer_field_free(&draft->inputs[i]);
    arena_release(&draft->arena);
    free(draft);
}

/* What is drawn follows what was typed. */
static void show(struct answer_draft *draft, size_t i)
{
    const struct form_field *field = &draft->form.fields[i];
    struct answer_input *input = &draft->inputs[i];
    struct form_item *item = &draft->items[i];
    bool marks[FORM_CHOICES_MAX];
    if (field->kind == FORM_CHOICES)
        answer_form_marks(field, answer_field_typed(field, input), marks);
    item->option = input->chosen;
    item->is_missing = field->is_required && !answer_field_typed(field, input).n;
    item->error = input->is_judged ? input->why : "";
    for (size_t o = 0; o < item->option_count; o++)
        input->options[o].is_on = field->kind == FORM_CHOICES ? marks[o] : (ptrdiff_t)o == input->chosen;
}

static void judge(struct answer_draft *draft, size_t i)
{
    struct answer_input *input = &draft->inputs[i];
    const struct form_field *field = &draft->form.fields[i];
    answer_form_check(field, answer_field_typed(field, input), input->why);
    input->is_judged = true;
    show(draft, i);
}

/* Something was typed: what was wrong may be right now, and is not said to be wrong before it is left. */
static void changed(struct answer_draft *draft, size_t i)
{
    struct answer_input *input = &draft->inputs[i];
    const struct form_field *field = &draft->form.fields[i];
    if (input->is_judged && answer_form_check(field, answer_field_typed(field, input), input->why))
        input->is_judged = false;
    show(draft, i);
}

static void make_input(struct answer_draft *draft, size_t i)
{
    const struct form_field *field = &draft->form.fields[i];
    struct answer_input *input = &draft->inputs[i];
    bool has_line = answer_field_is_line(field);
    size_t options = has_line ? 0 : answer_field_options(field);
    answer_field_init(field, input);
    input->options = arena_array(&draft->arena, options ? options : 1, sizeof *input->options);
    for (size_t o = 0; o < options; o++)
        input->options[o].label = answer_field_label(field, o);
    draft->items[i] = (struct form_item){
        .label = field->title.n ? field->title : TEXT_LIT("the answer"),
        .about = field->description,
        .is_required = field->is_required,
        .hint = has_line || field->kind == FORM_CHOICES ? field->hint : "", /* options speak for themselves */
        .error = "",
        .control = answer_field_control(field),
        .edit = input->edit,
        .options = input->options,
        .option_count = options,
    };
    show(draft, i);
}

/* ---- a draft ---- */

static struct text message_of(struct answer_draft *draft, const struct interaction *interaction)
{
    struct text message = draft->form.message.n ? draft->form.message : interaction->purpose;
    if (!message.n)
        return TEXT_LIT("The run asks for an answer.");
    draft->is_message_cut = message.n > ANSWER_MESSAGE_MAX;
    if (draft->is_message_cut)
        message.n = utf8_cut(message, ANSWER_MESSAGE_MAX);
    return arena_text(&draft->arena, message);
}

static void read_form(struct answer_draft *draft, struct text payload)
{
    struct err err;
    if (payload.n > FORM_PAYLOAD_MAX)
        payload.n = FORM_PAYLOAD_MAX + 1; /* enough to be refused */
    draft->is_broken =
        answer_form_read(arena_text(&draft->arena, payload), &draft->arena, &draft->form, &err) != ERR_OK;
    if (!draft->is_broken)
        return;
    draft->form.count = 0;
    answer_draft_note(draft, INK_WARN, "its form cannot be shown, it can be declined", err.what);
}

struct answer_draft *answer_draft_new(const struct run *run, const struct interaction *interaction)
{
    char code[RUN_CODE_HEAD + 1];
    struct answer_draft *draft = mem_new_array(1, sizeof *draft);
    arena_init(&draft->arena);
    size_t n = text_fold_space(run->code, code, RUN_CODE_HEAD);
    draft->run_id = arena_text(&draft->arena, run->id);
    draft->scope_id = arena_text(&draft->arena, run->scope_id);
    draft->question_id = arena_text(&draft->arena, interaction->id);
    draft->code = arena_text(&draft->arena, (struct text){code, n});
    draft->asked_at = interaction->created_at;
    read_form(draft, interaction->payload_json);
    draft->message = message_of(draft, interaction);
    draft->inputs = arena_array(&draft->arena, draft->form.count + 1, sizeof *draft->inputs);
    draft->items = arena_array(&draft->arena, draft->form.count + 1, sizeof *draft->items);
    for (size_t i = 0; i < draft->form.count; i++)
        make_input(draft, i);
    draft->is_scrolled = true; /* the question is read first */
    return draft;
}

bool answer_draft_is_of(const struct answer_draft *draft, const struct run *run,
                        const struct interaction *interaction)
{
    return text_eq(draft->question_id, interaction->id) && text_eq(draft->run_id, run->id) &&
           text_eq(draft->scope_id, run->scope_id);
}

void answer_draft_note(struct answer_draft *draft, enum ink ink, const char *what, const char *hint)
{
    char first = *hint >= 'a' && *hint <= 'z' ? (char)(*hint - 'a' + 'A') : *hint;
    if (first)
        snprintf(draft->note, sizeof draft->note, "%s. %c%s", what, first, hint + 1);
    else
        snprintf(draft->note, sizeof draft->note, "%s", what);
    draft->note_ink = ink;
}

void answer_draft_end(struct answer_draft *draft, const char *what, const char *hint)
{
    draft->phase = ANSWER_OVER;
    draft->top = 0;
    answer_draft_note(draft, INK_WARN, what, hint);
}

size_t answer_draft_actions(const struct answer_draft *draft, enum answer_action actions[ANSWER_ACTIONS])
{
    size_t count = 0;
    for (int i = draft->is_broken ? ANSWER_DECLINE : ANSWER_ACCEPT; i < ANSWER_ACTIONS; i++)
        actions[count++] = (enum answer_action)i;
    return count;
}

struct answer_input *answer_draft_focused(struct answer_draft *draft)
{
    return draft->focus < draft->form.count ? &draft->inputs[draft->focus] : NULL;
}

/* ---- all fields ---- */

bool answer_draft_feed(struct answer_draft *draft, struct key key)
{
    struct answer_input *input = answer_draft_focused(draft);
    if (!input || !answer_field_feed(&draft->form.fields[draft->focus], input, key))
        return false;
    changed(draft, draft->focus);
    return true;
}

bool answer_draft_paste(struct answer_draft *draft, struct text text)
{
    struct answer_input *input = answer_draft_focused(draft);
    if (!input || !answer_field_paste(&draft->form.fields[draft->focus], input, text))
        return false;
    changed(draft, draft->focus);
    return true;
}

void answer_draft_leave(struct answer_draft *draft)
{
    struct answer_input *input = answer_draft_focused(draft);
    if (!input)
        return;
    input->sought[0] = '\0';
    if (answer_field_typed(&draft->form.fields[draft->focus], input).n)
        judge(draft, draft->focus);
}

ptrdiff_t answer_draft_check(struct answer_draft *draft, size_t *wrong)
{
    ptrdiff_t first = -1;
    *wrong = 0;
    for (size_t i = 0; i < draft->form.count; i++) {
        judge(draft, i);
        if (!draft->inputs[i].why[0])
            continue;
        first = first < 0 ? (ptrdiff_t)i : first;
        ++*wrong;
    }
    return first;
}

/* Names and what JSON makes of the worst characters: six bytes for one. */
static size_t content_room(const struct answer_draft *draft, const struct text *typed)
{
    size_t room = 64;
    for (size_t i = 0; i < draft->form.count; i++)
        room += 6 * (draft->form.fields[i].name.n + typed[i].n) + 16;
    return room < FORM_CONTENT_MAX ? room : FORM_CONTENT_MAX;
}

enum err_code answer_draft_content(struct answer_draft *draft, struct buf *content, struct err *err)
{
    struct text typed[FORM_FIELDS_MAX];
    for (size_t i = 0; i < draft->form.count; i++)
        typed[i] = answer_field_typed(&draft->form.fields[i], &draft->inputs[i]);
    reserve(content, content_room(draft, typed));
    return answer_form_content(&draft->form, typed, content, err);
}
