/*
 * The list of runs: the heading, the rows of a window of the list, and between them the divider of live mode, which takes a
 * line of the rows' room; so everything that asks where a row stands goes by the divider's line.
 */
#include "widgets/list.h"

#include "data/base/utf8.h"
#include "widgets/list_columns.h"
#include "widgets/list_foot.h"
#include "widgets/list_row.h"
#include "widgets/list_state.h"

#include <stdio.h>
#include <string.h>

enum { HEADING_LINES = 1 };

size_t list_capacity(int height)
{
    return height > HEADING_LINES ? (size_t)(height - HEADING_LINES) : 0;
}

/* ---- where things stand ---- */

/* The row that the divider stands before; -1 where it has no place in this window. */
static ptrdiff_t divider_index(const struct list_model *model)
{
    if (!model->has_divider || list_state_is_shown(model))
        return -1;
    for (size_t i = 0; i < model->count; i++)
        if (model->rows[i].created_at <= model->cutoff)
            return i > 0 || model->rank == 0 ? (ptrdiff_t)i : -1;
    return -1;
}

bool list_divider_visible(const struct list_model *model, int height)
{
    ptrdiff_t at = divider_index(model);
    return at >= (ptrdiff_t)model->top && (size_t)at - model->top < list_capacity(height);
}

/* The divider's line below the heading; past the list where it is not to be seen. */
static size_t divider_line(const struct list_model *model, int height)
{
    if (!list_divider_visible(model, height))
        return SIZE_MAX;
    return (size_t)divider_index(model) - model->top;
}

ptrdiff_t list_row_at(struct rect rect, const struct list_model *model, int y)
{
    if (y < rect.y + HEADING_LINES || y >= rect.y + rect.h || list_state_is_shown(model))
        return -1;
    size_t line = (size_t)(y - rect.y - HEADING_LINES);
    size_t divider = divider_line(model, rect.h);
    if (line == divider)
        return -1;
    size_t index = model->top + line - (line > divider);
    return index < model->count ? (ptrdiff_t)index : -1;
}

/* ---- around the rows ---- */

static bool is_right_aligned(enum list_field field)
{
    return field == FIELD_TOOLS || field == FIELD_DURATION;
}

static const char *heading_of(enum list_field field)
{
    static const char *const headings[] = {
#define X(id, word, heading) [id] = heading,
        LIST_FIELDS(X)
#undef X
    };
    return headings[field];
}

static void draw_heading(struct surface *surface, struct rect rect, const struct list_model *model,
                         const struct list_columns *columns)
{
    enum list_field sorted = model->sort.field == SORT_DURATION ? FIELD_DURATION : FIELD_TIME;
    const char *arrow = model->sort.is_ascending ? " ↑" : " ↓";

    for (int field = 0; field < LIST_FIELD_COUNT; field++) {
        const char *heading = heading_of((enum list_field)field);
        int cells = columns->w[field];
        int x = rect.x + columns->x[field];
        int used = (int)strlen(heading);
        struct style style = STYLE(field == (int)sorted ? INK_STRONG : INK_MUTED);
        if (!cells)
            continue;
        if (is_right_aligned((enum list_field)field))
            x += cells - used;
        draw_str(surface, x, rect.y, used, heading, style);
        if (field == (int)sorted)
            draw_str(surface, x + used, rect.y, 2, arrow, STYLE(INK_ACCENT));
    }
}

/* A note at the right end of the heading line, over the room behind "code"; the short form where the long one does not fit. */
static void draw_heading_note(struct surface *surface, struct rect rect, const struct list_columns *columns,
                              const char *note, const char *brief)
{
    int room = columns->w[FIELD_CODE] - (int)strlen("code  ");
    const char *fitting = str_width(surface, note) <= room ? note : brief;
    int cells = str_width(surface, fitting);
    if (cells <= room)
        draw_str(surface, rect.x + rect.w - cells - 1, rect.y, cells, fitting, STYLE(INK_ACCENT));
}

/* While a search goes on over rows that are already there. */
static void draw_search_note(struct surface *surface, struct rect rect, const struct list_model *model,
                             const struct list_columns *columns)
{
    char note[LIST_NOTE], brief[LIST_NOTE];
    list_search_text(model, false, surface->ascii, note);
    list_search_text(model, true, surface->ascii, brief);
    draw_heading_note(surface, rect, columns, note, brief);
}

static void draw_wait_note(struct surface *surface, struct rect rect, const struct list_model *model,
                           const struct list_columns *columns)
{
    char note[LIST_NOTE], brief[LIST_NOTE];
    list_wait_text(model, false, surface->ascii, note);
    list_wait_text(model, true, surface->ascii, brief);
    draw_heading_note(surface, rect, columns, note, brief);
}

/* " live since 14:00:03 · 12 new above ", with fewer words where there is no room for all. */
static void divider_note(const struct list_model *model, int form, char out[LIST_NOTE])
{
    char since[TIME_TEXT], count[TIME_TEXT];
    time_format_short(model->live_since, model->time_mode, since);
    count_format(model->new_count, count);
    if (model->new_count <= 0 || form == 2)
        snprintf(out, LIST_NOTE, " live since %.8s ", since);
    else
        snprintf(out, LIST_NOTE, " live since %.8s · %.24s new%s ", since, count, form == 0 ? " above" : "");
}

/* Live in another order than newest-first: new rows have no place of their own, so the heading says how many there are. */
static void draw_live_note(struct surface *surface, struct rect rect, const struct list_model *model,
                           const struct list_columns *columns)
{
    char note[LIST_NOTE], brief[LIST_NOTE], since[TIME_TEXT];
    divider_note(model, 1, note);
    time_format_short(model->live_since, model->time_mode, since);
    snprintf(brief, sizeof brief, "live %.5s", since);
    draw_heading_note(surface, rect, columns, note, brief);
}

static void draw_divider(struct surface *surface, struct rect rect, int y, const struct list_model *model)
{
    enum { LEAD = 8, NARROW_LEAD = 3, NARROW = 60 };
    char note[LIST_NOTE];
    int x = rect.x + (rect.w >= NARROW ? LEAD : NARROW_LEAD);
    int room = rect.x + rect.w - x - NARROW_LEAD;
    int form = 0;
    divider_note(model, form, note);
    while (str_width(surface, note) > room && form < 2)
        divider_note(model, ++form, note);
    draw_hline(surface, rect.x + 1, y, rect.w - 1, STYLE(INK_ACCENT));
    draw_str(surface, x, y, room, note, STYLE(INK_ACCENT));
}

static void draw_end(struct surface *surface, struct rect rect, int y, const struct list_columns *columns)
{
    int x = columns->w[FIELD_TIME] ? columns->x[FIELD_TIME] : LIST_GLYPH_X + 2;
    draw_str(surface, rect.x + x, y, rect.w - x, "end of history", STYLE(INK_FAINT));
}

static void draw_rows(struct surface *surface, struct rect rect, const struct list_model *model,
                      const struct list_columns *columns)
{
    size_t divider = divider_line(model, rect.h);
    size_t capacity = list_capacity(rect.h);
    struct list_line line = {.surface = surface, .model = model, .columns = columns, .x = rect.x};
    size_t index = model->top;

    for (size_t i = 0; i < capacity; i++) {
        line.y = rect.y + HEADING_LINES + (int)i;
        if (i == divider) {
            draw_divider(surface, rect, line.y, model);
        } else if (index < model->count) {
            line.row = &model->rows[index];
            line.status = run_status_of(line.row->status);
            line.is_past = model->has_divider && line.row->created_at <= model->cutoff;
            line.is_selected = (ptrdiff_t)index == model->selected;
            list_row_draw(&line, rect.w);
            index++;
        } else {
            if (model->is_last && model->count)
                draw_end(surface, rect, line.y, columns);
            break;
        }
    }
}

static void draw_position(struct surface *surface, struct rect rect, const struct list_model *model)
{
    double shown = (double)list_capacity(rect.h);
    double first = (double)model->rank + (double)model->top;
    if (model->total > 0)
        draw_scrollbar(surface, rect.x + rect.w - 1, rect.y + HEADING_LINES, (int)shown,
                       first / (double)model->total, shown / (double)model->total);
}

static void draw_list(struct surface *surface, struct rect rect, const struct list_model *model)
{
    struct rect body = {rect.x, rect.y + HEADING_LINES, rect.w, rect.h - HEADING_LINES};
    struct list_columns columns = list_columns_for(model->fields, rect.w - 1, model->time_mode);

    draw_fill(surface, rect, STYLE(INK_DEFAULT));
    if (rect.w <= 0 || rect.h <= 0)
        return;
    draw_heading(surface, rect, model, &columns);
    if (list_state_is_shown(model)) {
        list_state_draw(surface, body, model);
        return;
    }
    draw_rows(surface, rect, model, &columns);
    if (model->phase == LIST_SEARCHING)
        draw_search_note(surface, rect, model, &columns);
    else if (model->waited_ms > 0)
        draw_wait_note(surface, rect, model, &columns);
    else if (model->is_live && !model->has_divider)
        draw_live_note(surface, rect, model, &columns);
    draw_position(surface, rect, model);
    list_foot_draw(surface, rect, model);
}

void list_draw(struct surface *surface, struct rect rect, const struct list_model *model)
{
    struct rect before = surface_clip(surface, rect);
    draw_list(surface, rect, model);
    surface_unclip(surface, before);
}
