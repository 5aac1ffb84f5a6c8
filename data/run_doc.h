/*
 * One run made ready to be shown: its JSON parsed, its logs split, its code scanned. Built by the lane that fetched it, since a result may be megabytes;
 * the screen only walks over it.
 */
#pragma once

#include "data/query.h"

struct run_doc;

/* Borrows the reply's texts: the doc must not outlive the arena they are in. Caller frees. */
struct run_doc *run_doc_new(const struct detail_reply *detail);
void run_doc_free(struct run_doc *doc); /* NULL is allowed */
