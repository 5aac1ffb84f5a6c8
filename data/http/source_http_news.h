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
};

/* Brings the lists that are shown up to date; *is_changed where that changed anything, also where a part of the look failed. */
MUST_USE enum err_code http_news_look(struct follower *follower, bool *is_changed, struct err *err);
void http_news_release(struct follower *follower);
