/*
 * A terminal cell has two colours, a bar more statuses than that. So a bar is first made as a stack of eighths of a cell,
 * and then each cell is reduced to what it can show: a lower block in one ink on a ground of another. A failure is never
 * what gets lost. Without colours, or without block glyphs, a cell is one character that names its status.
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

static int kinds_of(const struct bucket *bucket)
{
    int kinds = 0;
    for (int i = 0; i < STATUS_COUNT; i++)
        kinds += bucket->counts[i] > 0;
    return kinds;
}

/* Every status that is there gets an eighth at least, at the cost of those above it. */
static struct stack stack_of(const struct bucket *bucket, uint32_t scale, int height)
{
    struct stack stack;
    uint64_t total = bucket_total(bucket), seen = 0;
    int kinds = kinds_of(bucket), top = 0;
    int bar = scaled(total, scale, height);

    bar = bar < kinds ? kinds : bar;
    bar = bar > height ? height : bar;
    for (int i = 0; i < STATUS_COUNT; i++) {
        uint32_t count = bucket->counts[TIMELINE_ORDER[i]];
        seen += count;
        if (count) {
            int edge = scaled(seen, total, bar);
            int highest = bar - --kinds; /* room for one eighth of each that is still to come */
            edge = edge > top ? edge : top + 1;
            top = edge > highest && highest > top ? highest : edge;
        }
        stack.tops[i] = top;
    }
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

/* Two statuses fill the cell: a cell more than half full counts as full, a lower one shows only the more important. */
static struct cell_look colour_look(const struct slice *slice)
{
    int low = lowest(slice);
    int other = greatest(slice, low);
    if (other == NOTHING)
        return (struct cell_look){block(slice->filled), STYLE(bar_ink(low))};
    if (slice->filled * 2 <= EIGHTHS)
        return (struct cell_look){block(slice->filled), STYLE(bar_ink(low))};
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
