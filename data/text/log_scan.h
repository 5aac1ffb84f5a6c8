/*
 * The entries of logs_json one after the other, and their levels: what the counts of a row and the log view
 * agree on.
 */
#pragma once

#include "data/base/text.h"
#include "data/text/json_scan.h"

#include <stdbool.h>

/* X(enum, the word in brackets, the letter of the list's log column) — in order of gravity. */
#define LOG_LEVELS(X)                                                                                        \
    X(LOG_DEBUG, "debug", "D")                                                                               \
    X(LOG_LOG, "log", "L")                                                                                   \
    X(LOG_INFO, "info", "I")                                                                                 \
    X(LOG_WARN, "warn", "W")                                                                                 \
    X(LOG_ERROR, "error", "E")

enum log_level {
#define X(id, word, letter) id,
    LOG_LEVELS(X)
#undef X
        LOG_LEVEL_COUNT,
};

const char *log_level_word(enum log_level level);
const char *log_level_letter(enum log_level level);

/* The level of an entry by its prefix "[error]"; LOG_LOG where it has none. *rest (may be NULL) gets what
 * follows the prefix and one space. */
enum log_level log_level_of(struct text entry, struct text *rest);

struct log_scan {
    struct json_scan json;
    bool is_started, is_done;
    bool is_broken; /* after the end: the text stopped being an array of values */
};

struct log_scan log_scan(struct text logs_json);
/* The next entry as it is spelled: a string token with its quotes, or any other value (which has no
 * level). False at the end. */
bool log_scan_next(struct log_scan *scan, struct text *raw);
/* The level of such an entry. */
enum log_level log_level_of_raw(struct text raw);
