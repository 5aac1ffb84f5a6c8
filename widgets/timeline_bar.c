/*
 * A terminal cell has two colours, a bar more statuses than that. So a bar is first made as a stack of eighths of a cell,
 * and then each cell is reduced to what it can show: a lower block in one ink on a ground of another. A failure that counts is
 * never what gets lost. Without colours, or without block glyphs, a cell is one character that names its status.
 */
#include "widgets/timeline_bar.h"

#include <string.h>

enum { EIGHTHS = 8, NOTHING = -1 };

const enum run_status TIMELINE_ORDER[STATUS_COUNT] = {
    STATUS_FAILED,  STATUS_WAITING,   STATUS_RUNNING,   STATUS_OTHER,
    STATUS_PENDING, STATUS_CANCELLED, STATUS_COMPLETED,
};

/* A bar's edges in eighths: status TIMELINE_ORDER[i] fills [top of i − 1, tops[i]). */
struct stack {
    int tops[STATUS_COUNT];
};

static int scaled(uint64_t n, uint64_t of, int to)
{
    return of ? (int)((n * (uint64_t)to + of / 2) / of) : 0;
}

/* Eighths of a status by itself. A failure that counts keeps one however tall the bar: one run in sixteen. In a bar too low for two colours it must be one in
 * three, since it then takes the whole bar; else a quiet night of few runs would look like a wall of failures. */
static int share_of(enum run_status status, const struct bucket *bucket, int bar)
{
    uint64_t count = bucket->counts[status], total = bucket_total(bucket);
    int share = scaled(count, total, bar);
    if (status != STATUS_FAILED || !count)
        return share;
    bool is_low = bar * 2 <= EIGHTHS;
    if (count * (is_low ? 3 : 16) >= total)
        return share ? share : 1;
    return is_low ? 0 : share;
}

/* The place in TIMELINE_ORDER of the most frequent status. */
static int dominant(const struct bucket *bucket)
{
    int best = 0;
    for (int i = 1; i < STATUS_COUNT; i++)
        if (bucket->counts[TIMELINE_ORDER[i]] > bucket->counts[TIMELINE_ORDER[best]])
            best = i;
    return best;
}

/* Every status is rounded by itself and the most frequent one takes the rest, so that rounding never shows a rare one that the counts do not. */
static struct stack stack_of(const struct bucket *bucket, uint32_t scale, int height)
{
    int share[STATUS_COUNT], most = dominant(bucket);
    int bar = scaled(bucket_total(bucket), scale, height);
    bar = bar < 1 ? 1 : bar > height ? height : bar;
    int rest = bar;
    for (int i = 0; i < STATUS_COUNT; i++) {
        bool takes_rest = i == most && TIMELINE_ORDER[i] != STATUS_FAILED;
        share[i] = takes_rest ? 0 : share_of(TIMELINE_ORDER[i], bucket, bar);
        share[i] = share[i] < rest ? share[i] : rest;
        rest -= share[i];
    }
    share[most] += rest;
    struct stack stack = {.tops = {share[0]}};
    for (int i = 1; i < STATUS_COUNT; i++)
        stack.tops[i] = stack.tops[i - 1] + share[i];
    return stack;
}

/* ---- a cell ---- */

struct slice {
    int share[STATUS_COUNT]; /* eighths of this cell, by place in TIMELINE_ORDER */
    int filled;
};

static struct slice slice_of(const struct stack *stack, int row_from_bottom)
{
    struct slice slice = {.filled = 0};
    int low = row_from_bottom * EIGHTHS;
    int from = 0;
    for (int i = 0; i < STATUS_COUNT; i++) {
        int start = from > low ? from : low;
        int end = stack->tops[i] < low + EIGHTHS ? stack->tops[i] : low + EIGHTHS;
        slice.share[i] = end > start ? end - start : 0;
        slice.filled += slice.share[i];
        from = stack->tops[i];
    }
    return slice;
}

/* The status with the most eighths, but for `without`; NOTHING where there is no other. */
static int greatest(const struct slice *slice, int without)
{
    int best = NOTHING;
    for (int i = 0; i < STATUS_COUNT; i++)
        if (i != without && slice->share[i] && (best == NOTHING || slice->share[i] > slice->share[best]))
            best = i;
    return best;
}

static int lowest(const struct slice *slice)
{
    for (int i = 0; i < STATUS_COUNT; i++)
        if (slice->share[i])
            return i;
    return NOTHING;
}

static enum ink bar_ink(int place)
{
    enum run_status status = TIMELINE_ORDER[place];
    return status == STATUS_COMPLETED ? INK_BAR_DONE : ink_of_status(status);
}

struct cell_look {
    char32_t ch;
    struct style style;
};

static char32_t block(int eighths)
{
    return eighths >= EIGHTHS ? U'█' : U'▁' + (char32_t)(eighths - 1);
}

/* Two statuses fill the cell: a cell more than half full counts as full, a lower one shows one of them. */
static struct cell_look colour_look(const struct slice *slice)
{
    int low = lowest(slice);
    int other = greatest(slice, low);
    if (other == NOTHING)
        return (struct cell_look){block(slice->filled), STYLE(bar_ink(low))};
    if (slice->filled * 2 <= EIGHTHS)
        return (struct cell_look){block(slice->filled),
                                  STYLE(bar_ink(slice->share[0] ? 0 : greatest(slice, NOTHING)))};
    return (struct cell_look){block(slice->share[low]),
                              style_on(STYLE(bar_ink(low)), GROUND_OF_INK(bar_ink(other)))};
}

/* A character by status: failed waiting running other pending cancelled completed. */
static const char32_t SHAPES_ASCII[STATUS_COUNT] = U"#~*%.-=";
static const char32_t SHAPES_MONO[STATUS_COUNT] = U"█▒◆◇·─░";

static struct cell_look shape_look(const struct slice *slice, bool ascii, bool is_bottom)
{
    bool is_failed = slice->share[0] > 0 && (is_bottom || slice->share[0] * 2 >= EIGHTHS);
    int place = is_failed ? 0 : greatest(slice, NOTHING);
    if (!is_bottom && slice->filled * 2 < EIGHTHS)
        return (struct cell_look){U' ', STYLE(INK_DEFAULT)};
    return (struct cell_look){(ascii ? SHAPES_ASCII : SHAPES_MONO)[place], STYLE(bar_ink(place))};
}

void timeline_bar_draw(struct surface *surface, struct rect column, const struct bucket *bucket,
                       uint32_t scale)
{
    if (bucket_total(bucket) == 0)
        return;
    struct stack stack = stack_of(bucket, scale, column.h * EIGHTHS);
    for (int row = 0; row < column.h; row++) {
        struct slice slice = slice_of(&stack, row);
        if (!slice.filled)
            break;
        struct cell_look look = surface->ascii || surface->mono ? shape_look(&slice, surface->ascii, row == 0)
                                                                : colour_look(&slice);
        for (int i = 0; i < column.w; i++)
            draw_glyph(surface, column.x + i, column.y + column.h - 1 - row, look.ch, look.style);
    }
}
