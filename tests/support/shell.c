/*
 * See shell.h.
 */
#include "tests/support/shell.h"

#include "data/base/buf.h"
#include "tests/support/app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

int shell_run(const struct history *h, const char *command, char out[SHELL_OUT_MAX])
{
    struct buf line;
    const char *program = app_program();
    buf_init(&line, 1 << 16);
    buf_printf(&line, "cd '%s'; P='%s'; B='%.*s'; H='%s'; ", history_dir(h), program,
               (int)(strrchr(program, '/') - program), program, history_path(h));
    buf_printf(&line,
               "unset EXECUTOR_RUNS_DB XDG_DATA_HOME EXECUTOR_DATA_DIR EXECUTOR_TRIGGER; "
               "export H HOME=\"$PWD\" TZ=UTC; { %s\n} 2>&1",
               command);
    FILE *pipe = popen(buf_cstr(&line), "r");
    assert_non_null(pipe);
    size_t n = 0, more;
    while ((more = fread(out + n, 1, SHELL_OUT_MAX - 1 - n, pipe)) > 0)
        n += more;
    out[n] = '\0';
    buf_release(&line);
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void shell_must(const struct history *h, const char *command, int status, const char *said,
                char out[SHELL_OUT_MAX])
{
    int ended = shell_run(h, command, out);
    if (ended != status || !strstr(out, said))
        fail_msg("%s: status %d, not %d, or no '%s' in: %s", command, ended, status, said, out);
}
