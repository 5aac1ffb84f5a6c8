/*
 * What tests of widgets ask of a picture.
 */
#include "tests/support/surface_text.h"

#include "data/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

const char *surface_line(const struct surface *surface, int y)
{
    static char out[8192];
    size_t n = 0;
    assert_true(y < surface->height && surface->width < 1000);
    for (int x = 0; x < surface->width; x++) {
        const struct cell *cell = &surface->cells[y * surface->width + x];
        n += cell->ch ? utf8_encode(cell->ch, out + n) : 0;
    }
    out[n] = '\0';
    return out;
}

bool surface_shows(const struct surface *surface, const char *words)
{
    for (int y = 0; y < surface->height; y++)
        if (strstr(surface_line(surface, y), words))
            return true;
    return false;
}

struct style surface_style(const struct surface *surface, int y, const char *words)
{
    const char *text = surface_line(surface, y);
    const char *at = strstr(text, words);
    if (!at)
        fail_msg("line %d has no \"%s\": %s", y, words, text);
    int x = text_width((struct text){text, (size_t)(at - text)}, false);
    return surface->cells[y * surface->width + x].style;
}

void surface_check_outside(const struct surface *surface, struct rect rect, enum ink filled)
{
    for (int y = 0; y < surface->height; y++)
        for (int x = 0; x < surface->width; x++) {
            struct rect cell = rect_cut((struct rect){x, y, 1, 1}, rect);
            if (cell.w == 0 || cell.h == 0)
                assert_int_equal(surface->cells[y * surface->width + x].style.ink, filled);
        }
}
