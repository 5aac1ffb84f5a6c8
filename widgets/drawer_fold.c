/*
 * What unfolding does to the row under the cursor. Afterwards the cursor stands on what was folded, so that the same key takes it back.
 */
#include "widgets/drawer_int.h"

enum { ENTRIES_AT_ONCE = 256 };

/* The first row of the part: where the cursor goes when all below is folded away. */
static size_t heading_of(const struct drawer *drawer, const struct part *part, size_t otherwise)
{
    for (size_t b = 0; b < drawer->blocks.count; b++)
        if (drawer->blocks.items[b].part == part)
            return drawer->blocks.items[b].start;
    return otherwise;
}

static void toggle_part(struct drawer *drawer, struct part *part)
{
    part->is_closed = !part->is_closed;
    drawer_relist(drawer);
    drawer_go(drawer, (struct pos){heading_of(drawer, part, drawer_place(drawer)->cursor.row), 0}, 0);
}

/* A message stands for itself, without a heading to fold it under. */
static bool is_message(struct drawer *drawer, const struct part *part)
{
    for (size_t i = 0; i < drawer->doc->interaction_count; i++)
        if (drawer_interaction_part(drawer, i, ASKED_MESSAGE) == part)
            return true;
    return false;
}

/* JSON of a log entry folds with its entry. */
static bool close_entry_of(struct drawer *drawer, const struct part *part)
{
    for (size_t i = 0; i < drawer->entry_count; i++) {
        if (&drawer->entries[i].part != part)
            continue;
        size_t row = heading_of(drawer, part, 0);
        drawer_toggle_entry(drawer, drawer->entries[i].entry);
        drawer_relist(drawer);
        drawer_go(drawer, (struct pos){row ? row - 1 : 0, 0}, 0);
        return true;
    }
    return false;
}

static void toggle_json(struct drawer *drawer, const struct block *block, size_t i)
{
    struct part *part = block->part;
    size_t start = block->start;
    ptrdiff_t line = json_fold_toggle(&part->fold, json_fold_line(&part->fold, i));
    if (line >= 0) {
        drawer_relist(drawer);
        drawer_go(drawer, (struct pos){start + json_fold_row(&part->fold, (size_t)line), 0}, 0);
    } else if (!close_entry_of(drawer, part) && !is_message(drawer, part)) {
        toggle_part(drawer, part);
    }
}

static void toggle_log(struct drawer *drawer, const struct block *block, size_t i)
{
    struct log_line line = log_lines_at(drawer->doc->log, drawer->choice.lines[block->index + i]);
    drawer_toggle_entry(drawer, line.entry);
    drawer_relist(drawer);
}

void drawer_unfold(struct drawer *drawer)
{
    size_t row = drawer_place(drawer)->cursor.row;
    const struct block *block = drawer_block_at(drawer, row);
    if (!block)
        return;
    switch (block->kind) {
    case BLOCK_JSON:
    case BLOCK_ERROR:
    case BLOCK_PROSE: toggle_json(drawer, block, row - block->start); return;
    case BLOCK_MORE:
        block->part->is_whole = true;
        drawer_relist(drawer);
        return;
    case BLOCK_LOG: toggle_log(drawer, block, row - block->start); return;
    case BLOCK_HEADING:
    case BLOCK_CALL:
    case BLOCK_CODE:
    case BLOCK_FACT:
        if (block->part)
            toggle_part(drawer, block->part);
        return;
    case BLOCK_BLANK: return;
    }
}

/* ---- all at once ---- */

/* What a tab folds as a whole: its sections, or its calls. */
static void tab_parts(const struct drawer *drawer, size_t *first, size_t *end, size_t *step)
{
    size_t calls = PARTS_FIXED + drawer->doc->interaction_count * PARTS_AN_INTERACTION;
    bool is_calls = drawer->tab == TAB_CALLS;
    *first = is_calls ? calls : 0;
    *end = is_calls ? drawer->part_count : PARTS_FIXED;
    *step = is_calls ? PARTS_A_CALL : 1;
}

static void fold_parts(struct drawer *drawer)
{
    size_t first, end, step;
    bool is_any_open = false;
    tab_parts(drawer, &first, &end, &step);
    for (size_t i = first; i < end; i += step)
        is_any_open |= !drawer->parts[i].is_closed;
    for (size_t i = first; i < end; i += step)
        drawer->parts[i].is_closed = is_any_open;
}

static void open_entries(struct drawer *drawer)
{
    size_t count = 0, last = SIZE_MAX;
    for (size_t row = 0; row < drawer->choice.count && count < ENTRIES_AT_ONCE; row++) {
        size_t entry = log_lines_at(drawer->doc->log, drawer->choice.lines[row]).entry;
        if (entry == last || entry == SIZE_MAX)
            continue;
        last = entry;
        drawer_toggle_entry(drawer, entry);
        count += drawer_entry(drawer, entry) != NULL;
    }
}

static void fold_entries(struct drawer *drawer)
{
    if (!drawer->entry_count)
        open_entries(drawer);
    else
        drawer_keep_entries(drawer, NULL);
}

/* The section, call or entry that the cursor is in: it stays there. */
static struct block outer_block(const struct drawer *drawer, size_t row)
{
    for (const struct block *block = drawer_block_at(drawer, row); block;
         block = block->start ? block - 1 : NULL) {
        bool is_section = block->kind == BLOCK_HEADING && block->indent == 0;
        if (is_section || block->kind == BLOCK_CALL ||
            (block->kind == BLOCK_FACT && drawer->tab == TAB_PROPERTIES && !block->indent))
            return *block;
        if (block->start == 0)
            break;
    }
    return (struct block){0};
}

void drawer_fold_all(struct drawer *drawer)
{
    if (!drawer->doc)
        return;
    struct block outer = outer_block(drawer, drawer_place(drawer)->cursor.row);
    if (drawer->tab == TAB_LOGS)
        fold_entries(drawer);
    else
        fold_parts(drawer);
    drawer_list_blocks(drawer, &drawer->blocks);
    drawer_keep_place(drawer, &outer, 0);
}
