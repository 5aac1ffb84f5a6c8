/*
 * See shell.h.
 */
#include "tests/support/shell.h"

#include "data/base/buf.h"
#include "data/base/die.h"
#include "tests/support/app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

struct shell *shell_new(struct history *h)
{
    struct shell *shell = mem_new(sizeof *shell);
    shell->history = h;
    shell->out[0] = '\0';
    return shell;
}

int shell_tear_down(void **state)
{
    struct shell *shell = *state;
    history_free(shell->history);
    free(shell);
    return 0;
}

int shell_run(struct shell *shell, const char *command)
{
    const struct history *h = shell->history;
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
    while ((more = fread(shell->out + n, 1, SHELL_OUT_MAX - 1 - n, pipe)) > 0)
        n += more;
    shell->out[n] = '\0';
    buf_release(&line);
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void shell_must(struct shell *shell, const char *command, int status, const char *said)
{
    int ended = shell_run(shell, command);
    if (ended != status || !strstr(shell->out, said))
        fail_msg("%s: status %d, not %d, or no '%s' in: %s", command, ended, status, said, shell->out);
}
