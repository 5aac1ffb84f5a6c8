/*
 * See run.h: what can be said of a run from its own columns.
 */
#include "data/run.h"

#include "data/base/utf8.h"
#include "data/text/log_scan.h"

static const struct status_facts {
    struct text word;
    const char *label, *glyph, *ascii;
    bool is_terminal;
} statuses[STATUS_COUNT] = {
#define X(id, word, label, glyph, ascii, terminal) [id] = {TEXT_LIT(word), label, glyph, ascii, terminal},
    RUN_STATUSES(X)
#undef X
        [STATUS_OTHER] = {TEXT_LIT(""), "other", "·", "~", false},
};

enum run_status run_status_of(struct text word)
{
    for (int i = 0; i < STATUS_OTHER; i++)
        if (text_eq(word, statuses[i].word))
            return (enum run_status)i;
    return STATUS_OTHER;
}

const char *run_status_word(enum run_status status)
{
    return statuses[status].word.s;
}

const char *run_status_label(enum run_status status)
{
    return statuses[status].label;
}

const char *run_status_glyph(enum run_status status, bool ascii)
{
    return ascii ? statuses[status].ascii : statuses[status].glyph;
}

bool run_status_is_terminal(enum run_status status)
{
    return statuses[status].is_terminal;
}

struct text run_status_canonical(struct text typed)
{
    for (int i = 0; i < STATUS_OTHER; i++)
        if (text_eq_fold(typed, statuses[i].word) || text_eq_fold(typed, text_of(statuses[i].label)))
            return statuses[i].word;
    return typed;
}

static int64_t duration_between(int64_t started_at, int64_t completed_at)
{
    int64_t duration;
    if (started_at == TIME_NONE || completed_at == TIME_NONE)
        return DURATION_NONE;
    return __builtin_sub_overflow(completed_at, started_at, &duration) ? DURATION_NONE : duration;
}

int64_t run_duration(const struct run *run)
{
    return duration_between(run->started_at, run->completed_at);
}

struct run_row run_row_of(const struct run *run)
{
    return (struct run_row){.id = run->id,
                            .scope_id = run->scope_id,
                            .status = run->status,
                            .trigger_kind = run->trigger_kind,
                            .created_at = run->created_at,
                            .started_at = run->started_at,
                            .completed_at = run->completed_at,
                            .updated_at = run->updated_at,
                            .tool_call_count = run->tool_call_count,
                            .log_errors = -1,
                            .log_warnings = -1};
}

int64_t run_row_duration(const struct run_row *row)
{
    return duration_between(row->started_at, row->completed_at);
}

struct row_key run_row_key(const struct run_row *row)
{
    struct row_key key = {.created_at = row->created_at, .duration_ms = run_row_duration(row)};
    size_t n = row->id.n < sizeof key.id ? row->id.n : sizeof key.id - 1;
    if (n)
        memcpy(key.id, row->id.s, n);
    return key;
}

struct log_counts log_counts_of(struct text logs_json)
{
    struct log_counts counts = {0};
    struct log_scan scan = log_scan(logs_json);
    for (struct text raw; counts.total < INT32_MAX && log_scan_next(&scan, &raw); counts.total++) {
        enum log_level level = log_level_of_raw(raw);
        counts.errors += level == LOG_ERROR;
        counts.warnings += level == LOG_WARN;
    }
    return counts;
}
