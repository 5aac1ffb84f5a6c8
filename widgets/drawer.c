/*
 * The drawer: one run as plain lines, scrolled as a whole.
 */
#include "widgets/drawer.h"

#include "data/base/die.h"

#include <stdlib.h>

struct drawer {
    enum drawer_tab tab;
    const struct run_doc *doc;
    int height;
    size_t top;
};

struct drawer *drawer_new(void)
{
    return mem_new_array(1, sizeof(struct drawer));
}

void drawer_free(struct drawer *drawer)
{
    free(drawer);
}

void drawer_layout(struct drawer *drawer, const struct drawer_input *input)
{
    drawer->doc = input->doc;
    drawer->height = input->height;
}

enum drawer_tab drawer_tab(const struct drawer *drawer)
{
    return drawer->tab;
}

void drawer_set_tab(struct drawer *drawer, enum drawer_tab tab)
{
    drawer->tab = tab;
    drawer->top = 0;
}

void drawer_move(struct drawer *drawer, long lines)
{
    long top = (long)drawer->top + lines;
    drawer->top = top > 0 ? (size_t)top : 0;
}

void drawer_page(struct drawer *drawer, int pages)
{
    drawer_move(drawer, pages * (long)drawer->height);
}

void drawer_to_edge(struct drawer *drawer, bool is_end)
{
    drawer->top = is_end ? drawer->top : 0;
}

void drawer_unfold(struct drawer *drawer)
{
    (void)drawer;
}

void drawer_fold_all(struct drawer *drawer)
{
    (void)drawer;
}

void drawer_next_log_level(struct drawer *drawer)
{
    (void)drawer;
}

void drawer_search(struct drawer *drawer, struct text text)
{
    (void)drawer;
    (void)text;
}

bool drawer_search_step(struct drawer *drawer, int direction)
{
    (void)drawer;
    (void)direction;
    return false;
}

struct text drawer_search_text(const struct drawer *drawer)
{
    (void)drawer;
    return TEXT_LIT("");
}

void drawer_point(struct drawer *drawer, int y)
{
    (void)drawer;
    (void)y;
}

void drawer_draw(struct surface *surface, struct rect rect, const struct drawer *drawer, const struct drawer_frame *frame)
{
    draw_fill(surface, rect, STYLE(INK_DEFAULT));
    (void)drawer;
    if (frame->message)
        draw_str(surface, rect.x, rect.y, rect.w, frame->message, STYLE(INK_FAILED));
}
