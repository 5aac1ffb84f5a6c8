/*
 * The loop: waits for keys, answers and time; updates; does what must follow; draws at most once a turn.
 * (architecture.md, A keypress.)
 */
#pragma once

#include "data/source.h"
#include "tui/state.h"
#include "tui/term.h"

struct loop_options {
    const char *address;              /* the source */
    const struct http_settings *http; /* for a remote one */
    struct term_options terminal;
    int64_t frozen_now; /* TIME_NONE: the wall clock; for tests and pictures: a clock that stands still */
    const char *cache_directory; /* where columns of a large file are kept; NULL: nowhere */
    const char *pager;           /* $PAGER, or "less -R" … never NULL */
    struct saved_state *saved;   /* what is remembered between sessions; the state borrows it too */
};

/* Opens the source, takes the terminal, and runs until the person quits. The state is made ready but for its
 * size. ERR_OK, or why one of the two could not be had; the terminal is given back in any case. */
MUST_USE enum err_code loop_run(struct state *state, const struct loop_options *options, struct err *err);
