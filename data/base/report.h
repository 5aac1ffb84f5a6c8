/*
 * The mistakes of a file that a person wrote: all are counted, each with its line, the first REPORT_MAX are kept.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"
#include "data/base/text.h"

#include <stddef.h>

enum { REPORT_MAX = 32 };

struct mistake {
    unsigned line; /* 1-based; 0: the whole file */
    char what[200];
};

struct report {
    struct mistake mistakes[REPORT_MAX];
    size_t count; /* may be greater than REPORT_MAX */
};

void report_clear(struct report *report);
void report_add(struct report *report, unsigned line, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* "unknown <kind> 'word': did you mean …?" over a list of words. */
void report_unknown(struct report *report, unsigned line, const char *kind, struct text word,
                    const char *const *words, size_t count);

/* A line for each, "file:12: what", and one for those that were not kept. */
void report_write(const struct report *report, const char *file, struct buf *out);

/* The next line without its end; *number counts from 1. False at the end. Start with *rest as the whole text and *number = 0. */
bool report_next_line(struct text *rest, struct text *line, unsigned *number);
