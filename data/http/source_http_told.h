/*
 * A server that tells of changes by itself (GET /executions/stream), for live: whether there is one, and what
 * it says. All but the waking belongs to the background's thread.
 *
 * Its first event is `hello`, then comes a `changed` whenever the data moved. Servers that have no such thing
 * answer 404, 500 or something else: then it is not tried again before live begins anew. Nor where three
 * connections in a row come to nothing.
 */
#pragma once

#include "data/http/source_http_int.h"

struct http_told;
struct http_told *http_told_new(struct http_source *source, struct cancel *cancel);
void http_told_free(struct http_told *told);

void http_told_begin(struct http_told *told); /* live begins: as if nothing had been tried */
void http_told_stop(struct http_told *told);  /* closes the connection, and wants none */

/* of the clock: connect then; INT64_MAX: not, or there is one */
int64_t http_told_try_at(const struct http_told *told);
/* Does not wait for an answer. Nothing where the API's address is not known yet. */
void http_told_connect(struct http_told *told);

bool http_told_is_wanted(const struct http_told *told);    /* begun, and not stopped */
bool http_told_is_connected(const struct http_told *told); /* there is something to wait for */
bool http_told_is_trusted(const struct http_told *told);   /* it greeted: what changes is told */

enum http_news {
    HTTP_NEWS_CHANGED = 1, /* it says so */
    HTTP_NEWS_TURNED = 2,  /* trusted from now on, or no more: what happened before is not known */
    HTTP_NEWS_ALIVE = 4,   /* something came */
    HTTP_NEWS_NONE = 8,    /* the connection came to nothing */
};

/* Waits for something to come, at most so long, or until woken; bits of what came. */
unsigned http_told_wait(struct http_told *told, int64_t ms);
void http_told_wake(struct http_told *told); /* from any thread */
