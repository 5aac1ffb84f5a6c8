/*
 * Counts over the rows that are held: exact where the whole list is, and else an estimate by so much of it as is.
 */
#include "data/http/source_http_meta.h"

enum { WORDS_MAX = 1000, SHARE_HELD_MIN = 5 };

void counting_word(struct facet *counts, struct text word, int64_t n, struct arena *arena)
{
    struct facet_value *value = facet_find(counts, word);
    if (value) {
        value->count += n;
        return;
    }
    if (!counts->values)
        counts->values = arena_array(arena, WORDS_MAX, sizeof *counts->values);
    if (counts->count < WORDS_MAX)
        counts->values[counts->count++] = (struct facet_value){arena_text(arena, word), n};
}

/* Once a part, under the lock. */
const struct counts *counting_counts(struct counting *counting, struct part *part)
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
        counting_word(&counts->held_status, row->status, 1, arena);
        counting_word(&counts->held_trigger, row->trigger_kind, 1, arena);
        if (!http_rows_match(&rows, i))
            continue;
        counts->newest = counts->n ? counts->newest : row->created_at;
        counts->oldest = row->created_at;
        counts->n++;
        counting_word(&counts->status, row->status, 1, arena);
        counting_word(&counts->trigger, row->trigger_kind, 1, arena);
    }
    return counts;
}

/* What the server cannot count is estimated: of what it counts without the rest of the filter, as large a share as of the runs that are held. */
int64_t counting_share(struct counting *counting, struct part *part, int64_t n)
{
    const struct counts *counts = counting_counts(counting, part);
    return counts->held ? (int64_t)((double)n * (double)counts->n / (double)counts->held + 0.5) : 0;
}

/* Of the runs with that word, where enough of those are held to tell. Never less than is known to be there. */
static int64_t share_of_word(struct counting *counting, struct part *part, enum meta_part at,
                             const struct facet_value *servers)
{
    const struct counts *counts = counting_counts(counting, part);
    bool is_status = at == PART_STATUS;
    int64_t held = facet_count(is_status ? &counts->held_status : &counts->held_trigger, servers->word);
    int64_t matched = facet_count(is_status ? &counts->status : &counts->trigger, servers->word);
    int64_t share = held < SHARE_HELD_MIN
                        ? counting_share(counting, part, servers->count)
                        : (int64_t)((double)servers->count * (double)matched / (double)held + 0.5);
    return share > matched ? share : matched;
}

struct tally counting_runs(struct counting *counting, enum meta_part at)
{
    struct part *part = counting_part(counting, at);
    const struct counts *counts = counting_counts(counting, part);
    bool is_exact;
    const struct wire_meta *look = counting_look(counting, part, &is_exact);
    if (counts->is_whole || !look)
        return (struct tally){counts->n, counts->is_whole};
    int64_t n = 0;
    for (size_t i = 0; i < look->status.count; i++)
        n += share_of_word(counting, part, PART_STATUS, &look->status.values[i]);
    return (struct tally){n > counts->n ? n : counts->n, false};
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
    const struct counts *counts = counting_counts(counting, part);
    if (!counts->is_whole && !counts->held) { /* nothing is held of that list: the shown one's own values */
        part = &counting->parts[PART_MAIN];
        counts = counting_counts(counting, part);
        facet->is_narrowed = counting->parts[at].is_own;
    }
    facet->is_counted = counts->is_whole && !facet->is_narrowed;
    bool is_exact;
    const struct wire_meta *look = counts->is_whole ? NULL : counting_look(counting, part, &is_exact);
    if (look) {
        share_words(counting, part, at, facet);
        return;
    }
    const struct facet *words = at == PART_STATUS ? &counts->status : &counts->trigger;
    facet->values = words->values;
    facet->count = words->count;
}

void counting_interactions(struct counting *counting, struct meta *meta)
{
    struct http_source *source = counting->work->source;
    struct part *part = counting_part(counting, PART_INTERACTIONS);
    if (part->plan.is_nothing) {
        meta->with_interaction = meta->without_interaction = (struct tally){0, true};
        return;
    }
    const struct http_feed *asked = http_slot(source, &counting_asked)->feed;
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
