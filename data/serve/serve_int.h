/*
 * What the parts of the server share.
 */
#pragma once

#include "data/serve/serve.h"
#include "data/serve/serve_gzip.h"
#include "data/serve/serve_library.h"
#include "data/serve/serve_token.h"

struct serve {
    struct serve_options options;
    struct serve_library library;
    struct serve_gzip *gzip; /* NULL: there is none */
    struct serve_log log;
    struct MHD_Daemon *daemon;
    struct serve_gate *gate;
    pthread_mutex_t token_mutex;
    struct serve_token token;
    atomic_bool is_stopping;
    atomic_uint streams;
    atomic_size_t held; /* bytes of all answers under way */
};

/* The callbacks of the library; cls is the struct serve. */
enum MHD_Result serve_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *bytes, size_t *size,
                                 void **state);
void serve_on_completed(void *cls, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode why);

struct serve_link *serve_link_of(const struct serve *serve, struct MHD_Connection *connection);

/* Queues the response and lets go of it. */
enum MHD_Result serve_send(struct serve *serve, struct MHD_Connection *connection, int status,
                           struct MHD_Response *response);
enum MHD_Result serve_send_text(struct serve *serve, struct MHD_Connection *connection, int status,
                                const char *text);
void serve_header(struct serve *serve, struct MHD_Response *response, const char *name, const char *value);

/* Answers with a stream of events until the client or the server has gone. */
enum MHD_Result serve_stream(struct serve *serve, struct MHD_Connection *connection);
