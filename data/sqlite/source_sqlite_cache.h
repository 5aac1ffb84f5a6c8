/*
 * The columns of the last time: shown, as estimates, until the table has been counted anew. One a source; it belongs to the background thread but
 * for cache_answer.
 */
#pragma once

#include "data/sqlite/source_sqlite_build.h"

enum {
    CACHE_RUNS_MIN = 20000, /* fewer are counted before anybody could look */
    CACHE_RUNS_MAX =
        4000000, /* more would take more memory beside the index, for a moment, than they are worth */
    CACHE_EVERY_MS = 300000, /* while the table changes */
};

struct cache;

/* NULL where there is to be none: no directory is named, or the file has no real path. path: as given. */
struct cache *cache_new(const struct source_options *options, const char *path);
void cache_free(struct cache *cache);

/* Reads the columns and checks that they are of this very file: then cache_answer can use them. True: there is something to show. */
bool cache_load(struct cache *cache, const struct reading *reading);
/* The index knows everything now: the columns of the last time go. */
void cache_drop(struct cache *cache);

/* Keeps the index's columns, a slice of work at a time, where the index is worth it and has changed since; false: there is nothing to do. The
 * follower is what the index was last brought up to. */
bool cache_save_step(struct cache *cache, const struct run_index *index, const struct follower *follower);
/* The last columns, at the end, however short the time since the ones before. */
void cache_save_rest(struct cache *cache, const struct run_index *index, const struct follower *follower);

/* Fills what *meta does not know exactly from the columns of the last time, as estimates. Any thread. *meta is meta_unknown() or what the index has
 * counted so far. False, and *meta is as it was: there is nothing to show for this question. */
bool cache_answer(struct cache *cache, const struct meta_query *query, struct arena *arena,
                  struct meta *meta);
