/*
 * A server on loopback that gives prepared bytes and remembers what it was sent: for what a well-behaved server never does. A thread
 * for each connection; nothing is parsed but the path.
 */
#pragma once

#include <stddef.h>

enum canned_end {
    CANNED_KEEP,    /* the connection stays open for more */
    CANNED_CLOSE,   /* an orderly end */
    CANNED_RESET,   /* RST */
    CANNED_HOLD,    /* nothing more comes, the connection stays until the client leaves */
    CANNED_TRICKLE, /* a byte every 50 ms until the client leaves */
    CANNED_FLOOD,   /* megabytes until the client leaves */
};

struct canned {
    const char *path;  /* without the query; NULL: any */
    const char *needs; /* the request must contain it; NULL: nothing */
    const char *bytes; /* borrowed; NULL: nothing is sent */
    size_t n;          /* 0: strlen(bytes) */
    enum canned_end end;
};

struct canned_server;

/* The first that fits answers; without one the connection is closed. The answers are borrowed. */
struct canned_server *canned_start(const struct canned *answers, size_t count);
void canned_stop(struct canned_server *server);

int canned_port(const struct canned_server *server);
const char *canned_url(struct canned_server *server, const char *path); /* a few at a time */
size_t canned_connections(struct canned_server *server);
size_t canned_requests(struct canned_server *server);
/* Everything it was sent so far; NUL-terminated, to be freed. */
char *canned_heard(struct canned_server *server);
