/* See pty_expect.h. */
#include "tests/support/pty_expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

static void require(struct pty *pty, bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return;
    printf("%s:%d: %s\n", file, line, what);
    pty_dump(pty, stdout);
    _fail(file, line);
}

enum { MESSAGE_TEXT = 512 };

void pty_expect_text_(struct pty *pty, const char *text, const char *file, int line)
{
    char what[MESSAGE_TEXT];
    snprintf(what, sizeof what, "never shown: %s", text);
    require(pty, pty_wait_text(pty, text, PTY_SOON), what, file, line);
}

void pty_expect_gone_(struct pty *pty, const char *text, const char *file, int line)
{
    char what[MESSAGE_TEXT];
    snprintf(what, sizeof what, "still shown: %s", text);
    require(pty, pty_wait_gone(pty, text, PTY_SOON), what, file, line);
}

void pty_expect_match_(struct pty *pty, const char *regex, const char *file, int line)
{
    char what[MESSAGE_TEXT];
    snprintf(what, sizeof what, "nothing matches: %s", regex);
    require(pty, pty_wait_match(pty, regex, PTY_SOON), what, file, line);
}

void pty_expect_line_(struct pty *pty, int row, const char *text, const char *file, int line)
{
    char what[MESSAGE_TEXT];
    snprintf(what, sizeof what, "never in row %d: %s", row, text);
    require(pty, pty_wait_line(pty, row, text, PTY_SOON), what, file, line);
}

void pty_expect_idle_(struct pty *pty, const char *file, int line)
{
    require(pty, pty_wait_idle(pty, 60, PTY_SOON), "never comes to rest", file, line);
}

void pty_expect_never_(struct pty *pty, const char *text, const char *file, int line)
{
    char what[MESSAGE_TEXT];
    size_t n;
    const char *raw = pty_raw_bytes(pty, 0, &n);
    snprintf(what, sizeof what, "was written: %s", text);
    require(pty, !memmem(raw, n, text, strlen(text)), what, file, line);
}

void pty_expect_exit_(struct pty *pty, int code, const char *file, int line)
{
    char what[MESSAGE_TEXT];
    require(pty, pty_wait_exit(pty, PTY_SOON), "still running", file, line);
    int status = pty_exit_status(pty);
    snprintf(what, sizeof what, "ended with wait status 0x%x instead of exit code %d", (unsigned)status,
             code);
    require(pty, WIFEXITED(status) && WEXITSTATUS(status) == code, what, file, line);
}

void pty_expect_restored_(struct pty *pty, const char *file, int line)
{
    const char *why = "";
    bool is_restored = pty_is_restored(pty, &why);
    require(pty, is_restored, why, file, line);
}
