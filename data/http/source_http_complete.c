/*
 * Exact counts for a script, of a filter that the server cannot count: all of its runs are fetched, and where need be the calls of each.
 */
#include "data/http/source_http_meta.h"

enum { CALLS_ASKED_MAX = 20000 };

/* ---- tools: no row tells them ---- */

static bool may_have_calls(const struct run_row *row)
{
    return row->tool_call_count > 0 || row->completed_at == TIME_NONE ||
           !run_status_is_terminal(run_status_of(row->status));
}

static enum err_code count_calls(struct counting *counting, struct text id, struct err *err)
{
    struct arena arena;
    struct run_detail detail;
    struct detail_reply calls = {0};
    arena_init(&arena);
    enum err_code code = http_ask_run(counting->work, id, &arena, &detail, &calls, err);
    for (size_t i = 0; !code && i < calls.call_count; i++)
        counting_word(counting->tools, calls.calls[i].tool_path, 1, counting->work->arena);
    arena_release(&arena);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

static enum err_code count_tools(struct counting *counting, struct err *err)
{
    struct http_source *source = counting->work->source;
    struct part *part = counting_part(counting, PART_TOOLS);
    counting->tools = arena_alloc(counting->work->arena, sizeof *counting->tools);
    if (part->plan.is_nothing)
        return ERR_OK;
    struct plan_rows rows;
    size_t lo, hi, count = 0;
    pthread_mutex_lock(&source->lock);
    http_rows_open(source, &part->plan, &rows);
    http_rows_between(&rows, part->plan.range, &lo, &hi);
    struct text *ids = arena_array(counting->work->arena, hi - lo + 1, sizeof *ids);
    for (size_t i = lo; i < hi; i++)
        if (may_have_calls(&rows.rows[i]->row) && http_rows_match(&rows, i))
            ids[count++] = arena_text(counting->work->arena, rows.rows[i]->row.id);
    pthread_mutex_unlock(&source->lock);
    if (count > CALLS_ASKED_MAX) {
        err_set(err, ERR_TOO_BIG, "%s would have to be asked for the tool calls of %zu runs",
                source->address.label, count);
        return err_hint(err, "This filter is not one that the API has; narrow it by time: -f 'after:24h'.");
    }
    enum err_code code = ERR_OK;
    for (size_t i = 0; !code && i < count; i++)
        code = count_calls(counting, ids[i], err);
    return code;
}

/* ---- everything, for a script ---- */

static enum err_code fetch_all(struct counting *counting, const struct http_plan *plan, const char *key,
                               struct err *err)
{
    struct http_source *source = counting->work->source;
    for (;;) {
        struct fetch gap;
        pthread_mutex_lock(&source->lock);
        bool is_missing = http_rows_gap(source, plan, plan->range, &gap);
        bool is_full = http_feed_bytes(http_slot(source, &plan->main)->feed) > http_rows_room(source) / 2;
        pthread_mutex_unlock(&source->lock);
        if (!is_missing)
            return ERR_OK;
        if (is_full) {
            err_set(err, ERR_TOO_BIG, "%s has too many runs to count here", source->address.label);
            return err_hint(err,
                            "This filter is not one that the API has; narrow it by time: -f 'after:7d'.");
        }
        bool is_first = gap.params == &plan->main && gap.gap.to == plan->range.to && key;
        enum err_code code = is_first ? http_look(counting->work, plan, key, true, err)
                                      : http_fetch(counting->work, &gap, err);
        if (code)
            return code;
    }
}

const struct http_params counting_asked = {.elicitation = {"true", 4}};

static enum err_code fetch_asked(struct counting *counting, const struct part *part, struct err *err)
{
    struct http_plan asked = {.main = counting_asked, .range = part->plan.range};
    return fetch_all(counting, &asked, NULL, err);
}

/* By the server. */
static bool is_told(const struct part *part)
{
    return part->plan.is_sufficient || part->plan.is_difference || part->plan.is_nothing;
}

enum err_code counting_complete(struct counting *counting, struct err *err)
{
    enum err_code code = ERR_OK;
    for (int i = 0; !code && i < PART_TIMES; i++) {
        struct part *part = counting_part(counting, (enum meta_part)i);
        if (!is_told(part))
            code = fetch_all(counting, &part->plan, part->key, err);
    }
    struct part *interactions = counting_part(counting, PART_INTERACTIONS);
    if (!code && !is_told(interactions))
        code = fetch_asked(counting, interactions, err);
    struct part *tools = counting_part(counting, PART_TOOLS);
    if (!code && !tools->plan.is_sufficient)
        code = count_tools(counting, err);
    return code;
}
