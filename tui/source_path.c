/*
 * See source_path.h. A data directory that was named but holds no file is never replaced by another one: the
 * history of the wrong executor is worse than none.
 */
#include "tui/source_path.h"

#include <stdlib.h>
#include <unistd.h>

static bool is_given(const char *s)
{
    return s && s[0];
}

/* False where neither a data directory nor a home is known. */
static bool default_file(struct buf *out)
{
    const char *directory = getenv("EXECUTOR_DATA_DIR");
    const char *home = getenv("HOME");
    if (is_given(directory))
        buf_printf(out, "%s/data.db", directory);
    else if (is_given(home))
        buf_printf(out, "%s/.executor/data.db", home);
    else
        return false;
    return true;
}

static enum err_code not_there(const char *looked_for, struct err *err)
{
    const char *variable = is_given(getenv("EXECUTOR_DATA_DIR")) ? " ($EXECUTOR_DATA_DIR)" : "";
    err_set(err, ERR_NOT_FOUND, "no run history: no source was named, and there is no %s%s", looked_for,
            variable);
    return err_hint(err, "Name a file (executor-runs FILE.db, $EXECUTOR_RUNS_SOURCE, `source` in the config "
                         "file), or try it on a "
                         "made-up history: executor-runs demo demo.db && executor-runs demo.db");
}

enum err_code source_path_find(const char *argument, const char *configured, struct buf *out, struct err *err)
{
    const char *const named[] = {argument, getenv("EXECUTOR_RUNS_SOURCE"), configured};
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (!is_given(named[i]))
            continue;
        buf_str(out, named[i]);
        return ERR_OK;
    }
    if (!default_file(out))
        return not_there("~/.executor/data.db (and $HOME is not set)", err);
    if (access(buf_cstr(out), F_OK) < 0)
        return not_there(buf_cstr(out), err);
    return ERR_OK;
}
