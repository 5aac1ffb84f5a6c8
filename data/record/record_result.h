/*
 * How a command ended, as the end of a run.
 */
#pragma once

#include "data/base/buf.h"
#include "data/record/child.h"
#include "data/record/record_log.h"

#include <stdbool.h>
#include <stdint.h>

struct record_result {
    struct text status; /* completed, failed, cancelled */
    struct buf
        result_json; /* {"exitCode":N|null,"signal":"SIGTERM"|null,"durationMs":N,"userMs":N,"systemMs":N,"maxRssKb":N,"stdoutBytes":N,
                               "stderrBytes":N}; also "coreDumped":true and "interruptedBy":"SIGINT" where it is so */
    struct buf error_text; /* empty: null */
};

/* Exit code 0 is completed, whatever came meanwhile; but where output was lost it failed, with the reason.
 * Else what was interrupted is cancelled, and the rest failed: with the last lines of standard error, or of
 * the terminal where both channels go to it (`is_one_terminal`), and by which signal; where there are none,
 * with the exit status. */
void record_result_make(const struct child_end *end, int64_t duration_ms, const struct record_log *log,
                        bool is_one_terminal, struct record_result *result);
/* Why output of it is lost: "standard output: No space left on device". Nothing where none is. */
void record_result_put_lost(const struct child_end *end, struct buf *out);
void record_result_release(struct record_result *result);

/* The same of any command, for what is kept of it: `"exitCode":3,"signal":null`, and in words: "exit status
 * 3", "killed by SIGTERM". A signal of 0 is none. */
void record_exit_json(int exit_status, int signal, struct buf *out);
void record_exit_words(int exit_status, int signal, struct buf *out);

/* When a run ended that began at `started_at` by the wall clock and took so long by a clock that nobody sets:
 * the wall clock may have been set meanwhile, and its time of the end would say that the run took another
 * time, or that it ended before it began. */
int64_t record_completed_at(int64_t started_at, int64_t duration_ms);
