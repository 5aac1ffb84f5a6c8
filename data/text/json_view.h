/*
 * Any payload as lines to read: JSON unwrapped, indented and foldable, everything else as the plain text that
 * it is.
 *
 *     struct json_view *view = json_view_new(run->result_json, 60);
 *     struct json_fold fold;
 *     json_fold_init(&fold, view);                                  all unfolded
 *     for (size_t row = top; row < top + height && row < json_fold_count(&fold); row++) {
 *         size_t line = json_fold_line(&fold, row);
 *         struct json_line facts = json_view_line(view, line);      facts.depth: draw 2 cells of indent each
 *         struct json_span span;
 *         struct json_spans it = json_spans(view, line, json_fold_is_folded(&fold, line));
 *         while (json_span_next(&it, &span))
 *             draw(span.kind, span.text);                           no gaps: spaces are in the texts
 *     }
 *     json_fold_release(&fold);
 *     json_view_free(view);
 *
 * How it looks:
 *     {
 *       "id": 9007199254740993,                   numbers keep their spelling
 *       "labels": [ "bug", "p1" ],                a list of scalars that fits
 *       "content": (json) {                       JSON in a JSON string, unwrapped (JSON_SPAN_WRAPPED)
 *         "ok": true
 *       },
 *       "items": [ 1, 2, … ]  ▸ 98 more,          folded; an object: { … }  ▸ 5 keys
 *       "stack": "                                several lines; folded: "Error: boom … "  ▸ 12 lines
 *         Error: boom
 *             at run (tools/github.ts:118:11)
 *       "
 *     }
 * Strings are shown decoded, so a line's text may hold any bytes: control characters, NUL, broken UTF-8. Draw
 * it through glyph_next. It never holds a newline that splits lines, except in short strings, where the
 * drawer shows it as ␊.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/needle.h"
#include "data/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JSON_VIEW_BYTES_MAX = 16 << 20, /* a longer text is shown as plain text up to here */
    JSON_VIEW_LINES_MAX = 2 << 20,  /* JSON of more lines is shown as plain text, plain text is cut here */
    JSON_VIEW_LAYERS_MAX = 4,       /* of JSON in JSON strings; deeper ones stay strings */
};
/* Where something was left out, the last line is a JSON_SPAN_NOTE that says what and how much. */

struct json_view; /* immutable once made: threads may share it */

/* text: borrowed during the call only; null gives a view with no lines. fit_cells: how wide a small array
 * or object may be, indent included, to stay on one line; 0: never. Memory: at most about 5 bytes a byte
 * of input and 20 a line. Never fails. */
struct json_view *json_view_new(struct text text, int fit_cells);
void json_view_free(struct json_view *view); /* NULL is fine */

bool json_view_is_json(const struct json_view *view);
size_t json_view_count(const struct json_view *view); /* lines, folded or not */

enum json_line_kind {
    JSON_LINE_PLAIN,  /* a value, a line of text, or a line inside a block string */
    JSON_LINE_OBJECT, /* opens one: foldable */
    JSON_LINE_ARRAY,
    JSON_LINE_BLOCK, /* a string of several lines */
    JSON_LINE_CLOSE, /* closes one of the three */
    JSON_LINE_NOTE,  /* what was left out */
};

struct json_line {
    enum json_line_kind kind;
    int depth;    /* 0.. */
    size_t items; /* of an opening line: keys, items, or lines */
    /* Opening line: its closing line. Closing line: its opening line. Others: the opening line of what they stand
     * in, or -1. */
    ptrdiff_t mate;
};
struct json_line json_view_line(const struct json_view *view, size_t line);
bool json_line_is_foldable(struct json_line line); /* it opens something */
/* The opening line of what `line` stands in (of an opening or closing line: one further out); -1 at the
 * outermost. */
ptrdiff_t json_view_parent(const struct json_view *view, size_t line);

enum json_span_kind {
    JSON_SPAN_PUNCT,   /* brackets, commas, colons, and the spaces between */
    JSON_SPAN_KEY,     /* with its quotes */
    JSON_SPAN_STRING,  /* with its quotes, decoded; or a line of a block */
    JSON_SPAN_NUMBER,  /* as spelled */
    JSON_SPAN_WORD,    /* true, false, null */
    JSON_SPAN_TEXT,    /* not JSON */
    JSON_SPAN_WRAPPED, /* "(json) ": what follows was a string */
    JSON_SPAN_FOLDED, /* "  ▸ 3 items": text of our own; "▸" and "…" are all there is to replace in ASCII mode */
    JSON_SPAN_NOTE,
};

struct json_span {
    enum json_span_kind kind;
    struct text text; /* of the view, or of the iterator: valid until the next step */
};

/* Walks one line. is_folded counts only for a foldable line. The fields are the iterator's own. */
struct json_spans {
    const struct json_view *view;
    size_t line, start, at, end;
    size_t shown; /* items of a folded array */
    int stage;
    char note[48];
};
struct json_spans json_spans(const struct json_view *view, size_t line, bool is_folded);
bool json_span_next(struct json_spans *it, struct json_span *span);

/* The text of a line as it is shown unfolded, without indent. Appended to out (which may be cut at its own
 * limit). */
void json_view_line_text(const struct json_view *view, size_t line, struct buf *out);

/* The nearest line after (step > 0) or before (step < 0) `from` whose unfolded text holds the needle, or
 * -1. from may be -1 and count. Does not go round the ends. Lines that are folded away are searched too:
 * json_fold_reveal shows the hit. */
ptrdiff_t json_view_find(const struct json_view *view, const struct needle *needle, ptrdiff_t from, int step);

/* ---- what is folded: a value of the caller's, for one view ---- */

struct json_fold {
    const struct json_view *view; /* borrowed: outlives the fold */
    uint8_t *folded;              /* owned; a bit a line; NULL while nothing is folded */
    uint32_t *rows;               /* owned; the visible lines in order; NULL while nothing is folded */
    size_t count;
};

void json_fold_init(struct json_fold *fold, const struct json_view *view);
void json_fold_release(struct json_fold *fold);

/* Looking up is constant time; changing is linear in the lines (about a millisecond for 500,000). */
size_t json_fold_count(const struct json_fold *fold);            /* visible lines */
size_t json_fold_line(const struct json_fold *fold, size_t row); /* row < count */
/* The row that shows the line; where it is folded away, the row of the folded line that hides it. */
size_t json_fold_row(const struct json_fold *fold, size_t line);
bool json_fold_is_folded(const struct json_fold *fold, size_t line);

/* Folds or unfolds what the line opens; on any other line, what it stands in. Returns the line that it was
 * done to: where the cursor should be now. -1 where there is nothing to fold. */
ptrdiff_t json_fold_toggle(struct json_fold *fold, size_t line);
/* Folds whatever opens at this depth or deeper, unfolds the rest. */
void json_fold_below(struct json_fold *fold, int depth);
void json_fold_reveal(struct json_fold *fold, size_t line);
