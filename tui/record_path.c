/*
 * See record_path.h. A recorded command that records others, or calls tools, finds the file that it is recorded in itself.
 */
#include "tui/record_path.h"

#include "tui/files.h"

#include <stdlib.h>

bool record_path_default(struct buf *out)
{
    return files_data_path("runs.db", out);
}

enum err_code record_path_find(const char *argument, struct buf *out, struct err *err)
{
    const char *inherited = getenv("EXECUTOR_RUNS_DB");
    if (argument && argument[0])
        buf_str(out, argument);
    else if (inherited && inherited[0])
        buf_str(out, inherited);
    else if (!record_path_default(out)) {
        err_set(err, ERR_NOT_FOUND, "no file to record in: neither $XDG_DATA_HOME nor $HOME is set");
        return err_hint(err, "Name one: --db FILE");
    }
    return ERR_OK;
}
