/*
 * See record_result.h.
 */
#include "data/record/record_result.h"

#include "data/base/timefmt.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

enum { RESULT_MAX = 1024, SIGNAL_NAME = 24 };

static void signal_name(int number, char name[SIGNAL_NAME])
{
    const char *word = sigabbrev_np(number);
    if (word)
        snprintf(name, SIGNAL_NAME, "SIG%s", word);
    else if (number >= SIGRTMIN && number <= SIGRTMAX)
        snprintf(name, SIGNAL_NAME, "SIGRTMIN+%d", number - SIGRTMIN);
    else
        snprintf(name, SIGNAL_NAME, "signal %d", number);
}

static int64_t ms_of(struct timeval t)
{
    return (int64_t)t.tv_sec * SECOND_MS + t.tv_usec / 1000;
}

void record_exit_json(int exit_status, int signal, struct buf *out)
{
    char name[SIGNAL_NAME];
    if (signal) {
        signal_name(signal, name);
        buf_printf(out, "\"exitCode\":null,\"signal\":\"%s\"", name);
    } else {
        buf_printf(out, "\"exitCode\":%d,\"signal\":null", exit_status);
    }
}

void record_exit_words(int exit_status, int signal, struct buf *out)
{
    char name[SIGNAL_NAME];
    if (signal) {
        signal_name(signal, name);
        buf_printf(out, "killed by %s", name);
    } else {
        buf_printf(out, "exit status %d", exit_status);
    }
}

static void put_result(const struct child_end *end, int64_t duration_ms, struct buf *out)
{
    char name[SIGNAL_NAME];
    buf_char(out, '{');
    record_exit_json(end->exit_status, end->signal, out);
    buf_printf(out, ",\"durationMs\":%" PRId64 ",\"userMs\":%" PRId64 ",\"systemMs\":%" PRId64, duration_ms,
               ms_of(end->usage.ru_utime), ms_of(end->usage.ru_stime));
    buf_printf(out, ",\"maxRssKb\":%ld,\"stdoutBytes\":%" PRId64 ",\"stderrBytes\":%" PRId64,
               end->usage.ru_maxrss, end->out_bytes, end->err_bytes);
    if (end->has_core)
        buf_str(out, ",\"coreDumped\":true");
    if (end->was_interrupted) {
        signal_name(end->interrupted_by, name);
        buf_printf(out, ",\"interruptedBy\":\"%s\"", name);
    }
    buf_char(out, '}');
}

void record_result_put_lost(const struct child_end *end, struct buf *out)
{
    bool is_first = true;
    for (int i = 0; i < 2; i++) {
        if (!end->lost_errno[i])
            continue;
        buf_printf(out, "%sstandard %s: %s", is_first ? "" : "; ", i == CHILD_ERR ? "error" : "output",
                   strerror(end->lost_errno[i]));
        is_first = false;
    }
}

static void put_failure(const struct child_end *end, const struct record_log *log, bool is_one_terminal,
                        struct buf *out)
{
    record_log_last(log, RECORD_ERR, out);
    if (out->len == 0 && is_one_terminal)
        record_log_last(log, RECORD_OUT, out);
    bool has_lost = child_has_lost(end), is_told = end->signal && !(has_lost && end->signal == SIGPIPE);
    if (has_lost && out->len)
        buf_char(out, '\n');
    record_result_put_lost(end, out);
    if (is_told && out->len)
        buf_char(out, '\n');
    if (is_told || out->len == 0)
        record_exit_words(end->exit_status, end->signal, out);
}

void record_result_make(const struct child_end *end, int64_t duration_ms, const struct record_log *log,
                        bool is_one_terminal, struct record_result *result)
{
    buf_init(&result->result_json, RESULT_MAX);
    buf_init(&result->error_text, RECORD_ERROR_MAX + RESULT_MAX);
    put_result(end, duration_ms, &result->result_json);
    bool has_lost = child_has_lost(end);
    bool is_good = !end->signal && !end->start_errno && end->exit_status == 0 && !has_lost;
    if (is_good) {
        result->status = TEXT_LIT("completed");
    } else if (end->was_interrupted && !has_lost) {
        char name[SIGNAL_NAME];
        signal_name(end->interrupted_by, name);
        result->status = TEXT_LIT("cancelled");
        buf_printf(&result->error_text, "interrupted by %s", name);
    } else {
        result->status = TEXT_LIT("failed");
        put_failure(end, log, is_one_terminal, &result->error_text);
    }
}

void record_result_release(struct record_result *result)
{
    buf_release(&result->result_json);
    buf_release(&result->error_text);
}

int64_t record_completed_at(int64_t started_at, int64_t duration_ms)
{
    return started_at + (duration_ms > 0 ? duration_ms : 0);
}
