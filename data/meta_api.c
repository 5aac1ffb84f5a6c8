/*
 * A run has one status, one trigger, and either asked a person or not. So the count of a value under its own terms is its count without them
 * where they let the value through, and 0 where not.
 */
#include "data/meta_api.h"

static bool has_key(unsigned used, enum filter_key key)
{
    return (used & (1u << key)) != 0;
}

/* Only the terms of one key; release it. */
static struct filter terms_of(const struct filter *filter, enum filter_key key)
{
    struct filter own;
    filter_copy(&own, filter);
    for (int other = 0; other < FILTER_KEY_COUNT; other++) {
        if (other != (int)key)
            filter_clear_key(&own, (enum filter_key)other);
    }
    return own;
}

static struct filter_subject subject_of(enum filter_key key, struct text word)
{
    struct filter_subject subject = {.duration_ms = DURATION_NONE};
    if (key == FILTER_STATUS)
        subject.status = word;
    else
        subject.trigger_kind = word;
    return subject;
}

static void narrow_facet(struct facet *facet, const struct filter *filter, enum filter_key key,
                         struct arena *arena)
{
    struct filter own = terms_of(filter, key);
    struct facet_value *values = arena_array(arena, facet->count, sizeof *values);
    for (size_t i = 0; i < facet->count; i++) {
        values[i] = facet->values[i];
        struct filter_subject subject = subject_of(key, values[i].word);
        if (!filter_matches(&own, &subject, 0))
            values[i].count = 0;
    }
    facet->values = values;
    filter_release(&own);
}

static void narrow_interactions(struct meta *meta, const struct filter *filter)
{
    struct filter own = terms_of(filter, FILTER_ELICITATION);
    struct filter_subject with = {.has_interaction = true}, without = {.has_interaction = false};
    if (!filter_matches(&own, &with, 0))
        meta->with_interaction.n = 0;
    if (!filter_matches(&own, &without, 0))
        meta->without_interaction.n = 0;
    filter_release(&own);
}

/* Drops the values that no run has; `keep` of them stay in any case. */
static void drop_empty(struct facet *facet, size_t keep, size_t max, struct arena *arena)
{
    struct facet_value *values = arena_array(arena, facet->count, sizeof *values);
    size_t count = 0;
    for (size_t i = 0; i < facet->count && count < max; i++) {
        if (i < keep || facet->values[i].count > 0)
            values[count++] = facet->values[i];
    }
    facet->values = values;
    facet->count = count;
}

struct meta meta_in_shape(const struct meta *meta, struct arena *arena)
{
    struct meta shaped = *meta;
    drop_empty(&shaped.status, STATUS_OTHER, SIZE_MAX, arena);
    drop_empty(&shaped.trigger, 0, SIZE_MAX, arena);
    drop_empty(&shaped.tools, 0, API_TOOLS_MAX, arena);
    if (!shaped.histogram.width)
        shaped.histogram.width =
            bucket_width_of_api(0); /* the API names a width where there is no row, too */
    return shaped;
}

struct meta meta_of_api(const struct meta *meta, const struct filter *filter, struct arena *arena)
{
    struct meta narrowed = *meta;
    unsigned used = filter_keys_used(filter);
    if (has_key(used, FILTER_STATUS))
        narrow_facet(&narrowed.status, filter, FILTER_STATUS, arena);
    if (has_key(used, FILTER_TRIGGER))
        narrow_facet(&narrowed.trigger, filter, FILTER_TRIGGER, arena);
    if (has_key(used, FILTER_ELICITATION))
        narrow_interactions(&narrowed, filter);
    return meta_in_shape(&narrowed, arena);
}
