/*
 * What a role looks like on a terminal of so many colours. Pure; tui/term.c hands it to curses.
 */
#pragma once

#include "widgets/style.h"

enum { TERM_MONO = 0, TERM_DIRECT = 1 << 24 };

struct term_look {
    int fg, bg;     /* a colour of the terminal's; -1: its default. RGB where it has direct colour */
    unsigned attrs; /* enum attr, or'ed */
};

/* colours: TERM_MONO, 8, 16, 256 or TERM_DIRECT. */
struct term_look term_look(struct style style, int colours, bool has_dim);
