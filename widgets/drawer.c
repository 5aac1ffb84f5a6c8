/*
 * The drawer's life: what it is told, and the order in which a layout takes that in. Its content is put together in drawer_properties.c, drawer_calls.c and
 * drawer_logs.c; drawer_int.h tells how.
 */
#include "widgets/drawer_int.h"

#include "data/base/die.h"
#include "data/base/utf8.h"

#include <stdlib.h>

enum { SEARCH_MAX_BYTES = LINE_MAX_BYTES };

struct drawer *drawer_new(void)
{
    struct drawer *drawer = mem_new_array(1, sizeof *drawer);
    arena_init(&drawer->words);
    buf_init(&drawer->search, SEARCH_MAX_BYTES);
    return drawer;
}

void drawer_free(struct drawer *drawer)
{
    if (!drawer)
        return;
    drawer_drop_doc(drawer);
    arena_release(&drawer->words);
    buf_release(&drawer->search);
    needle_free(drawer->needle);
    log_choice_release(&drawer->choice);
    free(drawer->entries);
    free(drawer->facts);
    free(drawer->blocks.items);
    free(drawer);
}

/* ---- geometry ---- */

int drawer_text_width(const struct drawer *drawer)
{
    int width = drawer->in.width - DRAWER_PAD_LEFT - DRAWER_PAD_RIGHT;
    return width > 8 ? width : 8;
}

int drawer_fixed_lines(const struct drawer *drawer)
{
    return drawer->tab == TAB_PROPERTIES ? 0 : 1;
}

int drawer_body_height(const struct drawer *drawer)
{
    int height = drawer->in.height - DRAWER_HEAD_LINES - drawer_fixed_lines(drawer);
    return height > 1 ? height : 1;
}

/* ---- layout ---- */

static void measure_names(struct drawer *drawer)
{
    drawer->name_cells = 0;
    for (size_t i = 0; i < drawer->doc->call_count; i++) {
        int cells = text_width(drawer->doc->calls[i].call->tool_path, drawer->in.ascii);
        if (cells > drawer->name_cells)
            drawer->name_cells = cells;
    }
}

static void take_in(struct drawer *drawer)
{
    if (!drawer->in.doc) {
        drawer_drop_doc(drawer);
        return;
    }
    drawer_take_doc(drawer);
    drawer_choose_logs(drawer);
    measure_names(drawer);
}

static void list_again(struct drawer *drawer)
{
    if (drawer->doc)
        drawer_scale(drawer);
    drawer_list_blocks(drawer, &drawer->blocks);
}

void drawer_relist(struct drawer *drawer)
{
    list_again(drawer);
    drawer_clamp(drawer);
}

/* Whoever stands on the last line of a log that grows is shown the new last one. */
static bool is_following(const struct drawer *drawer, const struct drawer_input *input)
{
    size_t rows = drawer->blocks.rows;
    return drawer->tab == TAB_LOGS && drawer->doc != input->doc && rows > 0 &&
           drawer->places[TAB_LOGS].cursor.row == rows - 1;
}

void drawer_layout(struct drawer *drawer, const struct drawer_input *input)
{
    drawer->in = *input;
    size_t row = drawer_place(drawer)->cursor.row;
    const struct block *at = drawer_block_at(drawer, row);
    struct block was = at ? *at : (struct block){0};
    bool is_same_run =
        drawer->doc && input->doc && text_is(input->doc->detail->detail.run.id, drawer->run_id);
    bool follows = is_same_run && is_following(drawer, input);
    if (drawer->doc != input->doc)
        take_in(drawer);
    arena_release(&drawer->words);
    drawer->fact_count = 0;
    list_again(drawer);
    if (at && is_same_run)
        drawer_keep_place(drawer, &was, row - was.start);
    else
        drawer_clamp(drawer);
    if (follows)
        drawer_to_edge(drawer, true);
}

enum drawer_tab drawer_tab(const struct drawer *drawer)
{
    return drawer->tab;
}

void drawer_set_tab(struct drawer *drawer, enum drawer_tab tab)
{
    if (drawer->tab == tab)
        return;
    drawer->tab = tab;
    drawer_relist(drawer);
}
