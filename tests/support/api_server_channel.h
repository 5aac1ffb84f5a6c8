/*
 * What a test and its server say to each other: lists of texts over a stream socket, a reply to each.
 */
#pragma once

#include "data/base/buf.h"

struct api_message {
    struct text *fields; /* each followed by a NUL, or null */
    size_t count;
    char *memory; /* that they lie in */
};

/* False: the other side has gone. */
bool api_message_send(int channel, const struct text *fields, size_t count);
bool api_message_receive(int channel, struct api_message *message);
void api_message_release(struct api_message *message);
