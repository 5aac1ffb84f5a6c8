/*
 * The tables of the README and of plain help, by name, out of the tables that the program runs on.
 */
#pragma once

#include "data/base/buf.h"
#include "keymap/docgen.h"

/* X(name): in a README each stands between <!-- name:begin --> and <!-- name:end -->. list and show are the
 * options of those commands; stats takes those of list that choose runs. */
#define DOCS(X)                                                                                              \
    X(keys)                                                                                                  \
    X(grammar)                                                                                               \
    X(options)                                                                                               \
    X(settings)                                                                                              \
    X(list)                                                                                                  \
    X(show)

/* Appends the document; "man" is the whole man page, whatever the form. False where there is none of that
 * name. */
bool docs_write(const char *name, enum doc_form form, struct buf *out);

/* The man page, executor-runs(1). */
void docs_man(struct buf *out);
