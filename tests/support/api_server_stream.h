/*
 * …/executions/stream: events about the served file, and whatever a test wants to be said on it.
 */
#pragma once

#include "tests/support/api_server_net.h"

/* Until the client has gone or is hung up on. */
void serve_stream(struct api_connection *connection);
