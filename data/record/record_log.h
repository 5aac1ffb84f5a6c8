/*
 * What a command prints, as a run's log: lines of both channels in the order in which they began, the first
 * and the last of each kept. Taking output in costs little more than copying it; what a line says is looked
 * at only at the end, and only where the line is still there.
 *
 *     struct record_log *log = record_log_new();
 *     record_log_add(log, RECORD_OUT, bytes, n);     as it comes, cut anywhere
 *     record_log_json(log, &json);                   ["[log] building","[error] cannot open x"]
 *     record_log_free(log);
 */
#pragma once

#include "data/base/buf.h"

#include <stddef.h>
#include <stdint.h>

enum record_channel { RECORD_OUT, RECORD_ERR, RECORD_CHANNELS };

enum {
    RECORD_HEAD_MAX = 64 << 10,  /* bytes of each channel's first lines */
    RECORD_TAIL_MAX = 192 << 10, /* and of its last ones */
    RECORD_LINE_MAX = 16 << 10,  /* of one line; the entry says how much more there was */
    RECORD_JSON_MAX = 8 << 20,   /* more than any log comes to */
    RECORD_ERROR_MAX = 4 << 10,
    RECORD_ERROR_LINES = 20,
};

struct record_log; /* belongs to one thread at a time; at most about two megabytes, less for less output */

struct record_log *record_log_new(void);
void record_log_free(struct record_log *log); /* NULL is fine */

/* As it is now, for another thread; takes no longer than copying its bytes. */
struct record_log *record_log_copy(const struct record_log *log);

void record_log_add(struct record_log *log, enum record_channel channel, const char *bytes, size_t n);

/* logs_json of the contract. Every entry is "[level] line": the line's own level (record_level.h), else [log]
 * and [error] by channel; the line as record_clean leaves it. Where lines of a channel are missing an [info]
 * entry says how many, and of how many bytes. */
void record_log_json(const struct record_log *log, struct buf *out);

/* A channel's last lines, at most RECORD_ERROR_LINES and RECORD_ERROR_MAX bytes of them, without empty ones
 * at both ends; nothing where it is empty. */
void record_log_last(const struct record_log *log, enum record_channel channel, struct buf *out);
