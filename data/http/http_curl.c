/*
 * See http_curl.h. Once for the process, and never unloaded: libraries below it start threads and keep state of their own.
 */
#include "data/http/http_curl.h"

#include "data/base/library.h"

#include <pthread.h>
#include <stddef.h>

static struct {
    pthread_once_t once;
    enum err_code code;
    struct err err;
    struct curl_functions functions;
} curl_library = {.once = PTHREAD_ONCE_INIT};

static enum err_code missing(const char *what, struct err *err)
{
    err_set(err, ERR_UNSUPPORTED, "remote sources need libcurl: %s", what);
    err_hint(err, "Install libcurl4 (Debian, Ubuntu), libcurl (Fedora, Alpine) or curl (Arch, Homebrew).");
    return ERR_UNSUPPORTED;
}

static void load(void)
{
    struct curl_functions *functions = &curl_library.functions;
    /* By the name of its interface, which has been the same since 2006; a system may have it over another TLS library only. */
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib"};
    void *library = library_open(names, sizeof names / sizeof *names);
    bool is_whole = library != NULL;
#define X(name) is_whole = is_whole && library_find(library, "curl_" #name, &functions->name);
    CURL_FUNCTIONS(X)
#undef X
    if (!is_whole)
        curl_library.code =
            missing(library ? "the one here is older than 7.68" : "there is none here", &curl_library.err);
    else if (functions->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        curl_library.code = missing("it cannot be initialised", &curl_library.err);
}

enum err_code curl_load(struct err *err)
{
    pthread_once(&curl_library.once, load);
    if (curl_library.code && err)
        *err = curl_library.err;
    return curl_library.code;
}

const struct curl_functions *curl_functions(void)
{
    return &curl_library.functions;
}
