/*
 * Who we are to a remote source. A secret is read once, from where the settings say, is held here, and leaves only into a request to the
 * origin that it is for: never into a message, a log or a command line.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"
#include "data/http/http_address.h"
#include "data/http/http_settings.h"
#include "data/query.h"

enum { HTTP_SECRET_MAX = 16 * 1024, HTTP_TOKEN_COMMAND_MS = 30 * 1000 };

struct http_auth;

/* No I/O. Copies what it needs of both. */
struct http_auth *http_auth_new(const struct http_address *address, const struct http_settings *settings);
void http_auth_free(struct http_auth *auth); /* secrets are overwritten */

struct http_credentials {
    char *bearer;      /* the token */
    char *user;        /* "user:password" */
    char *cookie_file; /* for the transport to read and to match by domain */
    char *cookie;      /* "a=b; c=d", for the address's origin only */
    char *netrc_file;  /* for the transport to look the host up in */
};

/* What a request to the address's origin may carry; all NULL where nothing is set. Reads files and runs the token command (by /bin/sh, without a terminal: standard
 * input and error are /dev/null, so that nothing reaches the screen; killed with its children after HTTP_TOKEN_COMMAND_MS, or timeout_ms where that is
 * shorter, or when cancelled) at the first call and
 * after http_auth_expire; other threads wait meanwhile. Texts are copies; release overwrites them.
 *
 * ERR_DENIED where there are credentials and they may not go to this address: plain http to a host that is neither loopback nor named in plain_http
 * (the hint names the setting), or a file of secrets that others can read. ERR_NOT_FOUND, ERR_IO: a file, or the command, by name and what failed,
 * never what it printed. */
MUST_USE enum err_code http_auth_get(struct http_auth *auth, struct cancel *cancel,
                                     struct http_credentials *out, struct err *err);
void http_credentials_release(struct http_credentials *credentials);

/* Whether a request there is one to the address's origin, the only one that these credentials may go to. The host with or without brackets. */
bool http_auth_is_for(const struct http_auth *auth, bool is_tls, const char *host, int port);

/* The server refused (401): the next get asks the file or the command again. False where that cannot bring another secret. */
bool http_auth_expire(struct http_auth *auth);

/* For a hint: "the token of $EXECUTOR_RUNS_TOKEN", "the password in /home/ann/.netrc", …; NULL where nothing is set. Constant text or the auth's. */
const char *http_auth_origin(const struct http_auth *auth);
