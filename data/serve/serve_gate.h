/*
 * The gate: what stands between the network and the HTTP library. One thread takes the connections, reads the
 * heads of requests strictly (serve_head.h) and hands them on, byte for byte, through a socket pair of which
 * the library has the other end; answers go back the same way.
 *
 * So every limit is kept here, in one place, and for every version of the library: how many connections, how
 * large a head and a body, how long each may take however it trickles, how long an answer waits for somebody
 * to read it. What is not a request never reaches the library: it is answered here, and the connection ends.
 * Where all connections are taken, the one that has waited longest without asking anything gives way.
 */
#pragma once

#include "data/serve/serve_listen.h"
#include "data/serve/serve_log.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SERVE_CONNECTIONS_MAX = 64,
    SERVE_CONNECTIONS_PER_IP = 32, /* of one address, loopback aside: there everybody has the same one */
    SERVE_PIPELINE_MAX = 8, /* requests of one connection that wait for their answers; more are read later */
    SERVE_LINKS_MAX = 2 * SERVE_CONNECTIONS_MAX
};

/* In ms. */
struct serve_times {
    int head;  /* a head may take, from its first byte; a new connection, until its first head */
    int body;  /* a body, from the end of its head */
    int idle;  /* a connection may rest between two requests */
    int take;  /* nobody takes the next 64 kB of an answer */
    int evict; /* where all are taken: rests shorter than that are left alone */
};
#define SERVE_TIMES                                                                                          \
    ((struct serve_times){.head = 10000, .body = 30000, .idle = 30000, .take = 60000, .evict = 1000})

/* What both sides of a connection know. */
struct serve_link {
    atomic_uint holders;  /* gate and library; 0: free */
    atomic_uint answered; /* requests, by the library */
    atomic_bool is_gone;  /* the client has hung up */
    size_t held;          /* bytes of the answer that is under way; the library's own */
    char peer[SERVE_ADDRESS_TEXT];
};
void serve_link_leave(struct serve_link *link);

struct serve_gate_options {
    int listener; /* becomes the gate's */
    struct serve_times times;
    struct serve_log *log;
    /* The other end of a connection, non-blocking, becomes the library's, and so does a hold on the link.
     * False: it could not be taken (both are given back). */
    bool (*hand_over)(void *context, int fd, struct serve_link *link);
    void *context;
};

struct serve_gate;

MUST_USE enum err_code serve_gate_start(const struct serve_gate_options *options, struct serve_gate **gate,
                                        struct err *err);
/* Listens no more and takes no more requests; connections end when the answers that are under way are out. */
void serve_gate_wind_up(struct serve_gate *gate);
/* After that: true when the last one has ended, false where some are left after so many ms. */
bool serve_gate_wait(struct serve_gate *gate, int timeout_ms);
/* Cuts what is left, and ends the thread. The links live on until the gate is freed: by then the library must
 * have let go of them. */
void serve_gate_stop(struct serve_gate *gate);
void serve_gate_free(struct serve_gate *gate); /* NULL is allowed */
