/*
 * The /executions API over a SQLite file: what is asked, and what is answered, as values. It knows no HTTP
 * library and no socket; the transport (data/serve) does. What it answers is what executions-api.md and
 * executor-store.md promise, without the deviations of the real server.
 *
 *     struct api *api;
 *     api_open(&(struct api_options){.path = "runs.db"}, &api, &err)
 *     struct api_response response;
 *     api_response_init(&response);
 *     api_answer(api, &request, &response);      any thread, several at once
 *     …
 *     api_response_release(&response);
 *     api_stop(api);                             from any thread: whatever waits ends soon
 *     api_close(api);                            when no call is inside any more
 *
 * An answer holds whatever was committed to the file before the request came, and its counts are exact: where
 * that takes too long it is a 503 and never an estimate. The file is only read, but for POST …/resume, which
 * goes the way of `executor-runs answer`.
 *
 * Routes, each with /api before it and without:
 *
 *     GET  /executions                    the list, with meta where neither cursor nor after is given
 *     GET  /executions/ID                 one run
 *     GET  /executions/ID/tool-calls      its calls
 *     GET  /executions/stream             is_stream: the transport takes over, by api_revision and api_wait
 *     POST /executions/ID/resume          answers a question of a run that `executor-runs record` made
 *     GET  /scope                         which scope is served
 *
 * HEAD is GET, whose body the transport leaves out. Running code (POST /executions) is nothing that this
 * server can do: 405.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api;

enum {
    API_BODY_MAX = 256 << 20, /* bytes of an answer; a larger one is a 500 that says so */
    API_PARAMS_MAX = 64,      /* more parameters than that are a 400 */
    API_VALUE_MAX = 4096,     /* bytes of one value */
    API_RESUME_MAX = 1 << 20, /* bytes of the body of a resume; a longer one is a 413 */
    API_LANES = 8,            /* questions that are put to the file at once; others wait */
    API_QUESTION_MS = 30000,  /* after which a question is given up: 503 */
    API_GONE_MS = 1000,       /* the same, where who asked has left meanwhile */
};

struct api_options {
    const char *path;  /* the SQLite file; borrowed during api_open */
    const char *scope; /* serve this one alone; NULL: all. Borrowed during api_open */
    int question_ms;   /* 0: API_QUESTION_MS */
};

/* ERR_NOT_FOUND, ERR_NOT_DATABASE and so on where the file cannot be read at all; a file that is only locked
 * at the moment is opened. */
MUST_USE enum err_code api_open(const struct api_options *options, struct api **api, struct err *err);
void api_close(struct api *api); /* NULL is allowed */
void api_stop(struct api *api);

struct api_param {
    const char *name, *value; /* percent-decoded; no NUL can be in them: the transport refuses one */
};

struct api_request {
    const char *method, *path; /* the path percent-decoded, without the query */
    const struct api_param *params;
    size_t param_count;
    const char *if_none_match, *content_type; /* NULL: no such header */
    struct text body;
    const atomic_bool *is_gone; /* who asked has left; NULL: nobody tells. Borrowed during api_answer */
};

struct api_response {
    int status;
    const char *content_type; /* static; NULL where there is no body */
    char etag[48];            /* with its quotes; "": none. A weak one: it tells of the JSON, packed or not */
    const char *allow;        /* with 405: the value of the header; static. Else NULL */
    struct buf body;          /* empty with 304 */
    bool is_stream;           /* GET …/executions/stream: the transport takes over */
    struct err why; /* of a 5xx, for a log: it may hold paths of the machine, which the body never does */
};
void api_response_init(struct api_response *response);
void api_response_release(struct api_response *response);

/* Whether a header Content-Type says so. Nothing else is taken: a form of a foreign web page cannot be sent as that. NULL is allowed. */
bool api_is_json(const char *content_type);

/* Fills *response, which was initialised or cleared. */
void api_answer(struct api *api, const struct api_request *request, struct api_response *response);

/* A number that moves whenever the file has changed; of this process alone. Never 0. */
uint64_t api_revision(struct api *api);
/* Waits until the revision is another than `seen`: true. False: the time is up, or api_stop was called. It
 * sees a change within about a tenth of a second, under a writer that never rests within one. */
bool api_wait(struct api *api, uint64_t seen, int timeout_ms);
bool api_is_stopped(struct api *api);
