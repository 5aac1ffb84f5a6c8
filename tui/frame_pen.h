/*
 * What characters are written with, and the bytes that change it. Pure.
 */
#pragma once

#include "data/base/buf.h"
#include "widgets/style.h"

enum { PEN_ANY = -2, PEN_TEXT = 256 }; /* PEN_ANY as fg: of a blank; nobody sees it */

struct frame_pen {
    int fg, bg; /* a colour of the terminal's; -1: its default. RGB where it has direct colour */
    unsigned attrs;
};

enum pen_colours {
    PEN_MONO,
    PEN_8,          /* 31 */
    PEN_16,         /* and 91 */
    PEN_256,        /* and 38;5;n */
    PEN_RGB,        /* 38;2;r;g;b */
    PEN_RGB_COLONS, /* 38:2::r:g:b */
    PEN_STRINGS,    /* none of these: `colour` says how */
};

struct pen_terminal {
    enum pen_colours colours;
    unsigned attrs;            /* enum attr, or'ed: those that there are */
    unsigned attrs_uncoloured; /* those that do not go together with a colour */
    bool is_iso;               /* attributes are the numbers of ISO 6429, and SGR without any resets them */
    bool has_offs;             /* 22, 23, 24 and 27 end attributes, 39 and 49 colours, each alone */
    const char *reset;         /* where it is not ISO: the strings. Borrowed */
    const char *on[5];         /* by bit of enum attr */
    size_t (*colour)(int colour, bool is_ground, char out[PEN_TEXT]); /* PEN_STRINGS */
};

/* As far as the terminal can. */
struct frame_pen pen_possible(const struct pen_terminal *terminal, struct frame_pen pen);
bool pen_equal(struct frame_pen a, struct frame_pen b);
/* A cell of this pen looks right when written with the other one: a blank shows no foreground. */
bool pen_suits(struct frame_pen pen, struct frame_pen wanted);
/* A pen that suits both; false where there is none. */
bool pen_join(struct frame_pen *pen, struct frame_pen other);

/* The bytes that change *pen (unknown: NULL) into one that suits `wanted`; *after gets that one. Returns their number. */
size_t pen_change(const struct pen_terminal *terminal, const struct frame_pen *pen, struct frame_pen wanted,
                  struct frame_pen *after, char out[PEN_TEXT]);
