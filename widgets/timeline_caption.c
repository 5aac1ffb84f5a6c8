/*
 * At rest the caption says what the axis is: its range, the width of a bar and the zone. With a cursor it says what is
 * under it. Either has several forms, so that a narrow window gets whole words instead of cut ones.
 */
#include "widgets/timeline_caption.h"

#include "widgets/timeline_bar.h"

#include <stdio.h>
#include <string.h>

enum { CAPTION_TEXT = 4 * TIME_TEXT + 16, PIECES_MAX = STATUS_COUNT + 1 };

static enum time_mode absolute(enum time_mode mode)
{
    return mode == TIME_RELATIVE ? TIME_LOCAL : mode;
}

/* ---- at rest ---- */

static void axis_words(const struct timeline_model *model, int form, char out[CAPTION_TEXT])
{
    char width[TIME_TEXT], zone[TIME_TEXT];
    const char *name = model->range_name ? model->range_name : "";
    const char *joint = *name ? " · " : "";
    span_format_words(model->histogram->width, width);
    time_zone_name(model->now, absolute(model->time_mode), zone);
    if (form == 0)
        snprintf(out, CAPTION_TEXT, "%s%.40s%s%s a bar · all times %s", model->is_exact ? "" : "≈ ", name,
                 joint, width, zone);
    else if (form == 1)
        snprintf(out, CAPTION_TEXT, "%s%.40s%s%s a bar · %s", model->is_exact ? "" : "≈ ", name, joint, width,
                 zone);
    else
        snprintf(out, CAPTION_TEXT, "%s%s a bar", model->is_exact ? "" : "≈ ", width);
}

enum { AXIS_FORMS = 3 };

static int draw_axis_words(struct surface *surface, struct rect line, const struct timeline_model *model)
{
    char words[CAPTION_TEXT];
    for (int form = 0; form < AXIS_FORMS; form++) {
        axis_words(model, form, words);
        int cells = str_width(surface, words);
        if (cells > line.w * 11 / 20) /* the axis' own labels need the rest */
            continue;
        draw_str(surface, line.x + line.w - cells, line.y, cells, words, STYLE(INK_MUTED));
        return cells;
    }
    return 0;
}

/* ---- under the cursor ---- */

struct span {
    size_t first, last; /* buckets, both included */
};

static struct span span_of(const struct timeline_model *model)
{
    size_t cursor = (size_t)model->cursor;
    size_t other = model->select_from >= 0 ? (size_t)model->select_from : cursor;
    size_t end = model->histogram->count - 1;
    struct span span = {cursor < other ? cursor : other, cursor < other ? other : cursor};
    span.first = span.first < end ? span.first : end;
    span.last = span.last < end ? span.last : end;
    return span;
}

static void format_date(int64_t t, const struct timeline_model *model, char out[TIME_TEXT])
{
    char row[TIME_TEXT];
    time_format_row(t, absolute(model->time_mode), model->now, row);
    snprintf(out, TIME_TEXT, "%.*s", row[0] >= '0' && row[0] <= '9' ? 10 : 6, row);
}

static void format_clock(int64_t t, const struct timeline_model *model, char out[TIME_TEXT])
{
    char clock[TIME_TEXT];
    time_format_short(t, absolute(model->time_mode), clock);
    snprintf(out, TIME_TEXT, "%.*s", model->histogram->width < MINUTE_MS ? 8 : 5, clock);
}

/* "11:00–11:13", "Nov 20 11:00–11:13", "Nov 20 22:00–Nov 21 02:00", "Nov 20", "Nov 20–Nov 26" */
static void span_words(const struct timeline_model *model, struct span span, char out[CAPTION_TEXT])
{
    const struct histogram *histogram = model->histogram;
    int64_t start = histogram->start + (int64_t)span.first * histogram->width;
    int64_t end = histogram->start + (int64_t)(span.last + 1) * histogram->width;
    char date[TIME_TEXT], last_date[TIME_TEXT], clock[TIME_TEXT], end_clock[TIME_TEXT];
    bool is_long = (int64_t)histogram->count * histogram->width > 2 * DAY_MS;

    format_date(start, model, date);
    format_date(end - 1, model, last_date);
    format_clock(start, model, clock);
    format_clock(end, model, end_clock);
    bool is_one_day = strcmp(date, last_date) == 0;
    if (histogram->width >= DAY_MS && is_one_day)
        snprintf(out, CAPTION_TEXT, "%s", date);
    else if (histogram->width >= DAY_MS)
        snprintf(out, CAPTION_TEXT, "%s–%s", date, last_date);
    else if (!is_one_day)
        snprintf(out, CAPTION_TEXT, "%s %s–%s %s", date, clock, last_date, end_clock);
    else
        snprintf(out, CAPTION_TEXT, "%s%s%s–%s", is_long ? date : "", is_long ? " " : "", clock, end_clock);
}

struct piece {
    char text[CAPTION_TEXT];
    enum ink ink;
};

struct caption {
    struct piece pieces[PIECES_MAX];
    size_t count;
};

static struct bucket sum_of(const struct histogram *histogram, struct span span)
{
    struct bucket sum = {.counts = {0}};
    for (size_t i = span.first; i <= span.last; i++)
        for (int status = 0; status < STATUS_COUNT; status++)
            sum.counts[status] += histogram->buckets[i].counts[status];
    return sum;
}

static void caption_make(struct caption *caption, const struct timeline_model *model)
{
    struct span span = span_of(model);
    struct bucket sum = sum_of(model->histogram, span);
    struct piece *when = &caption->pieces[0];
    char count[TIME_TEXT];

    *caption = (struct caption){.count = 1};
    span_words(model, span, when->text);
    when->ink = INK_STRONG;
    for (int i = 0; i < STATUS_COUNT; i++) {
        enum run_status status = TIMELINE_ORDER[i];
        struct piece *piece = &caption->pieces[caption->count];
        if (!sum.counts[status])
            continue;
        count_format(sum.counts[status], count);
        snprintf(piece->text, sizeof(piece->text), "%s%s %s", model->is_exact ? "" : "≈", count,
                 run_status_label(status));
        piece->ink = status == STATUS_COMPLETED ? INK_MUTED : ink_of_status(status);
        caption->count++;
    }
    if (caption->count == 1)
        caption->pieces[caption->count++] = (struct piece){"no runs", INK_MUTED};
}

static const char *joint_before(size_t piece)
{
    return piece == 0 ? "" : piece == 1 ? ": " : " · ";
}

static int caption_width(const struct surface *surface, const struct caption *caption)
{
    int cells = 0;
    for (size_t i = 0; i < caption->count; i++)
        cells += str_width(surface, joint_before(i)) + str_width(surface, caption->pieces[i].text);
    return cells;
}

static int draw_cursor_words(struct surface *surface, struct rect line, const struct timeline_model *model)
{
    struct caption caption;
    caption_make(&caption, model);
    while (caption.count > 1 && caption_width(surface, &caption) > line.w)
        caption.count--;
    int cells = caption_width(surface, &caption);
    int x = line.x + line.w - cells;
    if (cells > line.w)
        return 0;
    for (size_t i = 0; i < caption.count; i++) {
        x += draw_str(surface, x, line.y, line.w, joint_before(i), STYLE(INK_MUTED));
        x += draw_str(surface, x, line.y, line.w, caption.pieces[i].text, STYLE(caption.pieces[i].ink));
    }
    return cells;
}

int timeline_caption_draw(struct surface *surface, struct rect line, const struct timeline_model *model)
{
    if (model->cursor >= 0)
        return draw_cursor_words(surface, line, model);
    return draw_axis_words(surface, line, model);
}
