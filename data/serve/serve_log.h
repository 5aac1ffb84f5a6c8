/*
 * What went wrong while serving, a line each, for whoever reads a service's standard error. Bounded in time,
 * so that nobody outside can fill a disk: so many lines in ten seconds, and then how many were left out. Any
 * thread.
 */
#pragma once

#include "data/base/err.h"

#include <pthread.h>
#include <stdint.h>

enum { SERVE_LOG_LINES = 20, SERVE_LOG_MS = 10000, SERVE_LOG_LINE_MAX = 512 };

struct serve_log {
    void (*say)(void *context, const char *line); /* one call at a time; line may hold bytes from outside */
    void *context;
    pthread_mutex_t mutex;
    int64_t began;
    unsigned said, left_out;
};

void serve_log_init(struct serve_log *log, void (*say)(void *context, const char *line), void *context);
void serve_log_release(struct serve_log *log);
void serve_log_say(struct serve_log *log, const char *fmt, ...) PRINTF_LIKE(2, 3);
