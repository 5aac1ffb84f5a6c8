/*
 * A box with rows. It is as large as its content and never larger than the screen; the column of keys is as wide as its
 * widest, so that labels and details line up.
 */
#include "widgets/menu.h"

#include "data/base/utf8.h"
#include "widgets/measure.h"
#include "widgets/prose.h"

#include <stdio.h>
#include <string.h>

enum {
    BORDERS = 2,
    PAD = 1,
    GAP = 2,
    CHECK_CELLS = 4,
    EDIT_LINES = 2, /* the line and a rule */
    EDIT_WIDTH = 60,
    WIDTH_MIN = 24,
};

struct columns {
    int check, keys, label, detail; /* cells */
};

/* Widths as the widest row needs them; the ASCII twins of ornaments are at least as wide. */
static struct columns columns_of(const struct surface *surface, const struct menu_model *model)
{
    struct columns columns = {0, 0, 0, 0};
    for (size_t i = 0; i < model->count; i++) {
        const struct menu_row *row = &model->rows[i];
        if (row->check >= 0 && !row->is_heading)
            columns.check = CHECK_CELLS;
        if (row->keys)
            columns.keys = max_int(columns.keys, str_width(surface, row->keys));
        if (!row->is_heading)
            columns.label = max_int(columns.label, str_width(surface, row->label));
        if (row->detail)
            columns.detail = max_int(columns.detail, str_width(surface, row->detail));
    }
    return columns;
}

static int content_width(const struct columns *columns)
{
    int width = PAD + columns->check + columns->label + PAD;
    width += columns->keys ? columns->keys + GAP : 0;
    return width + (columns->detail ? columns->detail + GAP : 0);
}

static int edit_lines(const struct menu_model *model)
{
    return model->edit ? EDIT_LINES : 0;
}

static struct rect place(const struct surface *surface, struct rect screen, const struct menu_model *model)
{
    struct columns columns = columns_of(surface, model);
    int width = max_int(content_width(&columns), WIDTH_MIN);
    width = max_int(width, model->title ? str_width(surface, model->title) + 6 : 0);
    width = max_int(width, model->footer ? str_width(surface, model->footer) + 4 : 0);
    width = max_int(width, model->edit ? EDIT_WIDTH : 0);
    int rows = model->count < 1000 ? (int)model->count : 1000;
    int height = rows + edit_lines(model) + BORDERS;

    struct rect rect = {.w = min_int(width + BORDERS, screen.w), .h = min_int(height, screen.h)};
    rect.x = screen.x + (screen.w - rect.w) / 2;
    rect.y = screen.y + (screen.h - rect.h) / 2;
    if (model->edit) /* stays where it is while typing makes it shorter */
        rect.y = screen.y + min_int(screen.h / 6, screen.h - rect.h);
    return rect;
}

struct rect menu_rect(struct rect screen, const struct menu_model *model)
{
    static const struct surface plain = {.ascii = false};
    return place(&plain, screen, model);
}

size_t menu_capacity(struct rect screen, const struct menu_model *model)
{
    struct rect rect = menu_rect(screen, model);
    int rows = rect.h - BORDERS - edit_lines(model);
    return rows > 0 ? (size_t)rows : 0;
}

static struct style on_overlay(enum ink ink)
{
    return style_on(STYLE(ink), GROUND_OVERLAY);
}

static void draw_edit(struct surface *surface, struct rect inside, const struct lineedit *edit)
{
    int x = inside.x + PAD + 2;
    int cells = inside.w - 2 * PAD - 2;
    struct text text = {edit->text + edit->scroll, edit->len - edit->scroll};
    draw_str(surface, inside.x + PAD, inside.y, 1, pick(surface, "›", ">"), on_overlay(INK_ACCENT));
    draw_text(surface, x, inside.y, cells, text, on_overlay(INK_DEFAULT));
    text.n = edit->cursor > edit->scroll ? edit->cursor - edit->scroll : 0;
    surface->cursor_x = x + min_int(text_width(text, surface->ascii), cells);
    surface->cursor_y = inside.y;
    draw_hline(surface, inside.x, inside.y + 1, inside.w, on_overlay(INK_FAINT));
}

static void draw_row(struct surface *surface, struct rect line, const struct menu_row *row,
                     const struct columns *columns)
{
    int x = line.x + PAD;
    int end = line.x + line.w - PAD;
    if (row->is_heading) {
        draw_text_ellipsis(surface, x, line.y, end - x, text_of(row->label), on_overlay(INK_ACCENT));
        return;
    }
    if (columns->check) {
        if (row->check >= 0)
            draw_str(surface, x, line.y, 3, row->check ? "[x]" : "[ ]",
                     on_overlay(row->check ? INK_STRONG : INK_MUTED));
        x += CHECK_CELLS;
    }
    if (columns->keys) {
        draw_str(surface, x, line.y, min_int(columns->keys, end - x), row->keys ? row->keys : "",
                 on_overlay(INK_STRONG));
        x += columns->keys + GAP;
    }
    draw_text_ellipsis(surface, x, line.y, min_int(columns->label, end - x), text_of(row->label),
                       on_overlay(INK_DEFAULT));
    x += columns->label + GAP;
    if (row->detail && x < end)
        draw_text_ellipsis(surface, x, line.y, end - x, text_of(row->detail), on_overlay(INK_MUTED));
}

static void draw_footer(struct surface *surface, struct rect rect, const char *footer)
{
    int cells = min_int(str_width(surface, footer), rect.w - 6);
    int x = rect.x + rect.w - 3 - cells;
    int y = rect.y + rect.h - 1;
    if (cells <= 0)
        return;
    draw_str(surface, x - 1, y, 1, " ", on_overlay(INK_FAINT));
    draw_str(surface, x, y, cells, footer, on_overlay(INK_MUTED));
    draw_str(surface, x + cells, y, 1, " ", on_overlay(INK_FAINT));
}

static void draw_rows(struct surface *surface, struct rect area, const struct menu_model *model)
{
    struct columns columns = columns_of(surface, model);
    for (int i = 0; i < area.h && model->top + (size_t)i < model->count; i++) {
        size_t index = model->top + (size_t)i;
        struct rect line = {area.x, area.y + i, area.w, 1};
        draw_row(surface, line, &model->rows[index], &columns);
        if ((ptrdiff_t)index == model->selected)
            draw_ground(surface, line, GROUND_SELECTED);
    }
}

static void draw_menu(struct surface *surface, struct rect screen, const struct menu_model *model)
{
    struct rect rect = menu_rect(screen, model);
    struct rect inside = draw_box(surface, rect, model->title, GROUND_OVERLAY);
    int above = edit_lines(model);
    if (inside.w <= 0 || inside.h < above)
        return;
    if (model->edit)
        draw_edit(surface, inside, model->edit);
    struct rect rows = {inside.x, inside.y + above, inside.w, inside.h - above};
    draw_rows(surface, rows, model);
    if (model->footer)
        draw_footer(surface, rect, model->footer);
    if (rows.h > 0 && (size_t)rows.h < model->count) {
        double count = (double)model->count;
        draw_scrollbar(surface, rect.x + rect.w - 1, rows.y, rows.h, (double)model->top / count,
                       rows.h / count);
        draw_ground(surface, (struct rect){rect.x + rect.w - 1, rows.y, 1, rows.h}, GROUND_OVERLAY);
    }
}

void menu_draw(struct surface *surface, struct rect screen, const struct menu_model *model)
{
    struct rect before = surface_clip(surface, screen);
    draw_menu(surface, screen, model);
    surface_unclip(surface, before);
}

void too_small_draw(struct surface *surface, int need_w, int need_h)
{
    char words[96];
    const char *times = pick(surface, "×", "x");
    surface_clear(surface);
    snprintf(words, sizeof(words), "needs %d%s%d, this is %d%s%d", need_w, times, need_h, surface->width,
             times, surface->height);
    struct rect rect = surface_rect(surface);
    int lines = prose_height(text_of(words), rect.w, surface->ascii);
    if (rect.h > lines) {
        rect.y = (rect.h - lines) / 2;
        rect.h -= rect.y;
    }
    prose_draw_centred(surface, rect, text_of(words), STYLE(INK_DEFAULT));
}
