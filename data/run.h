/*
 * The values of run history: run (execution), interaction, tool call; executor-store.md has their meaning column by column.
 * All text is borrowed from the arena that the value was made in. Nulls of the store stay nulls (TEXT_NULL, TIME_NONE).
 */
#pragma once

#include "data/base/arena.h"
#include "data/base/text.h"
#include "data/base/timefmt.h"

#include <stdbool.h>
#include <stdint.h>

/* X(enum, the store's word, the screen's word, glyph, ASCII glyph, is terminal). The order is that of the API's statusCounts. */
#define RUN_STATUSES(X)                                                                                      \
    X(STATUS_PENDING, "pending", "pending", "○", ".", false)                                                 \
    X(STATUS_RUNNING, "running", "running", "●", "*", false)                                                 \
    X(STATUS_WAITING, "waiting_for_interaction", "waiting", "◐", "?", false)                                 \
    X(STATUS_COMPLETED, "completed", "completed", "✓", "+", true)                                            \
    X(STATUS_FAILED, "failed", "failed", "✗", "x", true)                                                     \
    X(STATUS_CANCELLED, "cancelled", "cancelled", "⊘", "-", true)

enum run_status {
#define X(id, word, label, glyph, ascii, terminal) id,
    RUN_STATUSES(X)
#undef X
        STATUS_OTHER, /* a word the contract does not know: shown by its own word */
    STATUS_COUNT,
};

enum run_status run_status_of(struct text word);
const char *run_status_word(enum run_status status);  /* the store's word; "" for STATUS_OTHER */
const char *run_status_label(enum run_status status); /* the screen's word; "other" for STATUS_OTHER */
const char *run_status_glyph(enum run_status status, bool ascii);
bool run_status_is_terminal(enum run_status status); /* STATUS_OTHER is not: it may still change */
/* The store's word for what a person typed: "waiting" → waiting_for_interaction, case folded; others come back as they are. */
struct text run_status_canonical(struct text typed);

/* Every column of `execution`. */
struct run {
    struct text id, scope_id, status;
    struct text code, result_json, error_text,
        logs_json;                    /* null: not read, or null in the store (code is never null there) */
    int64_t started_at, completed_at; /* TIME_NONE */
    struct text trigger_kind, trigger_meta_json; /* a null kind is shown and filtered as "unknown" */
    int64_t tool_call_count;
    int64_t created_at, updated_at;
};

/* completed_at − started_at; may be negative (clock steps); DURATION_NONE where either is missing. */
int64_t run_duration(const struct run *run);

/* Every column of `execution_interaction`, but for response_private_json: only that it exists ever leaves the source. */
struct interaction {
    struct text id, execution_id, status, kind, purpose, payload_json, response_json;
    bool has_private_response;
    int64_t created_at, updated_at;
};

struct tool_call {
    struct text id, execution_id, status, tool_path, namespace_, args_json, result_json, error_text;
    int64_t started_at, completed_at, duration_ms; /* the last two TIME_NONE / DURATION_NONE while running */
};

/* A run with all that belongs to it, as it travels from file to file. */
struct run_record {
    struct run run;
    struct interaction *interactions;
    size_t interaction_count;
    struct tool_call *calls;
    size_t call_count;
};

enum { RUN_CODE_HEAD = 400 };

/* A line of the list: what a row shows and sorts by; payloads stay in the store. */
struct run_row {
    struct text id, scope_id, status, trigger_kind;
    struct text code_head; /* whitespace folded, at most RUN_CODE_HEAD bytes */
    int64_t created_at, started_at, completed_at, updated_at;
    int64_t
        tool_call_count; /* the greater of the column and the calls that are listed: the column is 0 until the run ends */
    int32_t log_errors, log_warnings; /* lines of the level in logs_json; both -1 where it is null */
};

/* What the columns of a run say of its row: code_head is null and the log counts are -1. Texts are the run's. */
struct run_row run_row_of(const struct run *run);
int64_t run_row_duration(const struct run_row *row);

/* Where a row stands in a list: enough to find its place again after it or others moved. */
struct row_key {
    int64_t created_at;
    int64_t duration_ms; /* DURATION_NONE; read only when sorted by duration */
    char id[72];         /* NUL-terminated; ids longer than this are cut, and then compare by the cut */
};

struct row_key run_row_key(const struct run_row *row);

/* The rows that `logs_json` holds. */
struct log_counts {
    int32_t errors, warnings, total;
};
/* Counts without building anything; broken JSON counts what came before the break. */
struct log_counts log_counts_of(struct text logs_json);
