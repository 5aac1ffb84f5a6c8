/*
 * One field of a form: its name, its value as something that can be changed, and what is to be known of it.
 * Where there is room the names stand in a column of their own; on a narrow screen above the values.
 */
#include "widgets/form_sheet.h"

#include "data/base/utf8.h"
#include "widgets/measure.h"
#include "widgets/prose.h"

#include <stdio.h>

enum {
    STACKED_W = 48, /* below, names stand above values */
    LABEL_MAX = 24,
    LABEL_GAP = 2,
    OPTION_GAP = 3,
    MARK_ONE_OF = 2, /* "◉ ", "(x) " in ASCII */
    MARK_ASCII = 4,
    FEW_OPTIONS = 6,
    ABOUT_LINES = 4,
};

static int label_cells(const struct form_model *model, size_t i)
{
    const struct form_item *item = &model->items[i];
    return text_width(item->label, model->ascii) + (item->is_required && !model->is_review ? 2 : 0);
}

static bool is_stacked(int width)
{
    return width < STACKED_W;
}

int form_value_x(int width, const struct form_model *model)
{
    int cells = 0;
    if (is_stacked(width))
        return FORM_MARK_CELLS;
    for (size_t i = 0; i < model->count; i++)
        cells = max_int(cells, label_cells(model, i));
    return FORM_MARK_CELLS + min_int(cells, LABEL_MAX) + LABEL_GAP;
}

/* ---- values ---- */

struct value {
    struct sheet *sheet;
    const struct form_item *item;
    bool has_focus;
    int x, cells;
};

static int glyphs_of(struct text text)
{
    int count = 0;
    for (size_t at = 0; at < text.n; at = text_step_forward(text, at))
        count++;
    return count;
}

static void draw_bullets(const struct value *value, int count)
{
    struct surface *surface = value->sheet->surface;
    int x = value->sheet->area.x + value->x, y = sheet_y(value->sheet);
    for (int i = 0; i < count && i < value->cells; i++)
        draw_str(surface, x + i, y, 1, pick(surface, "•", "*"),
                 (struct style){.ink = INK_DEFAULT, .ground = GROUND_OVERLAY, .attrs = ATTR_UNDERLINE});
}

/* What is typed stands on a line as on paper; a line that has the focus shows its cursor. */
static void draw_typed(const struct value *value)
{
    struct surface *surface = value->sheet->surface;
    const struct lineedit *edit = value->item->edit;
    bool is_secret = value->item->control == CONTROL_SECRET;
    int x = value->sheet->area.x + value->x, y = sheet_y(value->sheet);
    size_t from = value->has_focus ? edit->scroll : 0;
    struct text all = {edit->text + from, edit->len - from};
    struct text before = {all.s, edit->cursor > from ? edit->cursor - from : 0};
    struct style style = {INK_DEFAULT, GROUND_OVERLAY, ATTR_UNDERLINE};
    struct style blank = {INK_FAINT, GROUND_OVERLAY, ATTR_UNDERLINE};
    draw_fill(surface, (struct rect){x, y, value->cells, 1}, blank);
    if (is_secret)
        draw_bullets(value, glyphs_of(all));
    else if (value->has_focus)
        draw_text(surface, x, y, value->cells, all, style);
    else
        draw_text_ellipsis(surface, x, y, value->cells, all, style);
    if (!value->has_focus)
        return;
    int column = is_secret ? glyphs_of(before) : text_width(before, surface->ascii);
    surface->cursor_x = x + min_int(column, value->cells - 1);
    surface->cursor_y = y;
}

static void put_typed(const struct value *value)
{
    if (sheet_is_in_view(value->sheet))
        draw_typed(value);
    sheet_blank(value->sheet);
}

static const char *mark_of(bool is_ascii, bool is_any, bool is_on)
{
    if (is_any)
        return is_on ? "[x]" : "[ ]";
    if (is_ascii)
        return is_on ? "(x)" : "( )";
    return is_on ? "◉" : "○";
}

static void draw_option(const struct value *value, const struct form_option *option, int x, int cells,
                        bool is_at)
{
    struct sheet *sheet = value->sheet;
    bool is_any = value->item->control == CONTROL_ANY_OF;
    int mark = is_any || sheet->ascii ? MARK_ASCII : MARK_ONE_OF;
    int at = sheet->area.x + x, y = sheet_y(sheet);
    enum ink ink = option->is_on ? INK_STRONG : INK_MUTED;
    if (!sheet_is_in_view(sheet))
        return;
    draw_str(sheet->surface, at, y, mark, mark_of(sheet->ascii, is_any, option->is_on),
             sheet_style(STYLE(option->is_on ? INK_ACCENT : INK_MUTED)));
    draw_text_ellipsis(sheet->surface, at + mark, y, cells - mark, option->label, sheet_style(STYLE(ink)));
    if (is_at)
        draw_ground(sheet->surface, (struct rect){at, y, cells, 1}, GROUND_SELECTED);
}

/* Many stand in columns, to be looked through; a few as words in a sentence. */
static int column_cells(const struct value *value)
{
    int cells = 0;
    for (size_t i = 0; i < value->item->option_count && value->item->option_count > FEW_OPTIONS; i++)
        cells = max_int(cells, text_width(value->item->options[i].label, value->sheet->ascii));
    return cells;
}

/* Side by side, as many lines as they need. */
static void put_options(const struct value *value)
{
    const struct form_item *item = value->item;
    struct sheet *sheet = value->sheet;
    int mark = item->control == CONTROL_ANY_OF || sheet->ascii ? MARK_ASCII : MARK_ONE_OF;
    int used = 0, column = column_cells(value);
    for (size_t i = 0; i < item->option_count; i++) {
        bool is_at = value->has_focus && (ptrdiff_t)i == item->option;
        int label = max_int(text_width(item->options[i].label, sheet->ascii), column);
        int cells = min_int(mark + label, value->cells);
        if (used && used + cells > value->cells) {
            sheet_blank(sheet);
            used = 0;
        }
        if (is_at) {
            sheet->focus_from = sheet->line;
            sheet->focus_to = sheet->line + 1;
        }
        draw_option(value, &item->options[i], value->x + used, cells, is_at);
        used += cells + OPTION_GAP;
    }
    sheet_blank(sheet);
}

/* ---- the same, to be read ---- */

static size_t count_on(const struct form_item *item)
{
    size_t count = 0;
    for (size_t i = 0; i < item->option_count; i++)
        count += item->options[i].is_on;
    return count;
}

/* Every character of it, spaces too: this is what will be sent. */
static void put_exactly(const struct value *value, struct text text)
{
    while (text.n) {
        size_t n = text_clip(text, value->cells, value->sheet->ascii, NULL);
        n = n ? n : text_step_forward(text, 0);
        sheet_text(value->sheet, value->x, (struct text){text.s, n}, STYLE(INK_DEFAULT));
        text = (struct text){text.s + n, text.n - n};
    }
}

static void put_reviewed_options(const struct value *value)
{
    const struct form_item *item = value->item;
    for (size_t i = 0; i < item->option_count; i++)
        if (item->options[i].is_on)
            put_exactly(value, item->options[i].label);
}

static void put_reviewed(const struct value *value)
{
    const struct form_item *item = value->item;
    bool is_line = item->control == CONTROL_LINE || item->control == CONTROL_SECRET;
    bool is_empty = is_line ? item->edit->len == 0 : count_on(item) == 0;
    if (is_empty)
        sheet_words(value->sheet, value->x, "left out", STYLE(INK_MUTED));
    else if (!is_line)
        put_reviewed_options(value);
    else if (item->control == CONTROL_SECRET)
        sheet_words(value->sheet, value->x, "secret, not shown", STYLE(INK_MUTED));
    else
        put_exactly(value, (struct text){item->edit->text, item->edit->len});
}

/* ---- all of it ---- */

static void draw_label(struct sheet *sheet, const struct form_item *item, bool has_focus, int cells)
{
    int x = sheet->area.x, y = sheet_y(sheet);
    struct style style = sheet_style(STYLE(has_focus ? INK_STRONG : INK_DEFAULT));
    int star = item->is_required ? 2 : 0;
    if (!sheet_is_in_view(sheet))
        return;
    if (has_focus)
        draw_str(sheet->surface, x, y, 1, "▸", sheet_style(STYLE(INK_ACCENT)));
    x += FORM_MARK_CELLS;
    x += draw_text_ellipsis(sheet->surface, x, y, cells - FORM_MARK_CELLS - star, item->label, style);
    if (star)
        draw_str(sheet->surface, x + 1, y, 1, "*", sheet_style(STYLE(INK_WAITING)));
}

static void put_explained(struct sheet *sheet, const struct form_item *item, int x)
{
    char words[320];
    if (item->about.n)
        sheet_prose(sheet, x, item->about, STYLE(INK_MUTED), ABOUT_LINES);
    if (*item->error) {
        snprintf(words, sizeof words, "%s %s", sheet->ascii ? "x" : "✗", item->error);
        sheet_words(sheet, x, words, STYLE(INK_FAILED));
    } else if (item->is_missing || *item->hint) {
        bool has_both = item->is_missing && *item->hint;
        snprintf(words, sizeof words, "%s%s%s", item->is_missing ? "required" : "", has_both ? " · " : "",
                 item->hint);
        sheet_words(sheet, x, words, STYLE(INK_FAINT));
    }
}

void form_put_item(struct sheet *sheet, const struct form_model *model, size_t i)
{
    struct form_item item = model->items[i];
    bool has_focus = !model->is_review && model->focus == (ptrdiff_t)i;
    int x = form_value_x(sheet->area.w, model), first = sheet->line;
    struct value value = {sheet, &item, has_focus, x, sheet->area.w - x};
    item.is_required = item.is_required && !model->is_review;
    if (has_focus) {
        sheet->focus_from = first;
        sheet->focus_to = first; /* until it is known better */
    }
    draw_label(sheet, &item, has_focus, is_stacked(sheet->area.w) ? sheet->area.w : x - LABEL_GAP);
    if (is_stacked(sheet->area.w))
        sheet_blank(sheet);
    if (model->is_review)
        put_reviewed(&value);
    else if (item.control == CONTROL_LINE || item.control == CONTROL_SECRET)
        put_typed(&value);
    else
        put_options(&value);
    if (!model->is_review)
        put_explained(sheet, &item, x);
    /* All of it is to be seen; of very many options at least the one under the cursor. */
    if (has_focus && (sheet->focus_to == first || sheet->line - first <= sheet->area.h)) {
        sheet->focus_from = first;
        sheet->focus_to = sheet->line;
    }
}
