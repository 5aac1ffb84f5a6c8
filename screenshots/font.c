/*
 * See font.h. Glyphs are looked up one by one and drawn by index: no ligature, no kerning, no substitution by a layout
 * library ever shifts a column.
 */
#include "screenshots/font.h"

#include "data/base/die.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include <cairo-ft.h>
#include <fontconfig/fontconfig.h>
#include <stdlib.h>

enum { FAMILIES = 2, STYLES = 4 };

struct font {
    double size;
    cairo_scaled_font_t *faces[FAMILIES][STYLES];
    cairo_scaled_font_t *last_resort; /* of the character asked for last; NULL at first */
};

static const char *const families[FAMILIES] = {"JetBrains Mono", "DejaVu Sans Mono"};

static cairo_scaled_font_t *scale(cairo_font_face_t *face, double size)
{
    cairo_matrix_t matrix, identity;
    cairo_matrix_init_scale(&matrix, size, size);
    cairo_matrix_init_identity(&identity);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_scaled_font_t *scaled = cairo_scaled_font_create(face, &matrix, &identity, options);
    cairo_font_options_destroy(options);
    cairo_font_face_destroy(face);
    return scaled;
}

/* Takes ownership of the pattern. */
static cairo_scaled_font_t *open_pattern(FcPattern *pattern, double size)
{
    FcConfigSubstitute(NULL, pattern, FcMatchPattern);
    FcDefaultSubstitute(pattern);
    FcResult result;
    FcPattern *match = FcFontMatch(NULL, pattern, &result);
    FcPatternDestroy(pattern);
    if (!match)
        die("no fonts: fontconfig finds none");
    cairo_scaled_font_t *face = scale(cairo_ft_font_face_create_for_pattern(match), size);
    FcPatternDestroy(match);
    return face;
}

static cairo_scaled_font_t *open_face(const char *family, enum font_style style, double size)
{
    bool is_bold = style == FONT_BOLD || style == FONT_BOLD_ITALIC;
    bool is_italic = style == FONT_ITALIC || style == FONT_BOLD_ITALIC;
    FcPattern *pattern = FcPatternCreate();
    FcPatternAddString(pattern, FC_FAMILY, (const FcChar8 *)family);
    FcPatternAddInteger(pattern, FC_WEIGHT, is_bold ? FC_WEIGHT_BOLD : FC_WEIGHT_REGULAR);
    FcPatternAddInteger(pattern, FC_SLANT, is_italic ? FC_SLANT_ITALIC : FC_SLANT_ROMAN);
    FcPatternAddInteger(pattern, FC_SPACING, FC_MONO);
    return open_pattern(pattern, size);
}

static cairo_scaled_font_t *open_any_with(char32_t ch, double size)
{
    FcCharSet *wanted = FcCharSetCreate();
    FcCharSetAddChar(wanted, ch);
    FcPattern *pattern = FcPatternCreate();
    FcPatternAddCharSet(pattern, FC_CHARSET, wanted);
    FcCharSetDestroy(wanted);
    return open_pattern(pattern, size);
}

struct font *font_open(double size)
{
    struct font *font = mem_new_array(1, sizeof *font);
    font->size = size;
    for (int family = 0; family < FAMILIES; family++)
        for (int style = 0; style < STYLES; style++)
            font->faces[family][style] = open_face(families[family], (enum font_style)style, size);
    return font;
}

void font_close(struct font *font)
{
    for (int family = 0; family < FAMILIES; family++)
        for (int style = 0; style < STYLES; style++)
            cairo_scaled_font_destroy(font->faces[family][style]);
    cairo_scaled_font_destroy(font->last_resort);
    free(font);
}

static bool has_glyph(cairo_scaled_font_t *face, char32_t ch, struct font_glyph *glyph)
{
    FT_Face ft = cairo_ft_scaled_font_lock_face(face);
    unsigned index = ft ? FT_Get_Char_Index(ft, ch) : 0;
    cairo_ft_scaled_font_unlock_face(face);
    if (!index)
        return false;
    cairo_text_extents_t extents;
    cairo_glyph_t one = {index, 0, 0};
    cairo_scaled_font_glyph_extents(face, &one, 1, &extents);
    *glyph = (struct font_glyph){face, index, extents.x_advance};
    return true;
}

bool font_find(struct font *font, char32_t ch, enum font_style style, struct font_glyph *glyph)
{
    for (int family = 0; family < FAMILIES; family++)
        if (has_glyph(font->faces[family][style], ch, glyph))
            return true;
    cairo_scaled_font_destroy(font->last_resort);
    font->last_resort = open_any_with(ch, font->size);
    return has_glyph(font->last_resort, ch, glyph);
}

static cairo_font_extents_t extents_of(const struct font *font)
{
    cairo_font_extents_t extents;
    cairo_scaled_font_extents(font->faces[0][FONT_PLAIN], &extents);
    return extents;
}

double font_ascent(const struct font *font)
{
    return extents_of(font).ascent;
}

double font_height(const struct font *font)
{
    cairo_font_extents_t extents = extents_of(font);
    return extents.ascent + extents.descent;
}
