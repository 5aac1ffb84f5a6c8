/*
 * Counts of a filter that excludes tools: the API has no such parameter, but can be asked for what is left out.
 */
#include "data/http/source_http_meta.h"

static int64_t less_of(int64_t from, int64_t less, bool *is_sound)
{
    *is_sound = *is_sound && less <= from;
    return less <= from ? from - less : 0;
}

static struct facet facet_difference(const struct facet *from, const struct facet *less, struct arena *arena,
                                     bool *is_sound)
{
    struct facet facet = {.is_counted = from->is_counted && less->is_counted};
    facet.values = arena_array(arena, from->count + 1, sizeof *facet.values);
    for (size_t i = 0; i < from->count; i++) {
        struct text word = from->values[i].word;
        int64_t n = less_of(from->values[i].count, facet_count(less, word), is_sound);
        facet.values[facet.count++] = (struct facet_value){word, n};
    }
    return facet;
}

static struct tally tally_difference(struct tally from, struct tally less, bool *is_sound)
{
    if (from.n < 0 || less.n < 0)
        return TALLY_UNKNOWN;
    return (struct tally){less_of(from.n, less.n, is_sound), true};
}

static struct sparse_bucket *bucket_at(const struct wire_meta *meta, int64_t start)
{
    for (size_t i = 0; i < meta->chart_count; i++)
        if (meta->chart[i].start == start)
            return &meta->chart[i];
    return NULL;
}

/* The span of fewer runs may be shorter, and its buckets narrower: they then lie whole in those of the greater. */
static void chart_difference(const struct wire_meta *less, struct wire_meta *out, bool *is_sound)
{
    for (size_t i = 0; i < less->chart_count; i++) {
        struct sparse_bucket *bucket = bucket_at(out, bucket_start(less->chart[i].start, out->chart_width));
        *is_sound = *is_sound && bucket;
        for (int status = 0; bucket && status < STATUS_COUNT; status++)
            bucket->counts.counts[status] = (uint32_t)less_of(bucket->counts.counts[status],
                                                              less->chart[i].counts.counts[status], is_sound);
    }
}

bool meta_difference(const struct wire_meta *from, const struct wire_meta *less, struct arena *arena,
                     struct wire_meta *out)
{
    bool is_sound = true;
    bool fits = !less->chart_count || (less->chart_width > 0 && from->chart_width % less->chart_width == 0);
    *out = (struct wire_meta){
        .total = from->total, .chart_width = from->chart_width, .chart_count = from->chart_count};
    out->filtered = tally_difference(from->filtered, less->filtered, &is_sound);
    out->status = facet_difference(&from->status, &less->status, arena, &is_sound);
    out->trigger = facet_difference(&from->trigger, &less->trigger, arena, &is_sound);
    out->with_interaction = tally_difference(from->with_interaction, less->with_interaction, &is_sound);
    out->without_interaction =
        tally_difference(from->without_interaction, less->without_interaction, &is_sound);
    out->chart = arena_array(arena, from->chart_count + 1, sizeof *out->chart);
    if (from->chart_count)
        memcpy(out->chart, from->chart, from->chart_count * sizeof *out->chart);
    if (fits)
        chart_difference(less, out, &is_sound);
    return is_sound && fits;
}
