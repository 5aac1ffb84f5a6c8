/*
 * Between the parts of answer_form alone.
 */
#pragma once

#include "data/text/answer_form.h"

/* Whether a raw JSON value, of a text that json_check has passed, may stand in the field. */
bool answer_form_check_value(const struct form_field *field, struct text raw, char why[FORM_WHY]);

/* Appends what was typed (not empty) as JSON; false where it may not stand in the field. */
bool answer_form_value(const struct form_field *field, struct text typed, struct buf *raw,
                       char why[FORM_WHY]);

/* Whether a raw JSON value is a number that fits a double. */
bool answer_form_number(struct text raw, double *number);
