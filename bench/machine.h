/*
 * The machine that was measured on, in a few lines: numbers travel only with it.
 */
#pragma once

#include <stdio.h>

/* `directory`: where the files are, for the disk under it. */
void machine_write(const char *directory, FILE *out);
