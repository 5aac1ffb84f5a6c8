/*
 * The background: tells the screen what moved, looks for news while live, tries whether a lost server is back. Between two looks the server rests for several times as
 * long as it worked.
 *
 * Where the server tells of changes by itself (source_http_told.h) a look follows what it says, and one a minute what it may have left out; where it does not, or
 * while it is being connected to, looks follow each other.
 */
#include "data/http/source_http_news.h"
#include "data/http/source_http_told.h"

#include "data/base/die.h"

#include <signal.h>
#include <stdlib.h>

enum {
    REST_SHARE = 4, /* a look's time, so often, is rest */
    INTERVAL_MAX_MS = 60 * 1000,
    NOTIFY_MS = 100,
    TOLD_SHARE = 8,  /* of the time between two looks: between two that the server told of */
    TOLD_REST = 30,  /* that time, so often: until a look that nobody told of */
    ANSWER_MS = 250, /* the first look waits so long for the server to say whether it tells */
};

struct http_background {
    struct http_source *source;
    struct http_conn *conn;
    struct cancel cancel;
    pthread_t thread;

    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t wake;
    bool is_closing, is_live, is_forgetting, is_beginning;
    unsigned events;
    int64_t raise_at;  /* of the clock; INT64_MAX: nothing to raise */
    int64_t next_look; /* INT64_MAX: none */
    int64_t interval_ms;

    /* The thread's own. */
    struct follower follower;
    struct http_told *told;
    bool is_change_told; /* since the last look began */
    bool is_first_look;  /* there was none since live began */
    int64_t earliest_look, changed_at;
    int failures;
    int64_t back_at; /* when a lost server was heard of again */
    int64_t notified_at;
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

static bool is_heard_of(struct http_source *source)
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
        background->next_look = clock_ms();
    wake(background);
    pthread_mutex_unlock(&background->mutex);
}

int64_t http_background_interval(struct http_background *background)
{
    pthread_mutex_lock(&background->mutex);
    int64_t interval = background->is_live ? background->interval_ms : 0;
    pthread_mutex_unlock(&background->mutex);
    return interval;
}

/* ---- a look ---- */

static void counts_are_old(struct http_source *source)
{
    pthread_mutex_lock(&source->lock);
    for (size_t i = 0; i < LOOKS_MAX; i++)
        source->looks[i].dirty_at = clock_ms();
    pthread_mutex_unlock(&source->lock);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t at_most(int64_t n, int64_t most)
{
    return n < most ? n : most;
}

static int64_t backed_off(const struct http_background *background)
{
    struct http_source *source = background->source;
    int shift = background->failures < 6 ? background->failures : 6;
    pthread_mutex_lock(&source->state);
    int64_t wanted = source->retry_after_ms;
    pthread_mutex_unlock(&source->state);
    int64_t wait = at_most(source->poll_ms << shift, INTERVAL_MAX_MS);
    return wanted > wait ? at_most(wanted, 10 * INTERVAL_MAX_MS) : wait;
}

/* interval: between this look and the next, where nobody tells of changes. */
static void set_next(struct http_background *background, bool has_failed, int64_t interval)
{
    bool is_told = !has_failed && http_told_is_trusted(background->told);
    int64_t pause = is_told ? at_most(TOLD_REST * background->source->poll_ms, INTERVAL_MAX_MS) : interval;
    pthread_mutex_lock(&background->mutex);
    if (background->is_live) {
        background->interval_ms = is_told ? 0 : interval;
        background->next_look = clock_ms() + (pause > interval ? pause : interval);
    }
    pthread_mutex_unlock(&background->mutex);
}

/* Something that no list tells, the calls of a run for one; the screen asks for what it shows of that, at its old pace. */
static void raise_change(struct http_background *background, bool is_seen)
{
    int64_t now = clock_ms(), pace = background->source->poll_ms;
    int64_t earliest = is_seen ? now : background->changed_at + pace;
    counts_are_old(background->source);
    if (!is_seen && background->changed_at > now)
        return; /* that has been raised */
    background->changed_at = earliest > now ? earliest : now;
    http_raise(background->source, SOURCE_CHANGED, background->changed_at - now);
}

static void look_live(struct http_background *background)
{
    struct err err;
    bool is_changed = false, is_told = background->is_change_told;
    int64_t started = clock_ms(), least = background->source->poll_ms;
    background->is_change_told = background->is_first_look = false;
    enum err_code code = http_news_look(&background->follower, &is_changed, &err);
    int64_t now = clock_ms(), rest = at_most(REST_SHARE * (now - started), INTERVAL_MAX_MS);
    background->failures = code && code != ERR_CANCELLED ? background->failures + 1 : 0;
    if (is_changed || (is_told && !code))
        raise_change(background, is_changed);
    int64_t between = least / TOLD_SHARE > rest ? least / TOLD_SHARE : rest;
    background->earliest_look = code ? now + backed_off(background) : now + between;
    set_next(background, code,
             code ? backed_off(background) : at_most(rest > least ? rest : least, INTERVAL_MAX_MS));
}

/* ---- a server that tells ---- */

static void is_alive(struct http_source *source)
{
    pthread_mutex_lock(&source->state);
    if (!source->is_lost)
        source->read_at = time_now();
    pthread_mutex_unlock(&source->state);
}

static void note_trust(struct http_background *background)
{
    struct http_source *source = background->source;
    pthread_mutex_lock(&source->lock);
    source->is_told = http_told_is_trusted(background->told);
    pthread_mutex_unlock(&source->lock);
}

static void look_at(struct http_background *background, int64_t at)
{
    background->next_look = earlier(background->next_look, at);
}

/* Under the mutex. */
static void take_news(struct http_background *background, unsigned news)
{
    int64_t now = clock_ms(), earliest = background->earliest_look;
    if (!background->is_live)
        return;
    background->is_change_told = background->is_change_told || (news & HTTP_NEWS_CHANGED);
    if (news & (HTTP_NEWS_CHANGED | HTTP_NEWS_TURNED | HTTP_NEWS_NONE))
        look_at(background, now > earliest ? now : earliest);
    if (!(news & HTTP_NEWS_TURNED))
        return;
    background->interval_ms = http_told_is_trusted(background->told) ? 0 : background->source->poll_ms;
    background->events |= SOURCE_PROGRESS; /* the header says how it is live */
    background->raise_at = earlier(background->raise_at, now);
}

static void wait_for_news(struct http_background *background, int64_t ms)
{
    pthread_mutex_unlock(&background->mutex);
    unsigned news = http_told_wait(background->told, ms);
    if (news & HTTP_NEWS_TURNED)
        note_trust(background);
    if (news & HTTP_NEWS_ALIVE && http_told_is_trusted(background->told))
        is_alive(background->source);
    pthread_mutex_lock(&background->mutex);
    take_news(background, news);
}

static void begin(struct http_background *background)
{
    background->is_beginning = background->is_change_told = false;
    background->is_first_look = true;
    http_told_begin(background->told);
}

/* Its greeting asks for a look; another one just before would be for nothing. */
static void connect_told(struct http_background *background)
{
    if (background->is_first_look)
        background->next_look = clock_ms() + ANSWER_MS;
    pthread_mutex_unlock(&background->mutex);
    http_told_connect(background->told);
    pthread_mutex_lock(&background->mutex);
}

static void stop_told(struct http_background *background)
{
    http_told_stop(background->told);
    note_trust(background);
}

/* A server that does not answer is not asked for this as well. */
static int64_t connect_at(const struct http_background *background)
{
    bool may_be = background->is_live && !background->failures && is_heard_of(background->source);
    return may_be ? http_told_try_at(background->told) : INT64_MAX;
}

/* ---- a server that is lost while nobody is live ---- */

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
    return now + backed_off(background);
}

/* ---- the thread ---- */

static void wait_until(struct http_background *background, int64_t at)
{
    int64_t ms = at - clock_ms();
    /* A change that is known is looked at first: who is told without end does nothing else. */
    if (http_told_is_connected(background->told) && !background->is_change_told)
        wait_for_news(background, at_most(ms > 0 ? ms : 0, INTERVAL_MAX_MS));
    else if (ms > 0)
        clock_wait(&background->wake, &background->mutex, at_most(ms, INTERVAL_MAX_MS));
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
    int64_t look_at = is_heard_of(background->source) ? background->next_look : INT64_MAX;
    if (!retries)
        *retry_at = INT64_MAX;
    else if (*retry_at == INT64_MAX)
        *retry_at = first_try(background, now);
    int64_t connect = connect_at(background);
    if (background->is_forgetting) {
        forget(background);
    } else if (notify_at(background) <= now) {
        notify(background);
    } else if (!background->is_live && http_told_is_wanted(background->told)) {
        outside(background, stop_told);
    } else if (background->is_beginning) {
        begin(background);
    } else if (connect <= now) {
        connect_told(background);
    } else if (look_at <= now) {
        background->next_look = INT64_MAX;
        outside(background, look_live);
    } else if (*retry_at <= now) {
        outside(background, try_again);
        *retry_at = clock_ms() + backed_off(background);
    } else if (wants_scope(background)) {
        outside(background, ask_scope);
    } else {
        int64_t told = notify_at(background);
        *at = earlier(earlier(look_at, *retry_at), earlier(told, connect));
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
    background->follower = (struct follower){source, background->conn, &background->cancel, NULL, 0};
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
