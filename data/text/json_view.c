/*
 * Reads a json_view: lines, their spans, and the search. What a folded line shows is made up while it is
 * walked, so folding needs no memory of its own for texts.
 */
#include "data/text/json_view.h"

#include "data/base/timefmt.h"
#include "data/base/utf8.h"
#include "data/text/json_view_impl.h"

#include <stdio.h>

enum {
    PREVIEW_BYTES = 40, /* of the first items of a folded array */
    PREVIEW_CELLS = 60, /* of the first line of a folded block */
};

bool json_view_is_json(const struct json_view *view)
{
    return view->is_json;
}

size_t json_view_count(const struct json_view *view)
{
    return view->count;
}

struct json_line json_view_line(const struct json_view *view, size_t line)
{
    const struct view_line *l = &view->lines[line];
    return (struct json_line){.kind = l->kind,
                              .depth = l->depth,
                              .items = l->items,
                              .mate = l->mate == NO_LINE ? -1 : (ptrdiff_t)l->mate};
}

bool json_line_is_foldable(struct json_line line)
{
    return line.kind == JSON_LINE_OBJECT || line.kind == JSON_LINE_ARRAY || line.kind == JSON_LINE_BLOCK;
}

/* Only plain lines know it, so step over the siblings that are containers. */
ptrdiff_t json_view_parent(const struct json_view *view, size_t line)
{
    int depth = view->lines[line].depth;
    if (view->lines[line].kind == JSON_LINE_CLOSE)
        line = view->lines[line].mate;
    while (depth > 0 && line-- > 0) {
        const struct view_line *l = &view->lines[line];
        if (l->depth < depth)
            return (ptrdiff_t)line;
        if (l->kind == JSON_LINE_PLAIN)
            return (ptrdiff_t)l->mate;
        if (l->kind == JSON_LINE_CLOSE)
            line = l->mate;
    }
    return -1;
}

size_t json_view_line_end(const struct json_view *view, size_t line)
{
    return line + 1 < view->count ? view->lines[line + 1].start : view->size;
}

size_t json_record_read(const struct json_view *view, size_t at, enum json_record *record, struct text *text)
{
    *record = (enum json_record)view->bytes[at++];
    *text = TEXT_LIT("");
    if (*record < RECORD_WITH_TEXT)
        return at;
    size_t n = 0;
    unsigned char byte;
    int shift = 0;
    do {
        byte = view->bytes[at++];
        n |= (size_t)(byte & 0x7F) << shift;
        shift += 7;
    } while (byte & 0x80);
    *text = (struct text){(const char *)view->bytes + at, n};
    return at + n;
}

/* ---- spans ---- */

/* Where a walk stands. A folded line goes through all of them, another one ends after STAGE_COLON or
 * STAGE_RECORDS. */
enum stage {
    STAGE_RECORDS,
    STAGE_COLON, /* after a key */
    STAGE_GAP,   /* folded: before an item of an array, or before the ellipsis */
    STAGE_ITEM,
    STAGE_BLOCK_LINE, /* folded: the first line of a block */
    STAGE_ELLIPSIS,
    STAGE_CLOSE,
    STAGE_FOLDED,
    STAGE_DONE,
};

/* Folded lines have their closing one's stages; a line that opens nothing is never folded. */
struct json_spans json_spans(const struct json_view *view, size_t line, bool is_folded)
{
    struct json_spans it = {.view = view, .line = line, .start = view->lines[line].start};
    it.at = it.start;
    it.end = json_view_line_end(view, line);
    it.shown = is_folded && json_line_is_foldable(json_view_line(view, line)) ? 0 : SIZE_MAX;
    return it;
}

static bool is_folded(const struct json_spans *it)
{
    return it->shown != SIZE_MAX;
}

static bool yield(struct json_span *span, enum json_span_kind kind, struct text text)
{
    *span = (struct json_span){kind, text};
    return true;
}

/* Of a mark: spaces stand inside the line, never at its ends. */
static bool yield_mark(const struct json_spans *it, size_t at, enum json_record record,
                       struct json_span *span)
{
    bool is_last = it->at == it->end, is_first = at == it->start;
    switch (record) {
    case RECORD_OBJECT_OPEN: return yield(span, JSON_SPAN_PUNCT, is_last ? TEXT_LIT("{") : TEXT_LIT("{ "));
    case RECORD_ARRAY_OPEN: return yield(span, JSON_SPAN_PUNCT, is_last ? TEXT_LIT("[") : TEXT_LIT("[ "));
    case RECORD_OBJECT_CLOSE: return yield(span, JSON_SPAN_PUNCT, is_first ? TEXT_LIT("}") : TEXT_LIT(" }"));
    case RECORD_ARRAY_CLOSE: return yield(span, JSON_SPAN_PUNCT, is_first ? TEXT_LIT("]") : TEXT_LIT(" ]"));
    case RECORD_OBJECT_EMPTY: return yield(span, JSON_SPAN_PUNCT, TEXT_LIT("{}"));
    case RECORD_ARRAY_EMPTY: return yield(span, JSON_SPAN_PUNCT, TEXT_LIT("[]"));
    case RECORD_COMMA: return yield(span, JSON_SPAN_PUNCT, is_last ? TEXT_LIT(",") : TEXT_LIT(", "));
    case RECORD_WRAPPED: return yield(span, JSON_SPAN_WRAPPED, TEXT_LIT("(json) "));
    default: return yield(span, JSON_SPAN_STRING, TEXT_LIT("\"")); /* a block's quotes */
    }
}

static bool yield_text(enum json_record record, struct text text, struct json_span *span)
{
    static const enum json_span_kind kinds[] = {
        [RECORD_KEY] = JSON_SPAN_KEY,       [RECORD_STRING] = JSON_SPAN_STRING,
        [RECORD_NUMBER] = JSON_SPAN_NUMBER, [RECORD_WORD] = JSON_SPAN_WORD,
        [RECORD_TEXT] = JSON_SPAN_TEXT,     [RECORD_NOTE] = JSON_SPAN_NOTE,
    };
    return yield(span, kinds[record], text);
}

static bool next_record(struct json_spans *it, struct json_span *span)
{
    enum json_record record;
    struct text text;
    size_t at = it->at;
    it->at = json_record_read(it->view, at, &record, &text);
    if (record < RECORD_WITH_TEXT)
        return yield_mark(it, at, record, span);
    if (record == RECORD_KEY)
        it->stage = STAGE_COLON;
    return yield_text(record, text, span);
}

/* The item number `shown` of the folded array, where it is a scalar and there is still room and more to
 * come. */
static bool preview_item(const struct json_spans *it, enum json_record *record, struct text *text)
{
    const struct view_line *opening = &it->view->lines[it->line];
    size_t child = it->line + 1 + it->shown;
    if (opening->kind != JSON_LINE_ARRAY || it->shown + 1 >= opening->items ||
        it->view->lines[child].kind != JSON_LINE_PLAIN)
        return false;
    json_record_read(it->view, it->view->lines[child].start, record, text);
    return *record >= RECORD_STRING && it->view->lines[child].start + text->n <= it->end + PREVIEW_BYTES;
}

static bool next_gap(struct json_spans *it, struct json_span *span)
{
    enum json_record record;
    struct text text;
    it->stage = preview_item(it, &record, &text) ? STAGE_ITEM : STAGE_ELLIPSIS;
    return yield(span, JSON_SPAN_PUNCT, it->shown ? TEXT_LIT(", ") : TEXT_LIT(" "));
}

static bool next_item(struct json_spans *it, struct json_span *span)
{
    enum json_record record = RECORD_STRING;
    struct text text = TEXT_NULL;
    preview_item(it, &record, &text); /* there is one: next_gap() looked */
    it->stage = STAGE_GAP;
    it->shown++;
    return yield_text(record, text, span);
}

static bool next_block_line(struct json_spans *it, struct json_span *span)
{
    enum json_record record;
    struct text text;
    json_record_read(it->view, it->view->lines[it->line + 1].start, &record, &text);
    text.n = text_clip(text, PREVIEW_CELLS, false, NULL);
    it->stage = STAGE_ELLIPSIS;
    return yield_text(record, text, span);
}

static bool next_ellipsis(struct json_spans *it, struct json_span *span)
{
    it->stage = STAGE_CLOSE;
    bool is_block = it->view->lines[it->line].kind == JSON_LINE_BLOCK;
    return is_block ? yield(span, JSON_SPAN_STRING, TEXT_LIT(" … "))
                    : yield(span, JSON_SPAN_PUNCT, TEXT_LIT("… "));
}

static bool next_close(struct json_spans *it, struct json_span *span)
{
    static const struct text closes[][2] = {
        [JSON_LINE_OBJECT] = {TEXT_LIT("}"), TEXT_LIT("},")},
        [JSON_LINE_ARRAY] = {TEXT_LIT("]"), TEXT_LIT("],")},
        [JSON_LINE_BLOCK] = {TEXT_LIT("\""), TEXT_LIT("\",")},
    };
    const struct view_line *opening = &it->view->lines[it->line];
    size_t closing = opening->mate;
    bool has_comma = json_view_line_end(it->view, closing) > it->view->lines[closing].start + 1;
    it->stage = STAGE_FOLDED;
    return yield(span, opening->kind == JSON_LINE_BLOCK ? JSON_SPAN_STRING : JSON_SPAN_PUNCT,
                 closes[opening->kind][has_comma]);
}

static bool next_folded(struct json_spans *it, struct json_span *span)
{
    static const char *const words[] = {
        [JSON_LINE_OBJECT] = "key", [JSON_LINE_ARRAY] = "item", [JSON_LINE_BLOCK] = "line"};
    const struct view_line *opening = &it->view->lines[it->line];
    char count[TIME_TEXT];
    count_format((int64_t)(opening->items - it->shown), count);
    if (it->shown)
        snprintf(it->note, sizeof it->note, "  ▸ %.20s more", count);
    else
        snprintf(it->note, sizeof it->note, "  ▸ %.20s %s%s", count, words[opening->kind],
                 opening->items == 1 ? "" : "s");
    it->stage = STAGE_DONE;
    return yield(span, JSON_SPAN_FOLDED, text_of(it->note));
}

static enum stage stage_after_records(const struct json_spans *it)
{
    if (!is_folded(it))
        return STAGE_DONE;
    return it->view->lines[it->line].kind == JSON_LINE_BLOCK ? STAGE_BLOCK_LINE : STAGE_GAP;
}

bool json_span_next(struct json_spans *it, struct json_span *span)
{
    if (it->stage == STAGE_RECORDS && it->at == it->end)
        it->stage = stage_after_records(it);
    switch ((enum stage)it->stage) {
    case STAGE_RECORDS: return next_record(it, span);
    case STAGE_COLON: it->stage = STAGE_RECORDS; return yield(span, JSON_SPAN_PUNCT, TEXT_LIT(": "));
    case STAGE_GAP: return next_gap(it, span);
    case STAGE_ITEM: return next_item(it, span);
    case STAGE_BLOCK_LINE: return next_block_line(it, span);
    case STAGE_ELLIPSIS: return next_ellipsis(it, span);
    case STAGE_CLOSE: return next_close(it, span);
    case STAGE_FOLDED: return next_folded(it, span);
    case STAGE_DONE: break;
    }
    return false;
}

/* ---- text and search ---- */

void json_view_line_text(const struct json_view *view, size_t line, struct buf *out)
{
    struct json_span span;
    for (struct json_spans it = json_spans(view, line, false); json_span_next(&it, &span);)
        buf_text(out, span.text);
}

ptrdiff_t json_view_find(const struct json_view *view, const struct needle *needle, ptrdiff_t from, int step)
{
    struct buf text;
    buf_init(&text, view->size * 2 + 64);
    step = step < 0 ? -1 : 1;
    ptrdiff_t line = from + step;
    for (; line >= 0 && line < (ptrdiff_t)view->count; line += step) {
        buf_clear(&text);
        json_view_line_text(view, (size_t)line, &text);
        if (needle_find(needle, buf_as_text(&text), 0, NULL) >= 0)
            break;
    }
    buf_release(&text);
    return line >= 0 && line < (ptrdiff_t)view->count ? line : -1;
}
