/*
 * Deleting what is old: runs that have ended, with their calls and interactions. What has not ended stays,
 * however old it is.
 *
 *     struct store_sweep sweep = {.before = now - 30 * DAY_MS};
 *     while (!code && !sweep.is_done)
 *         code = store_sweep_some(store, &sweep, &err);      and a pause, in which others write
 */
#pragma once

#include "data/store/store.h"

enum { STORE_SWEEP_MAX = 100, STORE_SWEEP_MS = 20 };

struct sweep_tally {
    int64_t runs, calls, questions;
    int64_t oldest, newest; /* created_at; TIME_NONE where there are no runs */
};

struct store_sweep {
    int64_t before; /* created_at of the first that stays */
    struct sweep_tally gone;
    bool is_begun, is_done;
    int64_t at_created, at_rowid; /* behind which it goes on, where it has begun */
};

/* One transaction: at most STORE_SWEEP_MAX runs, and no more once STORE_SWEEP_MS have gone by. Where it
 * fails, `gone` tells of what is gone. */
MUST_USE enum err_code store_sweep_some(struct store *store, struct store_sweep *sweep, struct err *err);

/* What a sweep would delete, and what it would keep since it has not ended; of that only the runs are
 * counted. Reads only. */
MUST_USE enum err_code store_sweep_tally(struct store *store, int64_t before, struct sweep_tally *ended,
                                         struct err *err);
MUST_USE enum err_code store_sweep_kept(struct store *store, int64_t before, struct sweep_tally *kept,
                                        struct err *err);

/* Both of a file that nothing is written to, and nothing is left beside. ERR_BUSY: somebody writes all the
 * time. Else as store_open; a file that is missing is ERR_NOT_FOUND, one without the tables ERR_NO_TABLES. */
MUST_USE enum err_code store_sweep_preview(const char *path, int64_t before, struct sweep_tally *ended,
                                           struct sweep_tally *kept, struct err *err);

/* The file's size, and what of it is free for new rows. Bytes. */
struct store_room {
    int64_t total, unused;
};
MUST_USE enum err_code store_read_room(struct store *store, struct store_room *room, struct err *err);
