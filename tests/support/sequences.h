/*
 * Reads what a program wrote to its terminal, byte by byte, against the grammar of what a full-screen program may write: text in
 * UTF-8 without controls, and the sequences of its terminfo entry. Whatever else there is came through from outside.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum sequences_allowed {
    SEQUENCES_PLAIN = 0,
    SEQUENCES_CLIPBOARD = 1 << 0, /* OSC 52 with base64 */
    SEQUENCES_ASCII = 1 << 1,     /* text must be ASCII */
    SEQUENCES_SHIFTS = 1 << 2,    /* SO, SI and padding, as a vt100 has them */
    SEQUENCES_RESUMED =
        1 << 3, /* OSC 104, which curses sends for the entry's `oc` after a pause, whoever set the palette */
};

/* NULL: nothing wrong. Else what is (a constant), and *at is where its sequence or character begins. */
const char *sequences_check(const char *bytes, size_t n, unsigned allowed, size_t *at);

/* The same for everything that a pty has seen; fails the cmocka test with the place's bytes shown. */
struct pty;
#define sequences_expect(pty, allowed) sequences_expect_((pty), (allowed), __FILE__, __LINE__)
void sequences_expect_(struct pty *pty, unsigned allowed, const char *file, int line);

/* What the last OSC 52 put on the clipboard, decoded. Caller frees; NULL where there was none. */
char *sequences_clipboard(struct pty *pty);
