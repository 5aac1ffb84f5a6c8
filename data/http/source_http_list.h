/*
 * A window of a list in the making: between source_http_list.c, _durations.c, _window.c and _failed.c only.
 */
#pragma once

#include "data/http/source_http_int.h"

/* Rows found to one side of the anchor, the nearest first: indices in listing.order, up to one more than wanted. */
struct side {
    size_t *at;
    size_t wanted, count;
    bool is_ended; /* the list ends behind them */
};

struct listing {
    const struct http_work *work;
    const struct list_query *query;
    struct http_plan plan;
    const char *key; /* of the look */
    int64_t started;

    /* What the rows that are held tell; valid under the lock. */
    void (*look)(struct listing *listing);
    struct plan_rows rows;
    const struct feed_row *const *order; /* the rows in the order of the list, or in that of time */
    struct time_range held;              /* complete in the main list, around the anchor */
    struct time_range stretch;           /* of it, complete in the lists beside it too */
    bool is_blind;                       /* there is no such stretch yet */
    size_t lo, hi;                       /* its rows, by time */
    struct side after, before;           /* the anchor is the first of `after` */
    struct feed_row const **sorted;      /* owned; by duration only */

    bool has_next; /* `next` would tell more */
    struct fetch next;
    bool is_paused, is_full;
    int fetched, stuck;
};

/* Fetches until it is enough. ERR_OK: the lock is held, and the listing valid until it is given back. */
MUST_USE enum err_code listing_gather(struct listing *listing, struct err *err);
bool listing_is_search(const struct listing *listing);

/* By duration: needs all rows of the list. */
void listing_look_by_duration(struct listing *listing);

/* Under the lock: the listing as a reply. */
void listing_answer(struct listing *listing, struct list_reply *reply);

/* A whole question without find_failed, and one with it. */
MUST_USE enum err_code listing_window(const struct http_work *work, const struct list_query *query,
                                      struct list_reply *reply, struct err *err);
MUST_USE enum err_code listing_around_failed(const struct http_work *work, const struct list_query *query,
                                             struct list_reply *reply, struct err *err);
