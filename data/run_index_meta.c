/*
 * Totals, facets and histogram in one pass over the columns.
 *
 * A facet is counted without its own filter terms. So a run that passes everything counts in every facet, one that fails exactly one
 * kind of test counts in that kind's facet alone, and one that fails two counts nowhere: the mask of failed tests is all
 * there is to know, and no facet needs a pass of its own.
 */
#include "data/base/die.h"
#include "data/run_index_facets.h"
#include "data/run_index_private.h"

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
    int64_t filtered, interactions[2];
    bool is_open; /* some runs are not answered yet */
    struct histogram *histogram;
    struct bucket *bucket; /* of the last run counted, and */
    int64_t bucket_end;    /* where it ends */
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
}

static void count_calls(struct pass *pass, size_t at)
{
    const struct call_column *calls = &pass->index->store.calls;
    for (uint32_t call = calls->offsets[at]; call < calls->offsets[at + 1]; call++)
        pass->counts.tools[calls->tools[call]]++;
}

/* Runs come in time order, so the bucket is as a rule the last one's. */
static void count_bar(struct pass *pass, size_t at)
{
    struct histogram *histogram = pass->histogram;
    const struct index_store *store = &pass->index->store;
    int64_t t = store->created[at];
    if (!histogram->width || t < histogram->start)
        return;
    if (!pass->bucket || t >= pass->bucket_end) {
        uint64_t number = ((uint64_t)t - (uint64_t)histogram->start) / (uint64_t)histogram->width;
        if (number >= histogram->count)
            return;
        pass->bucket = &histogram->buckets[number];
        if (__builtin_add_overflow(histogram->start, (int64_t)(number + 1) * histogram->width,
                                   &pass->bucket_end))
            pass->bucket_end = INT64_MAX;
    }
    enum run_status status = STATUS_OTHER;
    if (pass->has_status)
        status = (enum run_status)pass->status_of[codes_get(&store->status, at)];
    pass->bucket->counts[status]++;
}

static void count_match(struct pass *pass, size_t at)
{
    const struct index_store *store = &pass->index->store;
    pass->filtered++;
    if (pass->has_status)
        pass->counts.status[codes_get(&store->status, at)]++;
    if (pass->has_trigger)
        pass->counts.trigger[codes_get(&store->trigger, at)]++;
    if (pass->has_scope)
        pass->counts.scope[codes_get(&store->scope, at)]++;
    if (pass->has_tools)
        count_calls(pass, at);
    pass->interactions[store->interaction[at]]++;
    count_bar(pass, at);
}

/* A run that fails one kind of test only. */
static void count_other(struct pass *pass, size_t at, uint8_t fails)
{
    const struct index_store *store = &pass->index->store;
    switch (fails) {
    case FAILS_STATUS: pass->counts.status[codes_get(&store->status, at)]++; break;
    case FAILS_TRIGGER: pass->counts.trigger[codes_get(&store->trigger, at)]++; break;
    case FAILS_SCOPE: pass->counts.scope[codes_get(&store->scope, at)]++; break;
    case FAILS_TOOLS: count_calls(pass, at); break;
    case FAILS_ELICITATION: pass->interactions[store->interaction[at]]++; break;
    default: break;
    }
}

/* One block lies on one side of every preset's edge. */
static void count_presets(struct pass *pass, size_t from, size_t to, const uint8_t *fails)
{
    int64_t n = 0;
    for (size_t i = 0; i < to - from; i++)
        n += !(fails[i] & (uint8_t)~FAILS_TIME);
    for (int i = 0; i < PRESET_COUNT; i++)
        pass->preset_counts[i] += from >= pass->preset_from[i] ? n : 0;
}

static void count_block(struct pass *pass, size_t from, size_t to)
{
    uint8_t fails[PLAN_BLOCK], all = 0;
    index_plan_block(&pass->plan, from, to, false, fails);
    for (size_t i = 0; i < to - from; i++) {
        all |= fails[i];
        if (!fails[i])
            count_match(pass, from + i);
        else if (!(fails[i] & (fails[i] - 1)))
            count_other(pass, from + i, fails[i]);
    }
    pass->is_open |= (all & FAILS_OPEN) != 0;
    count_presets(pass, from, to, fails);
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

/* The end of a range that holds t. */
static int64_t after(int64_t t)
{
    return t == INT64_MAX ? t : t + 1;
}

/* ---- range of the chart ---- */

static struct time_range chart_range(const struct index_question *question, struct time_range extent)
{
    struct time_range range = filter_time_range(question->filter, question->now);
    if (range.from == INT64_MIN)
        range.from = extent.from;
    if (range.to == INT64_MAX)
        range.to = filter_has_relative_time(question->filter) ? after(question->now) : extent.to;
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
        range.to = after(index->store.created[bitmap_prev(&result.bits, BITMAP_NONE)]);
    }
    run_index_result_release(&result);
    return range;
}

static int64_t span_of(struct time_range range)
{
    int64_t span;
    return __builtin_sub_overflow(range.to, range.from, &span) ? INT64_MAX : span;
}

static struct histogram chart_of(const struct run_index *index, const struct index_question *question,
                                 const struct index_meta_options *options, struct time_range extent,
                                 struct arena *arena)
{
    if (options->want_api_chart) {
        struct time_range range = matched_span(index, question);
        return histogram_make(arena, range, bucket_width_of_api(span_of(range) - 1));
    }
    struct time_range range = chart_range(question, extent);
    if (!options->max_buckets || range.from >= range.to)
        return (struct histogram){0};
    int64_t width = options->bucket_width;
    return histogram_make(arena, range,
                          width > 0 ? width : bucket_width_for(span_of(range), options->max_buckets));
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
    meta->extent = (struct time_range){store->created[first], after(store->created[last])};
}

/* An unreadable scope column leaves the total open; the whole history's extent is then the best there is. */
static void fill_total(const struct run_index *index, const char *scope, struct meta *meta)
{
    const struct index_store *store = &index->store;
    if (!index_is_ready(index, COLUMN_CREATED))
        return;
    if (store->count)
        meta->extent = (struct time_range){store->created[0], after(store->created[store->count - 1])};
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

static void meta_unknown(struct meta *meta)
{
    *meta = (struct meta){.total = TALLY_UNKNOWN, .filtered = TALLY_UNKNOWN};
    meta->with_interaction = meta->without_interaction = TALLY_UNKNOWN;
    for (int i = 0; i < PRESET_COUNT; i++)
        meta->presets[i] = TALLY_UNKNOWN;
}

static void fill_counts(struct pass *pass, struct arena *arena, struct meta *meta)
{
    const struct filter *filter = pass->plan.question->filter;
    bool is_exact = !pass->is_open;
    meta->filtered = (struct tally){pass->filtered, is_exact};
    for (int i = 0; i < PRESET_COUNT; i++)
        meta->presets[i] = (struct tally){pass->preset_counts[i], is_exact};
    if (pass->has_interaction) {
        meta->with_interaction = (struct tally){pass->interactions[1], is_exact};
        meta->without_interaction = (struct tally){pass->interactions[0], is_exact};
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
    meta_unknown(meta);
    meta->progress = progress_of(index);
    fill_total(index, question->scope, meta);
    if (missing)
        return missing;
    struct pass pass;
    pass_init(&pass, index, question);
    meta->histogram = chart_of(index, question, options, meta->extent, arena);
    pass.histogram = &meta->histogram;
    for (size_t from = 0, to; from < index->store.count; from = to) {
        to = block_end(&pass, from);
        count_block(&pass, from, to);
    }
    fill_counts(&pass, arena, meta);
    pass_release(&pass);
    return 0;
}
