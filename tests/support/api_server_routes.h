/*
 * From a request to what a well-behaved server says, in one of its two manners.
 */
#pragma once

#include "data/base/buf.h"
#include "tests/support/api_server_runs.h"

struct api_ask {
    const char *method, *target, *host; /* target: path and query; host may be NULL */
    struct text body;
    const char *base; /* where the API begins: "/api" */
    bool is_real;
};

struct api_answer {
    int status;
    const char *content_type; /* NULL: not said */
    struct buf headers;       /* further lines, each with its CRLF */
    struct buf body;
};

void api_answer_init(struct api_answer *answer);
void api_answer_release(struct api_answer *answer);
void api_answer_make(struct served_file *file, const struct api_ask *ask, struct api_answer *answer);
