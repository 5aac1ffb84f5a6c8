/*
 * See canned_server.h.
 */
#include "tests/support/canned_server.h"

#include "data/base/buf.h"
#include "data/base/die.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 64,
    URLS = 32,
    HEARD_MAX = 1 << 20,
    REQUEST_MAX = 64 * 1024,
    TICK_MS = 10,
    TRICKLE_MS = 50
};

struct connection {
    struct canned_server *server;
    int fd;
    pthread_t thread;
};

struct canned_server {
    const struct canned *answers;
    size_t count;
    int fd, port;
    pthread_t thread;
    atomic_bool is_stopping;
    pthread_mutex_t lock; /* of what follows */
    struct connection connections[CONNECTIONS_MAX];
    size_t connection_count, request_count;
    struct buf heard;
    char urls[URLS][256];
    size_t url_count;
};

/* ---- one connection ---- */

/* True when there is something to read (or an end) within the time. */
static bool is_readable(int fd, int ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, ms) > 0;
}

static bool read_request(struct connection *connection, char *request)
{
    size_t n = 0;
    while (n < REQUEST_MAX - 1 && !atomic_load(&connection->server->is_stopping)) {
        if (!is_readable(connection->fd, TICK_MS))
            continue;
        ssize_t got = read(connection->fd, request + n, 1);
        if (got <= 0)
            return false;
        n++;
        request[n] = '\0';
        if (n >= 4 && !memcmp(request + n - 4, "\r\n\r\n", 4))
            return true;
    }
    return false;
}

static void hear(struct canned_server *server, const char *request)
{
    pthread_mutex_lock(&server->lock);
    buf_str(&server->heard, request);
    server->request_count++;
    pthread_mutex_unlock(&server->lock);
}

static const struct canned *answer_of(const struct canned_server *server, const char *request)
{
    const char *path = strchr(request, ' ');
    path = path ? path + 1 : "";
    size_t n = strcspn(path, " ?");
    for (size_t i = 0; i < server->count; i++) {
        const struct canned *answer = &server->answers[i];
        if ((!answer->path || (strlen(answer->path) == n && !strncmp(answer->path, path, n))) &&
            (!answer->needs || strstr(request, answer->needs)))
            return answer;
    }
    return NULL;
}

static bool send_bytes(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

static void pour(struct connection *connection, enum canned_end end)
{
    static const char block[64 * 1024] = "x";
    while (!atomic_load(&connection->server->is_stopping)) {
        if (is_readable(connection->fd, end == CANNED_FLOOD ? 0 : TRICKLE_MS))
            return;
        if (end == CANNED_TRICKLE && !send_bytes(connection->fd, " ", 1))
            return;
        if (end == CANNED_FLOOD && !send_bytes(connection->fd, block, sizeof block))
            return;
    }
}

static void reset(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/* False where that was the last one. */
static bool give(struct connection *connection, const struct canned *answer)
{
    size_t n = answer->n || !answer->bytes ? answer->n : strlen(answer->bytes);
    if (!send_bytes(connection->fd, answer->bytes, n))
        return false;
    if (answer->end == CANNED_RESET) {
        usleep(TICK_MS * 1000); /* what was sent arrives before it */
        reset(connection->fd);
    }
    if (answer->end >= CANNED_HOLD)
        pour(connection, answer->end);
    return answer->end == CANNED_KEEP;
}

static void *serve(void *context)
{
    struct connection *connection = context;
    char *request = mem_new_array(REQUEST_MAX, 1);
    bool goes_on = true;
    while (goes_on && read_request(connection, request)) {
        hear(connection->server, request);
        const struct canned *answer = answer_of(connection->server, request);
        goes_on = answer && give(connection, answer);
    }
    close(connection->fd);
    free(request);
    return NULL;
}

/* ---- the server ---- */

static void *accept_all(void *context)
{
    struct canned_server *server = context;
    while (!atomic_load(&server->is_stopping)) {
        int fd = is_readable(server->fd, TICK_MS) ? accept(server->fd, NULL, NULL) : -1;
        if (fd < 0)
            continue;
        pthread_mutex_lock(&server->lock);
        if (server->connection_count == CONNECTIONS_MAX)
            die("the canned server has no room for a connection");
        struct connection *connection = &server->connections[server->connection_count++];
        *connection = (struct connection){.server = server, .fd = fd};
        pthread_create(&connection->thread, NULL, serve, connection);
        pthread_mutex_unlock(&server->lock);
    }
    return NULL;
}

struct canned_server *canned_start(const struct canned *answers, size_t count)
{
    struct canned_server *server = mem_new_array(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->answers = answers;
    server->count = count;
    buf_init(&server->heard, HEARD_MAX);
    pthread_mutex_init(&server->lock, NULL);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->fd < 0 || bind(server->fd, (struct sockaddr *)&address, size) || listen(server->fd, 32) ||
        getsockname(server->fd, (struct sockaddr *)&address, &size))
        die("the canned server cannot listen");
    server->port = ntohs(address.sin_port);
    pthread_create(&server->thread, NULL, accept_all, server);
    return server;
}

void canned_stop(struct canned_server *server)
{
    atomic_store(&server->is_stopping, true);
    pthread_join(server->thread, NULL);
    for (size_t i = 0; i < server->connection_count; i++)
        pthread_join(server->connections[i].thread, NULL);
    close(server->fd);
    pthread_mutex_destroy(&server->lock);
    buf_release(&server->heard);
    free(server);
}

int canned_port(const struct canned_server *server)
{
    return server->port;
}

const char *canned_url(struct canned_server *server, const char *path)
{
    char *url = server->urls[server->url_count++ % URLS];
    snprintf(url, sizeof server->urls[0], "http://127.0.0.1:%d%s", server->port, path);
    return url;
}

static size_t locked(struct canned_server *server, const size_t *value)
{
    pthread_mutex_lock(&server->lock);
    size_t n = *value;
    pthread_mutex_unlock(&server->lock);
    return n;
}

size_t canned_connections(struct canned_server *server)
{
    return locked(server, &server->connection_count);
}

size_t canned_requests(struct canned_server *server)
{
    return locked(server, &server->request_count);
}

char *canned_heard(struct canned_server *server)
{
    pthread_mutex_lock(&server->lock);
    char *heard = mem_strdup(buf_cstr(&server->heard));
    pthread_mutex_unlock(&server->lock);
    return heard;
}
