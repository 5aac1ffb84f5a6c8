/*
 * See frame_pen.h. A change is told either by what differs or by a reset and all that the new pen has, whichever is shorter. Both
 * go into one sequence: ESC [ and m cost as much as a colour of the sixteen.
 */
#include "tui/frame_pen.h"

#include <string.h>

enum { SEEN_ON_BLANKS = ATTR_UNDERLINE | ATTR_REVERSE, ATTRS = 5, WEIGHTS = ATTR_BOLD | ATTR_DIM };

static const int attr_on[ATTRS] = {1, 2, 4, 7, 3}, attr_off[ATTRS] = {22, 22, 24, 27, 23};

struct codes {
    char s[PEN_TEXT];
    size_t n;
};

static void add_number(struct codes *codes, unsigned number)
{
    char digits[12];
    int n = 0;
    do
        digits[n++] = (char)('0' + number % 10);
    while (number /= 10);
    while (n > 0 && codes->n < sizeof codes->s)
        codes->s[codes->n++] = digits[--n];
}

static void add_char(struct codes *codes, char c)
{
    if (codes->n < sizeof codes->s)
        codes->s[codes->n++] = c;
}

static void add_code(struct codes *codes, unsigned number)
{
    add_char(codes, ';');
    add_number(codes, number);
}

static void add_rgb(struct codes *codes, unsigned rgb, char between)
{
    add_char(codes, between);
    add_number(codes, 2);
    if (between == ':')
        add_char(codes, ':');
    for (int shift = 16; shift >= 0; shift -= 8) {
        add_char(codes, between);
        add_number(codes, rgb >> shift & 0xff);
    }
}

static void add_colour(struct codes *codes, const struct pen_terminal *terminal, int colour, bool is_ground)
{
    unsigned tens = is_ground ? 10 : 0, number = (unsigned)colour;
    if (colour < 0) {
        add_code(codes, 39 + tens);
    } else if (number < 8) {
        add_code(codes, 30 + tens + number);
    } else if (terminal->colours >= PEN_RGB) {
        add_code(codes, 38 + tens);
        add_rgb(codes, number, terminal->colours == PEN_RGB ? ';' : ':');
    } else if (number < 16) {
        add_code(codes, 90 + tens + number - 8);
    } else {
        add_code(codes, 38 + tens);
        add_code(codes, 5);
        add_code(codes, number);
    }
}

static void add_attrs(struct codes *codes, unsigned attrs)
{
    for (int i = 0; i < ATTRS; i++)
        if (attrs & 1u << i)
            add_code(codes, (unsigned)attr_on[i]);
}

static void add_offs(struct codes *codes, unsigned attrs)
{
    for (int i = 0; i < ATTRS; i++)
        if (attrs & 1u << i && !(i == 1 && attrs & ATTR_BOLD))
            add_code(codes, (unsigned)attr_off[i]);
}

/* A reset is the number that may be left out. */
static struct codes by_reset(const struct pen_terminal *terminal, struct frame_pen wanted)
{
    struct codes codes = {.n = 0};
    add_attrs(&codes, wanted.attrs);
    if (wanted.fg >= 0)
        add_colour(&codes, terminal, wanted.fg, false);
    if (wanted.bg >= 0)
        add_colour(&codes, terminal, wanted.bg, true);
    return codes;
}

/* False where the terminal cannot take back what the pen has. */
static bool by_difference(const struct pen_terminal *terminal, struct frame_pen pen, struct frame_pen wanted,
                          struct codes *codes)
{
    unsigned ended = pen.attrs & ~wanted.attrs;
    bool is_taken_back = ended || (pen.fg >= 0 && wanted.fg < 0) || (pen.bg >= 0 && wanted.bg < 0);
    if (is_taken_back && !terminal->has_offs)
        return false;
    codes->n = 0;
    add_offs(codes, ended);
    if (ended & WEIGHTS)
        pen.attrs &= ~(unsigned)WEIGHTS;
    add_attrs(codes, wanted.attrs & ~pen.attrs);
    if (pen.fg != wanted.fg)
        add_colour(codes, terminal, wanted.fg, false);
    if (pen.bg != wanted.bg)
        add_colour(codes, terminal, wanted.bg, true);
    return true;
}

static size_t sequence(const struct codes *codes, bool is_reset, char out[PEN_TEXT])
{
    size_t skip = !is_reset && codes->n ? 1 : 0, n = codes->n - skip;
    if (n + 3 > PEN_TEXT)
        n = 0;
    memcpy(out, "\033[", 2);
    memcpy(out + 2, codes->s + skip, n);
    out[2 + n] = 'm';
    return n + 3;
}

static size_t iso_change(const struct pen_terminal *terminal, const struct frame_pen *pen,
                         struct frame_pen wanted, char out[PEN_TEXT])
{
    struct codes reset = by_reset(terminal, wanted), difference;
    bool is_reset = !pen || !by_difference(terminal, *pen, wanted, &difference) || reset.n + 1 < difference.n;
    return sequence(is_reset ? &reset : &difference, is_reset, out);
}

static size_t add_string(const char *s, size_t at, char out[PEN_TEXT])
{
    size_t n = s ? strlen(s) : 0;
    if (n > PEN_TEXT - at)
        return at;
    memcpy(out + at, s ? s : "", n);
    return at + n;
}

static size_t strings_change(const struct pen_terminal *terminal, struct frame_pen wanted, char out[PEN_TEXT])
{
    char colour[PEN_TEXT];
    size_t n = add_string(terminal->reset, 0, out);
    for (int i = 0; i < ATTRS; i++)
        if (wanted.attrs & 1u << i)
            n = add_string(terminal->on[i], n, out);
    for (int ground = 0; ground < 2; ground++) {
        int number = ground ? wanted.bg : wanted.fg;
        size_t len = number >= 0 && terminal->colour ? terminal->colour(number, ground, colour) : 0;
        if (len <= PEN_TEXT - n)
            memcpy(out + n, colour, len);
        n += len <= PEN_TEXT - n ? len : 0;
    }
    return n;
}

struct frame_pen pen_possible(const struct pen_terminal *terminal, struct frame_pen pen)
{
    pen.attrs &= terminal->attrs;
    if (terminal->colours == PEN_MONO)
        pen.fg = pen.bg = -1;
    if (pen.fg >= 0 || pen.bg >= 0)
        pen.attrs &= ~terminal->attrs_uncoloured;
    return pen;
}

bool pen_equal(struct frame_pen a, struct frame_pen b)
{
    return a.fg == b.fg && a.bg == b.bg && a.attrs == b.attrs;
}

bool pen_suits(struct frame_pen pen, struct frame_pen wanted)
{
    if (wanted.fg != PEN_ANY)
        return pen_equal(pen, wanted);
    return pen.bg == wanted.bg && !(pen.attrs & SEEN_ON_BLANKS);
}

bool pen_join(struct frame_pen *pen, struct frame_pen other)
{
    if (pen_suits(*pen, other))
        return true;
    if (!pen_suits(other, *pen))
        return false;
    *pen = other;
    return true;
}

static size_t change(const struct pen_terminal *terminal, const struct frame_pen *pen,
                     struct frame_pen wanted, char out[PEN_TEXT])
{
    if (pen && pen_equal(*pen, wanted))
        return 0;
    return terminal->is_iso ? iso_change(terminal, pen, wanted, out) : strings_change(terminal, wanted, out);
}

/* For a blank the foreground may stay as it is, or fall to the default where that comes by itself. */
size_t pen_change(const struct pen_terminal *terminal, const struct frame_pen *pen, struct frame_pen wanted,
                  struct frame_pen *after, char out[PEN_TEXT])
{
    if (wanted.fg != PEN_ANY) {
        *after = wanted;
        return change(terminal, pen, wanted, out);
    }
    struct frame_pen plain = {.fg = -1, .bg = wanted.bg};
    *after = plain;
    size_t n = change(terminal, pen, plain, out);
    if (!pen)
        return n;
    struct frame_pen kept = {pen->fg, wanted.bg, pen->attrs & ~(unsigned)SEEN_ON_BLANKS};
    char other[PEN_TEXT];
    size_t m = change(terminal, pen, kept, other);
    if (m > n)
        return n;
    *after = kept;
    memcpy(out, other, m);
    return m;
}
