/*
 * What the background does while live. Between two looks the server rests for several times as long as it
 * worked.
 *
 * Where the server tells of changes by itself (source_http_told.h) a look follows what it says, and one a
 * minute what it may have left out; where it does not, or while it is being connected to, looks follow each
 * other.
 */
#include "data/http/source_http_background.h"
#include "data/http/source_http_check.h"
#include "data/http/source_http_since.h"

enum {
    REST_SHARE = 4,  /* a look's time, so often, is rest */
    TOLD_SHARE = 8,  /* of the time between two looks: between two that the server told of */
    TOLD_REST = 30,  /* that time, so often: until a look that nobody told of */
    ANSWER_MS = 250, /* the first look waits so long for the server to say whether it tells */
};

/* ---- a look ---- */

static void counts_are_old(struct http_source *source)
{
    pthread_mutex_lock(&source->lock);
    for (size_t i = 0; i < LOOKS_MAX; i++)
        source->looks[i].dirty_at = clock_ms();
    pthread_mutex_unlock(&source->lock);
}

/* What a look left for the next one: a server that tells of changes need not have anything to tell again. */
static int64_t rest_at(const struct http_background *background)
{
    int64_t at = INT64_MAX;
    if (http_told_is_trusted(background->told))
        at = http_earlier(http_check_at(&background->follower), http_since_at(&background->follower));
    return background->follower.has_more ? INT64_MIN : at;
}

/* interval: between this look and the next, where nobody tells of changes. earliest: when one may begin, whoever tells. */
static void set_next(struct http_background *background, bool has_failed, int64_t interval, int64_t earliest)
{
    bool is_told = !has_failed && http_told_is_trusted(background->told);
    int64_t pause =
        is_told ? http_earlier(TOLD_REST * background->source->poll_ms, INTERVAL_MAX_MS) : interval;
    int64_t rest = has_failed ? INT64_MAX : rest_at(background);
    pthread_mutex_lock(&background->mutex);
    background->earliest_look = earliest;
    if (background->is_live) {
        background->interval_ms = is_told ? 0 : interval;
        int64_t at = clock_ms() + (pause > interval ? pause : interval);
        background->next_look = http_earlier(at, rest > earliest ? rest : earliest);
    }
    pthread_mutex_unlock(&background->mutex);
}

/* Something that no list tells, the calls of a run for one; the screen asks for what it shows of that, at its
 * old pace. */
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

void http_follow_look(struct http_background *background)
{
    struct err err;
    bool is_changed = false, is_told = background->is_change_told;
    int64_t started = clock_ms(), least = background->source->poll_ms;
    background->is_change_told = background->is_first_look = false;
    enum err_code code = http_news_look(&background->follower, &is_changed, &err);
    if (is_changed || (is_told && !code))
        raise_change(background, is_changed);
    bool is_corrected = false, is_counted = false;
    background->follower.check.is_due |= is_changed || is_told;
    if (!code)
        code = http_check_look(&background->follower, &is_corrected, &err);
    if (is_corrected)
        raise_change(background, true);
    if (!code)
        code = http_since_look(&background->follower, &is_counted, &err);
    if (is_counted)
        http_raise(background->source, SOURCE_CHANGED, 0);
    int64_t now = clock_ms(), rest = http_earlier(REST_SHARE * (now - started), INTERVAL_MAX_MS);
    background->failures = code && code != ERR_CANCELLED ? background->failures + 1 : 0;
    int64_t between = least / TOLD_SHARE > rest ? least / TOLD_SHARE : rest;
    int64_t pause = http_background_pause(background);
    if (code)
        set_next(background, true, pause, now + pause);
    else
        set_next(background, false, http_earlier(rest > least ? rest : least, INTERVAL_MAX_MS),
                 now + between);
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
    background->next_look = http_earlier(background->next_look, at);
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
    background->raise_at = http_earlier(background->raise_at, now);
}

void http_follow_wait(struct http_background *background, int64_t ms)
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

/* The lock of what is known is never waited for with the mutex held. */
static void outside(struct http_background *background, void (*job)(struct http_told *told))
{
    pthread_mutex_unlock(&background->mutex);
    job(background->told);
    note_trust(background);
    pthread_mutex_lock(&background->mutex);
}

void http_follow_begin(struct http_background *background)
{
    background->is_beginning = background->is_change_told = false;
    background->is_first_look = true;
    outside(background, http_told_begin);
}

void http_follow_end(struct http_background *background)
{
    outside(background, http_told_stop);
}

/* Its greeting asks for a look; another one just before would be for nothing. */
void http_follow_connect(struct http_background *background)
{
    if (background->is_first_look)
        background->next_look = clock_ms() + ANSWER_MS;
    outside(background, http_told_connect);
}

/* A server that does not answer is not asked for this as well. */
int64_t http_follow_connect_at(const struct http_background *background)
{
    bool may_be = background->is_live && !background->failures && http_is_heard_of(background->source);
    return may_be ? http_told_try_at(background->told) : INT64_MAX;
}

/* A change that is known is looked at first: who is told without end does nothing else. */
bool http_follow_is_told(const struct http_background *background)
{
    return http_told_is_connected(background->told) && !background->is_change_told;
}
