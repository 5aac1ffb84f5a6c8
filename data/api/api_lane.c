/*
 * The lanes: connections to the file, each with one question at a time, and the thread that watches them. A
 * question has until its deadline; then, or when the server stops, it is interrupted and answered with an
 * error. So nobody who asks for much holds up the others for ever.
 */
#include "data/api/api_int.h"

#include "data/base/clock.h"
#include "data/base/die.h"

enum {
    WATCH_MS = 100,
    DOZE_MS = 60000,
    SEARCHES_MAX = 2, /* each goes through the whole table; the source searches one question at a time */
};

/* Somebody who has only ended their side of the connection still gets what is answered soon. */
static int64_t deadline_of(int64_t deadline, const atomic_bool *is_gone)
{
    int64_t soon = clock_ms() + API_GONE_MS;
    return is_gone && atomic_load(is_gone) && soon < deadline ? soon : deadline;
}

static void give_up(struct api_lane *lane)
{
    atomic_store(&lane->cancel.requested, true);
    conn_interrupt(lane->conn);
}

/* Interrupts what is late; false where nothing is to be watched. */
static bool watch_lanes(struct api *api)
{
    bool is_any = false;
    for (size_t i = 0; i < API_LANES; i++) {
        struct api_lane *lane = &api->lanes[i];
        is_any |= lane->is_busy;
        if (lane->is_busy)
            lane->deadline = deadline_of(lane->deadline, lane->is_gone);
        if (lane->is_busy && (api->is_stopped || clock_ms() >= lane->deadline))
            give_up(lane);
    }
    return is_any;
}

static void *watch(void *context)
{
    struct api *api = context;
    pthread_mutex_lock(&api->mutex);
    while (!api->is_closing) {
        api->is_dozing = !watch_lanes(api);
        clock_wait(&api->busy, &api->mutex, api->is_dozing ? DOZE_MS : WATCH_MS);
    }
    pthread_mutex_unlock(&api->mutex);
    return NULL;
}

void api_lanes_open(struct api *api)
{
    for (size_t i = 0; i < API_LANES; i++) {
        struct err err;
        if (source_connect(api->source, &api->lanes[i].conn, &err))
            die("cannot connect to a file: %s", err.what); /* it opens nothing */
        atomic_init(&api->lanes[i].cancel.requested, false);
    }
    if (pthread_create(&api->watch, NULL, watch, api) != 0)
        die("cannot start a thread");
}

void api_lanes_close(struct api *api)
{
    pthread_mutex_lock(&api->mutex);
    api->is_closing = true;
    pthread_cond_signal(&api->busy);
    pthread_mutex_unlock(&api->mutex);
    pthread_join(api->watch, NULL);
    for (size_t i = 0; i < API_LANES; i++)
        conn_close(api->lanes[i].conn);
}

static struct api_lane *free_lane(struct api *api, bool is_searching)
{
    if (is_searching && api->searching == SEARCHES_MAX)
        return NULL;
    for (size_t i = 0; i < API_LANES; i++)
        if (!api->lanes[i].is_busy)
            return &api->lanes[i];
    return NULL;
}

static void start(struct api *api, struct api_lane *lane)
{
    lane->is_busy = true;
    atomic_store(&lane->cancel.requested, false);
    api->searching += lane->is_searching;
    if (api->is_dozing)
        pthread_cond_signal(&api->busy);
    api->is_dozing = false;
}

struct api_lane *api_lane_take(struct api *api, const atomic_bool *is_gone, bool is_searching,
                               struct err *err)
{
    int64_t deadline = clock_ms() + api->question_ms;
    struct api_lane *lane = NULL;
    pthread_mutex_lock(&api->mutex);
    while (!api->is_stopped && !(lane = free_lane(api, is_searching)) && clock_ms() < deadline) {
        deadline = deadline_of(deadline, is_gone);
        clock_wait(&api->freed, &api->mutex, WATCH_MS);
    }
    if (lane) {
        lane->is_searching = is_searching;
        lane->is_gone = is_gone;
        lane->deadline = deadline;
        start(api, lane);
    }
    pthread_mutex_unlock(&api->mutex);
    if (!lane)
        err_set(err, ERR_CANCELLED, "no connection became free in time");
    return lane;
}

void api_lane_give(struct api *api, struct api_lane *lane)
{
    pthread_mutex_lock(&api->mutex);
    lane->is_busy = false;
    api->searching -= lane->is_searching;
    pthread_cond_broadcast(&api->freed);
    pthread_mutex_unlock(&api->mutex);
}
