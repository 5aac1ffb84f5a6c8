/*
 * The terminal: the only file that knows curses, and the only one with state of its own, since signals have
 * no other place to reach it.
 *
 *     term_open(&options, &err)        takes the terminal; from here on it is given back on every way out, a
 * crash included term_read(&event) until false    what the person did term_present(&surface)           puts a
 * frame on the screen: what differs from the last one is sent term_close()
 */
#pragma once

#include "data/base/err.h"
#include "data/base/text.h"
#include "keymap/key.h"
#include "widgets/surface.h"

enum { TERM_PASTE_MAX = 4096 };

struct term_options {
    bool no_colour; /* NO_COLOR or --color never */
    bool has_mouse;
};

enum term_event_kind {
    TERM_KEY,
    TERM_PASTE, /* text: bracketed paste, cut at TERM_PASTE_MAX */
    TERM_MOUSE,
    TERM_RESIZE,
    TERM_SUSPEND, /* SIGTSTP */
    TERM_QUIT,    /* SIGTERM, SIGHUP, SIGINT: signal */
};

enum term_button { MOUSE_PRESS, MOUSE_DRAG, MOUSE_RELEASE, MOUSE_DOUBLE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct term_event {
    enum term_event_kind kind;
    struct key key;
    char paste[TERM_PASTE_MAX + 1];
    size_t paste_len;
    enum term_button button;
    int x, y;
    int width, height; /* TERM_RESIZE */
    int signal;
};

MUST_USE enum err_code term_open(const struct term_options *options, struct err *err);
void term_close(void);

void term_size(int *width, int *height);
/* What a loop waits for: input bytes, and a pipe that signals and term_wake() write to. */
int term_input_fd(void);
int term_wake_fd(void);
void term_wake(void);                     /* from any thread: makes term_wake_fd readable */
void term_drain_wake(void);               /* empties the pipe */
bool term_read(struct term_event *event); /* false: nothing more at the moment. Signals first */

/* A frame is only worth making when it would go out: the one before has been handed over, and the terminal is not too far behind. Until
 * then something of these happens first: term_output_fd takes output, input comes, or term_wait is over. */
bool term_is_ready(void);
int term_output_fd(void);                         /* -1: nothing waits for it */
int64_t term_wait(void);                          /* ms; -1: no matter */
void term_flush(void);                            /* hands over what waits and can go */
void term_present(const struct surface *surface); /* never blocks */
void term_redraw(void);                           /* the next frame is sent whole */

/* Gives the terminal back and stops the process, as Ctrl-Z does; returns when it is continued. */
void term_suspend(void);
/* Runs a program on the terminal with a file as its standard input ($PAGER); returns its exit status, -1
 * where it could not be started. */
int term_run_pager(const char *command, const char *path);

/* Hands text to the terminal's clipboard by OSC 52, wrapped for tmux and screen. At most 75 kB of base64:
 * ERR_TOO_BIG beyond. */
MUST_USE enum err_code term_copy(struct text text, struct err *err);

bool term_is_mono(void); /* open, and without colours: statuses must be told by shape */
bool term_is_dumb(void); /* TERM unset or "dumb": no screen can be shown */
