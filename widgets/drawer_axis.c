/*
 * The waterfall's axis: labels at round times, the run's whole duration at the end. A label that would touch its neighbour is left out.
 */
#include "widgets/drawer_int.h"

#include "data/base/timefmt.h"

#include <stdio.h>

enum { LABEL_CELLS = 7 }; /* from one label to the next, at least */

/* The smallest round step that leaves room for labels. */
static int64_t step_of(const struct waterfall *scale)
{
    static const int32_t seconds[] = {1,   2,   5,    10,   15,   30,    60,    120,   300,
                                      600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400};
    double ms_a_label = (double)scale->span / scale->bar_w * LABEL_CELLS;
    for (int64_t ms = 1; ms < SECOND_MS; ms *= 10)
        for (int64_t digit = 1; digit <= 5; digit += digit == 1 ? 1 : 3)
            if ((double)(ms * digit) >= ms_a_label)
                return ms * digit;
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
        if ((double)seconds[i] * SECOND_MS >= ms_a_label)
            return (int64_t)seconds[i] * SECOND_MS;
    int64_t days = 1;
    while ((double)days * (double)DAY_MS < ms_a_label)
        days *= 10;
    return days * DAY_MS;
}

/* "0", "200ms", "5s", "2m", "1h 30m", "3d": exact, since steps are round. */
static void label_of(int64_t ms, char out[TIME_TEXT])
{
    long long s = ms / SECOND_MS;
    if (ms == 0)
        snprintf(out, TIME_TEXT, "0");
    else if (ms < SECOND_MS)
        snprintf(out, TIME_TEXT, "%lldms", (long long)ms);
    else if (ms % SECOND_MS)
        snprintf(out, TIME_TEXT, "%.1fs", (double)ms / SECOND_MS);
    else if (s < 60)
        snprintf(out, TIME_TEXT, "%llds", s);
    else if (s < 3600 && s % 60)
        snprintf(out, TIME_TEXT, "%lldm%02llds", s / 60, s % 60);
    else if (s < 3600)
        snprintf(out, TIME_TEXT, "%lldm", s / 60);
    else if (s < 86400 && s % 3600)
        snprintf(out, TIME_TEXT, "%lldh%02lldm", s / 3600, s / 60 % 60);
    else if (s < 86400)
        snprintf(out, TIME_TEXT, "%lldh", s / 3600);
    else
        snprintf(out, TIME_TEXT, "%lldd", s / 86400);
}

static void draw_ticks(struct surface *surface, int x, int y, const struct waterfall *scale, int room)
{
    int64_t step = step_of(scale);
    int free_from = 0;
    for (int64_t t = 0;; t += step) {
        char label[TIME_TEXT];
        label_of(t, label);
        int at = (int)((double)t / (double)scale->span * scale->bar_w), width = str_width(surface, label);
        if (at + width > room)
            return;
        if (at >= free_from) {
            draw_str(surface, x + at, y, width, label, STYLE(INK_MUTED));
            free_from = at + width + 1;
        }
        if (t > scale->span - step)
            return;
    }
}

/* Without bars there is nothing to measure, but the run's duration is still worth its line. */
void drawer_draw_axis(struct surface *surface, int x, int y, const struct drawer *drawer)
{
    const struct waterfall *scale = &drawer->waterfall;
    char whole[TIME_TEXT];
    if (!drawer->doc || !drawer->doc->call_count)
        return;
    duration_format(scale->span, whole);
    if (!scale->bar_w) {
        draw_right(surface, x, y, drawer_text_width(drawer), whole, STYLE(INK_MUTED));
        return;
    }
    int width = str_width(surface, whole);
    draw_ticks(surface, x, y, scale, scale->bar_w - width - 2);
    draw_right(surface, x, y, scale->bar_w, whole, STYLE(INK_MUTED));
}
