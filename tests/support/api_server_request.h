/*
 * Requests off a connection, one after the other.
 */
#pragma once

#include "data/base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum { REQUEST_HEAD_MAX = 1 << 16 };

struct request_reader {
    int fd;
    size_t have; /* bytes read ahead; 0 at first */
    char bytes[REQUEST_HEAD_MAX + 1];
};

/* Texts lie in the reader until the request is skipped; NULL where the header was not there. */
struct request {
    const char *method, *target, *host, *authorization, *cookie, *accept_encoding, *user_agent;
    bool keep_alive;
    size_t head_len, body_len;
    struct text body; /* as much of it as there is room for */
};

/* False: the client has gone, or speaks no HTTP. */
bool request_read(struct request_reader *reader, struct request *request);
/* Takes the request and its body off the reader. */
bool request_skip(struct request_reader *reader, const struct request *request);
