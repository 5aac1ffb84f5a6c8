/*
 * A question put into the file of the run that this process is recorded in, and the wait for its answer.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define ASK_FOR_EVER INT64_MAX

struct ask_question {
    const struct buf *payload; /* payload_json */
    const char *message;
    bool is_url;
    int64_t timeout_ms; /* ASK_FOR_EVER: none */
};

enum ask_end {
    ASK_END_ACCEPTED,
    ASK_END_DECLINED,
    ASK_END_CANCELLED, /* by a person */
    ASK_END_TIMED_OUT,
    ASK_END_SIGNAL,
    ASK_END_FAILED, /* err says why: no recorded run, no file, the run ended */
};

struct ask_outcome {
    enum ask_end end;
    int signal;         /* SIGINT, SIGTERM, SIGHUP or SIGQUIT: the caller dies by it */
    struct buf content; /* ASK_END_ACCEPTED: the whole answer, with its secrets */
};

/* Blocks. Whatever ends it without an answer has taken the question back, as far as there was a file to do it
 * in. Release the outcome. */
void ask_wait(const struct ask_question *question, struct ask_outcome *outcome, struct err *err);
void ask_outcome_release(struct ask_outcome *outcome); /* wipes the content */
