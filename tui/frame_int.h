/*
 * Between the files of the frame only: cells as the terminal gets them, moving the cursor, a row, a scroll.
 */
#pragma once

#include "tui/frame.h"

#include <string.h>

struct frame_spot {
    char32_t ch; /* 0: the right half of a wide one */
    char32_t marks[2];
    struct frame_pen pen; /* fg PEN_ANY: a blank of which nothing but the ground is seen */
};

enum { MOVE_TEXT = FRAME_MOVE_TEXT };

/* Six numbers, and nothing between them: this is asked for every cell of every frame. */
static inline bool spot_equal(const struct frame_spot *a, const struct frame_spot *b)
{
    _Static_assert(sizeof *a == 6 * sizeof(int), "no padding");
    return memcmp(a, b, sizeof *a) == 0;
}

static inline bool spot_is_blank(const struct frame_spot *spot)
{
    return spot->pen.fg == PEN_ANY;
}

struct frame_spot spot_blank(int bg);

void hand_make_room(struct frame *frame);

/* How many bytes hand_go() adds. */
size_t hand_move_cost(const struct frame *frame, const struct frame_hand *hand, int x, int y);
/* Brings the cursor to (x, y), by the fewest bytes. */
void hand_go(const struct frame *frame, struct frame_hand *hand, int x, int y, struct buf *out);
size_t hand_pen_cost(const struct frame *frame, const struct frame_hand *hand, struct frame_pen pen);
void hand_take_pen(const struct frame *frame, struct frame_hand *hand, struct frame_pen pen, struct buf *out);
/* Writes spots[from..to) of the row that the cursor stands in, at `from`, with the pen that it has. */
void hand_write(const struct frame *frame, struct frame_hand *hand, const struct frame_spot *spots, int to,
                struct buf *out);

/* Whether row y of `then` is that of `now`. */
bool row_is_shown(const struct frame *frame, const struct frame_spot *then, int y);
/* Row y of `then` becomes that of `now`. */
void row_encode(struct frame *frame, struct frame_hand *hand, const struct frame_spot *then, int y,
                struct buf *out);

void row_make_room(struct frame *frame); /* for rows of its width */

struct frame_shift {
    int top, bottom; /* rows, both inclusive */
    int by;          /* > 0: up */
};

/* A stretch of rows that is wanted by some rows from where it is shown. False: there is none to speak of. */
bool shift_find(const struct frame *frame, struct frame_shift *shift);
/* Adds the bytes, and what is shown then to frame->moved. False where the terminal cannot. */
bool shift_encode(struct frame *frame, struct frame_hand *hand, const struct frame_shift *shift,
                  struct buf *out);
