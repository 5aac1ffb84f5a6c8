/*
 * See frame.h. Cells are resolved into what the terminal gets before they are compared, so that what nobody can see (the ink of
 * a blank, two inks of one colour) is never sent.
 */
#include "tui/frame.h"

#include "data/base/die.h"
#include "tui/frame_int.h"
#include "tui/term_style.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 64 << 20, SHIFTED_MIN = 3 /* rows */, SEEN_ON_BLANKS = ATTR_UNDERLINE | ATTR_REVERSE };

struct frame_spot spot_blank(int bg)
{
    return (struct frame_spot){.ch = U' ', .pen = {PEN_ANY, bg, 0}};
}

void frame_init(struct frame *frame, const struct frame_terminal *terminal)
{
    *frame = (struct frame){.terminal = *terminal, .cursor = -1};
    buf_init(&frame->plain, BYTES_MAX);
    buf_init(&frame->scrolled, BYTES_MAX);
    buf_init(&frame->trial, BYTES_MAX);
    buf_init(&frame->best, BYTES_MAX);
}

void frame_release(struct frame *frame)
{
    free(frame->then);
    free(frame->now);
    free(frame->moved);
    free(frame->cells);
    free(frame->is_fresh);
    free(frame->right);
    free(frame->row);
    free(frame->chunks);
    free(frame->pens);
    buf_release(&frame->plain);
    buf_release(&frame->scrolled);
    buf_release(&frame->trial);
    buf_release(&frame->best);
    *frame = (struct frame){.cursor = -1};
}

void frame_forget(struct frame *frame)
{
    frame->is_known = false;
    frame->hand = (struct frame_hand){.place = HAND_NOWHERE};
    frame->cursor = -1;
}

/* ---- resolving ---- */

static struct frame_pen pen_of(const struct frame *frame, struct style style)
{
    struct term_look look = term_look(style, frame->terminal.colours, frame->terminal.has_dim);
    return pen_possible(&frame->terminal.pens, (struct frame_pen){look.fg, look.bg, look.attrs});
}

static struct frame_spot spot_of(const struct cell *cell, struct frame_pen pen)
{
    struct frame_spot spot = {.ch = cell->ch, .marks = {cell->marks[0], cell->marks[1]}, .pen = pen};
    bool is_blank = cell->ch == U' ' && !cell->marks[0] && !(pen.attrs & SEEN_ON_BLANKS);
    if (is_blank)
        spot.pen = (struct frame_pen){PEN_ANY, pen.bg, 0};
    return spot;
}

static bool style_equal(struct style a, struct style b)
{
    return a.ink == b.ink && a.ground == b.ground && a.attrs == b.attrs;
}

static bool is_drawn_anew(const struct cell *cells, const struct cell *kept, int width)
{
    enum { USED = offsetof(struct cell, style) + sizeof(struct style) }; /* the rest is padding */
    for (int x = 0; x < width; x++)
        if (memcmp(&cells[x], &kept[x], USED) != 0)
            return true;
    return false;
}

static void resolve_row(const struct frame *frame, const struct cell *cells, struct frame_spot *spots)
{
    struct style style = STYLE(INK_DEFAULT);
    struct frame_pen pen = pen_of(frame, style);
    for (int x = 0; x < frame->width; x++) {
        if (!style_equal(cells[x].style, style)) {
            style = cells[x].style;
            pen = pen_of(frame, style);
        }
        spots[x] = spot_of(&cells[x], pen);
    }
}

/* A row whose cells are those of the last frame is there already. */
static void resolve(struct frame *frame, const struct surface *surface)
{
    size_t width = (size_t)frame->width;
    for (int y = 0; y < frame->height; y++) {
        size_t at = (size_t)y * width;
        const struct cell *cells = surface->cells + at;
        frame->is_fresh[y] = !frame->is_known || is_drawn_anew(cells, frame->cells + at, frame->width);
        if (!frame->is_fresh[y])
            continue;
        memcpy(frame->cells + at, cells, width * sizeof *cells);
        resolve_row(frame, cells, frame->now + at);
    }
}

/* It cannot be written where that makes the screen scroll. */
static void give_up_last_cell(struct frame *frame)
{
    size_t last = (size_t)frame->width * (size_t)frame->height - 1;
    if (frame->now[last].ch == 0 && frame->width > 1)
        frame->now[last - 1] = spot_blank(-1);
    frame->now[last] = spot_blank(-1);
}

static void resize(struct frame *frame, int width, int height)
{
    size_t count = (size_t)width * (size_t)height + 1, size = sizeof *frame->then;
    frame->then = mem_resize(frame->then, count, size);
    frame->now = mem_resize(frame->now, count, size);
    frame->moved = mem_resize(frame->moved, count, size);
    frame->cells = mem_resize(frame->cells, count, sizeof *frame->cells);
    frame->is_fresh = mem_resize(frame->is_fresh, (size_t)height + 1, sizeof *frame->is_fresh);
    frame->right = mem_resize(frame->right, (size_t)height + 1, sizeof *frame->right);
    frame->width = width;
    frame->height = height;
    row_make_room(frame);
    hand_make_room(frame);
    frame_forget(frame);
}

/* ---- encoding ---- */

static void clear(struct frame *frame, struct buf *out)
{
    size_t count = (size_t)frame->width * (size_t)frame->height;
    frame->hand.is_pen_known = false;
    hand_take_pen(frame, &frame->hand, (struct frame_pen){PEN_ANY, -1, 0}, out);
    buf_str(out, frame->terminal.clear);
    for (size_t i = 0; i < count; i++)
        frame->then[i] = spot_blank(-1);
    frame->hand.place = HAND_SURE;
    frame->hand.x = frame->hand.y = 0;
    frame->is_known = true;
}

/* False where it came to as many bytes as `limit`, and was left there. */
static bool encode_rows(struct frame *frame, struct frame_hand *hand, const struct frame_spot *then,
                        size_t limit, struct buf *out)
{
    for (int y = 0; y < frame->height && out->len < limit; y++)
        if (frame->is_fresh[y] || then != frame->then)
            row_encode(frame, hand, then, y, out);
    return out->len < limit;
}

static int count_changed(struct frame *frame)
{
    int rows = 0;
    for (int y = 0; y < frame->height; y++) {
        frame->is_fresh[y] = frame->is_fresh[y] && !row_is_shown(frame, frame->then, y);
        rows += frame->is_fresh[y];
    }
    return rows;
}

/* Moved rows first, as they are mostly fewer bytes by far: the other way is soon given up then. */
static void encode_cells(struct frame *frame, struct buf *out)
{
    int changed = count_changed(frame);
    if (changed == 0)
        return;
    struct frame_hand plain = frame->hand, scrolled = frame->hand;
    struct frame_shift shift;
    buf_clear(&frame->plain);
    buf_clear(&frame->scrolled);
    bool is_shifted = changed >= SHIFTED_MIN && shift_find(frame, &shift) &&
                      shift_encode(frame, &scrolled, &shift, &frame->scrolled);
    if (is_shifted)
        encode_rows(frame, &scrolled, frame->moved, SIZE_MAX, &frame->scrolled);
    size_t limit = is_shifted ? frame->scrolled.len + 1 : SIZE_MAX;
    bool is_plain = encode_rows(frame, &plain, frame->then, limit, &frame->plain);
    frame->hand = is_plain ? plain : scrolled;
    buf_text(out, buf_as_text(is_plain ? &frame->plain : &frame->scrolled));
}

/* Both grids are alike then, so that what stays is resolved in both. */
static void keep(struct frame *frame)
{
    size_t width = (size_t)frame->width;
    for (int y = 0; y < frame->height; y++) {
        size_t at = (size_t)y * width;
        if (frame->is_fresh[y])
            memcpy(frame->then + at, frame->now + at, width * sizeof *frame->then);
    }
}

static void encode_cursor(struct frame *frame, const struct surface *surface, struct buf *out)
{
    bool is_shown = surface->cursor_x >= 0 && surface->cursor_y >= 0 && surface->cursor_x < frame->width &&
                    surface->cursor_y < frame->height;
    if (is_shown)
        hand_go(frame, &frame->hand, surface->cursor_x, surface->cursor_y, out);
    if (frame->cursor != is_shown)
        buf_str(out, is_shown ? frame->terminal.show : frame->terminal.hide);
    frame->cursor = is_shown;
}

void frame_encode(struct frame *frame, const struct surface *surface, struct buf *out)
{
    if (frame->width != surface->width || frame->height != surface->height || !frame->then)
        resize(frame, surface->width, surface->height);
    resolve(frame, surface);
    if (frame->terminal.can & FRAME_WRAPS && frame->width > 0 && frame->height > 0)
        give_up_last_cell(frame);
    if (!frame->is_known)
        clear(frame, out);
    encode_cells(frame, out);
    encode_cursor(frame, surface, out);
    keep(frame);
}
