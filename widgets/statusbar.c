/*
 * The header and the footer. The header has more to say than a narrow terminal has room for, so it is a row of parts with
 * a table of what gives way first; what remains is never cut in the middle, but for the source, which keeps its end.
 */
#include "widgets/statusbar.h"

#include "data/base/utf8.h"
#include "widgets/tally_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PART_TEXT = 160, SOURCE_CELLS_MIN = 10, GAP = 2, WIDE_GAP = 3, WIDE = 100, ROOMY = 128 };

enum part_id {
    PART_NAME,
    PART_SOURCE,
    PART_LOST,
    PART_SCOPE,
    PART_COUNT_RUNS,
    PART_LIVE,
    PART_NEW,
    PART_FAILED,
    PART_PROGRESS,
    PART_CLOCK,
    PARTS,
};

struct part {
    char text[PART_TEXT]; /* empty: not there */
    int cells;
    enum ink ink;
};

struct header {
    const struct header_model *model;
    const struct surface *surface;
    struct part parts[PARTS];
    int width, gap;
};

static void part_set(struct header *header, enum part_id id, enum ink ink, const char *text)
{
    struct part *part = &header->parts[id];
    snprintf(part->text, sizeof(part->text), "%s", text);
    part->cells = str_width(header->surface, part->text);
    part->ink = ink;
}

static void part_drop(struct header *header, enum part_id id)
{
    header->parts[id] = (struct part){.text = ""};
}

/* ---- what the parts say ---- */

static void set_count(struct header *header, bool is_short)
{
    const struct header_model *model = header->model;
    char filtered[TIME_TEXT], total[TIME_TEXT], text[PART_TEXT];
    tally_format(model->filtered, filtered);
    tally_format(model->total, total);
    if (model->has_filter && !is_short)
        snprintf(text, sizeof(text), "%s of %s runs", filtered, total);
    else if (model->has_filter)
        snprintf(text, sizeof(text), "%s run%s", filtered, model->filtered.n == 1 ? "" : "s");
    else
        snprintf(text, sizeof(text), "%s run%s", total, model->total.n == 1 ? "" : "s");
    part_set(header, PART_COUNT_RUNS, INK_STRONG, text);
}

/* "2s", "1m": an interval that follows the source's pace is no round number. */
static void interval_format(int64_t ms, char out[TIME_TEXT])
{
    enum { LONG_S = 90 };
    int64_t seconds = (ms + SECOND_MS / 2) / SECOND_MS;
    if (ms < SECOND_MS)
        span_format(ms, out);
    else if (seconds < LONG_S && seconds != 60)
        snprintf(out, TIME_TEXT, "%" PRId64 "s", seconds);
    else
        snprintf(out, TIME_TEXT, "%" PRId64 "m", (seconds + 30) / 60);
}

/* What is lost is tried less and less often: no interval is true for long. */
static void set_live(struct header *header, bool is_short)
{
    const struct header_model *model = header->model;
    char span[TIME_TEXT] = "", text[PART_TEXT];
    if (model->is_lost && !is_short && header->width >= ROOMY)
        snprintf(span, sizeof span, "tries again");
    else if (!model->is_lost && !is_short && model->live_interval_ms > 0)
        interval_format(model->live_interval_ms, span);
    snprintf(text, sizeof(text), "%s LIVE%s%s", run_status_glyph(STATUS_RUNNING, header->surface->ascii),
             span[0] ? " " : "", span);
    part_set(header, PART_LIVE, model->is_lost ? INK_MUTED : INK_ACCENT, text);
}

static void set_news(struct header *header)
{
    char count[TIME_TEXT], text[PART_TEXT];
    if (header->model->new_count > 0) {
        count_format(header->model->new_count, count);
        snprintf(text, sizeof(text), "+%s new", count);
        part_set(header, PART_NEW, INK_DEFAULT, text);
    }
    if (header->model->new_failed > 0) {
        count_format(header->model->new_failed, count);
        snprintf(text, sizeof(text), "%s failed", count);
        part_set(header, PART_FAILED, INK_FAILED, text);
    }
}

static void set_lost(struct header *header)
{
    char text[PART_TEXT];
    const char *as_of = header->model->as_of;
    snprintf(text, sizeof(text), "%s cannot be read%s%s",
             run_status_glyph(STATUS_FAILED, header->surface->ascii), as_of ? " · " : "", as_of ? as_of : "");
    part_set(header, PART_LOST, INK_FAILED, text);
}

static void set_parts(struct header *header)
{
    const struct header_model *model = header->model;
    part_set(header, PART_NAME, INK_STRONG, "executor-runs");
    part_set(header, PART_SOURCE, INK_MUTED, model->source ? model->source : "");
    part_set(header, PART_SCOPE, INK_DEFAULT, model->scope ? model->scope : "");
    part_set(header, PART_CLOCK, INK_MUTED, model->clock ? model->clock : "");
    set_count(header, false);
    if (model->is_lost)
        set_lost(header);
    if (model->is_live) {
        set_live(header, false);
        set_news(header);
    }
    if (!model->is_lost && model->progress >= 0 && model->progress < 1) {
        char text[PART_TEXT];
        snprintf(text, sizeof(text), "counting %d%%", (int)(model->progress * 100));
        part_set(header, PART_PROGRESS, INK_FAINT, text);
    }
}

/* ---- what fits ---- */

static int gap_before(const struct header *header, enum part_id id)
{
    if (id == PART_FAILED && header->parts[PART_NEW].cells)
        return 3; /* " · " */
    return id == PART_COUNT_RUNS || id == PART_LIVE || id == PART_CLOCK ? header->gap : GAP;
}

/* Cells of all parts with the source as short as it may be. */
static int least_width(const struct header *header)
{
    int width = 0;
    for (int id = 0; id < PARTS; id++) {
        int cells = header->parts[id].cells;
        if (id == PART_SOURCE && cells > SOURCE_CELLS_MIN)
            cells = SOURCE_CELLS_MIN;
        if (cells)
            width += cells + (width ? gap_before(header, (enum part_id)id) : 0);
    }
    return width;
}

static void give_way(struct header *header, int step)
{
    static const enum part_id order[] = {PART_PROGRESS, PART_SCOPE, PART_SOURCE,     PART_NAME,
                                         PART_CLOCK,    PARTS,      PART_COUNT_RUNS, PART_NEW};
    if (order[step] != PARTS) {
        part_drop(header, order[step]);
        return;
    }
    set_count(header, true);
    if (header->model->is_live)
        set_live(header, true);
}

enum { GIVE_WAY_STEPS = 8 };

static void fit_parts(struct header *header)
{
    for (int step = 0; step < GIVE_WAY_STEPS && least_width(header) > header->width; step++)
        give_way(header, step);
    struct part *source = &header->parts[PART_SOURCE];
    if (!source->cells)
        return;
    int least = source->cells < SOURCE_CELLS_MIN ? source->cells : SOURCE_CELLS_MIN;
    int room = header->width - least_width(header) + least;
    source->cells = source->cells < room ? source->cells : room;
}

/* A path is told by its end: "…data.db". */
static void draw_source(struct surface *surface, int x, int y, const struct part *part, struct style style)
{
    struct text text = text_of(part->text);
    if (text_width(text, surface->ascii) <= part->cells) {
        draw_text(surface, x, y, part->cells, text, style);
        return;
    }
    size_t at = 0;
    while (at < text.n &&
           text_width((struct text){text.s + at, text.n - at}, surface->ascii) > part->cells - 1)
        at = text_step_forward(text, at);
    int used = draw_str(surface, x, y, 1, "…", style);
    draw_text(surface, x + used, y, part->cells - used, (struct text){text.s + at, text.n - at}, style);
}

static void draw_header(struct surface *surface, struct rect rect, const struct header_model *model)
{
    struct header header = {.model = model, .surface = surface, .width = rect.w - 2};
    int x = rect.x + 1;

    header.gap = rect.w >= WIDE ? WIDE_GAP : GAP;
    draw_fill(surface, rect, style_on(STYLE(INK_DEFAULT), GROUND_BAR));
    set_parts(&header);
    fit_parts(&header);
    for (int id = 0; id < PARTS; id++) {
        const struct part *part = &header.parts[id];
        struct style style = style_on(STYLE(part->ink), GROUND_BAR);
        if (!part->cells)
            continue;
        if (x > rect.x + 1)
            x += gap_before(&header, (enum part_id)id);
        if (id == PART_FAILED && header.parts[PART_NEW].cells)
            draw_str(surface, x - 3, rect.y, 3, " · ", style_on(STYLE(INK_FAINT), GROUND_BAR));
        if (id == PART_CLOCK)
            x = rect.x + rect.w - 1 - part->cells;
        if (id == PART_SOURCE)
            draw_source(surface, x, rect.y, part, style);
        else
            draw_str(surface, x, rect.y, rect.x + rect.w - x, part->text, style);
        x += part->cells;
    }
}

void header_draw(struct surface *surface, struct rect rect, const struct header_model *model)
{
    struct rect before = surface_clip(surface, rect);
    draw_header(surface, rect, model);
    surface_unclip(surface, before);
}

/* ---- footer ---- */

static int hint_cells(const struct surface *surface, const struct hint *hint)
{
    return str_width(surface, hint->keys) + 1 + str_width(surface, hint->label);
}

static int vital_cells(const struct surface *surface, const struct footer_model *model, size_t from)
{
    int cells = 0;
    for (size_t i = from; i < model->count; i++)
        if (model->hints[i].is_vital)
            cells += WIDE_GAP + hint_cells(surface, &model->hints[i]);
    return cells;
}

static void draw_hint(struct surface *surface, int x, int y, const struct hint *hint)
{
    int keys = str_width(surface, hint->keys);
    draw_str(surface, x, y, keys, hint->keys, style_on(STYLE(INK_STRONG), GROUND_BAR));
    draw_str(surface, x + keys + 1, y, str_width(surface, hint->label), hint->label,
             style_on(STYLE(INK_MUTED), GROUND_BAR));
}

static void draw_hints(struct surface *surface, struct rect rect, const struct footer_model *model)
{
    int x = rect.x + 1;
    int end = rect.x + rect.w - 1;
    bool is_full = false;
    for (size_t i = 0; i < model->count; i++) {
        const struct hint *hint = &model->hints[i];
        int cells = hint_cells(surface, hint);
        if (is_full && !hint->is_vital)
            continue;
        if (x + cells + vital_cells(surface, model, i + 1) > end) {
            is_full = true;
            continue;
        }
        draw_hint(surface, x, rect.y, hint);
        x += cells + WIDE_GAP;
    }
}

static void draw_footer(struct surface *surface, struct rect rect, const struct footer_model *model)
{
    draw_fill(surface, rect, style_on(STYLE(INK_DEFAULT), GROUND_BAR));
    if (model->message)
        draw_text_ellipsis(surface, rect.x + 1, rect.y, rect.w - 2, text_of(model->message),
                           style_on(STYLE(model->message_ink), GROUND_BAR));
    else
        draw_hints(surface, rect, model);
}

void footer_draw(struct surface *surface, struct rect rect, const struct footer_model *model)
{
    struct rect before = surface_clip(surface, rect);
    draw_footer(surface, rect, model);
    surface_unclip(surface, before);
}
