/*
 * Rows of payloads: JSON, plain text, errors, code.
 */
#include "widgets/drawer_int.h"

#include <stdio.h>

enum {
    INDENT_CELLS = 2,
    INDENT_MAX = 40, /* deeper JSON stays at this column */
    COLOURED_BYTES_MAX =
        16384,           /* more than this around a line: minified, and too much to scan for one picture */
    COLOURED_LINES = 32, /* as many before it as code_spans may have to read */
};

static struct style style_of_span(enum json_span_kind kind)
{
    static const uint8_t inks[] = {
        [JSON_SPAN_PUNCT] = INK_MUTED,   [JSON_SPAN_KEY] = INK_JSON_KEY, [JSON_SPAN_STRING] = INK_STRING,
        [JSON_SPAN_NUMBER] = INK_NUMBER, [JSON_SPAN_WORD] = INK_KEYWORD, [JSON_SPAN_TEXT] = INK_DEFAULT,
        [JSON_SPAN_WRAPPED] = INK_FAINT, [JSON_SPAN_FOLDED] = INK_MUTED, [JSON_SPAN_NOTE] = INK_WARN,
    };
    return STYLE(inks[kind]);
}

/* What the view made up itself has ornaments; the rest is from outside. */
static bool is_made_up(const struct json_span *span, bool is_folded)
{
    if (span->kind == JSON_SPAN_FOLDED || span->kind == JSON_SPAN_NOTE)
        return true;
    return is_folded && (span->kind == JSON_SPAN_PUNCT || text_is(span->text, " … "));
}

static void write_made_up(struct pen *pen, struct text text, struct style style)
{
    char words[160];
    snprintf(words, sizeof words, "%.*s", (int)text.n, text.s);
    pen_words(pen, words, style);
}

static int leading_cells(struct text text)
{
    int n = 0;
    while ((size_t)n < text.n && n < INDENT_MAX && text.s[n] == ' ')
        n++;
    return n;
}

/* Further lines of a row stand under its text, a little further in. */
static void hang_below(struct pen *pen, int cells)
{
    pen->hang = pen->col + cells;
}

void write_json(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen)
{
    (void)drawer;
    const struct json_view *view = block->part->view;
    size_t line = json_fold_line(&block->part->fold, i);
    struct json_line facts = json_view_line(view, line);
    bool is_folded = json_fold_is_folded(&block->part->fold, line);
    bool is_in_block = facts.kind == JSON_LINE_PLAIN && facts.mate >= 0 &&
                       json_view_line(view, (size_t)facts.mate).kind == JSON_LINE_BLOCK;
    int indent = facts.depth * INDENT_CELLS;
    pen_gap(pen, indent < INDENT_MAX ? indent : INDENT_MAX);
    pen->has_tabs = is_in_block || !json_view_is_json(view);
    hang_below(pen, is_in_block ? 0 : INDENT_CELLS);
    struct json_span span;
    for (struct json_spans it = json_spans(view, line, is_folded);
         !pen_is_done(pen) && json_span_next(&it, &span);) {
        if (is_made_up(&span, is_folded))
            write_made_up(pen, span.text, style_of_span(span.kind));
        else {
            pen->by_words = span.text.n <= WRAPPED_WORDS_MAX;
            pen_text(pen, span.text, style_of_span(span.kind));
        }
    }
}

/* "    at run (tools/github.ts:118:11)": of use to few, in the way of all others. */
static bool is_of_stack(struct text line)
{
    size_t n = 0;
    while (n < line.n && (line.s[n] == ' ' || line.s[n] == '\t'))
        n++;
    return n > 0 && line.n - n > 3 && memcmp(line.s + n, "at ", 3) == 0;
}

static void write_plain(const struct block *block, size_t i, struct pen *pen, bool is_error)
{
    struct json_span span;
    struct json_spans it = json_spans(block->part->view, json_fold_line(&block->part->fold, i), false);
    pen->has_tabs = true;
    while (json_span_next(&it, &span)) {
        if (span.kind == JSON_SPAN_NOTE) {
            write_made_up(pen, span.text, STYLE(INK_WARN));
            continue;
        }
        enum ink ink = !is_error ? INK_DEFAULT : is_of_stack(span.text) ? INK_MUTED : INK_FAILED;
        hang_below(pen, leading_cells(span.text));
        pen->by_words = span.text.n <= WRAPPED_WORDS_MAX;
        pen_text(pen, span.text, STYLE(ink));
    }
}

void write_error(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen)
{
    if (json_view_is_json(block->part->view))
        write_json(drawer, block, i, pen);
    else
        write_plain(block, i, pen, true);
}

void write_prose(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen)
{
    if (json_view_is_json(block->part->view))
        write_json(drawer, block, i, pen);
    else
        write_plain(block, i, pen, false);
}

/* ---- code ---- */

static struct style style_of_code(enum code_kind kind)
{
    static const uint8_t inks[] = {
        [CODE_PLAIN] = INK_DEFAULT, [CODE_KEYWORD] = INK_KEYWORD, [CODE_STRING] = INK_STRING,
        [CODE_NUMBER] = INK_NUMBER, [CODE_COMMENT] = INK_COMMENT, [CODE_CALL] = INK_CALL,
        [CODE_TOOL] = INK_CALL,     [CODE_PUNCT] = INK_DEFAULT,
    };
    return kind == CODE_TOOL ? STYLE_BOLD(inks[kind]) : STYLE(inks[kind]);
}

static int digits_of(size_t n)
{
    int digits = 1;
    for (; n >= 10; n /= 10)
        digits++;
    return digits;
}

static bool is_worth_colours(const struct code_view *view, size_t line)
{
    size_t bytes = 0;
    for (size_t at = line < COLOURED_LINES ? 0 : line - COLOURED_LINES; at <= line; at++)
        bytes += code_view_line(view, at).n;
    return bytes <= COLOURED_BYTES_MAX;
}

void write_code(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen)
{
    (void)block;
    const struct code_view *view = drawer->doc->code;
    struct text line = code_view_line(view, i);
    int digits = digits_of(code_view_count(view));
    char number[24];
    snprintf(number, sizeof number, "%zu", i + 1);
    pen_margin(pen, digits, number, STYLE(INK_FAINT));
    pen_gap(pen, 2);
    hang_below(pen, 0);
    pen->mark = pen->ascii ? "+" : "↳";
    pen->has_tabs = true;
    pen->by_words = line.n <= WRAPPED_WORDS_MAX;
    pen->words_end = line.s + line.n;
    if (!pen->surface || !is_worth_colours(view, i)) {
        pen_text(pen, line, STYLE(INK_DEFAULT));
        return;
    }
    struct code_span span;
    for (struct code_spans it = code_spans(view, i); !pen_is_done(pen) && code_span_next(&it, &span);)
        pen_text(pen, span.text, style_of_code(span.kind));
}
