/*
 * A row is read from left to right as a sentence: how it ended, when, by what, at what cost, and what it was. What went well
 * is quiet and what did not stands out; every cell is aligned with its heading, and numbers with each other.
 */
#include "widgets/list_row.h"

#include "data/base/utf8.h"

#include <stdio.h>
#include <string.h>

/* On the selected row's ground what is quiet elsewhere is plain: it is the row that is read. */
static struct style line_style(const struct list_line *line, enum ink ink)
{
    bool is_quiet = ink == INK_MUTED || ink == INK_FAINT || ink == INK_TRIGGER;
    if (line->is_selected && is_quiet && !line->is_past)
        return STYLE(INK_DEFAULT);
    return STYLE(line->is_past && ink != INK_FAINT ? INK_MUTED : ink);
}

static int column_x(const struct list_line *line, enum list_field field)
{
    return line->x + line->columns->x[field];
}

static void draw_status(const struct list_line *line)
{
    enum run_status status = line->status;
    enum ink ink = status == STATUS_COMPLETED ? INK_MUTED : ink_of_status(status);
    enum ink glyph_ink = ink_of_status(status);
    bool is_loud = status == STATUS_FAILED || !line->is_past;
    struct text word = status == STATUS_OTHER ? line->row->status : text_of(run_status_label(status));

    draw_str(line->surface, line->x + LIST_GLYPH_X, line->y, 1,
             run_status_glyph(status, line->surface->ascii), STYLE(is_loud ? glyph_ink : INK_MUTED));
    struct style style = is_loud && ink != INK_MUTED ? STYLE(ink) : line_style(line, INK_MUTED);
    if (line->columns->w[FIELD_STATUS])
        draw_text_ellipsis(line->surface, column_x(line, FIELD_STATUS), line->y,
                           line->columns->w[FIELD_STATUS], word, style);
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

static void draw_time(const struct list_line *line)
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

static void draw_via(const struct list_line *line)
{
    bool is_known = !text_is_null(line->row->trigger_kind);
    struct text word = is_known ? line->row->trigger_kind : TEXT_LIT("unknown");
    draw_text_ellipsis(line->surface, column_x(line, FIELD_VIA), line->y, line->columns->w[FIELD_VIA], word,
                       line_style(line, is_known ? INK_TRIGGER : INK_MUTED));
}

static enum ink tools_ink(const struct list_line *line)
{
    if (line->row->tool_call_count <= 0)
        return INK_FAINT;
    return line->status == STATUS_COMPLETED ? INK_MUTED : INK_DEFAULT;
}

/* The store counts the calls of a run when it ends. */
static void draw_tools(const struct list_line *line)
{
    char count[TIME_TEXT];
    bool is_known = line->row->tool_call_count > 0 || run_status_is_terminal(line->status);
    count_format(line->row->tool_call_count, count);
    if (!is_known)
        snprintf(count, sizeof count, "–");
    else if (strlen(count) > (size_t)line->columns->w[FIELD_TOOLS])
        count_format_short(line->row->tool_call_count, count);
    draw_right(line->surface, column_x(line, FIELD_TOOLS), line->y, line->columns->w[FIELD_TOOLS], count,
               line_style(line, tools_ink(line)));
}

/* "1E 2W"; many of both are "1.2kE…", as then the warnings matter least. */
static void draw_log(const struct list_line *line)
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

static enum ink duration_ink(const struct list_line *line, int64_t duration)
{
    if (duration == DURATION_NONE)
        return INK_FAINT;
    if (duration > SLOW_MS)
        return line->status == STATUS_FAILED ? INK_FAILED : INK_WARN;
    return line->status == STATUS_COMPLETED ? INK_MUTED : INK_DEFAULT;
}

static bool is_ticking(const struct list_line *line)
{
    const struct run_row *row = line->row;
    return (line->status == STATUS_RUNNING || line->status == STATUS_WAITING) &&
           row->started_at != TIME_NONE && row->completed_at == TIME_NONE;
}

/* The "…" of an age stands right of the column, so that the digits stay aligned with finished ones. */
static void draw_duration(const struct list_line *line)
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

static void draw_plain(const struct list_line *line, enum list_field field, struct text value)
{
    draw_text_ellipsis(line->surface, column_x(line, field), line->y, line->columns->w[field], value,
                       line_style(line, INK_MUTED));
}

static void draw_code(const struct list_line *line)
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
    draw_str(surface, x + used, line->y, 1, "…", style);
}

static void draw_field(const struct list_line *line, enum list_field field)
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

void list_row_draw(const struct list_line *line, int width)
{
    const struct list_model *model = line->model;
    struct rect all = {line->x, line->y, width, 1};

    draw_status(line);
    for (int field = 0; field < LIST_FIELD_COUNT; field++)
        if (line->columns->w[field])
            draw_field(line, (enum list_field)field);
    if (model->is_stale)
        draw_dim(line->surface, all);
    if (line->is_selected)
        draw_ground(line->surface, all, model->is_focused ? GROUND_SELECTED : GROUND_RESTING);
}
