/*
 * See frame_int.h. Terminals do not agree on the width of every character. Where they do not, the cursor's column is not known after
 * it, and the next thing that is written is brought to its place by a column's number: a row never moves sideways by more
 * than that one cell.
 */
#include "tui/frame_int.h"

#include "data/base/die.h"
#include "data/base/utf8.h"

#include <string.h>

enum { STEPS_MAX = 6, PLAIN_MAX = 128, PEN_UNKNOWN = -3, PENS_TOLD = 128 };

/* ---- moving ---- */

/* Steps, then a sequence with a number. Only told in the end: far more ways are compared than gone. */
struct way {
    int n; /* bytes; NO_WAY: there is none */
    int times, number;
    char step, final; /* '\0': no sequence */
};

enum { NO_WAY = MOVE_TEXT };

static const struct way nowhere = {.n = NO_WAY};

static int digits_of(int number)
{
    int n = 1;
    while (number >= 10) {
        number /= 10;
        n++;
    }
    return n;
}

static size_t put_number(char *out, int number)
{
    int n = digits_of(number);
    for (int i = n; i > 0; number /= 10)
        out[--i] = (char)('0' + number % 10);
    return (size_t)n;
}

/* One is what is meant where there is no number. */
static struct way way_csi(int number, char final)
{
    return (struct way){.n = number != 1 ? 3 + digits_of(number) : 3, .number = number, .final = final};
}

static struct way way_steps(char step, int times)
{
    return (struct way){.n = times, .step = step, .times = times};
}

static void take_shorter(struct way *way, struct way other)
{
    if (other.n < way->n)
        *way = other;
}

static size_t put_way(char *out, const struct way *way)
{
    size_t n = (size_t)way->times;
    memset(out, way->step, n);
    if (!way->final)
        return n;
    out[n++] = '\033';
    out[n++] = '[';
    if (way->number != 1)
        n += put_number(out + n, way->number);
    out[n++] = way->final;
    return n;
}

static struct way way_right(unsigned can, int by)
{
    if (by == 0)
        return (struct way){.n = 0};
    return can & FRAME_CUF ? way_csi(by, 'C') : nowhere;
}

static struct way way_from_start(unsigned can, int x)
{
    struct way way = way_right(can, x);
    way.step = '\r';
    way.times = 1;
    way.n = way.n < NO_WAY ? way.n + 1 : NO_WAY;
    return way;
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
    if (can & FRAME_CR)
        take_shorter(&way, way_from_start(can, x));
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

static int direct_cost(const struct frame *frame, int x, int y)
{
    char bytes[MOVE_TEXT];
    if (!(frame->terminal.can & FRAME_CUP))
        return frame->terminal.move ? (int)frame->terminal.move(x, y, bytes) : 0;
    if (x == 0)
        return way_csi(y + 1, 'H').n;
    return 4 + (y > 0 ? digits_of(y + 1) : 0) + digits_of(x + 1);
}

static size_t put_direct(const struct frame *frame, int x, int y, char out[MOVE_TEXT])
{
    if (!(frame->terminal.can & FRAME_CUP))
        return frame->terminal.move ? frame->terminal.move(x, y, out) : 0;
    struct way start = way_csi(y + 1, 'H');
    if (x == 0)
        return put_way(out, &start);
    size_t n = 2;
    memcpy(out, "\033[", 2);
    if (y > 0)
        n += put_number(out + n, y + 1);
    out[n++] = ';';
    n += put_number(out + n, x + 1);
    out[n++] = 'H';
    return n;
}

struct route {
    int n;
    bool is_direct;
    struct way across, along; /* across first: it takes the cursor out of the last column, where some
                                 terminals hold back a line feed */
};

static struct route route_to(const struct frame *frame, const struct frame_hand *hand, int x, int y)
{
    unsigned can = frame->terminal.can;
    struct route route = {.n = NO_WAY};
    if (hand->place != HAND_NOWHERE) {
        route.across = way_across(can, hand, x);
        route.along = way_along(can, hand->y, y);
        route.n = route.across.n + route.along.n;
    }
    int direct = route.n > 4 ? direct_cost(frame, x, y) : NO_WAY;
    route.is_direct = route.n >= NO_WAY || direct < route.n;
    route.n = route.is_direct ? direct : route.n;
    return route;
}

size_t hand_move_cost(const struct frame *frame, const struct frame_hand *hand, int x, int y)
{
    return (size_t)route_to(frame, hand, x, y).n;
}

void hand_go(const struct frame *frame, struct frame_hand *hand, int x, int y, struct buf *out)
{
    char bytes[2 * MOVE_TEXT];
    struct route route = route_to(frame, hand, x, y);
    size_t n = 0;
    if (route.is_direct) {
        n = put_direct(frame, x, y, bytes);
    } else if (route.n > 0) {
        n = put_way(bytes, &route.across);
        n += put_way(bytes + n, &route.along);
    }
    buf_add(out, bytes, n);
    if (n)
        hand->place = HAND_SURE;
    hand->x = x;
    hand->y = y;
}

/* ---- the pen ---- */

struct pen_told {
    bool is_used;
    struct frame_pen from, wanted, after;
    size_t n;
    char bytes[PEN_TEXT];
};

void hand_make_room(struct frame *frame)
{
    if (!frame->pens)
        frame->pens = mem_new_array(PENS_TOLD, sizeof *frame->pens);
}

/* The change from the pen that is there. The same few are asked for all the time. */
static const struct pen_told *pen_told(const struct frame *frame, const struct frame_hand *hand,
                                       struct frame_pen pen)
{
    struct frame_pen from = hand->is_pen_known ? hand->pen : (struct frame_pen){PEN_UNKNOWN, 0, 0};
    unsigned hash = (unsigned)from.fg * 7 + (unsigned)from.bg * 31 + from.attrs * 3;
    hash = hash * 5 + (unsigned)pen.fg * 13 + (unsigned)pen.bg * 57 + pen.attrs * 11;
    struct pen_told *told = &frame->pens[(hash ^ hash >> 6) % PENS_TOLD];
    if (told->is_used && pen_equal(told->from, from) && pen_equal(told->wanted, pen))
        return told;
    *told = (struct pen_told){.is_used = true, .from = from, .wanted = pen};
    told->n =
        pen_change(&frame->terminal.pens, hand->is_pen_known ? &from : NULL, pen, &told->after, told->bytes);
    return told;
}

size_t hand_pen_cost(const struct frame *frame, const struct frame_hand *hand, struct frame_pen pen)
{
    if (hand->is_pen_known && pen_suits(hand->pen, pen))
        return 0;
    return pen_told(frame, hand, pen)->n;
}

void hand_take_pen(const struct frame *frame, struct frame_hand *hand, struct frame_pen pen, struct buf *out)
{
    if (hand->is_pen_known && pen_suits(hand->pen, pen))
        return;
    const struct pen_told *told = pen_told(frame, hand, pen);
    hand->pen = told->after;
    hand->is_pen_known = true;
    buf_add(out, told->bytes, told->n);
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

static bool is_plain(const struct frame_spot *spot)
{
    return spot->ch - U' ' < 0x5f && !spot->marks[0];
}

/* Most of what there is: characters of one byte and one cell. */
static void write_plain(const struct frame *frame, struct frame_hand *hand, const struct frame_spot *spots,
                        int end, struct buf *out)
{
    char bytes[PLAIN_MAX];
    int n = 0, x = hand->x;
    for (; x + n < end && n < PLAIN_MAX && is_plain(&spots[x + n]); n++) {
        const struct frame_spot *spot = &spots[x + n];
        if (x + n + 1 < frame->width && spot[1].ch == 0)
            break;
        bytes[n] = (char)spot->ch;
    }
    buf_add(out, bytes, (size_t)n);
    if (n > 0)
        advance(frame, hand, n, HAND_SURE);
}

/* Where a character in the last column wraps at once, the last of all cells stays as it is: the screen would scroll. */
void hand_write(const struct frame *frame, struct frame_hand *hand, const struct frame_spot *spots, int to,
                struct buf *out)
{
    bool is_last = frame->terminal.can & FRAME_WRAPS && to == frame->width && hand->y == frame->height - 1;
    int end = is_last ? to - 1 : to;
    while (hand->x < end) {
        if (hand->place != HAND_LOST)
            write_plain(frame, hand, spots, end, out);
        int x = hand->x;
        if (x >= end)
            return;
        bool is_wide = x + 1 < frame->width && spots[x + 1].ch == 0;
        if (is_wide && x + 2 > end)
            return;
        if (hand->place == HAND_LOST)
            hand_go(frame, hand, x, hand->y, out);
        add_spot(&spots[x], out);
        advance(frame, hand, is_wide ? 2 : 1, place_behind(&spots[x], is_wide));
    }
}
