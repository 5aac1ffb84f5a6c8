/*
 * What a server means by what it answers. The status alone does not tell: the executor says 500 of a run that it does not know and of a
 * question that it cannot read, serves a web page with 200 for any address that is not the API's, and knows a 403 only for being called by another
 * name than localhost; what stands in front of it adds the rest.
 */
#include "data/http/http_fault.h"

#include "data/base/arena.h"
#include "data/base/timefmt.h"
#include "data/base/utf8.h"
#include "data/wire_read.h"

#include <stdio.h>
#include <strings.h>

enum { WORDS = 100, BODY_LOOKED_AT = 64 * 1024 };

/* One answer and what is known around it. */
struct fault {
    const struct http_answer *answer;
    const struct http_address *address;
    const char *auth_origin;
    const char *host; /* how the server is called */
    bool is_html, has_error;
    char tag[WORDS + 1], trace_id[WORDS + 1], message[WORDS + 1]; /* of a JSON body; "" absent */
};

/* ---- what there is ---- */

static const char *status_name(long status)
{
    static const struct {
        long status;
        const char *name;
    } names[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {407, "Proxy Authentication Required"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].status == status)
            return names[i].name;
    return status >= 500 ? "an error of the server" : status >= 400 ? "refused" : "unexpected";
}

/* The body after blanks and a byte order mark. */
static struct text content_of(const struct http_answer *answer)
{
    struct text body = buf_as_text(&answer->body);
    if (body.n >= 3 && !memcmp(body.s, "\xef\xbb\xbf", 3))
        body = (struct text){body.s + 3, body.n - 3};
    while (body.n && strchr(" \t\r\n", *body.s) && *body.s)
        body = (struct text){body.s + 1, body.n - 1};
    return body;
}

static bool starts_with(struct text body, const char *word)
{
    size_t n = strlen(word);
    return body.n >= n && !strncasecmp(body.s, word, n);
}

static bool is_html(const struct http_answer *answer)
{
    struct text body = content_of(answer);
    return !strcmp(answer->content_type, "text/html") ||
           !strcmp(answer->content_type, "application/xhtml+xml") || starts_with(body, "<!doctype html") ||
           starts_with(body, "<html");
}

static bool is_json(const struct http_answer *answer)
{
    struct text body = content_of(answer);
    if (strstr(answer->content_type, "json"))
        return true;
    bool is_untold = !answer->content_type[0] || !strcmp(answer->content_type, "text/plain");
    return is_untold && body.n && (*body.s == '{' || *body.s == '[');
}

static void read_error(struct fault *fault)
{
    struct arena arena;
    struct wire_error error;
    if (fault->answer->body.len > BODY_LOOKED_AT)
        return;
    arena_init(&arena);
    if (wire_read_error(content_of(fault->answer), &arena, &error)) {
        fault->has_error = !text_is_null(error.tag) || !text_is_null(error.trace_id);
        text_fold_space(error.tag, fault->tag, WORDS);
        text_fold_space(error.trace_id, fault->trace_id, WORDS);
        text_fold_space(error.message, fault->message, WORDS);
    }
    arena_release(&arena);
}

/* ---- what it means ---- */

static enum err_code denied_to_name(const struct fault *fault, struct err *err)
{
    const struct http_address *address = fault->address;
    err_set(err, ERR_DENIED,
            "%s forbids it (403 Forbidden): an executor that runs by itself only answers to localhost",
            fault->host);
    return err_hint(err, "Go there by ssh: ssh -L %d:localhost:%d %s, then http://localhost:%d",
                    address->port, address->port, address->host, address->port);
}

static bool is_called_localhost(const struct http_address *address)
{
    return !strcmp(address->host, "localhost") || !strcmp(address->host, "127.0.0.1") ||
           !strcmp(address->host, "::1");
}

static enum err_code denied(const struct fault *fault, struct err *err)
{
    long status = fault->answer->status;
    if (status == 403 && !strcmp(fault->answer->content_type, "text/plain") &&
        !is_called_localhost(fault->address))
        return denied_to_name(fault, err);
    if (!fault->auth_origin) {
        err_set(err, ERR_DENIED, "%s does not answer to everybody (%ld %s)", fault->host, status,
                status_name(status));
        return err_hint(err,
                        "Set EXECUTOR_RUNS_TOKEN, or token_file, token_command, user_file or cookie_file in "
                        "the config.");
    }
    err_set(err, ERR_DENIED, "%s refused %s (%ld %s)", fault->host, fault->auth_origin, status,
            status_name(status));
    return err_hint(err, status == 401 ? "It may have run out, or be for another server."
                                       : "It is known there, but may not look at this.");
}

/* The server's own /api, where that has not been tried. */
static bool suggest_api(const struct http_address *address, char *out, size_t size)
{
    const char *base = address->bases[0], *host = strstr(base, "://");
    if (!address->base_count || !host)
        return false;
    size_t n = (size_t)(host + 3 - base) + strcspn(host + 3, "/");
    snprintf(out, size, "%.*s/api", (int)n, base);
    for (size_t i = 0; i < address->base_count; i++)
        if (!strcmp(address->bases[i], out))
            return false;
    return true;
}

static enum err_code hint_where(const struct fault *fault, struct err *err)
{
    char api[200];
    if (suggest_api(fault->address, api, sizeof api))
        return err_hint(err, "Did you mean %s?", api);
    return err_hint(err,
                    "Did you mean another port or path? An executor's own is http://localhost:4788/api.");
}

static enum err_code web_page(const struct fault *fault, struct err *err)
{
    if (fault->answer->final_host[0]) {
        err_set(err, ERR_UNSUPPORTED, "%s sends us on to %s, and that is a web page: to sign in, it seems",
                fault->host, fault->answer->final_host);
        return err_hint(err,
                        "Set what signs you in: EXECUTOR_RUNS_TOKEN, or token_command or cookie_file in the "
                        "config.");
    }
    err_set(err, ERR_UNSUPPORTED, "%s answers, but that is a web page and not the API", fault->host);
    return hint_where(fault, err);
}

static enum err_code no_such(const struct fault *fault, enum http_expected expected, struct err *err)
{
    if (expected == HTTP_RUN) {
        err_set(err, ERR_NOT_FOUND, "%s knows no run of that id", fault->host);
        return err_hint(err, "Is the id whole? The run may be another server's.");
    }
    err_set(err, ERR_UNSUPPORTED, "%s answers, but has no such API (404 Not Found)", fault->host);
    return hint_where(fault, err);
}

static enum err_code not_waiting(const struct fault *fault, struct err *err)
{
    long status = fault->answer->status;
    if (fault->message[0])
        err_set(err, ERR_NOT_FOUND, "%s does not take the answer (%ld %s): %s", fault->host, status,
                status_name(status), fault->message);
    else
        err_set(err, ERR_NOT_FOUND, "%s says that the run does not wait for this answer (%ld)", fault->host,
                status);
    return err_hint(err, fault->message[0]
                             ? "Look at the run again: it tells what it waits for."
                             : "It was answered meanwhile, or its run has ended: look at it again.");
}

static enum err_code not_taken(const struct fault *fault, struct err *err)
{
    long status = fault->answer->status;
    err_set(err, ERR_USAGE, "%s does not take this answer (%ld %s)%s%s", fault->host, status,
            status_name(status), fault->message[0] ? ": " : "", fault->message);
    return err_hint(err, "Its schema says what is wanted: executor-runs show RUN tells it.");
}

static enum err_code busy(const struct fault *fault, struct err *err)
{
    char span[TIME_TEXT];
    long status = fault->answer->status;
    if (status == 429)
        err_set(err, ERR_BUSY, "%s is asked too often (429 Too Many Requests)", fault->host);
    else
        err_set(err, ERR_BUSY, "%s cannot answer now (%ld %s)", fault->host, status, status_name(status));
    if (fault->answer->retry_after_ms < 1000)
        return err_hint(err, "Try again in a moment.");
    span_format(fault->answer->retry_after_ms / 1000 * 1000, span);
    return err_hint(err, "Try again in %s: it says so itself.", span);
}

static enum err_code server_failed(const struct fault *fault, struct err *err)
{
    const char *between = fault->trace_id[0] ? ", trace " : "";
    err_set(err, ERR_IO, "%s failed at it: %s (%ld%s%s)", fault->host,
            fault->tag[0] ? fault->tag : status_name(fault->answer->status), fault->answer->status, between,
            fault->trace_id);
    return err_hint(err, "Try again; the server's own log says more.");
}

static enum err_code gateway(const struct fault *fault, struct err *err)
{
    long status = fault->answer->status;
    err_set(err, ERR_IO, "the proxy in front of %s did not reach the executor (%ld %s)", fault->host, status,
            status_name(status));
    return err_hint(err, "Is the executor running behind it? Try again in a moment.");
}

static enum err_code other_status(const struct fault *fault, struct err *err)
{
    long status = fault->answer->status;
    err_set(err, ERR_IO, "%s answered %ld %s%s%s", fault->host, status, status_name(status),
            fault->message[0] ? ": " : "", fault->message);
    return err_hint(err, status >= 500 ? "Try again; the server's own log says more."
                                       : "Is that the address of an executor's API?");
}

static enum err_code other_content(const struct fault *fault, struct err *err)
{
    const char *type = fault->answer->content_type;
    if (!fault->answer->body.len)
        err_set(err, ERR_UNSUPPORTED, "%s answers with nothing where JSON was expected", fault->host);
    else
        err_set(err, ERR_UNSUPPORTED, "%s answers with %s where JSON was expected", fault->host,
                type[0] ? type : "something else");
    return hint_where(fault, err);
}

static enum err_code of_status(const struct fault *fault, enum http_expected expected, struct err *err)
{
    long status = fault->answer->status;
    if (status == 401 || status == 403)
        return denied(fault, err);
    if (status == 429 || status == 503)
        return busy(fault, err);
    if (fault->is_html && status < 500)
        return web_page(fault, err);
    if (expected == HTTP_RESUME && (status == 404 || status == 409 || status == 410))
        return not_waiting(fault, err);
    if (expected == HTTP_RESUME && (status == 400 || status == 413 || status == 415 || status == 422))
        return not_taken(fault, err);
    if (status == 404 || (expected == HTTP_RUN && fault->has_error && (status == 400 || status == 500)))
        return no_such(fault, expected, err);
    if (status >= 500 && fault->has_error)
        return server_failed(fault, err);
    if (status == 502 || status == 504)
        return gateway(fault, err);
    return other_status(fault, err);
}

enum err_code http_fault(const struct http_answer *answer, enum http_expected expected,
                         const struct http_address *address, const char *auth_origin, struct err *err)
{
    if (answer->code != ERR_OK) {
        if (err)
            *err = answer->err;
        return answer->code;
    }
    bool is_good = answer->status >= 200 && answer->status < 300;
    if (is_good && is_json(answer))
        return ERR_OK;
    struct fault fault = {
        .answer = answer,
        .address = address,
        .auth_origin = auth_origin,
        .host = address->label[0] ? address->label : address->host,
        .is_html = is_html(answer),
    };
    if (!is_good) {
        read_error(&fault);
        return of_status(&fault, expected, err);
    }
    return fault.is_html ? web_page(&fault, err) : other_content(&fault, err);
}
