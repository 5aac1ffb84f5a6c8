/*
 * The answer of a person to the question of a run, wherever the run is recorded.
 */
#pragma once

#include "data/base/err.h"
#include "data/base/text.h"
#include "data/http/http_settings.h"
#include "data/query.h"

enum answer_action { ANSWER_ACCEPT, ANSWER_DECLINE, ANSWER_CANCEL };

struct answer_request {
    const char *run_id;         /* whole, or a unique beginning; of a file also that of a question's id */
    const char *scope;          /* the run must be of it; NULL: any */
    const char *interaction_id; /* the question that is meant; NULL: the newest that is open */
    enum answer_action action;
    struct text content; /* a JSON object; null: none. Read for ANSWER_ACCEPT alone */
    int patience_ms;     /* where the file is locked; 0: ANSWER_PATIENCE_MS */
    bool is_in_sight; /* the content stood on a command line: one with secret fields is refused (ERR_USAGE) */
};

const char *answer_word(enum answer_action action); /* "accept", "decline", "cancel" */

/* Answers by the form of the address: a file, or an executor's API (http_resume.h). Blocking; where the file
 * is locked, for at most patience_ms.
 *
 * Into a file only runs that `record` made are answered, and while their recorder may still be there: any
 * other waits inside its own executor, which would never look. Of answers that come at once one is taken. The
 * content must be what the question asks for (answer_form.h); its secret fields are kept apart from the rest
 * (response_private_json).
 *
 * ERR_NOT_FOUND: no such file or run; it does not wait (any more), and since when. ERR_USAGE: several begin
 * so; the content does not fit, and which field. ERR_DENIED: not ours to answer. ERR_BUSY and the like as
 * store_open; of an API as http_resume_send. No text repeats any of the content. */
enum { ANSWER_PATIENCE_MS = 5000 };
MUST_USE enum err_code answer_send(const char *address, const struct http_settings *http,
                                   const struct answer_request *request, struct cancel *cancel,
                                   struct err *err);
