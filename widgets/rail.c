/*
 * The facet rail: a column of ticks with their counts. Counts end at one edge and are never cut; a label that is too long
 * gives way to its count.
 */
#include "widgets/rail.h"

#include "widgets/tally_text.h"

enum {
    TITLE_LINES = 1,
    LABEL_X = 5,  /* "[x] mcp" */
    STATUS_X = 7, /* "[x] ✓ Completed" */
    HEADING_X = 3,
};

size_t rail_capacity(int height)
{
    return height > TITLE_LINES ? (size_t)(height - TITLE_LINES) : 0;
}

ptrdiff_t rail_item_at(struct rect rect, const struct rail_model *model, int y)
{
    if (y < rect.y + TITLE_LINES || y >= rect.y + rect.h)
        return -1;
    size_t index = model->top + (size_t)(y - rect.y - TITLE_LINES);
    return index < model->count ? (ptrdiff_t)index : -1;
}

struct line {
    struct surface *surface;
    const struct rail_model *model;
    const struct rail_item *item;
    int x, y, w; /* without the rule */
};

static void draw_title(const struct line *line)
{
    struct surface *surface = line->surface;
    bool is_lit = line->model->has_filter;
    int clear = line->x + line->w - (int)sizeof("X clear");
    draw_str(surface, line->x + 1, line->y, line->w - 1, "FILTERS", STYLE(INK_MUTED));
    draw_str(surface, clear, line->y, 1, "X", STYLE(is_lit ? INK_STRONG : INK_FAINT));
    draw_str(surface, clear + 1, line->y, 6, " clear", STYLE(is_lit ? INK_MUTED : INK_FAINT));
}

static void draw_heading(const struct line *line)
{
    const struct rail_item *item = line->item;
    bool is_folded = line->model->folded & (1u << item->section);
    draw_str(line->surface, line->x + 1, line->y, 1, is_folded ? "▸" : "▾", STYLE(INK_MUTED));
    int used = draw_text(line->surface, line->x + HEADING_X, line->y, line->w - HEADING_X, item->label,
                         STYLE(INK_STRONG));
    if (item->is_narrowed && !is_folded)
        used += draw_str(line->surface, line->x + HEADING_X + used, line->y, line->w - HEADING_X - used,
                         " · filtered", STYLE(INK_FAINT));
    if (item->section == SECTION_TOOLS && !is_folded)
        draw_right(line->surface, line->x + HEADING_X + used + 1, line->y, line->w - HEADING_X - used - 2,
                   "calls", STYLE(INK_FAINT));
}

/* A range of one's own is what the header counts already, and its label needs the room. */
static bool has_count(const struct rail_item *item)
{
    if (item->section == SECTION_TIME)
        return item->preset >= 0;
    return item->section != SECTION_CODE && !(item->section == SECTION_SCOPE && text_is_null(item->value));
}

/* Cells that the count takes at the line's end, with the space before it. */
static int draw_count(const struct line *line)
{
    const struct rail_item *item = line->item;
    char count[TIME_TEXT];
    bool is_known = item->count.n >= 0;
    if (!has_count(item) || (!is_known && !line->model->is_counting))
        return 0;
    tally_format(item->count, count);
    int cells = str_width(line->surface, count);
    bool is_quiet = !is_known || item->count.n == 0 || line->model->is_stale;
    bool is_on = item->mark == MARK_INCLUDED && !item->is_narrowed;
    draw_str(line->surface, line->x + line->w - 1 - cells, line->y, cells, count,
             STYLE(is_quiet ? INK_FAINT
                   : is_on  ? INK_STRONG
                            : INK_MUTED));
    return cells + 1;
}

static bool is_radio(enum rail_section section)
{
    return section == SECTION_TIME || section == SECTION_SCOPE;
}

static void draw_mark(const struct line *line)
{
    struct surface *surface = line->surface;
    enum filter_mark mark = line->item->mark;
    struct style style = STYLE(mark == MARK_INCLUDED   ? INK_STRONG
                               : mark == MARK_EXCLUDED ? INK_WARN
                                                       : INK_MUTED);
    static const char *const boxes[] = {
        [MARK_NONE] = "[ ]", [MARK_INCLUDED] = "[x]", [MARK_EXCLUDED] = "[-]"};

    if (!is_radio(line->item->section))
        draw_str(surface, line->x + 1, line->y, 3, boxes[mark], style);
    else if (mark == MARK_INCLUDED)
        draw_str(surface, line->x + 1 + !surface->ascii, line->y, 3, pick(surface, "◉", "(*)"), style);
    else
        draw_str(surface, line->x + 1 + !surface->ascii, line->y, 3, pick(surface, "○", "( )"), style);
}

static enum ink label_ink(const struct rail_item *item)
{
    if (item->mark == MARK_INCLUDED)
        return INK_STRONG;
    return item->mark == MARK_EXCLUDED ? INK_DEFAULT : INK_MUTED;
}

static void draw_value(const struct line *line)
{
    const struct rail_item *item = line->item;
    int x = LABEL_X;
    int count = draw_count(line);
    draw_mark(line);
    if (item->section == SECTION_STATUS) {
        enum run_status status = run_status_of(item->value);
        draw_str(line->surface, line->x + x, line->y, 1, run_status_glyph(status, line->surface->ascii),
                 STYLE(ink_of_status(status)));
        x = STATUS_X;
    }
    draw_text_ellipsis(line->surface, line->x + x, line->y, line->w - 1 - x - count, item->label,
                       STYLE(label_ink(item)));
}

static void draw_item(const struct line *line)
{
    if (line->item->kind == RAIL_HEADING)
        draw_heading(line);
    else
        draw_value(line);
}

static void draw_edge(struct surface *surface, struct rect rect, const struct rail_model *model)
{
    int x = rect.x + rect.w - 1;
    size_t capacity = rail_capacity(rect.h);
    draw_vline(surface, x, rect.y, rect.h, STYLE(INK_FAINT));
    if (model->count > capacity)
        draw_scrollbar(surface, x, rect.y + TITLE_LINES, (int)capacity,
                       (double)model->top / (double)model->count, (double)capacity / (double)model->count);
}

static void draw_rail(struct surface *surface, struct rect rect, const struct rail_model *model)
{
    struct line line = {.surface = surface, .model = model, .x = rect.x, .y = rect.y, .w = rect.w - 1};
    size_t capacity = rail_capacity(rect.h);

    draw_fill(surface, rect, STYLE(INK_DEFAULT));
    if (rect.w <= LABEL_X || rect.h <= 0)
        return;
    draw_title(&line);
    for (size_t i = 0; i < capacity && model->top + i < model->count; i++) {
        line.item = &model->items[model->top + i];
        line.y = rect.y + TITLE_LINES + (int)i;
        draw_item(&line);
    }
    draw_edge(surface, rect, model);
    if (model->is_overlay)
        draw_ground(surface, rect, GROUND_OVERLAY);

    ptrdiff_t selected = model->selected - (ptrdiff_t)model->top;
    if (model->is_focused && model->selected >= 0 && selected >= 0 && (size_t)selected < capacity)
        draw_ground(surface, (struct rect){rect.x, rect.y + TITLE_LINES + (int)selected, rect.w - 1, 1},
                    GROUND_SELECTED);
}

void rail_draw(struct surface *surface, struct rect rect, const struct rail_model *model)
{
    struct rect before = surface_clip(surface, rect);
    draw_rail(surface, rect, model);
    surface_unclip(surface, before);
}
