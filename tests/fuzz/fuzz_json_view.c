/*
 * Any bytes as a payload: lines that hang together, folded and not. The first byte chooses the width.
 */
#include "data/text/json_view.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void walk(const struct json_view *view, size_t line, bool is_folded)
{
    struct json_span span;
    for (struct json_spans it = json_spans(view, line, is_folded); json_span_next(&it, &span);)
        check(span.text.s != NULL);
}

static void check_line(const struct json_view *view, size_t line)
{
    struct json_line facts = json_view_line(view, line);
    ptrdiff_t parent = json_view_parent(view, line);
    walk(view, line, false);
    walk(view, line, true);
    check((parent < 0) == (facts.depth == 0));
    if (facts.kind == JSON_LINE_CLOSE || json_line_is_foldable(facts))
        check(json_view_line(view, (size_t)facts.mate).mate == (ptrdiff_t)line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct json_view *view = json_view_new((struct text){(const char *)data + 1, size - 1}, data[0]);
    struct json_fold fold;
    json_fold_init(&fold, view);
    for (size_t line = 0; line < json_view_count(view); line++)
        check_line(view, line);
    json_fold_below(&fold, data[0] % 4);
    for (size_t row = 0; row < json_fold_count(&fold); row++)
        check(json_fold_row(&fold, json_fold_line(&fold, row)) == row);
    if (json_view_count(view)) {
        size_t last = json_view_count(view) - 1;
        json_fold_reveal(&fold, last);
        check(json_fold_line(&fold, json_fold_row(&fold, last)) == last);
    }
    json_fold_release(&fold);
    json_view_free(view);
    return 0;
}
