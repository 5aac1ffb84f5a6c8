/*
 * What the files of the API share; nobody else includes this.
 */
#pragma once

#include "data/api/api.h"
#include "data/source.h"

#include <pthread.h>

/* A connection to the file, and the question that it is busy with. */
struct api_lane {
    struct source_conn *conn;
    struct cancel cancel;
    int64_t deadline;           /* clock_ms() */
    const atomic_bool *is_gone; /* as in the request */
    bool is_busy, is_searching;
};

/* What was answered lately, so that a client that has it already costs no reading. */
enum { API_TAGS = 256 };
struct api_tag {
    uint64_t fingerprint, revision; /* 0: free */
    uint64_t content;
};

struct api {
    struct source *source;
    char *path, *scope; /* owned; scope NULL: all */
    int question_ms;

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t freed;  /* a lane was; or it stops */
    pthread_cond_t moved;  /* the revision did; or it stops */
    pthread_cond_t busy;   /* for the watch: there is something to watch */
    struct api_lane lanes[API_LANES];
    size_t searching;
    bool is_stopped, is_closing, is_dozing;
    struct api_tag tags[API_TAGS];
    pthread_t watch;
};

/* ---- lanes (api_lane.c) ---- */

void api_lanes_open(struct api *api);
void api_lanes_close(struct api *api);
/* Waits for one that is free; NULL where there is none in time. A search for text reads the whole table: few
 * of them run at once. is_gone: as in the request. */
struct api_lane *api_lane_take(struct api *api, const atomic_bool *is_gone, bool is_searching,
                               struct err *err);
void api_lane_give(struct api *api, struct api_lane *lane);

/* ---- answers ---- */

/* By api_answer's lane; they fill the response. */
void api_list(struct api *api, const struct api_request *request, struct api_response *response);
void api_detail(struct api *api, const struct api_request *request, struct text id,
                struct api_response *response);
void api_tool_calls(struct api *api, const struct api_request *request, struct text id,
                    struct api_response *response);
void api_scope(struct api *api, const struct api_request *request, struct api_response *response);
void api_resume(struct api *api, const struct api_request *request, struct text id,
                struct api_response *response);

/* The run with its calls, by a lane of its own. ERR_NOT_FOUND: no such run in the scope that is served. */
MUST_USE enum err_code api_read_run(struct api *api, struct text id, struct arena *arena,
                                    struct detail_reply *reply, struct err *err);
/* The code of a detail that failed: ERR_NOT_FOUND only where the run is what is missing. */
enum err_code api_no_run(const struct api *api, enum err_code code);
void api_run_not_found(struct text id, struct api_response *response);

/* An error of the source as a response: 503 where it may pass, else 500. */
void api_fail(struct api_response *response, enum err_code code, const struct err *err);

/* ---- tags (api_tag.c) ---- */

/* Ends a response whose body is written: its tag; and where the client has that body already, 304 without it.
 * A body that was cut becomes a 500. */
void api_finish(const struct api_request *request, struct api_response *response);
/* The same, remembered for the question and the revision that it was answered at. */
void api_finish_known(struct api *api, const struct api_request *request, uint64_t fingerprint,
                      uint64_t revision, struct api_response *response);
/* True: what the client has is what would be answered; the response is a 304. */
bool api_is_known(struct api *api, const struct api_request *request, uint64_t fingerprint, uint64_t revision,
                  struct api_response *response);
