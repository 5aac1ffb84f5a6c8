/*
 * The runs of one remote list (one set of parameters, whatever its time bounds) as far as they have been fetched: a sorted set of rows, and the stretches of time that
 * it is known to be complete in. Pages fill stretches from any end; what lies between is a gap, and tells what to fetch next. No I/O, no
 * lock.
 *
 * Order: created_at descending, then id descending ("down" is older).
 */
#pragma once

#include "data/filter/filter.h"
#include "data/query.h"

struct feed_row {
    struct run_row row;
    struct text code; /* whole */
    bool is_pending;  /* a question is open */
    size_t bytes;     /* of this row, in memory */
};

struct http_feed;

struct http_feed *http_feed_new(void);
void http_feed_free(struct http_feed *feed);

/* Rows, newest first; borrowed until the next change of the feed. */
const struct feed_row *const *http_feed_rows(const struct http_feed *feed, size_t *count);
const struct feed_row *http_feed_find(const struct http_feed *feed,
                                      struct text id); /* NULL: not there; by a table, not by a walk */
size_t http_feed_bytes(const struct http_feed *feed);
uint64_t http_feed_revision(const struct http_feed *feed); /* moves at every change of rows or stretches */

/* The first row that does not stand before (created_at, id), in the order: count where there is none. */
size_t http_feed_position(const struct http_feed *feed, int64_t created_at, struct text id);

/* What an answer said: these runs, and that there are no others created within `complete` (from inclusive, to exclusive; from ≥ to: says nothing of the
 * kind). Rows of ours within `complete` that are not among them are taken out; runs outside it are added or updated without claiming anything. A run is known by its
 * id: an older answer's copy of it (by updated_at) never replaces a newer one, one that moved in time is moved. Copies what it keeps: code up to
 * FEED_CODE_MAX bytes. Returns how many rows were not there before. */
enum { FEED_CODE_MAX = 1 << 20 };
size_t http_feed_add(struct http_feed *feed, const struct run_detail *runs, size_t count,
                     struct time_range complete);

/* One run is as said now, however that was learnt; here too an older copy changes nothing. True where it was new to the feed. */
bool http_feed_put(struct http_feed *feed, const struct run_detail *run);
bool http_feed_remove(struct http_feed *feed, struct text id);

/* The stretch around a time that is complete without a gap: the greatest [from, to) with from ≤ at < to. False: `at` lies in a gap. */
bool http_feed_stretch(const struct http_feed *feed, int64_t at, struct time_range *stretch);
/* Whether all of the range is complete; an empty range is. */
bool http_feed_covers(const struct http_feed *feed, struct time_range range);
/* The newest, or the oldest, part of `range` that is not complete. False: all is. */
bool http_feed_newest_gap(const struct http_feed *feed, struct time_range range, struct time_range *gap);
bool http_feed_oldest_gap(const struct http_feed *feed, struct time_range range, struct time_range *gap);
/* What is held there is all there is. */
void http_feed_claim(struct http_feed *feed, struct time_range range);
/* Nothing is known to be complete there any more; the rows stay until an answer says otherwise. */
void http_feed_doubt(struct http_feed *feed, struct time_range range);

/* Forgets the rows farthest from `around` (and that those stretches are complete) until at most max_bytes are held; the rows
 * of that very millisecond stay, whatever they hold. */
void http_feed_trim(struct http_feed *feed, int64_t around, size_t max_bytes);
