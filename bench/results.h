/*
 * bench/RESULTS.md: a section a bench, so that one can be measured anew without the others.
 */
#pragma once

#include "bench/table.h"

/* The machine, in a line; `directory` is where the files are. */
void results_machine(const char *directory, FILE *out);
/* Replaces the section, or adds it at the end. `about`: a line on what was measured. Behind the tables stands what bench/LIMITS.md says of the targets
 * that are missed; one that it does not name is asked for on standard error. */
void results_write(const char *section, const char *directory, const char *about, const struct table *table);
/* What a bench ends with: not EXIT_SUCCESS where something could not be measured. */
int results_status(const struct table *table);
