/*
 * From a surface to the bytes that make a terminal show it: as few as are found, since they may have to pass a slow line. Pure: no
 * terminal, no clock, no curses; what the terminal can do is told once, and what it shows is what the frames before said.
 *
 *     struct frame frame;
 *     frame_init(&frame, &terminal);
 *     frame_encode(&frame, &surface, &out);       all of it, and clears first
 *     frame_encode(&frame, &surface, &out);       nothing, where nothing has changed
 *     frame_release(&frame);
 *
 * The bytes of a frame must all reach the terminal, in order, or frame_forget() be called.
 */
#pragma once

#include "data/base/buf.h"
#include "tui/frame_pen.h"
#include "widgets/surface.h"

enum { FRAME_MOVE_TEXT = 64 };

enum frame_can {
    FRAME_HPA = 1 << 0,     /* CSI n G */
    FRAME_VPA = 1 << 1,     /* CSI n d */
    FRAME_CUF = 1 << 2,     /* CSI n C */
    FRAME_CUB = 1 << 3,     /* CSI n D */
    FRAME_CUU = 1 << 4,     /* CSI n A */
    FRAME_CUD = 1 << 5,     /* CSI n B */
    FRAME_LF = 1 << 6,      /* a line feed moves straight down, above the last row */
    FRAME_CR = 1 << 7,      /* to the row's start */
    FRAME_BS = 1 << 8,      /* one to the left */
    FRAME_EL = 1 << 9,      /* CSI K */
    FRAME_ECH = 1 << 10,    /* CSI n X */
    FRAME_BCE = 1 << 11,    /* what is erased or scrolled in has the pen's background; else the default one */
    FRAME_REGION = 1 << 12, /* CSI t;b r */
    FRAME_SCROLL = 1 << 13, /* CSI n S, CSI n T */
    FRAME_INDEX = 1 << 14,  /* a line feed in the last row of the region scrolls, ESC M in its first */
    FRAME_LINES = 1 << 15,  /* CSI n L, CSI n M */
    FRAME_CUP = 1 << 16,    /* CSI r;c H; else `move` says how */
    FRAME_WRAPS = 1 << 17,  /* a character in the last column moves the cursor to the next row at once */
};

struct frame_terminal {
    unsigned can;
    struct pen_terminal pens;
    int colours; /* TERM_MONO, 8, 16, 256 or TERM_DIRECT: what inks are looked up by */
    bool has_dim;
    size_t (*move)(int x, int y, char out[FRAME_MOVE_TEXT]);
    const char *clear; /* all of it, and the cursor to the first cell. Constants or owned by the caller */
    const char *hide, *show; /* the cursor; "": it cannot */
};

struct frame_spot;  /* a cell, resolved: a character and its pen */
struct frame_chunk; /* a stretch of a row */
struct pen_told;    /* a change of the pen */

/* Where the cursor is, as far as all terminals agree on the widths of what was written. */
enum hand_place {
    HAND_SURE,
    HAND_LIKELY, /* good enough to write on, not to move from */
    HAND_LOST,   /* the row is known */
    HAND_NOWHERE
};

struct frame_hand {
    int x, y;
    enum hand_place place;
    struct frame_pen pen;
    bool is_pen_known;
};

struct frame {
    struct frame_terminal terminal;
    int width, height;
    struct frame_spot *then, *now, *moved,
        *row;                   /* grids of what is shown, wanted, shown after scrolling; one row */
    struct cell *cells;         /* of the last surface */
    bool *is_fresh;             /* by row: wanted otherwise than shown */
    int *right;                 /* by row: how many cells are shown as wanted */
    struct frame_chunk *chunks; /* of one row */
    struct pen_told *pens;      /* the changes that were asked for last */
    struct frame_hand hand;
    bool is_known; /* what the terminal shows */
    int cursor;    /* 1 shown, 0 hidden, -1 unknown */
    struct buf plain, scrolled, trial, best;
};

void frame_init(struct frame *frame, const struct frame_terminal *terminal);
void frame_release(struct frame *frame);
void frame_forget(struct frame *frame); /* somebody else wrote on the terminal: the next frame clears it */

/* Adds the bytes to *out. The frame then takes the surface as shown. */
void frame_encode(struct frame *frame, const struct surface *surface, struct buf *out);
