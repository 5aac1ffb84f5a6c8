/*
 * See serve_gate.h.
 */
#include "data/serve/serve_gate_int.h"

#include "data/base/clock.h"
#include "data/base/die.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_MS = 100, /* how exact the times are */
    STOPPING_TICK_MS = 5,
    ACCEPT_AT_ONCE = 16,
    ACCEPT_PAUSE_MS = 200, /* after an accept that failed: no descriptors left */
    POLL_WAKE = 0,
    POLL_LISTENER,
    POLL_SLOTS, /* two for each slot */
    POLL_MAX = POLL_SLOTS + 2 * SERVE_CONNECTIONS_MAX
};

struct serve_gate {
    struct serve_gate_options options;
    pthread_t thread;
    int wake[2];        /* a pipe: closed for writing when it is to stop */
    atomic_bool is_cut; /* nothing is waited for any more */
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    bool has_ended; /* under the mutex */
    bool is_stopping;
    int64_t accept_after;
    struct slot slots[SERVE_CONNECTIONS_MAX];
    struct serve_link links[SERVE_LINKS_MAX];
    /* Only what something is wanted of: poll takes no more entries than the process may have descriptors. */
    struct pollfd polls[POLL_MAX];
    nfds_t poll_count;
    int poll_at[POLL_MAX]; /* where it stands; -1: nothing is wanted of it */
};

void serve_link_leave(struct serve_link *link)
{
    atomic_fetch_sub(&link->holders, 1);
}

/* ---- taking connections ---- */

static bool is_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    const struct sockaddr_in *four_a = (const struct sockaddr_in *)a, *four_b = (const struct sockaddr_in *)b;
    const struct sockaddr_in6 *six_a = (const struct sockaddr_in6 *)a,
                              *six_b = (const struct sockaddr_in6 *)b;
    if (a->ss_family != b->ss_family)
        return false;
    if (a->ss_family == AF_INET6)
        return memcmp(&six_a->sin6_addr, &six_b->sin6_addr, sizeof six_a->sin6_addr) == 0;
    return four_a->sin_addr.s_addr == four_b->sin_addr.s_addr;
}

static size_t count_of_host(const struct serve_gate *gate, const struct sockaddr_storage *address)
{
    size_t count = 0;
    for (size_t i = 0; i < SERVE_CONNECTIONS_MAX; i++)
        count += gate->slots[i].client >= 0 && is_same_host(&gate->slots[i].address, address);
    return count;
}

static struct slot *free_slot(struct serve_gate *gate)
{
    for (size_t i = 0; i < SERVE_CONNECTIONS_MAX; i++)
        if (gate->slots[i].client < 0)
            return &gate->slots[i];
    return NULL;
}

/* With a hold for each side. */
static struct serve_link *new_link(struct serve_gate *gate, const struct sockaddr_storage *address)
{
    for (size_t i = 0; i < SERVE_LINKS_MAX; i++) {
        struct serve_link *link = &gate->links[i];
        if (atomic_load(&link->holders))
            continue;
        atomic_store(&link->answered, 0);
        atomic_store(&link->is_gone, false);
        link->held = 0;
        serve_address_format(address, link->peer);
        atomic_store(&link->holders, 2);
        return link;
    }
    return NULL;
}

static void set_up_client(const struct serve_gate *gate, int client)
{
    int on = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
#ifdef TCP_USER_TIMEOUT
    /* A client whose machine has vanished while something is on the way to it. */
    unsigned ms = (unsigned)gate->options.times.take;
    setsockopt(client, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
#endif
}

static bool connect_inner(struct serve_gate *gate, struct slot *slot, int client)
{
    int pair[2];
    struct serve_link *link = new_link(gate, &slot->address);
    if (!link) {
        serve_log_say(gate->options.log,
                      "cannot take a connection: %d questions whose clients have left are still at work",
                      SERVE_LINKS_MAX);
        return false;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0) {
        serve_log_say(gate->options.log, "cannot take a connection: %s", strerror(errno));
        atomic_store(&link->holders, 0);
        return false;
    }
    slot_open(slot, client, pair[0], link, clock_ms());
    if (!gate->options.hand_over(gate->options.context, pair[1], link))
        slot_close(slot);
    return true;
}

/* False: nobody waits any more, or nobody can be taken now. */
static bool take_one(struct serve_gate *gate, struct slot *slot)
{
    socklen_t size = sizeof slot->address;
    memset(&slot->address, 0, sizeof slot->address);
    int client = accept4(gate->options.listener, (struct sockaddr *)&slot->address, &size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            serve_log_say(gate->options.log, "cannot take a connection: %s", strerror(errno));
            gate->accept_after = clock_ms() + ACCEPT_PAUSE_MS;
        }
        return errno == ECONNABORTED || errno == EINTR;
    }
    bool is_one_too_many =
        !serve_is_loopback(&slot->address) && count_of_host(gate, &slot->address) >= SERVE_CONNECTIONS_PER_IP;
    if (is_one_too_many) {
        char peer[SERVE_ADDRESS_TEXT];
        serve_address_format(&slot->address, peer);
        serve_log_say(gate->options.log, "%s: hung up, %d connections of one address are enough", peer,
                      SERVE_CONNECTIONS_PER_IP);
    }
    set_up_client(gate, client);
    if (is_one_too_many || !connect_inner(gate, slot, client))
        close(client);
    return true;
}

static void take_connections(struct serve_gate *gate)
{
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        struct slot *slot = free_slot(gate);
        if (!slot || !take_one(gate, slot))
            return;
    }
}

/* ---- where all are taken ---- */

static bool is_somebody_waiting(const struct serve_gate *gate)
{
    struct pollfd poll_listener = {.fd = gate->options.listener, .events = POLLIN};
    return poll(&poll_listener, 1, 0) > 0;
}

static struct slot *longest_resting(struct serve_gate *gate, int64_t now)
{
    struct slot *longest = NULL;
    for (size_t i = 0; i < SERVE_CONNECTIONS_MAX; i++) {
        struct slot *slot = &gate->slots[i];
        if (slot_is_resting(slot) && now - slot->rest_since >= gate->options.times.evict &&
            (!longest || slot->rest_since < longest->rest_since))
            longest = slot;
    }
    return longest;
}

static void make_room(struct serve_gate *gate, int64_t now)
{
    while (!free_slot(gate) && is_somebody_waiting(gate)) {
        struct slot *slot = longest_resting(gate, now);
        if (!slot)
            return;
        slot_close(slot);
        take_connections(gate);
    }
}

/* ---- the thread ---- */

static size_t count_open(const struct serve_gate *gate)
{
    size_t count = 0;
    for (size_t i = 0; i < SERVE_CONNECTIONS_MAX; i++)
        count += gate->slots[i].client >= 0;
    return count;
}

static void want(struct serve_gate *gate, size_t what, int fd, short events)
{
    gate->poll_at[what] = -1;
    if (!events)
        return;
    gate->poll_at[what] = (int)gate->poll_count;
    gate->polls[gate->poll_count++] = (struct pollfd){.fd = fd, .events = events};
}

static short what_came(const struct serve_gate *gate, size_t what)
{
    int at = gate->poll_at[what];
    return at < 0 ? 0 : gate->polls[at].revents;
}

static void wait_for_something(struct serve_gate *gate, int64_t now)
{
    bool can_take = !gate->is_stopping && now >= gate->accept_after && free_slot(gate);
    gate->poll_count = 0;
    want(gate, POLL_WAKE, gate->wake[0], gate->is_stopping ? 0 : POLLIN);
    want(gate, POLL_LISTENER, gate->options.listener, can_take ? POLLIN : 0);
    for (size_t i = 0; i < SERVE_CONNECTIONS_MAX; i++) {
        const struct slot *slot = &gate->slots[i];
        bool is_open = slot->client >= 0;
        want(gate, POLL_SLOTS + 2 * i, slot->client, is_open ? slot_wants_of_client(slot) : 0);
        want(gate, POLL_SLOTS + 2 * i + 1, slot->inner, is_open ? slot_wants_of_inner(slot) : 0);
    }
    int wait = gate->is_stopping ? STOPPING_TICK_MS : count_open(gate) || !can_take ? TICK_MS : -1;
    if (poll(gate->polls, gate->poll_count, wait) < 0)
        nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000}, NULL); /* no memory: nothing came */
}

static void log_refusal(struct serve_gate *gate, const struct slot *slot, int before)
{
    if (slot->client >= 0 && slot->refusal != before)
        serve_log_say(gate->options.log, "%s: %d %s", slot->link->peer, slot->refusal, slot->why);
}

static void step_slots(struct serve_gate *gate, int64_t now, bool is_tick)
{
    for (size_t i = 0; i < SERVE_CONNECTIONS_MAX; i++) {
        struct slot *slot = &gate->slots[i];
        short client = what_came(gate, POLL_SLOTS + 2 * i), inner = what_came(gate, POLL_SLOTS + 2 * i + 1);
        int refusal = slot->refusal;
        if (slot->client >= 0 && (client || inner))
            slot_step(slot, client, inner, now);
        if (slot->client >= 0 && is_tick)
            slot_tick(slot, &gate->options.times, now);
        if (slot->client >= 0 && gate->is_stopping && slot->is_lingering)
            slot_close(slot);
        log_refusal(gate, slot, refusal);
    }
}

static void begin_to_stop(struct serve_gate *gate)
{
    gate->is_stopping = true;
    close(gate->options.listener);
    gate->options.listener = -1;
    for (size_t i = 0; i < SERVE_CONNECTIONS_MAX; i++)
        if (gate->slots[i].client >= 0)
            slot_wind_up(&gate->slots[i]);
}

static void close_all(struct serve_gate *gate)
{
    for (size_t i = 0; i < SERVE_CONNECTIONS_MAX; i++)
        if (gate->slots[i].client >= 0)
            slot_close(&gate->slots[i]);
}

static void *run(void *context)
{
    struct serve_gate *gate = context;
    int64_t next_tick = 0;
    while (!atomic_load(&gate->is_cut) && !(gate->is_stopping && !count_open(gate))) {
        wait_for_something(gate, clock_ms());
        int64_t now = clock_ms();
        bool is_tick = gate->is_stopping || now >= next_tick;
        if (is_tick)
            next_tick = now + TICK_MS;
        step_slots(gate, now, is_tick);
        if (what_came(gate, POLL_WAKE))
            begin_to_stop(gate);
        else if (what_came(gate, POLL_LISTENER))
            take_connections(gate);
        if (is_tick && !gate->is_stopping)
            make_room(gate, now);
    }
    close_all(gate);
    pthread_mutex_lock(&gate->mutex);
    gate->has_ended = true;
    pthread_cond_broadcast(&gate->ended);
    pthread_mutex_unlock(&gate->mutex);
    return NULL;
}

/* ---- start and stop ---- */

enum err_code serve_gate_start(const struct serve_gate_options *options, struct serve_gate **gate,
                               struct err *err)
{
    struct serve_gate *own = mem_new_array(1, sizeof *own);
    own->options = *options;
    for (size_t i = 0; i < SERVE_CONNECTIONS_MAX; i++)
        own->slots[i].client = own->slots[i].inner = -1;
    if (pipe2(own->wake, O_CLOEXEC) < 0) {
        free(own);
        return err_set(err, ERR_IO, "cannot make a pipe: %s", strerror(errno));
    }
    pthread_mutex_init(&own->mutex, NULL);
    clock_cond_init(&own->ended);
    int why = pthread_create(&own->thread, NULL, run, own);
    if (why) {
        close(own->wake[1]);
        serve_gate_free(own);
        return err_set(err, ERR_IO, "cannot start a thread: %s", strerror(why));
    }
    *gate = own;
    return ERR_OK;
}

void serve_gate_wind_up(struct serve_gate *gate)
{
    close(gate->wake[1]);
    gate->wake[1] = -1;
}

bool serve_gate_wait(struct serve_gate *gate, int timeout_ms)
{
    pthread_mutex_lock(&gate->mutex);
    for (int64_t until = clock_ms() + timeout_ms; !gate->has_ended && clock_ms() < until;)
        clock_wait(&gate->ended, &gate->mutex, until - clock_ms());
    bool has_ended = gate->has_ended;
    pthread_mutex_unlock(&gate->mutex);
    return has_ended;
}

void serve_gate_stop(struct serve_gate *gate)
{
    atomic_store(&gate->is_cut, true);
    pthread_join(gate->thread, NULL);
}

void serve_gate_free(struct serve_gate *gate)
{
    if (!gate)
        return;
    close(gate->wake[0]);
    pthread_cond_destroy(&gate->ended);
    pthread_mutex_destroy(&gate->mutex);
    free(gate);
}
