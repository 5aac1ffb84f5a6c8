#include "tests/support/fake_screen.h"

#include "data/base/die.h"
#include "tui/ask.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_MS = 1000 };

static void set_row(struct fake_screen *fake, size_t at, size_t number)
{
    snprintf(fake->ids[at], sizeof fake->ids[at], "run-%05zu", number);
    int64_t created = fake->now - 3600000 + (int64_t)number * STEP_MS;
    fake->rows[at] = (struct run_row){
        .id = text_of(fake->ids[at]),
        .scope_id = TEXT_LIT("scope"),
        .status = number % 10 == 3 ? TEXT_LIT("failed") : TEXT_LIT("completed"),
        .trigger_kind = TEXT_LIT("cli"),
        .code_head = TEXT_LIT("return 1"),
        .created_at = created,
        .started_at = created,
        .completed_at = created + 5,
        .updated_at = created + 5,
        .log_errors = -1,
        .log_warnings = -1,
    };
}

static void renumber(struct fake_screen *fake)
{
    for (size_t i = 0; i < fake->count; i++)
        set_row(fake, i, fake->count - 1 - i);
}

static size_t index_of_key(const struct fake_screen *fake, const struct row_key *key, bool *is_there)
{
    for (size_t i = 0; i < fake->count; i++)
        if (strcmp(fake->ids[i], key->id) == 0) {
            *is_there = true;
            return i;
        }
    *is_there = false;
    for (size_t i = 0; i < fake->count; i++)
        if (fake->rows[i].created_at <= key->created_at)
            return i;
    return fake->count ? fake->count - 1 : 0;
}

static size_t find_failed(const struct fake_screen *fake, size_t at, int direction, bool *is_found)
{
    for (size_t i = at + (size_t)direction; i < fake->count; i += (size_t)direction)
        if (text_is(fake->rows[i].status, "failed")) {
            *is_found = true;
            return i;
        }
    *is_found = false;
    return at;
}

static size_t anchor_of(const struct fake_screen *fake, const struct list_query *query, bool *is_found)
{
    size_t at = 0;
    *is_found = true;
    if (query->anchor == ANCHOR_LAST)
        at = fake->count ? fake->count - 1 : 0;
    if (query->anchor == ANCHOR_KEY || query->anchor == ANCHOR_TIME)
        at = index_of_key(fake, &query->key, is_found);
    return query->find_failed ? find_failed(fake, at, query->find_failed, is_found) : at;
}

static void copy_rows(struct arena *arena, const struct fake_screen *fake, size_t from, struct list_reply *list)
{
    list->rows = arena_array(arena, list->count, sizeof *list->rows);
    for (size_t i = 0; i < list->count; i++) {
        list->rows[i] = fake->rows[from + i];
        list->rows[i].id = arena_text(arena, list->rows[i].id);
    }
}

static void answer_list(struct fake_screen *fake, const struct list_query *query, struct response *response)
{
    struct list_reply *list = &response->list;
    size_t at = anchor_of(fake, query, &list->anchor_found);
    size_t from = at > query->before ? at - query->before : 0;
    size_t end = at + query->after < fake->count ? at + query->after : fake->count;
    list->count = end - from;
    copy_rows(&response->arena, fake, from, list);
    list->anchor = list->count ? (ptrdiff_t)(at - from) : -1;
    list->is_first = from == 0;
    list->is_last = end == fake->count;
    list->total = (struct tally){(int64_t)fake->count, true};
    list->rank = (struct tally){(int64_t)from, true};
    list->progress = 1;
    for (size_t i = 0; i < fake->count && query->cutoff != TIME_NONE; i++)
        list->new_count += fake->rows[i].created_at > query->cutoff;
}

static void answer_meta(struct fake_screen *fake, const struct meta_query *query, struct response *response)
{
    struct meta *meta = &response->meta;
    meta->total = meta->filtered = (struct tally){(int64_t)fake->count, true};
    meta->progress = 1;
    if (fake->count)
        meta->extent = (struct time_range){fake->rows[fake->count - 1].created_at, fake->rows[0].created_at + 1};
    struct time_range range = filter_time_range(&query->filter, query->now);
    range.from = range.from == INT64_MIN ? meta->extent.from : range.from;
    range.to = range.to == INT64_MAX ? meta->extent.to : range.to;
    meta->histogram = histogram_make(&response->arena, range, bucket_width_for(range.to - range.from, query->max_buckets));
    for (size_t i = 0; i < fake->count; i++)
        histogram_add(&meta->histogram, fake->rows[i].created_at, STATUS_COMPLETED, 1);
    meta->histogram_is_exact = true;
}

static void answer_detail(struct fake_screen *fake, const struct detail_query *query, struct response *response)
{
    struct row_key key = {0};
    bool is_there;
    snprintf(key.id, sizeof key.id, "%s", query->id);
    const struct run_row *row = &fake->rows[index_of_key(fake, &key, &is_there)];
    response->detail.detail.run = (struct run){
        .id = arena_text(&response->arena, row->id),
        .status = row->status,
        .code = TEXT_LIT("return 1"),
        .created_at = row->created_at,
        .started_at = row->started_at,
        .completed_at = row->completed_at,
        .updated_at = row->updated_at,
    };
    response->detail.detail.pending = -1;
    response->doc = run_doc_new(&response->detail);
}

static unsigned answer(struct fake_screen *fake, struct request *request)
{
    struct response *response = mem_new_array(1, sizeof *response);
    response->lane = request->lane;
    response->generation = request->generation;
    if (request->lane == LANE_LIST) {
        fake->list_questions++;
        answer_list(fake, &request->list, response);
    } else if (request->lane == LANE_META) {
        answer_meta(fake, &request->meta, response);
    } else if (request->lane == LANE_DETAIL) {
        answer_detail(fake, &request->detail, response);
    }
    request_free(request);
    return update_response(&fake->state, response, fake->now);
}

static unsigned ask_all(struct fake_screen *fake, unsigned effects)
{
    unsigned more = 0;
    struct request *request;
    if (effects & EFFECT_REFRESH)
        more |= update_source(&fake->state, SOURCE_CHANGED, fake->now);
    if (effects & EFFECT_ASK_LIST)
        more |= answer(fake, ask_list(&fake->state, fake->now));
    if ((effects & EFFECT_ASK_META) && (request = ask_meta(&fake->state, fake->now)))
        more |= answer(fake, request);
    if (effects & EFFECT_ASK_DETAIL)
        more |= answer(fake, ask_detail(&fake->state));
    if ((effects & EFFECT_ASK_PEERS) && (request = ask_peers(&fake->state)))
        more |= answer(fake, request);
    return more;
}

void fake_answer(struct fake_screen *fake)
{
    for (int turns = 0; fake->unanswered && turns < 100; turns++) {
        unsigned effects = fake->unanswered;
        fake->unanswered = ask_all(fake, effects) | update_settle(&fake->state, fake->now);
        fake->effects |= fake->unanswered;
    }
    assert(!fake->unanswered); /* else questions and answers chase each other */
}

static void perform(struct fake_screen *fake, unsigned effects)
{
    enum { ASKING = EFFECT_ASK_LIST | EFFECT_ASK_META | EFFECT_ASK_DETAIL | EFFECT_ASK_PEERS | EFFECT_REFRESH };
    effects |= update_settle(&fake->state, fake->now);
    fake->effects |= effects;
    fake->unanswered |= effects & ASKING;
    if (!fake->holds)
        fake_answer(fake);
}

struct fake_screen *fake_screen_new(int width, int height, size_t rows)
{
    struct fake_screen *fake = mem_new_array(1, sizeof *fake);
    fake->now = INT64_C(1795226106849);
    fake->count = rows;
    renumber(fake);
    keymap_init(&fake->keymap, false);
    state_init(&fake->state);
    fake->state.keymap = &fake->keymap;
    fake->state.width = width;
    fake->state.height = height;
    perform(fake, update_start(&fake->state));
    return fake;
}

void fake_screen_free(struct fake_screen *fake)
{
    state_release(&fake->state);
    free(fake);
}

void fake_key(struct fake_screen *fake, const char *key)
{
    struct term_event event = {.kind = TERM_KEY};
    bool is_known = key_parse(text_of(key), &event.key);
    assert(is_known);
    (void)is_known;
    perform(fake, update_terminal(&fake->state, &event, fake->now));
}

void fake_type(struct fake_screen *fake, const char *text)
{
    for (; *text; text++) {
        struct term_event event = {.kind = TERM_KEY, .key = key_char((char32_t)*text, 0)};
        perform(fake, update_terminal(&fake->state, &event, fake->now));
    }
}

void fake_source(struct fake_screen *fake, unsigned events)
{
    perform(fake, update_source(&fake->state, events, fake->now));
}

void fake_arrive(struct fake_screen *fake, size_t n)
{
    fake->count += n;
    renumber(fake);
    fake_source(fake, SOURCE_CHANGED);
}

const char *fake_selected(const struct fake_screen *fake)
{
    static const char none[] = "";
    const struct run_row *row = state_selected(&fake->state);
    return row ? row->id.s : none;
}

long fake_line(const struct fake_screen *fake)
{
    return (long)fake->state.list.selected - (long)fake->state.list.top;
}
