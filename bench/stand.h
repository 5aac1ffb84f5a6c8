/*
 * The test stand: the real program on a file, in a pty of 120×36, with a clock beside it.
 *
 *     stand_start(&stand, "build/executor-runs", "m.db", true)
 *     ms = stand_until_rows(&stand)
 *     ms = stand_key(&stand, "<Down>", REGION_LIST)
 *     stand_stop(&stand)
 *
 * Times are in ms and end when the bytes in question were read from the terminal: what the emulator takes for them does not count.
 */
#pragma once

#include "tests/support/pty.h"

#include <stdint.h>

/* Parts of the screen, so that a key is not taken for answered by a counter that moved elsewhere. ROWS: what the rows of the list say, whatever their
 * colours; they stand still when they are the final ones. */
enum region { REGION_ALL, REGION_BAR, REGION_TIMELINE, REGION_RAIL, REGION_LIST, REGION_ROWS, REGION_BODY };

enum { STAND_COLS = 120, STAND_ROWS = 36, STAND_LOST_MS = 2000 };

/* The frozen clock stands here; the histories of the bench end here. */
#define STAND_NOW "1763719200000"
#define STAND_FROZEN "EXECUTOR_RUNS_TEST_NOW=" STAND_NOW

struct stand {
    struct pty *pty;
    int64_t started_ns;
};

int64_t now_ns(void);

/* argv[1] is the file; a clock that is frozen leaves nothing to move on the screen but what the program has found out. */
void stand_start(struct stand *stand, const char *program, const char *file, bool is_frozen);
/* The same for any program and its words (ends in NULL), with NAME=value on top of the pty's own environment (ends in NULL; may be NULL). */
void stand_start_with(struct stand *stand, const char *const *argv, const char *const *env);
void stand_stop(struct stand *stand);

/* From the start of the process until the list stands full of rows; until no number on the screen is an estimate. Negative: never came. */
double stand_until_rows(struct stand *stand);
double stand_until_exact(struct stand *stand);
double stand_until_text(struct stand *stand, const char *text);
bool stand_is_exact(struct stand *stand);
/* Until the totals, the histogram and the facets of status and trigger are exact; what the tools are may still be open. */
double stand_until_counts(struct stand *stand);
/* Until the facets of status and trigger have numbers at all, exact or not. */
double stand_until_facets(struct stand *stand);

/* From writing the key until the first bytes that change the region. Negative: it did not change within STAND_LOST_MS. */
double stand_key(struct stand *stand, const char *key, enum region region);
/* From writing the key until the last bytes that change any cell before everything is exact and stays still. */
double stand_settle(struct stand *stand, const char *key);
double stand_settle_within(struct stand *stand, const char *key, int timeout_ms);
/* From writing the keys until the last bytes that change the region before it stays as it is for quiet_ms. Negative: it never did, or nothing changed. */
double stand_still(struct stand *stand, const char *keys, enum region region, int quiet_ms);

/* What a key did to a region, up to the moment from which it stays as it is for quiet_ms. */
struct answer {
    double first_ms, last_ms; /* the first and the last bytes that changed it; negative: nothing did */
    int changes, frames;      /* frames that changed it; frames in all */
    double ui_cpu_ms, cpu_ms; /* what the thread that draws took, and all threads */
    size_t bytes;             /* to the terminal */
};
struct answer stand_ask(struct stand *stand, const char *keys, enum region region, int quiet_ms);

/* Nothing came for so long, at most ten times that. */
void stand_rest(struct stand *stand, int quiet_ms);

size_t stand_bytes(struct stand *stand);     /* written to the terminal so far */
double stand_cpu_ms(struct stand *stand);    /* processor time of the program so far */
double stand_ui_cpu_ms(struct stand *stand); /* of the thread that draws alone */
/* Keeps the terminal drained all the while. */
void stand_let_pass(struct stand *stand, int ms);
/* A number of kB out of /proc/PID/status, by its name. */
long stand_memory_kb(struct stand *stand, const char *name);
