/*
 * The life of the application, and its routes.
 */
#include "data/api/api_int.h"

#include "data/api/api_body.h"
#include "data/base/clock.h"
#include "data/base/die.h"
#include "data/sqlite/source_sqlite.h"

#include <stdlib.h>

/* ---- responses ---- */

void api_response_init(struct api_response *response)
{
    *response = (struct api_response){.status = 200, .content_type = "application/json"};
    buf_init(&response->body, API_BODY_MAX);
}

void api_response_release(struct api_response *response)
{
    buf_release(&response->body);
}

void api_fail(struct api_response *response, enum err_code code, const struct err *err)
{
    response->why = *err;
    switch (code) {
    case ERR_CANCELLED:
        api_refuse(response, 503, "ServiceUnavailable",
                   "the answer took too long, or the server is ending: try again, or ask for less");
        break;
    case ERR_BUSY:
        api_refuse(response, 503, "ServiceUnavailable", "the database is locked at the moment: try again");
        break;
    case ERR_TOO_BIG:
        api_refuse(response, 500, "InternalError",
                   "a value in the database is larger than this server reads");
        break;
    default:
        api_refuse(response, 503, "ServiceUnavailable",
                   "the database cannot be read at the moment: the server's log says why");
    }
}

/* ---- routes ---- */

typedef void answer_run(struct api *api, const struct api_request *request, struct text id,
                        struct api_response *response);

static bool is_reading(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static void refuse_method(struct api_response *response, const char *allow, const char *message)
{
    response->allow = allow;
    api_refuse(response, 405, "MethodNotAllowed", message);
}

static void refuse_route(struct api_response *response)
{
    api_refuse(response, 404, "RouteNotFound",
               "there is nothing at this path: /api/executions is the list of runs");
}

static void read_only(struct api_response *response)
{
    refuse_method(response, "GET, HEAD", "this can only be read");
}

static void answer_collection(struct api *api, const struct api_request *request,
                              struct api_response *response)
{
    if (is_reading(request->method))
        api_list(api, request, response);
    else
        refuse_method(response, "GET, HEAD",
                      "this server shows and keeps history, it runs no code: only executors do");
}

static void answer_stream(const struct api_request *request, struct api_response *response)
{
    if (!is_reading(request->method)) {
        read_only(response);
        return;
    }
    response->content_type = "text/event-stream";
    response->is_stream = true;
}

/* "ID", "ID/tool-calls" or "ID/resume". */
static void answer_below(struct api *api, const struct api_request *request, const char *rest,
                         struct api_response *response)
{
    struct text id = {rest, strcspn(rest, "/")};
    const char *part = rest + id.n;
    bool is_resume = strcmp(part, "/resume") == 0;
    answer_run *answer = !*part                             ? api_detail
                         : strcmp(part, "/tool-calls") == 0 ? api_tool_calls
                         : is_resume                        ? api_resume
                                                            : NULL;
    if (!answer || !id.n)
        refuse_route(response);
    else if (is_resume && strcmp(request->method, "POST") != 0)
        refuse_method(response, "POST", "an answer is sent by POST");
    else if (!is_resume && !is_reading(request->method))
        read_only(response);
    else
        answer(api, request, id, response);
}

/* The rest of the path behind a beginning that ends where a segment ends; NULL. */
static const char *behind(const char *path, const char *beginning)
{
    size_t n = strlen(beginning);
    return strncmp(path, beginning, n) == 0 && (path[n] == '/' || path[n] == '\0') ? path + n : NULL;
}

void api_answer(struct api *api, const struct api_request *request, struct api_response *response)
{
    const char *inner = behind(request->path, "/api"), *path = inner ? inner : request->path;
    const char *rest = behind(path, "/executions");
    if (rest && !*rest)
        answer_collection(api, request, response);
    else if (rest && strcmp(rest, "/stream") == 0)
        answer_stream(request, response);
    else if (rest)
        answer_below(api, request, rest + 1, response);
    else if (strcmp(path, "/scope") != 0)
        refuse_route(response);
    else if (!is_reading(request->method))
        read_only(response);
    else
        api_scope(api, request, response);
}

/* ---- the revision ---- */

/* From a thread of the source. */
static void on_news(void *context, unsigned events)
{
    struct api *api = context;
    (void)events;
    pthread_mutex_lock(&api->mutex);
    pthread_cond_broadcast(&api->moved);
    pthread_mutex_unlock(&api->mutex);
}

uint64_t api_revision(struct api *api)
{
    return source_sqlite_revision(api->source);
}

bool api_is_stopped(struct api *api)
{
    pthread_mutex_lock(&api->mutex);
    bool is_stopped = api->is_stopped;
    pthread_mutex_unlock(&api->mutex);
    return is_stopped;
}

bool api_wait(struct api *api, uint64_t seen, int timeout_ms)
{
    int64_t deadline = clock_ms() + timeout_ms, left;
    pthread_mutex_lock(&api->mutex);
    while (!api->is_stopped && source_sqlite_revision(api->source) == seen &&
           (left = deadline - clock_ms()) > 0)
        clock_wait(&api->moved, &api->mutex, left);
    bool has_moved = !api->is_stopped && source_sqlite_revision(api->source) != seen;
    pthread_mutex_unlock(&api->mutex);
    return has_moved;
}

/* ---- life ---- */

static void free_api(struct api *api)
{
    pthread_cond_destroy(&api->freed);
    pthread_cond_destroy(&api->moved);
    pthread_cond_destroy(&api->busy);
    pthread_mutex_destroy(&api->mutex);
    free(api->path);
    free(api->scope);
    free(api);
}

enum err_code api_open(const struct api_options *options, struct api **out, struct err *err)
{
    struct api *api = mem_new_array(1, sizeof *api);
    api->path = mem_strdup(options->path);
    api->scope = options->scope ? mem_strdup(options->scope) : NULL;
    api->question_ms = options->question_ms ? options->question_ms : API_QUESTION_MS;
    pthread_mutex_init(&api->mutex, NULL);
    clock_cond_init(&api->freed);
    clock_cond_init(&api->moved);
    clock_cond_init(&api->busy);
    struct source_options source_options = {.notify = on_news, .context = api, .lanes = API_LANES};
    enum err_code code = source_sqlite_open(options->path, &source_options, &api->source, err);
    if (code) {
        free_api(api);
        return code;
    }
    source_set_live(api->source, true);
    api_lanes_open(api);
    *out = api;
    return ERR_OK;
}

void api_stop(struct api *api)
{
    pthread_mutex_lock(&api->mutex);
    api->is_stopped = true;
    pthread_cond_broadcast(&api->freed);
    pthread_cond_broadcast(&api->moved);
    pthread_cond_signal(&api->busy);
    pthread_mutex_unlock(&api->mutex);
}

void api_close(struct api *api)
{
    if (!api)
        return;
    api_stop(api);
    api_lanes_close(api);
    source_close(api->source);
    free_api(api);
}
