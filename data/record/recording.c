/*
 * See recording.h.
 */
#include "data/record/recording.h"

#include "data/base/clock.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { RETRY_MS = 10 };

static enum err_code get(const char *name, const char **value, struct err *err)
{
    *value = getenv(name);
    if (*value && (*value)[0])
        return ERR_OK;
    err_set(err, ERR_NOT_FOUND, "this is no recorded run: $%s is not set", name);
    return err_hint(err, "It works inside of a command that was started by executor-runs record -- COMMAND.");
}

enum err_code recording_find(struct recording *recording, struct err *err)
{
    const char *run, *scope;
    *recording = (struct recording){0};
    enum err_code code = get(RECORDING_RUN, &run, err);
    if (!code)
        code = get(RECORDING_SCOPE, &scope, err);
    if (!code)
        code = get(RECORDING_DB, &recording->path, err);
    if (!code)
        recording->ref = (struct run_ref){text_of(scope), text_of(run)};
    return code;
}

enum err_code recording_open(const struct recording *recording, int patience_ms, struct store **store,
                             struct err *err)
{
    struct store_options options = {.busy_timeout_ms = patience_ms, .must_exist = true};
    int64_t until = clock_ms() + RECORDING_FILE_MS;
    enum err_code code;
    signal(SIGXFSZ, SIG_IGN);
    while (((code = store_open(recording->path, &options, store, err)) == ERR_NOT_FOUND ||
            code == ERR_NO_TABLES) &&
           clock_ms() < until)
        nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000}, NULL);
    return code;
}
