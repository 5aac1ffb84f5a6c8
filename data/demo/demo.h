/*
 * Made-up run history that looks like real life: working days and nights, bursts, retries, an incident with a wall of failures, open
 * questions, slow tools, payloads of every size and shape, and a few rows that try to hurt a terminal.
 *
 * Everything follows from the options: the same ones give the same rows, byte for byte.
 *
 *     demo_write("demo.db", &(struct demo_options){.runs = 48000, .days = 30, .seed = 1, .now = now}, progress, NULL, &err)
 *
 *     demo_follow_open("demo.db", seed, now, &follow, &err)
 *     while (…) { demo_follow_step(follow, now, &wait_ms, &err); sleep for wait_ms; }
 *     demo_follow_close(follow)
 */
#pragma once

#include "data/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define DEMO_RUNS INT64_C(48000)
#define DEMO_RUNS_MAX INT64_C(100000000)
enum { DEMO_DAYS = 30, DEMO_DAYS_MAX = 3650, DEMO_SCOPES_MAX = 16, DEMO_SEED = 1 };

enum demo_payload {
    PAYLOAD_ORDINARY,
    PAYLOAD_SMALL, /* tiny, for files of many millions of runs */
    PAYLOAD_LARGE, /* code, results and logs of some kB each, about 7 kB of file and 2.5 calls a run */
};

struct demo_options {
    int64_t runs; /* 1 .. DEMO_RUNS_MAX */
    int64_t days; /* 1 .. DEMO_DAYS_MAX; the last one ends at now */
    uint64_t seed;
    int64_t now; /* epoch ms; nothing in the file is later */
    int scopes;  /* 1 .. DEMO_SCOPES_MAX */
    enum demo_payload payload;
    bool force; /* replace the file whatever it is */
};

/* Called after every batch. false: stop; demo_write then removes what it wrote and returns ERR_CANCELLED. */
typedef bool demo_progress(void *context, int64_t done, int64_t total);

/* Writes to `path`.part and renames: the file is there complete or not at all, in WAL mode with an empty log. An existing file that is not a
 * demo is ERR_DENIED without `force`. Options out of range: ERR_USAGE. progress may be NULL. */
MUST_USE enum err_code demo_write(const char *path, const struct demo_options *options,
                                  demo_progress *progress, void *context, struct err *err);

/* *is_demo: the file is there and demo_write made it. Only reads, leaves nothing beside the file. */
MUST_USE enum err_code demo_check(const char *path, bool *is_demo, struct err *err);

/* ---- history that goes on ---- */

struct demo_follow;

/* Opens a demo for more runs at a natural pace, in the file's own scope and words; `seed` and `now` choose what happens. ERR_DENIED: the
 * file is no demo. */
MUST_USE enum err_code demo_follow_open(const char *path, uint64_t seed, int64_t now,
                                        struct demo_follow **follow, struct err *err);

/* Writes all that has happened up to `now` as one short transaction; *wait_ms: until there is more, 1 .. 1000. A step that fails wrote
 * nothing, and the next one makes up for it. `now` may jump forward; a clock that goes back is waited for. */
MUST_USE enum err_code demo_follow_step(struct demo_follow *follow, int64_t now, int64_t *wait_ms,
                                        struct err *err);

/* Leaves the runs that are under way as they are: like an executor that was stopped. NULL is fine. */
void demo_follow_close(struct demo_follow *follow);
