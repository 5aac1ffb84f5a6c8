/*
 * Enough of HTTP/1.1 for requests without chunks, which is what clients of this API send.
 */
#include "tests/support/api_server_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static bool read_more(struct request_reader *reader)
{
    if (reader->have == REQUEST_HEAD_MAX)
        return false;
    ssize_t got;
    do
        got = recv(reader->fd, reader->bytes + reader->have, REQUEST_HEAD_MAX - reader->have, 0);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return false;
    reader->have += (size_t)got;
    reader->bytes[reader->have] = '\0';
    return true;
}

static void note_header(char *line, struct request *request)
{
    const struct {
        const char *name;
        const char **value;
    } kept[] = {{"host", &request->host},
                {"authorization", &request->authorization},
                {"cookie", &request->cookie},
                {"accept-encoding", &request->accept_encoding},
                {"user-agent", &request->user_agent}};
    char *colon = strchr(line, ':');
    if (!colon)
        return;
    *colon = '\0';
    const char *value = colon + 1 + strspn(colon + 1, " \t");
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (strcasecmp(line, kept[i].name) == 0)
            *kept[i].value = value;
    if (strcasecmp(line, "connection") == 0 && strcasecmp(value, "close") == 0)
        request->keep_alive = false;
    if (strcasecmp(line, "content-length") == 0)
        request->body_len = strtoul(value, NULL, 10);
}

/* Splits the head in place. */
static bool parse(char *head, struct request *request)
{
    char *rest, *words;
    char *line = strtok_r(head, "\r\n", &rest);
    if (!line)
        return false;
    request->method = strtok_r(line, " ", &words);
    request->target = strtok_r(NULL, " ", &words);
    const char *version = strtok_r(NULL, " ", &words);
    if (!request->method || !request->target || !version)
        return false;
    request->keep_alive = strcmp(version, "HTTP/1.1") == 0;
    while ((line = strtok_r(NULL, "\r\n", &rest)))
        note_header(line, request);
    return true;
}

static bool read_body(struct request_reader *reader, struct request *request)
{
    size_t room = REQUEST_HEAD_MAX - request->head_len;
    size_t n = request->body_len < room ? request->body_len : room;
    while (reader->have < request->head_len + n)
        if (!read_more(reader))
            return false;
    request->body = (struct text){reader->bytes + request->head_len, n};
    return true;
}

bool request_read(struct request_reader *reader, struct request *request)
{
    char *end;
    *request = (struct request){0};
    reader->bytes[reader->have] = '\0';
    while (!(end = strstr(reader->bytes, "\r\n\r\n")))
        if (!read_more(reader))
            return false;
    *end = '\0';
    request->head_len = (size_t)(end - reader->bytes) + 4;
    return parse(reader->bytes, request) && read_body(reader, request);
}

bool request_skip(struct request_reader *reader, const struct request *request)
{
    size_t left = request->head_len + request->body_len;
    while (left > reader->have) {
        left -= reader->have;
        reader->have = 0;
        if (!read_more(reader))
            return false;
    }
    reader->have -= left;
    memmove(reader->bytes, reader->bytes + left, reader->have);
    return true;
}
