/*
 * See serve_gate_int.h. A refusal takes the same way as an end: nothing more is handed on, the library
 * answers what it has and hangs up, and only then the refusal is said, so that answers never change places.
 */
#include "data/serve/serve_gate_int.h"

#include "data/base/die.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- begin and end ---- */

void slot_open(struct slot *slot, int client, int inner, struct serve_link *link, int64_t now)
{
    struct sockaddr_storage address = slot->address;
    *slot =
        (struct slot){.client = client, .inner = inner, .link = link, .address = address, .rest_since = now};
    slot->in = mem_new(SLOT_IN_SIZE);
    slot->out = mem_new(SLOT_OUT_SIZE);
}

/* Nothing that came is handed on any more. */
static void cut_off(struct slot *slot)
{
    slot->is_cut = true;
    slot->in_len = slot->ready = 0;
    slot->body_left = 0;
}

static void end_inner(struct slot *slot)
{
    if (slot->inner >= 0)
        close(slot->inner);
    slot->inner = -1;
    slot->is_inner_done = true;
    cut_off(slot);
}

void slot_close(struct slot *slot)
{
    end_inner(slot);
    close(slot->client);
    slot->client = -1;
    atomic_store(&slot->link->is_gone, true);
    serve_link_leave(slot->link);
    free(slot->in);
    free(slot->out);
    slot->in = slot->out = NULL;
}

/* Nobody reads what is still on the way: the system is not to keep it either. */
static void slot_cut(struct slot *slot)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(slot->client, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    slot_close(slot);
}

unsigned slot_in_flight(const struct slot *slot)
{
    return slot->passed - atomic_load(&slot->link->answered);
}

bool slot_is_resting(const struct slot *slot)
{
    return !slot_in_flight(slot) && !slot->out_len && !slot->ready && !slot->body_left;
}

static void refuse(struct slot *slot, int status, const char *why)
{
    if (!slot->refusal) {
        slot->refusal = status;
        slot->why = why;
    }
    slot->body_left = 0;
}

/* ---- from the client to the library ---- */

static bool can_read(const struct slot *slot)
{
    return !slot->has_end && !slot->is_cut && !slot->refusal && slot->in_len < SLOT_IN_SIZE &&
           slot_in_flight(slot) < SERVE_PIPELINE_MAX;
}

static void take_head(struct slot *slot, int64_t now)
{
    slot->ready += slot->head.size;
    slot->body_left = slot->head.body;
    slot->head = (struct serve_head){0};
    slot->passed++;
    slot->head_since = 0;
    slot->body_since = now;
}

static void take_body(struct slot *slot)
{
    size_t there = slot->in_len - slot->ready;
    size_t take = slot->body_left < there ? (size_t)slot->body_left : there;
    slot->ready += take;
    slot->body_left -= take;
}

/* How much of what came may be handed on. */
static void digest(struct slot *slot, int64_t now)
{
    while (!slot->refusal) {
        take_body(slot);
        if (slot->in_len == slot->ready || slot_in_flight(slot) >= SERVE_PIPELINE_MAX)
            return;
        if (!slot->head_since)
            slot->head_since = now;
        struct text rest = {slot->in + slot->ready, slot->in_len - slot->ready};
        enum serve_head_state state = serve_head_read(&slot->head, rest);
        if (state == SERVE_HEAD_MORE)
            return;
        if (state == SERVE_HEAD_WHOLE)
            take_head(slot, now);
        else
            refuse(slot, slot->head.status, slot->head.why);
    }
}

static void read_client(struct slot *slot)
{
    ssize_t n = recv(slot->client, slot->in + slot->in_len, SLOT_IN_SIZE - slot->in_len, 0);
    if (n > 0) {
        slot->in_len += (size_t)n;
    } else if (!n) {
        slot->has_end = true;
        atomic_store(&slot->link->is_gone, true);
    } else if (errno != EAGAIN && errno != EINTR) {
        slot_close(slot);
    }
}

void slot_wind_up(struct slot *slot)
{
    if (slot->is_cut)
        return;
    shutdown(slot->inner, SHUT_WR);
    cut_off(slot);
}

static void hand_on(struct slot *slot)
{
    if (slot->ready && !slot->is_cut) {
        ssize_t n = send(slot->inner, slot->in, slot->ready, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            cut_off(slot); /* an answer that ends the connection came before the body was read */
        } else if (n > 0) {
            slot->ready -= (size_t)n;
            slot->in_len -= (size_t)n;
            memmove(slot->in, slot->in + n, slot->in_len);
        }
    }
    if (!slot->ready && !slot->is_cut && (slot->refusal || slot->has_end))
        slot_wind_up(slot);
}

/* ---- from the library to the client ---- */

static void read_inner(struct slot *slot, int64_t now)
{
    ssize_t n = recv(slot->inner, slot->out, SLOT_OUT_SIZE, 0);
    if (n > 0) {
        slot->out_at = 0;
        slot->out_len = (size_t)n;
        slot->out_since = now;
    } else if (!n || (errno != EAGAIN && errno != EINTR)) {
        end_inner(slot);
    }
}

static void write_client(struct slot *slot, int64_t now)
{
    if (!slot->out_len)
        return;
    ssize_t n = send(slot->client, slot->out + slot->out_at, slot->out_len, MSG_NOSIGNAL);
    if (n > 0) {
        slot->out_at += (size_t)n;
        slot->out_len -= (size_t)n;
        slot->rest_since = now;
    } else if (errno != EAGAIN && errno != EINTR) {
        slot_close(slot);
    }
}

static const char *reason(int status)
{
    switch (status) {
    case 408: return "Request Timeout";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 417: return "Expectation Failed";
    case 431: return "Request Header Fields Too Large";
    case 505: return "HTTP Version Not Supported";
    default: return "Bad Request";
    }
}

static void write_refusal(struct slot *slot, int64_t now)
{
    int n = snprintf(
        slot->out, SLOT_OUT_SIZE,
        "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n"
        "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n%s\n",
        slot->refusal, reason(slot->refusal), strlen(slot->why) + 1, slot->why);
    slot->out_at = 0;
    slot->out_len = (size_t)n;
    slot->out_since = now;
    slot->is_refused = true;
    write_client(slot, now);
}

/* A connection that is closed while there is something to read is reset, and the client may lose the last
 * answer: so what it still sends is thrown away for a while. */
static void linger(struct slot *slot, int64_t now)
{
    if (!slot->is_lingering) {
        shutdown(slot->client, SHUT_WR);
        slot->is_lingering = true;
        slot->linger_since = now;
    }
    ssize_t n = recv(slot->client, slot->out, SLOT_OUT_SIZE, 0);
    if (n > 0)
        slot->lingered += (size_t)n;
    bool has_ended = slot->has_end || !n || (n < 0 && errno != EAGAIN && errno != EINTR);
    if (has_ended || slot->lingered > SLOT_LINGER_BYTES)
        slot_close(slot);
}

static void finish(struct slot *slot, int64_t now)
{
    if (slot->client >= 0 && !slot->out_len && slot->refusal && !slot->is_refused)
        write_refusal(slot, now);
    if (slot->client >= 0 && !slot->out_len)
        linger(slot, now);
}

/* ---- poll ---- */

short slot_wants_of_client(const struct slot *slot)
{
    bool wants_in = slot->is_lingering || can_read(slot);
    return (short)((wants_in ? POLLIN : 0) | (slot->out_len ? POLLOUT : 0));
}

short slot_wants_of_inner(const struct slot *slot)
{
    if (slot->inner < 0)
        return 0;
    return (short)((slot->out_len ? 0 : POLLIN) | (slot->ready && !slot->is_cut ? POLLOUT : 0));
}

void slot_step(struct slot *slot, short client_events, short inner_events, int64_t now)
{
    if (client_events & (POLLIN | POLLHUP | POLLERR) && can_read(slot))
        read_client(slot);
    if (slot->client >= 0 && !slot->is_cut) {
        digest(slot, now);
        hand_on(slot);
    }
    if (slot->client >= 0 && slot->inner >= 0 && !slot->out_len && inner_events)
        read_inner(slot, now);
    if (slot->client >= 0)
        write_client(slot, now);
    if (slot->client >= 0 && slot->is_inner_done)
        finish(slot, now);
}

/* ---- time ---- */

static bool is_over(int64_t since, int64_t limit, int64_t now)
{
    return since && now - since >= limit;
}

static void tick_reading(struct slot *slot, const struct serve_times *times, int64_t now)
{
    if (slot->body_left && is_over(slot->body_since, times->body, now))
        refuse(slot, 408, "the body took too long");
    else if (slot->in_len > slot->ready && is_over(slot->head_since, times->head, now))
        refuse(slot, 408, "the head of the request took too long");
    else if (slot_is_resting(slot) && !slot->in_len &&
             is_over(slot->rest_since, slot->passed ? times->idle : times->head, now))
        slot_close(slot);
}

void slot_tick(struct slot *slot, const struct serve_times *times, int64_t now)
{
    if (slot_in_flight(slot))
        slot->rest_since = now;
    if (slot->out_len && is_over(slot->out_since, times->take, now))
        slot_cut(slot);
    else if (slot->is_lingering && is_over(slot->linger_since, SLOT_LINGER_MS, now))
        slot_close(slot);
    else if (!slot->is_cut && !slot->refusal)
        tick_reading(slot, times, now);
    if (slot->client >= 0)
        slot_step(slot, 0, 0, now);
}
