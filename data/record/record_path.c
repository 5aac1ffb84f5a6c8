/*
 * See record_path.h. A recorded command that records others, or calls tools, finds the file that it is
 * recorded in itself.
 */
#include "data/record/record_path.h"

#include "data/base/files.h"
#include "data/record/recording.h"

#include <stdlib.h>

/* NULL: none. */
static const char *inherited_path(void)
{
    const char *path = getenv(RECORDING_DB);
    return path && path[0] ? path : NULL;
}

bool record_path_default(struct buf *out)
{
    return files_data_path("runs.db", out);
}

enum err_code record_path_find(const char *argument, struct buf *out, struct err *err)
{
    if (argument && argument[0])
        buf_str(out, argument);
    else if (inherited_path())
        buf_str(out, inherited_path());
    else if (!record_path_default(out)) {
        err_set(err, ERR_NOT_FOUND, "no file to record in: neither $XDG_DATA_HOME nor $HOME is set");
        return err_hint(err, "Name one: --db FILE");
    }
    if (buf_is_cut(out))
        return err_set(err, ERR_TOO_BIG, "the file's name is longer than %zu bytes", out->limit);
    return ERR_OK;
}
