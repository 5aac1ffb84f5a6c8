/*
 * Rows that are there stay when the source fails; what happened takes lines from them only, one where it fits, and at most a few, because
 * the rows are what the person came for. Errors of a remote source are long: who was asked, what it said, what to set.
 */
#include "widgets/list_foot.h"

#include "data/base/utf8.h"
#include "widgets/list_state.h"
#include "widgets/measure.h"
#include "widgets/prose.h"

#include <stdio.h>

enum { FOOT_TEXT = 640, TEXT_X = 3, GAP = 2, TIGHT_H = 6, ROOMY_H = 12 };

struct foot {
    char what[FOOT_TEXT], hint[FOOT_TEXT];
    bool is_error, ascii;
    int cells; /* of a line of text */
};

static struct foot foot_of(const struct list_model *model, int width, bool ascii)
{
    struct foot foot = {.is_error = model->phase == LIST_ERROR, .ascii = ascii, .cells = width - TEXT_X - 1};
    const char *joint = ascii ? " - " : " · ";
    char retry[LIST_NOTE];
    if (!foot.is_error) {
        list_further_text(model, foot.hint);
        list_reach_text(model, false, foot.what);
        if (text_width(text_of(foot.what), ascii) + GAP + text_width(text_of(foot.hint), ascii) > foot.cells)
            list_reach_text(model, true, foot.what);
        return foot;
    }
    list_retry_text(model, retry);
    bool has_time = model->as_of[0] != '\0';
    snprintf(foot.what, FOOT_TEXT, "%s%s%s%.400s", has_time ? "as of " : "", model->as_of,
             has_time ? joint : "", model->message ? model->message : "the source failed");
    snprintf(foot.hint, FOOT_TEXT, "%.60s%s%.400s", retry, model->hint ? joint : "",
             model->hint ? model->hint : "");
    return foot;
}

/* Where both fit into one line they share it. */
static bool is_one_line(const struct foot *foot, int height)
{
    int what = text_width(text_of(foot->what), foot->ascii);
    int hint = text_width(text_of(foot->hint), foot->ascii);
    return height < TIGHT_H || what + GAP + hint <= foot->cells;
}

static bool is_shown(const struct list_model *model)
{
    return model->count && (model->phase == LIST_ERROR || model->phase == LIST_PAUSED);
}

int list_foot_height(const struct list_model *model, int width, int height, bool ascii)
{
    struct foot foot = foot_of(model, width, ascii);
    if (!is_shown(model) || height < 2)
        return 0;
    if (is_one_line(&foot, height))
        return 1;
    int lines = prose_height(text_of(foot.what), foot.cells, ascii) +
                prose_height(text_of(foot.hint), foot.cells, ascii);
    return min_int(lines, height < ROOMY_H ? 2 : 4);
}

/* Wraps; what does not fit on the last line ends in an ellipsis. Returns the lines used. */
static int draw_wrapped(struct surface *surface, struct rect rect, const char *words, struct style style)
{
    struct text rest = text_of(words), line;
    int used = 0;
    while (used < rect.h && rest.n) {
        bool is_last = used + 1 == rect.h;
        while (rest.n && rest.s[0] == ' ')
            rest = (struct text){rest.s + 1, rest.n - 1};
        if (is_last)
            line = rest;
        else if (!prose_next_line(&rest, rect.w, surface->ascii, &line))
            break;
        draw_text_ellipsis(surface, rect.x, rect.y + used++, rect.w, line, style);
    }
    return used;
}

static void draw_one_line(struct surface *surface, struct rect text, const struct foot *foot,
                          struct style what, struct style hint)
{
    int used = draw_text_ellipsis(surface, text.x, text.y, text.w, text_of(foot->what), what) + GAP;
    if (text.w - used > 8)
        draw_text_ellipsis(surface, text.x + used, text.y, text.w - used, text_of(foot->hint), hint);
}

void list_foot_draw(struct surface *surface, struct rect rect, const struct list_model *model)
{
    struct foot foot = foot_of(model, rect.w, surface->ascii);
    int height = list_foot_height(model, rect.w, rect.h, surface->ascii);
    struct rect lines = {rect.x, rect.y + rect.h - height, rect.w, height};
    struct rect text = {rect.x + TEXT_X, lines.y, foot.cells, height};
    struct style what = style_on(STYLE(foot.is_error ? INK_FAILED : INK_DEFAULT), GROUND_BAR);
    struct style hint = style_on(STYLE(INK_MUTED), GROUND_BAR);

    if (!height)
        return;
    draw_fill(surface, lines, what);
    if (foot.is_error)
        draw_str(surface, lines.x + 1, lines.y, 1, run_status_glyph(STATUS_FAILED, surface->ascii), what);
    if (is_one_line(&foot, rect.h)) {
        draw_one_line(surface, text, &foot, what, hint);
        return;
    }
    /* The first line of the hint is how to go on: it always has its place. */
    struct rect above = {text.x, text.y, text.w, height - 1};
    int used = draw_wrapped(surface, above, foot.what, what);
    draw_wrapped(surface, (struct rect){text.x, text.y + used, text.w, height - used}, foot.hint, hint);
}
