/*
 * See library.h.
 */
#include "data/base/library.h"

#include <dlfcn.h>
#include <string.h>

void *library_open(const char *const *names, size_t count)
{
    void *library = NULL;
    for (size_t i = 0; !library && i < count; i++)
        library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
    return library;
}

/* A pointer to data and one to a function have the same form here (POSIX says so of dlsym), but C knows no
 * cast between them. */
bool library_find(void *library, const char *name, void *function)
{
    void *symbol = library ? dlsym(library, name) : NULL;
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}
