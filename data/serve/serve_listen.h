/*
 * Where to listen: "127.0.0.1:4788", "[::1]:0", "localhost:4788", ":4788" (loopback), "0.0.0.0:80".
 */
#pragma once

#include "data/base/err.h"

#include <sys/socket.h>

#define SERVE_LISTEN_DEFAULT "127.0.0.1:4788" /* the real server's */

enum { SERVE_ADDRESS_TEXT = 64 };

struct serve_address {
    struct sockaddr_storage socket;
    socklen_t size;
};

/* Names are no addresses but for localhost: which machine's address a name gives is not to be guessed at.
 * ERR_USAGE: what is wrong with it. */
MUST_USE enum err_code serve_address_parse(const char *text, struct serve_address *address, struct err *err);

bool serve_is_loopback(const struct sockaddr_storage *socket);

/* "127.0.0.1:4788", "[::1]:4788" */
void serve_address_format(const struct sockaddr_storage *socket, char out[SERVE_ADDRESS_TEXT]);

/* Binds and listens; *address becomes what was got (port 0: one that was free). The caller closes *fd, which
 * does not block. ERR_BUSY: in use. */
MUST_USE enum err_code serve_listen(struct serve_address *address, int *fd, struct err *err);
