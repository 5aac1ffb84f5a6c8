/*
 * The first tab. What keeps the run from going well comes right below its status, and the result last, because it may be endless.
 */
#include "widgets/drawer_int.h"

#include "data/base/timefmt.h"
#include "data/base/utf8.h"

#include <string.h>

enum { SECTION_INDENT = 2, CODE_LINES_MAX = 24, CODE_LINES_SHOWN = 16 };

/* "1.7 MB · 61,204 lines" */
static const char *size_note(struct drawer *drawer, size_t bytes, size_t lines)
{
    char count[TIME_TEXT];
    count_format((int64_t)lines, count);
    if (lines < 2)
        return NULL;
    if (bytes < 1000)
        return drawer_words(drawer, "%s lines", count);
    return drawer_words(drawer, "%s lines · %s", count, drawer_bytes(drawer, bytes));
}

/* A heading, and what it heads where that is open. */
static void list_view(struct drawer *drawer, struct block_list *list, struct part *part, const char *title,
                      enum block_kind kind, struct text raw)
{
    if (text_is_null(raw))
        return;
    blocks_blank(list);
    blocks_heading(list, part, 0, title, size_note(drawer, raw.n, json_view_count(part->view)));
    if (part->is_closed && !list->is_unfolded)
        return;
    if (json_view_count(part->view))
        blocks_json(list, part, kind, SECTION_INDENT);
    else {
        struct fact *fact = drawer_fact(drawer, "");
        fact->is_flush = true;
        fact_words(drawer, fact, STYLE(INK_MUTED), "empty");
        drawer_list_fact(drawer, list, SECTION_INDENT, kind, part->key);
    }
}

void drawer_payload(struct drawer *drawer, struct block_list *list, struct part *part, const char *title,
                    struct text raw)
{
    if (text_is_null(raw))
        return;
    bool is_open = !part->is_closed || list->is_unfolded;
    const char *note = part->view ? (is_open ? NULL : size_note(drawer, raw.n, json_view_count(part->view)))
                                  : drawer_words(drawer, "%s, too much beside the others to be unfolded",
                                                 drawer_bytes(drawer, raw.n));
    bool is_error = strcmp(title, "error") == 0;
    blocks_heading(list, part, SECTION_INDENT, title, note);
    if (is_error)
        list->items[list->count - 1].ink = INK_FAILED;
    if (is_open)
        blocks_json(list, part, is_error ? BLOCK_ERROR : BLOCK_JSON, SECTION_INDENT * 2);
}

/* ---- code ---- */

static void list_code_lines(struct drawer *drawer, struct block_list *list, struct part *part)
{
    size_t count = code_view_count(drawer->doc->code), shown = count;
    if (count > CODE_LINES_MAX && !part->is_whole && !list->is_unfolded)
        shown = CODE_LINES_SHOWN;
    blocks_add(list, &(struct block){.kind = BLOCK_CODE,
                                     .indent = SECTION_INDENT,
                                     .key = drawer_key(part->key, BLOCK_CODE),
                                     .part = part,
                                     .count = shown});
    if (shown == count)
        return;
    char left[TIME_TEXT];
    count_format((int64_t)(count - shown), left);
    blocks_add(list, &(struct block){.kind = BLOCK_MORE,
                                     .indent = SECTION_INDENT,
                                     .key = drawer_key(part->key, BLOCK_MORE),
                                     .part = part,
                                     .title = drawer_words(drawer, "▸ %s more lines", left),
                                     .count = 1});
}

static void list_code(struct drawer *drawer, struct block_list *list)
{
    struct part *part = &drawer->parts[PART_CODE];
    struct text code = drawer->doc->detail->detail.run.code;
    blocks_blank(list);
    blocks_heading(list, part, 0, "Code",
                   code.n ? size_note(drawer, code.n, code_view_count(drawer->doc->code)) : "empty");
    if (!part->is_closed || list->is_unfolded)
        list_code_lines(drawer, list, part);
}

/* ---- the whole ---- */

void drawer_list_properties(struct drawer *drawer, struct block_list *list)
{
    const struct run *run = &drawer->doc->detail->detail.run;
    drawer_list_outcome(drawer, list);
    list_view(drawer, list, &drawer->parts[PART_ERROR], "Error", BLOCK_ERROR, run->error_text);
    drawer_list_waiting(drawer, list);
    drawer_list_circumstances(drawer, list);
    list_code(drawer, list);
    drawer_list_interactions(drawer, list);
    list_view(drawer, list, &drawer->parts[PART_RESULT], "Result", BLOCK_JSON, run->result_json);
}
