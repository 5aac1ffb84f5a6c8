/*
 * See answer_draft.h. A field that is secret is a line whatever it is of: a list that shows what is chosen would tell it.
 */
#include "tui/answer_draft.h"

#include "data/base/die.h"
#include "data/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { YES, NO, BOOLEANS };

/* ---- memory that held what was typed ---- */

void answer_wipe_buf(struct buf *buf)
{
    if (buf->data)
        explicit_bzero(buf->data, buf->cap);
    buf_release(buf);
}

/* So that it never grows: what a growing buffer leaves behind nobody wipes. */
static void reserve(struct buf *buf, size_t n)
{
    buf_init(buf, FORM_CONTENT_MAX);
    buf_fill(buf, ' ', n);
    buf_clear(buf);
}

static void free_input(struct answer_input *input)
{
    if (input->edit)
        explicit_bzero(input->edit, sizeof *input->edit);
    free(input->edit);
    answer_wipe_buf(&input->ticked);
}

void answer_draft_free(struct answer_draft *draft)
{
    if (!draft)
        return;
    for (size_t i = 0; i < draft->form.count; i++)
        free_input(&draft->inputs[i]);
    arena_release(&draft->arena);
    free(draft);
}

/* ---- fields ---- */

static bool is_line(const struct form_field *field)
{
    return field->is_secret ||
           (field->kind != FORM_BOOLEAN && field->kind != FORM_CHOICE && field->kind != FORM_CHOICES);
}

static enum form_control control_of(const struct form_field *field)
{
    if (is_line(field))
        return field->is_secret ? CONTROL_SECRET : CONTROL_LINE;
    return field->kind == FORM_CHOICES ? CONTROL_ANY_OF : CONTROL_ONE_OF;
}

static size_t option_count(const struct form_field *field)
{
    return field->kind == FORM_BOOLEAN ? BOOLEANS : field->choice_count;
}

static struct text option_label(const struct form_field *field, size_t i)
{
    if (field->kind == FORM_BOOLEAN)
        return i == YES ? TEXT_LIT("yes") : TEXT_LIT("no");
    return field->choices[i].label;
}

static struct text option_value(const struct form_field *field, size_t i)
{
    if (field->kind == FORM_BOOLEAN)
        return i == YES ? TEXT_LIT("true") : TEXT_LIT("false");
    return field->choices[i].value;
}

static struct text typed_of(const struct form_field *field, const struct answer_input *input)
{
    if (is_line(field))
        return input->edit->len ? (struct text){input->edit->text, input->edit->len} : TEXT_NULL;
    if (field->kind == FORM_CHOICES)
        return input->ticked.len ? buf_as_text(&input->ticked) : TEXT_NULL;
    return input->chosen >= 0 ? option_value(field, (size_t)input->chosen) : TEXT_NULL;
}

/* What is drawn follows what was typed. */
static void show(struct answer_draft *draft, size_t i)
{
    const struct form_field *field = &draft->form.fields[i];
    struct answer_input *input = &draft->inputs[i];
    struct form_item *item = &draft->items[i];
    item->option = input->chosen;
    item->is_missing = field->is_required && !typed_of(field, input).n;
    item->error = input->is_judged ? input->why : "";
    for (size_t o = 0; o < item->option_count; o++)
        input->options[o].is_on = field->kind == FORM_CHOICES
                                      ? answer_form_has(field, typed_of(field, input), o)
                                      : (ptrdiff_t)o == input->chosen;
}

static void judge(struct answer_draft *draft, size_t i)
{
    struct answer_input *input = &draft->inputs[i];
    const struct form_field *field = &draft->form.fields[i];
    answer_form_check(field, typed_of(field, input), input->why);
    input->is_judged = true;
    show(draft, i);
}

/* Something was typed: what was wrong may be right now, and is not said to be wrong before it is left. */
static void changed(struct answer_draft *draft, size_t i)
{
    struct answer_input *input = &draft->inputs[i];
    const struct form_field *field = &draft->form.fields[i];
    if (input->is_judged && answer_form_check(field, typed_of(field, input), input->why))
        input->is_judged = false;
    show(draft, i);
}

static void preset(struct answer_draft *draft, size_t i)
{
    const struct form_field *field = &draft->form.fields[i];
    struct answer_input *input = &draft->inputs[i];
    if (is_line(field)) {
        lineedit_set(input->edit, field->preset);
        return;
    }
    if (field->kind == FORM_CHOICES)
        buf_text(&input->ticked, field->preset);
    for (size_t o = 0; o < option_count(field) && field->preset.s; o++)
        if (field->kind != FORM_CHOICES && text_eq(field->preset, option_value(field, o)))
            input->chosen = (ptrdiff_t)o;
}

static void make_input(struct answer_draft *draft, size_t i)
{
    const struct form_field *field = &draft->form.fields[i];
    struct answer_input *input = &draft->inputs[i];
    bool has_line = is_line(field);
    *input = (struct answer_input){.chosen = field->kind == FORM_CHOICES && field->choice_count ? 0 : -1};
    buf_init(&input->ticked, FORM_CONTENT_MAX);
    if (has_line)
        input->edit = mem_new_array(1, sizeof *input->edit);
    size_t options = has_line ? 0 : option_count(field);
    input->options = arena_array(&draft->arena, options ? options : 1, sizeof *input->options);
    for (size_t o = 0; o < options; o++)
        input->options[o].label = option_label(field, o);
    draft->items[i] = (struct form_item){
        .label = field->title.n ? field->title : TEXT_LIT("the answer"),
        .about = field->description,
        .is_required = field->is_required,
        .hint = has_line || field->kind == FORM_CHOICES ? field->hint : "", /* options speak for themselves */
        .error = "",
        .control = control_of(field),
        .edit = input->edit,
        .options = input->options,
        .option_count = options,
    };
    preset(draft, i);
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

/* ---- keys of a field with options ---- */

static void choose(struct answer_input *input, size_t count, ptrdiff_t step)
{
    ptrdiff_t last = (ptrdiff_t)count - 1;
    input->sought[0] = '\0';
    input->chosen =
        input->chosen < 0 ? (step > 0 ? 0 : last) : (input->chosen + step + last + 1) % (last + 1);
}

static void tick(const struct form_field *field, struct answer_input *input)
{
    struct buf ticked;
    if (input->chosen < 0)
        return;
    buf_init(&ticked, FORM_CONTENT_MAX);
    answer_form_toggle(field, typed_of(field, input), (size_t)input->chosen, &ticked);
    answer_wipe_buf(&input->ticked);
    input->ticked = ticked;
}

static bool begins_with(struct text text, const char *start)
{
    size_t n = strlen(start);
    return n <= text.n && strncasecmp(text.s, start, n) == 0;
}

/* The next option whose name, or else whose value, begins so. */
static ptrdiff_t find_option(const struct form_field *field, const char *start)
{
    for (size_t i = 0; i < option_count(field); i++)
        if (begins_with(option_label(field, i), start))
            return (ptrdiff_t)i;
    for (size_t i = 0; i < option_count(field); i++)
        if (begins_with(option_value(field, i), start))
            return (ptrdiff_t)i;
    return -1;
}

/* Letters go on with the name that was begun; where none begins so, they begin another. */
static void seek(const struct form_field *field, struct answer_input *input, struct text letters)
{
    char sought[ANSWER_SOUGHT];
    size_t n = strlen(input->sought);
    if (letters.n >= sizeof sought)
        return;
    n = n + letters.n < sizeof sought ? n : 0;
    snprintf(sought, sizeof sought, "%.*s%.*s", (int)n, input->sought, (int)letters.n, letters.s);
    ptrdiff_t found = find_option(field, sought);
    if (found < 0 && n) {
        snprintf(sought, sizeof sought, "%.*s", (int)letters.n, letters.s);
        found = find_option(field, sought);
    }
    snprintf(input->sought, sizeof input->sought, "%s", found < 0 ? "" : sought);
    input->chosen = found < 0 ? input->chosen : found;
}

static void clear(const struct form_field *field, struct answer_input *input)
{
    input->sought[0] = '\0';
    if (field->kind == FORM_CHOICES)
        buf_clear(&input->ticked);
    else
        input->chosen = -1;
}

static bool feed_options(const struct form_field *field, struct answer_input *input, struct key key)
{
    size_t count = option_count(field);
    char bytes[4];
    bool is_space = key_equal(key, key_char(U' ', 0));
    if (!count)
        return false;
    switch (key.named) {
    case NAMED_LEFT: choose(input, count, -1); return true;
    case NAMED_RIGHT: choose(input, count, 1); return true;
    case NAMED_HOME: input->chosen = 0; return true;
    case NAMED_END: input->chosen = (ptrdiff_t)count - 1; return true;
    case NAMED_BACKSPACE:
    case NAMED_DELETE: clear(field, input); return true;
    default: break;
    }
    if (!key_is_printable(key))
        return false;
    if (is_space && field->kind == FORM_CHOICES)
        tick(field, input);
    else if (is_space && !input->sought[0])
        choose(input, count, 1);
    else
        seek(field, input, (struct text){bytes, utf8_encode(key.ch, bytes)});
    return true;
}

/* ---- all fields ---- */

bool answer_draft_feed(struct answer_draft *draft, struct key key)
{
    struct answer_input *input = answer_draft_focused(draft);
    if (!input)
        return false;
    bool is_taken = input->edit ? lineedit_feed(input->edit, key)
                                : feed_options(&draft->form.fields[draft->focus], input, key);
    if (is_taken)
        changed(draft, draft->focus);
    return is_taken;
}

/* The line break that most things end in when they are copied is no part of them. */
bool answer_draft_paste(struct answer_draft *draft, struct text text)
{
    struct answer_input *input = answer_draft_focused(draft);
    while (text.n && (text.s[text.n - 1] == '\n' || text.s[text.n - 1] == '\r'))
        text.n--;
    if (!input || (input->edit && !lineedit_insert(input->edit, text)))
        return false;
    if (!input->edit) {
        input->sought[0] = '\0';
        seek(&draft->form.fields[draft->focus], input, text);
    }
    changed(draft, draft->focus);
    return true;
}

void answer_draft_leave(struct answer_draft *draft)
{
    struct answer_input *input = answer_draft_focused(draft);
    if (!input)
        return;
    input->sought[0] = '\0';
    if (typed_of(&draft->form.fields[draft->focus], input).n)
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
        typed[i] = typed_of(&draft->form.fields[i], &draft->inputs[i]);
    if (draft->form.is_url) {
        buf_init(content, FORM_CONTENT_MAX);
        return ERR_OK;
    }
    reserve(content, content_room(draft, typed));
    return answer_form_content(&draft->form, typed, content, err);
}
