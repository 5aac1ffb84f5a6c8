/*
 * Any bytes as a command's output, in pieces and on channels that the first bytes choose: a log in JSON whose
 * entries all have a level and no newline, and an error text that is UTF-8 and bounded.
 */
#include "data/base/utf8.h"
#include "data/record/record_log.h"
#include "data/text/json_scan.h"
#include "data/text/log_lines.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_json(const struct record_log *log)
{
    struct buf json;
    buf_init(&json, RECORD_JSON_MAX);
    record_log_json(log, &json);
    if (buf_is_cut(&json) || json_check(buf_as_text(&json)) != JSON_ARRAY_OPEN)
        abort();
    struct log_lines *lines = log_lines_new(buf_as_text(&json));
    for (size_t i = 0; i < log_lines_count(lines); i++)
        if (log_lines_at(lines, i).is_note || log_lines_at(lines, i).is_continuation)
            abort();
    log_lines_free(lines);
    buf_release(&json);
}

static void check_last(const struct record_log *log)
{
    struct buf last;
    buf_init(&last, 1 << 20);
    record_log_last(log, RECORD_ERR, &last);
    if (last.len > RECORD_ERROR_MAX + 64)
        abort();
    struct text text = buf_as_text(&last);
    for (size_t at = 0; at < text.n;) {
        char32_t ch;
        at += utf8_decode(text.s + at, text.n - at, &ch);
        if (ch == UTF8_BAD || ch == 0)
            abort();
    }
    buf_release(&last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t step = 1 + data[0];
    struct record_log *log = record_log_new();
    for (size_t at = 2; at < size; at += step) {
        size_t n = size - at < step ? size - at : step;
        record_log_add(log, (data[1] >> (at & 7) & 1) != 0, (const char *)data + at, n);
    }
    check_json(log);
    check_last(log);
    record_log_free(log);
    return 0;
}
