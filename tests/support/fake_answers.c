#include "tests/support/fake_answers.h"

#include "data/base/die.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const tools[] = {"github.issues.list", "github.issues.get", "slack.chat.postMessage",
                                    "search"};

struct picture { /* the rows of one question, in its order */
    const struct fake_screen *fake;
    const struct run_row *rows[FAKE_ROWS_MAX];
    size_t count;
};

static struct text tool_of(const struct run_row *row)
{
    return text_of(tools[(size_t)(row->created_at / SECOND_MS) % (sizeof tools / sizeof *tools)]);
}

static bool has_interaction(const struct run_row *row)
{
    return text_is(row->status, "waiting_for_interaction");
}

static bool matches(const struct run_row *row, const struct filter *filter, const char *scope, int64_t now)
{
    struct text tool = tool_of(row);
    struct filter_subject subject = {
        .id = row->id,
        .status = row->status,
        .trigger_kind = row->trigger_kind,
        .code = row->code_head,
        .created_at = row->created_at,
        .duration_ms = run_row_duration(row),
        .tool_paths = &tool,
        .tool_count = 1,
        .has_interaction = has_interaction(row),
    };
    return (!scope || text_is(row->scope_id, scope)) && filter_matches(filter, &subject, now);
}

/* ---- order ---- */

static int compare_keys(const struct sort *sort, const struct row_key *a, const struct row_key *b)
{
    if (sort->field == SORT_DURATION && a->duration_ms != b->duration_ms) {
        if (a->duration_ms == DURATION_NONE || b->duration_ms == DURATION_NONE)
            return a->duration_ms == DURATION_NONE ? 1 : -1;
        int order = a->duration_ms < b->duration_ms ? -1 : 1;
        return sort->is_ascending ? order : -order;
    }
    int order =
        a->created_at != b->created_at ? (a->created_at > b->created_at ? -1 : 1) : -strcmp(a->id, b->id);
    return sort->field == SORT_CREATED && sort->is_ascending ? -order : order;
}

static int compare_rows(const void *a, const void *b, void *sort)
{
    struct row_key key_a = run_row_key(*(const struct run_row *const *)a);
    struct row_key key_b = run_row_key(*(const struct run_row *const *)b);
    return compare_keys(sort, &key_a, &key_b);
}

/* A search that came so far has seen these runs of all, the newest, or the oldest where the order begins there. */
static void keep_looked_at(struct picture *picture, const struct sort *sort)
{
    const struct fake_screen *fake = picture->fake;
    bool is_from_oldest = sort->field == SORT_CREATED && sort->is_ascending;
    size_t unseen = fake->looked_at < fake->count ? fake->count - fake->looked_at : 0, kept = 0;
    for (size_t i = 0; i < picture->count; i++) {
        size_t at = (size_t)(picture->rows[i] - fake->rows);
        if (is_from_oldest ? at >= unseen : at < fake->looked_at)
            picture->rows[kept++] = picture->rows[i];
    }
    picture->count = kept;
}

static struct picture *picture_new(const struct fake_screen *fake, const struct list_query *query)
{
    struct picture *picture = mem_new_array(1, sizeof *picture);
    struct sort sort = query->sort;
    picture->fake = fake;
    for (size_t i = 0; i < fake->count; i++)
        if (matches(&fake->rows[i], &query->filter, query->scope, query->now))
            picture->rows[picture->count++] = &fake->rows[i];
    if (fake->looked_at)
        keep_looked_at(picture, &sort);
    qsort_r(picture->rows, picture->count, sizeof(const struct run_row *), compare_rows, &sort);
    return picture;
}

/* ---- list ---- */

static size_t place_of_key(const struct picture *picture, const struct list_query *query, bool *is_there)
{
    *is_there = false;
    for (size_t i = 0; i < picture->count; i++) {
        struct row_key key = run_row_key(picture->rows[i]);
        *is_there = strcmp(key.id, query->key.id) == 0;
        if (*is_there)
            return i;
    }
    for (size_t i = 0; i < picture->count; i++) {
        struct row_key key = run_row_key(picture->rows[i]);
        if (compare_keys(&query->sort, &key, &query->key) >= 0)
            return i;
    }
    return picture->count ? picture->count - 1 : 0;
}

static size_t place_of_time(const struct picture *picture, const struct list_query *query)
{
    for (size_t i = 0; i < picture->count; i++) {
        int64_t created = picture->rows[i]->created_at, t = query->key.created_at;
        if (query->sort.is_ascending ? created >= t : created <= t)
            return i;
    }
    return picture->count ? picture->count - 1 : 0;
}

static size_t place_of_failed(const struct picture *picture, size_t at, int direction, bool *is_found)
{
    for (size_t i = at + (size_t)direction; i < picture->count; i += (size_t)direction)
        if (text_is(picture->rows[i]->status, "failed")) {
            *is_found = true;
            return i;
        }
    *is_found = false;
    return at;
}

static size_t place_of_anchor(const struct picture *picture, const struct list_query *query, bool *is_found)
{
    size_t at = 0;
    *is_found = true;
    if (query->anchor == ANCHOR_LAST)
        at = picture->count ? picture->count - 1 : 0;
    else if (query->anchor == ANCHOR_KEY)
        at = place_of_key(picture, query, is_found);
    else if (query->anchor == ANCHOR_AFTER)
        at = place_of_key(picture, query, is_found) + 1;
    else if (query->anchor == ANCHOR_TIME)
        at = place_of_time(picture, query);
    return query->find_failed ? place_of_failed(picture, at, query->find_failed, is_found) : at;
}

static void copy_rows(struct arena *arena, const struct picture *picture, size_t from,
                      struct list_reply *list)
{
    list->rows = arena_array(arena, list->count, sizeof *list->rows);
    for (size_t i = 0; i < list->count; i++) {
        struct run_row *row = &list->rows[i];
        *row = *picture->rows[from + i];
        row->id = arena_text(arena, row->id);
        row->status = arena_text(arena, row->status);
        row->trigger_kind = arena_text(arena, row->trigger_kind);
        row->code_head = arena_text(arena, row->code_head);
    }
}

static void answer_list(const struct fake_screen *fake, const struct list_query *query,
                        struct response *response)
{
    struct list_reply *list = &response->list;
    struct picture *picture = picture_new(fake, query);
    size_t at = place_of_anchor(picture, query, &list->anchor_found);
    size_t from = at > query->before ? at - query->before : 0;
    size_t end = at + query->after < picture->count ? at + query->after : picture->count;
    list->count = end > from ? end - from : 0;
    copy_rows(&response->arena, picture, from, list);
    list->anchor = list->count ? (ptrdiff_t)(at - from) : -1;
    list->is_first = from == 0 && (!fake->is_partial || fake->state.sort.field != SORT_DURATION);
    list->is_last = end == picture->count && !fake->is_partial;
    list->is_partial = fake->is_partial;
    list->total = (struct tally){(int64_t)picture->count, !fake->is_partial};
    list->rank = (struct tally){(int64_t)from, true};
    list->progress = fake->is_partial ? 0.5 : 1;
    list->reach = TIME_NONE;
    list->is_paused = fake->is_partial && fake->is_paused;
    if (fake->is_partial && fake->looked_at && fake->looked_at <= fake->count) {
        bool is_from_oldest = query->sort.field == SORT_CREATED && query->sort.is_ascending;
        size_t edge = is_from_oldest ? fake->count - fake->looked_at : fake->looked_at - 1;
        list->looked_at = (int64_t)fake->looked_at;
        list->reach = fake->rows[edge].created_at;
    }
    for (size_t i = 0; i < picture->count && query->cutoff != TIME_NONE; i++) {
        bool is_new = picture->rows[i]->created_at > query->cutoff;
        list->new_count += is_new;
        list->new_failed += is_new && text_is(picture->rows[i]->status, "failed");
    }
    free(picture);
}

/* ---- meta ---- */

static void facet_add(struct facet *facet, struct text word, int64_t n)
{
    for (size_t i = 0; i < facet->count; i++)
        if (text_eq(facet->values[i].word, word)) {
            facet->values[i].count += n;
            return;
        }
    facet->values[facet->count++] = (struct facet_value){word, n};
}

static struct facet facet_new(struct arena *arena)
{
    return (struct facet){.values = arena_array(arena, 32, sizeof(struct facet_value)), .is_counted = true};
}

static struct filter without(const struct filter *filter, enum filter_key key)
{
    struct filter other;
    filter_copy(&other, filter);
    filter_clear_key(&other, key);
    return other;
}

static void count_words(const struct fake_screen *fake, const struct meta_query *query, enum filter_key key,
                        struct arena *arena, struct facet *facet)
{
    struct filter filter;
    *facet = facet_new(arena);
    facet->is_narrowed = fake->is_narrowed && filter_keys_used(&query->filter) & (1u << key);
    if (facet->is_narrowed)
        filter_copy(&filter, &query->filter);
    else
        filter = without(&query->filter, key);
    for (int i = 0; key == FILTER_STATUS && i < STATUS_OTHER; i++)
        facet_add(facet, text_of(run_status_word((enum run_status)i)), 0);
    for (size_t i = 0; i < fake->count; i++) {
        const struct run_row *row = &fake->rows[i];
        if (!matches(row, &filter, query->scope, query->now))
            continue;
        struct text word = key == FILTER_STATUS    ? row->status
                           : key == FILTER_TRIGGER ? row->trigger_kind
                                                   : tool_of(row);
        facet_add(facet, arena_text(arena, word), 1);
    }
    filter_release(&filter);
}

static void count_interactions(const struct fake_screen *fake, const struct meta_query *query,
                               struct meta *meta)
{
    struct filter filter = without(&query->filter, FILTER_ELICITATION);
    meta->with_interaction = meta->without_interaction = (struct tally){0, true};
    for (size_t i = 0; i < fake->count; i++)
        if (matches(&fake->rows[i], &filter, query->scope, query->now))
            (has_interaction(&fake->rows[i]) ? &meta->with_interaction : &meta->without_interaction)->n++;
    filter_release(&filter);
}

static void count_presets(const struct fake_screen *fake, const struct meta_query *query, struct meta *meta)
{
    static const int64_t spans[] = {
#define X(id, label, span) span,
        TIME_PRESETS(X)
#undef X
    };
    struct filter filter = without(&query->filter, FILTER_AFTER);
    filter_clear_key(&filter, FILTER_BEFORE);
    for (int preset = 0; preset < PRESET_COUNT; preset++) {
        meta->presets[preset] = (struct tally){0, true};
        for (size_t i = 0; i < fake->count; i++) {
            const struct run_row *row = &fake->rows[i];
            bool is_recent = !spans[preset] || row->created_at >= query->now - spans[preset];
            meta->presets[preset].n += is_recent && matches(row, &filter, query->scope, query->now);
        }
    }
    filter_release(&filter);
}

static void count_buckets(const struct fake_screen *fake, const struct meta_query *query,
                          struct response *response)
{
    struct meta *meta = &response->meta;
    struct time_range range = filter_time_range(&query->filter, query->now);
    range.from = range.from == INT64_MIN ? meta->extent.from : range.from;
    range.to = range.to == INT64_MAX ? meta->extent.to : range.to;
    meta->histogram_is_exact = true;
    if (query->max_buckets && range.from < range.to)
        meta->histogram = histogram_make(&response->arena, range,
                                         bucket_width_for(range.to - range.from, query->max_buckets));
    meta->filtered = (struct tally){0, true};
    for (size_t i = 0; i < fake->count; i++) {
        const struct run_row *row = &fake->rows[i];
        if (!matches(row, &query->filter, query->scope, query->now))
            continue;
        meta->filtered.n++;
        if (meta->histogram.width)
            histogram_add(&meta->histogram, row->created_at, run_status_of(row->status), 1);
    }
}

static void answer_meta(const struct fake_screen *fake, const struct meta_query *query,
                        struct response *response)
{
    struct meta *meta = &response->meta;
    struct arena *arena = &response->arena;
    meta->progress = 1;
    meta->scopes = facet_new(arena);
    for (size_t i = 0; i < fake->count; i++) {
        facet_add(&meta->scopes, fake->rows[i].scope_id, 1);
        meta->total.n += !query->scope || text_is(fake->rows[i].scope_id, query->scope);
    }
    meta->total.is_exact = true;
    if (fake->count)
        meta->extent =
            (struct time_range){fake->rows[fake->count - 1].created_at, fake->rows[0].created_at + 1};
    count_words(fake, query, FILTER_STATUS, arena, &meta->status);
    count_words(fake, query, FILTER_TRIGGER, arena, &meta->trigger);
    count_words(fake, query, FILTER_TOOL, arena, &meta->tools);
    count_interactions(fake, query, meta);
    count_presets(fake, query, meta);
    count_buckets(fake, query, response);
}

/* ---- one run ---- */

static const struct run_row *row_of(const struct fake_screen *fake, const char *id)
{
    for (size_t i = 0; i < fake->count; i++)
        if (strcmp(fake->ids[i], id) == 0)
            return &fake->rows[i];
    return NULL;
}

static struct tool_call call_of(struct arena *arena, const struct run_row *row)
{
    return (struct tool_call){
        .id = TEXT_LIT("call-1"),
        .execution_id = arena_text(arena, row->id),
        .status = TEXT_LIT("completed"),
        .tool_path = tool_of(row),
        .args_json = TEXT_LIT("{\"owner\":\"acme\",\"number\":4812}"),
        .result_json = TEXT_LIT("{\"ok\":true}"),
        .started_at = row->created_at + 1,
        .completed_at = row->created_at + 3,
        .duration_ms = 2,
    };
}

/* Its newest question, where the test has one. */
static void add_question(const struct fake_screen *fake, const struct run_row *row, struct run_detail *detail,
                         struct arena *arena)
{
    detail->pending = -1;
    if (!fake->question || !has_interaction(row))
        return;
    detail->interactions = arena_array(arena, 1, sizeof *detail->interactions);
    detail->interactions[0] = *fake->question;
    detail->interaction_count = 1;
    detail->pending = text_is(fake->question->status, "pending") ? 0 : -1;
    detail->run.trigger_meta_json = text_of(fake->question_meta);
}

static void answer_watch(const struct fake_screen *fake, const struct detail_query *query,
                         struct response *response)
{
    const struct run_row *row = row_of(fake, query->id);
    if (!row) {
        response->code = err_set(&response->err, ERR_NOT_FOUND, "there is no run %s", query->id);
        return;
    }
    struct run_detail *detail = &response->watch.detail;
    detail->run = (struct run){.id = arena_text(&response->arena, row->id),
                               .scope_id = row->scope_id,
                               .status = arena_text(&response->arena, row->status)};
    add_question(fake, row, detail, &response->arena);
}

static void answer_detail(const struct fake_screen *fake, const struct detail_query *query,
                          struct response *response)
{
    struct arena *arena = &response->arena;
    const struct run_row *row = row_of(fake, query->id);
    if (!row) {
        response->code = err_set(&response->err, ERR_NOT_FOUND, "there is no run %s", query->id);
        return;
    }
    bool is_failed = text_is(row->status, "failed");
    response->detail.detail.run = (struct run){
        .id = arena_text(arena, row->id),
        .scope_id = row->scope_id,
        .status = arena_text(arena, row->status),
        .code = arena_text(arena, row->code_head),
        .result_json = is_failed ? TEXT_NULL : TEXT_LIT("{\"items\":[1,2,3],\"next\":null}"),
        .error_text = is_failed ? TEXT_LIT("Error: rate limited: retry after 41s") : TEXT_NULL,
        .logs_json = TEXT_LIT("[\"[info] started\",\"[warn] slow\"]"),
        .trigger_kind = arena_text(arena, row->trigger_kind),
        .created_at = row->created_at,
        .started_at = row->started_at,
        .completed_at = row->completed_at,
        .updated_at = row->updated_at,
        .tool_call_count = 1,
    };
    add_question(fake, row, &response->detail.detail, arena);
    response->detail.lacks_calls = fake->has_calls_later && query->may_lack_calls;
    if (response->detail.lacks_calls) {
        response->doc = run_doc_new(&response->detail);
        return;
    }
    response->detail.calls = arena_array(arena, 1, sizeof *response->detail.calls);
    response->detail.calls[0] = call_of(arena, row);
    response->detail.call_count = 1;
    response->doc = run_doc_new(&response->detail);
}

struct response *fake_answer_to(const struct fake_screen *fake, struct request *request, enum err_code code)
{
    struct response *response = mem_new_array(1, sizeof *response);
    response->lane = request->lane;
    response->generation = request->generation;
    response->code = code;
    if (code != ERR_OK) {
        response->code = err_set(&response->err, code, "the disk is on fire");
    } else if (request->lane == LANE_LIST) {
        answer_list(fake, &request->list, response);
    } else if (request->lane == LANE_META) {
        answer_meta(fake, &request->meta, response);
    } else if (request->lane == LANE_DETAIL) {
        answer_detail(fake, &request->detail, response);
    } else if (request->lane == LANE_WATCH) {
        answer_watch(fake, &request->watch, response);
    } else {
        response->peers = (struct peers_reply){
            .count = 20, .faster = 5, .p50_ms = 612, .p95_ms = 2100, .is_complete = true};
    }
    request_free(request);
    return response;
}
