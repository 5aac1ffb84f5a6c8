/*
 * A program in a real terminal: keys in, cells out.
 *
 *     struct pty *pty = pty_start(&(struct pty_options){.argv = argv, .cols = 80, .rows = 24});
 *     pty_keys(pty, "jj<Down><Enter>");
 *     if (!pty_wait_text(pty, "completed", PTY_SOON))
 *         pty_dump(pty, stderr);
 *     pty_free(pty);
 *
 * The program runs as a job of a shell-like keeper, in its own process group of a session with a controlling terminal, so
 * that Ctrl-C, Ctrl-Z, fg and a hang-up do to it what they do in life. Its environment is what is written here and
 * nothing of the caller's: HOME and the XDG directories lie in a fresh directory that pty_free() removes.
 *
 * Nothing here asserts; pty_expect.h does. Waiting is always for a condition: a wait returns as soon as it holds and
 * false at the time limit or when the program has ended and it can no longer come to hold. Times in milliseconds.
 */
#pragma once

#include "tests/support/screen.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

enum {
    PTY_SOON = 20000
}; /* for what should happen at once; generous, since a loaded machine is no failure */

struct pty;

struct pty_options {
    const char *const *argv; /* argv[0] is the path; ends in NULL */
    int cols;                /* 0: 80 */
    int rows;                /* 0: 24 */
    const char *term;        /* NULL: "xterm-256color" */
    const char *tz;          /* NULL: "UTC" */
    const char *lang;        /* NULL: "C.UTF-8" */
    int delay_ms; /* of the line to the terminal, each way: what is shown, and what the terminal answers */
    int bytes_per_second; /* that the terminal gets to see; 0: any number. The line itself takes all at once, as ssh does */
    bool has_true_colour;   /* COLORTERM=truecolor */
    const char *const *env; /* further "NAME=value", ends in NULL; wins over the above. May be NULL */
    const char *dir;        /* working directory; NULL: the caller's */
};

/* Dies when there is no terminal to be had. A program that cannot be started ends with status 127. */
struct pty *pty_start(const struct pty_options *options);
void pty_free(struct pty *pty); /* kills what still runs; NULL is fine */

/* --- in ---------------------------------------------------------------------------------------------------------- */

/* Types: bytes as they are, and names in angle brackets: <Enter> <Esc> <Tab> <S-Tab> <BS> <Space> <lt> <Up> <Down> <Left>
 * <Right> <Home> <End> <PgUp> <PgDn> <Ins> <Del> <F1>..<F12>, <C-x> <A-x> for any x, <C-Right> and the like. An <Esc> is
 * followed by a pause once the program has read it, so that it does not become the Alt of the next key. */
void pty_keys(struct pty *pty, const char *keys);
void pty_type(struct pty *pty, const char *bytes, size_t n); /* any bytes */
void pty_resize(struct pty *pty, int cols, int rows);        /* the kernel sends SIGWINCH */
void pty_signal(struct pty *pty, int signal);                /* to the program, not to its group */
void pty_continue(struct pty *pty);                          /* what a shell's fg does */
void pty_hang_up(struct pty *pty); /* the terminal goes away; nothing more is read from it */

/* --- waiting ------------------------------------------------------------------------------------------------------ */

bool pty_wait_text(struct pty *pty, const char *text,
                   int timeout_ms); /* somewhere on the screen, in one row */
bool pty_wait_gone(struct pty *pty, const char *text, int timeout_ms);   /* nowhere on the screen */
bool pty_wait_match(struct pty *pty, const char *regex, int timeout_ms); /* POSIX extended, ^ and $ per row */
bool pty_wait_line(struct pty *pty, int row, const char *text, int timeout_ms); /* in that row */
bool pty_wait(struct pty *pty, bool (*holds)(struct pty *, void *), void *arg, int timeout_ms);
/* All keys were read and nothing was written for quiet_ms. False when it never is quiet. */
bool pty_wait_idle(struct pty *pty, int quiet_ms, int timeout_ms);
bool pty_wait_stopped(struct pty *pty, int timeout_ms); /* Ctrl-Z */
bool pty_wait_exit(struct pty *pty, int timeout_ms);

/* --- out ---------------------------------------------------------------------------------------------------------- */

struct screen *pty_screen(struct pty *pty);      /* borrowed */
char *pty_screen_line(struct pty *pty, int row); /* UTF-8 without blanks at the end; caller frees */
struct cell pty_cell(struct pty *pty, int row, int col);
struct screen_cursor pty_cursor(struct pty *pty);
/* Where the text stands, first row first; false where it does not. Either of row and col may be NULL. */
bool pty_find(struct pty *pty, const char *text, int *row, int *col);

/* Everything the program wrote, from `from` on (0: from its start). Borrowed until the next wait. */
const char *pty_raw_bytes(struct pty *pty, size_t from, size_t *n);

/* The most bytes that were written and not yet shown at a time, since this was asked last. */
size_t pty_held_most(struct pty *pty);

/* When the last of those bytes came, before they were emulated: CLOCK_MONOTONIC in ns, 0 before the first. */
int64_t pty_read_ns(const struct pty *pty);

pid_t pty_pid(const struct pty *pty);
const char *pty_home(const struct pty *pty); /* $HOME; borrowed */
bool pty_is_stopped(const struct pty *pty);
bool pty_has_exited(const struct pty *pty);
int pty_exit_status(const struct pty *pty); /* as of waitpid(); -1 while it runs */

/* The terminal is as it was before the program: line settings, alternate screen, cursor, mouse, paste mode. If not, *why
 * names the difference (a constant). why may be NULL. */
bool pty_is_restored(struct pty *pty, const char **why);

void pty_dump(struct pty *pty, FILE *out); /* the whole screen, for a failure's message */
