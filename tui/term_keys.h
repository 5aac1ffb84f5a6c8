/*
 * Keys, pastes and the mouse, as curses tells them. Part of tui/term.h: only tui/term.c knows it.
 */
#pragma once

#include "tui/pace.h"
#include "tui/term.h"

#include <curses.h>

enum { MOUSE_MAX = 8 };

struct term_keys {
    WINDOW *pad;
    struct pace *pace; /* hears of the terminal's answers; borrowed */
    int wait_ms;
    bool was_esc;      /* the last of them */
    bool is_esc_alone; /* nothing had been sent with it */
    bool is_mouse_down;
    MEVENT mouse[MOUSE_MAX]; /* not yet handed out, the oldest last */
    int mouse_count;
};

void term_keys_open(struct term_keys *keys, struct pace *pace); /* curses' screen is open */
void term_keys_start(struct term_keys *keys);                   /* after every return of the terminal */
void term_keys_close(struct term_keys *keys);

/* The next key, paste or movement; false: there is none at the moment. Never waits for more than the rest of
 * what has begun. */
bool term_keys_read(struct term_keys *keys, struct term_event *event);
