/*
 * From a request of the library to one of the application, and back. The library calls three times: with the
 * head, with the body in pieces, and when it is whole. Who may not ask is told so at the head, before a byte
 * of the body is read.
 */
#include "data/serve/serve_accept.h"
#include "data/serve/serve_access.h"
#include "data/serve/serve_head.h"
#include "data/serve/serve_int.h"

#include "data/base/die.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_MAX = 1024 };

/* ---- sending ---- */

void serve_header(struct serve *serve, struct MHD_Response *response, const char *name, const char *value)
{
    (void)serve->library.add_response_header(response, name, value);
}

enum MHD_Result serve_send(struct serve *serve, struct MHD_Connection *connection, int status,
                           struct MHD_Response *response)
{
    char seconds[16];
    snprintf(seconds, sizeof seconds, "%d", SERVE_RETRY_AFTER_S);
    serve_header(serve, response, "Cache-Control", "no-cache");
    serve_header(serve, response, "X-Content-Type-Options", "nosniff");
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        serve_header(serve, response, "Retry-After", seconds);
    if (status == MHD_HTTP_UNAUTHORIZED)
        serve_header(serve, response, "WWW-Authenticate", "Bearer realm=\"executor-runs\"");
    enum MHD_Result result = serve->library.queue_response(connection, (unsigned)status, response);
    serve->library.destroy_response(response);
    return result;
}

enum MHD_Result serve_send_text(struct serve *serve, struct MHD_Connection *connection, int status,
                                const char *text)
{
    char page[PAGE_MAX];
    int n = snprintf(page, sizeof page, "%s\n", text);
    struct MHD_Response *response = serve->library.create_response_from_buffer(
        n < PAGE_MAX ? (size_t)n : PAGE_MAX - 1, page, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    serve_header(serve, response, "Content-Type", "text/plain; charset=utf-8");
    return serve_send(serve, connection, status, response);
}

/* ---- who asks ---- */

static const char *header(const struct serve *serve, struct MHD_Connection *connection, const char *name)
{
    return serve->library.lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static const struct {
    int status;
    const char *why;
} verdicts[] = {
    [SERVE_NOT_LOCAL] =
        {MHD_HTTP_FORBIDDEN,
         "Forbidden: this server answers to localhost, 127.0.0.1 and [::1]; another name takes a token"},
    [SERVE_FOREIGN] = {MHD_HTTP_FORBIDDEN, "Forbidden: pages of other sites may not ask"},
    [SERVE_NO_TOKEN] = {MHD_HTTP_UNAUTHORIZED, "a token is demanded: Authorization: Bearer <token>"},
    [SERVE_NOT_JSON] = {MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "the body must be Content-Type: application/json"},
    [SERVE_BAD_HOST] = {MHD_HTTP_BAD_REQUEST, "the header Host is no host"},
};

static enum serve_verdict judge(struct serve *serve, struct MHD_Connection *connection, const char *method)
{
    struct serve_claims claims = {.method = method,
                                  .host = header(serve, connection, "Host"),
                                  .origin = header(serve, connection, "Origin"),
                                  .fetch_site = header(serve, connection, "Sec-Fetch-Site"),
                                  .authorization = header(serve, connection, "Authorization"),
                                  .content_type = header(serve, connection, "Content-Type")};
    pthread_mutex_lock(&serve->token_mutex);
    struct serve_token token = serve->token;
    pthread_mutex_unlock(&serve->token_mutex);
    enum serve_verdict verdict = serve_access(&token, &claims);
    explicit_bzero(&token, sizeof token);
    return verdict;
}

static enum MHD_Result turn_away(struct serve *serve, struct MHD_Connection *connection,
                                 enum serve_verdict verdict)
{
    serve_log_say(&serve->log, "%s: %d %s", serve_link_of(serve, connection)->peer, verdicts[verdict].status,
                  verdicts[verdict].why);
    return serve_send_text(serve, connection, verdicts[verdict].status, verdicts[verdict].why);
}

/* ---- the answer ---- */

/* Compressed where that helps and is understood. The body is the response's afterwards. */
static struct MHD_Response *new_response(struct serve *serve, struct MHD_Connection *connection,
                                         struct buf *body)
{
    bool is_long = body->len >= SERVE_GZIP_MIN;
    char *packed = NULL;
    size_t size = 0;
    bool is_packed = is_long && serve->gzip &&
                     serve_accepts_gzip(header(serve, connection, "Accept-Encoding")) &&
                     serve_gzip_pack(serve->gzip, buf_as_text(body), &packed, &size);
    if (!is_packed) {
        size = body->len;
        packed = size ? buf_take(body) : NULL;
    }
    struct MHD_Response *response = serve->library.create_response_from_buffer(
        size, packed, packed ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!response)
        free(packed);
    else if (is_packed)
        serve_header(serve, response, "Content-Encoding", "gzip");
    return response;
}

/* Each waits in memory until its client has read it: many large ones that nobody reads are not to fill the machine. */
static bool hold(struct serve *serve, struct serve_link *link, size_t size)
{
    size_t before = atomic_fetch_add(&serve->held, size);
    link->held = size;
    return !before || size <= SERVE_HELD_ALWAYS || before + size <= serve->options.held_max;
}

static void let_go(struct serve *serve, struct serve_link *link)
{
    atomic_fetch_sub(&serve->held, link->held);
    link->held = 0;
}

static enum MHD_Result refuse_large(struct serve *serve, struct MHD_Connection *connection)
{
    struct serve_link *link = serve_link_of(serve, connection);
    let_go(serve, link);
    serve_log_say(&serve->log, "%s: 503 too many large answers wait for their clients", link->peer);
    return serve_send_text(serve, connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                           "too many large answers are on their way already: try again, or ask for less");
}

static enum MHD_Result send_answer(struct serve *serve, struct MHD_Connection *connection,
                                   struct api_response *answer)
{
    if (!hold(serve, serve_link_of(serve, connection), answer->body.len))
        return refuse_large(serve, connection);
    struct MHD_Response *response = new_response(serve, connection, &answer->body);
    if (!response)
        return MHD_NO;
    if (answer->status != MHD_HTTP_NOT_MODIFIED && answer->content_type)
        serve_header(serve, response, "Content-Type", answer->content_type);
    if (answer->etag[0])
        serve_header(serve, response, "ETag", answer->etag);
    if (answer->allow)
        serve_header(serve, response, "Allow", answer->allow);
    serve_header(serve, response, "Vary", "Accept-Encoding");
    return serve_send(serve, connection, answer->status, response);
}

struct params {
    struct api_param list[API_PARAMS_MAX + 1];
    size_t count;
};

static enum MHD_Result add_param(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    struct params *params = cls;
    if (params->count > API_PARAMS_MAX)
        return MHD_NO;
    params->list[params->count++] = (struct api_param){.name = key, .value = value ? value : ""};
    return MHD_YES;
}

static enum MHD_Result ask(struct serve *serve, struct MHD_Connection *connection,
                           const struct api_request *request)
{
    const struct serve_application *application = &serve->options.application;
    struct api_response answer;
    api_response_init(&answer);
    application->answer(application->context, request, &answer);
    bool is_awaited = !atomic_load(&serve->is_stopping) && !atomic_load(request->is_gone);
    if (answer.status >= MHD_HTTP_INTERNAL_SERVER_ERROR && is_awaited)
        serve_log_say(&serve->log, "%s: %d %s %.100s: %s", serve_link_of(serve, connection)->peer,
                      answer.status, request->method, request->path, answer.why.what);
    bool is_stream =
        answer.is_stream && strcmp(request->method, "HEAD") != 0; /* which has no body, not even an end */
    enum MHD_Result result =
        is_stream ? serve_stream(serve, connection) : send_answer(serve, connection, &answer);
    api_response_release(&answer);
    return result;
}

/* What stands at "/", for a person with a browser. */
static enum MHD_Result send_front(struct serve *serve, struct MHD_Connection *connection)
{
    char page[PAGE_MAX];
    const char *host = header(serve, connection, "Host");
    snprintf(page, sizeof page, "%s, served by executor-runs. To look at it: executor-runs http://%s/api",
             serve->options.name, host ? host : "HOST");
    return serve_send_text(serve, connection, MHD_HTTP_OK, page);
}

static enum MHD_Result answer_request(struct serve *serve, struct MHD_Connection *connection,
                                      const char *method, const char *path, struct text body)
{
    bool is_reading = !strcmp(method, "GET") || !strcmp(method, "HEAD");
    if (is_reading && !strcmp(path, "/"))
        return send_front(serve, connection);
    struct params params = {.count = 0};
    serve->library.get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_param, &params);
    if (params.count > API_PARAMS_MAX)
        return serve_send_text(serve, connection, MHD_HTTP_BAD_REQUEST, "too many parameters");
    struct api_request request = {.method = method,
                                  .path = path,
                                  .params = params.list,
                                  .param_count = params.count,
                                  .if_none_match = header(serve, connection, "If-None-Match"),
                                  .content_type = header(serve, connection, "Content-Type"),
                                  .body = body,
                                  .is_gone = &serve_link_of(serve, connection)->is_gone};
    return ask(serve, connection, &request);
}

/* ---- the library's calls ---- */

enum MHD_Result serve_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *bytes, size_t *size,
                                 void **state)
{
    (void)version;
    struct serve *serve = cls;
    struct buf *body = *state;
    if (!body) {
        *state = body = mem_new(sizeof *body);
        buf_init(body, SERVE_BODY_MAX);
        enum serve_verdict verdict = judge(serve, connection, method);
        return verdict == SERVE_LET_IN ? MHD_YES : turn_away(serve, connection, verdict);
    }
    if (*size) {
        buf_add(body, bytes, *size);
        *size = 0;
        return MHD_YES;
    }
    return answer_request(serve, connection, method, url, buf_as_text(body));
}

void serve_on_completed(void *cls, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode why)
{
    (void)why;
    struct serve *serve = cls;
    struct buf *body = *state;
    if (!body)
        return;
    buf_release(body);
    free(body);
    *state = NULL;
    struct serve_link *link = serve_link_of(serve, connection);
    if (!link)
        return;
    let_go(serve, link);
    atomic_fetch_add(&link->answered, 1);
}
