/*
 * Bytes on their way to the terminal. Never waits: what the terminal does not take at once is kept and goes out when it can be
 * written to.
 */
#pragma once

#include "data/base/buf.h"

struct outbox {
    int fd;
    bool
        is_own; /* a description of its own: that nobody else's reads and writes change their ways with ours */
    struct buf bytes;
    size_t sent; /* of them */
};

/* tty: a descriptor of the terminal. Where it cannot be opened once more, that one is written to, as it is. */
void outbox_open(struct outbox *outbox, int tty);
void outbox_close(struct outbox *outbox);

/* Bytes are added to outbox->bytes; this hands over what is taken. True: all of it was. */
bool outbox_push(struct outbox *outbox);
bool outbox_is_empty(const struct outbox *outbox);
/* The same, waiting up to so many ms. */
bool outbox_finish(struct outbox *outbox, int ms);
void outbox_drop(struct outbox *outbox); /* forgets what was not handed over */
