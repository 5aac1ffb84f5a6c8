/*
 * The histogram and how far the history reaches: from the server's buckets, and from the rows that are held where those tell more.
 */
#include "data/http/source_http_meta.h"

/* From the server's buckets, or from the runs themselves where all are held. */
static struct time_range extent_of(struct counting *counting)
{
    bool is_exact;
    struct part *all = counting_part(counting, PART_ALL);
    const struct counts *counts = counting_counts(counting, all);
    if (counts->is_whole)
        return counts->n ? (struct time_range){counts->oldest, time_after(counts->newest)}
                         : (struct time_range){0, 0};
    const struct wire_meta *look = counting_look(counting, all, &is_exact);
    if (!look || !look->chart_count)
        return counts->n ? (struct time_range){counts->oldest, time_after(counts->newest)}
                         : (struct time_range){0, 0};
    struct time_range extent = {INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < look->chart_count; i++) {
        int64_t start = look->chart[i].start, end = start + look->chart_width;
        extent.from = start < extent.from ? start : extent.from;
        extent.to = end > extent.to ? end : extent.to;
    }
    if (counts->n)
        extent.to = time_after(counts->newest);
    return extent;
}

static struct time_range chart_range(struct counting *counting, struct time_range extent)
{
    const struct meta_query *query = counting->query;
    struct time_range range = filter_time_range(&query->filter, query->now);
    if (range.from == INT64_MIN)
        range.from = extent.from;
    if (range.to == INT64_MAX)
        range.to = filter_has_relative_time(&query->filter) ? time_after(query->now) : extent.to;
    return range;
}

static int64_t wanted_width(const struct meta_query *query, struct time_range range)
{
    return query->bucket_width > 0 ? query->bucket_width
                                   : bucket_width_for(time_range_span(range), query->max_buckets);
}

static void chart_rows(struct counting *counting, struct time_range range, int64_t width, struct meta *meta)
{
    struct part *part = &counting->parts[PART_MAIN];
    struct plan_rows rows;
    size_t lo, hi;
    meta->histogram = histogram_make(counting->work->arena, range, width);
    meta->histogram_is_exact = counting_counts(counting, part)->is_whole;
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
        span.to = time_after(start) > span.to ? time_after(start) : span.to;
    }
    return span;
}

static void chart_of_api(struct counting *counting, const struct wire_meta *look, struct meta *meta)
{
    const struct counts *counts = counting_counts(counting, &counting->parts[PART_MAIN]);
    if (look && look->chart_count && look->chart_width > 0) {
        chart_look(counting, look, buckets_span(look), look->chart_width, meta);
    } else if (!look && counts->n) {
        struct time_range span = {counts->oldest, time_after(counts->newest)};
        chart_rows(counting, span, bucket_width_of_api(time_range_span(span) - 1), meta);
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
    if (counting_counts(counting, part)->is_whole || !can_look)
        chart_rows(counting, range, width, meta);
    else if (!look)
        chart_estimate(counting, any, range, width_over(width, any->chart_width), meta);
    else
        chart_look(counting, look, range, width_over(width, look->chart_width), meta);
}
