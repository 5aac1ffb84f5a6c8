/*
 * What terminfo says about a terminal, in the words of the frame (tui/frame.h). Pure but for the questions, which the caller answers from
 * curses.
 */
#pragma once

#include "tui/frame.h"

enum { CAPS_TEXT = 256 };

struct terminfo {
    /* The string of a capability with its parameters, without a NUL: its length; 0: there is none. */
    size_t (*string)(const char *name, int a, int b, char out[CAPS_TEXT]);
    bool (*flag)(const char *name);
    int (*number)(const char *name); /* -1: none */
};

struct term_caps {
    struct frame_terminal terminal; /* its strings lie in here: it does not move */
    char clear[CAPS_TEXT], hide[CAPS_TEXT], show[CAPS_TEXT], reset[CAPS_TEXT], on[5][CAPS_TEXT];
    const char *
        region; /* all of the screen scrolls again, and the cursor is at its end; "": it always does. A constant */
};

/* is_plain: no colours are wanted. feeds_straight: a line feed moves straight down, as the terminal is set. */
void term_caps_read(struct term_caps *caps, const struct terminfo *info, bool is_plain, bool feeds_straight);
