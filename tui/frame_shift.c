/*
 * See frame_int.h. A list at its window's edge moves by a row or a few; the terminal can move them itself, over its whole width. What stood
 * beside the list is moved as well and has to be told again, so both ways are encoded and compared: here is only the guess
 * which shift is worth that.
 */
#include "tui/frame_int.h"

#include <stdlib.h>
#include <string.h>

enum { SHIFT_MAX = 6, GAIN_MIN = 30 };

static const struct frame_spot *row_of(const struct frame *frame, const struct frame_spot *grid, int y)
{
    return grid + (size_t)y * (size_t)frame->width;
}

/* Cells of row y that are right when it gets what is shown in row `from`. Blanks cost little. */
static int count_right(const struct frame *frame, int y, int from)
{
    const struct frame_spot *now = row_of(frame, frame->now, y), *then = row_of(frame, frame->then, from);
    int right = 0;
    for (int x = 0; x < frame->width; x++)
        right += now[x].ch == then[x].ch && !spot_is_blank(&now[x]) && spot_equal(&now[x], &then[x]);
    return right;
}

/* The stretch of rows with the greatest sum of gains. */
static int best_stretch(const struct frame *frame, int by, struct frame_shift *shift)
{
    int first = by < 0 ? -by : 0, end = by > 0 ? frame->height - by : frame->height;
    int best = 0, sum = 0, start = first;
    for (int y = first; y < end; y++) {
        if (sum <= 0) {
            sum = 0;
            start = y;
        }
        sum += count_right(frame, y, y + by) - frame->right[y];
        if (sum <= best)
            continue;
        best = sum;
        *shift = (struct frame_shift){by > 0 ? start : start + by, by > 0 ? y + by : y, by};
    }
    return best;
}

bool shift_find(const struct frame *frame, struct frame_shift *shift)
{
    int best = GAIN_MIN;
    bool is_found = false;
    for (int y = 0; y < frame->height; y++)
        frame->right[y] = count_right(frame, y, y);
    for (int by = -SHIFT_MAX; by <= SHIFT_MAX; by++) {
        struct frame_shift candidate;
        int gain = by && abs(by) < frame->height ? best_stretch(frame, by, &candidate) : 0;
        if (gain <= best)
            continue;
        best = gain;
        *shift = candidate;
        is_found = true;
    }
    return is_found;
}

static void add_count(struct buf *out, int number, char final)
{
    buf_str(out, "\033[");
    if (number != 1)
        buf_printf(out, "%d", number);
    buf_char(out, final);
}

static void scroll_region(const struct frame *frame, struct frame_hand *hand, const struct frame_shift *shift,
                          struct buf *out)
{
    int rows = abs(shift->by);
    buf_printf(out, "\033[%d;%dr", shift->top + 1, shift->bottom + 1);
    hand->place = HAND_NOWHERE;
    if (frame->terminal.can & FRAME_SCROLL) {
        add_count(out, rows, shift->by > 0 ? 'S' : 'T');
    } else {
        hand_go(frame, hand, 0, shift->by > 0 ? shift->bottom : shift->top, out);
        for (int i = 0; i < rows; i++)
            buf_str(out, shift->by > 0 ? "\n" : "\033M");
    }
    buf_str(out, "\033[r");
    hand->place = HAND_NOWHERE;
}

/* Lines are taken out where they leave and put in where they come. */
static void move_lines(const struct frame *frame, struct frame_hand *hand, const struct frame_shift *shift,
                       struct buf *out)
{
    int rows = abs(shift->by);
    int last = shift->bottom - rows + 1;
    hand_go(frame, hand, 0, shift->by > 0 ? shift->top : last, out);
    add_count(out, rows, 'M');
    hand_go(frame, hand, 0, shift->by > 0 ? last : shift->top, out);
    add_count(out, rows, 'L');
}

static void move_grid(struct frame *frame, const struct frame_shift *shift, int bg)
{
    size_t width = (size_t)frame->width;
    memcpy(frame->moved, frame->then, width * (size_t)frame->height * sizeof *frame->moved);
    for (int y = shift->top; y <= shift->bottom; y++) {
        int from = y + shift->by;
        struct frame_spot *row = frame->moved + (size_t)y * width;
        bool is_inside = from >= shift->top && from <= shift->bottom;
        if (is_inside)
            memcpy(row, row_of(frame, frame->then, from), width * sizeof *row);
        for (size_t x = 0; !is_inside && x < width; x++)
            row[x] = spot_blank(bg);
    }
}

/* What comes in has the pen's ground where the terminal erases so: the default one is asked for, as no more is known of it. */
bool shift_encode(struct frame *frame, struct frame_hand *hand, const struct frame_shift *shift,
                  struct buf *out)
{
    unsigned can = frame->terminal.can;
    bool has_region = can & FRAME_REGION && can & (FRAME_SCROLL | FRAME_INDEX);
    bool has_last_cell = can & FRAME_WRAPS && shift->bottom == frame->height - 1; /* it is never written */
    if (has_last_cell || (!has_region && !(can & FRAME_LINES)))
        return false;
    hand_take_pen(frame, hand, (struct frame_pen){PEN_ANY, -1, 0}, out);
    if (has_region)
        scroll_region(frame, hand, shift, out);
    else
        move_lines(frame, hand, shift, out);
    move_grid(frame, shift, -1);
    return true;
}
