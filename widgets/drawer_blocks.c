/*
 * Lists of blocks (drawer_int.h): how they are put together, and the road from a row's number to its lines.
 */
#include "widgets/drawer_int.h"

#include "data/base/die.h"

enum { TALL_LINES = 500 };

static void write_block(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen)
{
    switch (block->kind) {
#define X(kind, writer)                                                                                      \
    case kind: writer(drawer, block, i, pen); return;
        BLOCK_KINDS(X)
#undef X
    }
}

/* FNV-1a, a byte of the role at the end. */
uint64_t drawer_key(uint64_t of, unsigned role)
{
    for (int shift = 0; shift < 32; shift += 8)
        of = (of ^ (role >> shift & 0xFF)) * UINT64_C(1099511628211);
    return of;
}

void blocks_add(struct block_list *list, const struct block *block)
{
    if (!block->count)
        return;
    if (list->count == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 32;
        list->items = mem_resize(list->items, list->cap, sizeof *list->items);
    }
    struct block *added = &list->items[list->count++];
    *added = *block;
    added->start = list->rows;
    list->rows += added->count;
}

void blocks_blank(struct block_list *list)
{
    if (!list->count || list->items[list->count - 1].kind == BLOCK_BLANK)
        return;
    uint64_t before = list->items[list->count - 1].key;
    blocks_add(list,
               &(struct block){.kind = BLOCK_BLANK, .key = drawer_key(before, BLOCK_BLANK), .count = 1});
}

void blocks_heading(struct block_list *list, struct part *part, int indent, const char *title,
                    const char *note)
{
    blocks_add(list, &(struct block){.kind = BLOCK_HEADING,
                                     .indent = indent,
                                     .key = drawer_key(part->key, BLOCK_HEADING),
                                     .part = part,
                                     .title = title,
                                     .ink = indent ? INK_MUTED : INK_STRONG,
                                     .note = note,
                                     .count = 1});
}

void blocks_json(struct block_list *list, struct part *part, enum block_kind kind, int indent)
{
    if (!part->view)
        return;
    size_t count = list->is_unfolded ? json_view_count(part->view) : json_fold_count(&part->fold);
    blocks_add(list, &(struct block){.kind = kind,
                                     .indent = indent,
                                     .key = drawer_key(part->key, kind),
                                     .part = part,
                                     .count = count});
}

void drawer_list_blocks(struct drawer *drawer, struct block_list *list)
{
    list->count = list->rows = 0;
    drawer->tall_lines = 0;
    if (!drawer->doc)
        return;
    switch (drawer->tab) {
    case TAB_PROPERTIES: drawer_list_properties(drawer, list); return;
    case TAB_CALLS: drawer_list_calls(drawer, list); return;
    case TAB_LOGS: drawer_list_logs(drawer, list); return;
    case DRAWER_TAB_COUNT: return;
    }
}

const struct block *drawer_block_at(const struct drawer *drawer, size_t row)
{
    const struct block_list *list = &drawer->blocks;
    if (row >= list->rows)
        return NULL;
    size_t low = 0, high = list->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (list->items[middle].start <= row)
            low = middle;
        else
            high = middle;
    }
    return &list->items[low];
}

void drawer_write_row(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen)
{
    pen->hang = block->indent;
    pen_gap(pen, block->indent);
    write_block(drawer, block, i, pen);
}

/* A string of megabytes is measured once a layout, not once a question. */
int drawer_row_lines(struct drawer *drawer, size_t row)
{
    const struct block *block = drawer_block_at(drawer, row);
    if (!block || block->kind == BLOCK_BLANK || block->kind == BLOCK_CALL)
        return 1;
    if (drawer->tall_lines && drawer->tall_row == row)
        return drawer->tall_lines;
    struct pen pen = pen_measuring(drawer_text_width(drawer), drawer->in.ascii);
    drawer_write_row(drawer, block, row - block->start, &pen);
    if (pen.line >= TALL_LINES) {
        drawer->tall_row = row;
        drawer->tall_lines = pen.line + 1;
    }
    return pen.line + 1;
}

/* ---- the plainest writers ---- */

void write_blank(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen)
{
    (void)drawer, (void)block, (void)i, (void)pen;
}

void write_heading(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen)
{
    (void)drawer, (void)i;
    if (pen_is_drawing(pen))
        draw_str(pen->surface, pen->x + pen->col, pen_line_y(pen), 1, block->part->is_closed ? "▸" : "▾",
                 STYLE(INK_MUTED));
    pen_gap(pen, 2);
    pen_words(pen, block->title, STYLE(block->ink));
    if (!block->note)
        return;
    pen_gap(pen, 2);
    pen_words(pen, block->note, STYLE(INK_MUTED));
}

void write_more(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen)
{
    (void)drawer, (void)i;
    pen_words(pen, block->title, STYLE(INK_MUTED));
}
