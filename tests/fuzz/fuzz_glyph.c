/*
 * Any bytes as text: every glyph can be sent to a terminal, widths add up, and cursor steps back undo those forward. The
 * first byte splits the rest into a needle and a text to search.
 */
#include "data/base/utf8.h"

#include <locale.h>
#include <stdlib.h>
#include <wchar.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_glyphs(struct text text, bool ascii)
{
    struct glyph glyph;
    int width = 0, used;
    for (struct glyph_iter it = glyph_iter(text, ascii); glyph_next(&it, &glyph); width += glyph.width)
        check(glyph.ch >= 0x20 && glyph.ch != 0x7F && (glyph.ch < 0x80 || glyph.ch > 0xA0) &&
              wcwidth((wchar_t)glyph.ch) == glyph.width);
    check(text_width(text, ascii) == width);
    check(text_clip(text, width, ascii, &used) == text.n && used == width);
    size_t half = text_clip(text, width / 2, ascii, &used);
    check(used <= width / 2 && text_width((struct text){text.s, half}, ascii) == used);
}

static void check_steps(struct text text)
{
    for (size_t at = 0, next; at < text.n; at = next) {
        next = text_step_forward(text, at);
        check(next > at && text_step_back(text, next) == at);
    }
}

static void check_search(struct text word, struct text text)
{
    struct needle *needle = needle_new(word);
    size_t length = 0;
    ptrdiff_t at = needle_find(needle, text, 0, &length);
    if (at >= 0)
        check(text_eq_fold(word, (struct text){text.s + at, length}));
    needle_free(needle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || !setlocale(LC_CTYPE, "C.UTF-8"))
        return 0;
    struct text text = {(const char *)data + 1, size - 1};
    size_t split = text.n ? data[0] % text.n : 0;
    check_glyphs(text, false);
    check_glyphs(text, true);
    check_steps(text);
    check_search((struct text){text.s, split}, (struct text){text.s + split, text.n - split});
    return 0;
}
