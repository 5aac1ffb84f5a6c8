/*
 * The threads that ask a source, so that the screen never waits. Each kind of question has a lane: a thread, a connection of its own, and room for
 * one waiting question. A newer question supersedes the one that waits and interrupts the one that runs.
 *
 *     worker = worker_new(source, wake, context)
 *     worker_submit(worker, request)            takes ownership
 *     … wake(context) is called from a lane …
 *     while ((response = worker_take(worker)))  ownership passes to the caller
 *             response_free(response)
 *     worker_free(worker)                       before source_close; what was not taken is freed
 *
 * Every request is answered exactly once, a superseded one with ERR_CANCELLED.
 */
#pragma once

#include "data/source.h"
#include "data/text/run_doc.h"

/* X(id, member of the unions, query type, reply type) */
#define LANES(X)                                                                                             \
    X(LANE_LIST, list)                                                                                       \
    X(LANE_META, meta)                                                                                       \
    X(LANE_DETAIL, detail)                                                                                   \
    X(LANE_PEERS, peers)                                                                                     \
    X(LANE_WATCH, watch) /* a run again, while its question is being answered */

enum lane {
#define X(id, member) id,
    LANES(X)
#undef X
        LANE_COUNT,
};

struct request {
    enum lane lane;
    uint64_t generation; /* comes back with the answer: the caller tells old ones by it */
    union {
        struct list_query list;
        struct meta_query meta;
        struct detail_query detail;
        struct peers_query peers;
        struct detail_query watch;
    };
};

struct response {
    enum lane lane;
    uint64_t generation;
    enum err_code code; /* not ERR_OK: the union is empty and err says why */
    struct err err;
    struct arena arena; /* holds all that the reply points to */
    union {
        struct list_reply list;
        struct meta meta;
        struct detail_reply detail;
        struct peers_reply peers;
        struct detail_reply watch;
    };
    struct run_doc *doc; /* LANE_DETAIL: the reply made ready to be shown; NULL elsewhere. Owned */
    struct response *next;
};

struct request *request_new(enum lane lane,
                            uint64_t generation); /* the query is zeroed; texts in it are owned, from mem_* */
void request_free(struct request *request);
void response_free(struct response *response); /* NULL is allowed */

struct worker;
struct worker *worker_new(struct source *source, void (*wake)(void *context), void *context);
void worker_free(struct worker *worker);
void worker_submit(struct worker *worker, struct request *request);
struct response *worker_take(struct worker *worker); /* the oldest answer, or NULL */
bool worker_is_idle(struct worker *worker);          /* nothing waits, runs or lies ready */
