/*
 * The background: tells the screen what moved, looks for news while live (source_http_follow.c), tries whether a lost server is back.
 */
#include "data/http/source_http_background.h"

#include "data/base/die.h"

#include <signal.h>
#include <stdlib.h>

enum {
    NOTIFY_MS = 100,
    REFRESH_MS =
        150, /* who wants it anew asks for the list: a look waits for that, or the same would be asked for twice */
};

/* ---- from other threads ---- */

/* Under the mutex. */
static void wake(struct http_background *background)
{
    pthread_cond_signal(&background->wake);
    http_told_wake(background->told);
}

void http_raise(struct http_source *source, unsigned events, int64_t in_ms)
{
    struct http_background *background = source->background;
    if (!background)
        return;
    int64_t at = clock_ms() + in_ms;
    pthread_mutex_lock(&background->mutex);
    background->events |= events;
    background->raise_at = at < background->raise_at ? at : background->raise_at;
    wake(background);
    pthread_mutex_unlock(&background->mutex);
}

static bool is_answered(struct http_source *source)
{
    pthread_mutex_lock(&source->state);
    bool is_so = source->read_at != TIME_NONE;
    pthread_mutex_unlock(&source->state);
    return is_so;
}

bool http_is_heard_of(struct http_source *source)
{
    pthread_mutex_lock(&source->state);
    bool is_so = source->read_at != TIME_NONE || source->is_lost;
    pthread_mutex_unlock(&source->state);
    return is_so;
}

void http_background_set_live(struct http_background *background, bool is_live)
{
    pthread_mutex_lock(&background->mutex);
    /* What ended while nobody looked is in no list of open runs, and may stand anywhere in what is held. */
    bool is_old = is_live && !background->is_live && is_answered(background->source);
    background->is_forgetting = background->is_forgetting || is_old;
    background->is_beginning = is_live && (background->is_beginning || !background->is_live);
    background->is_live = is_live;
    background->interval_ms = is_live ? background->source->poll_ms : 0;
    background->next_look = is_live ? clock_ms() : INT64_MAX;
    wake(background);
    pthread_mutex_unlock(&background->mutex);
}

void http_background_refresh(struct http_background *background)
{
    pthread_mutex_lock(&background->mutex);
    background->is_forgetting = true;
    if (background->is_live)
        background->next_look = clock_ms() + REFRESH_MS;
    wake(background);
    pthread_mutex_unlock(&background->mutex);
}

void http_background_look(struct http_background *background)
{
    pthread_mutex_lock(&background->mutex);
    int64_t soon = clock_ms() + REFRESH_MS;
    soon = soon > background->earliest_look ? soon : background->earliest_look;
    if (background->is_live && soon < background->next_look) {
        background->next_look = soon;
        wake(background);
    }
    pthread_mutex_unlock(&background->mutex);
}

int64_t http_background_interval(struct http_background *background)
{
    pthread_mutex_lock(&background->mutex);
    int64_t interval = background->is_live ? background->interval_ms : 0;
    pthread_mutex_unlock(&background->mutex);
    return interval;
}

/* ---- a server that is lost ---- */

int64_t http_background_pause(const struct http_background *background)
{
    struct http_source *source = background->source;
    int shift = background->failures < 6 ? background->failures : 6;
    pthread_mutex_lock(&source->state);
    int64_t wanted = source->retry_after_ms;
    pthread_mutex_unlock(&source->state);
    int64_t wait = http_earlier(source->poll_ms << shift, INTERVAL_MAX_MS);
    return wanted > wait ? http_earlier(wanted, 10 * INTERVAL_MAX_MS) : wait;
}

static struct http_work work_of(struct http_background *background, struct arena *arena)
{
    return (struct http_work){.conn = background->conn,
                              .source = background->source,
                              .cancel = &background->cancel,
                              .arena = arena};
}

static bool is_lost(struct http_source *source)
{
    pthread_mutex_lock(&source->state);
    bool is_so = source->is_lost && source->err.code != ERR_DENIED && source->err.code != ERR_UNSUPPORTED;
    pthread_mutex_unlock(&source->state);
    return is_so;
}

static void try_again(struct http_background *background)
{
    struct arena arena;
    struct page_answer answer;
    struct err err;
    struct list_request request = {
        .params = &(struct http_params){0}, .bounds = TIME_RANGE_ALL, .after = time_now(), .limit = 1};
    arena_init(&arena);
    struct http_work work = work_of(background, &arena);
    enum err_code code = http_ask_list(&work, &request, &arena, &answer, &err);
    if (code)
        background->failures++;
    else
        background->back_at = clock_ms();
    arena_release(&arena);
}

/* A server that answers this, but not what the screen asks, is lost again at once: then the pauses grow as if it had not been back. */
static int64_t first_try(struct http_background *background, int64_t now)
{
    bool was_back = now - background->back_at < INTERVAL_MAX_MS;
    background->failures = was_back ? background->failures + 1 : 0;
    return now + http_background_pause(background);
}

/* ---- the thread ---- */

static void wait_until(struct http_background *background, int64_t at)
{
    int64_t ms = at - clock_ms();
    if (http_follow_is_told(background))
        http_follow_wait(background, http_earlier(ms > 0 ? ms : 0, INTERVAL_MAX_MS));
    else if (ms > 0)
        clock_wait(&background->wake, &background->mutex, http_earlier(ms, INTERVAL_MAX_MS));
}

/* Under the mutex; given back while others are told. */
static void notify(struct http_background *background)
{
    const struct source_options *options = &background->source->options;
    unsigned events = background->events;
    background->events = 0;
    background->raise_at = INT64_MAX;
    background->notified_at = clock_ms();
    pthread_mutex_unlock(&background->mutex);
    if (options->notify && events)
        options->notify(options->context, events);
    pthread_mutex_lock(&background->mutex);
}

static int64_t notify_at(const struct http_background *background)
{
    if (background->raise_at == INT64_MAX)
        return INT64_MAX;
    int64_t earliest = background->notified_at + NOTIFY_MS;
    return background->raise_at > earliest ? background->raise_at : earliest;
}

static void forget(struct http_background *background)
{
    struct http_source *source = background->source;
    background->is_forgetting = false;
    background->events |= SOURCE_CHANGED;
    background->raise_at = 0;
    pthread_mutex_unlock(&background->mutex);
    pthread_mutex_lock(&source->lock);
    http_doubt_all(source);
    pthread_mutex_unlock(&source->lock);
    pthread_mutex_lock(&background->mutex);
}

/* The scope is asked for once, behind the first answer. */
static bool wants_scope(struct http_background *background)
{
    struct http_source *source = background->source;
    pthread_mutex_lock(&source->state);
    bool is_asked = source->is_scope_asked;
    pthread_mutex_unlock(&source->state);
    return !is_asked && is_answered(source);
}

static void ask_scope(struct http_background *background)
{
    struct arena arena;
    struct err err;
    arena_init(&arena);
    struct http_work work = work_of(background, &arena);
    if (http_ask_scope(&work, &err) == ERR_OK)
        http_raise(background->source, SOURCE_PROGRESS, 0);
    arena_release(&arena);
}

static void outside(struct http_background *background, void (*job)(struct http_background *))
{
    pthread_mutex_unlock(&background->mutex);
    job(background);
    pthread_mutex_lock(&background->mutex);
}

/* One thing that is due; false where nothing is, and *at is when something will be. */
static bool step(struct http_background *background, int64_t *retry_at, int64_t *at)
{
    int64_t now = clock_ms();
    bool retries = !background->is_live && is_lost(background->source);
    /* The first page comes before all else. */
    int64_t look_at = http_is_heard_of(background->source) ? background->next_look : INT64_MAX;
    if (!retries)
        *retry_at = INT64_MAX;
    else if (*retry_at == INT64_MAX)
        *retry_at = first_try(background, now);
    int64_t connect = http_follow_connect_at(background);
    if (background->is_forgetting) {
        forget(background);
    } else if (notify_at(background) <= now) {
        notify(background);
    } else if (!background->is_live && http_told_is_wanted(background->told)) {
        http_follow_end(background);
    } else if (background->is_beginning) {
        http_follow_begin(background);
    } else if (connect <= now) {
        http_follow_connect(background);
    } else if (look_at <= now) {
        background->next_look = INT64_MAX;
        outside(background, http_follow_look);
    } else if (*retry_at <= now) {
        outside(background, try_again);
        *retry_at = clock_ms() + http_background_pause(background);
    } else if (wants_scope(background)) {
        outside(background, ask_scope);
    } else {
        int64_t told = notify_at(background);
        *at = http_earlier(http_earlier(look_at, *retry_at), http_earlier(told, connect));
        return false;
    }
    return true;
}

static void *background_main(void *argument)
{
    struct http_background *background = argument;
    int64_t retry_at = INT64_MAX, at;
    pthread_mutex_lock(&background->mutex);
    while (!background->is_closing)
        if (!step(background, &retry_at, &at))
            wait_until(background, at == INT64_MAX ? clock_ms() + INTERVAL_MAX_MS : at);
    pthread_mutex_unlock(&background->mutex);
    return NULL;
}

void http_background_start(struct http_source *source)
{
    struct http_background *background = mem_new_array(1, sizeof *background);
    background->source = source;
    source->background = background; /* before its thread looks for it there */
    background->conn = http_conn_new(source);
    background->told = http_told_new(source, &background->cancel);
    background->follower = (struct follower){.source = source,
                                             .conn = background->conn,
                                             .cancel = &background->cancel,
                                             .check = {.at = clock_ms(), .took_ms = -1}};
    background->raise_at = background->next_look = INT64_MAX;
    background->notified_at = background->back_at = background->changed_at = INT64_MIN / 2;
    pthread_mutex_init(&background->mutex, NULL);
    clock_cond_init(&background->wake);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&background->thread, NULL, background_main, background) != 0)
        die("cannot start a thread");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void http_background_free(struct http_background *background)
{
    if (!background)
        return;
    pthread_mutex_lock(&background->mutex);
    background->is_closing = true;
    atomic_store(&background->cancel.requested, true);
    wake(background);
    pthread_mutex_unlock(&background->mutex);
    http_client_interrupt(background->conn->client);
    pthread_join(background->thread, NULL);
    http_told_free(background->told);
    http_conn_free(background->conn);
    http_news_release(&background->follower);
    pthread_mutex_destroy(&background->mutex);
    pthread_cond_destroy(&background->wake);
    free(background);
}
