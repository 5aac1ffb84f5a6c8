/*
 * Makes a json_view: tokens to lines. Tokens, and not a tree: a number keeps its spelling (a 64-bit id that
 * goes through a double would be shown wrong), the order and repetition of keys are kept, and a 16 MB payload
 * costs no node an element.
 *
 * Each text is checked whole before its lines are made, so the making need not be able to fail half way.
 */
#include "data/text/json_view_impl.h"

#include "data/base/die.h"
#include "data/base/timefmt.h"
#include "data/base/utf8.h"
#include "data/text/json_scan.h"

#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_MIN = 40 }; /* a shorter string stays on its line, newlines and all */

/* An open container. */
struct level {
    uint32_t line, items;
    bool is_object;
    bool is_flat; /* so far nothing but scalars */
};

struct build {
    struct json_view *view;
    struct level *levels;
    size_t depth, levels_cap;
    int fit_cells;
    int layer;
    bool in_line;   /* the last line can still be added to */
    bool after_key; /* in an object, the next string is a value */
    bool is_too_long;
};

/* ---- lines and records ---- */

static void add_bytes(struct json_view *view, const void *bytes, size_t n)
{
    if (view->size + n > view->bytes_cap) {
        while (view->bytes_cap < view->size + n)
            view->bytes_cap = view->bytes_cap ? view->bytes_cap * 2 : 256;
        view->bytes = mem_resize(view->bytes, view->bytes_cap, 1);
    }
    if (n)
        memcpy(view->bytes + view->size, bytes, n);
    view->size += n;
}

static void add_mark(struct build *b, enum json_record record)
{
    unsigned char byte = (unsigned char)record;
    add_bytes(b->view, &byte, 1);
}

/* quote: put before and after the text; "" for none. */
static void add_text(struct build *b, enum json_record record, struct text text, const char *quote)
{
    unsigned char head[12] = {(unsigned char)record};
    size_t n = 1, around = strlen(quote), left = text.n + 2 * around;
    for (; left >= 0x80; left >>= 7)
        head[n++] = (unsigned char)(0x80 | (left & 0x7F));
    head[n++] = (unsigned char)left;
    add_bytes(b->view, head, n);
    add_bytes(b->view, quote, around);
    add_bytes(b->view, text.s, text.n);
    add_bytes(b->view, quote, around);
}

static void start_line(struct build *b, size_t depth)
{
    struct json_view *view = b->view;
    if (view->count == JSON_VIEW_LINES_MAX)
        b->is_too_long = true;
    if (view->count == view->lines_cap) {
        view->lines_cap = view->lines_cap ? view->lines_cap * 2 : 32;
        view->lines = mem_resize(view->lines, view->lines_cap, sizeof *view->lines);
    }
    view->lines[view->count++] = (struct view_line){
        .start = (uint32_t)view->size,
        .mate = b->depth ? b->levels[b->depth - 1].line : NO_LINE,
        .depth = (uint16_t)depth,
        .kind = JSON_LINE_PLAIN,
    };
    b->in_line = true;
}

static void need_line(struct build *b)
{
    if (!b->in_line)
        start_line(b, b->depth);
}

/* ---- containers ---- */

static struct level *push_level(struct build *b, bool is_object)
{
    if (b->depth == b->levels_cap) {
        b->levels_cap = b->levels_cap ? b->levels_cap * 2 : 32;
        b->levels = mem_resize(b->levels, b->levels_cap, sizeof *b->levels);
    }
    struct level *level = &b->levels[b->depth++];
    *level = (struct level){.line = (uint32_t)b->view->count - 1, .is_object = is_object, .is_flat = true};
    return level;
}

static void parent_is_not_flat(struct build *b)
{
    if (b->depth)
        b->levels[b->depth - 1].is_flat = false;
}

static void open_container(struct build *b, bool is_object)
{
    need_line(b);
    parent_is_not_flat(b);
    add_mark(b, is_object ? RECORD_OBJECT_OPEN : RECORD_ARRAY_OPEN);
    b->view->lines[b->view->count - 1].kind = is_object ? JSON_LINE_OBJECT : JSON_LINE_ARRAY;
    push_level(b, is_object);
    b->in_line = b->after_key = false;
}

/* What has been checked closes only what it opened. */
static struct level *top_level(struct build *b)
{
    if (b->depth == 0)
        die("a JSON text that was checked closes more than it opens");
    return &b->levels[b->depth - 1];
}

/* The bytes of records are about as many as the cells they take: a head is what spaces and quotes are. */
static bool fits_on_a_line(const struct build *b, const struct level *level)
{
    size_t cells = b->view->size - b->view->lines[level->line].start + 2 * b->depth;
    return b->depth > 0 && level->is_flat && cells <= (size_t)b->fit_cells;
}

static void join_lines(struct build *b, const struct level *level)
{
    struct view_line *line = &b->view->lines[level->line];
    b->view->count = level->line + 1;
    line->kind = JSON_LINE_PLAIN;
    b->in_line = true;
}

static void close_container(struct build *b)
{
    struct level level = *top_level(b);
    b->depth--;
    if (fits_on_a_line(b, &level)) {
        join_lines(b, &level);
    } else {
        start_line(b, b->depth);
        size_t last = b->view->count - 1;
        b->view->lines[last].kind = JSON_LINE_CLOSE;
        b->view->lines[last].mate = level.line;
        b->view->lines[level.line].mate = (uint32_t)last;
        b->view->lines[level.line].items = level.items + 1;
    }
    add_mark(b, level.is_object ? RECORD_OBJECT_CLOSE : RECORD_ARRAY_CLOSE);
    b->after_key = false;
}

/* ---- strings ---- */

/* The next line of the text and what follows it; a last newline starts no line. */
static struct text take_text_line(struct text *rest)
{
    const char *newline = memchr(rest->s, '\n', rest->n);
    size_t n = newline ? (size_t)(newline - rest->s) : rest->n;
    struct text line = {rest->s, n};
    size_t used = newline ? n + 1 : n;
    rest->s += used;
    rest->n -= used;
    if (newline && n && line.s[n - 1] == '\r')
        line.n--;
    return line;
}

static bool is_block(struct text text)
{
    const char *newline = text.n > BLOCK_MIN ? memchr(text.s, '\n', text.n) : NULL;
    return newline && newline + 1 < text.s + text.n;
}

static void add_block(struct build *b, struct text text)
{
    size_t opening = b->view->count - 1;
    parent_is_not_flat(b);
    add_mark(b, RECORD_BLOCK_OPEN);
    struct level *level = push_level(b, false);
    while (text.n && !b->is_too_long) {
        start_line(b, b->depth);
        add_text(b, RECORD_STRING, take_text_line(&text), "");
        level->items++;
    }
    b->depth--;
    start_line(b, b->depth);
    add_mark(b, RECORD_BLOCK_CLOSE);
    struct view_line *lines = b->view->lines;
    size_t closing = b->view->count - 1;
    lines[opening].kind = JSON_LINE_BLOCK;
    lines[opening].items = level->items;
    lines[opening].mate = (uint32_t)closing;
    lines[closing].kind = JSON_LINE_CLOSE;
    lines[closing].mate = (uint32_t)opening;
}

static bool is_container(struct text text)
{
    size_t at = 0;
    while (at < text.n && text.s[at] != '\0' && strchr(" \t\r\n", text.s[at]))
        at++;
    if (at == text.n || (text.s[at] != '{' && text.s[at] != '['))
        return false;
    return json_check(text) != JSON_BROKEN;
}

static void add_json(struct build *b, struct text json);

static void add_wrapped(struct build *b, struct text json)
{
    need_line(b);
    parent_is_not_flat(b);
    add_mark(b, RECORD_WRAPPED);
    b->layer++;
    b->after_key = false;
    add_json(b, json);
    b->layer--;
}

static void add_string(struct build *b, struct text text)
{
    need_line(b);
    if (b->layer < JSON_VIEW_LAYERS_MAX && is_container(text))
        add_wrapped(b, text);
    else if (is_block(text))
        add_block(b, text);
    else
        add_text(b, RECORD_STRING, text, "\"");
}

static void add_string_token(struct build *b, struct text raw)
{
    bool is_key = b->depth && b->levels[b->depth - 1].is_object && !b->after_key;
    char *decoded = memchr(raw.s, '\\', raw.n) ? mem_new(raw.n) : NULL;
    struct text text = {raw.s + 1, raw.n - 2};
    if (decoded)
        text = (struct text){decoded, json_unescape(raw, decoded)};
    need_line(b);
    if (is_key)
        add_text(b, RECORD_KEY, text, "\"");
    else
        add_string(b, text);
    b->after_key = is_key;
    free(decoded);
}

/* ---- tokens ---- */

static void add_open_token(struct build *b, struct json_scan *scan, bool is_object)
{
    struct json_scan ahead = *scan;
    if (json_next(&ahead) != (is_object ? JSON_OBJECT_CLOSE : JSON_ARRAY_CLOSE)) {
        open_container(b, is_object);
        return;
    }
    need_line(b);
    add_mark(b, is_object ? RECORD_OBJECT_EMPTY : RECORD_ARRAY_EMPTY);
    b->after_key = false;
    *scan = ahead;
}

static void add_scalar(struct build *b, enum json_record record, struct text raw)
{
    need_line(b);
    add_text(b, record, raw, "");
    b->after_key = false;
}

static void add_comma(struct build *b)
{
    add_mark(b, RECORD_COMMA);
    top_level(b)->items++;
    b->in_line = false;
}

static void add_token(struct build *b, struct json_scan *scan, enum json_token token)
{
    switch (token) {
    case JSON_OBJECT_OPEN:
    case JSON_ARRAY_OPEN: add_open_token(b, scan, token == JSON_OBJECT_OPEN); break;
    case JSON_OBJECT_CLOSE:
    case JSON_ARRAY_CLOSE: close_container(b); break;
    case JSON_COMMA: add_comma(b); break;
    case JSON_STRING: add_string_token(b, json_raw(scan)); break;
    case JSON_NUMBER: add_scalar(b, RECORD_NUMBER, json_raw(scan)); break;
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL: add_scalar(b, RECORD_WORD, json_raw(scan)); break;
    case JSON_COLON:
    case JSON_END:
    case JSON_BROKEN: break;
    }
}

/* json has been checked. */
static void add_json(struct build *b, struct text json)
{
    struct json_scan scan = json_scan(json);
    for (enum json_token token; !b->is_too_long && (token = json_next(&scan)) > JSON_END;)
        add_token(b, &scan, token);
}

/* ---- whole texts ---- */

static void add_note(struct build *b, size_t shown, size_t total)
{
    char note[160], left[TIME_TEXT];
    count_format((int64_t)(total - shown), left);
    snprintf(note, sizeof note, "… %s more bytes are not shown here", left);
    start_line(b, 0);
    b->view->lines[b->view->count - 1].kind = JSON_LINE_NOTE;
    add_text(b, RECORD_NOTE, text_of(note), "");
}

static void add_plain(struct build *b, struct text text)
{
    struct text rest = text;
    rest.n = utf8_cut(text, JSON_VIEW_BYTES_MAX);
    size_t after = text.n - rest.n;
    while (rest.n && b->view->count < JSON_VIEW_LINES_MAX - 1) {
        start_line(b, 0);
        add_text(b, RECORD_TEXT, take_text_line(&rest), "");
    }
    if (rest.n + after)
        add_note(b, text.n - rest.n - after, text.n);
}

static void forget_lines(struct build *b)
{
    b->view->count = b->view->size = b->depth = 0;
    b->in_line = b->after_key = b->is_too_long = false;
    b->layer = 0;
}

/* A text that is one JSON string is what it says, and what it says may be such a text again. Returns the
 * text that is left; *owned is what it stands in, where not in the one given. */
static struct text unwrap_strings(struct build *b, struct text text, char **owned)
{
    *owned = NULL;
    while (b->layer < JSON_VIEW_LAYERS_MAX && json_check(text) == JSON_STRING) {
        struct json_scan scan = json_scan(text);
        json_next(&scan);
        struct text raw = json_raw(&scan);
        if (raw.n == 2) /* "" would leave nothing to see */
            break;
        char *decoded = mem_new(raw.n);
        text = (struct text){decoded, json_unescape(raw, decoded)};
        free(*owned);
        *owned = decoded;
        b->layer++;
    }
    return text;
}

static void add_whole(struct build *b, struct text text)
{
    char *owned = NULL;
    struct text inner = text.n <= JSON_VIEW_BYTES_MAX ? unwrap_strings(b, text, &owned) : text;
    bool is_json =
        inner.n <= JSON_VIEW_BYTES_MAX && (b->layer ? is_container(inner) : json_check(inner) != JSON_BROKEN);
    if (is_json && b->layer) {
        b->layer--;
        add_wrapped(b, inner);
    } else if (is_json) {
        add_json(b, inner);
    }
    if (b->is_too_long)
        forget_lines(b);
    b->view->is_json = is_json && b->view->count;
    if (!b->view->is_json)
        add_plain(b, inner);
    free(owned);
}

struct json_view *json_view_new(struct text text, int fit_cells)
{
    struct json_view *view = mem_new(sizeof *view);
    *view = (struct json_view){0};
    struct build b = {.view = view, .fit_cells = fit_cells < 0 ? 0 : fit_cells};
    if (!text_is_null(text))
        add_whole(&b, text);
    free(b.levels);
    view->bytes = mem_resize(view->bytes, view->size, 1);
    view->lines = mem_resize(view->lines, view->count, sizeof *view->lines);
    return view;
}

void json_view_free(struct json_view *view)
{
    if (!view)
        return;
    free(view->bytes);
    free(view->lines);
    free(view);
}
