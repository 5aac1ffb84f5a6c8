/*
 * What was counted the last time: shown, as estimates, until the table has been counted anew. One a source. The question without a filter is
 * answered from a hundred kB of counts, within the first frame and whatever the size of the file; one with a filter from the columns, which are read
 * when the first such question comes. Only the functions for keeping belong to the background thread, which also keeps.
 */
#pragma once

#include "data/sqlite/source_sqlite_build.h"

enum {
    CACHE_RUNS_MIN = 20000, /* fewer are counted before anybody could look */
    CACHE_COLUMNS_MAX =
        4000000, /* the columns of more runs would take more memory beside the index than they are worth */
    CACHE_EVERY_MS = 300000, /* while the table changes */
};

struct cache;

/* NULL where there is to be none: no directory is named, or the file has no real path. path: as given. */
struct cache *cache_new(const struct source_options *options, const char *path);
void cache_free(struct cache *cache);

/* Fills what *meta does not know exactly from what was kept, as estimates, where that is of this very file. Any thread. *meta is
 * what is known without it: what the index has counted so far, or a guess. False, and *meta is as it was: there is nothing to show for this question. */
bool cache_answer(struct cache *cache, const struct reading *reading, const struct meta_query *query,
                  struct arena *arena, struct meta *meta);
/* The index knows everything now, or this is another file: cache_answer has nothing any more. Any thread. */
void cache_drop(struct cache *cache);

/* Keeps what the index has counted, a slice of work at a time, where it is worth it and has changed since; false: there is nothing to do. The
 * follower is what the index was last brought up to. */
bool cache_save_step(struct cache *cache, struct run_index *index, const struct follower *follower);
/* The same at the end, however short the time since the last one. */
void cache_save_rest(struct cache *cache, struct run_index *index, const struct follower *follower);
