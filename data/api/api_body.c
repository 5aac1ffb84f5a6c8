/*
 * See api_body.h. A message is for a person who reads an answer: it may quote what was sent, never a path of
 * this machine.
 */
#include "data/api/api_body.h"

#include "data/text/json_put.h"

static void put_member(const char *name, const char *value, struct buf *out)
{
    buf_printf(out, "\"%s\":", name);
    json_put_string(out, text_of(value));
}

static void put_issue(const struct api_issue *issue, struct buf *out)
{
    buf_char(out, '{');
    put_member("_tag", issue->tag, out);
    buf_str(out, ",\"path\":[");
    if (*issue->path)
        json_put_string(out, text_of(issue->path));
    buf_str(out, "],");
    put_member("message", issue->message, out);
    buf_char(out, '}');
}

static void put_message(const struct api_issue *issue, struct buf *out)
{
    struct buf message;
    buf_init(&message, API_VALUE_MAX + 256);
    buf_printf(&message, "%s%s%s", issue->path, *issue->path ? ": " : "", issue->message);
    buf_char(out, ',');
    put_member("message", buf_cstr(&message), out);
    buf_release(&message);
}

void api_body_issues(const struct api_issue *issues, size_t count, struct buf *out)
{
    buf_str(out, "{\"issues\":[");
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(out, ',');
        put_issue(&issues[i], out);
    }
    buf_char(out, ']');
    put_message(&issues[0], out);
    buf_str(out, ",\"_tag\":\"HttpApiDecodeError\"}");
}

void api_body_not_found(const char *execution_id, struct buf *out)
{
    buf_str(out, "{\"_tag\":\"ExecutionNotFoundError\",");
    put_member("executionId", execution_id, out);
    buf_char(out, '}');
}

void api_refuse(struct api_response *response, int status, const char *tag, const char *message)
{
    response->status = status;
    buf_clear(&response->body);
    buf_char(&response->body, '{');
    put_member("_tag", tag, &response->body);
    buf_char(&response->body, ',');
    put_member("message", message, &response->body);
    buf_char(&response->body, '}');
}
