/*
 * How record_log.c keeps lines, for record_log_read.c.
 */
#pragma once

#include "data/base/text.h"
#include "data/record/record_log.h"

#include <stdbool.h>
#include <string.h>

enum {
    LINE_COST = 24, /* what a line takes of a block's room besides its bytes: empty lines are bounded, too */
};

/* What stands before the bytes of lines in a block. */
struct head {
    uint64_t began; /* the first of them; the others follow it */
    uint64_t more;  /* bytes of a line that are not kept */
    size_t n;
    uint32_t lines;
    bool is_span; /* whole lines, each with its newline; else one line without it */
};

struct block {
    char *data;
    size_t n, room, cost;
    int64_t lines, bytes; /* bytes of the lines as they came, newlines included */
};

struct channel {
    struct block first, last[2];
    int filled; /* which of the two is being filled; the other is older */
    int64_t lost_lines, lost_bytes;
    char *piece; /* of a line that has not ended; NULL before the first */
    size_t piece_n;
    uint64_t piece_began, piece_more;
    bool has_piece, has_return; /* the piece's last bytes so far are carriage returns */
};

struct record_log {
    uint64_t clock; /* counts lines */
    struct channel channels[RECORD_CHANNELS];
};

static inline size_t record_head_cost(const struct head *head)
{
    return head->n + (size_t)head->lines * LINE_COST;
}

static inline int64_t record_head_bytes(const struct head *head)
{
    return (int64_t)(head->n + head->more + !head->is_span);
}

/* Up to the newline that there is. */
static inline struct text record_to_newline(struct text t)
{
    const char *newline = memchr(t.s, '\n', t.n);
    return (struct text){t.s, (size_t)(newline - t.s)};
}

/* Of the line that has not ended. */
static inline struct head record_piece_head(const struct channel *c)
{
    return (struct head){.began = c->piece_began, .more = c->piece_more, .n = c->piece_n, .lines = 1};
}
