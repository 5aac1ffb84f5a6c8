/*
 * Counts over the rows that are held: exact where the whole list is, and else of so much as is; and the charts.
 */
#include "data/http/source_http_meta.h"

#include "data/base/die.h"

#include <stdlib.h>

enum { WORDS_MAX = 1000, CALLS_ASKED_MAX = 20000, SHARE_HELD_MIN = 5 };

struct word_counts {
    struct facet_value *values;
    size_t count;
};

struct counts {
    bool is_whole;
    int64_t n, held;                              /* rows that match, of those that are held */
    struct word_counts status, trigger;           /* of the rows that match */
    struct word_counts held_status, held_trigger; /* of all that are held */
    int64_t oldest, newest;                       /* where n */
};

static void count_word(struct word_counts *counts, struct text word, int64_t n, struct arena *arena)
{
    for (size_t i = 0; i < counts->count; i++)
        if (text_eq(counts->values[i].word, word)) {
            counts->values[i].count += n;
            return;
        }
    if (!counts->values)
        counts->values = arena_array(arena, WORDS_MAX, sizeof *counts->values);
    if (counts->count < WORDS_MAX)
        counts->values[counts->count++] = (struct facet_value){arena_text(arena, word), n};
}

/* Once a part, under the lock. */
static const struct counts *counts_of(struct counting *counting, struct part *part)
{
    if (part->counts)
        return part->counts;
    struct arena *arena = counting->work->arena;
    struct counts *counts = part->counts = arena_alloc(arena, sizeof *counts);
    counts->is_whole = true;
    if (part->plan.is_nothing)
        return counts;
    struct fetch gap;
    struct plan_rows rows;
    size_t lo, hi;
    counts->is_whole = !http_rows_gap(counting->work->source, &part->plan, part->plan.range, &gap);
    http_rows_open(counting->work->source, &part->plan, &rows);
    http_rows_between(&rows, part->plan.range, &lo, &hi);
    for (size_t i = lo; i < hi; i++) {
        if (!http_rows_told(&rows, i))
            continue;
        counts->held++;
        const struct run_row *row = &rows.rows[i]->row;
        count_word(&counts->held_status, row->status, 1, arena);
        count_word(&counts->held_trigger, row->trigger_kind, 1, arena);
        if (!http_rows_match(&rows, i))
            continue;
        counts->newest = counts->n ? counts->newest : row->created_at;
        counts->oldest = row->created_at;
        counts->n++;
        count_word(&counts->status, row->status, 1, arena);
        count_word(&counts->trigger, row->trigger_kind, 1, arena);
    }
    return counts;
}

/* What the server cannot count is estimated: of what it counts without the rest of the filter, as large a share as of the runs that are held. */
int64_t counting_share(struct counting *counting, struct part *part, int64_t n)
{
    const struct counts *counts = counts_of(counting, part);
    return counts->held ? (int64_t)((double)n * (double)counts->n / (double)counts->held + 0.5) : 0;
}

static int64_t count_of(const struct word_counts *counts, struct text word)
{
    for (size_t i = 0; i < counts->count; i++)
        if (text_eq(counts->values[i].word, word))
            return counts->values[i].count;
    return 0;
}

/* Of the runs with that word, where enough of those are held to tell. Never less than is known to be there. */
static int64_t share_of_word(struct counting *counting, struct part *part, enum meta_part at,
                             const struct facet_value *servers)
{
    const struct counts *counts = counts_of(counting, part);
    bool is_status = at == PART_STATUS;
    int64_t held = count_of(is_status ? &counts->held_status : &counts->held_trigger, servers->word);
    int64_t matched = count_of(is_status ? &counts->status : &counts->trigger, servers->word);
    int64_t share = held < SHARE_HELD_MIN
                        ? counting_share(counting, part, servers->count)
                        : (int64_t)((double)servers->count * (double)matched / (double)held + 0.5);
    return share > matched ? share : matched;
}

struct tally counting_runs(struct counting *counting, enum meta_part at)
{
    struct part *part = counting_part(counting, at);
    const struct counts *counts = counts_of(counting, part);
    bool is_exact;
    const struct wire_meta *look = counting_look(counting, part, &is_exact);
    if (counts->is_whole || !look)
        return (struct tally){counts->n, counts->is_whole};
    int64_t n = 0;
    for (size_t i = 0; i < look->status.count; i++)
        n += share_of_word(counting, part, PART_STATUS, &look->status.values[i]);
    return (struct tally){n > counts->n ? n : counts->n, false};
}

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
        count_word(counting->tools, calls.calls[i].tool_path, 1, counting->work->arena);
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

static const struct http_params asked_params = {.elicitation = {"true", 4}};

static enum err_code fetch_asked(struct counting *counting, const struct part *part, struct err *err)
{
    struct http_plan asked = {.main = asked_params, .range = part->plan.range};
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

/* ---- facets ---- */

/* Which tools there are to choose from; how often they were called under this filter only the server could tell. */
static void name_tools(struct counting *counting, struct part *part, struct facet *facet)
{
    bool is_exact;
    const struct wire_meta *look = counting_look(counting, part, &is_exact);
    if (!look)
        return;
    facet->values = arena_array(counting->work->arena, look->tools.count + 1, sizeof *facet->values);
    for (size_t i = 0; i < look->tools.count; i++)
        facet->values[facet->count++] = (struct facet_value){look->tools.values[i].word, -1};
}

static void take_words(const struct word_counts *words, struct facet *facet)
{
    facet->values = words->values;
    facet->count = words->count;
}

static void share_words(struct counting *counting, struct part *part, enum meta_part at, struct facet *facet)
{
    bool is_exact;
    const struct wire_meta *look = counting_look(counting, part, &is_exact);
    const struct facet *servers = at == PART_STATUS ? &look->status : &look->trigger;
    facet->values = arena_array(counting->work->arena, servers->count + 1, sizeof *facet->values);
    for (size_t i = 0; i < servers->count; i++) {
        int64_t n = share_of_word(counting, part, at, &servers->values[i]);
        if (n)
            facet->values[facet->count++] = (struct facet_value){servers->values[i].word, n};
    }
}

void counting_facet(struct counting *counting, enum meta_part at, struct facet *facet)
{
    struct part *part = counting_part(counting, at);
    *facet = (struct facet){0};
    if (at == PART_TOOLS && counting->tools) {
        *facet = (struct facet){counting->tools->values, counting->tools->count, .is_counted = true};
        return;
    }
    if (at == PART_TOOLS) {
        name_tools(counting, part, facet);
        return;
    }
    const struct counts *counts = counts_of(counting, part);
    if (!counts->is_whole && !counts->held) { /* nothing is held of that list: the shown one's own values */
        part = &counting->parts[PART_MAIN];
        counts = counts_of(counting, part);
        facet->is_narrowed = counting->parts[at].is_own;
    }
    facet->is_counted = counts->is_whole && !facet->is_narrowed;
    bool is_exact;
    const struct wire_meta *look = counts->is_whole ? NULL : counting_look(counting, part, &is_exact);
    if (look)
        share_words(counting, part, at, facet);
    else
        take_words(at == PART_STATUS ? &counts->status : &counts->trigger, facet);
}

void counting_interactions(struct counting *counting, struct meta *meta)
{
    struct http_source *source = counting->work->source;
    struct part *part = counting_part(counting, PART_INTERACTIONS);
    if (part->plan.is_nothing) {
        meta->with_interaction = meta->without_interaction = (struct tally){0, true};
        return;
    }
    const struct http_feed *asked = http_slot(source, &asked_params)->feed;
    struct plan_rows rows;
    size_t lo, hi;
    http_rows_open(source, &part->plan, &rows);
    struct fetch gap;
    bool is_told = http_feed_covers(asked, part->plan.range) &&
                   !http_rows_gap(source, &part->plan, part->plan.range, &gap);
    if (!is_told)
        return;
    http_rows_between(&rows, part->plan.range, &lo, &hi);
    int64_t numbers[2] = {0, 0};
    for (size_t i = lo; i < hi; i++)
        if (http_rows_match(&rows, i))
            numbers[http_feed_find(asked, rows.rows[i]->row.id) != NULL]++;
    meta->without_interaction = (struct tally){numbers[0], true};
    meta->with_interaction = (struct tally){numbers[1], true};
}

bool counting_since(struct counting *counting, int64_t from, struct tally *tally)
{
    struct http_source *source = counting->work->source;
    struct part *part = counting_part(counting, PART_TIMES);
    struct time_range range = {from, INT64_MAX};
    if (part->plan.is_nothing) {
        *tally = (struct tally){0, true};
        return true;
    }
    struct plan_rows rows;
    struct fetch gap;
    size_t lo, hi;
    if (http_rows_gap(source, &part->plan, range, &gap))
        return false;
    http_rows_open(source, &part->plan, &rows);
    http_rows_between(&rows, range, &lo, &hi);
    *tally = (struct tally){0, true};
    for (size_t i = lo; i < hi; i++)
        tally->n += http_rows_match(&rows, i);
    return true;
}

/* ---- charts ---- */

static int64_t after(int64_t t)
{
    return t == INT64_MAX ? t : t + 1;
}

/* From the server's buckets, or from the runs themselves where all are held. */
static struct time_range extent_of(struct counting *counting)
{
    bool is_exact;
    struct part *all = counting_part(counting, PART_ALL);
    const struct counts *counts = counts_of(counting, all);
    if (counts->is_whole)
        return counts->n ? (struct time_range){counts->oldest, after(counts->newest)}
                         : (struct time_range){0, 0};
    const struct wire_meta *look = counting_look(counting, all, &is_exact);
    if (!look || !look->chart_count)
        return counts->n ? (struct time_range){counts->oldest, after(counts->newest)}
                         : (struct time_range){0, 0};
    struct time_range extent = {INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < look->chart_count; i++) {
        int64_t start = look->chart[i].start, end = start + look->chart_width;
        extent.from = start < extent.from ? start : extent.from;
        extent.to = end > extent.to ? end : extent.to;
    }
    if (counts->n)
        extent.to = after(counts->newest);
    return extent;
}

static struct time_range chart_range(struct counting *counting, struct time_range extent)
{
    const struct meta_query *query = counting->query;
    struct time_range range = filter_time_range(&query->filter, query->now);
    if (range.from == INT64_MIN)
        range.from = extent.from;
    if (range.to == INT64_MAX)
        range.to = filter_has_relative_time(&query->filter) ? after(query->now) : extent.to;
    return range;
}

static int64_t span_of(struct time_range range)
{
    int64_t span;
    return __builtin_sub_overflow(range.to, range.from, &span) ? INT64_MAX : span;
}

static int64_t wanted_width(const struct meta_query *query, struct time_range range)
{
    return query->bucket_width > 0 ? query->bucket_width
                                   : bucket_width_for(span_of(range), query->max_buckets);
}

static void chart_rows(struct counting *counting, struct time_range range, int64_t width, struct meta *meta)
{
    struct part *part = &counting->parts[PART_MAIN];
    struct plan_rows rows;
    size_t lo, hi;
    meta->histogram = histogram_make(counting->work->arena, range, width);
    meta->histogram_is_exact = counts_of(counting, part)->is_whole;
    http_rows_open(counting->work->source, &part->plan, &rows);
    http_rows_between(&rows, part->plan.range, &lo, &hi);
    for (size_t i = lo; i < hi; i++)
        if (http_rows_match(&rows, i))
            histogram_add(&meta->histogram, rows.rows[i]->row.created_at,
                          run_status_of(rows.rows[i]->row.status), 1);
}

/* The server's buckets fit into ours only where ours are so many of them. */
static int64_t width_over(int64_t wanted, int64_t servers)
{
    for (int64_t width = wanted; width <= 30 * DAY_MS; width = bucket_width_wider(width))
        if (width >= servers && width % servers == 0)
            return width;
    int64_t times = (wanted + servers - 1) / servers;
    return servers * (times > 0 ? times : 1);
}

static void chart_look(struct counting *counting, const struct wire_meta *look, struct time_range range,
                       int64_t width, struct meta *meta)
{
    meta->histogram = histogram_make(counting->work->arena, range, width);
    histogram_densify(&meta->histogram, look->chart, look->chart_count);
}

static struct time_range bucket_range(const struct wire_meta *look, size_t at)
{
    int64_t start = look->chart[at].start, end;
    return (struct time_range){start,
                               __builtin_add_overflow(start, look->chart_width, &end) ? INT64_MAX : end};
}

/* Where the runs are held they are counted, and elsewhere the server's count without the rest of the filter is cut down as the held ones are: a
 * timeline of what happens to be held would look like a history that begins there. */
static void chart_estimate(struct counting *counting, const struct wire_meta *look, struct time_range range,
                           int64_t width, struct meta *meta)
{
    struct part *part = &counting->parts[PART_MAIN];
    struct plan_rows rows;
    size_t lo, hi;
    meta->histogram = histogram_make(counting->work->arena, range, width);
    meta->histogram_is_exact = false;
    http_rows_open(counting->work->source, &part->plan, &rows);
    for (size_t i = 0; i < look->chart_count; i++) {
        struct time_range bucket = bucket_range(look, i);
        struct fetch gap;
        bool is_held = !http_rows_gap(counting->work->source, &part->plan, bucket, &gap);
        for (int status = 0; !is_held && status < STATUS_COUNT; status++) {
            int64_t n = counting_share(counting, part, look->chart[i].counts.counts[status]);
            histogram_add(&meta->histogram, bucket.from, (enum run_status)status, (uint32_t)n);
        }
        http_rows_between(&rows, bucket, &lo, &hi);
        for (size_t j = lo; is_held && j < hi; j++)
            if (http_rows_match(&rows, j))
                histogram_add(&meta->histogram, rows.rows[j]->row.created_at,
                              run_status_of(rows.rows[j]->row.status), 1);
    }
}

static struct time_range buckets_span(const struct wire_meta *look)
{
    struct time_range span = {INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < look->chart_count; i++) {
        int64_t start = look->chart[i].start;
        span.from = start < span.from ? start : span.from;
        span.to = after(start) > span.to ? after(start) : span.to;
    }
    return span;
}

static void chart_of_api(struct counting *counting, const struct wire_meta *look, struct meta *meta)
{
    const struct counts *counts = counts_of(counting, &counting->parts[PART_MAIN]);
    if (look && look->chart_count && look->chart_width > 0) {
        chart_look(counting, look, buckets_span(look), look->chart_width, meta);
    } else if (!look && counts->n) {
        struct time_range span = {counts->oldest, after(counts->newest)};
        chart_rows(counting, span, bucket_width_of_api(span_of(span) - 1), meta);
    }
}

void counting_chart(struct counting *counting, struct meta *meta)
{
    const struct meta_query *query = counting->query;
    struct part *part = &counting->parts[PART_MAIN];
    bool is_exact = true, is_any_exact;
    const struct wire_meta *look = counting_own_look(counting, PART_MAIN, &is_exact);
    meta->extent = extent_of(counting);
    meta->histogram_is_exact = is_exact;
    if (part->plan.is_nothing) {
        meta->histogram_is_exact = true;
        return;
    }
    if (query->want_api_chart) {
        chart_of_api(counting, look, meta);
        return;
    }
    struct time_range range = chart_range(counting, meta->extent);
    if (!query->max_buckets || range.from >= range.to)
        return;
    int64_t width = wanted_width(query, range);
    const struct wire_meta *any = counting_look(counting, part, &is_any_exact);
    bool can_look = any && any->chart_width > 0;
    if (counts_of(counting, part)->is_whole || !can_look)
        chart_rows(counting, range, width, meta);
    else if (!look)
        chart_estimate(counting, any, range, width_over(width, any->chart_width), meta);
    else
        chart_look(counting, look, range, width_over(width, look->chart_width), meta);
}
