/*
 * pty.h for cmocka: each waits for its condition, and where it does not come shows the whole screen and fails the test
 * at the caller's line.
 */
#pragma once

#include "tests/support/pty.h"

#define pty_expect_text(pty, text) pty_expect_text_((pty), (text), __FILE__, __LINE__)
#define pty_expect_gone(pty, text) pty_expect_gone_((pty), (text), __FILE__, __LINE__)
#define pty_expect_match(pty, regex) pty_expect_match_((pty), (regex), __FILE__, __LINE__)
#define pty_expect_line(pty, row, text) pty_expect_line_((pty), (row), (text), __FILE__, __LINE__)
#define pty_expect_idle(pty) pty_expect_idle_((pty), __FILE__, __LINE__) /* quiet for 60 ms */
#define pty_expect_exit(pty, code) pty_expect_exit_((pty), (code), __FILE__, __LINE__)
#define pty_expect_never(pty, text)                                                                          \
    pty_expect_never_((pty), (text), __FILE__, __LINE__) /* in no byte since the start */
#define pty_expect_restored(pty) pty_expect_restored_((pty), __FILE__, __LINE__)

void pty_expect_text_(struct pty *pty, const char *text, const char *file, int line);
void pty_expect_gone_(struct pty *pty, const char *text, const char *file, int line);
void pty_expect_match_(struct pty *pty, const char *regex, const char *file, int line);
void pty_expect_line_(struct pty *pty, int row, const char *text, const char *file, int line);
void pty_expect_idle_(struct pty *pty, const char *file, int line);
void pty_expect_exit_(struct pty *pty, int code, const char *file, int line);
void pty_expect_never_(struct pty *pty, const char *text, const char *file, int line);
void pty_expect_restored_(struct pty *pty, const char *file, int line);
