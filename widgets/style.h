/*
 * What a cell looks like, by meaning. Widgets name roles; the terminal file says what a role is on a mono, 8, 16, 256 or
 * direct-colour terminal. Foregrounds come from the terminal's own 16 colours wherever those say the same, so that a
 * person's light or dark palette holds; the others are of middle lightness, so that they can be read on white and on black. A
 * ground brings a foreground that is readable on it.
 */
#pragma once

#include "data/run.h"

#include <stdbool.h>
#include <stdint.h>

enum attr { ATTR_BOLD = 1, ATTR_DIM = 2, ATTR_UNDERLINE = 4, ATTR_REVERSE = 8, ATTR_ITALIC = 16 };

/* X(id, colour of 16 or -1 for the terminal's default, of 256, of RGB, attributes where there is no colour). */
#define INKS(X)                                                                                              \
    X(INK_DEFAULT, -1, -1, -1, 0)                                                                            \
    X(INK_STRONG, -1, -1, -1, ATTR_BOLD)      /* headings, the values a person looks for */                  \
    X(INK_MUTED, 8, 245, 0x8b949e, 0)         /* labels, units, finished and past rows */                    \
    X(INK_FAINT, 8, 240, 0x545d68, ATTR_DIM)  /* rules, dots, separators */                                  \
    X(INK_ACCENT, 4, 69, 0x4493f8, ATTR_BOLD) /* focus, live, prompts */                                     \
    X(INK_PENDING, -1, 246, 0x929daa, 0)                                                                     \
    X(INK_RUNNING, 4, 69, 0x4493f8, ATTR_BOLD)                                                               \
    X(INK_WAITING, 3, 136, 0xb88a1e, ATTR_BOLD)                                                              \
    X(INK_COMPLETED, 2, 71, 0x57ab5a, 0)                                                                     \
    X(INK_BAR_DONE, 2, 65, 0x347d39, 0) /* completed where it fills areas: calmer than failed */             \
    X(INK_FAILED, 1, 203, 0xf47067, ATTR_BOLD)                                                               \
    X(INK_CANCELLED, 8, 245, 0x8b949e, ATTR_DIM)                                                             \
    X(INK_OTHER, 6, 37, 0x2a9ba5, 0) /* a status that the contract does not know */                          \
    X(INK_TRIGGER, 5, 140, 0xb083f0, 0)                                                                      \
    X(INK_WARN, 3, 136, 0xb88a1e, 0)                                                                         \
    X(INK_KEYWORD, 5, 140, 0xb083f0, 0)                                                                      \
    X(INK_STRING, 2, 71, 0x4f9a5c, 0)                                                                        \
    X(INK_NUMBER, 6, 68, 0x4a8fd8, 0)                                                                        \
    X(INK_COMMENT, 8, 243, 0x768390, ATTR_DIM)                                                               \
    X(INK_CALL, 4, 69, 0x5c92e0, 0)                                                                          \
    X(INK_JSON_KEY, 6, 68, 0x4a8fd8, 0)                                                                      \
    X(INK_ESCAPE, 3, 173, 0xe0823d, ATTR_REVERSE)            /* bytes made visible */                        \
    X(INK_MATCH, 3, 136, 0xb88a1e, ATTR_REVERSE | ATTR_BOLD) /* what a search found */

enum ink {
#define X(id, c16, c256, rgb, mono) id,
    INKS(X)
#undef X
        INK_COUNT,
};

/* Grounds. X(id, colour of 256 or -1 for the terminal's default, its RGB, attributes instead where there are fewer than 256 colours, foreground of 256
 * for INK_DEFAULT on it, its RGB). */
#define GROUNDS(X)                                                                                           \
    X(GROUND_DEFAULT, -1, -1, 0, -1, -1)                                                                     \
    X(GROUND_BAR, 235, 0x161b22, 0, 252, 0xd0d7de)                  /* header and footer */                  \
    X(GROUND_SELECTED, 237, 0x1f2d3d, ATTR_REVERSE, 255, 0xf0f6fc)  /* the selected row, focused */          \
    X(GROUND_RESTING, 236, 0x1b222c, ATTR_UNDERLINE, 252, 0xd0d7de) /* the selected row, not focused */      \
    X(GROUND_OVERLAY, 235, 0x1c2128, 0, 252, 0xd0d7de)              /* help, palette, the rail as overlay */ \
    X(GROUND_BRUSH, 238, 0x22303f, ATTR_REVERSE, 255, 0xf0f6fc)     /* selected buckets of the timeline */

enum ground {
#define X(id, c256, rgb, few, fg256, fgrgb) id,
    GROUNDS(X)
#undef X
        GROUND_COUNT,
};
/* An ink as a ground: two statuses share a timeline cell by foreground and background. */
#define GROUND_OF_INK(ink) ((uint8_t)(GROUND_COUNT + (ink)))

struct style {
    uint8_t ink;    /* enum ink */
    uint8_t ground; /* enum ground, or GROUND_OF_INK */
    uint8_t attrs;  /* enum attr */
};

#define STYLE(ink_) ((struct style){.ink = (ink_)})
#define STYLE_BOLD(ink_) ((struct style){.ink = (ink_), .attrs = ATTR_BOLD})

static inline struct style style_on(struct style style, uint8_t ground)
{
    style.ground = ground;
    return style;
}

enum ink ink_of_status(enum run_status status);
