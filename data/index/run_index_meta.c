/*
 * Totals, facets and histogram in one pass over the columns.
 *
 * A facet is counted without its own filter terms. So a run that passes everything counts in every facet, one that fails exactly one
 * kind of test counts in that kind's facet alone, and one that fails two counts nowhere: the mask of failed tests is all
 * there is to know, and no facet needs a pass of its own.
 */
#include "data/base/die.h"
#include "data/index/run_index_facets.h"
#include "data/index/run_index_private.h"

#include <stdlib.h>
#include <string.h>

struct pass {
    const struct run_index *index;
    struct index_plan plan;
    struct index_counts counts;
    bool has_status, has_trigger, has_scope, has_interaction, has_tools; /* the columns */
    uint8_t *status_of;                                                  /* enum run_status by code */
    size_t preset_from[PRESET_COUNT];
    int64_t preset_counts[PRESET_COUNT];
    int64_t filtered;
    bool is_open; /* some runs are not answered yet */
    struct histogram *histogram;
    struct bucket *bucket; /* of the last run counted, and */
    int64_t bucket_end;    /* where it ends */
    int64_t *of_bar;       /* by code of status; zeros between two bars */
};

static void pass_init(struct pass *pass, const struct run_index *index, const struct index_question *question)
{
    *pass = (struct pass){.index = index, .bucket_end = INT64_MIN};
    index_plan_init(&pass->plan, index, question);
    index_counts_init(&pass->counts, &index->store);
    pass->has_status = index_is_usable(index, COLUMN_STATUS);
    pass->has_trigger = index_is_usable(index, COLUMN_TRIGGER);
    pass->has_scope = index_is_usable(index, COLUMN_SCOPE);
    pass->has_interaction = index_is_usable(index, COLUMN_INTERACTION);
    pass->has_tools = index_is_usable(index, COLUMN_TOOLS);
    const struct dictionary *words = &index->store.dictionaries[0];
    pass->status_of = mem_new_array(words->count, 1);
    pass->of_bar = mem_new_array(COUNTER_STRIDE, sizeof *pass->of_bar);
    for (size_t code = 0; code < words->count; code++)
        pass->status_of[code] = (uint8_t)run_status_of(words->words[code]);
    for (int i = 0; i < PRESET_COUNT; i++) {
        int64_t span = time_preset_span((enum time_preset)i);
        pass->preset_from[i] = span ? index_lower_bound(&index->store, question->now - span) : 0;
    }
}

static void pass_release(struct pass *pass)
{
    index_plan_release(&pass->plan);
    index_counts_release(&pass->counts);
    free(pass->status_of);
    free(pass->of_bar);
}

/* Runs come in time order, so the bucket is as a rule the last one's. */
static struct bucket *bucket_of(struct pass *pass, int64_t t)
{
    const struct histogram *histogram = pass->histogram;
    if (pass->bucket && t < pass->bucket_end)
        return pass->bucket;
    if (!histogram->width || t < histogram->start)
        return NULL;
    uint64_t number = ((uint64_t)t - (uint64_t)histogram->start) / (uint64_t)histogram->width;
    if (number >= histogram->count)
        return NULL;
    pass->bucket = &histogram->buckets[number];
    if (__builtin_add_overflow(histogram->start, (int64_t)(number + 1) * histogram->width, &pass->bucket_end))
        pass->bucket_end = INT64_MAX;
    return pass->bucket;
}

/* The first of the matches from `i` on that lies behind the bucket of the last look. */
static size_t end_in_bucket(const struct pass *pass, const struct picked *matches, size_t i)
{
    const int64_t *created = pass->index->store.created + matches->from;
    size_t end = matches->count;
    while (i < end) {
        size_t middle = i + (end - i) / 2;
        if (created[matches->at[middle]] < pass->bucket_end)
            i = middle + 1;
        else
            end = middle;
    }
    return i;
}

static void count_bar(struct pass *pass, const struct picked *matches, size_t first, size_t end,
                      struct bucket *bucket)
{
    if (!pass->has_status) {
        bucket->counts[STATUS_OTHER] += (int64_t)(end - first);
        return;
    }
    size_t words = pass->index->store.dictionaries[0].count;
    index_count_codes(&pass->index->store.status, matches, first, end, pass->of_bar);
    for (size_t code = 0; code < words; code++) {
        bucket->counts[pass->status_of[code]] += pass->of_bar[code];
        pass->of_bar[code] = 0;
    }
}

/* Matches come in time order: those of a bucket are neighbours. */
static void count_bars(struct pass *pass, const struct picked *matches)
{
    const int64_t *created = pass->index->store.created + matches->from;
    for (size_t i = 0, next; i < matches->count; i = next) {
        struct bucket *bucket = bucket_of(pass, created[matches->at[i]]);
        next = bucket ? end_in_bucket(pass, matches, i) : i + 1;
        if (bucket)
            count_bar(pass, matches, i, next, bucket);
    }
}

struct counted_block {
    size_t from, to;
    uint8_t fails[PLAN_BLOCK];
    struct picked matches, others;
};

/* What counts in the facet of one kind of test: the matches, and where the filter has that test, those that fail it alone. */
static const struct picked *pick(struct counted_block *block, bool is_asked, uint8_t kind)
{
    if (!is_asked)
        return &block->matches;
    picked_fill(&block->others, block->from, block->to, block->fails, kind);
    return &block->others;
}

static void count_codes(const struct code_column *codes, const struct picked *picked, int64_t *counters)
{
    index_count_codes(codes, picked, 0, picked->count, counters);
}

static void count_facets(struct pass *pass, struct counted_block *block)
{
    const struct index_plan *plan = &pass->plan;
    const struct index_store *store = plan->store;
    struct index_counts *counts = &pass->counts;
    if (pass->has_status)
        count_codes(&store->status, pick(block, plan->luts[0], FAILS_STATUS), counts->status);
    if (pass->has_trigger)
        count_codes(&store->trigger, pick(block, plan->luts[1], FAILS_TRIGGER), counts->trigger);
    if (pass->has_scope)
        count_codes(&store->scope, pick(block, plan->luts[2], FAILS_SCOPE), counts->scope);
    if (pass->has_tools)
        index_count_calls(&store->calls, pick(block, plan->tool_terms, FAILS_TOOLS), counts->tools);
    if (pass->has_interaction)
        index_count_interactions(counts, pick(block, plan->asks_interaction, FAILS_ELICITATION));
}

/* One block lies on one side of every preset's edge. */
static void count_presets(struct pass *pass, const struct counted_block *block, int64_t n)
{
    for (int i = 0; i < PRESET_COUNT; i++)
        pass->preset_counts[i] += block->from >= pass->preset_from[i] ? n : 0;
}

/* A block in which somebody fails something. */
static void look_at_fails(struct pass *pass, const struct counted_block *block)
{
    uint8_t all = 0;
    int64_t at_any_time = 0;
    for (size_t i = 0; i < block->to - block->from; i++) {
        all |= block->fails[i];
        at_any_time += !(block->fails[i] & (uint8_t)~FAILS_TIME);
    }
    pass->is_open |= (all & FAILS_OPEN) != 0;
    count_presets(pass, block, at_any_time);
}

static void count_block(struct pass *pass, struct counted_block *block)
{
    size_t n = block->to - block->from;
    index_plan_block(&pass->plan, block->from, block->to, false, block->fails);
    picked_fill(&block->matches, block->from, block->to, block->fails, 0);
    pass->filtered += (int64_t)block->matches.count;
    count_facets(pass, block);
    count_bars(pass, &block->matches);
    if (block->matches.count == n)
        count_presets(pass, block, (int64_t)n);
    else
        look_at_fails(pass, block);
}

static size_t block_end(const struct pass *pass, size_t from)
{
    size_t count = pass->index->store.count;
    size_t to = count - from > PLAN_BLOCK ? from + PLAN_BLOCK : count;
    for (int i = 0; i < PRESET_COUNT; i++)
        if (pass->preset_from[i] > from && pass->preset_from[i] < to)
            to = pass->preset_from[i];
    return to;
}

/* ---- range of the chart ---- */

static struct time_range chart_range(const struct index_question *question, struct time_range extent)
{
    struct time_range range = filter_time_range(question->filter, question->now);
    if (range.from == INT64_MIN)
        range.from = extent.from;
    if (range.to == INT64_MAX)
        range.to = filter_has_relative_time(question->filter) ? time_after(question->now) : extent.to;
    return range;
}

/* From the oldest to the newest match, as the reference server draws it. */
static struct time_range matched_span(const struct run_index *index, const struct index_question *question)
{
    struct index_result result;
    struct time_range range = {0, 0};
    run_index_result_init(&result);
    if (!run_index_eval(index, question, &result) && result.count) {
        range.from = index->store.created[bitmap_next(&result.bits, 0)];
        range.to = time_after(index->store.created[bitmap_prev(&result.bits, BITMAP_NONE)]);
    }
    run_index_result_release(&result);
    return range;
}

static struct histogram chart_of(const struct run_index *index, const struct index_question *question,
                                 const struct index_meta_options *options, struct time_range extent,
                                 struct arena *arena)
{
    if (options->want_api_chart) {
        struct time_range range = matched_span(index, question);
        return histogram_make(arena, range, bucket_width_of_api(time_range_span(range) - 1));
    }
    struct time_range range = chart_range(question, extent);
    if (!options->max_buckets || range.from >= range.to)
        return (struct histogram){0};
    int64_t width = options->bucket_width;
    return histogram_make(arena, range,
                          width > 0 ? width : bucket_width_for(time_range_span(range), options->max_buckets));
}

/* ---- what no filter touches ---- */

static bool is_in_scope(const struct run_index *index, size_t at, const char *scope)
{
    return text_is(run_index_word(index, COLUMN_SCOPE, codes_get(&index->store.scope, at)), scope);
}

static void fill_scope_total(const struct run_index *index, const char *scope, struct meta *meta)
{
    const struct index_store *store = &index->store;
    bool *wanted = mem_new_array((size_t)UINT16_MAX + 1, sizeof *wanted);
    const struct dictionary *words = &store->dictionaries[2];
    for (size_t code = 0; code < words->count; code++)
        wanted[code] = text_is(words->words[code], scope);
    int64_t n = 0;
    for (size_t i = 0; i < store->count; i++)
        n += wanted[codes_get(&store->scope, i)];
    free(wanted);
    meta->total = (struct tally){n, true};
    meta->extent = (struct time_range){0, 0};
    if (!n)
        return;
    size_t first = 0, last = store->count - 1;
    while (!is_in_scope(index, first, scope))
        first++;
    while (!is_in_scope(index, last, scope))
        last--;
    meta->extent = (struct time_range){store->created[first], time_after(store->created[last])};
}

/* An unreadable scope column leaves the total open; the whole history's extent is then the best there is. */
static void fill_total(const struct run_index *index, const char *scope, struct meta *meta)
{
    const struct index_store *store = &index->store;
    if (!index_is_ready(index, COLUMN_CREATED))
        return;
    if (store->count)
        meta->extent = (struct time_range){store->created[0], time_after(store->created[store->count - 1])};
    if (!scope)
        meta->total = (struct tally){(int64_t)store->count, true};
    else if (index_is_usable(index, COLUMN_SCOPE))
        fill_scope_total(index, scope, meta);
}

static double progress_of(const struct run_index *index)
{
    unsigned counted = COLUMNS_ALL & ~COLUMN_BIT(COLUMN_DURATION);
    return __builtin_popcount(run_index_ready(index) & counted) / (double)__builtin_popcount(counted);
}

static void fill_counts(struct pass *pass, struct arena *arena, struct meta *meta)
{
    const struct filter *filter = pass->plan.question->filter;
    bool is_exact = !pass->is_open;
    meta->filtered = (struct tally){pass->filtered, is_exact};
    for (int i = 0; i < PRESET_COUNT; i++)
        meta->presets[i] = (struct tally){pass->preset_counts[i], is_exact};
    if (pass->has_interaction) {
        meta->with_interaction = (struct tally){pass->counts.interactions[1], is_exact};
        meta->without_interaction = (struct tally){pass->counts.interactions[0], is_exact};
    }
    index_facets_fill(&pass->counts, filter, arena, meta);
    meta->status.is_counted = pass->has_status && is_exact;
    meta->trigger.is_counted = pass->has_trigger && is_exact;
    meta->tools.is_counted = pass->has_tools && is_exact;
    meta->scopes.is_counted = pass->has_scope && is_exact;
    meta->histogram_is_exact = pass->has_status && is_exact;
}

unsigned run_index_meta(const struct run_index *index, const struct index_question *question,
                        const struct index_meta_options *options, struct arena *arena, struct meta *meta)
{
    unsigned missing = run_index_missing(index, question);
    *meta = meta_unknown();
    meta->progress = progress_of(index);
    fill_total(index, question->scope, meta);
    if (missing)
        return missing;
    struct pass pass;
    pass_init(&pass, index, question);
    meta->histogram = chart_of(index, question, options, meta->extent, arena);
    pass.histogram = &meta->histogram;
    struct counted_block *block = mem_new(sizeof *block);
    for (block->to = 0; block->to < index->store.count;) {
        block->from = block->to;
        block->to = block_end(&pass, block->from);
        count_block(&pass, block);
    }
    free(block);
    index_counts_finish(&pass.counts);
    fill_counts(&pass, arena, meta);
    pass_release(&pass);
    return 0;
}
