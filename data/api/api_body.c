/*
 * See api_body.h. A message is for a person who reads an answer: it may quote what was sent, never a path of
 * this machine.
 */
#include "data/api/api_body.h"

#include "data/text/json_put.h"

void api_body_member(const char *name, struct text value, struct buf *out)
{
    json_put_name(out, text_of(name));
    json_put_string(out, value);
}

static void put_issue(const struct api_issue *issue, struct buf *out)
{
    buf_char(out, '{');
    api_body_member("_tag", text_of(issue->tag), out);
    buf_str(out, ",\"path\":[");
    if (*issue->path)
        json_put_string(out, text_of(issue->path));
    buf_char(out, ']');
    api_body_member("message", text_of(issue->message), out);
    buf_char(out, '}');
}

static void put_message(const struct api_issue *issue, struct buf *out)
{
    struct buf message;
    buf_init(&message, API_VALUE_MAX + 256);
    buf_printf(&message, "%s%s%s", issue->path, *issue->path ? ": " : "", issue->message);
    api_body_member("message", buf_as_text(&message), out);
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
    buf_str(out, "{\"_tag\":\"ExecutionNotFoundError\"");
    api_body_member("executionId", text_of(execution_id), out);
    buf_char(out, '}');
}

void api_refuse(struct api_response *response, int status, const char *tag, const char *message)
{
    response->status = status;
    buf_clear(&response->body);
    buf_char(&response->body, '{');
    api_body_member("_tag", text_of(tag), &response->body);
    api_body_member("message", text_of(message), &response->body);
    buf_char(&response->body, '}');
}
