/*
 * What is folded in a json_view (json_view.h). The visible lines are kept as a plain list: drawing asks for
 * them on every frame, folding happens once a key press, and copying half a million numbers takes less time
 * than drawing one screen.
 */
#include "data/base/die.h"
#include "data/text/json_view.h"

#include <stdlib.h>

void json_fold_init(struct json_fold *fold, const struct json_view *view)
{
    *fold = (struct json_fold){.view = view, .count = json_view_count(view)};
}

void json_fold_release(struct json_fold *fold)
{
    free(fold->folded);
    free(fold->rows);
    fold->folded = NULL;
    fold->rows = NULL;
    fold->count = 0;
}

size_t json_fold_count(const struct json_fold *fold)
{
    return fold->count;
}

size_t json_fold_line(const struct json_fold *fold, size_t row)
{
    return fold->rows ? fold->rows[row] : row;
}

size_t json_fold_row(const struct json_fold *fold, size_t line)
{
    if (!fold->rows)
        return line;
    size_t low = 0, high = fold->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (fold->rows[middle] <= line)
            low = middle;
        else
            high = middle;
    }
    return low;
}

bool json_fold_is_folded(const struct json_fold *fold, size_t line)
{
    return fold->folded && (fold->folded[line / 8] >> line % 8 & 1);
}

static void set_folded(struct json_fold *fold, size_t line, bool is_folded)
{
    unsigned bit = 1u << line % 8;
    if (!fold->folded)
        fold->folded = mem_new_array(json_view_count(fold->view) / 8 + 1, 1);
    fold->folded[line / 8] =
        (uint8_t)(is_folded ? fold->folded[line / 8] | bit : fold->folded[line / 8] & ~bit);
}

static void list_rows(struct json_fold *fold)
{
    size_t lines = json_view_count(fold->view);
    if (!fold->rows)
        fold->rows = mem_new_array(lines, sizeof *fold->rows);
    fold->count = 0;
    for (size_t line = 0; line < lines; line++) {
        fold->rows[fold->count++] = (uint32_t)line;
        if (json_fold_is_folded(fold, line))
            line = (size_t)json_view_line(fold->view, line).mate;
    }
}

ptrdiff_t json_fold_toggle(struct json_fold *fold, size_t line)
{
    struct json_line facts = json_view_line(fold->view, line);
    ptrdiff_t opening = json_line_is_foldable(facts) ? (ptrdiff_t)line : facts.mate;
    if (opening < 0)
        return -1;
    set_folded(fold, (size_t)opening, !json_fold_is_folded(fold, (size_t)opening));
    list_rows(fold);
    return opening;
}

void json_fold_below(struct json_fold *fold, int depth)
{
    size_t lines = json_view_count(fold->view);
    json_fold_release(fold);
    fold->count = lines;
    for (size_t line = 0; line < lines; line++) {
        struct json_line facts = json_view_line(fold->view, line);
        if (json_line_is_foldable(facts) && facts.depth >= depth)
            set_folded(fold, line, true);
    }
    if (fold->folded)
        list_rows(fold);
}

void json_fold_reveal(struct json_fold *fold, size_t line)
{
    bool is_changed = false;
    struct json_line facts = json_view_line(fold->view, line);
    ptrdiff_t outer = facts.kind == JSON_LINE_CLOSE ? facts.mate : json_view_parent(fold->view, line);
    for (; outer >= 0; outer = json_view_parent(fold->view, (size_t)outer)) {
        if (!json_fold_is_folded(fold, (size_t)outer))
            continue;
        set_folded(fold, (size_t)outer, false);
        is_changed = true;
    }
    if (is_changed)
        list_rows(fold);
}
