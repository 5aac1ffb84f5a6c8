/*
 * Whole runs for the drawer's tests: the one of the sketches, and a drawer to look at it with. TZ is Europe/Berlin, now is Nov 21 2026 14:03:00 there.
 */
#pragma once

#include "data/base/arena.h"
#include "widgets/drawer.h"

#define SAMPLE_RUN_START INT64_C(1795259371204) /* 2026-11-21 11:09:31.204 CET */
#define SAMPLE_RUN_NOW INT64_C(1795269780000)   /* 2h 53m later */

void sample_run_locale(void); /* LC_CTYPE C.UTF-8, TZ Europe/Berlin */

/* A failed run: six calls, of which one failed; an error with a stack; a trigger; logs of every level. */
struct detail_reply sample_run(struct arena *arena);
/* What is missing in it: a finished run, one that is going on, one that waits. */
struct detail_reply sample_run_completed(struct arena *arena);
struct detail_reply sample_run_running(struct arena *arena);
struct detail_reply sample_run_waiting(struct arena *arena);

void sample_call(struct arena *arena, struct detail_reply *detail, struct tool_call call); /* one more */

/* A drawer on a surface. */
struct drawer_bench {
    struct arena arena;
    struct detail_reply detail;
    struct run_doc *doc;
    struct drawer *drawer;
    struct drawer_input in;
    struct drawer_frame frame;
    struct surface surface;
};

struct drawer_bench *drawer_bench_new(struct detail_reply (*run)(struct arena *arena));
void drawer_bench_free(struct drawer_bench *bench);
void drawer_bench_reread(struct drawer_bench *bench); /* a new document of bench->detail, as live does */
void drawer_bench_look(struct drawer_bench *bench, int w,
                       int h); /* lays out, draws, checks that the surface is sound */
