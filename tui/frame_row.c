/*
 * See frame_int.h. A row is told in chunks: stretches of one pen that must be written, with what lies between them where that is shorter
 * to send again than to step over, and blanks that can be erased. Several ways are tried and the shortest is taken: with the
 * rest of the row erased in its ground first (a row that is selected changes its ground all along), and with chunks of one pen after
 * each other instead of from left to right.
 */
#include "tui/frame_int.h"

#include "data/base/die.h"

#include <string.h>

enum { NEAREST_MAX = 24, BRIDGE_MAX = 4, MOVE_MOST = 10 /* bytes */, ERASE_MIN = 9, ERASE_END_MIN = 4 };

struct frame_chunk {
    int from, to;
    bool is_erased;
    struct frame_pen pen;
};

struct row {
    const struct frame *frame;
    const struct frame_spot *now;
    struct frame_spot *then;
    int y, width;
    struct frame_chunk *chunks; /* as many as the row is wide */
    int count;
};

enum erasing { ERASE_NOTHING, ERASE_END_LIKE_LAST, ERASE_END_LIKE_FIRST, ERASE_MIDDLE, ERASINGS };

/* ---- cells ---- */

static bool is_needed(const struct row *row, int x)
{
    return !spot_equal(&row->now[x], &row->then[x]);
}

static bool can_erase(const struct row *row, int bg)
{
    return row->frame->terminal.can & FRAME_BCE || bg == -1;
}

static int blanks_from(const struct row *row, int x)
{
    int n = 0, bg = row->now[x].pen.bg;
    while (x + n < row->width && spot_is_blank(&row->now[x + n]) && row->now[x + n].pen.bg == bg)
        n++;
    return n;
}

/* How many blanks from x on are better erased than written; 0: none. */
static int erasable_from(const struct row *row, int x)
{
    unsigned can = row->frame->terminal.can;
    if (!spot_is_blank(&row->now[x]) || !can_erase(row, row->now[x].pen.bg) || !is_needed(row, x))
        return 0;
    int n = blanks_from(row, x);
    if (x + n == row->width && can & FRAME_EL)
        return n >= ERASE_END_MIN ? n : 0;
    while (n > 0 && !is_needed(row, x + n - 1))
        n--;
    return can & FRAME_ECH && n >= ERASE_MIN ? n : 0;
}

/* Whether cells may be sent again instead of stepping over them: a byte for each. */
static bool can_bridge(const struct row *row, int from, int to, struct frame_pen pen)
{
    if (to - from > MOVE_MOST)
        return false;
    for (int x = from; x < to; x++) {
        const struct frame_spot *spot = &row->now[x];
        if (spot->ch < ' ' || spot->ch >= 0x7f || spot->marks[0] || !pen_suits(pen, spot->pen))
            return false;
    }
    return true;
}

/* ---- chunks ---- */

/* From x on, what one pen can write: up to the last cell that needs it, over short stretches that do not. */
static struct frame_chunk chunk_from(const struct row *row, int x)
{
    struct frame_chunk chunk = {.from = x, .to = x, .pen = row->now[x].pen};
    struct frame_pen pen = chunk.pen;
    for (int at = x, idle = 0; at < row->width && idle <= BRIDGE_MAX; at++) {
        bool is_right_half = row->now[at].ch == 0;
        bool is_fresh = is_right_half ? idle == 0 : is_needed(row, at);
        if (!is_right_half && !pen_join(&pen, row->now[at].pen))
            break;
        if (at > x && erasable_from(row, at))
            break;
        idle = is_fresh ? 0 : idle + 1;
        if (!is_fresh)
            continue;
        chunk.to = at + 1;
        chunk.pen = pen;
    }
    return chunk;
}

static void find_chunks(struct row *row, int x)
{
    while (x < row->width) {
        bool is_wide_needed = x + 1 < row->width && row->now[x + 1].ch == 0 && is_needed(row, x + 1);
        if (!is_needed(row, x) && !is_wide_needed) {
            x++;
            continue;
        }
        int n = erasable_from(row, x);
        struct frame_chunk chunk =
            n ? (struct frame_chunk){x, x + n, true, row->now[x].pen} : chunk_from(row, x);
        if (chunk.to <= x)
            chunk.to = x + 1 + is_wide_needed;
        row->chunks[row->count++] = chunk;
        x = chunk.to;
    }
}

/* ---- drawing ---- */

/* The ways from the cursor to a chunk: stepping there, or sending again what lies between, with the old pen or with the new one. */
enum reach { REACH_STEP, REACH_OLD_PEN, REACH_NEW_PEN };

static enum reach reach_of(const struct row *row, const struct frame_hand *hand,
                           const struct frame_chunk *chunk, size_t step)
{
    bool is_before = hand->y == row->y && hand->x < chunk->from && hand->place <= HAND_LIKELY;
    if (!is_before || (size_t)(chunk->from - hand->x) > step)
        return REACH_STEP;
    if (hand->is_pen_known && can_bridge(row, hand->x, chunk->from, hand->pen))
        return REACH_OLD_PEN;
    return can_bridge(row, hand->x, chunk->from, chunk->pen) ? REACH_NEW_PEN : REACH_STEP;
}

/* In bytes; not less than `most` where it is as much or more. */
static size_t reach_cost(const struct row *row, const struct frame_hand *hand,
                         const struct frame_chunk *chunk, size_t most)
{
    size_t pen = hand_pen_cost(row->frame, hand, chunk->pen), least = chunk->from != hand->x;
    if (pen + least >= most)
        return most;
    size_t step = hand_move_cost(row->frame, hand, chunk->from, row->y);
    if (reach_of(row, hand, chunk, step) == REACH_STEP)
        return pen + step;
    return pen + (size_t)(chunk->from - hand->x);
}

static void reach(const struct row *row, struct frame_hand *hand, const struct frame_chunk *chunk,
                  struct buf *out)
{
    const struct frame *frame = row->frame;
    size_t step = hand_move_cost(frame, hand, chunk->from, row->y);
    enum reach way = reach_of(row, hand, chunk, step);
    if (way == REACH_NEW_PEN)
        hand_take_pen(frame, hand, chunk->pen, out);
    if (way == REACH_STEP)
        hand_go(frame, hand, chunk->from, row->y, out);
    else
        hand_write(frame, hand, row->now, chunk->from, out);
    hand_take_pen(frame, hand, chunk->pen, out);
}

static void erase(const struct row *row, const struct frame_chunk *chunk, struct buf *out)
{
    if (chunk->to == row->width && row->frame->terminal.can & FRAME_EL)
        buf_str(out, "\033[K");
    else if (chunk->to - chunk->from == 1)
        buf_str(out, "\033[X");
    else
        buf_printf(out, "\033[%dX", chunk->to - chunk->from);
}

static void draw_chunk(const struct row *row, struct frame_hand *hand, const struct frame_chunk *chunk,
                       struct buf *out)
{
    reach(row, hand, chunk, out);
    if (chunk->is_erased)
        erase(row, chunk, out);
    else
        hand_write(row->frame, hand, row->now, chunk->to, out);
}

/* Always the chunk that costs least to get to; the first of equals. */
static void draw_nearest_first(struct row *row, struct frame_hand *hand, size_t limit, struct buf *out)
{
    bool is_drawn[NEAREST_MAX] = {false};
    for (int left = row->count; left > 0 && out->len < limit; left--) {
        int best = 0;
        size_t least = SIZE_MAX;
        for (int i = 0; i < row->count; i++) {
            size_t cost = is_drawn[i] ? SIZE_MAX : reach_cost(row, hand, &row->chunks[i], least);
            if (cost >= least)
                continue;
            least = cost;
            best = i;
        }
        is_drawn[best] = true;
        draw_chunk(row, hand, &row->chunks[best], out);
    }
}

static void draw_in_order(struct row *row, struct frame_hand *hand, size_t limit, struct buf *out)
{
    for (int i = 0; i < row->count && out->len < limit; i++)
        draw_chunk(row, hand, &row->chunks[i], out);
}

/* ---- ways ---- */

/* What is erased before anything is written: [from, to), in this ground. False where this way is none, or another one's. */
static bool plan(const struct row *row, enum erasing erasing, struct frame_chunk *erased)
{
    unsigned can = row->frame->terminal.can;
    int first = 0, last = row->width - 1;
    while (!is_needed(row, first))
        first++;
    while (!is_needed(row, last))
        last--;
    int first_bg = row->now[first].pen.bg, last_bg = row->now[row->width - 1].pen.bg;
    bool is_middle = erasing == ERASE_MIDDLE;
    int bg = erasing == ERASE_END_LIKE_LAST ? last_bg : first_bg;
    *erased = (struct frame_chunk){first, is_middle ? last + 1 : row->width, true, {PEN_ANY, bg, 0}};
    if (row->now[first].ch == 0 || !can_erase(row, bg) || last - first < ERASE_END_MIN)
        return false;
    if (is_middle)
        return can & FRAME_ECH && last < row->width - 1 &&
               !(last + 1 < row->width && row->now[last + 1].ch == 0);
    return can & FRAME_EL && (erasing == ERASE_END_LIKE_LAST || bg != last_bg);
}

/* The pen of the first chunk does for erasing as well, where it has the ground. */
static void draw_erasure(struct row *row, struct frame_hand *hand, struct frame_chunk erased, struct buf *out)
{
    for (int x = erased.from; x < erased.to; x++)
        row->then[x] = spot_blank(erased.pen.bg);
    find_chunks(row, 0);
    if (row->count > 0 && row->chunks[0].from >= erased.from)
        pen_join(&erased.pen, row->chunks[0].pen);
    draw_chunk(row, hand, &erased, out);
}

struct attempt {
    enum erasing erasing;
    bool is_in_order;
    size_t limit; /* as many bytes are too many */
};

/* So many bytes at least does it take to write what was erased: one for each stretch of one character. */
static size_t least_on(const struct row *row, const struct frame_chunk *erased)
{
    size_t least = 0;
    char32_t before = 0;
    for (int x = erased->from; x < erased->to; x++) {
        const struct frame_spot *spot = &row->now[x];
        least += !spot_is_blank(spot) && spot->ch && spot->ch != before;
        before = spot->ch;
    }
    return least;
}

/* False where it is no way, or comes to the limit. */
static bool try(struct frame *frame, struct frame_hand *hand, const struct frame_spot *then, int y,
                struct attempt attempt, struct buf *out)
{
    size_t width = (size_t)frame->width;
    struct row row = {.frame = frame,
                      .now = frame->now + (size_t)y * width,
                      .then = frame->row,
                      .y = y,
                      .width = frame->width,
                      .chunks = frame->chunks};
    struct frame_chunk erased;
    memcpy(row.then, then + (size_t)y * width, width * sizeof *then);
    if (attempt.erasing == ERASE_NOTHING)
        find_chunks(&row, 0);
    else if (plan(&row, attempt.erasing, &erased) && least_on(&row, &erased) < attempt.limit)
        draw_erasure(&row, hand, erased, out);
    else
        return false;
    bool has_orders = row.count > 1 && row.count <= NEAREST_MAX;
    if (attempt.is_in_order)
        draw_in_order(&row, hand, attempt.limit, out);
    else if (has_orders)
        draw_nearest_first(&row, hand, attempt.limit, out);
    return out->len < attempt.limit && (attempt.is_in_order || has_orders);
}

bool row_is_shown(const struct frame *frame, const struct frame_spot *then, int y)
{
    size_t width = (size_t)frame->width, at = (size_t)y * width;
    return memcmp(&frame->now[at], &then[at], width * sizeof *then) == 0;
}

struct best {
    struct attempt attempt;
    struct frame_hand hand;
};

/* What is shorter than the best so far becomes it, with its bytes. */
static void compete(struct frame *frame, const struct frame_hand *hand, const struct frame_spot *then, int y,
                    struct attempt attempt, struct best *best)
{
    struct frame_hand copy = *hand;
    attempt.limit = best->attempt.limit;
    buf_clear(&frame->trial);
    if (!try(frame, &copy, then, y, attempt, &frame->trial))
        return;
    attempt.limit = frame->trial.len;
    *best = (struct best){attempt, copy};
    struct buf shorter = frame->trial;
    frame->trial = frame->best;
    frame->best = shorter;
}

/* The order is chosen for the erasure that is best from left to right: both together are rarely better, and four times the work. */
void row_encode(struct frame *frame, struct frame_hand *hand, const struct frame_spot *then, int y,
                struct buf *out)
{
    struct best best = {.attempt = {.limit = SIZE_MAX}, .hand = *hand};
    if (row_is_shown(frame, then, y))
        return;
    for (int erasing = 0; erasing < ERASINGS; erasing++)
        compete(frame, hand, then, y, (struct attempt){.erasing = (enum erasing)erasing, .is_in_order = true},
                &best);
    compete(frame, hand, then, y, (struct attempt){.erasing = best.attempt.erasing}, &best);
    *hand = best.hand;
    buf_text(out, buf_as_text(&frame->best));
}

void row_make_room(struct frame *frame)
{
    size_t width = (size_t)frame->width + 1;
    frame->row = mem_resize(frame->row, width, sizeof *frame->row);
    frame->chunks = mem_resize(frame->chunks, width, sizeof *frame->chunks);
}
