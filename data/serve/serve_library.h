/*
 * libmicrohttpd, loaded when something is to be served: linked in the ordinary way it brings a TLS library
 * along, and costs every start of the program milliseconds. The only header that includes its own.
 */
#pragma once

#include "data/base/err.h"

#include <microhttpd.h>

/* X(the name behind "MHD_") */
#define SERVE_LIBRARY_FUNCTIONS(X)                                                                           \
    X(start_daemon)                                                                                          \
    X(stop_daemon)                                                                                           \
    X(add_connection)                                                                                        \
    X(get_connection_info)                                                                                   \
    X(get_connection_values)                                                                                 \
    X(lookup_connection_value)                                                                               \
    X(create_response_from_buffer)                                                                           \
    X(create_response_from_callback)                                                                         \
    X(add_response_header)                                                                                   \
    X(queue_response)                                                                                        \
    X(destroy_response)

struct serve_library {
#define X(name) __typeof__(&MHD_##name) name;
    SERVE_LIBRARY_FUNCTIONS(X)
#undef X
};

/* ERR_UNSUPPORTED: it is not there; what to install. It stays loaded until the process ends. */
MUST_USE enum err_code serve_library_load(struct serve_library *library, struct err *err);
