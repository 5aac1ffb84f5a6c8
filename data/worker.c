/*
 * See worker.h. One mutex for all lanes: it is held for pointer swaps only, never while a source works. Answers are queued under the lock and the
 * waker is called outside of it, so that a waker may take locks of its own.
 */
#include "data/worker.h"

#include "data/base/die.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct lane_thread {
    struct worker *worker;
    enum lane lane;
    pthread_t thread;
    pthread_cond_t work;
    struct request *waiting;
    bool is_running;
    struct cancel cancel;
    struct source_conn *conn; /* set under the lock, so that a submit can interrupt it */
};

struct worker {
    struct source *source;
    void (*wake)(void *context);
    void *context;
    pthread_mutex_t lock;
    bool is_stopping;
    struct response *first, **last;
    struct lane_thread lanes[LANE_COUNT];
};

struct request *request_new(enum lane lane, uint64_t generation)
{
    struct request *request = mem_new_array(1, sizeof *request);
    request->lane = lane;
    request->generation = generation;
    return request;
}

void request_free(struct request *request)
{
    switch (request->lane) {
    case LANE_LIST:
        filter_release(&request->list.filter);
        free(request->list.scope);
        break;
    case LANE_META:
        filter_release(&request->meta.filter);
        free(request->meta.scope);
        break;
    case LANE_DETAIL:
        free(request->detail.id);
        free(request->detail.scope);
        break;
    case LANE_PEERS:
        free(request->peers.id);
        free(request->peers.code);
        break;
    case LANE_WATCH:
        free(request->watch.id);
        free(request->watch.scope);
        break;
    case LANE_COUNT: break;
    }
    free(request);
}

void response_free(struct response *response)
{
    if (!response)
        return;
    run_doc_free(response->doc);
    arena_release(&response->arena);
    free(response);
}

static struct response *response_new(const struct request *request)
{
    struct response *response = mem_new_array(1, sizeof *response);
    response->lane = request->lane;
    response->generation = request->generation;
    arena_init(&response->arena);
    return response;
}

/* lane: the one that is free with this answer; NULL where none ran. */
static void response_push(struct worker *worker, struct response *response, struct lane_thread *lane)
{
    pthread_mutex_lock(&worker->lock);
    if (lane)
        lane->is_running = false;
    *worker->last = response;
    worker->last = &response->next;
    pthread_mutex_unlock(&worker->lock);
    worker->wake(worker->context);
}

/* A superseded question is answered too: whoever counts questions and answers comes out even. */
static void request_refuse(struct worker *worker, struct request *request)
{
    struct response *response = response_new(request);
    response->code = err_set(&response->err, ERR_CANCELLED, "superseded");
    request_free(request);
    response_push(worker, response, NULL);
}

static void ask(struct lane_thread *lane, const struct request *request, struct response *response)
{
    struct source_conn *conn = lane->conn;
    struct arena *arena = &response->arena;
    struct err *err = &response->err;
    switch (request->lane) {
    case LANE_LIST:
        response->code = conn_list(conn, &request->list, &lane->cancel, arena, &response->list, err);
        break;
    case LANE_META:
        response->code = conn_meta(conn, &request->meta, &lane->cancel, arena, &response->meta, err);
        break;
    case LANE_DETAIL:
        response->code = conn_detail(conn, &request->detail, &lane->cancel, arena, &response->detail, err);
        if (response->code == ERR_OK)
            response->doc = run_doc_new(&response->detail);
        break;
    case LANE_PEERS:
        response->code = conn_peers(conn, &request->peers, &lane->cancel, arena, &response->peers, err);
        break;
    case LANE_WATCH:
        response->code = conn_detail(conn, &request->watch, &lane->cancel, arena, &response->watch, err);
        break;
    case LANE_COUNT: break;
    }
}

/* Connects at the first question and again after a failed attempt, so that a source that comes back needs no restart. */
static enum err_code lane_connect(struct lane_thread *lane, struct err *err)
{
    if (lane->conn)
        return ERR_OK;
    struct source_conn *conn = NULL;
    enum err_code code = source_connect(lane->worker->source, &conn, err);
    if (code != ERR_OK)
        return code;
    pthread_mutex_lock(&lane->worker->lock);
    lane->conn = conn;
    pthread_mutex_unlock(&lane->worker->lock);
    return ERR_OK;
}

static void lane_answer(struct lane_thread *lane, struct request *request)
{
    struct response *response = response_new(request);
    response->code = lane_connect(lane, &response->err);
    if (response->code == ERR_OK)
        ask(lane, request, response);
    request_free(request);
    response_push(lane->worker, response, lane);
}

static struct request *lane_next(struct lane_thread *lane)
{
    struct worker *worker = lane->worker;
    pthread_mutex_lock(&worker->lock);
    while (!lane->waiting && !worker->is_stopping)
        pthread_cond_wait(&lane->work, &worker->lock);
    struct request *request = worker->is_stopping ? NULL : lane->waiting;
    if (request) {
        lane->waiting = NULL;
        lane->is_running = true;
        atomic_store(&lane->cancel.requested, false);
    }
    pthread_mutex_unlock(&worker->lock);
    return request;
}

static void *lane_main(void *argument)
{
    struct lane_thread *lane = argument;
    for (struct request *request; (request = lane_next(lane));)
        lane_answer(lane, request);
    return NULL;
}

/* Called with the lock held. */
static void lane_interrupt(struct lane_thread *lane)
{
    if (!lane->is_running)
        return;
    atomic_store(&lane->cancel.requested, true);
    if (lane->conn)
        conn_interrupt(lane->conn);
}

struct worker *worker_new(struct source *source, void (*wake)(void *context), void *context)
{
    struct worker *worker = mem_new_array(1, sizeof *worker);
    worker->source = source;
    worker->wake = wake;
    worker->context = context;
    worker->last = &worker->first;
    pthread_mutex_init(&worker->lock, NULL);
    /* Signals belong to the thread of the screen. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (int i = 0; i < LANE_COUNT; i++) {
        struct lane_thread *lane = &worker->lanes[i];
        lane->worker = worker;
        lane->lane = (enum lane)i;
        pthread_cond_init(&lane->work, NULL);
        if (pthread_create(&lane->thread, NULL, lane_main, lane) != 0)
            die("cannot start a thread");
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return worker;
}

void worker_submit(struct worker *worker, struct request *request)
{
    struct lane_thread *lane = &worker->lanes[request->lane];
    pthread_mutex_lock(&worker->lock);
    struct request *superseded = lane->waiting;
    lane->waiting = request;
    lane_interrupt(lane);
    pthread_cond_signal(&lane->work);
    pthread_mutex_unlock(&worker->lock);
    if (superseded)
        request_refuse(worker, superseded);
}

struct response *worker_take(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    struct response *response = worker->first;
    if (response) {
        worker->first = response->next;
        if (!worker->first)
            worker->last = &worker->first;
        response->next = NULL;
    }
    pthread_mutex_unlock(&worker->lock);
    return response;
}

bool worker_is_idle(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    bool is_idle = !worker->first;
    for (int i = 0; i < LANE_COUNT; i++)
        is_idle = is_idle && !worker->lanes[i].waiting && !worker->lanes[i].is_running;
    pthread_mutex_unlock(&worker->lock);
    return is_idle;
}

void worker_free(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    worker->is_stopping = true;
    for (int i = 0; i < LANE_COUNT; i++) {
        lane_interrupt(&worker->lanes[i]);
        pthread_cond_signal(&worker->lanes[i].work);
    }
    pthread_mutex_unlock(&worker->lock);
    for (int i = 0; i < LANE_COUNT; i++) {
        struct lane_thread *lane = &worker->lanes[i];
        pthread_join(lane->thread, NULL);
        pthread_cond_destroy(&lane->work);
        if (lane->waiting)
            request_free(lane->waiting);
        if (lane->conn)
            conn_close(lane->conn);
    }
    for (struct response *response; (response = worker_take(worker));)
        response_free(response);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}
