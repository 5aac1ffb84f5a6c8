/*
 * Chooses a source by the form of its address. Which kinds there are is known here and nowhere else.
 */
#include "data/source.h"

#include "data/sqlite/source_sqlite.h"

#include <string.h>

enum err_code source_open(const char *address, const struct source_options *options, struct source **source,
                          struct err *err)
{
    if (strncmp(address, "http://", 7) == 0 || strncmp(address, "https://", 8) == 0) {
        err_set(err, ERR_UNSUPPORTED, "%s: remote sources are not supported by this build", address);
        return err_hint(
            err, "Copy the executor's data.db (with its -wal) here, or run executor-runs on that machine.");
    }
    return source_sqlite_open(address, options, source, err);
}
