/*
 * The second tab: a run's tool calls as a waterfall on its time scale. A call is a bar, its name and its duration, in that order of what gives way; below it,
 * unfolded, what went in and what came out.
 */
#include "widgets/drawer_int.h"

#include "data/base/timefmt.h"
#include "data/base/utf8.h"

#include <stdio.h>

enum {
    GLYPH_CELLS = 2,
    DURATION_CELLS = 8,
    BAR_GAP = 2,
    BAR_MIN = 12,
    NAME_MIN = 16,
    DETAIL_INDENT = 2,
    EIGHTHS = 8
};
enum { FACT_AT = 400, FACT_NAME, FACT_NONE };

/* ---- the scale ---- */

static bool is_running(const struct drawer *drawer)
{
    return !run_status_is_terminal(run_status_of(drawer->doc->detail->detail.run.status));
}

static int64_t later(int64_t t, int64_t ms)
{
    int64_t sum;
    return t == TIME_NONE || ms == DURATION_NONE || __builtin_add_overflow(t, ms, &sum) ? TIME_NONE : sum;
}

static int64_t span_of(int64_t from, int64_t to)
{
    int64_t span;
    return from == TIME_NONE || to == TIME_NONE || __builtin_sub_overflow(to, from, &span) ? 0 : span;
}

static int64_t end_of_run(const struct drawer *drawer)
{
    const struct run *run = &drawer->doc->detail->detail.run;
    return run->completed_at == TIME_NONE && is_running(drawer) ? drawer->in.now : run->completed_at;
}

/* TIME_NONE: it has not ended. */
static int64_t end_of_call(const struct tool_call *call)
{
    if (call->completed_at != TIME_NONE)
        return call->completed_at;
    return call->duration_ms == DURATION_NONE ? TIME_NONE : later(call->started_at, call->duration_ms);
}

/* Where a run says nothing sensible of its own time, its calls do. */
static void scale_by_calls(const struct drawer *drawer, struct waterfall *scale)
{
    int64_t start = TIME_NONE, end = TIME_NONE;
    for (size_t i = 0; i < drawer->doc->call_count; i++) {
        const struct tool_call *call = drawer->doc->calls[i].call;
        int64_t call_end = end_of_call(call);
        if (start == TIME_NONE || call->started_at < start)
            start = call->started_at;
        if (call_end != TIME_NONE && (end == TIME_NONE || call_end > end))
            end = call_end;
    }
    scale->start = start;
    scale->span = span_of(start, end);
}

static int name_width(const struct drawer *drawer, int width)
{
    int want = drawer->name_cells + GLYPH_CELLS, most = width * 2 / 5;
    most = most > NAME_MIN ? most : NAME_MIN;
    return want < most ? want : most;
}

void drawer_scale(struct drawer *drawer)
{
    struct waterfall *scale = &drawer->waterfall;
    const struct run *run = &drawer->doc->detail->detail.run;
    int width = drawer_text_width(drawer);
    scale->start = run->started_at != TIME_NONE ? run->started_at : run->created_at;
    scale->span = span_of(scale->start, end_of_run(drawer));
    if (scale->span <= 0)
        scale_by_calls(drawer, scale);
    if (scale->span <= 0)
        scale->span = 1;
    scale->name_w = name_width(drawer, width);
    scale->bar_w = width - scale->name_w - DURATION_CELLS - BAR_GAP;
    if (scale->bar_w < BAR_MIN) {
        scale->bar_w = 0;
        scale->name_w = width - DURATION_CELLS;
    }
}

/* ---- a bar ---- */

struct bar {
    int from, to; /* in eighths of a cell */
    bool is_failed, is_open;
};

static int eighth_of(const struct waterfall *scale, int64_t t)
{
    double part = ((double)t - (double)scale->start) / (double)scale->span * scale->bar_w * EIGHTHS;
    double most = (double)scale->bar_w * EIGHTHS;
    return (int)(part > 0 ? (part < most ? part : most) : 0);
}

static struct bar bar_of(const struct drawer *drawer, const struct tool_call *call)
{
    const struct waterfall *scale = &drawer->waterfall;
    struct bar bar = {.is_failed = text_is(call->status, "failed"),
                      .is_open = text_is(call->status, "running")};
    int64_t end = end_of_call(call);
    int most = scale->bar_w * EIGHTHS;
    bar.from = call->started_at == TIME_NONE ? 0 : eighth_of(scale, call->started_at);
    bar.to = bar.is_open ? most : end == TIME_NONE ? bar.from : eighth_of(scale, end);
    if (bar.from > most - 1)
        bar.from = most - 1;
    if (bar.to <= bar.from)
        bar.to = bar.from + 1;
    return bar;
}

static const char *bar_cell(const struct bar *bar, int cell)
{
    static const char *const from_left[] = {"·", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    static const char *const open_end[] = {"░", "▒", "▓"};
    int low = cell * EIGHTHS, high = low + EIGHTHS;
    int from = bar->from > low ? bar->from : low, to = bar->to < high ? bar->to : high;
    int cells_left = (bar->to - 1) / EIGHTHS - cell;
    if (to <= from)
        return "·";
    if (bar->is_open && cells_left < 3)
        return open_end[cells_left];
    if (from == low)
        return from_left[to - low];
    if (to == high)
        return to - from > 2 ? "▐" : "▕";
    return from - low < 4 ? from_left[to - from] : "▐";
}

static const char *bar_cell_ascii(const struct bar *bar, int cell)
{
    int low = cell * EIGHTHS, first = bar->from / EIGHTHS, last = (bar->to - 1) / EIGHTHS;
    bool is_edge = cell == last && cell != first && bar->to - low < EIGHTHS / 2;
    if (cell < first || cell > last || is_edge)
        return ".";
    if (bar->is_open)
        return ">";
    return bar->is_failed ? "x" : "#";
}

static void draw_bar(struct pen *pen, const struct bar *bar, int cells, struct style style)
{
    int first = bar->from / EIGHTHS, last = (bar->to - 1) / EIGHTHS;
    for (int cell = 0; cell < cells; cell++) {
        bool is_track = cell < first || cell > last;
        const char *glyph = pen->ascii ? bar_cell_ascii(bar, cell) : bar_cell(bar, cell);
        draw_str(pen->surface, pen->x + cell, pen_line_y(pen), 1, glyph, is_track ? STYLE(INK_FAINT) : style);
    }
}

/* ---- a call's row ---- */

static enum run_status status_of_call(const struct tool_call *call)
{
    return run_status_of(call->status); /* running, completed, failed: the same words */
}

static void words_of_duration(const struct drawer *drawer, const struct tool_call *call, char out[TIME_TEXT])
{
    int64_t ms = call->duration_ms;
    if (ms == DURATION_NONE && call->completed_at != TIME_NONE)
        ms = span_of(call->started_at, call->completed_at);
    if (ms == DURATION_NONE && text_is(call->status, "running") && is_running(drawer))
        ms = span_of(call->started_at, drawer->in.now);
    duration_format(ms, out);
}

static void write_name(struct pen *pen, struct text name, int cells, struct style style)
{
    if (pen->gathered)
        buf_text(pen->gathered, name);
    if (!pen_is_drawing(pen))
        return;
    int x = pen->x + pen->col, y = pen_line_y(pen);
    if (pen->needle && text_width(name, pen->ascii) <= cells)
        draw_text_match(pen->surface, x, y, cells, name, style, pen->needle);
    else
        draw_text_ellipsis(pen->surface, x, y, cells, name, style);
}

void write_call(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen)
{
    (void)i;
    const struct tool_call *call = drawer->doc->calls[block->index].call;
    const struct waterfall *scale = &drawer->waterfall;
    enum run_status status = status_of_call(call);
    enum ink ink = ink_of_status(status);
    bool is_calm = status == STATUS_COMPLETED;
    struct bar bar = bar_of(drawer, call);
    char duration[TIME_TEXT];
    words_of_duration(drawer, call, duration);
    if (scale->bar_w && pen_is_drawing(pen))
        draw_bar(pen, &bar, scale->bar_w, STYLE(ink));
    pen_gap(pen, scale->bar_w ? scale->bar_w + BAR_GAP : 0);
    if (!is_calm && pen_is_drawing(pen))
        draw_str(pen->surface, pen->x + pen->col, pen_line_y(pen), 1, run_status_glyph(status, pen->ascii),
                 STYLE(ink));
    pen_gap(pen, GLYPH_CELLS);
    struct style name = is_calm ? STYLE(INK_DEFAULT) : status == STATUS_FAILED ? STYLE_BOLD(ink) : STYLE(ink);
    write_name(pen, call->tool_path, scale->name_w - GLYPH_CELLS, name);
    pen_gap(pen, scale->name_w - GLYPH_CELLS);
    pen_margin(pen, DURATION_CELLS, duration, STYLE(is_calm ? INK_MUTED : ink));
}

/* ---- what is below a call ---- */

/* "at +2.46s · 11:09:33.664" */
static void list_when(struct drawer *drawer, struct block_list *list, const struct tool_call *call,
                      uint64_t key)
{
    char offset[TIME_TEXT], clock[TIME_TEXT];
    const struct run *run = &drawer->doc->detail->detail.run;
    int64_t into = span_of(run->started_at, call->started_at);
    struct fact *fact = drawer_fact(drawer, "");
    duration_format(into, offset);
    time_format_short(call->started_at, drawer->in.time_mode == TIME_IN_UTC ? TIME_IN_UTC : TIME_LOCAL,
                      clock);
    fact->is_flush = true;
    fact_text(fact, call->status, STYLE(ink_of_status(status_of_call(call))));
    fact_words(drawer, fact, STYLE(INK_MUTED), " · started at %s%s · %s", into < 0 ? "" : "+", offset, clock);
    drawer_list_fact(drawer, list, DETAIL_INDENT, FACT_AT, key);
}

static void list_name(struct drawer *drawer, struct block_list *list, const struct tool_call *call,
                      uint64_t key)
{
    if (text_width(call->tool_path, drawer->in.ascii) <= drawer->waterfall.name_w - GLYPH_CELLS)
        return;
    struct fact *fact = drawer_fact(drawer, "");
    fact->is_flush = true;
    fact_text(fact, call->tool_path, STYLE(INK_DEFAULT));
    drawer_list_fact(drawer, list, DETAIL_INDENT, FACT_NAME, key);
}

static void list_details(struct drawer *drawer, struct block_list *list, size_t i)
{
    const struct tool_call *call = drawer->doc->calls[i].call;
    uint64_t key = drawer_call_part(drawer, i, CALL_SELF)->key;
    list_name(drawer, list, call, key);
    list_when(drawer, list, call, key);
    drawer_payload(drawer, list, drawer_call_part(drawer, i, CALL_ARGS), "args", call->args_json);
    drawer_payload(drawer, list, drawer_call_part(drawer, i, CALL_ERROR), "error", call->error_text);
    drawer_payload(drawer, list, drawer_call_part(drawer, i, CALL_RESULT), "result", call->result_json);
}

static void list_call(struct drawer *drawer, struct block_list *list, size_t i)
{
    struct part *part = drawer_call_part(drawer, i, CALL_SELF);
    blocks_add(list, &(struct block){.kind = BLOCK_CALL,
                                     .key = drawer_key(part->key, BLOCK_CALL),
                                     .part = part,
                                     .index = i,
                                     .count = 1});
    if (!part->is_closed || list->is_unfolded)
        list_details(drawer, list, i);
}

static void list_none(struct drawer *drawer, struct block_list *list)
{
    int64_t counted = drawer->doc->detail->detail.run.tool_call_count;
    struct fact *fact = drawer_fact(drawer, "");
    fact->is_flush = true;
    if (counted > 0)
        fact_words(drawer, fact, STYLE(INK_MUTED),
                   "The run counts %lld tool calls; none of them is recorded.", (long long)counted);
    else
        fact_words(drawer, fact, STYLE(INK_MUTED),
                   is_running(drawer) ? "No tool calls yet." : "This run made no tool calls.");
    drawer_list_fact(drawer, list, 0, FACT_NONE, 0);
}

void drawer_list_calls(struct drawer *drawer, struct block_list *list)
{
    if (drawer->doc->detail->lacks_calls)
        return;
    if (!drawer->doc->call_count) {
        list_none(drawer, list);
        return;
    }
    for (size_t i = 0; i < drawer->doc->call_count; i++)
        list_call(drawer, list, i);
    blocks_blank(list);
    drawer_fact_peers(drawer, list, "");
    drawer_fact_time(drawer, list, "started", drawer->doc->detail->detail.run.started_at);
}
