/*
 * The list of runs. What went well is quiet and what did not stands out, so that a page of a hundred rows can be read at a
 * glance; every cell of a row is aligned with its heading, and numbers with each other.
 */
#include "widgets/list.h"

#include "data/base/utf8.h"
#include "widgets/list_columns.h"
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

/* ---- a row ---- */

struct line {
    struct surface *surface;
    const struct list_model *model;
    const struct list_columns *columns;
    const struct run_row *row;
    enum run_status status;
    int x, y;
    bool is_selected;
    bool is_past; /* at or below the live cutoff: all but a failure's own word is muted */
};

static struct style line_style(const struct line *line, enum ink ink)
{
    return STYLE(line->is_past && ink != INK_FAINT ? INK_MUTED : ink);
}

static int column_x(const struct line *line, enum list_field field)
{
    return line->x + line->columns->x[field];
}

static void draw_status(const struct line *line)
{
    enum run_status status = line->status;
    enum ink ink = status == STATUS_COMPLETED ? INK_MUTED : ink_of_status(status);
    enum ink glyph_ink = ink_of_status(status);
    bool is_loud = status == STATUS_FAILED || !line->is_past;
    struct text word = status == STATUS_OTHER ? line->row->status : text_of(run_status_label(status));

    draw_str(line->surface, line->x + LIST_GLYPH_X, line->y, 1,
             run_status_glyph(status, line->surface->ascii), STYLE(is_loud ? glyph_ink : INK_MUTED));
    if (line->columns->w[FIELD_STATUS])
        draw_text_ellipsis(line->surface, column_x(line, FIELD_STATUS), line->y,
                           line->columns->w[FIELD_STATUS], word, STYLE(is_loud ? ink : INK_MUTED));
}

/* In the narrow column a row of another day shows its date instead of its seconds: both take the same cells. */
static void format_short_time(const struct list_model *model, int64_t t, char out[TIME_TEXT])
{
    char today[TIME_TEXT], row[TIME_TEXT];
    time_format_row(model->now, model->time_mode, model->now, today);
    time_format_row(t, model->time_mode, model->now, row);
    if (strncmp(today, row, strlen("Nov 21")) == 0)
        time_format_short(t, model->time_mode, out);
    else
        snprintf(out, TIME_TEXT, "%.12s", row);
    if (row[0] >= '0' && row[0] <= '9')
        snprintf(out, TIME_TEXT, "%.10s", row);
}

static void draw_time(const struct line *line)
{
    const struct list_model *model = line->model;
    char time[TIME_TEXT];
    if (line->columns->is_time_short && model->time_mode != TIME_RELATIVE)
        format_short_time(model, line->row->created_at, time);
    else
        time_format_row(line->row->created_at, model->time_mode, model->now, time);
    draw_text_ellipsis(line->surface, column_x(line, FIELD_TIME), line->y, line->columns->w[FIELD_TIME],
                       text_of(time), STYLE(line->is_selected ? INK_DEFAULT : INK_MUTED));
}

static void draw_via(const struct line *line)
{
    bool is_known = !text_is_null(line->row->trigger_kind);
    struct text word = is_known ? line->row->trigger_kind : TEXT_LIT("unknown");
    draw_text_ellipsis(line->surface, column_x(line, FIELD_VIA), line->y, line->columns->w[FIELD_VIA], word,
                       line_style(line, is_known ? INK_TRIGGER : INK_MUTED));
}

static enum ink tools_ink(const struct line *line)
{
    if (line->row->tool_call_count <= 0)
        return INK_FAINT;
    return line->status == STATUS_COMPLETED ? INK_MUTED : INK_DEFAULT;
}

static void draw_tools(const struct line *line)
{
    char count[TIME_TEXT];
    count_format(line->row->tool_call_count, count);
    if (strlen(count) > (size_t)line->columns->w[FIELD_TOOLS])
        count_format_short(line->row->tool_call_count, count);
    draw_right(line->surface, column_x(line, FIELD_TOOLS), line->y, line->columns->w[FIELD_TOOLS], count,
               line_style(line, tools_ink(line)));
}

/* "1E 2W"; many of both are "1.2kE…", as then the warnings matter least. */
static void draw_log(const struct line *line)
{
    const struct run_row *row = line->row;
    int x = column_x(line, FIELD_LOG);
    int cells = line->columns->w[FIELD_LOG];
    if (row->log_errors < 0) {
        draw_str(line->surface, x, line->y, 1, "–", line_style(line, INK_FAINT));
        return;
    }
    char errors[TIME_TEXT], warnings[TIME_TEXT], part[TIME_TEXT + 2];
    count_format_short(row->log_errors, errors);
    count_format_short(row->log_warnings, warnings);
    snprintf(part, sizeof(part), "%sE", errors);
    int used = draw_str(line->surface, x, line->y, cells, part,
                        line_style(line, row->log_errors > 0 ? INK_FAILED : INK_FAINT));
    snprintf(part, sizeof(part), " %sW", warnings);
    struct style style = line_style(line, row->log_warnings > 0 ? INK_WARN : INK_FAINT);
    if (used + (int)strlen(part) <= cells)
        draw_str(line->surface, x + used, line->y, cells - used, part, style);
    else if (used < cells)
        draw_str(line->surface, x + used, line->y, 1, "…", style);
}

static enum ink duration_ink(const struct line *line, int64_t duration)
{
    if (duration == DURATION_NONE)
        return INK_FAINT;
    if (duration > SLOW_MS)
        return line->status == STATUS_FAILED ? INK_FAILED : INK_WARN;
    return line->status == STATUS_COMPLETED ? INK_MUTED : INK_DEFAULT;
}

static bool is_ticking(const struct line *line)
{
    const struct run_row *row = line->row;
    return (line->status == STATUS_RUNNING || line->status == STATUS_WAITING) &&
           row->started_at != TIME_NONE && row->completed_at == TIME_NONE;
}

/* The "…" of an age stands right of the column, so that the digits stay aligned with finished ones. */
static void draw_duration(const struct line *line)
{
    const struct list_columns *columns = line->columns;
    int64_t duration = run_row_duration(line->row);
    enum ink ink = duration_ink(line, duration);
    int x = column_x(line, FIELD_DURATION);
    char text[TIME_TEXT];
    if (is_ticking(line)) {
        int64_t age = line->model->now - line->row->started_at;
        duration = age > 0 ? age : 0;
        ink = INK_MUTED;
        draw_str(line->surface, x + columns->w[FIELD_DURATION], line->y, 1, "…", line_style(line, ink));
    }
    if (duration == DURATION_NONE)
        snprintf(text, sizeof(text), "%s", "–");
    else
        duration_format(duration, text);
    draw_right(line->surface, x, line->y, columns->w[FIELD_DURATION], text, line_style(line, ink));
}

static void draw_plain(const struct line *line, enum list_field field, struct text value)
{
    draw_text_ellipsis(line->surface, column_x(line, field), line->y, line->columns->w[field], value,
                       line_style(line, INK_MUTED));
}

static void draw_code(const struct line *line)
{
    struct surface *surface = line->surface;
    struct text code = line->row->code_head;
    struct style style = line_style(line, INK_DEFAULT);
    int x = column_x(line, FIELD_CODE);
    int cells = line->columns->w[FIELD_CODE];
    int used = 0;

    if (text_clip(code, cells, surface->ascii, NULL) == code.n) {
        draw_text_match(surface, x, line->y, cells, code, style, line->model->code_match);
        return;
    }
    text_clip(code, cells - 1, surface->ascii, &used);
    draw_text_match(surface, x, line->y, used, code, style, line->model->code_match);
    draw_str(surface, x + used, line->y, 1, "…", line_style(line, INK_MUTED));
}

static void draw_field(const struct line *line, enum list_field field)
{
    switch (field) {
    case FIELD_TIME: draw_time(line); break;
    case FIELD_VIA: draw_via(line); break;
    case FIELD_TOOLS: draw_tools(line); break;
    case FIELD_LOG: draw_log(line); break;
    case FIELD_DURATION: draw_duration(line); break;
    case FIELD_SCOPE: draw_plain(line, field, line->row->scope_id); break;
    case FIELD_ID:
        draw_text(line->surface, column_x(line, field), line->y, line->columns->w[field], line->row->id,
                  line_style(line, INK_MUTED));
        break;
    case FIELD_CODE: draw_code(line); break;
    case FIELD_STATUS: /* drawn with its glyph */
    case LIST_FIELD_COUNT: break;
    }
}

static void draw_row(struct line *line, struct rect bounds)
{
    const struct list_model *model = line->model;
    struct rect all = {bounds.x, line->y, bounds.w, 1};

    line->status = run_status_of(line->row->status);
    line->is_past = model->has_divider && line->row->created_at <= model->cutoff;
    draw_status(line);
    for (int field = 0; field < LIST_FIELD_COUNT; field++)
        if (line->columns->w[field])
            draw_field(line, (enum list_field)field);
    if (model->is_stale)
        draw_dim(line->surface, all);
    if (line->is_selected)
        draw_ground(line->surface, all, model->is_focused ? GROUND_SELECTED : GROUND_RESTING);
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

/* While a search goes on over rows that are already there, the heading line has room to say so. */
static void draw_search_note(struct surface *surface, struct rect rect, const struct list_model *model,
                             const struct list_columns *columns)
{
    char note[LIST_SEARCH_TEXT];
    list_search_text(model, surface->ascii, note);
    int cells = text_width(text_of(note), surface->ascii);
    int room = columns->w[FIELD_CODE] - (int)strlen("code  ");
    if (cells > room)
        cells = (int)strlen("searching 100%");
    if (cells <= room)
        draw_str(surface, rect.x + rect.w - cells - 1, rect.y, cells, note, STYLE(INK_ACCENT));
}

/* " live since 14:00:03 · 12 new above ", with fewer words where there is no room for all. */
static void divider_note(const struct list_model *model, int form, char out[LIST_SEARCH_TEXT])
{
    char since[TIME_TEXT], count[TIME_TEXT];
    time_format_short(model->live_since, model->time_mode, since);
    count_format(model->new_count, count);
    if (model->new_count <= 0 || form == 2)
        snprintf(out, LIST_SEARCH_TEXT, " live since %.8s ", since);
    else
        snprintf(out, LIST_SEARCH_TEXT, " live since %.8s · %.24s new%s ", since, count,
                 form == 0 ? " above" : "");
}

static void draw_divider(struct surface *surface, struct rect rect, int y, const struct list_model *model)
{
    enum { LEAD = 8, NARROW_LEAD = 3, NARROW = 60 };
    char note[LIST_SEARCH_TEXT];
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

/* A source that fails while rows are shown: they stay, and the last line says what happened. */
static void draw_error_line(struct surface *surface, struct rect rect, const struct list_model *model)
{
    struct rect line = {rect.x, rect.y + rect.h - 1, rect.w, 1};
    struct style style = style_on(STYLE(INK_FAILED), GROUND_BAR);
    draw_fill(surface, line, style);
    draw_str(surface, line.x + 1, line.y, 1, run_status_glyph(STATUS_FAILED, surface->ascii), style);
    int used = draw_text_ellipsis(surface, line.x + 3, line.y, rect.w - 4,
                                  text_of(model->message ? model->message : "the source failed"), style);
    int x = line.x + 3 + used + 2;
    int room = rect.x + rect.w - 1 - x;
    if (room > 8)
        draw_text_ellipsis(surface, x, line.y, room, text_of(model->hint ? model->hint : "r tries again"),
                           style_on(STYLE(INK_MUTED), GROUND_BAR));
}

static void draw_rows(struct surface *surface, struct rect rect, const struct list_model *model,
                      const struct list_columns *columns)
{
    size_t divider = divider_line(model, rect.h);
    size_t capacity = list_capacity(rect.h);
    struct line line = {.surface = surface, .model = model, .columns = columns, .x = rect.x};
    size_t index = model->top;

    for (size_t i = 0; i < capacity; i++) {
        line.y = rect.y + HEADING_LINES + (int)i;
        if (i == divider) {
            draw_divider(surface, rect, line.y, model);
        } else if (index < model->count) {
            line.row = &model->rows[index];
            line.is_selected = (ptrdiff_t)index == model->selected;
            draw_row(&line, rect);
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
    if (model->phase == LIST_ERROR && body.h > 0)
        draw_error_line(surface, rect, model);
    draw_position(surface, rect, model);
}

void list_draw(struct surface *surface, struct rect rect, const struct list_model *model)
{
    struct rect before = surface_clip(surface, rect);
    draw_list(surface, rect, model);
    surface_unclip(surface, before);
}
