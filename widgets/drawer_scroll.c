/*
 * Where the cursor and the window stand. A place is a row and a line of it, so that no width and no fold has to be added up over a document of half a
 * million rows: all steps are taken from where one is.
 */
#include "widgets/drawer_int.h"

struct place *drawer_place(struct drawer *drawer)
{
    return &drawer->places[drawer->tab];
}

static bool is_before(struct pos a, struct pos b)
{
    return a.row != b.row ? a.row < b.row : a.line < b.line;
}

static struct pos step_down(struct drawer *drawer, struct pos at, long lines)
{
    for (;;) {
        int left = drawer_row_lines(drawer, at.row) - 1 - at.line;
        if (lines <= left)
            return (struct pos){at.row, at.line + (int)lines};
        if (at.row + 1 >= drawer->blocks.rows)
            return (struct pos){at.row, at.line + left};
        lines -= left + 1;
        at = (struct pos){at.row + 1, 0};
    }
}

static struct pos step_up(struct drawer *drawer, struct pos at, long lines)
{
    while (lines > at.line) {
        if (at.row == 0)
            return (struct pos){0, 0};
        lines -= at.line + 1;
        at.row--;
        at.line = drawer_row_lines(drawer, at.row) - 1;
    }
    return (struct pos){at.row, at.line - (int)lines};
}

struct pos drawer_step(struct drawer *drawer, struct pos from, long lines)
{
    if (!drawer->blocks.rows)
        return (struct pos){0, 0};
    return lines < 0 ? step_up(drawer, from, -lines) : step_down(drawer, from, lines);
}

static struct pos last_pos(struct drawer *drawer)
{
    size_t row = drawer->blocks.rows - 1;
    return (struct pos){row, drawer_row_lines(drawer, row) - 1};
}

static struct pos clamped(struct drawer *drawer, struct pos pos)
{
    if (pos.row >= drawer->blocks.rows)
        return last_pos(drawer);
    int lines = drawer_row_lines(drawer, pos.row);
    return (struct pos){pos.row, pos.line < lines ? pos.line : lines - 1};
}

static void follow_cursor(struct drawer *drawer, struct place *place, int margin)
{
    int height = drawer_body_height(drawer);
    margin = margin * 2 < height ? margin : (height - 1) / 2;
    struct pos highest = drawer_step(drawer, place->cursor, margin - (height - 1));
    struct pos lowest = drawer_step(drawer, place->cursor, -margin);
    if (is_before(lowest, place->top))
        place->top = lowest;
    if (is_before(place->top, highest))
        place->top = highest;
}

/* The last page is a full one. */
static void keep_page_full(struct drawer *drawer, struct place *place)
{
    struct pos highest = step_up(drawer, last_pos(drawer), drawer_body_height(drawer) - 1);
    if (is_before(highest, place->top))
        place->top = highest;
}

void drawer_clamp(struct drawer *drawer)
{
    struct place *place = drawer_place(drawer);
    if (!drawer->blocks.rows) {
        *place = (struct place){0};
        return;
    }
    place->cursor = clamped(drawer, place->cursor);
    place->top = clamped(drawer, place->top);
    follow_cursor(drawer, place, 0);
    keep_page_full(drawer, place);
}

void drawer_go(struct drawer *drawer, struct pos pos, int margin)
{
    struct place *place = drawer_place(drawer);
    if (!drawer->blocks.rows)
        return;
    place->cursor = clamped(drawer, pos);
    place->top = clamped(drawer, place->top);
    follow_cursor(drawer, place, margin);
    keep_page_full(drawer, place);
}

static size_t found_again(const struct drawer *drawer, const struct block *old, size_t i)
{
    for (size_t b = 0; b < drawer->blocks.count; b++) {
        const struct block *block = &drawer->blocks.items[b];
        if (block->key != old->key || block->kind != old->kind)
            continue;
        return block->start + (i < block->count ? i : block->count - 1);
    }
    return old->start + i;
}

void drawer_keep_place(struct drawer *drawer, const struct block *old, size_t i)
{
    struct place *place = drawer_place(drawer);
    size_t row = found_again(drawer, old, i), before = place->cursor.row;
    place->cursor.row = row;
    size_t above = before > place->top.row ? before - place->top.row : 0;
    if (before >= place->top.row)
        place->top.row = row > above ? row - above : 0;
    drawer_clamp(drawer);
}

/* ---- what the person does ---- */

void drawer_move(struct drawer *drawer, long lines)
{
    if (drawer->blocks.rows)
        drawer_go(drawer, drawer_step(drawer, drawer_place(drawer)->cursor, lines), 0);
}

void drawer_page(struct drawer *drawer, int pages)
{
    struct place *place = drawer_place(drawer);
    int height = drawer_body_height(drawer);
    long lines = (long)pages * (height > 1 ? height - 1 : 1);
    if (!drawer->blocks.rows)
        return;
    place->top = drawer_step(drawer, place->top, lines);
    drawer_go(drawer, drawer_step(drawer, place->cursor, lines), 0);
}

void drawer_to_edge(struct drawer *drawer, bool is_end)
{
    if (drawer->blocks.rows)
        drawer_go(drawer, is_end ? last_pos(drawer) : (struct pos){0, 0}, 0);
}

void drawer_point(struct drawer *drawer, int y)
{
    int line = y - DRAWER_HEAD_LINES - drawer_fixed_lines(drawer);
    if (line >= 0 && drawer->blocks.rows)
        drawer_go(drawer, drawer_step(drawer, drawer_place(drawer)->top, line), 0);
}
