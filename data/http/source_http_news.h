/*
 * A look at what changed, for live.
 */
#pragma once

#include "data/http/source_http_int.h"

struct open_run;

struct follower {
    struct http_source *source;
    struct http_conn *conn;
    struct cancel *cancel;
    struct open_run *open; /* that could still change, by the last look; owned */
    size_t open_count;
    bool has_more; /* ended than one look asks for */
    struct {       /* source_http_check.h */
        bool is_due, is_futile;
        int64_t at, took_ms; /* of the last one, of the clock; when live could begin, -1: there was none */
        int futile;          /* in a row: they asked again for rows, and found none to be different */
    } check;
};

/* Behind this time, up to now, a look asks for the news of a list whose newest run is of `newest`; exclusive. */
int64_t http_news_after(int64_t newest);
/* What the list on the screen is asked with; is_nothing where there is none. Texts into the arena. */
void http_shown(struct http_source *source, struct arena *arena, struct http_plan *plan);

/* Brings the lists that are shown up to date; *is_changed where that changed anything, also where a part of the look failed. */
MUST_USE enum err_code http_news_look(struct follower *follower, bool *is_changed, struct err *err);
void http_news_release(struct follower *follower);
