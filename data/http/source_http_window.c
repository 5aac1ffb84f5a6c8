/*
 * The listing as a reply: its rows, and the numbers beside them, each as exact as what is held allows.
 */
#include "data/http/source_http_list.h"
#include "data/http/source_http_since.h"

static struct run_row copy_row(const struct feed_row *row, struct arena *arena)
{
    struct run_row copy = row->row;
    copy.id = arena_text(arena, copy.id);
    copy.scope_id = arena_text(arena, copy.scope_id);
    copy.status = arena_text(arena, copy.status);
    copy.trigger_kind = arena_text(arena, copy.trigger_kind);
    copy.code_head = arena_text(arena, copy.code_head);
    return copy;
}

static bool is_whole(const struct listing *listing)
{
    struct fetch gap;
    return !http_rows_gap(listing->work->source, &listing->plan, listing->plan.range, &gap);
}

static size_t count_matches(const struct listing *listing, size_t lo, size_t hi)
{
    size_t count = 0;
    for (size_t i = lo; i < hi; i++)
        count += http_rows_match(&listing->rows, i);
    return count;
}

/* More than a page of one millisecond is not to be had from the real server: what it counts is then more than what it gives, and is right. */
static struct tally total_of(const struct listing *listing)
{
    size_t lo, hi;
    http_rows_between(&listing->rows, listing->plan.range, &lo, &hi);
    const struct look *look = http_look_find(listing->work->source, listing->key);
    bool is_counted = listing->plan.is_sufficient && look && look->is_there && !http_look_is_dirty(look);
    if (is_whole(listing)) {
        int64_t n = (int64_t)count_matches(listing, lo, hi);
        return (struct tally){is_counted && look->meta.filtered.n > n ? look->meta.filtered.n : n, true};
    }
    if (listing->plan.is_sufficient)
        return look && look->is_there ? http_look_runs(listing->work->source, &listing->plan, look)
                                      : TALLY_UNKNOWN;
    return (struct tally){(int64_t)count_matches(listing, listing->lo, listing->hi), false};
}

/* Rows of the list before the window's first one, where one of its ends is in the stretch. */
static struct tally rank_of(const struct listing *listing, const struct tally *total)
{
    if (!listing->after.count && !listing->before.count)
        return TALLY_UNKNOWN;
    bool is_up = listing->query->sort.is_ascending;
    size_t first =
        listing->before.count ? listing->before.at[listing->before.count - 1] : listing->after.at[0];
    if (listing->sorted)
        return (struct tally){(int64_t)first, is_whole(listing)};
    struct time_range range = listing->plan.range;
    bool has_top = listing->stretch.to >= range.to, has_bottom = listing->stretch.from <= range.from;
    size_t above =
        listing->plan.is_sufficient ? first - listing->lo : count_matches(listing, listing->lo, first);
    size_t below = listing->plan.is_sufficient ? listing->hi - first - 1
                                               : count_matches(listing, first + 1, listing->hi);
    if (is_up ? has_bottom : has_top)
        return (struct tally){(int64_t)(is_up ? below : above), true};
    if ((is_up ? has_top : has_bottom) && total->n >= 0 && listing->plan.is_sufficient) {
        int64_t rank = total->n - 1 - (int64_t)(is_up ? above : below);
        return (struct tally){rank < 0 ? 0 : rank, total->is_exact};
    }
    return TALLY_UNKNOWN;
}

/* How far a search has come: of the rows that the server would give. */
static void tell_reach(const struct listing *listing, struct list_reply *reply)
{
    const struct look *look = http_look_find(listing->work->source, listing->key);
    size_t looked = listing->hi - listing->lo;
    int64_t all = look && look->is_there ? look->meta.filtered.n : -1;
    reply->is_partial = listing->has_next;
    reply->is_paused = listing->has_next && listing->is_paused;
    reply->looked_at = (int64_t)looked;
    if (reply->is_partial)
        reply->progress = all > (int64_t)looked ? (double)looked / (double)all : all >= 0 ? 0.99 : 0;
    bool is_upward = listing->query->sort.is_ascending && listing->query->sort.field == SORT_CREATED;
    reply->reach = TIME_NONE;
    if (looked)
        reply->reach = listing->rows.rows[is_upward ? listing->lo : listing->hi - 1]->row.created_at;
}

static void put_rows(const struct listing *listing, struct list_reply *reply)
{
    struct arena *arena = listing->work->arena;
    const struct side *before = &listing->before, *after = &listing->after;
    reply->rows = arena_array(arena, before->count + after->count + 1, sizeof *reply->rows);
    for (size_t i = before->count; i-- > 0;)
        reply->rows[reply->count++] = copy_row(listing->order[before->at[i]], arena);
    for (size_t i = 0; i < after->count; i++)
        reply->rows[reply->count++] = copy_row(listing->order[after->at[i]], arena);
    reply->anchor = reply->count ? (ptrdiff_t)before->count : -1;
}

/* Behind the last row the anchor is that row. */
static void step_back(struct listing *listing)
{
    struct side *before = &listing->before, *after = &listing->after;
    if (after->count || !after->wanted || !before->count || listing->query->anchor == ANCHOR_AFTER)
        return;
    after->at[after->count++] = before->at[0];
    before->count--;
    memmove(before->at, before->at + 1, before->count * sizeof *before->at);
}

static void cut(struct side *side)
{
    side->is_ended = side->is_ended && side->count <= side->wanted;
    if (side->count > side->wanted)
        side->count = side->wanted;
}

static bool is_anchor_there(const struct listing *listing, const struct list_reply *reply)
{
    if (listing->query->anchor != ANCHOR_KEY || reply->anchor < 0)
        return false;
    struct row_key at = run_row_key(&reply->rows[reply->anchor]);
    const struct row_key *key = &listing->query->key;
    return at.created_at == key->created_at && strcmp(at.id, key->id) == 0;
}

void listing_answer(struct listing *listing, struct list_reply *reply)
{
    step_back(listing);
    cut(&listing->before);
    cut(&listing->after);
    reply->is_first = listing->before.is_ended;
    reply->is_last = listing->after.is_ended;
    put_rows(listing, reply);
    reply->total = total_of(listing);
    reply->rank = rank_of(listing, &reply->total);
    reply->anchor_found = is_anchor_there(listing, reply);
    http_since_count(listing->work->source, &listing->rows, listing->query->cutoff, listing->work->arena,
                     reply);
    if (listing_is_search(listing) && !is_whole(listing))
        tell_reach(listing, reply);
}
