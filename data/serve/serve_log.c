/*
 * See serve_log.h.
 */
#include "data/serve/serve_log.h"

#include "data/base/clock.h"

#include <stdarg.h>
#include <stdio.h>

void serve_log_init(struct serve_log *log, void (*say)(void *context, const char *line), void *context)
{
    *log = (struct serve_log){.say = say, .context = context, .began = clock_ms()};
    pthread_mutex_init(&log->mutex, NULL);
}

void serve_log_release(struct serve_log *log)
{
    pthread_mutex_destroy(&log->mutex);
}

static void begin_again(struct serve_log *log, int64_t now)
{
    char line[SERVE_LOG_LINE_MAX];
    if (now - log->began < SERVE_LOG_MS)
        return;
    if (log->left_out) {
        snprintf(line, sizeof line, "%u more lines like these were left out", log->left_out);
        log->say(log->context, line);
    }
    log->began = now;
    log->said = log->left_out = 0;
}

void serve_log_say(struct serve_log *log, const char *fmt, ...)
{
    char line[SERVE_LOG_LINE_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    pthread_mutex_lock(&log->mutex);
    begin_again(log, clock_ms());
    if (log->said < SERVE_LOG_LINES)
        log->say(log->context, line);
    else
        log->left_out++;
    log->said += log->said < SERVE_LOG_LINES;
    pthread_mutex_unlock(&log->mutex);
}
