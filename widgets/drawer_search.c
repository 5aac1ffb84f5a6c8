/*
 * Search in a tab, folded parts included: the tab is listed unfolded, the nearest hit is found in that list, and what hides it is opened. Hits are rows.
 */
#include "widgets/drawer_int.h"

#include "data/base/die.h"

#include <stdlib.h>

enum { HIT_MARGIN = 2, ROW_BYTES_MAX = 32 << 20 };

/* A row of the unfolded list. */
struct hit {
    size_t block;
    size_t i;
};

struct text drawer_search_text(const struct drawer *drawer)
{
    return buf_as_text(&drawer->search);
}

/* ---- rows as text ---- */

static bool has_json_rows(const struct block *block)
{
    bool is_json = block->kind == BLOCK_JSON || block->kind == BLOCK_ERROR || block->kind == BLOCK_PROSE;
    return is_json && block->part && block->part->view;
}

static bool row_holds(const struct drawer *drawer, const struct block *block, size_t i)
{
    struct buf text;
    buf_init(&text, ROW_BYTES_MAX);
    struct pen pen = pen_measuring(drawer_text_width(drawer), drawer->in.ascii);
    pen.gathered = &text;
    drawer_write_row(drawer, block, i, &pen);
    bool holds = needle_find(drawer->needle, buf_as_text(&text), 0, NULL) >= 0;
    buf_release(&text);
    return holds;
}

static ptrdiff_t find_row(const struct drawer *drawer, const struct block *block, ptrdiff_t from, int step)
{
    for (ptrdiff_t i = from + step; i >= 0 && i < (ptrdiff_t)block->count; i += step)
        if (row_holds(drawer, block, (size_t)i))
            return i;
    return -1;
}

/* The long kinds know how to search themselves. */
static ptrdiff_t find_in_block(const struct drawer *drawer, const struct block *block, ptrdiff_t from,
                               int step)
{
    if (has_json_rows(block))
        return json_view_find(block->part->view, drawer->needle, from, step);
    if (block->kind == BLOCK_CODE)
        return code_view_find(drawer->doc->code, drawer->needle, from, step);
    if (block->kind == BLOCK_LOG)
        return log_find(drawer->doc->log, &drawer->choice, drawer->needle, from, step);
    return find_row(drawer, block, from, step);
}

/* ---- from the shown list to the unfolded one ---- */

static size_t line_in_block(const struct block *shown, size_t i)
{
    if (has_json_rows(shown))
        return json_fold_line(&shown->part->fold, i);
    return shown->kind == BLOCK_LOG ? shown->index + i : i;
}

static bool is_same_block(const struct block *a, const struct block *b)
{
    return a->kind == b->kind && (a->kind == BLOCK_LOG || a->key == b->key);
}

/* Of JSON in a log, its entry: the unfolded list has the entries as they are written. Of the rest of the code, its start. */
static struct hit hit_of_row(const struct drawer *drawer, const struct block_list *all, size_t row)
{
    const struct block *shown = drawer_block_at(drawer, row);
    size_t i = row - shown->start;
    bool is_inside_log = drawer->tab == TAB_LOGS && has_json_rows(shown);
    if ((is_inside_log || shown->kind == BLOCK_MORE) && shown > drawer->blocks.items) {
        shown--;
        i = shown->count - 1;
    }
    for (size_t b = 0; b < all->count; b++)
        if (is_same_block(&all->items[b], shown))
            return (struct hit){b, line_in_block(shown, i)};
    return (struct hit){0, 0};
}

/* ---- searching ---- */

/* The next hit from a place on, once around; the place itself comes last, or first where it counts. */
static bool find_around(const struct drawer *drawer, const struct block_list *all, struct hit *hit, int step,
                        bool is_inclusive)
{
    size_t block = hit->block;
    ptrdiff_t from = (ptrdiff_t)hit->i - (is_inclusive ? step : 0);
    for (size_t turn = 0; turn <= all->count; turn++) {
        ptrdiff_t found = find_in_block(drawer, &all->items[block], from, step);
        if (found >= 0) {
            *hit = (struct hit){block, (size_t)found};
            return true;
        }
        block = step > 0 ? (block + 1) % all->count : (block + all->count - 1) % all->count;
        from = step > 0 ? -1 : (ptrdiff_t)all->items[block].count;
    }
    return false;
}

static bool is_outermost(const struct block *block)
{
    return block->kind == BLOCK_CALL || (block->kind == BLOCK_HEADING && block->indent == 0);
}

/* The section or call that a row is in. */
static void open_outer(const struct block_list *all, size_t at)
{
    if (is_outermost(&all->items[at]) || !all->items[at].indent)
        return;
    for (size_t b = at; b-- > 0;) {
        if (!is_outermost(&all->items[b]))
            continue;
        all->items[b].part->is_closed = false;
        return;
    }
}

/* An entry of a log is found in its text as it is written, which is cut short until it is unfolded. */
static void open_entry_at(struct drawer *drawer, size_t row)
{
    size_t entry = log_lines_at(drawer->doc->log, drawer->choice.lines[row]).entry;
    if (!drawer_entry(drawer, entry))
        drawer_toggle_entry(drawer, entry);
}

static void reveal(struct drawer *drawer, const struct block_list *all, struct hit hit)
{
    const struct block *block = &all->items[hit.block];
    open_outer(all, hit.block);
    if (block->kind == BLOCK_LOG)
        open_entry_at(drawer, hit.i);
    if (block->kind == BLOCK_CODE)
        block->part->is_whole = true;
    if (has_json_rows(block)) {
        block->part->is_closed = false;
        json_fold_reveal(&block->part->fold, hit.i);
    }
}

static size_t row_in_block(const struct block *shown, size_t i)
{
    if (has_json_rows(shown))
        return shown->start + json_fold_row(&shown->part->fold, i);
    return shown->start + i - (shown->kind == BLOCK_LOG ? shown->index : 0);
}

static size_t row_of_hit(const struct drawer *drawer, const struct block *hit, size_t i)
{
    for (size_t b = 0; b < drawer->blocks.count; b++) {
        const struct block *shown = &drawer->blocks.items[b];
        bool is_elsewhere =
            shown->kind == BLOCK_LOG && (i < shown->index || i >= shown->index + shown->count);
        if (is_same_block(shown, hit) && !is_elsewhere)
            return row_in_block(shown, i);
    }
    return 0;
}

/* On which line of the row the match is. */
static int line_of_match(const struct drawer *drawer, size_t row)
{
    const struct block *block = drawer_block_at(drawer, row);
    struct buf text;
    buf_init(&text, ROW_BYTES_MAX);
    struct pen gather = pen_measuring(drawer_text_width(drawer), drawer->in.ascii), seek = gather;
    gather.gathered = &text;
    drawer_write_row(drawer, block, row - block->start, &gather);
    ptrdiff_t at = needle_find(drawer->needle, buf_as_text(&text), 0, NULL);
    buf_release(&text);
    if (at < 0)
        return 0;
    seek.place = (size_t)at;
    drawer_write_row(drawer, block, row - block->start, &seek);
    return seek.place_line > 0 ? seek.place_line : 0;
}

static bool search_from(struct drawer *drawer, int step, bool is_inclusive)
{
    struct block_list all = {.is_unfolded = true};
    if (!drawer->needle || !drawer->blocks.rows)
        return false;
    drawer_list_blocks(drawer, &all);
    struct hit hit = hit_of_row(drawer, &all, drawer_place(drawer)->cursor.row);
    bool is_found = all.count && find_around(drawer, &all, &hit, step, is_inclusive);
    if (is_found) {
        struct block block = all.items[hit.block];
        reveal(drawer, &all, hit);
        drawer_relist(drawer);
        size_t row = row_of_hit(drawer, &block, hit.i);
        drawer_go(drawer, (struct pos){row, line_of_match(drawer, row)}, HIT_MARGIN);
    }
    free(all.items);
    return is_found;
}

bool drawer_search(struct drawer *drawer, struct text text)
{
    needle_free(drawer->needle);
    drawer->needle = NULL;
    buf_clear(&drawer->search);
    buf_text(&drawer->search, text);
    if (!drawer->search.len)
        return true;
    drawer->needle = needle_new(drawer_search_text(drawer));
    return search_from(drawer, 1, true);
}

bool drawer_search_step(struct drawer *drawer, int direction)
{
    return search_from(drawer, direction < 0 ? -1 : 1, false);
}
