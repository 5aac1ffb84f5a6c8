/*
 * The faces of the pictures: JetBrains Mono, and DejaVu Sans Mono for what it lacks. Other fonts that fontconfig knows
 * come last, so that no character is lost.
 */
#pragma once

#include <cairo.h>
#include <stdbool.h>
#include <uchar.h>

struct font;

struct font *font_open(double size); /* dies where there is no monospaced font at all */
void font_close(struct font *font);

enum font_style { FONT_PLAIN, FONT_BOLD, FONT_ITALIC, FONT_BOLD_ITALIC };

struct font_glyph {
    cairo_scaled_font_t *face; /* borrowed */
    unsigned long index;
    double advance;
};

/* False where no font has it. */
bool font_find(struct font *font, char32_t ch, enum font_style style, struct font_glyph *glyph);
double font_ascent(const struct font *font);
double font_height(const struct font *font);
