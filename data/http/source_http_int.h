/*
 * The parts of the HTTP source among themselves.
 *
 * What has been fetched is shared by the connections: a feed a list (http_feed.h), a look a list with its time bounds (its counts, from the same answer as its first
 * rows). Both are read and changed under `lock`, which is never held while a request is out; what the screen's thread
 * asks for is under `state` alone, so that it never waits for a walk through the rows.
 */
#pragma once

#include "data/base/clock.h"
#include "data/http/http_address.h"
#include "data/http/http_client.h"
#include "data/http/http_fault.h"
#include "data/http/http_feed.h"
#include "data/http/http_plan.h"
#include "data/http/source_http.h"
#include "data/wire_read.h"

#include <pthread.h>

enum {
    PAGE_ROWS = 100,                /* what the API gives at most */
    FEEDS_MAX = HTTP_SIDES_MAX + 8, /* more than one question has lists: none of those goes for another */
    LOOKS_MAX = 48,
    PAGES_KEPT = 32, /* while live most are small */
    PAGES_BYTES_MAX = 32 << 20,
    ROWS_BYTES_MAX = 192 << 20,       /* of all feeds, on the screen */
    ROWS_BYTES_MAX_SCRIPT = 64 << 20, /* of a script, which mostly goes forwards */
};

struct feed_slot {
    char *key; /* http_params_write; NULL: free. Owned */
    struct arena arena;
    struct http_params params;
    struct http_feed *feed;
    uint64_t used_at;
};

struct look {
    char *key; /* NULL: free. Owned */
    struct arena arena;
    struct wire_meta meta;
    int64_t at;        /* of the clock, when it was asked */
    int64_t took_ms;   /* until it was there */
    int64_t dirty_at;  /* when the data was last seen to have changed */
    int64_t newest_at; /* created_at of the newest run that was counted; INT64_MIN: none was */
    bool is_there, is_asked;
    uint64_t used_at;
};

/* With all that was in it. */
struct kept_page {
    struct arena arena;
    struct wire_page page;
};

/* So many runs are newer than the cutoff. */
struct known_since {
    uint64_t question; /* a hash of what was asked; 0: nothing was */
    int64_t n, failed;
};

struct http_background;

struct http_source {
    struct source base;
    struct source_options options;
    struct http_address address;
    struct http_auth *auth;
    struct http_pool *pool;
    int64_t poll_ms, silence_ms;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t moved; /* a look has ended */
    struct feed_slot feeds[FEEDS_MAX];
    struct look looks[LOOKS_MAX];
    uint64_t uses;
    struct arena known_arena;
    struct text *triggers;
    struct http_known known;
    struct kept_page kept[PAGES_KEPT]; /* the last ones, for whole runs */
    size_t kept_at;                    /* where the next one goes */
    bool is_cursor_deaf;               /* the server does not take cursors that we made */
    bool is_told;                      /* live: the server tells of changes */
    /* What the list shows, for live. */
    struct arena shown_arena;
    struct http_plan shown;
    int64_t shown_cutoff; /* of the question: TIME_NONE, or count what is newer */
    bool has_shown;
    struct known_since since; /* the last that was known (source_http_since.c) */
    int list_busy;            /* questions of the list that are out: counting waits */

    pthread_mutex_t state;
    size_t base_at; /* of address.bases */
    bool is_base_known;
    char scope_id[200], scope_name[200]; /* "" not known */
    bool is_scope_asked;
    bool is_lost;
    struct err err;
    int64_t retry_after_ms; /* what the server asked for, -1 */
    int64_t read_at;
    struct http_background *background; /* NULL in scripts */
};

struct http_conn {
    struct source_conn base;
    struct http_source *source;
    struct http_client *client;
    struct patience { /* how long one question has been searched for */
        uint64_t question;
        int64_t spent_ms;
    } patience;
};

/* What a question is worked on with. */
struct http_work {
    struct http_conn *conn;
    struct http_source *source;
    struct cancel *cancel;
    struct arena *arena; /* of the reply */
    bool keeps_pages;    /* those that it fetches are of use whole */
    bool is_shown;       /* by the screen: live follows the list */
};

struct http_conn *http_conn_new(struct http_source *source);
void http_conn_free(struct http_conn *conn);

/* ---- requests (source_http_ask.c) ---- */

struct list_request {
    const struct http_params *params;
    struct time_range bounds; /* open ends are not sent */
    int64_t after;            /* TIME_NONE: not sent */
    bool is_ascending;
    size_t limit;
    struct text cursor; /* null: none */
};

struct page_answer {
    struct wire_page page; /* texts in the arena */
    int64_t took_ms;
};

MUST_USE enum err_code http_ask_list(const struct http_work *work, const struct list_request *request,
                                     struct arena *arena, struct page_answer *answer, struct err *err);

/* A run and, unless calls is NULL, its tool calls, both at once. ERR_NOT_FOUND. */
MUST_USE enum err_code http_ask_run(const struct http_work *work, struct text id, struct arena *arena,
                                    struct run_detail *detail, struct detail_reply *calls, struct err *err);

/* The calls of a run alone. ERR_NOT_FOUND. */
MUST_USE enum err_code http_ask_calls(const struct http_work *work, struct text id,
                                      struct detail_reply *reply, struct err *err);

/* Many at once; codes[i] says how each went. The first failure but ERR_NOT_FOUND is returned. */
MUST_USE enum err_code http_ask_runs(const struct http_work *work, const struct text *ids, size_t count,
                                     struct arena *arena, struct run_detail *details, enum err_code *codes,
                                     struct err *err);

/* The address of the server's events; NULL where the base is not known yet. Owned. */
char *http_events_url(struct http_source *source);

/* The address of a run's answer, percent-encoded; the base must be known, as it is behind any run. Owned. */
char *http_resume_url(const struct http_work *work, struct text id);

/* Once a source: who asks again is told ERR_OK at once. Without an answer all scopes may be there. */
MUST_USE enum err_code http_ask_scope(const struct http_work *work, struct err *err);

/* ---- what is known (source_http_known.c), all under `lock` ---- */

/* Made where there is none; an unused one goes for it. Valid until the lock is given back. */
struct feed_slot *http_slot(struct http_source *source, const struct http_params *params);
/* NULL: there is none. */
struct look *http_look_find(struct http_source *source, const char *key);
struct look *http_look_make(struct http_source *source, const char *key);
char *http_look_key(const struct http_plan *plan, bool is_relative, struct arena *arena);
/* Whether it can be used as it stands, or is due to be asked again. */
bool http_look_is_fresh(const struct http_source *source, const struct look *look);
/* Whether its numbers can be shown as they are; where not, they are shown as approximate. */
bool http_look_is_exact(const struct look *look);
/* The runs that it counted, and the newer ones that are held by now. For a plan that is sufficient. */
struct tally http_look_runs(struct http_source *source, const struct http_plan *plan,
                            const struct look *look);
/* Of one that is there: the data changed since it was asked for, or meanwhile. */
bool http_look_is_dirty(const struct look *look);
int64_t http_look_pace(const struct http_source *source, const struct look *look);
/* Keeps within the bounds, what is far from `around` in this list goes first. */
void http_trim(struct http_source *source, struct feed_slot *slot, int64_t around);
/* Bytes of rows that are held at most, of all lists. A question that needs more than most of them at once would drop its first ones. */
size_t http_rows_room(const struct http_source *source);
/* From a meta without any filter. */
void http_learn(struct http_source *source, const struct wire_meta *meta);
/* One run is as said now: in every feed that it belongs to. True where any changed. is_news: since the feeds were read, so that lists which only the
 * server can tell of are in doubt about it. */
bool http_apply(struct http_source *source, const struct run_detail *run, bool is_news);
/* It was not found by its id. The real server says the same of an unknown run as of a trouble of its own: lists are asked again. */
void http_forget_run(struct http_source *source, struct text id);
/* Everything is to be asked again; rows stay. */
void http_doubt_all(struct http_source *source);
void http_known_release(struct http_source *source);

/* A plan for the filter, with what is known. */
MUST_USE enum err_code http_plan_for(const struct http_work *work, const struct filter *filter, int64_t now,
                                     const char *scope, unsigned without, struct http_plan *plan,
                                     struct err *err);

/* Texts into the arena; without what only a question needs (rest): for asking, not for matching. */
void http_plan_copy(const struct http_plan *from, struct http_plan *to, struct arena *arena);

/* ---- fetching (source_http_fetch.c), without the lock ---- */

/* The counts of a plan are there and fresh afterwards; with_rows: the first page of its rows as well. Does nothing where both are. Waits where another
 * connection asks the same. */
MUST_USE enum err_code http_look(const struct http_work *work, const struct http_plan *plan, const char *key,
                                 bool with_rows, struct err *err);

/* The next page of a list into a gap of it, from the gap's newer end down, or from its older end up. */
struct fetch {
    const struct http_params *params;
    struct time_range range; /* of the list */
    struct time_range gap;
    bool is_up;
};
MUST_USE enum err_code http_fetch(const struct http_work *work, const struct fetch *fetch, struct err *err);
/* The newest page of fetch->gap, which may be held: what is held of its times and not in it any more goes. *left: what of the gap is behind it. */
MUST_USE enum err_code http_fetch_again(const struct http_work *work, const struct fetch *fetch,
                                        struct time_range *left, struct err *err);

/* ---- the answers ---- */

enum err_code http_list(const struct http_work *work, const struct list_query *query,
                        struct list_reply *reply, struct err *err);
enum err_code http_meta(const struct http_work *work, const struct meta_query *query, struct meta *meta,
                        struct err *err);
enum err_code http_detail(const struct http_work *work, const struct detail_query *query,
                          struct detail_reply *reply, struct err *err);
enum err_code http_peers(const struct http_work *work, const struct peers_query *query,
                         struct peers_reply *reply, struct err *err);

/* The run alone, asked for now: by its id, or a shortened one where query->is_prefix. ERR_NOT_FOUND; ERR_USAGE where several begin so. */
MUST_USE enum err_code http_find_run(const struct http_work *work, const struct detail_query *query,
                                     struct run_detail *detail, struct err *err);

/* ---- whole runs (source_http_whole.c) ---- */

/* Takes the page and what is in the arena, which is empty then: the page is kept, within the bounds, in place of the oldest. */
void http_keep_page(struct http_source *source, struct arena *arena, const struct wire_page *page);
/* Copies the run as it is in a page that was kept. False: it is in none, or has changed since. */
bool http_kept_run(struct http_source *source, struct text id, int64_t updated_at, struct arena *arena,
                   struct run_detail *detail);
void http_kept_release(struct http_source *source);

/* Fills reply->full; runs that are gone by now are left out of both. */
MUST_USE enum err_code http_fill_whole(const struct http_work *work, struct list_reply *reply,
                                       struct err *err);

/* ---- rows of a plan (source_http_rows.c), under `lock` ---- */

struct plan_rows {
    const struct http_plan *plan;
    const struct feed_row *const *rows;
    size_t count;
    struct http_feed *feed;
    const struct http_feed *sides[HTTP_SIDES_MAX];
};
void http_rows_open(struct http_source *source, const struct http_plan *plan, struct plan_rows *rows);
bool http_rows_match(const struct plan_rows *rows, size_t at);
/* Whether the lists beside are complete at its time, so that they can tell. */
bool http_rows_told(const struct plan_rows *rows, size_t at);
/* Rows created within [from, to): indices [*lo, *hi). */
void http_rows_between(const struct plan_rows *rows, struct time_range range, size_t *lo, size_t *hi);
/* Which list of the plan, and where, has a gap in `range`: false where all are complete there. */
bool http_rows_gap(struct http_source *source, const struct http_plan *plan, struct time_range range,
                   struct fetch *fetch);

/* ---- the background (source_http_live.c) ---- */

void http_background_start(struct http_source *source); /* sets source->background */
void http_background_free(struct http_background *background);
/* Events for the screen, soon; after so many ms. */
void http_raise(struct http_source *source, unsigned events, int64_t in_ms);
void http_background_set_live(struct http_background *background, bool is_live);
void http_background_refresh(struct http_background *background);
void http_background_look(struct http_background *background);        /* soon; nothing where it is not live */
int64_t http_background_interval(struct http_background *background); /* 0: not live, or told of changes */

/* How a request went, for the status: NULL: well. */
void http_note(struct http_source *source, const struct err *err, int64_t retry_after_ms);
