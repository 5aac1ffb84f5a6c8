/*
 * bench/RESULTS.md: a section a bench, so that one can be measured anew without the others.
 */
#pragma once

#include "bench/table.h"

/* The machine, in a line. */
void results_machine(FILE *out);
/* Replaces the section, or adds it at the end. `about`: a line on what was measured. */
void results_write(const char *section, const char *about, const struct table *table);
/* What a bench ends with: not EXIT_SUCCESS where something could not be measured. */
int results_status(const struct table *table);
