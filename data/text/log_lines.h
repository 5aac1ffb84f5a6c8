/*
 * A run's log as lines to read: levels, filtered by level, searched. (log_scan.h says what a level is;
 * run.h's log_counts_of counts the same entries.)
 *
 *     struct log_lines *log = log_lines_new(run->logs_json);
 *     struct log_choice choice = {0};
 *     log_choose(log, LOG_LEVELS_FROM(LOG_WARN), &choice);            warnings and errors; LOG_LEVELS_ALL: everything
 *     for (size_t row = top; row < choice.count; row++)
 *         draw(log_lines_at(log, choice.lines[row]));
 *     log_choice_release(&choice);
 *     log_lines_free(log);
 */
#pragma once

#include "data/base/needle.h"
#include "data/base/text.h"
#include "data/text/log_scan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOG_BYTES_MAX = 16 << 20, /* of decoded text; what comes after is left out, and the last line says so */
    LOG_LINES_MAX = 1 << 20,
};

/* Sets of levels are bits (1u << level). */
#define LOG_LEVELS_ALL ((1u << LOG_LEVEL_COUNT) - 1)
#define LOG_LEVELS_FROM(level) (LOG_LEVELS_ALL & ~((1u << (level)) - 1))

struct log_lines; /* immutable once made */

/* logs_json: borrowed during the call only; null gives no lines. Never fails: of broken JSON all entries
 * before the break are there, and a last line that says so; a text of which no entry can be read is shown
 * as it is, after such a line. */
struct log_lines *log_lines_new(struct text logs_json);
void log_lines_free(struct log_lines *log); /* NULL is fine */

size_t log_lines_count(const struct log_lines *log);
/* Entries of the level: what the filter shows beside its name. An entry of several lines counts once. */
size_t log_lines_level_count(const struct log_lines *log, enum log_level level);

struct log_line {
    struct text text;     /* without the level's prefix; any bytes, but no newline. Borrowed from the log */
    enum log_level level; /* of its entry */
    bool is_continuation; /* not the first line of its entry: draw no level */
    bool is_note;         /* not from the log: what is broken or left out. Every choice shows it */
    size_t entry;         /* 0.. ; SIZE_MAX for a note */
};
struct log_line log_lines_at(const struct log_lines *log, size_t line);

/* A whole entry without its prefix, newlines included. Borrowed. */
struct text log_lines_entry(const struct log_lines *log, size_t entry);
/* The JSON object or array that an entry ends with ("answer {…}"): give it to json_view_new to unfold it.
 * Null where there is none. */
struct text log_json_tail(struct text entry);

/* The lines of some levels. */
struct log_choice {
    uint32_t *lines; /* owned; ascending */
    size_t count;
};
/* Replaces what choice held; start from {0}. */
void log_choose(const struct log_lines *log, unsigned levels, struct log_choice *choice);
void log_choice_release(struct log_choice *choice);
/* The row of the line, or of the nearest chosen line before it (0 where there is none): keeps the place
 * when the levels change. */
size_t log_choice_row(const struct log_choice *choice, size_t line);

/* The nearest row of the choice after (step > 0) or before (step < 0) `from` whose line holds the needle,
 * or -1. from may be -1 and count. */
ptrdiff_t log_find(const struct log_lines *log, const struct log_choice *choice, const struct needle *needle,
                   ptrdiff_t from, int step);
