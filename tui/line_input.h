/*
 * Lines of any number from a file or a pipe, each of a bounded length; and whether there is one without
 * waiting.
 */
#pragma once

#include "data/base/err.h"
#include "data/base/text.h"
#include "tui/stop.h"

enum input_result {
    INPUT_LINE,     /* `line` is it, without its end; borrowed until the next call */
    INPUT_TOO_LONG, /* it is skipped; number tells which one it was */
    INPUT_IDLE,     /* nothing more at the moment; only where that was asked for */
    INPUT_END,
    INPUT_STOPPED, /* a signal came */
    INPUT_FAILED,  /* err says why */
};

struct line_input {
    int fd;
    struct stop *stop;
    size_t max;
    char *data; /* owned */
    size_t start, searched, end, room;
    bool is_skipping, is_at_end;
    int64_t number; /* of the last line, from 1 on */
    struct text line;
};

/* fd stays the caller's. max: bytes of the longest line. */
void line_input_init(struct line_input *input, int fd, size_t max, struct stop *stop);
void line_input_release(struct line_input *input);

/* may_wait false: INPUT_IDLE rather than waiting for a pipe. The last line need not end. */
enum input_result line_input_next(struct line_input *input, bool may_wait, struct err *err);
