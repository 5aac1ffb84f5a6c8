/*
 * Any bytes as code: the spans of a line are the whole line, and none is empty.
 */
#include "data/text/code_tokens.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct code_view *view = code_view_new((struct text){(const char *)data, size});
    for (size_t line = 0; line < code_view_count(view); line++) {
        struct code_span span;
        size_t covered = 0;
        for (struct code_spans it = code_spans(view, line); code_span_next(&it, &span);
             covered += span.text.n)
            if (span.text.n == 0)
                abort();
        if (covered != code_view_line(view, line).n)
            abort();
    }
    code_view_free(view);
    return 0;
}
