/*
 * See term_caps.h. A capability is used in its ISO form only where terminfo gives exactly that, since the bytes are then made here; colours and
 * attributes of other forms are sent as terminfo spells them.
 */
#include "tui/term_caps.h"

#include "tui/term_style.h"

#include <string.h>

/* Padding: the delays that terminals of old needed, $<5>. */
static size_t string_of(const struct terminfo *info, const char *name, int a, int b, char out[CAPS_TEXT])
{
    char padded[CAPS_TEXT];
    size_t len = info->string(name, a, b, padded), n = 0;
    for (size_t i = 0; i < len && n + 1 < CAPS_TEXT; i++) {
        const char *end =
            i + 1 < len && padded[i] == '$' && padded[i + 1] == '<' ? memchr(padded + i, '>', len - i) : NULL;
        if (end)
            i = (size_t)(end - padded);
        else
            out[n++] = padded[i];
    }
    out[n] = '\0';
    return n;
}

static bool is_string(const struct terminfo *info, const char *name, int a, int b, const char *expected)
{
    char found[CAPS_TEXT];
    string_of(info, name, a, b, found);
    return strcmp(found, expected) == 0;
}

/* An ability that needs two capabilities stands here twice. Repeating (rep) is left out: mosh calls itself xterm-256color and does not know it. */
static const struct {
    const char *name;
    int a, b;
    const char *expected;
    unsigned can;
} abilities[] = {
    {"cup", 4, 7, "\033[5;8H", FRAME_CUP},   {"hpa", 6, 0, "\033[7G", FRAME_HPA},
    {"vpa", 6, 0, "\033[7d", FRAME_VPA},     {"cuf", 7, 0, "\033[7C", FRAME_CUF},
    {"cub", 7, 0, "\033[7D", FRAME_CUB},     {"cuu", 7, 0, "\033[7A", FRAME_CUU},
    {"cud", 7, 0, "\033[7B", FRAME_CUD},     {"cr", 0, 0, "\r", FRAME_CR},
    {"cub1", 0, 0, "\b", FRAME_BS},          {"el", 0, 0, "\033[K", FRAME_EL},
    {"ech", 7, 0, "\033[7X", FRAME_ECH},     {"csr", 4, 7, "\033[5;8r", FRAME_REGION},
    {"indn", 7, 0, "\033[7S", FRAME_SCROLL}, {"rin", 7, 0, "\033[7T", FRAME_SCROLL},
    {"ind", 0, 0, "\n", FRAME_INDEX},        {"ri", 0, 0, "\033M", FRAME_INDEX},
    {"il", 7, 0, "\033[7L", FRAME_LINES},    {"dl", 7, 0, "\033[7M", FRAME_LINES},
};

static unsigned find_abilities(const struct terminfo *info, bool feeds_straight)
{
    unsigned can = 0, cannot = 0;
    for (size_t i = 0; i < sizeof abilities / sizeof *abilities; i++) {
        bool is_there =
            is_string(info, abilities[i].name, abilities[i].a, abilities[i].b, abilities[i].expected);
        can |= abilities[i].can;
        cannot |= is_there ? 0 : abilities[i].can;
    }
    can &= ~cannot;
    if (feeds_straight)
        can |= FRAME_LF;
    if (info->flag("bce"))
        can |= FRAME_BCE;
    if (info->flag("am") && !info->flag("xenl"))
        can |= FRAME_WRAPS;
    return can;
}

/* ---- colours and attributes ---- */

static int count_colours(const struct terminfo *info)
{
    int count = info->number("colors");
    if (count >= TERM_DIRECT)
        return TERM_DIRECT;
    return count >= 256 ? 256 : count >= 16 ? 16 : count >= 8 ? 8 : TERM_MONO;
}

static enum pen_colours form_of_colours(const struct terminfo *info, int colours)
{
    bool is_iso = is_string(info, "setaf", 1, 0, "\033[31m") && is_string(info, "setab", 1, 0, "\033[41m");
    if (colours == TERM_MONO)
        return PEN_MONO;
    if (colours == 256 && is_string(info, "setaf", 203, 0, "\033[38;5;203m"))
        return PEN_256;
    if (is_iso && colours == TERM_DIRECT && is_string(info, "setaf", 0x123456, 0, "\033[38:2::18:52:86m"))
        return PEN_RGB_COLONS;
    if (is_iso && colours == TERM_DIRECT && is_string(info, "setaf", 0x123456, 0, "\033[38;2;18;52;86m"))
        return PEN_RGB;
    if (is_iso && colours == 16 && is_string(info, "setaf", 9, 0, "\033[91m"))
        return PEN_16;
    return is_iso && colours == 8 ? PEN_8 : PEN_STRINGS;
}

/* As bits of terminfo's no_color_video. */
static unsigned uncoloured(const struct terminfo *info)
{
    static const struct {
        int bit;
        unsigned attr;
    } bits[] = {
        {2, ATTR_UNDERLINE}, {4, ATTR_REVERSE}, {16, ATTR_DIM}, {32, ATTR_BOLD}, {32768, ATTR_ITALIC}};
    int found = info->number("ncv");
    unsigned attrs = 0;
    for (size_t i = 0; found > 0 && i < sizeof bits / sizeof *bits; i++)
        attrs |= (found & bits[i].bit) ? bits[i].attr : 0;
    return attrs;
}

/* A reset may end with what brings the usual character set back, which nobody ever leaves here. */
static bool is_iso_reset(const char *reset)
{
    static const char *const forms[] = {"\033[m",      "\033[0m",       "\033[m\017",
                                        "\033[0m\017", "\033(B\033[m",  "\033[m\033(B",
                                        "\033[0;10m",  "\033[0m\033(B", "\033(B\033[0m"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(reset, forms[i]) == 0)
            return true;
    return false;
}

static void read_pens(struct term_caps *caps, const struct terminfo *info)
{
    static const char *const names[] = {"bold", "dim", "smul", "rev", "sitm"};
    static const char *const iso[] = {"\033[1m", "\033[2m", "\033[4m", "\033[7m", "\033[3m"};
    struct pen_terminal *pens = &caps->terminal.pens;
    string_of(info, "sgr0", 0, 0, caps->reset);
    pens->reset = caps->reset;
    pens->is_iso = is_iso_reset(caps->reset) && pens->colours != PEN_STRINGS;
    for (int i = 0; i < 5; i++) {
        pens->on[i] = caps->on[i];
        if (!string_of(info, names[i], 0, 0, caps->on[i]))
            continue;
        pens->attrs |= 1u << i;
        pens->is_iso = pens->is_iso && strcmp(caps->on[i], iso[i]) == 0;
    }
    pens->has_offs = is_string(info, "rmul", 0, 0, "\033[24m") && is_string(info, "rmso", 0, 0, "\033[27m") &&
                     (pens->colours == PEN_MONO || is_string(info, "op", 0, 0, "\033[39;49m"));
    pens->attrs_uncoloured = uncoloured(info);
}

void term_caps_read(struct term_caps *caps, const struct terminfo *info, bool is_plain, bool feeds_straight)
{
    struct frame_terminal *terminal = &caps->terminal;
    *caps = (struct term_caps){0};
    terminal->can = find_abilities(info, feeds_straight);
    terminal->colours = is_plain ? TERM_MONO : count_colours(info);
    terminal->pens.colours = form_of_colours(info, terminal->colours);
    read_pens(caps, info);
    terminal->has_dim = terminal->pens.attrs & ATTR_DIM;
    string_of(info, "clear", 0, 0, caps->clear);
    string_of(info, "civis", 0, 0, caps->hide);
    string_of(info, "cnorm", 0, 0, caps->show);
    caps->region = terminal->can & FRAME_REGION ? "\033[r\033[999H" : "";
    terminal->clear = caps->clear;
    terminal->hide = caps->hide;
    terminal->show = caps->show;
}
