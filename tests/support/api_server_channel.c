/*
 * Lengths before bytes, since the texts are bodies that may hold anything.
 */
#include "tests/support/api_server_channel.h"

#include "data/base/die.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_MAX = 256 << 20 };
#define NULL_LENGTH UINT32_MAX

static void put_length(uint32_t n, struct buf *out)
{
    buf_add(out, (const char *)&n, sizeof n);
}

static bool write_all(int channel, const char *bytes, size_t n)
{
    while (n) {
        ssize_t sent = send(channel, bytes, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool read_all(int channel, char *bytes, size_t n)
{
    while (n) {
        ssize_t got = read(channel, bytes, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        bytes += got;
        n -= (size_t)got;
    }
    return true;
}

bool api_message_send(int channel, const struct text *fields, size_t count)
{
    struct buf body, head;
    buf_init(&body, MESSAGE_MAX);
    for (size_t i = 0; i < count; i++) {
        put_length(text_is_null(fields[i]) ? NULL_LENGTH : (uint32_t)fields[i].n, &body);
        buf_text(&body, fields[i]);
        buf_char(&body, '\0');
    }
    buf_init(&head, 2 * sizeof(uint32_t));
    put_length((uint32_t)count, &head);
    put_length((uint32_t)body.len, &head);
    bool is_sent = !buf_is_cut(&body) && write_all(channel, head.data, head.len) &&
                   write_all(channel, buf_cstr(&body), body.len);
    buf_release(&head);
    buf_release(&body);
    return is_sent;
}

/* Both ends are ours: what they write is not checked. */
static void split(struct api_message *message)
{
    const char *at = message->memory;
    for (size_t i = 0; i < message->count; i++) {
        uint32_t n;
        memcpy(&n, at, sizeof n);
        at += sizeof n;
        message->fields[i] = n == NULL_LENGTH ? TEXT_NULL : (struct text){at, n};
        at += message->fields[i].n + 1;
    }
}

bool api_message_receive(int channel, struct api_message *message)
{
    uint32_t head[2];
    *message = (struct api_message){0};
    if (!read_all(channel, (char *)head, sizeof head))
        return false;
    message->count = head[0];
    message->fields = mem_new_array(message->count + 1, sizeof *message->fields);
    message->memory = mem_new(head[1] + 1);
    if (read_all(channel, message->memory, head[1])) {
        split(message);
        return true;
    }
    api_message_release(message);
    return false;
}

void api_message_release(struct api_message *message)
{
    free(message->fields);
    free(message->memory);
    *message = (struct api_message){0};
}
