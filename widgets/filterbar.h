/*
 * The filter bar: at rest the filter in words, focused a line editor with completions below it. A mistake is marked under the word that is wrong.
 */
#pragma once

#include "data/filter/filter.h"
#include "widgets/lineedit.h"
#include "widgets/surface.h"

struct bar_candidate { /* one completion */
    struct text label, help;
    int64_t count; /* -1 none */
};

struct filterbar_model {
    struct text line;                     /* at rest: the canonical filter; "" draws "no filter" */
    const struct lineedit *edit;          /* focused: what is typed; NULL at rest */
    const struct filter_mistake *mistake; /* NULL: none */
    const struct bar_candidate *candidates;
    size_t candidate_count;
    ptrdiff_t chosen;   /* -1 none */
    const char *prompt; /* "/" */
    const char
        *note; /* at rest, at the right end where there is room: how far the filter reaches; NULL none */
};

/* The bar itself: one line. Sets the surface's text cursor while focused. */
void filterbar_draw(struct surface *surface, struct rect rect, const struct filterbar_model *model);
/* What hangs below it while focused: the mark and words of a mistake, then the completions, over whatever is there. Draws nothing where there is nothing. */
void filterbar_draw_popup(struct surface *surface, struct rect bar, const struct filterbar_model *model);
