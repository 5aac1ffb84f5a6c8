/*
 * Any bytes as logs_json: the lines, and the counts that a row shows of the same bytes, agree.
 */
#include "data/run.h"
#include "data/text/log_lines.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text json = {(const char *)data, size};
    struct log_lines *log = log_lines_new(json);
    struct log_counts counts = log_counts_of(json);
    for (size_t line = 0; line < log_lines_count(log); line++) {
        struct log_line facts = log_lines_at(log, line);
        if (memchr(facts.text.s, '\n', facts.text.n))
            abort();
        if (!facts.is_note)
            log_json_tail(log_lines_entry(log, facts.entry));
    }
    if (log_lines_level_count(log, LOG_ERROR) != (size_t)counts.errors ||
        log_lines_level_count(log, LOG_WARN) != (size_t)counts.warnings)
        abort();
    log_lines_free(log);
    return 0;
}
