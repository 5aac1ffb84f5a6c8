/*
 * TypeScript in colours, lightly: enough to read code by, not a parser. Only the lines that are shown are
 * tokenized.
 *
 *     struct code_view *code = code_view_new(run->code);
 *     for (size_t line = top; line < top + height && line < code_view_count(code); line++) {
 *         struct code_span span;
 *         for (struct code_spans it = code_spans(code, line); code_span_next(&it, &span);)
 *             draw(span.kind, span.text);          one after the other, no gaps: the spans are the whole line
 *     }
 *     code_view_free(code);
 */
#pragma once

#include "data/base/needle.h"
#include "data/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CODE_BYTES_MAX = 16 << 20, /* code after this is left out: code_view_is_cut */
    CODE_NESTING_MAX = 8, /* of templates in ${…} of templates; deeper ones are coloured wrongly, no worse */
};

enum code_kind {
    CODE_PLAIN,   /* identifiers and spaces */
    CODE_KEYWORD, /* await, const, true, … */
    CODE_STRING,  /* '…', "…", a template literal's text, a regular expression */
    CODE_NUMBER,
    CODE_COMMENT,
    CODE_CALL,  /* an identifier before '(' */
    CODE_TOOL,  /* a whole path tools.github.issues.create */
    CODE_PUNCT, /* operators and brackets */
};

struct code_span {
    enum code_kind kind;
    struct text text; /* any bytes; borrowed from the view */
};

/* What carries over from one line to the next. All zero at the start of a text. */
struct code_state {
    uint8_t mode;                     /* code, block comment, template text */
    uint8_t nesting;                  /* template literals that are open */
    uint8_t braces[CODE_NESTING_MAX]; /* open braces inside the ${…} of each; 255 stays 255 */
    bool after_value;                 /* a '/' now divides; otherwise it starts a regular expression */
    bool after_dot;                   /* a keyword now is a member's name */
};

struct code_view; /* immutable once made */

/* text: borrowed during the call only (copied); null gives no lines. One pass over the text, at some 100
 * MB a second. */
struct code_view *code_view_new(struct text text);
void code_view_free(struct code_view *view); /* NULL is fine */

size_t code_view_count(const struct code_view *view);
/* Without its line end (\n or \r\n); tabs are kept. */
struct text code_view_line(const struct code_view *view, size_t line);
bool code_view_is_cut(const struct code_view *view); /* the last line says so itself */

struct code_spans {
    struct text rest;
    struct code_state state; /* at the end: that of the next line */
};
struct code_spans code_spans(const struct code_view *view, size_t line);
bool code_span_next(struct code_spans *it, struct code_span *span);
/* The same for one line that is in no view (a list row's code_head). */
struct code_spans code_spans_of(struct text line, struct code_state state);

/* The nearest line after (step > 0) or before (step < 0) `from` that holds the needle, or -1. from may be
 * -1 and count. */
ptrdiff_t code_view_find(const struct code_view *view, const struct needle *needle, ptrdiff_t from, int step);
