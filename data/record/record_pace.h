/*
 * How often the log of a run that goes on is written to the file: so that whoever looks sees what came a few
 * seconds ago, and neither the command nor the disk notices.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    /* behind the first output that is not written: what ends soon is written once, into a file that is still
     * open */
    RECORD_LOG_FIRST_MS = 1000,
    RECORD_LOG_EVERY_MS = 5000,
    RECORD_LOG_SHARE = 100,       /* writing takes one part in so many of the time, at most */
    RECORD_LOG_BYTES_PER_MS = 64, /* and writes no more than this, over time */
};

/* How long to wait behind a write that took so long and was so large; `every_ms` at least. */
static inline int64_t record_pace(int64_t every_ms, int64_t took_ms, size_t bytes)
{
    int64_t by_time = took_ms * RECORD_LOG_SHARE, by_size = (int64_t)(bytes / RECORD_LOG_BYTES_PER_MS);
    int64_t ms = every_ms > by_time ? every_ms : by_time;
    return ms > by_size ? ms : by_size;
}
