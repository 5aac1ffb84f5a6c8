/*
 * What a program under test writes, caught in a file that has no name: it never has to wait for a reader.
 */
#pragma once

#include <stdio.h>

FILE *caught_new(void); /* dies where there can be none */

/* All of it, NUL-terminated; caller frees. text NULL: it is of no interest. Closes the file. */
void caught_take(FILE *file, char **text);
