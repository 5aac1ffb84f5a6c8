/*
 * Totals, facets and histogram of a question, from the counts that are kept of it.
 *
 * A facet is counted without its own filter terms. So a run that passes everything counts in every facet, one that fails exactly one
 * kind of test counts in that kind's facet alone, and one that fails two counts nowhere: which tests a run failed is all
 * there is to know, and no facet needs a pass of its own.
 */
#include "data/base/die.h"
#include "data/index/run_index_facets.h"
#include "data/index/run_index_kept.h"

#include <stdlib.h>

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
static struct histogram api_chart(const struct run_index *index, const struct index_result *matched,
                                  struct arena *arena)
{
    struct time_range range = {0, 0};
    if (matched->count) {
        range.from = index->store.created[bitmap_next(&matched->bits, 0)];
        range.to = time_after(index->store.created[bitmap_prev(&matched->bits, BITMAP_NONE)]);
    }
    return histogram_make(arena, range, bucket_width_of_api(time_range_span(range) - 1));
}

/* The calls of the runs that match: the API counts them all, whatever tools the filter names. */
static struct facet api_called(const struct run_index *index, const struct index_result *matched,
                               struct arena *arena)
{
    const struct index_store *store = &index->store;
    int64_t *calls = mem_new_array(store->dictionaries[3].count, sizeof *calls);
    for (size_t at = bitmap_next(&matched->bits, 0); at != BITMAP_NONE;
         at = bitmap_next(&matched->bits, at + 1))
        for (uint32_t call = store->calls.offsets[at]; call < store->calls.offsets[at + 1]; call++)
            if (store->calls.tools[call] < store->dictionaries[3].count)
                calls[store->calls.tools[call]]++;
    struct facet called = index_facet_called(store, calls, arena);
    called.is_counted = !matched->is_partial;
    free(calls);
    return called;
}

/* What only the API counts: from the runs themselves, and not from what is kept of a question. */
static void fill_api(const struct run_index *index, const struct index_question *question,
                     struct arena *arena, struct meta *meta)
{
    struct index_result matched;
    run_index_result_init(&matched);
    (void)run_index_eval(index, question, &matched);
    meta->histogram = api_chart(index, &matched, arena);
    if (filter_keys_used(question->filter) & 1u << FILTER_TOOL && index_is_usable(index, COLUMN_TOOLS))
        meta->called = api_called(index, &matched, arena);
    run_index_result_release(&matched);
}

static struct histogram chart_of(const struct index_question *question,
                                 const struct index_meta_options *options, struct time_range extent,
                                 struct arena *arena)
{
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

/* An unreadable scope column leaves the total open; the whole history's extent is then the best there is. */
static void fill_total(const struct run_index *index, const char *scope, struct meta *meta)
{
    const struct index_store *store = &index->store;
    meta->extent = (struct time_range){0, 0};
    if (!index_is_ready(index, COLUMN_CREATED))
        return;
    size_t first = 0, end = store->count;
    bool by_scope = scope && index_is_usable(index, COLUMN_SCOPE);
    while (by_scope && first < end && !is_in_scope(index, first, scope))
        first++;
    while (by_scope && end > first && !is_in_scope(index, end - 1, scope))
        end--;
    if (first < end)
        meta->extent = (struct time_range){store->created[first], time_after(store->created[end - 1])};
    if (!scope)
        meta->total = (struct tally){(int64_t)store->count, true};
}

/* Where the question cannot be answered, its scope's total still can. */
static void count_scope(const struct run_index *index, const char *scope, struct meta *meta)
{
    int64_t n = 0;
    for (size_t i = 0; i < index->store.count; i++)
        n += is_in_scope(index, i, scope);
    meta->total = (struct tally){n, true};
}

static double progress_of(const struct run_index *index)
{
    unsigned counted = COLUMNS_ALL & ~COLUMN_BIT(COLUMN_DURATION);
    return __builtin_popcount(run_index_ready(index) & counted) / (double)__builtin_popcount(counted);
}

/* ---- from the counts ---- */

/* Those of the stretches that begin at or after a position; one that it cuts is counted run by run. */
static int64_t since(const struct kept_answer *kept, size_t position)
{
    size_t whole = (position + kept->stretch_runs - 1) / kept->stretch_runs;
    int64_t n = (int64_t)bitmap_count_range(&kept->at_any_time, position, whole * kept->stretch_runs);
    for (size_t i = whole; i < kept->stretch_count; i++)
        n += kept->stretches[i].at_any_time;
    return n;
}

static int64_t preset_count(const struct run_index *index, const struct kept_answer *kept, int64_t now,
                            int64_t span)
{
    return since(kept, span ? index_lower_bound(&index->store, now - span) : 0);
}

static void fill_presets(const struct run_index *index, const struct kept_answer *kept, int64_t now,
                         bool is_exact, struct meta *meta)
{
    static const int64_t spans[] = {
#define X(id, label, span) span,
        TIME_PRESETS(X)
#undef X
    };
    for (int i = 0; i < PRESET_COUNT; i++)
        meta->presets[i] = (struct tally){preset_count(index, kept, now, spans[i]), is_exact};
}

static void add_bars(const struct kept_stretch *stretch, struct histogram *chart)
{
    for (size_t i = 0; i < stretch->bar_count; i++) {
        int64_t number = stretch->bars[i].number - chart->start / chart->width;
        if (number < 0 || number >= (int64_t)chart->count)
            continue;
        for (int status = 0; status < STATUS_COUNT; status++)
            chart->buckets[number].counts[status] += stretch->bars[i].counts[status];
    }
}

struct sums {
    int64_t matches, in_scope, with, without;
    bool is_open;
};

static struct sums sum_up(const struct kept_answer *kept, struct histogram *chart)
{
    struct sums sums = {0};
    for (size_t i = 0; i < kept->stretch_count; i++) {
        const struct kept_stretch *stretch = &kept->stretches[i];
        sums.matches += stretch->matches;
        sums.in_scope += stretch->in_scope;
        sums.with += stretch->with;
        sums.without += stretch->without;
        sums.is_open |= stretch->is_open;
        add_bars(stretch, chart);
    }
    return sums;
}

static void fill_facets(const struct run_index *index, const struct kept_answer *kept,
                        const struct filter *filter, bool is_exact, struct arena *arena, struct meta *meta)
{
    struct index_counts counts = {.store = &index->store,
                                  .status = kept->totals + kept->first[COUNT_STATUS],
                                  .trigger = kept->totals + kept->first[COUNT_TRIGGER],
                                  .scope = kept->totals + kept->first[COUNT_SCOPE],
                                  .tools = kept->totals + kept->first[COUNT_TOOLS]};
    index_facets_fill(&counts, filter, arena, meta);
    meta->status.is_counted = index_is_usable(index, COLUMN_STATUS) && is_exact;
    meta->trigger.is_counted = index_is_usable(index, COLUMN_TRIGGER) && is_exact;
    meta->tools.is_counted = index_is_usable(index, COLUMN_TOOLS) && is_exact;
    meta->scopes.is_counted = index_is_usable(index, COLUMN_SCOPE) && is_exact;
    meta->histogram_is_exact = index_is_usable(index, COLUMN_STATUS) && is_exact;
}

static void fill_counts(const struct run_index *index, const struct kept_answer *kept,
                        const struct index_question *question, struct arena *arena, struct meta *meta)
{
    struct sums sums = sum_up(kept, &meta->histogram);
    bool is_exact = !sums.is_open;
    meta->filtered = (struct tally){sums.matches, is_exact};
    if (question->scope)
        meta->total = (struct tally){sums.in_scope, true};
    if (index_is_usable(index, COLUMN_INTERACTION)) {
        meta->with_interaction = (struct tally){sums.with, is_exact};
        meta->without_interaction = (struct tally){sums.without, is_exact};
    }
    fill_presets(index, kept, question->now, is_exact, meta);
    fill_facets(index, kept, question->filter, is_exact, arena, meta);
}

unsigned run_index_meta(const struct run_index *index, const struct index_question *question,
                        const struct index_meta_options *options, struct arena *arena, struct meta *meta)
{
    unsigned missing = run_index_missing(index, question);
    *meta = meta_unknown();
    meta->progress = progress_of(index);
    fill_total(index, question->scope, meta);
    if (missing && question->scope && index_is_usable(index, COLUMN_SCOPE))
        count_scope(index, question->scope, meta);
    if (missing)
        return missing;
    if (options->want_api_chart)
        fill_api(index, question, arena, meta);
    else
        meta->histogram = chart_of(question, options, meta->extent, arena);
    struct kept_answer own = {0}, *kept = kept_take(index->kept, index, question, meta->histogram.width);
    struct kept_answer *answer = kept ? kept : &own;
    struct index_plan plan;
    index_plan_init(&plan, index, question);
    kept_update(answer, &plan, &meta->histogram, kept ? kept_sums(index->kept, index) : NULL);
    fill_counts(index, answer, question, arena, meta);
    index_plan_release(&plan);
    if (kept)
        kept_give_back(index->kept);
    kept_release(&own);
    return 0;
}
