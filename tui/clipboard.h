/*
 * Text for the terminal's clipboard: the bytes of OSC 52, by the road that leads to the terminal. Pure.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"

enum clipboard_road {
    CLIPBOARD_PLAIN,
    CLIPBOARD_TMUX,   /* plain, for a tmux that takes it itself, and wrapped, for one that passes it on */
    CLIPBOARD_SCREEN, /* wrapped, in pieces: screen takes at most 768 bytes at a time */
};

enum { CLIPBOARD_MAX = 75000 }; /* bytes of the plain sequence: what terminals are known to take */

/* Inits *out. ERR_TOO_BIG where the sequence would be longer than CLIPBOARD_MAX; *out is empty then. */
MUST_USE enum err_code clipboard_bytes(struct text text, enum clipboard_road road, struct buf *out,
                                       struct err *err);
