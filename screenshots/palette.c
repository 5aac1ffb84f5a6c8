/* See palette.h. */
#include "screenshots/palette.h"

static const uint32_t background = 0x0d1117, foreground = 0xc9d1d9;

static const uint32_t sixteen[16] = {
    0x161b22, 0xf47067, 0x57ab5a, 0xdaaa3f, 0x6cb6ff, 0xdcbdfb, 0x56d4dd, 0xc9d1d9,
    0x6e7681, 0xff938a, 0x6bc46d, 0xeac55f, 0x96d0ff, 0xeddeff, 0xb3f0ff, 0xf0f6fc,
};

static struct rgb rgb_of(uint32_t hex)
{
    return (struct rgb){(hex >> 16 & 255) / 255.0, (hex >> 8 & 255) / 255.0, (hex & 255) / 255.0};
}

static uint32_t cube_level(int step)
{
    return step ? (uint32_t)(55 + 40 * step) : 0;
}

static uint32_t indexed(int index)
{
    if (index < 16)
        return sixteen[index];
    if (index >= 232)
        return (uint32_t)(8 + 10 * (index - 232)) * 0x010101;
    index -= 16;
    return cube_level(index / 36) << 16 | cube_level(index / 6 % 6) << 8 | cube_level(index % 6);
}

static struct rgb resolve(struct colour colour, uint32_t by_default)
{
    switch (colour.kind) {
    case COLOUR_INDEXED: return rgb_of(indexed(colour.index));
    case COLOUR_RGB: return (struct rgb){colour.r / 255.0, colour.g / 255.0, colour.b / 255.0};
    case COLOUR_DEFAULT: break;
    }
    return rgb_of(by_default);
}

/* As terminals do: half way to the background. */
static struct rgb dimmed(struct rgb fg, struct rgb bg)
{
    const double keep = 0.55;
    return (struct rgb){fg.r * keep + bg.r * (1 - keep), fg.g * keep + bg.g * (1 - keep),
                        fg.b * keep + bg.b * (1 - keep)};
}

struct ink palette_ink(const struct cell *cell)
{
    struct ink ink = {resolve(cell->fg, foreground), resolve(cell->bg, background)};
    if (cell->reverse)
        ink = (struct ink){ink.bg, ink.fg};
    if (cell->dim)
        ink.fg = dimmed(ink.fg, ink.bg);
    return ink;
}

struct rgb palette_background(void)
{
    return rgb_of(background);
}

struct rgb palette_foreground(void)
{
    return rgb_of(foreground);
}

bool rgb_equal(struct rgb a, struct rgb b)
{
    return a.r == b.r && a.g == b.g && a.b == b.b;
}
