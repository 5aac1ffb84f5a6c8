/*
 * The least HTTP client there can be, over one socket: to look at the test server without the client that it is there to test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct plain_answer {
    int status; /* 0: none came */
    char *head; /* NUL-terminated; never NULL */
    char *body; /* what came of it, as it came; NUL-terminated */
    size_t body_len;
    bool is_whole;              /* Content-Length was there, and so much came */
    bool was_closed, was_reset; /* before that; neither: it was too late, or too much */
};

/* -1: refused. */
int plain_connect(int port);
/* headers: lines with CRLF; a Host of their own goes before ours. */
void plain_ask(int fd, const char *target, const char *headers);
/* Until the answer is whole, or `max` bytes came, or ms went by without one. */
void plain_receive(int fd, size_t max, int ms, struct plain_answer *answer);
/* A connection for the one request; fails the test where that is refused. */
void plain_get(int port, const char *target, const char *headers, struct plain_answer *answer);
void plain_release(struct plain_answer *answer);
