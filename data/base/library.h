/*
 * A library that is loaded when it is first needed, and not with every start.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The first of the names that there is; NULL: none. It stays loaded until the process ends. */
void *library_open(const char *const *names, size_t count);

/* *function, a pointer to a function, gets the symbol. False: there is none, or no library. */
bool library_find(void *library, const char *name, void *function);
