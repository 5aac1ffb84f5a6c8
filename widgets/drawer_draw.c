/*
 * The drawer as it is seen: whose run, which tab, and the lines from the top of the window down. Only rows in sight are written.
 */
#include "widgets/drawer_int.h"

#include "data/base/utf8.h"
#include "widgets/prose.h"
#include "widgets/tally_text.h"

#include <stdio.h>

enum { ROW_BYTES_MAX = 256 << 10, TAB_WORDS = 64 };

/* ---- the head ---- */

static int draw_position(struct surface *surface, struct rect rect, const struct drawer_frame *frame)
{
    char position[TIME_TEXT], total[TIME_TEXT], words[TIME_TEXT * 2 + 16];
    if (frame->position < 0)
        return 0;
    count_format(frame->position, position);
    tally_format(frame->total, total);
    if (frame->total.n >= 0)
        snprintf(words, sizeof words, "%s of %s ↑↓", position, total);
    else
        snprintf(words, sizeof words, "%s ↑↓", position);
    int width = str_width(surface, words);
    if (width > rect.w / 2)
        return 0;
    draw_right(surface, rect.x, rect.y, rect.w - 1, words, STYLE(INK_MUTED));
    return width + 2;
}

static void draw_title(struct surface *surface, struct rect rect, const struct drawer *drawer,
                       const struct drawer_frame *frame)
{
    int taken = draw_position(surface, rect, frame);
    bool is_told = !text_is_null(frame->id);
    if (!is_told && !drawer->doc)
        return;
    const struct run *run = drawer->doc ? &drawer->doc->detail->detail.run : NULL;
    enum run_status status = run_status_of(is_told ? frame->status : run->status);
    draw_str(surface, rect.x + DRAWER_PAD_LEFT, rect.y, 1, run_status_glyph(status, surface->ascii),
             STYLE(ink_of_status(status)));
    int x = DRAWER_PAD_LEFT + 2;
    draw_text_ellipsis(surface, rect.x + x, rect.y, rect.w - x - taken - 1, is_told ? frame->id : run->id,
                       STYLE_BOLD(INK_STRONG));
}

/* "3 Logs · 2E 1W"; terse: "3 Logs 2E" */
static void tab_words(const struct drawer *drawer, enum drawer_tab tab, bool is_terse, char out[TAB_WORDS])
{
    static const char *const titles[] = {
#define X(id, title) title,
        DRAWER_TABS(X)
#undef X
    };
    const char *title = is_terse && tab == TAB_CALLS ? "Calls" : titles[tab], *dot = is_terse ? " " : " · ";
    const struct run_doc *doc = drawer->doc;
    size_t calls = doc ? doc->call_count : 0, lines = doc ? log_lines_count(doc->log) : 0;
    size_t errors = doc ? log_lines_level_count(doc->log, LOG_ERROR) : 0;
    size_t warnings = doc ? log_lines_level_count(doc->log, LOG_WARN) : 0;
    int n = snprintf(out, TAB_WORDS, "%d %s", (int)tab + 1, title);
    char *end = out + n;
    size_t room = TAB_WORDS - (size_t)n;
    if (tab == TAB_CALLS && doc && doc->detail->lacks_calls)
        snprintf(end, room, "%s…", dot);
    else if (tab == TAB_CALLS && calls)
        snprintf(end, room, "%s%zu", dot, calls);
    else if (tab == TAB_LOGS && (errors || warnings))
        snprintf(end, room, "%s%zuE %zuW", dot, errors, warnings);
    else if (tab == TAB_LOGS && lines && !is_terse)
        snprintf(end, room, "%s%zu", dot, lines);
}

struct tab_line {
    char words[DRAWER_TAB_COUNT][TAB_WORDS];
    int widths[DRAWER_TAB_COUNT];
    int gap;
};

static int measure_tabs(const struct surface *surface, const struct drawer *drawer, bool is_terse,
                        struct tab_line *line)
{
    int total = 0;
    for (int tab = 0; tab < DRAWER_TAB_COUNT; tab++) {
        tab_words(drawer, (enum drawer_tab)tab, is_terse, line->words[tab]);
        line->widths[tab] = str_width(surface, line->words[tab]);
        total += line->widths[tab];
    }
    return total;
}

static void draw_rule(struct surface *surface, int x, int y, int cells, bool is_heavy)
{
    const char *glyph = is_heavy ? pick(surface, "━", "=") : pick(surface, "─", "-");
    for (int i = 0; i < cells; i++)
        draw_str(surface, x + i, y, 1, glyph, STYLE(is_heavy ? INK_ACCENT : INK_FAINT));
}

static void draw_tabs(struct surface *surface, struct rect rect, const struct drawer *drawer)
{
    struct tab_line line = {.gap = 3};
    int room = rect.w - DRAWER_PAD_LEFT - 1, x = rect.x + DRAWER_PAD_LEFT;
    int total = measure_tabs(surface, drawer, false, &line);
    if (total + 2 * line.gap > room)
        total = measure_tabs(surface, drawer, true, &line);
    while (line.gap > 1 && total + 2 * line.gap > room)
        line.gap--;
    if (rect.h > 1)
        draw_rule(surface, rect.x + DRAWER_PAD_LEFT, rect.y + 1, room, false);
    for (int tab = 0; tab < DRAWER_TAB_COUNT; tab++) {
        bool is_on = tab == (int)drawer->tab;
        int left = rect.x + rect.w - 1 - x, width = line.widths[tab] < left ? line.widths[tab] : left;
        draw_str(surface, x, rect.y, width, line.words[tab],
                 is_on ? STYLE_BOLD(INK_STRONG) : STYLE(INK_MUTED));
        if (is_on && rect.h > 1)
            draw_rule(surface, x, rect.y + 1, width, true);
        x += line.widths[tab] + line.gap;
    }
}

/* ---- the rows ---- */

static void draw_row(struct pen *pen, const struct drawer *drawer, const struct block *block, size_t i)
{
    struct buf text;
    buf_init(&text, ROW_BYTES_MAX);
    if (drawer->needle) {
        struct pen gather = pen_measuring(pen->width, pen->ascii);
        gather.gathered = &text;
        drawer_write_row(drawer, block, i, &gather);
        pen_highlight(pen, drawer->needle, buf_as_text(&text));
    }
    drawer_write_row(drawer, block, i, pen);
    buf_release(&text);
}

static size_t draw_rows(struct surface *surface, struct rect body, const struct drawer *drawer,
                        const struct drawer_frame *frame)
{
    const struct place *place = &drawer->places[drawer->tab];
    size_t row = place->top.row;
    int first = place->top.line;
    for (int y = 0; y < body.h && row < drawer->blocks.rows; row++, first = 0) {
        const struct block *block = drawer_block_at(drawer, row);
        struct pen pen = pen_measuring(drawer_text_width(drawer), surface->ascii);
        pen.surface = surface;
        pen.x = body.x + DRAWER_PAD_LEFT;
        pen.y = body.y + y;
        pen.first = first;
        pen.end = first + body.h - y;
        draw_row(&pen, drawer, block, row - block->start);
        int lines = (pen.line < pen.end ? pen.line + 1 : pen.end) - first;
        int cursor = place->cursor.line - first;
        if (frame->is_focused && row == place->cursor.row && cursor >= 0 && cursor < lines)
            draw_ground(surface, (struct rect){body.x, body.y + y + cursor, body.w - 1, 1}, GROUND_SELECTED);
        y += lines;
    }
    return row;
}

static void draw_body(struct surface *surface, struct rect body, const struct drawer *drawer,
                      const struct drawer_frame *frame)
{
    size_t end = draw_rows(surface, body, drawer, frame), rows = drawer->blocks.rows;
    size_t top = drawer->places[drawer->tab].top.row;
    if (rows)
        draw_scrollbar(surface, body.x + body.w - 1, body.y, body.h, (double)top / (double)rows,
                       (double)(end - top) / (double)rows);
}

static void draw_content(struct surface *surface, struct rect rect, const struct drawer *drawer,
                         const struct drawer_frame *frame)
{
    int fixed = drawer_fixed_lines(drawer);
    int x = rect.x + DRAWER_PAD_LEFT;
    if (drawer->tab == TAB_CALLS)
        drawer_draw_axis(surface, x, rect.y, drawer);
    if (drawer->tab == TAB_LOGS)
        drawer_draw_levels(surface, x, rect.y, drawer);
    draw_body(surface, (struct rect){rect.x, rect.y + fixed, rect.w, rect.h - fixed}, drawer, frame);
}

/* ---- in place of content ---- */

static void draw_lines(struct surface *surface, struct rect *rect, const char *words, struct style style)
{
    struct text rest = text_of(words), line;
    while (words && rect->h > 0 && prose_next_line(&rest, rect->w, surface->ascii, &line)) {
        draw_text(surface, rect->x, rect->y, rect->w, line, style);
        rect->y++;
        rect->h--;
    }
}

/* The calls come behind the rest of the run. */
static bool is_missing(const struct drawer *drawer)
{
    return !drawer->doc || (drawer->tab == TAB_CALLS && drawer->doc->detail->lacks_calls);
}

static void draw_message(struct surface *surface, struct rect rect, const struct drawer_frame *frame)
{
    struct rect inside = {rect.x + DRAWER_PAD_LEFT, rect.y + 1, rect.w - DRAWER_PAD_LEFT - DRAWER_PAD_RIGHT,
                          rect.h - 1};
    if (!frame->message) {
        draw_lines(surface, &inside, frame->wait, STYLE(INK_MUTED));
        return;
    }
    draw_lines(surface, &inside, frame->message, STYLE(INK_FAILED));
    draw_lines(surface, &inside, frame->hint, STYLE(INK_DEFAULT));
    draw_lines(surface, &inside, frame->retry, STYLE(INK_MUTED));
}

static void draw_search_line(struct surface *surface, struct rect rect, const struct lineedit *edit)
{
    int y = rect.y + rect.h - 1, x = rect.x + DRAWER_PAD_LEFT;
    struct lineedit shown = *edit;
    lineedit_fit(&shown, rect.w - 5);
    draw_fill(surface, (struct rect){rect.x, y, rect.w, 1}, style_on(STYLE(INK_DEFAULT), GROUND_BAR));
    draw_str(surface, x, y, 1, "/", style_on(STYLE(INK_ACCENT), GROUND_BAR));
    struct text text = {shown.text + shown.scroll, shown.len - shown.scroll};
    draw_text(surface, x + 2, y, rect.w - 4, text, style_on(STYLE(INK_DEFAULT), GROUND_BAR));
    struct text before = {shown.text + shown.scroll, shown.cursor - shown.scroll};
    surface->cursor_x = x + 2 + text_width(before, surface->ascii);
    surface->cursor_y = y;
}

void drawer_draw(struct surface *surface, struct rect rect, const struct drawer *drawer,
                 const struct drawer_frame *frame)
{
    struct rect content = {rect.x, rect.y + DRAWER_HEAD_LINES, rect.w, rect.h - DRAWER_HEAD_LINES};
    draw_fill(surface, rect, STYLE(INK_DEFAULT));
    if (rect.h < 1 || rect.w < 1)
        return;
    draw_title(surface, rect, drawer, frame);
    if (rect.h > 1)
        draw_tabs(surface, (struct rect){rect.x, rect.y + 1, rect.w, rect.h - 1}, drawer);
    if (content.h <= 0)
        return;
    if (is_missing(drawer))
        draw_message(surface, content, frame);
    else
        draw_content(surface, content, drawer, frame);
    if (frame->search)
        draw_search_line(surface, rect, frame->search);
}
