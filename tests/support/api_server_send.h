/*
 * Answers on their way: as HTTP has them, compressed, or broken on purpose.
 */
#pragma once

#include "tests/support/api_server.h"
#include "tests/support/api_server_routes.h"

bool send_bytes(int fd, const char *bytes, size_t n);
bool send_stream_head(int fd); /* of events without end */

/* False, here and below: the connection is to be closed. */
bool send_answer(int fd, const struct api_answer *answer, bool keep_alive);

/* `right` is what would have been answered; target: of the request, for a redirect to itself. */
bool send_fault(int fd, const struct api_fault *fault, const struct api_answer *right, const char *target,
                bool keep_alive);

/* Turns the body into gzip, and says so. */
void gzip_answer(struct api_answer *answer);

/* Waits; false: the client hung up meanwhile. ms < 0: for ever. */
bool wait_unless_closed(int fd, int ms);
