/*
 * The answer to a question of a run that waits in a remote executor: POST /executions/:id/resume
 * (executions-api.md). Blocking; cancelled from another thread.
 */
#pragma once

#include "data/base/err.h"
#include "data/base/text.h"
#include "data/http/http_settings.h"
#include "data/query.h"

enum { HTTP_RESUME_CONTENT_MAX = 1 << 20 };

struct http_resume {
    const char *run_id;         /* whole, or a unique beginning */
    const char *scope;          /* the run must be of it; NULL: any */
    const char *interaction_id; /* the question that is meant; NULL: the one that is open, the newest */
    const char *action;         /* "accept", "decline", "cancel" */
    struct text content;        /* a JSON object; null: none goes along */
    /* Whether this is an answer to the question as it stands; where not, nothing is sent, and its error is
     * ours. NULL: it is. Borrowed during the call. */
    enum err_code (*check)(void *context, const struct interaction *asked, struct err *err);
    void *context;
};

/* The run is asked for first. The API takes no question's id but answers the newest open one: another than
 * the one that is meant is an error, and nothing is sent. Then the answer is sent, once, with the same
 * credentials as a question, never over a redirect; and waited for as long as the server likes: a real one
 * answers when the run waits again or has ended. ERR_OK: it was taken, whatever the run made of it. Where the
 * answer to it got lost on the way, or a proxy did not wait for it, the run is asked for again: a question
 * that is not open any more was answered.
 *
 * ERR_NOT_FOUND: no such run; it does not wait (any more); another question is open. ERR_USAGE: several runs
 * begin so; the server does not take the content, in its words; `content` is no object. ERR_TOO_BIG: it is
 * longer than HTTP_RESUME_CONTENT_MAX. ERR_CANCELLED: what was sent by then may have been taken. Else as a
 * source says it (http_fault.h, http_client.h); where it is not known whether the answer arrived, that is
 * said. No text repeats any of the content.
 *
 * The calling thread has SIGPIPE ignored or blocked. */
MUST_USE enum err_code http_resume_send(const char *address, const struct http_settings *settings,
                                        const struct http_resume *resume, struct cancel *cancel,
                                        struct err *err);
