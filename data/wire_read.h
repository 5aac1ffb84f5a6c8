/*
 * The API's JSON as values (executions-api.md). Made for what servers really send: unknown keys are passed over, missing ones and those of another type
 * count as null, numbers that fit no int64 are cut to its ends, fractions are cut off. A run without an id or a createdAt, a tool call without
 * an id, are left out and counted in `broken`. The secret part of an answer to a question is never copied: only that it exists.
 *
 * Texts are in the arena. Any failure leaves the out parameters empty: ERR_CORRUPT for text that is not JSON (or was cut short: at which byte),
 * ERR_TOO_BIG for more values than WIRE_VALUES_MAX (wire_clean.h), ERR_UNSUPPORTED for JSON that is something else ("JSON, but not a list of runs: its keys are …").
 * U+0000 and lone surrogates become U+FFFD; bytes that are not UTF-8 stay as they are. Whole numbers beyond 2^53 lose their low digits.
 */
#pragma once

#include "data/base/err.h"
#include "data/query.h"

/* `meta` as the server sent it: counted under all filters, statuses and triggers in its order. */
struct wire_meta {
    struct tally total, filtered;        /* exact; unknown where absent */
    struct facet status, trigger, tools; /* is_counted: it was there */
    struct tally with_interaction, without_interaction;
    int64_t chart_width; /* 0: no chart */
    struct sparse_bucket *chart;
    size_t chart_count;
};

struct wire_page {
    struct run_detail *items; /* interactions: the pending one alone, or none */
    size_t count, broken;
    struct text next_cursor; /* null: none */
    bool has_meta;
    struct wire_meta meta;
};

MUST_USE enum err_code wire_read_list(struct text body, struct arena *arena, struct wire_page *page,
                                      struct err *err);
MUST_USE enum err_code wire_read_detail(struct text body, struct arena *arena, struct run_detail *detail,
                                        struct err *err);
/* Ordered by started_at, ties by id, whatever the server did. */
MUST_USE enum err_code wire_read_tool_calls(struct text body, struct arena *arena, struct tool_call **calls,
                                            size_t *count, struct err *err);

/* GET /scope tells that this is an executor, and which scope it serves. */
struct wire_scope {
    struct text id, name, dir;
};
MUST_USE enum err_code wire_read_scope(struct text body, struct arena *arena, struct wire_scope *scope,
                                       struct err *err);

/* An error's body: false where it is not a JSON object. Texts null where absent; `message` is the first line of the first issue, else of `message`. */
struct wire_error {
    struct text tag, trace_id, execution_id, message;
};
bool wire_read_error(struct text body, struct arena *arena, struct wire_error *error);
