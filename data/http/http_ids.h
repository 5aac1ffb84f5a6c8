/*
 * The rows of an http_feed by id: a hash table that owns nothing but its slots. The ids are those of the rows, so a row leaves the
 * table before it is freed, or is replaced by another of the same id.
 */
#pragma once

#include "data/http/http_feed.h"

struct http_id_slot {
    uint64_t hash;
    struct feed_row *row; /* NULL: free */
};

/* All zero: empty. */
struct http_ids {
    struct http_id_slot *slots;
    size_t slot_count; /* a power of two, or 0; at least half are free */
    size_t count;
};

void http_ids_release(struct http_ids *ids);
struct feed_row *http_ids_find(const struct http_ids *ids, struct text id); /* NULL: not there */
void http_ids_put(struct http_ids *ids, struct feed_row *row); /* in place of the one of the same id */
void http_ids_remove(struct http_ids *ids, struct text id);    /* nothing where it is not there */
