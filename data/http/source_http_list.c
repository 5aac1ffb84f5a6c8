/*
 * A window of a list. The rows that are held around the anchor answer it where they suffice; where not, a page is fetched at the edge where they end, and it is looked
 * again. What the server cannot filter or order is done over the rows that are held, a slice of time a question: such an answer says that it is
 * partial and how far it reaches, and the question is put again until it is complete, or until it would cost a slow server too much.
 */
#include "data/http/source_http_list.h"

#include "data/base/hash.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    QUICK_ROWS = 60, /* on the screen so many to each side are answer enough: the next question brings more */
    SLICE_MS = 150,  /* of a search, until what was found is shown */
    STUCK_MAX = 3,
    PATIENCE_MS = 20 * 1000, /* of requests, for one question: longer only for a person who asks on */
};

/* ---- the anchor ---- */

static int64_t clip(const struct listing *listing, int64_t t)
{
    struct time_range range = listing->plan.range;
    if (range.to != INT64_MAX && t >= range.to)
        t = range.to - 1;
    return t < range.from ? range.from : t;
}

/* The time that the stretch of the anchor holds. */
static int64_t anchor_time(const struct listing *listing)
{
    const struct list_query *query = listing->query;
    bool is_newest = query->sort.is_ascending == (query->anchor == ANCHOR_LAST);
    switch (query->anchor) {
    case ANCHOR_KEY:
    case ANCHOR_AFTER:
    case ANCHOR_TIME: return clip(listing, query->key.created_at);
    default: return clip(listing, is_newest ? INT64_MAX : INT64_MIN);
    }
}

static size_t bound(size_t n, size_t lo, size_t hi)
{
    return n < lo ? lo : n > hi ? hi : n;
}

/* Index of the row with the key, or of the first older one. */
static size_t position_of(struct listing *listing, bool *is_there)
{
    const struct row_key *key = &listing->query->key;
    size_t at = http_feed_position(listing->rows.feed, key->created_at, text_of(key->id));
    *is_there = false;
    if (at < listing->rows.count) {
        struct row_key found = run_row_key(&listing->rows.rows[at]->row);
        *is_there = found.created_at == key->created_at && strcmp(found.id, key->id) == 0;
    }
    return at;
}

/* Where the walk that begins with the anchor starts: an index, from which it goes down, or in ascending order up; lo − 1 and hi are outside. */
static ptrdiff_t start_of(struct listing *listing)
{
    const struct list_query *query = listing->query;
    bool is_up = query->sort.is_ascending, is_there = false;
    size_t at;
    switch (query->anchor) {
    case ANCHOR_LAST: return is_up ? (ptrdiff_t)listing->lo - 1 : (ptrdiff_t)listing->hi;
    case ANCHOR_KEY:
    case ANCHOR_AFTER: at = position_of(listing, &is_there); break;
    case ANCHOR_TIME:
        at = http_feed_position(listing->rows.feed, query->key.created_at,
                                is_up ? TEXT_LIT("") : TEXT_LIT("\xff"));
        while (is_up && at < listing->rows.count &&
               listing->rows.rows[at]->row.created_at >= query->key.created_at)
            at++;
        break;
    default: return is_up ? (ptrdiff_t)listing->hi - 1 : (ptrdiff_t)listing->lo;
    }
    bool is_strict = query->anchor == ANCHOR_AFTER;
    ptrdiff_t start = (ptrdiff_t)bound(at, listing->lo, listing->hi);
    if (is_up)
        return is_there && !is_strict && at < listing->hi ? start : start - 1;
    return is_there && is_strict && at >= listing->lo ? start + 1 : start;
}

/* ---- walking ---- */

static void walk(struct listing *listing, struct side *side, ptrdiff_t from, int step)
{
    side->count = 0;
    side->is_ended = true;
    for (ptrdiff_t at = from; at >= (ptrdiff_t)listing->lo && at < (ptrdiff_t)listing->hi; at += step) {
        if (!http_rows_match(&listing->rows, (size_t)at))
            continue;
        if (side->count > side->wanted) {
            side->is_ended = false;
            break;
        }
        side->at[side->count++] = (size_t)at;
    }
    bool is_to_the_end = step > 0 ? listing->stretch.from <= listing->plan.range.from
                                  : listing->stretch.to >= listing->plan.range.to;
    side->is_ended = side->is_ended && is_to_the_end;
}

/* One more than wanted is looked for on each side: whether there is one is whether the list ends here. */
static void walk_both(struct listing *listing)
{
    ptrdiff_t start = start_of(listing);
    int step = listing->query->sort.is_ascending ? -1 : 1;
    walk(listing, &listing->after, start, step);
    walk(listing, &listing->before, start - step, -step);
}

static bool is_enough(const struct listing *listing, const struct side *side)
{
    if (side->is_ended)
        return true;
    if (listing->query->wait_exact)
        return side->count > side->wanted;
    return side->count >= (side->wanted < QUICK_ROWS ? side->wanted : QUICK_ROWS);
}

/* ---- what is missing ---- */

static void want(struct listing *listing, struct fetch fetch)
{
    listing->next = fetch;
    listing->has_next = true;
}

/* A run that is held near the top comes with the first page, as far as is known, and that brings the counts along: one request for both. */
static bool want_first_page(struct listing *listing, const struct http_feed *feed, int64_t at)
{
    const struct http_plan *plan = &listing->plan;
    struct fetch fetch = {.params = &plan->main, .range = plan->range};
    bool is_held = http_feed_find(feed, text_of(listing->query->key.id)) != NULL;
    bool is_at_top = is_held && http_feed_newest_gap(feed, plan->range, &fetch.gap) &&
                     fetch.gap.to == plan->range.to && at >= fetch.gap.from;
    size_t lo, hi;
    http_rows_between(&listing->rows, (struct time_range){at, plan->range.to}, &lo, &hi);
    if (!is_at_top || hi - lo > PAGE_ROWS / 2)
        return false;
    want(listing, fetch);
    return true;
}

/* A list does not hold the anchor's time: a stretch of it is begun there, within `range`. */
static void want_stretch(struct listing *listing, const struct http_params *params,
                         const struct http_feed *feed, struct time_range range)
{
    int64_t at = anchor_time(listing);
    bool is_up = at == listing->plan.range.from && listing->query->anchor != ANCHOR_KEY;
    bool is_main = params == &listing->plan.main;
    if (is_main && listing->query->anchor == ANCHOR_KEY && want_first_page(listing, feed, at))
        return;
    struct fetch fetch = {.params = params, .range = range, .is_up = is_up};
    bool is_gap =
        is_up ? http_feed_oldest_gap(feed, range, &fetch.gap)
              : http_feed_newest_gap(feed, (struct time_range){range.from, time_after(at)}, &fetch.gap);
    if (is_gap)
        want(listing, fetch);
}

/* The stretch around the anchor in which all lists of the plan are complete: what a row is cannot be told where one of them is not. */
static bool find_stretch(struct listing *listing)
{
    const struct http_plan *plan = &listing->plan;
    int64_t at = anchor_time(listing);
    listing->is_blind = true;
    if (!http_feed_stretch(listing->rows.feed, at, &listing->held)) {
        want_stretch(listing, &plan->main, listing->rows.feed, plan->range);
        return false;
    }
    listing->stretch = listing->held = time_range_intersect(listing->held, plan->range);
    for (size_t i = 0; i < plan->side_count; i++) {
        struct time_range told;
        if (!http_feed_stretch(listing->rows.sides[i], at, &told)) {
            want_stretch(listing, &plan->sides[i].params, listing->rows.sides[i], listing->held);
            return false;
        }
        listing->stretch = time_range_intersect(listing->stretch, told);
    }
    listing->is_blind = false;
    return true;
}

/* Of the rows from the anchor to where the held ones end, and of the lists beside them: a search needs them all at once. */
static size_t bytes_searched(struct listing *listing, bool is_down)
{
    size_t bytes = 0;
    for (size_t i = 0; i < listing->plan.side_count; i++)
        bytes += http_feed_bytes(listing->rows.sides[i]);
    for (ptrdiff_t at = start_of(listing); at >= (ptrdiff_t)listing->lo && at < (ptrdiff_t)listing->hi;
         at += is_down ? 1 : -1)
        bytes += listing->rows.rows[at]->bytes;
    return bytes;
}

/* The list that ends the stretch on that side: a side where it has not come as far as the main one, else the main one. */
static void want_edge(struct listing *listing, bool is_down)
{
    const struct http_plan *plan = &listing->plan;
    struct time_range stretch = listing->stretch, held = listing->held;
    struct time_range behind_sides =
        is_down ? (struct time_range){held.from, stretch.from} : (struct time_range){stretch.to, held.to};
    struct time_range behind_main = is_down ? (struct time_range){plan->range.from, held.from}
                                            : (struct time_range){held.to, plan->range.to};
    struct fetch fetch = {.range = plan->range, .is_up = !is_down};
    for (size_t i = 0; i <= plan->side_count; i++) {
        bool is_main = i == plan->side_count;
        const struct http_feed *feed = is_main ? listing->rows.feed : listing->rows.sides[i];
        struct time_range range = is_main ? behind_main : behind_sides;
        fetch.params = is_main ? &plan->main : &plan->sides[i].params;
        bool is_gap = is_down ? http_feed_newest_gap(feed, range, &fetch.gap)
                              : http_feed_oldest_gap(feed, range, &fetch.gap);
        bool is_at_edge = is_down ? fetch.gap.to == range.to : fetch.gap.from == range.from;
        if (is_gap && is_at_edge) {
            want(listing, fetch);
            return;
        }
    }
}

static void want_beyond(struct listing *listing, bool is_down)
{
    listing->is_full = listing_is_search(listing) &&
                       bytes_searched(listing, is_down) > http_rows_room(listing->work->source) / 4 * 3;
    want_edge(listing, is_down);
}

/* Under the lock: what the held rows tell, and what to fetch to tell more. */
static void look_around(struct listing *listing)
{
    listing->has_next = listing->is_full = false;
    http_rows_open(listing->work->source, &listing->plan, &listing->rows);
    listing->order = listing->rows.rows;
    listing->lo = listing->hi = 0;
    listing->after.count = listing->before.count = 0;
    listing->after.is_ended = listing->before.is_ended = false;
    if (!find_stretch(listing))
        return;
    http_rows_between(&listing->rows, listing->stretch, &listing->lo, &listing->hi);
    walk_both(listing);
    bool is_down = !listing->query->sort.is_ascending;
    if (!is_enough(listing, &listing->after))
        want_beyond(listing, is_down);
    else if (!is_enough(listing, &listing->before))
        want_beyond(listing, !is_down);
}

/* ---- the search's patience ---- */

static uint64_t question_of(const struct listing *listing)
{
    const struct list_query *query = listing->query;
    char numbers[200];
    snprintf(numbers, sizeof numbers, "%d %d %d %lld %s %zu %zu", query->sort.field, query->sort.is_ascending,
             query->anchor, (long long)query->key.created_at, query->key.id, query->before, query->after);
    return text_hash(text_of(listing->key)) ^ text_hash(text_of(numbers));
}

static bool is_patient(struct listing *listing)
{
    struct patience *patience = &listing->work->conn->patience;
    uint64_t question = question_of(listing);
    if (patience->question != question)
        *patience = (struct patience){.question = question};
    return patience->spent_ms < PATIENCE_MS;
}

bool listing_is_search(const struct listing *listing)
{
    return !listing->plan.is_sufficient || listing->query->sort.field == SORT_DURATION;
}

/* Whether to fetch on: a list that the server filters is fetched as far as it is needed, a search for a slice of time. */
static bool goes_on(struct listing *listing)
{
    if (!listing->has_next)
        return false;
    if (listing->query->wait_exact || !listing_is_search(listing) || listing->is_blind)
        return true;
    listing->is_paused = listing->is_full || !is_patient(listing);
    return !listing->is_paused && clock_ms() - listing->started < (listing->fetched ? SLICE_MS : INT64_MAX);
}

static enum err_code fetch_next(struct listing *listing, struct err *err)
{
    const struct fetch *next = &listing->next;
    int64_t started = clock_ms();
    bool is_first =
        next->params == &listing->plan.main && next->gap.to == listing->plan.range.to && !next->is_up;
    enum err_code code = is_first ? http_look(listing->work, &listing->plan, listing->key, true, err)
                                  : http_fetch(listing->work, next, err);
    listing->work->conn->patience.spent_ms += clock_ms() - started;
    listing->fetched++;
    return code;
}

/* A page that changes nothing would be asked for again for ever. */
static enum err_code check_progress(struct listing *listing, const struct fetch *before, struct err *err)
{
    const struct fetch *next = &listing->next;
    bool is_same = listing->has_next && next->params == before->params &&
                   next->gap.from == before->gap.from && next->gap.to == before->gap.to;
    listing->stuck = is_same ? listing->stuck + 1 : 0;
    if (listing->stuck < STUCK_MAX)
        return ERR_OK;
    err_set(err, ERR_UNSUPPORTED, "the pages that %s gives do not fit together",
            listing->work->source->address.label);
    return err_hint(err, "Its lists change faster than they can be read, or their cursors do not work.");
}

static enum err_code too_many(const struct listing *listing, struct err *err)
{
    err_set(err, ERR_TOO_BIG, "%s has too many runs to %s here", listing->work->source->address.label,
            listing->query->sort.field == SORT_DURATION ? "sort" : "search");
    return err_hint(err, "Narrow it by time: -f 'after:7d'.");
}

enum err_code listing_gather(struct listing *listing, struct err *err)
{
    struct http_source *source = listing->work->source;
    enum err_code code = ERR_OK;
    for (;;) {
        struct fetch asked = listing->next;
        pthread_mutex_lock(&source->lock);
        listing->look(listing);
        code = listing->fetched ? check_progress(listing, &asked, err) : ERR_OK;
        if (!code && listing->has_next && listing->is_full && listing->query->wait_exact)
            code = too_many(listing, err);
        if (!code && !goes_on(listing))
            return ERR_OK; /* with the lock */
        pthread_mutex_unlock(&source->lock);
        if (!code)
            code = fetch_next(listing, err);
        if (!code && cancel_requested(listing->work->cancel))
            code = err_set(err, ERR_CANCELLED, "cancelled");
        if (code)
            return code;
    }
}

/* ---- the whole question ---- */

static void nothing(struct list_reply *reply)
{
    *reply = (struct list_reply){.anchor = -1,
                                 .is_first = true,
                                 .is_last = true,
                                 .total = {0, true},
                                 .rank = TALLY_UNKNOWN,
                                 .progress = 1,
                                 .reach = TIME_NONE};
}

static void remember_shown(struct listing *listing)
{
    struct http_source *source = listing->work->source;
    pthread_mutex_lock(&source->lock);
    arena_release(&source->shown_arena);
    http_plan_copy(&listing->plan, &source->shown, &source->shown_arena);
    source->shown_cutoff = listing->query->cutoff;
    source->has_shown = true;
    pthread_mutex_unlock(&source->lock);
}

static size_t at_most(size_t n, size_t most)
{
    return n < most ? n : most;
}

static struct side side_for(size_t wanted, struct arena *arena)
{
    return (struct side){.at = arena_array(arena, wanted + 3, sizeof(size_t)), .wanted = wanted};
}

enum err_code listing_window(const struct http_work *work, const struct list_query *query,
                             struct list_reply *reply, struct err *err)
{
    struct listing listing = {.work = work, .query = query, .started = clock_ms()};
    nothing(reply);
    enum err_code code = http_plan_for(work, &query->filter, query->now, query->scope, 0, &listing.plan, err);
    if (code || listing.plan.is_nothing)
        return code;
    listing.key = http_look_key(&listing.plan, filter_has_relative_time(&query->filter), work->arena);
    listing.look = query->sort.field == SORT_DURATION ? listing_look_by_duration : look_around;
    listing.after = side_for(at_most(query->after, ROWS_AFTER_MAX), work->arena);
    listing.before = side_for(at_most(query->before, ROWS_BEFORE_MAX), work->arena);
    if (work->is_shown)
        remember_shown(&listing);
    code = listing_gather(&listing, err);
    if (code)
        goto out;
    *reply = (struct list_reply){.anchor = -1, .progress = 1, .reach = TIME_NONE};
    listing_answer(&listing, reply);
    /* Counts over the held rows have grown with them. */
    bool is_news =
        (reply->is_partial && !reply->is_paused) || (listing.fetched && !listing.plan.is_sufficient);
    bool lacks_count = query->cutoff != TIME_NONE && reply->new_count < 0 && listing.plan.is_sufficient;
    pthread_mutex_unlock(&work->source->lock);
    if (lacks_count && work->is_shown && work->source->background)
        http_background_look(work->source->background);
    if (is_news)
        http_raise(work->source, SOURCE_PROGRESS, 0);
    if (query->want_full)
        code = http_fill_whole(work, reply, err);
out:
    free(listing.sorted);
    return code;
}

enum err_code http_list(const struct http_work *work, const struct list_query *query,
                        struct list_reply *reply, struct err *err)
{
    *reply = (struct list_reply){.anchor = -1};
    return query->find_failed ? listing_around_failed(work, query, reply, err)
                              : listing_window(work, query, reply, err);
}
