/*
 * What the command line, the environment and the config say about reaching a remote source. Values; nothing here is a secret, only where one is to
 * be found.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct http_settings {
    /* Names of files and a command line; NULL where not set. $EXECUTOR_RUNS_TOKEN goes before both kinds of token. */
    const char *token_file, *token_command;
    const char *user_file;   /* one line: user:password */
    const char *cookie_file; /* Netscape's format, or lines NAME=VALUE for the address's host */
    const char *netrc_file;  /* else $NETRC, else ~/.netrc, where there is one */
    const char *cacert;      /* else $CURL_CA_BUNDLE, $SSL_CERT_FILE, $SSL_CERT_DIR, the system's */
    const char *plain_http;  /* hosts, by commas, to which credentials may go without TLS; loopback always */

    int64_t timeout_ms; /* for a whole answer; 0: HTTP_TIMEOUT_MS. A long one: this server can take minutes */
    int64_t
        poll_ms; /* live: the shortest time between two looks; 0: HTTP_POLL_MS. Where the server tells of changes an eighth of it */
    int64_t
        silence_ms; /* of a server that tells of changes, before it counts as lost; 0: a good time (tests) */
};

enum {
    HTTP_TIMEOUT_MS = 5 * 60 * 1000,
    HTTP_CONNECT_TIMEOUT_MS = 15 * 1000,
    HTTP_STALL_MS = 60 * 1000,
    HTTP_POLL_MS = 2000
};
