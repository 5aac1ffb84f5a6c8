/*
 * See serve_case.h.
 */
#include "tests/support/serve_case.h"

#include "data/base/clock.h"
#include "data/base/die.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SAID_MAX = 1 << 16, PATIENCE_MS = 5000 };

struct serve_case {
    struct serve *serve;
    int port;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    unsigned requests, released;
    uint64_t revision;
    bool is_stopped;
    struct buf said;
};

/* ---- the application ---- */

static void echo(const struct api_request *request, struct api_response *response)
{
    buf_printf(&response->body, "%s %s", request->method, request->path);
    for (size_t i = 0; i < request->param_count; i++)
        buf_printf(&response->body, " [%s=%s]", request->params[i].name, request->params[i].value);
    buf_char(&response->body, ' ');
    buf_text(&response->body, request->body);
    snprintf(response->etag, sizeof response->etag, "W/\"echo\"");
    if (request->if_none_match && strstr(request->if_none_match, "\"echo\"")) {
        response->status = 304;
        response->content_type = NULL;
        buf_clear(&response->body);
    }
}

static void fill(const struct api_request *request, bool is_text, struct api_response *response)
{
    size_t n = request->param_count ? strtoul(request->params[0].value, NULL, 10) : 0;
    uint32_t noise = 1;
    for (size_t i = 0; i < n; i++) {
        noise = noise * 1664525 + 1013904223;
        buf_char(&response->body, (char)(is_text ? "abcdefgh"[i % 8] : (int)(noise >> 24)));
    }
    snprintf(response->etag, sizeof response->etag, "W/\"%zu\"", n);
}

static void wait_for_release(struct serve_case *c, struct api_response *response)
{
    pthread_mutex_lock(&c->mutex);
    while (!c->released && !c->is_stopped)
        clock_wait(&c->changed, &c->mutex, 1000);
    response->status = c->released ? 200 : 503;
    c->released -= c->released > 0;
    pthread_mutex_unlock(&c->mutex);
    buf_str(&response->body, "{}");
}

static void count_request(struct serve_case *c)
{
    pthread_mutex_lock(&c->mutex);
    c->requests++;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->mutex);
}

static void answer(void *context, const struct api_request *request, struct api_response *response)
{
    struct serve_case *c = context;
    const char *path = strncmp(request->path, "/api/", 5) == 0 ? request->path + 4 : request->path;
    count_request(c);
    response->status = 200;
    response->content_type = "application/json";
    if (!strcmp(path, "/echo")) {
        echo(request, response);
    } else if (!strcmp(path, "/big") || !strcmp(path, "/text")) {
        fill(request, path[1] == 't', response);
    } else if (!strcmp(path, "/slow")) {
        wait_for_release(c, response);
    } else if (!strcmp(path, "/stream")) {
        response->is_stream = true;
    } else if (!strcmp(path, "/broken")) {
        response->status = 503;
        err_set(&response->why, ERR_IO, "the file is gone");
    } else {
        response->status = 404;
        buf_str(&response->body, "{\"_tag\":\"NotFound\"}");
    }
}

static uint64_t revision(void *context)
{
    struct serve_case *c = context;
    pthread_mutex_lock(&c->mutex);
    uint64_t now = c->revision;
    pthread_mutex_unlock(&c->mutex);
    return now;
}

static bool wait_for_move(void *context, uint64_t seen, int timeout_ms)
{
    struct serve_case *c = context;
    int64_t until = clock_ms() + timeout_ms;
    pthread_mutex_lock(&c->mutex);
    while (c->revision == seen && !c->is_stopped && clock_ms() < until)
        clock_wait(&c->changed, &c->mutex, until - clock_ms());
    bool has_moved = c->revision != seen && !c->is_stopped;
    pthread_mutex_unlock(&c->mutex);
    return has_moved;
}

static void stop(void *context)
{
    struct serve_case *c = context;
    pthread_mutex_lock(&c->mutex);
    c->is_stopped = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->mutex);
}

static void say(void *context, const char *line)
{
    struct serve_case *c = context;
    pthread_mutex_lock(&c->mutex);
    buf_printf(&c->said, "%s\n", line);
    pthread_mutex_unlock(&c->mutex);
}

/* ---- the server ---- */

static struct serve_times times_of(const struct serve_case_options *options)
{
    struct serve_times times = options->times, usual = SERVE_TIMES;
    return (struct serve_times){.head = times.head ? times.head : usual.head,
                                .body = times.body ? times.body : usual.body,
                                .idle = times.idle ? times.idle : usual.idle,
                                .take = times.take ? times.take : usual.take,
                                .evict = times.evict ? times.evict : usual.evict};
}

struct serve_case *serve_case_start(const struct serve_case_options *options)
{
    struct serve_case *c = mem_new_array(1, sizeof *c);
    pthread_mutex_init(&c->mutex, NULL);
    clock_cond_init(&c->changed);
    buf_init(&c->said, SAID_MAX);
    c->revision = 1;
    struct serve_options serve = {
        .application =
            {.context = c, .answer = answer, .revision = revision, .wait = wait_for_move, .stop = stop},
        .name = "case.db",
        .token_file = options->token_file,
        .times = times_of(options),
        .heartbeat_ms = options->heartbeat_ms ? options->heartbeat_ms : SERVE_HEARTBEAT_MS,
        .held_max = options->held_max ? options->held_max : SERVE_HELD_MAX,
        .say = say,
        .say_context = c};
    struct err err = {0};
    const char *listen = options->listen ? options->listen : "127.0.0.1:0";
    if (serve_address_parse(listen, &serve.address, &err) || serve_start(&serve, &c->serve, &err))
        die("serve_case: %s", err.what);
    char where[SERVE_ADDRESS_TEXT];
    serve_where(c->serve, where);
    c->port = (int)strtol(strrchr(where, ':') + 1, NULL, 10);
    return c;
}

void serve_case_stop(struct serve_case *c)
{
    if (!c)
        return;
    serve_stop(c->serve);
    buf_release(&c->said);
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->mutex);
    free(c);
}

struct serve *serve_case_server(struct serve_case *c)
{
    return c->serve;
}

int serve_case_port(const struct serve_case *c)
{
    return c->port;
}

void serve_case_release(struct serve_case *c)
{
    pthread_mutex_lock(&c->mutex);
    c->released++;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->mutex);
}

void serve_case_move(struct serve_case *c)
{
    pthread_mutex_lock(&c->mutex);
    c->revision++;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->mutex);
}

bool serve_case_await(struct serve_case *c, unsigned requests)
{
    int64_t until = clock_ms() + PATIENCE_MS;
    pthread_mutex_lock(&c->mutex);
    while (c->requests < requests && clock_ms() < until)
        clock_wait(&c->changed, &c->mutex, until - clock_ms());
    bool have_come = c->requests >= requests;
    pthread_mutex_unlock(&c->mutex);
    return have_come;
}

unsigned serve_case_requests(struct serve_case *c)
{
    pthread_mutex_lock(&c->mutex);
    unsigned requests = c->requests;
    pthread_mutex_unlock(&c->mutex);
    return requests;
}

char *serve_case_said(struct serve_case *c)
{
    pthread_mutex_lock(&c->mutex);
    char *said = mem_strdup(buf_cstr(&c->said));
    pthread_mutex_unlock(&c->mutex);
    return said;
}

/* ---- asking ---- */

void serve_case_send(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return;
        if (sent <= 0)
            die("serve_case: cannot send: %s", strerror(errno));
        bytes += sent;
        n -= (size_t)sent;
    }
}

void serve_case_ask(struct serve_case *c, const char *bytes, struct plain_answer *answer_)
{
    int fd = plain_connect(c->port);
    if (fd < 0)
        die("serve_case: cannot connect");
    serve_case_send(fd, bytes, strlen(bytes));
    plain_receive(fd, SIZE_MAX, PATIENCE_MS, answer_);
    close(fd);
}

int serve_case_status(struct serve_case *c, const char *bytes)
{
    struct plain_answer got;
    serve_case_ask(c, bytes, &got);
    int status = got.status;
    plain_release(&got);
    return status;
}

bool serve_case_is_ended(int fd)
{
    char bytes[4096];
    for (int64_t until = clock_ms() + PATIENCE_MS; clock_ms() < until;) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        if (poll(&readable, 1, PATIENCE_MS) > 0 && recv(fd, bytes, sizeof bytes, 0) <= 0)
            return true;
    }
    return false;
}
