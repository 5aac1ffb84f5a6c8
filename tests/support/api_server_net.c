/*
 * A thread for each connection: a client that waits, or is made to wait, holds up nobody else. There are as many as a test opens.
 */
#include "tests/support/api_server_net.h"

#include "data/base/clock.h"
#include "data/base/die.h"
#include "tests/support/api_server_request.h"
#include "tests/support/api_server_send.h"
#include "tests/support/api_server_stream.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 128 };

/* ---- what is to be done with it: under the lock ---- */

struct decision {
    struct api_manners manners;
    int delay_ms;
    bool is_fault;
    struct api_fault fault;
};

static const char *keep(struct api_net *net, const char *text)
{
    return text ? arena_strndup(&net->texts, text, strlen(text)) : NULL;
}

static const char *keep_text(struct api_net *net, struct text text)
{
    return arena_strndup(&net->texts, text.s, text.n);
}

static void log_request(struct api_net *net, const struct request *request, unsigned connection)
{
    if (!net->keeps_log)
        return;
    if (net->log_count == net->log_room) {
        net->log_room = net->log_room ? net->log_room * 2 : 64;
        net->log = mem_resize(net->log, net->log_room, sizeof *net->log);
    }
    net->log[net->log_count++] = (struct api_request){.method = keep(net, request->method),
                                                      .target = keep(net, request->target),
                                                      .host = keep(net, request->host),
                                                      .authorization = keep(net, request->authorization),
                                                      .cookie = keep(net, request->cookie),
                                                      .accept_encoding = keep(net, request->accept_encoding),
                                                      .user_agent = keep(net, request->user_agent),
                                                      .body = keep_text(net, request->body),
                                                      .connection = connection,
                                                      .at_ms = clock_ms()};
}

static bool take_fault(struct api_net *net, const char *target, struct api_fault *fault)
{
    for (struct api_fault_entry *entry = net->faults; entry; entry = entry->next) {
        if (!strstr(target, entry->fault.match) || (entry->fault.times && entry->held == entry->fault.times))
            continue;
        if (entry->passed < entry->fault.skip) {
            entry->passed++;
            continue;
        }
        entry->held++;
        *fault = entry->fault;
        return true;
    }
    return false;
}

static int delay_of(const struct api_net *net, const char *target)
{
    for (const struct api_delay *delay = net->delays; delay; delay = delay->next)
        if (strstr(target, delay->match))
            return delay->ms;
    return 0;
}

static void decide(struct api_connection *connection, const struct request *request,
                   struct decision *decision)
{
    struct api_net *net = connection->net;
    pthread_mutex_lock(&net->lock);
    log_request(net, request, connection->number);
    decision->manners = net->manners;
    decision->delay_ms = delay_of(net, request->target);
    decision->is_fault = take_fault(net, request->target, &decision->fault);
    pthread_cond_broadcast(&net->changed);
    pthread_mutex_unlock(&net->lock);
}

/* ---- answering ---- */

static bool may_enter(const struct api_manners *manners, const struct request *request)
{
    if (manners->authorization &&
        (!request->authorization || strcmp(request->authorization, manners->authorization) != 0))
        return false;
    return !manners->cookie || (request->cookie && strstr(request->cookie, manners->cookie));
}

static void make_answer(struct api_net *net, const struct request *request, const struct api_manners *manners,
                        struct api_answer *answer)
{
    if (!may_enter(manners, request)) {
        answer->status = 401;
        buf_printf(&answer->headers, "WWW-Authenticate: %s\r\n", manners->challenge);
        buf_str(&answer->body, "{\"_tag\":\"Unauthorized\"}");
        return;
    }
    struct api_ask ask = {.method = request->method,
                          .target = request->target,
                          .host = request->host,
                          .body = request->body,
                          .base = manners->base,
                          .is_real = manners->is_real};
    api_answer_make(&net->file, &ask, answer);
    if (manners->is_gzip && request->accept_encoding && strstr(request->accept_encoding, "gzip"))
        gzip_answer(answer);
}

static void sleep_ms(int ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000L};
    while (nanosleep(&left, &left) != 0)
        ;
}

/* The delay, and the answer in its turn. False: the client did not wait for it. */
static bool work(struct api_connection *connection, const struct request *request,
                 const struct decision *decision, struct api_answer *answer)
{
    struct api_net *net = connection->net;
    bool is_serial = decision->manners.is_serial;
    if (is_serial) {
        pthread_mutex_lock(&net->turn);
        sleep_ms(decision->delay_ms);
    } else if (decision->delay_ms && !wait_unless_closed(connection->fd, decision->delay_ms)) {
        return false;
    }
    bool is_in_place = decision->is_fault && decision->fault.kind == API_FAULT_ANSWER;
    if (!is_in_place) /* else what a POST asks for is not done */
        make_answer(net, request, &decision->manners, answer);
    if (is_serial)
        pthread_mutex_unlock(&net->turn);
    return true;
}

static bool is_for_stream(const struct request *request, const struct decision *decision)
{
    const struct api_manners *manners = &decision->manners;
    size_t n = strlen(manners->base);
    return manners->has_stream && !manners->is_real && !decision->is_fault && may_enter(manners, request) &&
           strncmp(request->target, manners->base, n) == 0 &&
           strcmp(request->target + n, "/executions/stream") == 0;
}

static bool answer_request(struct api_connection *connection, const struct request *request)
{
    struct decision decision;
    struct api_answer answer;
    bool is_open = false;
    decide(connection, request, &decision);
    if (is_for_stream(request, &decision)) {
        if (!decision.delay_ms || wait_unless_closed(connection->fd, decision.delay_ms))
            serve_stream(connection);
        return false;
    }
    api_answer_init(&answer);
    if (work(connection, request, &decision, &answer))
        is_open = decision.is_fault ? send_fault(connection->fd, &decision.fault, &answer, request->target,
                                                 request->keep_alive)
                                    : send_answer(connection->fd, &answer, request->keep_alive);
    api_answer_release(&answer);
    return is_open;
}

/* ---- connections ---- */

static void forget(struct api_connection *connection)
{
    struct api_net *net = connection->net;
    pthread_mutex_lock(&net->lock);
    struct api_connection **link = &net->connections;
    while (*link != connection)
        link = &(*link)->next;
    *link = connection->next;
    close(connection->fd);
    net->open--;
    pthread_cond_broadcast(&net->changed);
    pthread_mutex_unlock(&net->lock);
    free(connection);
}

static void *serve(void *context)
{
    struct api_connection *connection = context;
    struct request_reader *reader = mem_new(sizeof *reader);
    reader->fd = connection->fd;
    reader->have = 0;
    struct request request;
    while (request_read(reader, &request) && answer_request(connection, &request) &&
           request_skip(reader, &request))
        ;
    free(reader);
    forget(connection);
    return NULL;
}

static void admit(struct api_net *net, int fd)
{
    struct api_connection *connection = mem_new(sizeof *connection);
    pthread_t thread;
    pthread_mutex_lock(&net->lock);
    *connection = (struct api_connection){
        .net = net, .fd = fd, .number = (unsigned)++net->total, .next = net->connections};
    net->connections = connection;
    net->open++;
    if (net->is_suspended)
        shutdown(fd, SHUT_RDWR);
    pthread_cond_broadcast(&net->changed);
    pthread_mutex_unlock(&net->lock);
    if (pthread_create(&thread, NULL, serve, connection) != 0)
        die("api_server: no thread for a connection");
    pthread_detach(thread);
}

static int current_listener(struct api_net *net)
{
    pthread_mutex_lock(&net->lock);
    while (net->is_suspended)
        pthread_cond_wait(&net->changed, &net->lock);
    int listener = net->listener;
    pthread_mutex_unlock(&net->lock);
    return listener;
}

static void *take_connections(void *context)
{
    struct api_net *net = context;
    for (;;) {
        int fd = accept(current_listener(net), NULL, NULL);
        if (fd < 0)
            continue;
        /* Head and body are sent one after the other: without this the second waits 40 ms for the client's kernel to confirm the first. */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        admit(net, fd);
    }
    return NULL;
}

/* ---- listening ---- */

static int bind_port(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static int port_of(int fd)
{
    struct sockaddr_in address = {0};
    socklen_t n = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &n) == 0 ? ntohs(address.sin_port) : 0;
}

bool api_net_open(struct api_net *net, const char *db_path, int port)
{
    *net = (struct api_net){.manners.base = "/api", .heartbeat_ms = 100};
    served_file_init(&net->file, db_path, NULL);
    arena_init(&net->texts);
    pthread_mutex_init(&net->turn, NULL);
    pthread_mutex_init(&net->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&net->changed, &monotonic);
    net->listener = bind_port(port);
    if (net->listener < 0 || listen(net->listener, BACKLOG) != 0)
        return false;
    net->port = port_of(net->listener);
    return true;
}

bool api_net_start(struct api_net *net)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, take_connections, net) == 0 && pthread_detach(thread) == 0;
}

/* A port that is bound and not listened at refuses, and nobody else gets it. */
void api_net_suspend(struct api_net *net)
{
    if (net->is_suspended)
        return;
    net->is_suspended = true;
    shutdown(net->listener, SHUT_RDWR);
    close(net->listener);
    net->listener = bind_port(net->port);
    if (net->listener < 0)
        die("api_server: port %d was taken by somebody else", net->port);
    for (struct api_connection *connection = net->connections; connection; connection = connection->next)
        shutdown(connection->fd, SHUT_RDWR);
}

void api_net_resume(struct api_net *net)
{
    if (net->is_suspended && listen(net->listener, BACKLOG) != 0)
        die("api_server: cannot listen at port %d again", net->port);
    net->is_suspended = false;
    pthread_cond_broadcast(&net->changed);
}
