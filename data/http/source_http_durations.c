/*
 * A list in the order of durations. The API has none that holds (the real server's goes by the time of the end, and stops after a hundred), so all runs of the list are
 * fetched, and until they are there the answer is of those that are.
 */
#include "data/http/source_http_list.h"

#include "data/base/die.h"

#include <stdlib.h>

static int compare(const struct feed_row *a, const struct feed_row *b)
{
    if (a->row.created_at != b->row.created_at)
        return a->row.created_at > b->row.created_at ? -1 : 1;
    return text_cmp(b->row.id, a->row.id);
}

static int compare_durations(int64_t a, int64_t b)
{
    bool a_none = a == DURATION_NONE, b_none = b == DURATION_NONE;
    if (a_none != b_none)
        return a_none ? 1 : -1;
    return (a > b) - (a < b);
}

static int by_shortest(const void *a, const void *b)
{
    const struct feed_row *one = *(const struct feed_row *const *)a,
                          *two = *(const struct feed_row *const *)b;
    int order = compare_durations(run_row_duration(&one->row), run_row_duration(&two->row));
    return order ? order : compare(one, two);
}

static int by_longest(const void *a, const void *b)
{
    const struct feed_row *one = *(const struct feed_row *const *)a,
                          *two = *(const struct feed_row *const *)b;
    int64_t first = run_row_duration(&one->row), second = run_row_duration(&two->row);
    bool is_none = first == DURATION_NONE || second == DURATION_NONE;
    int order = is_none ? compare_durations(first, second) : compare_durations(second, first);
    return order ? order : compare(one, two);
}

/* Sorts the rows that match; returns how many. */
static size_t sort_rows(struct listing *listing)
{
    free(listing->sorted);
    listing->sorted = mem_new_array(listing->hi - listing->lo + 1, sizeof(struct feed_row *));
    size_t count = 0;
    for (size_t i = listing->lo; i < listing->hi; i++)
        if (http_rows_match(&listing->rows, i))
            listing->sorted[count++] = listing->rows.rows[i];
    qsort(listing->sorted, count, sizeof(struct feed_row *),
          listing->query->sort.is_ascending ? by_shortest : by_longest);
    listing->order = listing->sorted;
    return count;
}

/* The first row that is not before the key; is_there: it is the very row. A row that is held tells its own duration. */
static size_t position_of_key(const struct listing *listing, size_t count, bool *is_there)
{
    const struct row_key *key = &listing->query->key;
    struct feed_row wanted = {.row = {.id = text_of(key->id),
                                      .created_at = key->created_at,
                                      .started_at = TIME_NONE,
                                      .completed_at = TIME_NONE}};
    if (key->duration_ms != DURATION_NONE) {
        wanted.row.started_at = 0;
        wanted.row.completed_at = key->duration_ms;
    }
    const struct feed_row *held = http_feed_find(listing->rows.feed, text_of(key->id)),
                          *at = held ? held : &wanted;
    int (*before)(const void *, const void *) = listing->query->sort.is_ascending ? by_shortest : by_longest;
    size_t lo = 0, hi = count;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (before(&listing->sorted[middle], &at) < 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    *is_there = lo < count && listing->sorted[lo] == held;
    return lo;
}

static size_t start_of(const struct listing *listing, size_t count)
{
    bool is_there;
    size_t at;
    switch (listing->query->anchor) {
    case ANCHOR_LAST: return count;
    case ANCHOR_KEY: return position_of_key(listing, count, &is_there);
    case ANCHOR_AFTER: at = position_of_key(listing, count, &is_there); return at + is_there;
    default: return 0;
    }
}

static void take(struct side *side, size_t first, size_t count, int step)
{
    side->count = 0;
    for (size_t i = 0; i < count && side->count <= side->wanted; i++)
        side->at[side->count++] = step > 0 ? first + i : first - i;
}

static bool is_whole(struct listing *listing)
{
    struct fetch gap;
    listing->has_next = http_rows_gap(listing->work->source, &listing->plan, listing->plan.range, &gap);
    if (listing->has_next)
        listing->next = gap;
    return !listing->has_next;
}

void listing_look_by_duration(struct listing *listing)
{
    struct http_source *source = listing->work->source;
    http_rows_open(source, &listing->plan, &listing->rows);
    listing->held = listing->stretch = listing->plan.range;
    bool is_all = is_whole(listing);
    listing->is_full = http_feed_bytes(listing->rows.feed) > http_rows_room(source) / 2;
    if (listing->query->wait_exact && !is_all)
        return; /* sorting would be for nothing */
    http_rows_between(&listing->rows, listing->plan.range, &listing->lo, &listing->hi);
    size_t count = sort_rows(listing), start = start_of(listing, count);
    take(&listing->after, start, count - start, 1);
    take(&listing->before, start - 1, start, -1);
    /* While rows are still coming neither end is the last word. */
    listing->after.is_ended = is_all && listing->after.count == count - start;
    listing->before.is_ended = listing->before.count == start;
}
