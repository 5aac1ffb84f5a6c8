/*
 * A SQLite run history for a test, row by row, in a directory of its own below $TMPDIR. Anything that goes
 * wrong here ends the test program with a message: tests need not check.
 *
 *     struct history *h = history_new();
 *     const char *id = history_run(h, (struct history_run){.created_at = 1000, .status = "failed", .code =
 * "boom()", .duration = 20}); history_call(h, id, (struct history_call){.path = "github.issues.list",
 * .started_at = 1001, .duration = 5}); history_question(h, id, (struct history_question){.status =
 * "pending"}); source_open(history_path(h), …) history_free(h);
 *
 * A field left out is null in the store where that is allowed, and else the default named beside it. Times
 * and durations: 0 means left out; TIME_NONE and DURATION_NONE mean null.
 */
#pragma once

#include "data/store/store.h"

#include <stdint.h>

struct history;

struct history *history_new(void);
void history_free(struct history *h); /* removes the directory with all that is in it */
/* Of a test whose state is a new history. */
int history_set_up(void **state);
int history_tear_down(void **state);
const char *history_path(const struct history *h);
const char *history_dir(const struct history *h);
struct store *history_store(struct history *h); /* open for writing; reopened after history_close */

struct history_run {
    const char *id;     /* a UUID made from a counter */
    const char *scope;  /* "scope-1" */
    const char *status; /* "completed" */
    const char *code;   /* "return 1" */
    const char *result, *error, *logs, *trigger, *trigger_meta;
    int64_t created_at;   /* 1000 × the number of runs so far */
    int64_t started_at;   /* created_at */
    int64_t duration;     /* terminal statuses: 0 ms; others: not ended */
    int64_t completed_at; /* started_at + duration */
    int64_t updated_at;   /* completed_at, else created_at */
    int64_t tool_call_count;
};
const char *history_run(struct history *h, struct history_run run); /* the id; h's */

struct history_call {
    const char *id;         /* a UUID made from a counter */
    const char *status;     /* "completed" */
    const char *path;       /* "test.tool" */
    const char *namespace_; /* the path's first segment; "" is null */
    const char *args, *result, *error;
    int64_t started_at; /* 1 */
    int64_t duration;   /* 0 ms, but for the status "running" */
};
const char *history_call(struct history *h, const char *run_id, struct history_call call);

struct history_question {
    const char *id;     /* a UUID made from a counter */
    const char *status; /* "pending" */
    const char *kind;   /* "FormElicitation" */
    const char *purpose, *payload, *response, *response_private;
    int64_t created_at; /* 1 */
    int64_t updated_at; /* created_at */
};
const char *history_question(struct history *h, const char *run_id, struct history_question question);

/* Many rows as one transaction: much quicker. */
void history_begin(struct history *h);
void history_commit(struct history *h);

/* Any SQL, by a connection of its own: to update, delete, drop, vacuum under the reader's feet. */
void history_sql(struct history *h, const char *sql);

/* Closes the writer: no -wal and -shm are left beside the file (if nobody else has it open). */
void history_close(struct history *h);
