/*
 * See plain_http.h. Waits end with the answer; the times given are for when it does not come.
 */
#include "tests/support/plain_http.h"

#include "data/base/buf.h"
#include "data/base/die.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ALL = 16 << 20, PATIENCE_MS = 5000 };

int plain_connect(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

void plain_ask(int fd, const char *target, const char *headers)
{
    struct buf request;
    buf_init(&request, 1 << 16);
    bool has_host = headers && strstr(headers, "Host:");
    buf_printf(&request, "GET %s HTTP/1.1\r\n%s%s\r\n", target, has_host ? "" : "Host: 127.0.0.1\r\n",
               headers ? headers : "");
    if (send(fd, request.data, request.len, MSG_NOSIGNAL) != (ssize_t)request.len)
        die("plain_http: cannot send");
    buf_release(&request);
}

static size_t promised(const char *head)
{
    const char *length = strstr(head, "Content-Length: ");
    return length ? strtoul(length + strlen("Content-Length: "), NULL, 10) : SIZE_MAX;
}

/* Splits what has come; true when that is all. */
static bool split(struct buf *came, struct plain_answer *answer)
{
    const char *bytes = buf_cstr(came);
    const char *end = strstr(bytes, "\r\n\r\n");
    if (!end)
        return false;
    size_t head_len = (size_t)(end - bytes) + 4;
    free(answer->head);
    answer->head = mem_strndup(bytes, head_len);
    answer->status = (int)strtol(bytes + strlen("HTTP/1.1 "), NULL, 10);
    answer->body_len = came->len - head_len;
    free(answer->body);
    answer->body = mem_strndup(bytes + head_len, answer->body_len);
    answer->is_whole = answer->body_len >= promised(answer->head);
    return answer->is_whole;
}

/* False: no more will come. */
static bool receive_some(int fd, int ms, struct buf *came, struct plain_answer *answer)
{
    char bytes[1 << 14];
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    if (poll(&readable, 1, ms) <= 0)
        return false;
    ssize_t got = recv(fd, bytes, sizeof bytes, 0);
    answer->was_closed = got == 0;
    answer->was_reset = got < 0 && errno == ECONNRESET;
    if (got > 0)
        buf_add(came, bytes, (size_t)got);
    return got > 0;
}

void plain_receive(int fd, size_t max, int ms, struct plain_answer *answer)
{
    struct buf came;
    *answer = (struct plain_answer){.head = mem_strdup(""), .body = mem_strdup("")};
    buf_init(&came, ALL + (1 << 20));
    while (came.len < max && receive_some(fd, ms, &came, answer) && !split(&came, answer))
        ;
    split(&came, answer);
    buf_release(&came);
}

void plain_get(int port, const char *target, const char *headers, struct plain_answer *answer)
{
    int fd = plain_connect(port);
    if (fd < 0)
        die("plain_http: refused");
    plain_ask(fd, target, headers);
    plain_receive(fd, ALL, PATIENCE_MS, answer);
    close(fd);
}

void plain_release(struct plain_answer *answer)
{
    free(answer->head);
    free(answer->body);
    *answer = (struct plain_answer){0};
}
