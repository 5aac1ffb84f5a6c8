/*
 * See term_style.h. The tables of inks and grounds are in widgets/style.h; here they meet what a terminal can
 * do. Where it cannot show a ground, an attribute stands for it, so that a selected row is told from the
 * others everywhere.
 */
#include "tui/term_style.h"

static const struct ink_colours {
    int c16, c256, rgb;
    unsigned mono;
} inks[] = {
#define X(id, c16, c256, rgb, mono) {c16, c256, rgb, mono},
    INKS(X)
#undef X
};

static const struct ground_colours {
    int c256, rgb;
    unsigned few;
    int fg256, fgrgb;
} grounds[] = {
#define X(id, c256, rgb, few, fg256, fgrgb) {c256, rgb, few, fg256, fgrgb},
    GROUNDS(X)
#undef X
};

/* The bright half of the sixteen is not there on a terminal of eight. */
static int colour_of(const struct ink_colours *ink, int colours)
{
    if (colours == TERM_MONO || (ink->c256 < 0 && ink->c16 < 0))
        return -1;
    if (colours >= TERM_DIRECT)
        return ink->rgb;
    if (colours >= 256)
        return ink->c256;
    return colours < 16 && ink->c16 >= 8 ? -1 : ink->c16;
}

static void take_ground(struct term_look *look, uint8_t ground, int colours)
{
    const struct ground_colours *of = &grounds[ground];
    bool is_direct = colours >= TERM_DIRECT;
    if (colours < 256) {
        look->attrs |= of->few;
        return;
    }
    look->bg = is_direct ? of->rgb : of->c256;
    if (look->fg < 0)
        look->fg = is_direct ? of->fgrgb : of->fg256;
}

/* What a search found is told by shape as well, against its ground whichever way that is drawn. */
static void mark_match(struct term_look *look, uint8_t ground, int colours)
{
    bool is_ground_reverse = colours < 256 && ground < GROUND_COUNT && (grounds[ground].few & ATTR_REVERSE);
    look->attrs |= ATTR_BOLD | ATTR_REVERSE;
    if (is_ground_reverse)
        look->attrs &= ~(unsigned)ATTR_REVERSE;
}

struct term_look term_look(struct style style, int colours, bool has_dim)
{
    const struct ink_colours *ink = &inks[style.ink];
    struct term_look look = {.fg = colour_of(ink, colours), .bg = -1, .attrs = style.attrs};
    if (colours == TERM_MONO)
        look.attrs |= ink->mono;
    if (colours == 8 && ink->c16 == 8 && has_dim)
        look.attrs |= ATTR_DIM;
    if (style.ink == INK_STRONG)
        look.attrs |= ATTR_BOLD;
    if (style.ground >= GROUND_COUNT)
        look.bg = colour_of(&inks[style.ground - GROUND_COUNT], colours);
    else if (style.ground != GROUND_DEFAULT)
        take_ground(&look, style.ground, colours);
    if (style.ink == INK_MATCH)
        mark_match(&look, style.ground, colours);
    return look;
}
