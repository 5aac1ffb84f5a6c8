/*
 * Chooses a source by the form of its address. Which kinds there are is known here and nowhere else.
 */
#include "data/source.h"

#include "data/http/http_address.h"
#include "data/http/source_http.h"
#include "data/sqlite/source_sqlite.h"

enum err_code source_open(const char *address, const struct source_options *options, struct source **source,
                          struct err *err)
{
    if (http_address_is(address))
        return source_http_open(address, options, source, err);
    enum err_code code = source_sqlite_open(address, options, source, err);
    char guess[HTTP_GUESS_MAX];
    if (code == ERR_NOT_FOUND && http_address_guess(address, guess))
        return err_hint(err, "Did you mean %s?", guess);
    return code;
}
