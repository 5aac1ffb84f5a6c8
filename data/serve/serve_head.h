/*
 * The head of a request, read strictly: the request line and the headers as RFC 9112 writes them, and nothing
 * that two readers could take differently. The library behind reads more than that (folded lines, bare line
 * feeds, two lengths), and a proxy before may read it otherwise: that is how a request is smuggled. So the
 * library sees only heads that came through here.
 *
 * Bytes may come in any pieces; each is looked at once.
 */
#pragma once

#include "data/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SERVE_HEAD_MAX = 32 * 1024,  /* request line and headers; more: 431 */
    SERVE_TARGET_MAX = 8 * 1024, /* path and query as they came; more: 414 */
    SERVE_HEADERS_MAX = 100,     /* lines; more: 431 */
    SERVE_BODY_MAX = 1024 * 1024 /* more: 413 */
};

enum serve_head_state {
    SERVE_HEAD_MORE,  /* as far as it goes it is right */
    SERVE_HEAD_WHOLE, /* size and body are told */
    SERVE_HEAD_BAD,   /* status and why are told; the connection is of no more use */
};

/* All zero to begin with. */
struct serve_head {
    size_t scanned; /* bytes looked at */
    size_t line;    /* where the line begins that is being read */
    unsigned lines, hosts, lengths, codings;
    bool is_old;     /* HTTP/1.0 */
    bool takes_body; /* neither GET nor HEAD */
    uint64_t body;   /* bytes that follow the head */
    size_t size;     /* of the head, its empty line included */
    int status;      /* 400, 411, 413, 414, 417, 431, 505 */
    const char *why; /* a sentence without a full stop; static */
};

/* bytes: everything since the request's first byte, the same as at the last call and what came since. */
enum serve_head_state serve_head_read(struct serve_head *head, struct text bytes);
