/*
 * The state of the background and its work: between source_sqlite_background.c and source_sqlite_work.c only.
 */
#pragma once

#include "data/sqlite/source_sqlite_background.h"

struct background {
    struct sqlite_source *source;
    struct run_index *index;
    struct searches searches;
    struct cache *cache; /* NULL: none */
    bool has_thread;
    pthread_t thread;
    pthread_mutex_t crank; /* without a thread: held by the one that does a slice */

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t wake;   /* for the thread */
    pthread_cond_t moved;  /* for those who wait for it */
    bool is_closing, is_live, wants_refresh, wants_durations, wants_anew, wants_other_file, is_woken;
    bool is_lost, is_settled; /* is_settled: projected, as others may know it */
    uint64_t seen;            /* moves whenever more is known */
    uint64_t device, inode;   /* of the file that the index was made from */
    size_t scope_count;
    double progress;
    uint64_t looks_wanted, looks_done; /* by number; done: begun after the one of that number was wanted */
    struct file_mark seen_mark;        /* at the last look, */
    bool seen_is_final; /* and whoever sees the same mark knows that nothing was written since */
    uint64_t changes;   /* moves whenever the file has changed; never 0 */

    /* The thread's own. */
    struct read_slot slot;
    struct cancel cancel;
    struct follower follower, next_follower;
    struct builder *builder; /* the projection on its way */
    struct run_index *next;  /* what it fills, where another one is shown meanwhile; else NULL */
    bool is_projected;
    uint64_t revision, found; /* of the index and the searches, when others were last told */
    struct file_mark mark;
    bool has_mark, is_unsettled, is_count_due;
    bool was_moved;   /* the last look found something */
    bool is_end_told; /* others know that the projection is done */
    int64_t next_look, retry_at, notified_at, gap_at;
    unsigned events;
};

/* A flag that others set; take: it is done with from now on. */
bool work_flag(struct background *background, const bool *flag);
bool work_take(struct background *background, bool *flag);

/* Before the first step. */
void work_begin(struct background *background);
/* The most urgent thing there is to do; *is_idle where there is none. */
MUST_USE enum err_code work_step(struct background *background, const struct reading *reading, bool *is_idle,
                                 struct err *err);
/* Tries whether a lost file can be read again. */
MUST_USE enum err_code work_come_back(struct background *background, const struct reading *reading,
                                      struct err *err);
