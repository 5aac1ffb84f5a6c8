/*
 * The server of `executor-runs serve` in a test, over an application of the test's own, on loopback, with
 * times that a test can wait for.
 *
 *     struct serve_case *c = serve_case_start(&(struct serve_case_options){0});
 *     struct plain_answer answer;
 *     serve_case_ask(c, "GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n", &answer);
 *     …
 *     serve_case_stop(c);
 *
 * The application answers, with /api before it or without:
 *
 *     /echo    what it was asked, as "METHOD PATH [name=value]… body"; ETag W/"echo", and 304 for whom it is
 *     /big     as many bytes as the parameter n says, which hardly shrink
 *     /text    the same, which shrink
 *     /slow    when serve_case_release is called, or the server stops
 *     /stream  is a stream, which tells of serve_case_move
 *     /broken  503
 *     else     404
 */
#pragma once

#include "data/serve/serve.h"
#include "tests/support/plain_http.h"

struct serve_case_options {
    const char *listen; /* NULL: 127.0.0.1:0 */
    const char *token_file;
    struct serve_times times; /* 0: SERVE_TIMES' */
    int heartbeat_ms;         /* 0: SERVE_HEARTBEAT_MS */
    size_t held_max;          /* 0: SERVE_HELD_MAX */
};

struct serve_case;

/* Dies where it cannot be started. */
struct serve_case *serve_case_start(const struct serve_case_options *options);
void serve_case_stop(struct serve_case *c); /* NULL is allowed */
struct serve *serve_case_server(struct serve_case *c);
int serve_case_port(const struct serve_case *c);

void serve_case_release(struct serve_case *c); /* one /slow, or the next one */
void serve_case_move(struct serve_case *c);    /* the revision */
/* Waits until so many requests have reached the application; false: they have not, for 5 s. */
bool serve_case_await(struct serve_case *c, unsigned requests);
unsigned serve_case_requests(struct serve_case *c);
/* What was said about problems so far; the caller frees it. */
char *serve_case_said(struct serve_case *c);

/* Sends the bytes over a connection of their own and takes the one answer, or what comes until the connection
 * ends. */
void serve_case_ask(struct serve_case *c, const char *bytes, struct plain_answer *answer);
void serve_case_send(int fd, const char *bytes,
                     size_t n); /* dies where it cannot; a connection that has ended is no matter */
int serve_case_status(struct serve_case *c, const char *bytes);
/* True when the server has ended the connection; what comes before that is thrown away. Waits up to 5 s. */
bool serve_case_is_ended(int fd);
