/*
 * A line that takes its time: bytes come out so many ms after they went in, in order, and not more of them in a second than it is broad.
 */
#pragma once

#include "data/base/buf.h"

#include <stdint.h>

struct slow_line {
    int delay_ms;
    int bytes_per_second; /* 0: any number */
    struct buf bytes;     /* that went in since it was empty */
    size_t out;           /* of them, that came out */
    struct slow_line_mark *marks;
    size_t mark_count, mark_at;
    int64_t credit_at, credit; /* thousandths of bytes that may come out since then */
};

void slow_line_init(struct slow_line *line, int delay_ms, int bytes_per_second);
void slow_line_release(struct slow_line *line);
void slow_line_in(struct slow_line *line, const char *bytes, size_t n, int64_t now);
/* What has come out by now; borrowed until the next call. */
struct text slow_line_out(struct slow_line *line, int64_t now);
size_t slow_line_held(const struct slow_line *line); /* bytes */
