/*
 * The filter in words. Keys are quiet and values are strong, at rest and while typing alike, so that the line can be read
 * as what it does; a mistake is underlined where it is.
 */
#include "widgets/filterbar.h"

#include "data/base/utf8.h"
#include "widgets/measure.h"
#include "widgets/prose.h"

enum { TEXT_X = 3, POPUP_ROWS = 8, LABEL_CELLS_MIN = 12, POPUP_CELLS_MIN = 24, SLIVER_CELLS = 3 };

/* ---- the line ---- */

struct segment {
    size_t start, end;
    enum ink ink;
};

static size_t word_end(struct text line, size_t at)
{
    bool is_quoted = false;
    while (at < line.n && (is_quoted || line.s[at] != ' ')) {
        is_quoted ^= line.s[at] == '"';
        at++;
    }
    return at;
}

/* The colon that ends a word's key; the word's start where it has none. */
static size_t key_end(struct text line, size_t start, size_t end)
{
    for (size_t at = start; at < end && line.s[at] != '"'; at++)
        if (line.s[at] == ':')
            return at + 1;
    return start;
}

/* The next stretch of one ink from `at` on: spaces, a key with its colon, or a value. */
static struct segment segment_at(struct text line, size_t at)
{
    size_t end = word_end(line, at);
    if (at < line.n && line.s[at] == ' ')
        return (struct segment){at, at + 1, INK_DEFAULT};
    bool starts_word = at == 0 || line.s[at - 1] == ' ';
    size_t key = starts_word ? key_end(line, at, end) : at;
    if (key > at)
        return (struct segment){at, key, INK_MUTED};
    return (struct segment){at, end, INK_STRONG};
}

struct stretch {
    struct surface *surface;
    int x, y, cells;
    size_t from; /* bytes scrolled off at the left */
    const struct filter_mistake *mistake;
};

static bool is_wrong(const struct filter_mistake *mistake, size_t at)
{
    return mistake && at >= mistake->start && at < mistake->end;
}

/* Draws a segment piece by piece, since a mistake may begin or end inside it. Returns the cells used. */
static int draw_segment(const struct stretch *stretch, int used, struct text line, struct segment segment)
{
    size_t at = segment.start > stretch->from ? segment.start : stretch->from;
    while (at < segment.end && used < stretch->cells) {
        bool wrong = is_wrong(stretch->mistake, at);
        size_t end = at + 1;
        while (end < segment.end && is_wrong(stretch->mistake, end) == wrong)
            end++;
        struct style style = STYLE(wrong ? INK_FAILED : segment.ink);
        style.attrs = wrong ? ATTR_UNDERLINE : 0;
        used += draw_text(stretch->surface, stretch->x + used, stretch->y, stretch->cells - used,
                          (struct text){line.s + at, end - at}, style);
        at = end;
    }
    return used;
}

static void draw_line(const struct stretch *stretch, struct text line)
{
    int used = 0;
    for (size_t at = 0; at < line.n && used < stretch->cells;) {
        struct segment segment = segment_at(line, at);
        used = draw_segment(stretch, used, line, segment);
        at = segment.end;
    }
}

static void draw_at_rest(struct surface *surface, struct rect rect, struct text line)
{
    struct stretch stretch = {surface, rect.x + TEXT_X, rect.y, rect.w - TEXT_X - 1, 0, NULL};
    int used = 0;
    if (line.n == 0) {
        draw_str(surface, stretch.x, rect.y, stretch.cells, "no filter", STYLE(INK_FAINT));
        return;
    }
    if (text_clip(line, stretch.cells, surface->ascii, &used) < line.n) {
        line.n = text_clip(line, stretch.cells - 1, surface->ascii, &used);
        draw_str(surface, stretch.x + used, rect.y, 1, "…", STYLE(INK_MUTED));
    }
    draw_line(&stretch, line);
}

static int column_of(const struct surface *surface, const struct lineedit *edit, size_t at)
{
    if (at <= edit->scroll)
        return 0;
    return text_width((struct text){edit->text + edit->scroll, at - edit->scroll}, surface->ascii);
}

static void draw_focused(struct surface *surface, struct rect rect, const struct filterbar_model *model)
{
    const struct lineedit *edit = model->edit;
    struct stretch stretch = {surface,      rect.x + TEXT_X, rect.y, rect.w - TEXT_X - 1,
                              edit->scroll, model->mistake};
    draw_line(&stretch, (struct text){edit->text, edit->len});
    if (edit->scroll > 0)
        draw_str(surface, stretch.x - 1, rect.y, 1, pick(surface, "‹", "<"), STYLE(INK_FAINT));
    surface->cursor_x = stretch.x + column_of(surface, edit, edit->cursor);
    surface->cursor_y = rect.y;
}

/* The filter has the first right to the line. */
static void draw_note(struct surface *surface, struct rect rect, const struct filterbar_model *model)
{
    int cells = str_width(surface, model->note);
    int line = text_width(model->line, surface->ascii);
    if (TEXT_X + line + 2 + cells + 1 <= rect.w)
        draw_str(surface, rect.x + rect.w - cells - 1, rect.y, cells, model->note, STYLE(INK_ACCENT));
}

static void draw_bar(struct surface *surface, struct rect rect, const struct filterbar_model *model)
{
    draw_fill(surface, rect, STYLE(INK_DEFAULT));
    draw_str(surface, rect.x + 1, rect.y, 1, model->prompt ? model->prompt : "/", STYLE_BOLD(INK_ACCENT));
    if (model->edit)
        draw_focused(surface, rect, model);
    else
        draw_at_rest(surface, rect, model->line);
    if (!model->edit && model->note)
        draw_note(surface, rect, model);
}

void filterbar_draw(struct surface *surface, struct rect rect, const struct filterbar_model *model)
{
    struct rect before = surface_clip(surface, rect);
    draw_bar(surface, rect, model);
    surface_unclip(surface, before);
}

/* ---- what hangs below ---- */

/* "    ^^^^^ unknown key 'stat': did you mean status?" Returns the lines used. */
static int draw_mistake(struct surface *surface, struct rect area, const struct filterbar_model *model)
{
    const struct filter_mistake *mistake = model->mistake;
    struct style style = style_on(STYLE(INK_FAILED), GROUND_OVERLAY);
    int room = area.w - TEXT_X - 1;
    int from = min_int(column_of(surface, model->edit, mistake->start), room - 1);
    int to = min_int(column_of(surface, model->edit, mistake->end), room);
    int x = area.x + TEXT_X + from;
    int marks = max_int(to - from, 1);
    int words = str_width(surface, mistake->what);

    draw_fill(surface, (struct rect){area.x, area.y, area.w, 1}, style);
    for (int i = 0; i < marks; i++)
        draw_str(surface, x + i, area.y, 1, "^", style);
    if (from + marks + 1 + words <= room) {
        draw_str(surface, x + marks + 1, area.y, words, mistake->what, style);
        return 1;
    }
    int lines = prose_height(text_of(mistake->what), room, surface->ascii);
    struct rect below = {area.x + TEXT_X, area.y + 1, room, min_int(lines, area.h - 1)};
    draw_fill(surface, (struct rect){area.x, below.y, area.w, below.h}, style);
    struct text rest = text_of(mistake->what), line;
    for (int i = 0; i < below.h && prose_next_line(&rest, room, surface->ascii, &line); i++)
        draw_text(surface, below.x, below.y + i, room, line, style);
    return 1 + max_int(below.h, 0);
}

struct popup {
    struct rect rect;
    size_t top;
    int labels; /* cells of the label column */
    int counts;
};

static void candidate_count(const struct bar_candidate *candidate, char out[TIME_TEXT])
{
    out[0] = '\0';
    if (candidate->count >= 0)
        count_format(candidate->count, out);
}

/* Where the word under the cursor begins: completions stand below it. */
static size_t word_start(const struct lineedit *edit)
{
    size_t at = edit->cursor;
    while (at > 0 && edit->text[at - 1] != ' ' && edit->text[at - 1] != ':' && edit->text[at - 1] != ',')
        at--;
    return at;
}

static struct popup popup_of(const struct surface *surface, struct rect area,
                             const struct filterbar_model *model)
{
    struct popup popup = {.labels = LABEL_CELLS_MIN};
    int helps = 0;
    char count[TIME_TEXT];
    for (size_t i = 0; i < model->candidate_count; i++) {
        const struct bar_candidate *candidate = &model->candidates[i];
        candidate_count(candidate, count);
        popup.labels = max_int(popup.labels, text_width(candidate->label, surface->ascii));
        popup.counts = max_int(popup.counts, str_width(surface, count));
        helps = max_int(helps, text_width(candidate->help, surface->ascii));
    }
    int wanted = 1 + popup.labels + (helps ? 2 + helps : 0) + (popup.counts ? 2 + popup.counts : 0) + 1;
    int rows = (int)(model->candidate_count < POPUP_ROWS ? model->candidate_count : POPUP_ROWS);
    popup.rect.w = min_int(max_int(wanted, POPUP_CELLS_MIN), area.w);
    popup.rect.h = min_int(rows, area.h);
    popup.rect.x = area.x + TEXT_X - 1 + column_of(surface, model->edit, word_start(model->edit));
    popup.rect.x = max_int(min_int(popup.rect.x, area.x + area.w - popup.rect.w), area.x);
    popup.rect.y = area.y;
    if (popup.rect.x - area.x < SLIVER_CELLS) { /* what showed beside it would be read as a part of it */
        popup.rect.w += popup.rect.x - area.x;
        popup.rect.x = area.x;
    }
    popup.labels = min_int(popup.labels, popup.rect.w - 2 - (popup.counts ? 2 + popup.counts : 0));
    if (model->chosen >= popup.rect.h && popup.rect.h > 0)
        popup.top = (size_t)(model->chosen - popup.rect.h + 1);
    return popup;
}

static void draw_candidate(struct surface *surface, const struct popup *popup, int row,
                           const struct bar_candidate *candidate)
{
    int x = popup->rect.x + 1;
    int y = popup->rect.y + row;
    int end = popup->rect.x + popup->rect.w - 1 - (popup->counts ? popup->counts + 2 : 0);
    char count[TIME_TEXT];
    draw_text_ellipsis(surface, x, y, popup->labels, candidate->label,
                       style_on(STYLE(INK_STRONG), GROUND_OVERLAY));
    x += popup->labels + 2;
    if (end > x)
        draw_text_ellipsis(surface, x, y, end - x, candidate->help,
                           style_on(STYLE(INK_MUTED), GROUND_OVERLAY));
    candidate_count(candidate, count);
    draw_right(surface, end + 2, y, popup->counts, count, style_on(STYLE(INK_MUTED), GROUND_OVERLAY));
}

static void draw_candidates(struct surface *surface, struct rect area, const struct filterbar_model *model)
{
    struct popup popup = popup_of(surface, area, model);
    draw_fill(surface, popup.rect, style_on(STYLE(INK_DEFAULT), GROUND_OVERLAY));
    for (int row = 0; row < popup.rect.h; row++) {
        size_t index = popup.top + (size_t)row;
        draw_candidate(surface, &popup, row, &model->candidates[index]);
        if ((ptrdiff_t)index == model->chosen)
            draw_ground(surface, (struct rect){popup.rect.x, popup.rect.y + row, popup.rect.w, 1},
                        GROUND_SELECTED);
    }
    if (popup.rect.h > 0 && (size_t)popup.rect.h < model->candidate_count) {
        double count = (double)model->candidate_count;
        draw_scrollbar(surface, popup.rect.x + popup.rect.w - 1, popup.rect.y, popup.rect.h,
                       (double)popup.top / count, popup.rect.h / count);
    }
}

void filterbar_draw_popup(struct surface *surface, struct rect bar, const struct filterbar_model *model)
{
    struct rect area = {bar.x, bar.y + bar.h, bar.w, surface->height - bar.y - bar.h};
    if (!model->edit || area.h <= 0 || area.w <= TEXT_X + 1)
        return;
    if (model->mistake) {
        int used = draw_mistake(surface, area, model);
        area.y += used;
        area.h -= used;
    }
    if (model->candidate_count && area.h > 0)
        draw_candidates(surface, area, model);
}
