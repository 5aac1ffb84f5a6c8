/*
 * Messages are as long as they need to be and windows as narrow as they are; so messages wrap instead of being cut.
 */
#include "widgets/prose.h"

#include "data/base/utf8.h"

static struct text text_from(struct text text, size_t at)
{
    return (struct text){text.s + at, text.n - at};
}

static struct text skip_spaces(struct text text)
{
    size_t at = 0;
    while (at < text.n && text.s[at] == ' ')
        at++;
    return at ? text_from(text, at) : text;
}

/* The end of the last whole word in the first `fit` bytes; `fit` itself where there is no space. */
static size_t word_end(struct text text, size_t fit)
{
    if (fit >= text.n || text.s[fit] == ' ')
        return fit;
    for (size_t at = fit; at > 0; at--)
        if (text.s[at - 1] == ' ')
            return at - 1;
    return fit;
}

bool prose_next_line(struct text *rest, int cells, bool ascii, struct text *line)
{
    *rest = skip_spaces(*rest);
    if (rest->n == 0)
        return false;
    size_t fit = text_clip(*rest, cells, ascii, NULL);
    if (fit == 0)
        fit = text_step_forward(*rest, 0);
    size_t end = word_end(*rest, fit);
    if (end == 0)
        end = fit;
    *line = (struct text){rest->s, end};
    while (line->n && line->s[line->n - 1] == ' ')
        line->n--;
    *rest = text_from(*rest, end);
    return true;
}

int prose_height(struct text text, int cells, bool ascii)
{
    struct text line;
    int height = 0;
    while (cells > 0 && prose_next_line(&text, cells, ascii, &line))
        height++;
    return height;
}

int prose_draw_centred(struct surface *surface, struct rect rect, struct text text, struct style style)
{
    struct text line;
    int used = 0;
    while (used < rect.h && rect.w > 0 && prose_next_line(&text, rect.w, surface->ascii, &line)) {
        int cells = text_width(line, surface->ascii);
        draw_text(surface, rect.x + (rect.w - cells) / 2, rect.y + used, rect.w, line, style);
        used++;
    }
    return used;
}
