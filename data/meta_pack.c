/*
 * See meta_pack.h. Numbers are eight bytes each, in the order in which they are put below; a text is its length, -1 for null, and its bytes. What is
 * read is held to what counting can give, so that whoever shows it may rely on it as on counts.
 */
#include "data/meta_pack.h"

#include <string.h>

enum { COUNT_MOST = 2000000000, VALUES_MOST = 5000, FACETS = 4 };

static struct facet *const *facets_of(struct meta *meta, struct facet *list[FACETS])
{
    list[0] = &meta->status;
    list[1] = &meta->trigger;
    list[2] = &meta->tools;
    list[3] = &meta->scopes;
    return list;
}

/* ---- packing ---- */

static void put(struct buf *out, int64_t number)
{
    buf_add(out, (const char *)&number, sizeof number);
}

static void put_facet(struct buf *out, const struct facet *facet)
{
    put(out, (int64_t)facet->count);
    for (size_t i = 0; i < facet->count; i++) {
        struct text word = facet->values[i].word;
        put(out, facet->values[i].count);
        put(out, text_is_null(word) ? -1 : (int64_t)word.n);
        buf_text(out, word);
    }
}

void meta_pack(const struct meta *meta, struct buf *out)
{
    struct meta copy = *meta;
    struct facet *list[FACETS];
    const struct histogram *histogram = &meta->histogram;
    put(out, meta->total.n);
    put(out, meta->with_interaction.n);
    put(out, meta->without_interaction.n);
    put(out, meta->extent.from);
    put(out, meta->extent.to);
    for (size_t i = 0; i < FACETS; i++)
        put_facet(out, facets_of(&copy, list)[i]);
    put(out, histogram->start);
    put(out, histogram->width);
    put(out, (int64_t)histogram->count);
    if (histogram->count)
        buf_add(out, (const char *)histogram->buckets, histogram->count * sizeof *histogram->buckets);
}

/* ---- unpacking ---- */

struct cut {
    const char *at;
    size_t left;
    bool is_bad;
};

static const char *take_bytes(struct cut *cut, size_t n)
{
    if (n > cut->left)
        cut->is_bad = true;
    if (cut->is_bad)
        return NULL;
    cut->at += n;
    cut->left -= n;
    return cut->at - n;
}

static int64_t take(struct cut *cut)
{
    int64_t number = 0;
    const char *bytes = take_bytes(cut, sizeof number);
    if (bytes)
        memcpy(&number, bytes, sizeof number);
    return number;
}

static int64_t take_count(struct cut *cut, int64_t most)
{
    int64_t count = take(cut);
    cut->is_bad |= count < 0 || count > most;
    return cut->is_bad ? 0 : count;
}

static struct text take_text(struct cut *cut, struct arena *arena)
{
    int64_t n = take(cut);
    if (n == -1)
        return TEXT_NULL;
    const char *bytes = n < 0 ? NULL : take_bytes(cut, (size_t)n);
    cut->is_bad |= n < 0;
    return bytes ? arena_text(arena, (struct text){bytes, (size_t)n}) : TEXT_NULL;
}

static void take_facet(struct cut *cut, struct arena *arena, struct facet *facet)
{
    enum { VALUE_LEAST = 16 };
    int64_t count = take_count(cut, VALUES_MOST);
    cut->is_bad |= (size_t)count > cut->left / VALUE_LEAST;
    if (cut->is_bad)
        return;
    facet->values = arena_array(arena, (size_t)count, sizeof *facet->values);
    facet->count = (size_t)count;
    for (size_t i = 0; i < facet->count; i++) {
        facet->values[i].count = take_count(cut, COUNT_MOST);
        facet->values[i].word = take_text(cut, arena);
    }
}

/* The six statuses are there in their order, whatever else is. */
static bool are_statuses(const struct facet *facet)
{
    bool is_sound = facet->count >= STATUS_OTHER;
    for (int i = 0; is_sound && i < STATUS_OTHER; i++)
        is_sound = text_is(facet->values[i].word, run_status_word((enum run_status)i));
    return is_sound;
}

static void take_histogram(struct cut *cut, struct arena *arena, struct histogram *histogram)
{
    histogram->start = take(cut);
    histogram->width = take(cut);
    histogram->count = (size_t)take_count(cut, HISTOGRAM_MAX);
    int64_t span, end;
    cut->is_bad |= histogram->width < 0 || (histogram->count && !histogram->width) ||
                   __builtin_mul_overflow(histogram->width, (int64_t)histogram->count, &span) ||
                   __builtin_add_overflow(histogram->start, span, &end);
    const char *bytes = take_bytes(cut, histogram->count * sizeof *histogram->buckets);
    if (!bytes)
        return;
    histogram->buckets = arena_array(arena, histogram->count, sizeof *histogram->buckets);
    if (histogram->count)
        memcpy(histogram->buckets, bytes, histogram->count * sizeof *histogram->buckets);
}

bool meta_unpack(struct text bytes, struct arena *arena, struct meta *meta)
{
    struct cut cut = {bytes.s, bytes.n, false};
    struct facet *list[FACETS];
    *meta = meta_unknown();
    meta->total.n = meta->filtered.n = take_count(&cut, COUNT_MOST);
    meta->with_interaction.n = take_count(&cut, COUNT_MOST);
    meta->without_interaction.n = take_count(&cut, COUNT_MOST);
    meta->extent.from = take(&cut);
    meta->extent.to = take(&cut);
    for (size_t i = 0; i < FACETS; i++)
        take_facet(&cut, arena, facets_of(meta, list)[i]);
    take_histogram(&cut, arena, &meta->histogram);
    return !cut.is_bad && !cut.left && are_statuses(&meta->status) && meta->extent.from < meta->extent.to;
}

/* ---- recalling ---- */

/* Runs at or after a time: of the bucket that it falls into, as large a part. */
static int64_t count_since(const struct histogram *histogram, int64_t t)
{
    int64_t count = 0;
    for (size_t i = 0; i < histogram->count; i++) {
        int64_t start = histogram->start + (int64_t)i * histogram->width, end = start + histogram->width;
        uint32_t n = bucket_total(&histogram->buckets[i]);
        if (start >= t)
            count += n;
        else if (end > t)
            count += (int64_t)((double)n * ((double)end - (double)t) / (double)histogram->width);
    }
    return count;
}

static void recall_presets(const struct meta *kept, int64_t now, struct meta *meta)
{
    static const int64_t spans[] = {
#define X(id, label, span) span,
        TIME_PRESETS(X)
#undef X
    };
    for (int i = 0; i < PRESET_COUNT; i++) {
        int64_t n = spans[i] ? count_since(&kept->histogram, now - spans[i]) : kept->total.n;
        meta->presets[i] = (struct tally){n, false};
    }
}

static void recall_bucket(const struct meta *kept, size_t number, struct histogram *histogram)
{
    int64_t start = kept->histogram.start + (int64_t)number * kept->histogram.width;
    int64_t t = start < kept->extent.from ? kept->extent.from : start;
    for (int status = 0; status < STATUS_COUNT; status++)
        histogram_add(histogram, t, (enum run_status)status, kept->histogram.buckets[number].counts[status]);
}

static struct facet copy_of(const struct facet *facet, struct arena *arena)
{
    struct facet copy = *facet;
    copy.values = arena_array(arena, facet->count, sizeof *copy.values);
    for (size_t i = 0; i < facet->count; i++)
        copy.values[i] =
            (struct facet_value){arena_text(arena, facet->values[i].word), facet->values[i].count};
    return copy;
}

struct meta meta_recall(const struct meta *kept, int64_t now, size_t max_buckets, int64_t bucket_width,
                        struct arena *arena)
{
    struct meta meta = *kept;
    struct facet *list[FACETS];
    for (size_t i = 0; i < FACETS; i++)
        *facets_of(&meta, list)[i] = copy_of(facets_of(&meta, list)[i], arena);
    meta.histogram = (struct histogram){0};
    recall_presets(kept, now, &meta);
    if (!max_buckets)
        return meta;
    int64_t width =
        bucket_width > 0 ? bucket_width : bucket_width_for(time_range_span(kept->extent), max_buckets);
    meta.histogram = histogram_make(arena, kept->extent, width);
    for (size_t i = 0; i < kept->histogram.count; i++)
        recall_bucket(kept, i, &meta.histogram);
    return meta;
}
