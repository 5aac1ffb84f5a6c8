/*
 * See http_held.h. A list of 100k runs is mostly small texts: one allocation a run keeps them together, and makes what a run costs a plain number.
 */
#include "data/http/http_held.h"

#include "data/base/die.h"
#include "data/base/utf8.h"

#include <string.h>

/* Null stays null; NUL-terminated. */
static struct text keep_text(struct text text, char **at)
{
    if (text_is_null(text))
        return TEXT_NULL;
    struct text kept = {*at, text.n};
    if (text.n)
        memcpy(*at, text.s, text.n);
    (*at)[text.n] = '\0';
    *at += text.n + 1;
    return kept;
}

static struct run_row row_of(const struct run *run)
{
    struct run_row row = run_row_of(run);
    if (!text_is_null(run->logs_json)) {
        struct log_counts logs = log_counts_of(run->logs_json);
        row.log_errors = logs.errors;
        row.log_warnings = logs.warnings;
    }
    return row;
}

struct held_row *held_new(const struct run_detail *detail)
{
    struct text code = detail->run.code;
    if (code.n > FEED_CODE_MAX)
        code.n = FEED_CODE_MAX;
    char head[RUN_CODE_HEAD + 1];
    size_t head_length = text_is_null(code) ? 0 : text_fold_space(code, head, RUN_CODE_HEAD);
    struct run_row row = row_of(&detail->run);
    row.code_head = (struct text){head, head_length};
    enum { TEXTS = 6 };
    struct text *texts[TEXTS] = {&row.id,           &row.scope_id,  &row.status,
                                 &row.trigger_kind, &row.code_head, &code};
    size_t bytes = sizeof(struct held_row);
    for (size_t i = 0; i < TEXTS; i++)
        bytes += texts[i]->n + 1;
    struct held_row *held = mem_new(bytes);
    char *at = held->bytes;
    for (size_t i = 0; i < TEXTS; i++)
        *texts[i] = keep_text(*texts[i], &at);
    held->shown = (struct feed_row){row, code, detail->pending >= 0, bytes};
    held->answer = 0;
    held->is_gone = false;
    return held;
}

/* code_head follows from the code. */
bool held_is_same(const struct feed_row *a, const struct feed_row *b)
{
    const struct run_row *x = &a->row, *y = &b->row;
    return text_eq(x->id, y->id) && text_eq(x->scope_id, y->scope_id) && text_eq(x->status, y->status) &&
           text_eq(x->trigger_kind, y->trigger_kind) && text_eq(a->code, b->code) &&
           x->created_at == y->created_at && x->started_at == y->started_at &&
           x->completed_at == y->completed_at && x->updated_at == y->updated_at &&
           x->tool_call_count == y->tool_call_count && x->log_errors == y->log_errors &&
           x->log_warnings == y->log_warnings && a->is_pending == b->is_pending;
}
