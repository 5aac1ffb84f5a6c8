/*
 * Tables for people out of the tables the program runs on: README and plain help cannot say anything else than the keys do.
 */
#pragma once

#include "data/base/buf.h"
#include "keymap/keymap.h"

enum doc_form { DOC_MARKDOWN, DOC_PLAIN, DOC_ROFF /* a subsection of a man page */ };

/* Every context with its keys, and at the end the commands that have none. */
void docgen_keys(const struct keymap *keymap, enum doc_form form, struct buf *out);

/* A word and what it means: the grammar of filters, the settings of the config file. Borrowed. */
struct doc_row {
    const char *word;
    const char *help;
};
void docgen_rows(const char *heading, const struct doc_row *rows, size_t count, enum doc_form form,
                 struct buf *out);

/* Appends text as roff writes it: backslashes, dashes and a leading dot mean themselves. */
void docgen_roff(struct text text, struct buf *out);
