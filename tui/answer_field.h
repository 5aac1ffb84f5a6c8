/*
 * A field of a form and what a person has typed for it: a line, one of several, any of several.
 */
#pragma once

#include "data/text/answer_form.h"
#include "widgets/form.h"

enum { ANSWER_SOUGHT = 32 };

struct answer_input {
    struct lineedit *edit;      /* of a line; NULL for choices. Owned */
    ptrdiff_t chosen;           /* of one of several; -1 none. Booleans: 0 yes, 1 no */
    struct buf ticked;          /* of any of several: the JSON list */
    char sought[ANSWER_SOUGHT]; /* what was typed to find an option by its name */
    bool is_judged;             /* it has been left, or was to be sent: its error is shown */
    char why[FORM_WHY];
    struct form_option *options; /* in the draft's arena */
};

bool answer_field_is_line(const struct form_field *field);
enum form_control answer_field_control(const struct form_field *field);
size_t answer_field_options(const struct form_field *field); /* where it is no line */
struct text answer_field_label(const struct form_field *field, size_t option);

void answer_field_init(const struct form_field *field, struct answer_input *input); /* with its default */
void answer_field_free(struct answer_input *input);                                 /* wipes */

/* As answer_form_check wants it; null: nothing was typed. Borrowed until the next change. */
struct text answer_field_typed(const struct form_field *field, const struct answer_input *input);

/* False where the key means nothing there. Options: left, right, home, end; letters find one; space ticks;
 * backspace clears. */
bool answer_field_feed(const struct form_field *field, struct answer_input *input, struct key key);
bool answer_field_paste(const struct form_field *field, struct answer_input *input,
                        struct text text); /* false: it does not fit */
