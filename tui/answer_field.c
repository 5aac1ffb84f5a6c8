/*
 * See answer_field.h. A field that is secret is a line whatever it is of: a list that shows what is chosen
 * would tell it.
 */
#include "tui/answer_field.h"

#include "data/base/die.h"
#include "data/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { YES, NO, BOOLEANS };

void answer_field_free(struct answer_input *input)
{
    if (input->edit)
        explicit_bzero(input->edit, sizeof *input->edit);
    free(input->edit);
    buf_wipe(&input->ticked);
}

/* ---- fields ---- */

bool answer_field_is_line(const struct form_field *field)
{
    return field->is_secret ||
           (field->kind != FORM_BOOLEAN && field->kind != FORM_CHOICE && field->kind != FORM_CHOICES);
}

enum form_control answer_field_control(const struct form_field *field)
{
    if (answer_field_is_line(field))
        return field->is_secret ? CONTROL_SECRET : CONTROL_LINE;
    return field->kind == FORM_CHOICES ? CONTROL_ANY_OF : CONTROL_ONE_OF;
}

size_t answer_field_options(const struct form_field *field)
{
    return field->kind == FORM_BOOLEAN ? BOOLEANS : field->choice_count;
}

struct text answer_field_label(const struct form_field *field, size_t i)
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

struct text answer_field_typed(const struct form_field *field, const struct answer_input *input)
{
    if (input->edit)
        return input->edit->len ? (struct text){input->edit->text, input->edit->len} : TEXT_NULL;
    if (field->kind == FORM_CHOICES)
        return input->ticked.len ? buf_as_text(&input->ticked) : TEXT_NULL;
    return input->chosen >= 0 ? option_value(field, (size_t)input->chosen) : TEXT_NULL;
}

static void preset(const struct form_field *field, struct answer_input *input)
{
    if (answer_field_is_line(field)) {
        lineedit_set(input->edit, field->preset);
        return;
    }
    if (field->kind == FORM_CHOICES)
        buf_text(&input->ticked, field->preset);
    for (size_t o = 0; o < answer_field_options(field) && field->preset.s; o++)
        if (field->kind != FORM_CHOICES && text_eq(field->preset, option_value(field, o)))
            input->chosen = (ptrdiff_t)o;
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
    answer_form_toggle(field, answer_field_typed(field, input), (size_t)input->chosen, &ticked);
    buf_wipe(&input->ticked);
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
    for (size_t i = 0; i < answer_field_options(field); i++)
        if (begins_with(answer_field_label(field, i), start))
            return (ptrdiff_t)i;
    for (size_t i = 0; i < answer_field_options(field); i++)
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
    size_t count = answer_field_options(field);
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

void answer_field_init(const struct form_field *field, struct answer_input *input)
{
    bool is_any = field->kind == FORM_CHOICES && field->choice_count;
    *input = (struct answer_input){.chosen = is_any ? 0 : -1};
    buf_init(&input->ticked, FORM_CONTENT_MAX);
    if (answer_field_is_line(field))
        input->edit = mem_new_array(1, sizeof *input->edit);
    preset(field, input);
}

bool answer_field_feed(const struct form_field *field, struct answer_input *input, struct key key)
{
    return input->edit ? lineedit_feed(input->edit, key) : feed_options(field, input, key);
}

/* The line break that most things end in when they are copied is no part of them. */
bool answer_field_paste(const struct form_field *field, struct answer_input *input, struct text text)
{
    while (text.n && (text.s[text.n - 1] == '\n' || text.s[text.n - 1] == '\r'))
        text.n--;
    if (input->edit)
        return lineedit_insert(input->edit, text);
    input->sought[0] = '\0';
    seek(field, input, text);
    return true;
}
