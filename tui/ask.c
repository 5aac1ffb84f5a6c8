/*
 * See ask.h. Each question gets a new generation; the state remembers it and drops answers to older ones.
 */
#include "tui/ask.h"

#include "data/base/die.h"
#include "tui/answer_draft.h"

enum { WINDOW_PAGES_BEFORE = 2, WINDOW_PAGES_AFTER = 3, FIRST_PAGES = 2 };

static char *copy_or_null(const char *s)
{
    return s ? mem_strdup(s) : NULL;
}

static size_t at_most(size_t n, size_t max)
{
    return n < max ? n : max;
}

struct request *ask_list(struct state *state, int64_t now)
{
    struct list_state *list = &state->list;
    struct request *request = request_new(LANE_LIST, ++state->generations);
    struct list_query *query = &request->list;
    size_t page = state_list_capacity(state);
    bool is_edge = list->anchor == ANCHOR_FIRST || list->anchor == ANCHOR_LAST;
    filter_copy(&query->filter, &state->filter);
    query->now = now;
    query->scope = copy_or_null(state->scope);
    query->sort = state->sort;
    query->anchor = list->anchor;
    query->key = list->key;
    query->find_failed = list->find_failed;
    query->before = list->anchor == ANCHOR_FIRST ? 0 : at_most(WINDOW_PAGES_BEFORE * page, ROWS_BEFORE_MAX);
    query->after = at_most((is_edge ? FIRST_PAGES : WINDOW_PAGES_AFTER) * page, ROWS_AFTER_MAX);
    query->cutoff = state->live.is_on ? state->live.cutoff : TIME_NONE;
    list->generation = request->generation;
    list->is_asking = true;
    list->asked_at = now;
    return request;
}

struct request *ask_meta(struct state *state, int64_t now)
{
    if (state->meta.is_asking && !state->meta.is_overtaken) {
        state->meta.is_due = true;
        return NULL;
    }
    struct request *request = request_new(LANE_META, ++state->generations);
    struct meta_query *query = &request->meta;
    struct layout layout = layout_of(state);
    filter_copy(&query->filter, &state->filter);
    query->now = now;
    query->scope = copy_or_null(state->scope);
    query->max_buckets = timeline_columns(layout.timeline.w); /* also where a drawer hides it for now */
    state->meta.generation = request->generation;
    state->meta.is_asking = true;
    state->meta.is_overtaken = state->meta.is_due = state->meta.is_late = false;
    state->meta.asked_at = now;
    return request;
}

struct request *ask_detail(struct state *state)
{
    struct request *request = request_new(LANE_DETAIL, ++state->generations);
    const struct run_row *row = &state->detail.asked;
    request->detail.id = mem_strndup(row->id.s, row->id.n);
    request->detail.scope =
        text_is_null(row->scope_id) ? NULL : mem_strndup(row->scope_id.s, row->scope_id.n);
    /* What there is of the run shows at once; its calls are asked for when that has come. */
    request->detail.may_lack_calls = !state_has_detail_of(state, row);
    state->detail.generation = request->generation;
    state->detail.is_asking = true;
    return request;
}

struct request *ask_peers(struct state *state)
{
    if (!state->detail.shown)
        return NULL;
    const struct run *run = &state->detail.shown->detail.detail.run;
    struct request *request = request_new(LANE_PEERS, ++state->generations);
    request->peers.id = mem_strndup(run->id.s, run->id.n);
    request->peers.code = mem_strndup(run->code.s, run->code.n);
    request->peers.code_len = run->code.n;
    request->peers.duration_ms = run_duration(run);
    state->detail.peers_generation = request->generation;
    return request;
}

struct request *ask_watch(struct state *state)
{
    const struct answer_draft *draft = state->answer.open;
    if (!draft)
        return NULL;
    struct request *request = request_new(LANE_WATCH, ++state->generations);
    request->watch.id = mem_strndup(draft->run_id.s, draft->run_id.n);
    request->watch.scope = draft->scope_id.n ? mem_strndup(draft->scope_id.s, draft->scope_id.n) : NULL;
    request->watch.may_lack_calls = true;
    state->answer.generation = request->generation;
    state->answer.is_asking = true;
    return request;
}
