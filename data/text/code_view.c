/*
 * A text of code as lines (code_tokens.h). The state at the start of every 32nd line is kept: enough that a
 * line in the middle of megabytes is tokenized from close by, and little enough not to matter.
 */
#include "data/base/buf.h"
#include "data/base/die.h"
#include "data/base/timefmt.h"
#include "data/base/utf8.h"
#include "data/text/code_tokens.h"

#include <stdlib.h>

enum { LINES_A_STATE = 32, NOTE_ROOM = 128 };

struct code_view {
    struct buf bytes;
    uint32_t *starts; /* count + 1: the last is where a further line would start */
    size_t count, cap;
    struct code_state *states;
    bool is_cut;
};

static void copy_text(struct code_view *view, struct text text)
{
    size_t n = utf8_cut(text, CODE_BYTES_MAX);
    buf_init(&view->bytes, CODE_BYTES_MAX + NOTE_ROOM);
    buf_add(&view->bytes, text.s, n);
    if (n == text.n)
        return;
    char left[TIME_TEXT];
    count_format((int64_t)(text.n - n), left);
    buf_printf(&view->bytes, "\n// … %s more bytes are not shown here", left);
    view->is_cut = true;
}

static void add_start(struct code_view *view, size_t start)
{
    if (view->count + 1 >= view->cap) {
        view->cap = view->cap ? view->cap * 2 : 32;
        view->starts = mem_resize(view->starts, view->cap, sizeof *view->starts);
    }
    view->starts[view->count++] = (uint32_t)start;
}

static void find_lines(struct code_view *view)
{
    struct text text = buf_as_text(&view->bytes);
    for (size_t at = 0; at < text.n;) {
        const char *newline = memchr(text.s + at, '\n', text.n - at);
        add_start(view, at);
        at = newline ? (size_t)(newline - text.s) + 1 : text.n + 1;
        view->starts[view->count] = (uint32_t)at;
    }
}

static void find_states(struct code_view *view)
{
    struct code_state state = {0};
    view->states = mem_new_array(view->count / LINES_A_STATE + 1, sizeof *view->states);
    for (size_t line = 0; line < view->count; line++) {
        struct code_span span;
        struct code_spans it = code_spans_of(code_view_line(view, line), state);
        if (line % LINES_A_STATE == 0)
            view->states[line / LINES_A_STATE] = state;
        while (code_span_next(&it, &span)) {
        }
        state = it.state;
    }
}

struct code_view *code_view_new(struct text text)
{
    struct code_view *view = mem_new(sizeof *view);
    *view = (struct code_view){0};
    copy_text(view, text);
    find_lines(view);
    find_states(view);
    return view;
}

void code_view_free(struct code_view *view)
{
    if (!view)
        return;
    buf_release(&view->bytes);
    free(view->starts);
    free(view->states);
    free(view);
}

size_t code_view_count(const struct code_view *view)
{
    return view->count;
}

bool code_view_is_cut(const struct code_view *view)
{
    return view->is_cut;
}

struct text code_view_line(const struct code_view *view, size_t line)
{
    size_t start = view->starts[line], n = view->starts[line + 1] - start - 1;
    const char *s = view->bytes.data + start;
    n -= n && s[n - 1] == '\r' && start + n < view->bytes.len;
    return (struct text){s, n};
}

struct code_spans code_spans(const struct code_view *view, size_t line)
{
    size_t at = line - line % LINES_A_STATE;
    struct code_state state = view->states[at / LINES_A_STATE];
    for (; at < line; at++) {
        struct code_span span;
        struct code_spans it = code_spans_of(code_view_line(view, at), state);
        while (code_span_next(&it, &span)) {
        }
        state = it.state;
    }
    return code_spans_of(code_view_line(view, line), state);
}

ptrdiff_t code_view_find(const struct code_view *view, const struct needle *needle, ptrdiff_t from, int step)
{
    step = step < 0 ? -1 : 1;
    for (ptrdiff_t line = from + step; line >= 0 && line < (ptrdiff_t)view->count; line += step)
        if (needle_find(needle, code_view_line(view, (size_t)line), 0, NULL) >= 0)
            return line;
    return -1;
}
