/*
 * See source_path.h. A data directory that was named but holds no file is never replaced by another one: the
 * history of the wrong executor is worse than none. Where nothing was named, what `record` wrote on this machine comes after the executor's own.
 */
#include "tui/source_path.h"

#include "data/record/record_path.h"

#include <stdlib.h>
#include <unistd.h>

enum { LOOKED_FOR_MAX = 16 * 1024 };

static bool is_given(const char *s)
{
    return s && s[0];
}

/* False where neither a data directory nor a home is known. */
static bool executor_file(struct buf *out)
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
    err_set(err, ERR_NOT_FOUND, "no run history: no source was named, and there is no %s", looked_for);
    return err_hint(
        err, "Name a file (executor-runs FILE.db, $EXECUTOR_RUNS_SOURCE, `source` in the config file), make "
             "one (executor-runs record -- "
             "COMMAND), or try it on a made-up history: executor-runs demo demo.db && executor-runs demo.db");
}

/* Of the commands that were recorded here. */
static enum err_code find_recorded(struct buf *executor, struct buf *out, struct err *err)
{
    struct buf looked_for;
    buf_clear(out);
    if (record_path_default(out) && access(buf_cstr(out), F_OK) == 0)
        return ERR_OK;
    buf_init(&looked_for, LOOKED_FOR_MAX);
    buf_str(&looked_for, executor->len ? buf_cstr(executor) : "~/.executor/data.db (and $HOME is not set)");
    if (out->len)
        buf_printf(&looked_for, ", nor %s", buf_cstr(out));
    enum err_code code = not_there(buf_cstr(&looked_for), err);
    buf_release(&looked_for);
    return code;
}

static enum err_code find_default(struct buf *out, struct err *err)
{
    if (executor_file(out) && access(buf_cstr(out), F_OK) == 0)
        return ERR_OK;
    struct buf executor;
    buf_init(&executor, LOOKED_FOR_MAX);
    buf_text(&executor, buf_as_text(out));
    if (is_given(getenv("EXECUTOR_DATA_DIR")))
        buf_str(&executor, " ($EXECUTOR_DATA_DIR)");
    enum err_code code = is_given(getenv("EXECUTOR_DATA_DIR")) ? not_there(buf_cstr(&executor), err)
                                                               : find_recorded(&executor, out, err);
    buf_release(&executor);
    return code;
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
    return find_default(out, err);
}
