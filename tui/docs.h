/*
 * The tables of the README and of plain help, by name, out of the tables that the program runs on.
 */
#pragma once

#include "data/base/buf.h"
#include "keymap/docgen.h"
#include "tui/command_line.h"

/* X(name): in a README each stands between <!-- name:begin --> and <!-- name:end -->. list and show are the
 * options of those commands; stats and export take those of list that choose runs. */
#define DOCS(X)                                                                                              \
    X(keys)                                                                                                  \
    X(grammar)                                                                                               \
    X(options)                                                                                               \
    X(settings)                                                                                              \
    X(list)                                                                                                  \
    X(show)

/* The commands that are told by a table of their own, in the order of the man page; ends with NULL. Each is a document, too, by its name. */
extern const struct command_info *const docs_commands[];

/* Appends the document; "man" is the whole man page, whatever the form. False where there is none of that
 * name. */
bool docs_write(const char *name, enum doc_form form, struct buf *out);

/* The man page, executor-runs(1). */
void docs_man(struct buf *out);
