/*
 * Totals and facets. The server counts everything under all filters, so that a facet without the terms of its own key is one more small request; those come
 * behind the list and one at a time, and until then the filtered counts stand in and say so. What the server cannot filter is counted over the
 * runs that are held.
 */
#include "data/http/source_http_meta.h"

#include "data/base/die.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { SLOW_MS = 1000 }; /* a server that takes longer is left alone while the list asks */

static const unsigned time_keys = 1u << FILTER_AFTER | 1u << FILTER_BEFORE;

static const unsigned part_keys[PART_COUNT] = {
    [PART_MAIN] = 0,
    [PART_STATUS] = 1u << FILTER_STATUS,
    [PART_TRIGGER] = 1u << FILTER_TRIGGER,
    [PART_TOOLS] = 1u << FILTER_TOOL,
    [PART_INTERACTIONS] = 1u << FILTER_ELICITATION,
    [PART_TIMES] = 1u << FILTER_AFTER | 1u << FILTER_BEFORE,
    [PART_ALL] = ~0u,
};

/* ---- the questions behind the numbers ---- */

static enum err_code plan_part(struct counting *counting, enum meta_part at, struct err *err)
{
    const struct meta_query *query = counting->query;
    struct part *part = &counting->parts[at];
    unsigned used = filter_keys_used(&query->filter);
    part->is_own = at == PART_MAIN || (used & part_keys[at]);
    if (!part->is_own)
        return ERR_OK;
    const char *scope = query->scope;
    enum err_code code =
        http_plan_for(counting->work, &query->filter, query->now, scope, part_keys[at], &part->plan, err);
    bool is_relative = filter_has_relative_time(&query->filter) && !(part_keys[at] & time_keys);
    if (code)
        return code;
    part->key = http_look_key(&part->plan, is_relative, counting->work->arena);
    if (part->plan.is_difference) {
        part->minus = http_plan_minus(&part->plan);
        part->minus_key = http_look_key(&part->minus, is_relative, counting->work->arena);
    }
    return ERR_OK;
}

/* Without any filter the main question is the one for all. */
static enum err_code plan_parts(struct counting *counting, struct err *err)
{
    enum err_code code = ERR_OK;
    for (int i = 0; !code && i < PART_COUNT; i++)
        code = plan_part(counting, (enum meta_part)i, err);
    return code;
}

/* Part `at`, or the main one where the filter has no terms of its key. */
struct part *counting_part(struct counting *counting, enum meta_part at)
{
    return counting->parts[at].is_own ? &counting->parts[at] : &counting->parts[PART_MAIN];
}

/* ---- getting the looks ---- */

/* The list's question is the same where its first rows are not there yet: then one answer serves both. */
static bool wants_rows(struct http_source *source, const struct http_plan *plan)
{
    struct time_range stretch;
    pthread_mutex_lock(&source->lock);
    struct feed_slot *slot = http_slot(source, &plan->main);
    int64_t newest = plan->range.to == INT64_MAX ? INT64_MAX : plan->range.to - 1;
    bool is_there = http_feed_stretch(slot->feed, newest, &stretch);
    pthread_mutex_unlock(&source->lock);
    return !is_there && !source->options.no_background;
}

static bool is_fresh(const struct counting *counting, const char *key)
{
    struct http_source *source = counting->work->source;
    pthread_mutex_lock(&source->lock);
    struct look *look = http_look_find(source, key);
    bool is_there = look && http_look_is_fresh(source, look);
    pthread_mutex_unlock(&source->lock);
    return is_there;
}

/* While a slow server works for the list nothing else is asked of it. */
static bool may_ask_more(struct counting *counting)
{
    struct http_source *source = counting->work->source;
    pthread_mutex_lock(&source->lock);
    const struct look *look = http_look_find(source, counting->parts[PART_MAIN].key);
    bool is_slow = look && look->took_ms > SLOW_MS;
    int64_t rest = look ? look->at + 2 * look->took_ms - clock_ms() : 0;
    bool may = !source->list_busy && (!is_slow || rest <= 0);
    pthread_mutex_unlock(&source->lock);
    counting->ask_again_ms = rest > 200 ? rest : 200;
    return may;
}

struct lacking {
    const struct http_plan *plan;
    const char *key;
};

/* The questions that no answer is there for, the main one first. */
static size_t find_lacking(const struct counting *counting, struct lacking lacking[2 * PART_COUNT])
{
    size_t count = 0;
    for (int i = 0; i < PART_COUNT; i++) {
        const struct part *part = &counting->parts[i];
        if (!part->is_own || part->plan.is_nothing)
            continue;
        if (!is_fresh(counting, part->key))
            lacking[count++] = (struct lacking){&part->plan, part->key};
        if (part->minus_key && !is_fresh(counting, part->minus_key))
            lacking[count++] = (struct lacking){&part->minus, part->minus_key};
    }
    return count;
}

/* The main question at once, of the others one a call, or all for a script. */
static enum err_code get_looks(struct counting *counting, struct err *err)
{
    const struct http_work *work = counting->work;
    const struct http_plan *main = &counting->parts[PART_MAIN].plan;
    struct lacking lacking[2 * PART_COUNT];
    size_t count = find_lacking(counting, lacking);
    enum err_code code = ERR_OK;
    bool asked_now = false;
    for (size_t i = 0; !code && i < count; i++) {
        bool is_main = lacking[i].plan == main;
        bool may = is_main || counting->query->wait_exact || (!asked_now && may_ask_more(counting));
        if (!may) {
            counting->missing++;
            continue;
        }
        code =
            http_look(work, lacking[i].plan, lacking[i].key, is_main && wants_rows(work->source, main), err);
        asked_now = true;
    }
    return code;
}

/* ---- assembling, under the lock ---- */

/* NULL: it is not there, or its plan's list has no rows. */
const struct wire_meta *counting_look(struct counting *counting, const struct part *part, bool *is_exact)
{
    const struct look *look = part->key ? http_look_find(counting->work->source, part->key) : NULL;
    *is_exact = look && http_look_is_exact(look);
    return look && look->is_there ? &look->meta : NULL;
}

static struct tally tally_of(struct tally of, bool is_exact)
{
    return (struct tally){of.n, of.n >= 0 && is_exact};
}

static const struct wire_meta *difference_of(struct counting *counting, struct part *part, bool *is_exact)
{
    const struct look *less = http_look_find(counting->work->source, part->minus_key);
    const struct wire_meta *from = counting_look(counting, part, is_exact);
    if (!from || !less || !less->is_there)
        return NULL;
    bool is_sound = true;
    if (!part->difference) {
        part->difference = arena_alloc(counting->work->arena, sizeof *part->difference);
        is_sound = meta_difference(from, &less->meta, counting->work->arena, part->difference);
    }
    part->is_unsound = part->is_unsound || !is_sound;
    *is_exact = *is_exact && http_look_is_exact(less) && !part->is_unsound;
    return part->difference;
}

const struct wire_meta *counting_own_look(struct counting *counting, enum meta_part at, bool *is_exact)
{
    struct part *part = counting_part(counting, at);
    if (part->plan.is_difference)
        return difference_of(counting, part, is_exact);
    return part->plan.is_sufficient ? counting_look(counting, part, is_exact) : NULL;
}

static int by_count(const void *a, const void *b)
{
    const struct facet_value *one = a, *two = b;
    if (one->count != two->count)
        return one->count < two->count ? 1 : -1;
    return text_cmp(one->word, two->word);
}

/* The six in their order, whatever the server's, and then others. */
static int by_status(const void *a, const void *b)
{
    const struct facet_value *one = a, *two = b;
    int order = (int)run_status_of(one->word) - (int)run_status_of(two->word);
    return order ? order : by_count(a, b);
}

static void add_zero(struct facet *facet, struct text word, struct arena *arena)
{
    if (!facet_find(facet, word))
        facet->values[facet->count++] = (struct facet_value){arena_text(arena, word), 0};
}

/* The six statuses, and the triggers that are known, are there also where no run has them: the rail's lines stay where they are. */
static struct facet copy_facet(struct counting *counting, const struct facet *from, enum meta_part at)
{
    struct arena *arena = counting->work->arena;
    const struct http_known *known = &counting->work->source->known;
    struct facet facet = {.count = from->count};
    facet.values =
        arena_array(arena, from->count + STATUS_COUNT + known->trigger_count, sizeof *facet.values);
    for (size_t i = 0; i < from->count; i++)
        facet.values[i] =
            (struct facet_value){arena_text(arena, from->values[i].word), from->values[i].count};
    for (int status = 0; at == PART_STATUS && status < STATUS_OTHER; status++)
        add_zero(&facet, text_of(run_status_word((enum run_status)status)), arena);
    for (size_t i = 0; at == PART_TRIGGER && i < known->trigger_count; i++)
        add_zero(&facet, known->triggers[i], arena);
    if (facet.count)
        qsort(facet.values, facet.count, sizeof *facet.values, at == PART_STATUS ? by_status : by_count);
    return facet;
}

/* The API has no count for a status outside the six. */
static bool has_unnamed(const struct wire_meta *meta)
{
    int64_t named = 0;
    for (size_t i = 0; i < meta->status.count; i++)
        named += meta->status.values[i].count;
    return named < meta->filtered.n;
}

static const struct facet *facet_of(const struct wire_meta *meta, enum meta_part at)
{
    return at == PART_STATUS ? &meta->status : at == PART_TRIGGER ? &meta->trigger : &meta->tools;
}

/* Its own count, else the filtered one for now, else what the held rows say. */
static void put_facet(struct counting *counting, enum meta_part at, struct facet *facet)
{
    bool is_exact = false;
    const struct wire_meta *meta = counting_own_look(counting, at, &is_exact);
    bool is_narrowed = false;
    if (!meta) {
        meta = counting_own_look(counting, PART_MAIN, &is_exact);
        is_narrowed = meta && counting->parts[at].is_own;
        is_exact = is_exact && !is_narrowed;
    }
    struct facet held = {0};
    bool is_short = meta && at == PART_STATUS && has_unnamed(meta);
    if (!meta || is_short)
        counting_facet(counting, at, &held);
    if (is_short && held.is_counted)
        meta = NULL;
    is_narrowed = is_narrowed && meta;
    is_exact = is_exact && !is_short;
    const struct facet *from = meta ? facet_of(meta, at) : &held;
    *facet = copy_facet(counting, from, at);
    facet->is_counted = from->is_counted && (is_exact || !meta);
    facet->is_narrowed = meta ? is_narrowed : held.is_narrowed;
}

static void put_interactions(struct counting *counting, struct meta *meta)
{
    bool is_exact;
    const struct wire_meta *look = counting_own_look(counting, PART_INTERACTIONS, &is_exact);
    if (!look && (look = counting_own_look(counting, PART_MAIN, &is_exact)))
        is_exact = false;
    if (!look) {
        counting_interactions(counting, meta);
        return;
    }
    meta->with_interaction = tally_of(look->with_interaction, is_exact);
    meta->without_interaction = tally_of(look->without_interaction, is_exact);
}

static int64_t bucket_sum(const struct sparse_bucket *bucket)
{
    int64_t sum = 0;
    for (int i = 0; i < STATUS_COUNT; i++)
        sum += bucket->counts.counts[i];
    return sum;
}

/* Of a bucket that begins before the preset as much as lies in it. */
static int64_t bucket_since(const struct wire_meta *meta, size_t at, int64_t from)
{
    int64_t start = meta->chart[at].start, end = start + meta->chart_width,
            sum = bucket_sum(&meta->chart[at]);
    if (end <= from)
        return 0;
    return start >= from ? sum
                         : (int64_t)((double)sum * (double)(end - from) / (double)meta->chart_width + 0.5);
}

/* By the server's buckets; exact where none began before. */
static struct tally sum_since(const struct wire_meta *meta, int64_t from, bool is_exact)
{
    if (!meta->chart_width)
        return meta->filtered.n == 0 ? meta->filtered : TALLY_UNKNOWN;
    int64_t sum = 0;
    for (size_t i = 0; i < meta->chart_count; i++) {
        is_exact = is_exact && meta->chart[i].start >= from;
        sum += bucket_since(meta, i, from);
    }
    return is_exact ? meta->filtered : (struct tally){sum, false};
}

static void put_presets(struct counting *counting, struct meta *meta)
{
    static const int64_t spans[] = {
#define X(id, label, span) span,
        TIME_PRESETS(X)
#undef X
    };
    bool is_exact;
    struct part *part = counting_part(counting, PART_TIMES);
    const struct wire_meta *own = counting_own_look(counting, PART_TIMES, &is_exact), *look = own;
    if (!look)
        look = counting_look(counting, part, &is_exact);
    for (int i = 0; i < PRESET_COUNT; i++) {
        int64_t from = counting->query->now - spans[i];
        meta->presets[i] = TALLY_UNKNOWN;
        if (counting_since(counting, spans[i] ? from : INT64_MIN, &meta->presets[i]) || !look)
            continue;
        meta->presets[i] = spans[i] ? sum_since(look, from, is_exact) : tally_of(look->filtered, is_exact);
        if (!own && meta->presets[i].n > 0)
            meta->presets[i] = (struct tally){counting_share(counting, part, meta->presets[i].n), false};
    }
}

/* Under the filter, whatever scope is asked for: of another one than the server's nothing was asked. */
static void put_scopes(struct counting *counting, struct meta *meta)
{
    const char *wanted = counting->query->scope;
    if (!counting->scope_id[0] || (wanted && strcmp(wanted, counting->scope_id) != 0))
        return;
    meta->scopes.values = arena_array(counting->work->arena, 1, sizeof *meta->scopes.values);
    meta->scopes.values[0] = (struct facet_value){text_of(counting->scope_id), meta->filtered.n};
    meta->scopes.count = 1;
    meta->scopes.is_counted = meta->filtered.is_exact;
}

static void put_total(struct counting *counting, struct meta *meta)
{
    bool is_exact;
    const struct wire_meta *any = counting_look(counting, &counting->parts[PART_MAIN], &is_exact);
    const struct http_plan *all = &counting_part(counting, PART_ALL)->plan;
    meta->total = any ? tally_of(any->total, is_exact) : TALLY_UNKNOWN;
    if (all->is_nothing || !text_is_null(all->scope)) /* the server counts the runs of its own */
        meta->total = counting_runs(counting, PART_ALL);
    const struct part *main = &counting->parts[PART_MAIN];
    const struct wire_meta *own = counting_own_look(counting, PART_MAIN, &is_exact);
    if (own && main->plan.is_difference)
        meta->filtered = tally_of(own->filtered, is_exact);
    else if (own)
        meta->filtered = http_look_runs(counting->work->source, &main->plan,
                                        http_look_find(counting->work->source, main->key));
    else
        meta->filtered = counting_runs(counting, PART_MAIN);
    if (counting_part(counting, PART_ALL) == main)
        meta->total = meta->filtered;
}

static void assemble(struct counting *counting, struct meta *meta)
{
    *meta = meta_unknown();
    put_total(counting, meta);
    put_facet(counting, PART_STATUS, &meta->status);
    put_facet(counting, PART_TRIGGER, &meta->trigger);
    put_facet(counting, PART_TOOLS, &meta->tools);
    put_interactions(counting, meta);
    put_presets(counting, meta);
    put_scopes(counting, meta);
    counting_chart(counting, meta);
    meta->progress = 1 - (double)counting->missing / (2 * PART_COUNT);
}

static int64_t due_of(struct http_source *source, const char *key, int64_t now)
{
    const struct look *look = key ? http_look_find(source, key) : NULL;
    bool is_due = look && look->is_there && http_look_is_dirty(look);
    return is_due ? look->at + http_look_pace(source, look) - now : INT64_MAX;
}

/* When the first of the numbers that are old by now may be asked for again: ms from now, INT64_MAX: none is. Each has a pace of its own. */
static int64_t next_due(const struct counting *counting)
{
    struct http_source *source = counting->work->source;
    int64_t due = INT64_MAX, now = clock_ms();
    for (int i = 0; i < PART_COUNT; i++) {
        const struct part *part = &counting->parts[i];
        if (!part->is_own || part->plan.is_nothing)
            continue;
        int64_t main = due_of(source, part->key, now), minus = due_of(source, part->minus_key, now);
        due = main < due ? main : due;
        due = minus < due ? minus : due;
    }
    return due;
}

enum err_code http_meta(const struct http_work *work, const struct meta_query *query, struct meta *meta,
                        struct err *err)
{
    struct counting counting = {.work = work, .query = query, .ask_again_ms = 0};
    struct http_source *source = work->source;
    *meta = meta_unknown();
    enum err_code code = plan_parts(&counting, err);
    if (!code)
        code = get_looks(&counting, err);
    if (!code && query->wait_exact)
        code = counting_complete(&counting, err);
    if (code)
        return code;
    pthread_mutex_lock(&source->state);
    counting.scope_id = arena_printf(work->arena, "%s", source->scope_id);
    pthread_mutex_unlock(&source->state);
    pthread_mutex_lock(&source->lock);
    assemble(&counting, meta);
    int64_t due = next_due(&counting);
    meta->is_old = due != INT64_MAX;
    due = counting.missing ? counting.ask_again_ms : due;
    pthread_mutex_unlock(&source->lock);
    if (due != INT64_MAX)
        http_raise(source, SOURCE_PROGRESS, due > 0 ? due : 0);
    return ERR_OK;
}
