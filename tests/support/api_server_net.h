/*
 * The server's sockets, its memory of what was asked, and how it was told to serve. The strings it is given live as long as it.
 */
#pragma once

#include "tests/support/api_server.h"
#include "tests/support/api_server_runs.h"

struct api_delay {
    const char *match;
    int ms;
    struct api_delay *next;
};

struct api_fault_entry {
    struct api_fault fault; /* match never NULL, body_len set */
    int passed, held;
    struct api_fault_entry *next;
};

struct api_manners {
    bool is_real, is_serial, is_gzip, has_stream;
    const char *base;
    const char *authorization, *cookie; /* that are required; NULL: none */
    const char *challenge;              /* what a 401 says in WWW-Authenticate */
};

struct api_connection {
    struct api_net *net;
    int fd;
    unsigned number;
    struct api_connection *next;
    bool is_stream, is_cut; /* under the lock */
};

struct api_net {
    struct served_file file;
    pthread_mutex_t turn; /* held by whom it is the turn of, where answers are serial */

    pthread_mutex_t lock;   /* of all below */
    pthread_cond_t changed; /* the log, the connections, or whether it is suspended */
    struct arena texts;
    struct api_manners manners;
    struct api_delay *delays; /* newest first */
    struct api_fault_entry *faults;
    bool keeps_log;
    struct api_request *log;
    size_t log_count, log_room;
    struct api_connection *connections;
    size_t open, total, streams;
    struct text *said; /* on streams, by order */
    size_t said_count;
    int heartbeat_ms;
    int listener, port;
    bool is_suspended;
};

/* Binds (port 0: any) and listens. False: errno says why. */
bool api_net_open(struct api_net *net, const char *db_path, int port);
/* Serves from threads of its own, once it is known how. */
bool api_net_start(struct api_net *net);

/* Under the lock. */
void api_net_suspend(struct api_net *net);
void api_net_resume(struct api_net *net);
