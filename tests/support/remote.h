/*
 * A remote source in a test: a history, the server that serves it (api_server.h), the source over that, one connection of it, and its events.
 * Nothing of the environment (tokens, netrc, the home directory) reaches it. What goes wrong here fails the running test.
 *
 *     struct remote *r = remote_new();
 *     history_run(r->history, …);
 *     remote_open(r);
 *     assert_string_equal(remote_ids(r, "status:failed", (struct list_query){.after = 9}), "b a");
 *     remote_free(r);
 */
#pragma once

#include "data/source.h"
#include "tests/support/api_server.h"
#include "tests/support/history.h"

enum { REMOTE_PATIENCE_MS = 20000 };

struct remote_events;

struct remote {
    struct history *history;
    struct api_server *server;     /* serves the history, from the start on */
    struct http_settings settings; /* for remote_open; at first poll_ms 20, the rest 0 */
    bool no_background;            /* for remote_open */
    struct source *source;
    struct source_conn *conn;
    struct arena arena; /* of all answers until the end */
    struct remote_events *events;
};

struct remote *remote_new(void);
void remote_free(struct remote *r); /* closes what is open */
int remote_tear_down(void **state); /* of a test whose state is a remote */

/* A run of the history; `at` counts from REMOTE_T0. */
#define REMOTE_T0 INT64_C(1700000000000)
void remote_add(struct remote *r, const char *id, int64_t at, const char *status);

void remote_open(struct remote *r); /* at the server's address */
void remote_open_at(struct remote *r, const char *address);
void remote_close(struct remote *r); /* may be opened again; nothing where it is not open */

struct filter remote_filter(const char *line); /* release it */

/* One question with the filter of `line`; of a query that leaves them out, now is 1 and nothing is counted as new. */
MUST_USE enum err_code remote_try(struct remote *r, const char *line, struct list_query query,
                                  struct list_reply *reply, struct err *err);
/* The same, which must succeed. */
struct list_reply remote_list(struct remote *r, const char *line, struct list_query query);
/* As the screen asks: again while the answer is partial. */
struct list_reply remote_settled(struct remote *r, const char *line, struct list_query query);
/* Ids with a space between them; "error" where it fails. */
const char *remote_ids(struct remote *r, const char *line, struct list_query query);
const char *remote_ids_of(struct remote *r, const struct list_reply *reply);
/* Endless scroll from the first row to the last, `step` rows a question: all ids. */
const char *remote_walk(struct remote *r, const char *line, struct list_query query, size_t step);

/* ---- events (source.h) ---- */

/* The server says when something changes, and is believed. */
bool remote_is_told(struct remote *r);
/* Waits for one of them, then forgets those. */
void remote_await(struct remote *r, unsigned events);
void remote_forget_events(struct remote *r);
/* Asks the list anew with every event until its ids are as expected. */
void remote_until(struct remote *r, const char *line, struct list_query query, const char *ids);
/* The same, for any claim; `what` is for the failure. */
void remote_until_true(struct remote *r, bool (*claim)(struct remote *r), const char *what);
