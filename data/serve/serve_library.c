/*
 * See serve_library.h.
 */
#include "data/serve/serve_library.h"

#include "data/base/library.h"

#include <stddef.h>

enum err_code serve_library_load(struct serve_library *library, struct err *err)
{
    /* By the name of its interface: the same from 0.9.34 to 1.0. */
    static const char *const names[] = {"libmicrohttpd.so.12", "libmicrohttpd.12.dylib"};
    void *handle = library_open(names, sizeof names / sizeof *names);
    bool is_whole = handle != NULL;
#define X(name) is_whole = is_whole && library_find(handle, "MHD_" #name, &library->name);
    SERVE_LIBRARY_FUNCTIONS(X)
#undef X
    if (is_whole)
        return ERR_OK;
    err_set(err, ERR_UNSUPPORTED, "serving needs libmicrohttpd: %s",
            handle ? "the one here is too old" : "there is none here");
    return err_hint(err, "Install libmicrohttpd12 (Debian, Ubuntu; libmicrohttpd12t64 in newer ones) or "
                         "libmicrohttpd (Fedora, Arch, Alpine, Homebrew).");
}
