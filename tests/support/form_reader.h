/*
 * Questions read in a test; what cannot be read fails it.
 */
#pragma once

#include "data/text/answer_form.h"

struct form_reader {
    struct arena arena;
    struct answer_form form; /* the last one */
    struct err err;
    struct buf out, secret;
};

/* Of a test whose state this is. */
int form_reader_set_up(void **state);
int form_reader_tear_down(void **state);

void form_reader_payload(struct form_reader *f, const char *payload);
/* The form of {"properties": {…}, …}: what stands between the braces of the schema. */
void form_reader_schema(struct form_reader *f, const char *inside);
/* The field `v` of this schema. */
const struct form_field *form_reader_field(struct form_reader *f, const char *property);
