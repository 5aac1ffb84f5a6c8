/*
 * See widen.h. Every facet is counted without its own terms, so the counts already know what taking one part
 * away would show.
 */
#include "tui/widen.h"

/* 0 where the facet's own terms are still in it. */
static int64_t facet_sum(const struct facet *facet)
{
    int64_t sum = 0;
    for (size_t i = 0; i < facet->count && !facet->is_narrowed; i++)
        sum += facet->values[i].count;
    return sum;
}

static int64_t known(struct tally tally)
{
    return tally.n > 0 ? tally.n : 0;
}

void widen_text(const struct filter *filter, const struct meta *meta, struct buf *out)
{
    if (!meta)
        return;
    const unsigned used = filter_keys_used(filter);
    const struct {
        unsigned keys;
        int64_t count;
        const char *what;
    } parts[] = {
        {1u << FILTER_AFTER | 1u << FILTER_BEFORE, known(meta->presets[PRESET_ALL]), "the time range"},
        {1u << FILTER_STATUS, facet_sum(&meta->status), "the status"},
        {1u << FILTER_TRIGGER, facet_sum(&meta->trigger), "the trigger"},
        {1u << FILTER_ELICITATION, known(meta->with_interaction) + known(meta->without_interaction),
         "elicitation"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!(used & parts[i].keys) || !parts[i].count)
            continue;
        char count[TIME_TEXT];
        count_format(parts[i].count, count);
        buf_printf(out, "%s%s without %s", out->len ? ", " : "", count, parts[i].what);
    }
    if (out->len)
        buf_str(out, " would match");
}
