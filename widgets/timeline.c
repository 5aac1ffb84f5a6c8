/*
 * The timeline. The whole width stands for the whole range: where there are fewer buckets than columns some bars are a cell
 * wider than others, and where there are more (the window shrank, new counts are on their way) a bar is the sum of several.
 */
#include "widgets/timeline.h"

#include "widgets/timeline_bar.h"
#include "widgets/timeline_caption.h"

#include <stdio.h>
#include <string.h>

enum {
    COUNT_CELLS = 4,
    GAPPED_BAR = 3,  /* bars at least this wide stand apart from each other */
    TICK_CELLS = 10, /* room that a label and the space around it want */
    TICKS_MAX = 64,
};

/* ---- where things stand ---- */

/* What is drawn where: bars rows, the axis line, the label line, as far as there is room. */
struct plot {
    struct rect bars;
    int axis_y, label_y; /* -1: no room */
    size_t bar_count;
    const struct histogram *histogram;
};

size_t timeline_columns(int width)
{
    return width > TIMELINE_GUTTER ? (size_t)(width - TIMELINE_GUTTER) : 0;
}

int timeline_bar_width(int width, size_t buckets)
{
    if (buckets == 0)
        return 0;
    size_t cells = timeline_columns(width) / buckets;
    return cells ? (int)cells : 1;
}

static bool has_bars(const struct timeline_model *model)
{
    return model->histogram && model->histogram->width > 0 && model->histogram->count > 0;
}

static struct plot plot_of(struct rect rect, const struct timeline_model *model)
{
    int columns = (int)timeline_columns(rect.w);
    int below = rect.h >= 3 ? 2 : rect.h == 2 ? 1 : 0;
    struct plot plot = {
        .bars = {rect.x + TIMELINE_GUTTER, rect.y, columns, rect.h - below},
        .axis_y = below == 2 ? rect.y + rect.h - 2 : -1,
        .label_y = below ? rect.y + rect.h - 1 : -1,
        .histogram = model->histogram,
    };
    if (has_bars(model) && columns > 0) {
        size_t count = model->histogram->count;
        plot.bar_count = count < (size_t)columns ? count : (size_t)columns;
    }
    return plot;
}

static int bar_x(const struct plot *plot, size_t bar)
{
    return plot->bars.x + (int)(bar * (size_t)plot->bars.w / plot->bar_count);
}

static size_t bucket_of_bar(const struct plot *plot, size_t bar)
{
    return bar * plot->histogram->count / plot->bar_count;
}

static size_t bar_of_bucket(const struct plot *plot, size_t bucket)
{
    size_t count = plot->histogram->count;
    bucket = bucket < count ? bucket : count - 1;
    size_t bar = bucket * plot->bar_count / count;
    while (bar + 1 < plot->bar_count && bucket_of_bar(plot, bar + 1) <= bucket)
        bar++;
    return bar;
}

ptrdiff_t timeline_bucket_at(struct rect rect, const struct timeline_model *model, int x)
{
    struct plot plot = plot_of(rect, model);
    if (plot.bar_count == 0 || x < plot.bars.x || x >= plot.bars.x + plot.bars.w)
        return -1;
    size_t bar = (size_t)(x - plot.bars.x) * plot.bar_count / (size_t)plot.bars.w;
    while (bar + 1 < plot.bar_count && bar_x(&plot, bar + 1) <= x)
        bar++;
    return (ptrdiff_t)bucket_of_bar(&plot, bar);
}

static int time_x(const struct plot *plot, int64_t t)
{
    const struct histogram *histogram = plot->histogram;
    double span = (double)histogram->width * (double)histogram->count;
    return plot->bars.x + (int)((double)(t - histogram->start) / span * plot->bars.w);
}

/* ---- bars ---- */

static struct bucket bar_sum(const struct plot *plot, size_t bar)
{
    struct bucket sum = {.counts = {0}};
    for (size_t i = bucket_of_bar(plot, bar); i < bucket_of_bar(plot, bar + 1); i++)
        for (int status = 0; status < STATUS_COUNT; status++)
            sum.counts[status] += plot->histogram->buckets[i].counts[status];
    return sum;
}

/* The number at the top of the count axis: the peak, rounded up to one that is easily read. */
static uint32_t nice_ceiling(uint32_t peak)
{
    static const uint64_t steps[] = {10, 12, 15, 20, 25, 30, 40, 50, 60, 80};
    if (peak <= 10)
        return peak;
    for (uint64_t unit = 1;; unit *= 10)
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
            if (steps[i] * unit >= peak)
                return steps[i] * unit > UINT32_MAX ? UINT32_MAX : (uint32_t)(steps[i] * unit);
}

static uint32_t scale_of(const struct plot *plot)
{
    uint32_t peak = 0;
    for (size_t bar = 0; bar < plot->bar_count; bar++) {
        struct bucket sum = bar_sum(plot, bar);
        uint32_t total = bucket_total(&sum);
        peak = total > peak ? total : peak;
    }
    return nice_ceiling(peak);
}

static void draw_bars(struct surface *surface, const struct plot *plot, uint32_t scale)
{
    bool is_gapped = plot->bars.w / (int)plot->bar_count >= GAPPED_BAR;
    for (size_t bar = 0; bar < plot->bar_count; bar++) {
        struct bucket sum = bar_sum(plot, bar);
        int x = bar_x(plot, bar);
        int next = bar + 1 < plot->bar_count ? bar_x(plot, bar + 1) : plot->bars.x + plot->bars.w;
        struct rect column = {x, plot->bars.y, next - x - is_gapped, plot->bars.h};
        timeline_bar_draw(surface, column, &sum, scale);
    }
}

/* ---- axes ---- */

static void draw_count(struct surface *surface, const struct plot *plot, int row, uint32_t count)
{
    char text[TIME_TEXT];
    int x = plot->bars.x - TIMELINE_GUTTER;
    count_format_short(count, text);
    draw_right(surface, x, plot->bars.y + row, COUNT_CELLS, text, STYLE(INK_MUTED));
    draw_str(surface, plot->bars.x - 1, plot->bars.y + row, 1, pick(surface, "┤", "+"), STYLE(INK_FAINT));
}

static void draw_count_axis(struct surface *surface, const struct plot *plot, uint32_t scale)
{
    int rows = plot->bars.h;
    draw_vline(surface, plot->bars.x - 1, plot->bars.y, rows, STYLE(INK_FAINT));
    if (scale)
        draw_count(surface, plot, 0, scale);
    if (rows >= 6 && rows % 2 == 0 && scale % 2 == 0 && scale)
        draw_count(surface, plot, rows / 2, scale / 2);
}

struct ticks {
    int64_t times[TICKS_MAX];
    size_t count;
    int64_t step;
    enum time_mode mode;
};

static struct ticks ticks_of(const struct plot *plot, const struct timeline_model *model)
{
    struct ticks ticks = {.mode = model->time_mode == TIME_RELATIVE ? TIME_LOCAL : model->time_mode};
    const struct histogram *histogram = plot->histogram;
    struct time_range range = {histogram->start,
                               histogram->start + (int64_t)histogram->count * histogram->width};
    size_t max = (size_t)(plot->bars.w / TICK_CELLS);
    max = max < TICKS_MAX ? max : TICKS_MAX;
    if (max)
        ticks.count = axis_ticks(range, ticks.mode, ticks.times, max, &ticks.step);
    return ticks;
}

static void draw_axis_line(struct surface *surface, const struct plot *plot, const struct ticks *ticks)
{
    draw_hline(surface, plot->bars.x, plot->axis_y, plot->bars.w, STYLE(INK_FAINT));
    draw_str(surface, plot->bars.x - 1, plot->axis_y, 1, pick(surface, "└", "+"), STYLE(INK_FAINT));
    for (size_t i = 0; i < ticks->count; i++)
        draw_str(surface, time_x(plot, ticks->times[i]), plot->axis_y, 1, pick(surface, "┴", "+"),
                 STYLE(INK_FAINT));
}

/* A midnight is named by the day that it begins. */
static void label_of(const struct ticks *ticks, size_t i, bool with_date, char out[TIME_TEXT])
{
    axis_label(ticks->times[i], ticks->step, ticks->mode, false, out);
    if (with_date && strncmp(out, "00:00", 5) == 0)
        axis_label(ticks->times[i], DAY_MS, ticks->mode, false, out);
    else if (with_date)
        axis_label(ticks->times[i], ticks->step, ticks->mode, true, out);
}

static bool starts_day(const struct ticks *ticks, size_t i)
{
    char date[TIME_TEXT], previous[TIME_TEXT];
    if (i == 0)
        return true;
    axis_label(ticks->times[i], DAY_MS, ticks->mode, false, date);
    axis_label(ticks->times[i - 1], DAY_MS, ticks->mode, false, previous);
    return strcmp(date, previous) != 0;
}

/* Where a label of that width stands under a tick; only at the very left it may be moved. -1: no room. */
static int label_x(int tick_x, int cells, int free_x, int left, int end)
{
    int x = tick_x - cells / 2;
    if (x < left && free_x == left && tick_x <= left + cells)
        x = left;
    return x < free_x || x + cells > end ? -1 : x;
}

/* Labels never stand in one another's way and none of them is cut: one without room loses its date, or is left out. */
static void draw_labels(struct surface *surface, const struct plot *plot, const struct ticks *ticks, int end)
{
    int left = plot->bars.x - TIMELINE_GUTTER;
    int free_x = left;
    for (size_t i = 0; i < ticks->count; i++) {
        int tick = time_x(plot, ticks->times[i]);
        bool with_date = starts_day(ticks, i);
        char label[TIME_TEXT];
        label_of(ticks, i, with_date, label);
        int x = label_x(tick, str_width(surface, label), free_x, left, end);
        if (x < 0 && with_date) {
            label_of(ticks, i, false, label);
            x = label_x(tick, str_width(surface, label), free_x, left, end);
        }
        if (x >= 0)
            free_x = x + draw_str(surface, x, plot->label_y, end - x, label, STYLE(INK_MUTED)) + 2;
    }
}

/* ---- cursor and selection ---- */

static struct rect bars_rect(const struct plot *plot, size_t from, size_t to)
{
    int x = bar_x(plot, from);
    int end = to + 1 < plot->bar_count ? bar_x(plot, to + 1) : plot->bars.x + plot->bars.w;
    return (struct rect){x, plot->bars.y, end - x, plot->bars.h};
}

static void draw_cursor(struct surface *surface, const struct plot *plot, const struct timeline_model *model)
{
    size_t cursor = bar_of_bucket(plot, (size_t)model->cursor);
    size_t other = model->select_from >= 0 ? bar_of_bucket(plot, (size_t)model->select_from) : cursor;
    struct rect brush = bars_rect(plot, cursor < other ? cursor : other, cursor < other ? other : cursor);
    struct rect bar = bars_rect(plot, cursor, cursor);
    struct style style = STYLE(model->is_focused ? INK_ACCENT : INK_MUTED);

    draw_ground(surface, brush, GROUND_BRUSH);
    if (plot->axis_y < 0)
        return;
    for (int i = 0; i < brush.w; i++)
        draw_str(surface, brush.x + i, plot->axis_y, 1, pick(surface, "━", "="), style);
    draw_str(surface, bar.x + (bar.w - 1) / 2, plot->axis_y, 1, pick(surface, "▲", "^"), style);
}

/* ---- all of it ---- */

static void draw_empty(struct surface *surface, struct rect rect, const struct plot *plot,
                       const struct timeline_model *model)
{
    struct ticks none = {.count = 0};
    draw_count_axis(surface, plot, 0);
    if (plot->axis_y >= 0)
        draw_axis_line(surface, plot, &none);
    const char *words = model->is_exact ? "no runs" : model->is_lost ? "not counted" : "counting…";
    if (plot->label_y >= 0)
        draw_right(surface, rect.x, plot->label_y, rect.w, words, STYLE(INK_FAINT));
}

/* At rest it ends the axis line, where it takes no label's place; the cursor wants that line for itself. Returns the cells that are taken of the labels'
 * line. */
static int draw_caption(struct surface *surface, struct rect rect, const struct plot *plot,
                        const struct timeline_model *model)
{
    bool is_on_axis = model->cursor < 0 && plot->axis_y >= 0;
    struct rect line = {rect.x, is_on_axis ? plot->axis_y : plot->label_y, rect.w, 1};
    if (line.y < 0)
        return 0;
    int cells = timeline_caption_draw(surface, line, model);
    if (!is_on_axis)
        return cells ? cells + 3 : 0;
    if (cells)
        draw_fill(surface, (struct rect){rect.x + rect.w - cells - 1, line.y, 1, 1}, STYLE(INK_DEFAULT));
    return 0;
}

static void draw_timeline(struct surface *surface, struct rect rect, const struct timeline_model *model)
{
    struct plot plot = plot_of(rect, model);
    draw_fill(surface, rect, STYLE(INK_DEFAULT));
    if (plot.bars.w <= 0 || rect.h <= 0)
        return;
    if (plot.bar_count == 0) {
        draw_empty(surface, rect, &plot, model);
        return;
    }
    uint32_t scale = scale_of(&plot);
    struct ticks ticks = ticks_of(&plot, model);
    draw_bars(surface, &plot, scale);
    draw_count_axis(surface, &plot, scale);
    if (plot.axis_y >= 0)
        draw_axis_line(surface, &plot, &ticks);
    if (model->is_stale)
        draw_dim(surface, rect);
    if (model->cursor >= 0)
        draw_cursor(surface, &plot, model);
    int taken = draw_caption(surface, rect, &plot, model);
    if (plot.label_y >= 0)
        draw_labels(surface, &plot, &ticks, rect.x + rect.w - taken);
}

void timeline_draw(struct surface *surface, struct rect rect, const struct timeline_model *model)
{
    struct rect before = surface_clip(surface, rect);
    draw_timeline(surface, rect, model);
    surface_unclip(surface, before);
}
