/*
 * See serve_library.h.
 */
#include "data/serve/serve_library.h"

#include <dlfcn.h>
#include <string.h>

static void *open_library(void)
{
    /* By the name of its interface: the same from 0.9.34 to 1.0. */
    static const char *const names[] = {"libmicrohttpd.so.12", "libmicrohttpd.12.dylib"};
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    return library;
}

/* A pointer to data and one to a function have the same form here (POSIX says so of dlsym), but C knows no cast between them. */
static bool find(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

enum err_code serve_library_load(struct serve_library *library, struct err *err)
{
    void *handle = open_library();
    bool is_whole = handle != NULL;
#define X(name) is_whole = is_whole && find(handle, "MHD_" #name, &library->name);
    SERVE_LIBRARY_FUNCTIONS(X)
#undef X
    if (is_whole)
        return ERR_OK;
    err_set(err, ERR_UNSUPPORTED, "serving needs libmicrohttpd: %s",
            handle ? "the one here is too old" : "there is none here");
    return err_hint(err, "Install libmicrohttpd12 (Debian, Ubuntu; libmicrohttpd12t64 in newer ones) or "
                         "libmicrohttpd (Fedora, Arch, Alpine, Homebrew).");
}
