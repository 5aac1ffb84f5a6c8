/*
 * See frame_int.h. Terminals do not agree on the width of every character. Where they do not, the cursor's column is not known after
 * it, and the next thing that is written is brought to its place by a column's number: a row never moves sideways by more
 * than that one cell.
 */
#include "tui/frame_int.h"

#include "data/base/utf8.h"

#include <string.h>

enum { STEPS_MAX = 6, REPEAT_MIN = 4 };

/* ---- moving ---- */

struct way {
    char s[MOVE_TEXT];
    size_t n; /* MOVE_TEXT: there is none */
};

static const struct way nowhere = {.n = MOVE_TEXT};

static void add_number(struct way *way, int number)
{
    char digits[12];
    int n = 0;
    do
        digits[n++] = (char)('0' + number % 10);
    while (number /= 10);
    while (n > 0)
        way->s[way->n++] = digits[--n];
}

/* One is what is meant where there is no number. */
static struct way way_csi(int number, char final)
{
    struct way way = {.s = "\033[", .n = 2};
    if (number != 1)
        add_number(&way, number);
    way.s[way.n++] = final;
    return way;
}

static struct way way_steps(char step, int times)
{
    struct way way = {.n = (size_t)times};
    memset(way.s, step, (size_t)times);
    return way;
}

static void take_shorter(struct way *way, struct way other)
{
    if (other.n < way->n)
        *way = other;
}

static struct way way_after(const struct way *first, const struct way *second)
{
    struct way way = *first;
    if (first->n + second->n >= MOVE_TEXT)
        return nowhere;
    memcpy(way.s + way.n, second->s, second->n);
    way.n += second->n;
    return way;
}

static struct way way_right(unsigned can, int by)
{
    if (by == 0)
        return (struct way){.n = 0};
    return can & FRAME_CUF ? way_csi(by, 'C') : nowhere;
}

static struct way way_across(unsigned can, const struct frame_hand *hand, int x)
{
    struct way way = nowhere;
    bool is_sure = hand->place == HAND_SURE;
    if (hand->x == x && hand->place <= HAND_LIKELY)
        return (struct way){.n = 0};
    if (can & FRAME_HPA)
        take_shorter(&way, way_csi(x + 1, 'G'));
    if (is_sure && x > hand->x)
        take_shorter(&way, way_right(can, x - hand->x));
    if (is_sure && x < hand->x && can & FRAME_CUB)
        take_shorter(&way, way_csi(hand->x - x, 'D'));
    if (is_sure && x < hand->x && hand->x - x <= STEPS_MAX && can & FRAME_BS)
        take_shorter(&way, way_steps('\b', hand->x - x));
    if (can & FRAME_CR) {
        struct way start = way_steps('\r', 1), right = way_right(can, x);
        take_shorter(&way, way_after(&start, &right));
    }
    return way;
}

static struct way way_along(unsigned can, int from, int to)
{
    struct way way = nowhere;
    if (from == to)
        return (struct way){.n = 0};
    if (can & FRAME_VPA)
        take_shorter(&way, way_csi(to + 1, 'd'));
    if (to > from && can & FRAME_CUD)
        take_shorter(&way, way_csi(to - from, 'B'));
    if (to > from && to - from <= STEPS_MAX && can & FRAME_LF)
        take_shorter(&way, way_steps('\n', to - from));
    if (to < from && can & FRAME_CUU)
        take_shorter(&way, way_csi(from - to, 'A'));
    return way;
}

static struct way way_direct(const struct frame *frame, int x, int y)
{
    struct way way = {.s = "\033[", .n = 2};
    if (!(frame->terminal.can & FRAME_CUP)) {
        way.n = frame->terminal.move ? frame->terminal.move(x, y, way.s) : 0;
        return way;
    }
    if (x == 0)
        return way_csi(y + 1, 'H');
    if (y > 0)
        add_number(&way, y + 1);
    way.s[way.n++] = ';';
    add_number(&way, x + 1);
    way.s[way.n++] = 'H';
    return way;
}

/* Across first: it takes the cursor out of the last column, where some terminals hold back a line feed. */
size_t hand_move(const struct frame *frame, const struct frame_hand *hand, int x, int y, char out[MOVE_TEXT])
{
    unsigned can = frame->terminal.can;
    struct way way = nowhere;
    if (hand->place != HAND_NOWHERE) {
        struct way across = way_across(can, hand, x), along = way_along(can, hand->y, y);
        way = way_after(&across, &along);
    }
    if (way.n > 4)
        take_shorter(&way, way_direct(frame, x, y));
    memcpy(out, way.s, way.n);
    return way.n;
}

void hand_go(const struct frame *frame, struct frame_hand *hand, int x, int y, struct buf *out)
{
    char bytes[MOVE_TEXT];
    size_t n = hand_move(frame, hand, x, y, bytes);
    buf_add(out, bytes, n);
    if (n)
        hand->place = HAND_SURE;
    hand->x = x;
    hand->y = y;
}

/* ---- the pen ---- */

size_t hand_pen_cost(const struct frame *frame, const struct frame_hand *hand, struct frame_pen pen)
{
    char bytes[PEN_TEXT];
    struct frame_pen after;
    if (hand->is_pen_known && pen_suits(hand->pen, pen))
        return 0;
    return pen_change(&frame->terminal.pens, hand->is_pen_known ? &hand->pen : NULL, pen, &after, bytes);
}

void hand_take_pen(const struct frame *frame, struct frame_hand *hand, struct frame_pen pen, struct buf *out)
{
    char bytes[PEN_TEXT];
    if (hand->is_pen_known && pen_suits(hand->pen, pen))
        return;
    struct frame_pen before = hand->pen;
    size_t n = pen_change(&frame->terminal.pens, hand->is_pen_known ? &before : NULL, pen, &hand->pen, bytes);
    hand->is_pen_known = true;
    buf_add(out, bytes, n);
}

/* ---- writing ---- */

/* How sure the column is behind such a character. Ideographs and syllables are wide everywhere; pictures and marks are what
 * terminals quarrel about; what East Asian fonts may draw wide is drawn narrow nearly everywhere. */
static enum hand_place place_behind(const struct frame_spot *spot, bool is_wide)
{
    char32_t ch = spot->ch;
    if (ch < 0x80)
        return spot->marks[0] ? HAND_LOST : HAND_SURE;
    bool is_picture = ch >= 0x1F000 || (is_wide && ch >= 0x2300 && ch < 0x2E80);
    if (spot->marks[0] || is_picture)
        return HAND_LOST;
    bool is_agreed = is_wide || ch < 0x0530;
    return is_agreed ? HAND_SURE : HAND_LIKELY;
}

static void add_spot(const struct frame_spot *spot, struct buf *out)
{
    char bytes[4];
    buf_add(out, bytes, utf8_encode(spot->ch, bytes));
    for (int i = 0; i < 2 && spot->marks[i]; i++)
        buf_add(out, bytes, utf8_encode(spot->marks[i], bytes));
}

static void advance(const struct frame *frame, struct frame_hand *hand, int cells, enum hand_place behind)
{
    hand->x += cells;
    if (hand->place < behind)
        hand->place = behind;
    if (hand->x < frame->width)
        return;
    bool is_row_known = hand->place == HAND_SURE && !(frame->terminal.can & FRAME_WRAPS);
    hand->place = is_row_known ? HAND_LOST : HAND_NOWHERE;
}

/* So many cells from x on are alike and may be sent once and repeated. Not all that repeat know how to repeat more than ASCII. */
static int repeats(const struct frame *frame, const struct frame_spot *spots, int x, int to)
{
    const struct frame_spot *first = &spots[x];
    int n = 1;
    if (!(frame->terminal.can & FRAME_REP) || first->ch >= 0x7f || first->marks[0])
        return 1;
    while (x + n < to && spots[x + n].ch == first->ch && !spots[x + n].marks[0])
        n++;
    return n;
}

/* False, and nothing, where it is shorter to send them all. */
static bool write_repeated(const struct frame_spot *spot, int times, struct buf *out)
{
    char bytes[4];
    struct way again = way_csi(times - 1, 'b');
    if (again.n >= utf8_encode(spot->ch, bytes) * (size_t)(times - 1))
        return false;
    add_spot(spot, out);
    buf_add(out, again.s, again.n);
    return true;
}

/* Where a character in the last column wraps at once, the last of all cells stays as it is: the screen would scroll. */
void hand_write(const struct frame *frame, struct frame_hand *hand, const struct frame_spot *spots, int to,
                struct buf *out)
{
    bool is_last = frame->terminal.can & FRAME_WRAPS && to == frame->width && hand->y == frame->height - 1;
    int end = is_last ? to - 1 : to;
    while (hand->x < end) {
        int x = hand->x;
        bool is_wide = x + 1 < frame->width && spots[x + 1].ch == 0;
        if (is_wide && x + 2 > end)
            return;
        if (hand->place == HAND_LOST)
            hand_go(frame, hand, x, hand->y, out);
        int times = is_wide ? 1 : repeats(frame, spots, x, end);
        if (times < REPEAT_MIN || !write_repeated(&spots[x], times, out)) {
            add_spot(&spots[x], out);
            times = 1;
        }
        advance(frame, hand, is_wide ? 2 : times, place_behind(&spots[x], is_wide));
    }
}
