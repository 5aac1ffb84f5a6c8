/*
 * The background among its parts: the thread and what others tell it (source_http_live.c), and what it does
 * while live (source_http_follow.c).
 */
#pragma once

#include "data/http/source_http_news.h"
#include "data/http/source_http_told.h"

enum { INTERVAL_MAX_MS = 60 * 1000 };

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
    int64_t interval_ms, earliest_look;

    /* The thread's own. */
    struct follower follower;
    struct http_told *told;
    bool is_change_told; /* since the last look began */
    bool is_first_look;  /* there was none since live began */
    int64_t changed_at;
    int failures;
    int64_t back_at; /* when a lost server was heard of again */
    int64_t notified_at;
};

static inline int64_t http_earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* An answer came, or the server is known to be lost: the first page comes before all else. */
bool http_is_heard_of(struct http_source *source);
/* Until the next try of a server that failed. */
int64_t http_background_pause(const struct http_background *background);

/* ---- while live (source_http_follow.c), by the thread ---- */

/* One look; sets when the next one is due. Without the mutex. */
void http_follow_look(struct http_background *background);

/* With the mutex, which is given back meanwhile. */
void http_follow_begin(struct http_background *background); /* live begins */
void http_follow_end(struct http_background *background);
int64_t
http_follow_connect_at(const struct http_background *background); /* when to connect to the events next */
void http_follow_connect(struct http_background *background);
bool http_follow_is_told(const struct http_background *background); /* there are events to wait for */
void http_follow_wait(struct http_background *background, int64_t ms);
