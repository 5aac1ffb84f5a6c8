/*
 * See script_table.h. What is visible and how wide it is says data/base/utf8.h, as for the screen.
 */
#include "tui/script_table.h"

#include "data/base/utf8.h"

enum { TAB_STOP = 8 };

static void put_character(char32_t ch, struct buf *out)
{
    char bytes[4];
    if (ch)
        buf_add(out, bytes, utf8_encode(ch, bytes));
}

/* Returns the cells taken. */
static int put_visible(struct text text, bool is_ascii, struct buf *out)
{
    int cells = 0;
    struct glyph glyph;
    for (struct glyph_iter it = glyph_iter(text, is_ascii); glyph_next(&it, &glyph);) {
        put_character(glyph.ch, out);
        for (int i = 0; i < GLYPH_MARKS; i++)
            put_character(glyph.marks[i], out);
        cells += glyph.width;
    }
    return cells;
}

void table_cell(struct text text, int cells, enum table_align align, bool is_ascii, struct buf *out)
{
    if (!cells) {
        put_visible(text, is_ascii, out);
        return;
    }
    int used;
    text.n = text_clip(text, cells, is_ascii, &used);
    size_t padding = (size_t)(cells - used);
    if (align == ALIGN_RIGHT)
        buf_fill(out, ' ', padding);
    put_visible(text, is_ascii, out);
    if (align == ALIGN_LEFT)
        buf_fill(out, ' ', padding);
}

static void put_line(struct text line, bool is_ascii, struct buf *out)
{
    int cells = 0;
    if (line.n && line.s[line.n - 1] == '\r')
        line.n--;
    for (;;) {
        const char *tab = line.n ? memchr(line.s, '\t', line.n) : NULL;
        size_t n = tab ? (size_t)(tab - line.s) : line.n;
        cells += put_visible((struct text){line.s, n}, is_ascii, out);
        if (!tab)
            break;
        int step = TAB_STOP - cells % TAB_STOP;
        buf_fill(out, ' ', (size_t)step);
        cells += step;
        line = (struct text){tab + 1, line.n - n - 1};
    }
    buf_char(out, '\n');
}

void table_lines(struct text text, int indent, bool is_ascii, struct buf *out)
{
    while (text.n) {
        const char *end = memchr(text.s, '\n', text.n);
        size_t n = end ? (size_t)(end - text.s) : text.n;
        buf_fill(out, ' ', (size_t)indent);
        put_line((struct text){text.s, n}, is_ascii, out);
        text = (struct text){text.s + n + (end != NULL), text.n - n - (end != NULL)};
    }
}
