/*
 * A connection of the gate: from the client towards the library, and back.
 */
#pragma once

#include "data/serve/serve_gate.h"
#include "data/serve/serve_head.h"

enum {
    SLOT_IN_SIZE = SERVE_HEAD_MAX + 1024,
    SLOT_OUT_SIZE = 64 * 1024,
    SLOT_LINGER_MS = 1000,      /* for the client to read the last answer before the connection ends */
    SLOT_LINGER_BYTES = 4 << 20 /* thrown away meanwhile */
};

struct slot {
    int client, inner; /* -1: none; a slot without a client is free */
    struct sockaddr_storage address;
    struct serve_link *link;

    struct serve_head head; /* of what follows `ready` */
    char *in;               /* from the client; the first `ready` bytes may be handed on */
    size_t in_len, ready;
    uint64_t body_left;
    unsigned passed; /* requests */
    bool is_cut;     /* nothing more is handed on */
    bool has_end;    /* the client sends no more */

    char *out; /* to the client */
    size_t out_at, out_len;
    bool is_inner_done; /* the library sends no more */
    int refusal;        /* the status that ends the connection; 0: none */
    const char *why;
    bool is_refused; /* it has been said */
    bool is_lingering;
    size_t lingered;

    /* When each began; of what has not, 0. */
    int64_t rest_since, head_since, body_since, out_since, linger_since;
};

void slot_open(struct slot *slot, int client, int inner, struct serve_link *link, int64_t now);
void slot_close(struct slot *slot); /* both ends, at once */

/* Requests that wait for their answers. */
unsigned slot_in_flight(const struct slot *slot);
bool slot_is_resting(const struct slot *slot);

/* What poll is to tell. 0: nothing. */
short slot_wants_of_client(const struct slot *slot);
short slot_wants_of_inner(const struct slot *slot);

/* As far as it goes without waiting. The slot may be free afterwards. */
void slot_step(struct slot *slot, short client_events, short inner_events, int64_t now);

/* Takes nothing more; ends when the answers that are under way are out. */
void slot_wind_up(struct slot *slot);

/* Ends what has taken too long. */
void slot_tick(struct slot *slot, const struct serve_times *times, int64_t now);
