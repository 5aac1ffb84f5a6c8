/*
 * What the source does behind the questions: it builds the index, follows the table, searches and notifies, one slice at a time. In a
 * thread of its own, or, where the source may have none, in that of a question which has to be answered exactly.
 */
#pragma once

#include "data/sqlite/source_sqlite_cache.h"
#include "data/sqlite/source_sqlite_search.h"

struct background;

/* is_lost: the file cannot be read at the moment; it is tried again. */
struct background *background_new(struct sqlite_source *source, bool has_thread, bool is_lost);
void background_free(struct background *background); /* ends the thread */
bool background_has_thread(const struct background *background);

struct run_index *background_index(struct background *background);
struct searches *background_searches(struct background *background);
struct cache *background_cache(struct background *background); /* NULL: there is none */
/* The file that the index was made from. */
void background_file(struct background *background, uint64_t *device, uint64_t *inode);

void background_set_live(struct background *background, bool is_live);
void background_refresh(struct background *background);
void background_want_durations(struct background *background);
/* The index does not fit the table any more, or belongs to another file. */
void background_want_anew(struct background *background, bool is_other_file);
void background_wake(struct background *background);

/* Until more is known than at `seen`: waits for the thread, at most 100 ms, or does one slice of its work. */
uint64_t background_seen(struct background *background);
MUST_USE enum err_code background_advance(struct background *background, const struct reading *reading,
                                          uint64_t seen, struct err *err);

struct background_status {
    double progress;
    bool is_live;
    bool is_lost;      /* the file cannot be read at the moment */
    bool is_projected; /* every column is as complete as it can be */
    size_t scope_count;
};
void background_status(struct background *background, struct background_status *status);
