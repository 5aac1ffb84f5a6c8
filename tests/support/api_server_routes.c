/*
 * The paths, and the mistakes: 400 and 404 with a _tag by contract, one and the same 500 from the real server.
 */
#include "tests/support/api_server_routes.h"

#include "tests/support/api_server_json.h"
#include "tests/support/api_server_list.h"
#include "tests/support/api_server_params.h"
#include "tests/support/api_server_resume.h"

#include <string.h>

enum { BODY_MAX = 256 << 20, HEADERS_MAX = 1 << 16 };

#define JSON_TYPE "application/json"
#define WEB_PAGE                                                                                             \
    "<!doctype html>\n<html><head><title>Executor</title></head><body><div "                                 \
    "id=\"root\"></div></body></html>\n"

void api_answer_init(struct api_answer *answer)
{
    *answer = (struct api_answer){.status = 200, .content_type = JSON_TYPE};
    buf_init(&answer->headers, HEADERS_MAX);
    buf_init(&answer->body, BODY_MAX);
}

void api_answer_release(struct api_answer *answer)
{
    buf_release(&answer->headers);
    buf_release(&answer->body);
}

static void internal_error(struct api_answer *answer)
{
    buf_clear(&answer->body);
    answer->status = 500;
    buf_str(&answer->body, "{\"traceId\":\"local-mwprbt8a-dz1xhb\",\"_tag\":\"InternalError\"}");
}

static void run_not_found(const char *id, bool is_real, struct api_answer *answer)
{
    if (is_real) {
        internal_error(answer);
        return;
    }
    answer->status = 404;
    buf_str(&answer->body, "{\"_tag\":\"ExecutionNotFoundError\",\"executionId\":");
    json_string(text_of(id), &answer->body);
    buf_char(&answer->body, '}');
}

static void route_not_found(bool is_real, struct api_answer *answer)
{
    if (is_real) {
        internal_error(answer);
        return;
    }
    answer->status = 404;
    answer->content_type = NULL;
}

/* ---- routes: the file was entered ---- */

static void answer_list(struct served_file *file, const char *query, bool is_real, struct api_answer *answer)
{
    struct arena arena;
    arena_init(&arena);
    struct list_params params;
    if (!list_params_read(query, &arena, &params, &answer->body)) {
        answer->status = 400;
        if (is_real)
            internal_error(answer);
    } else if (!list_write(file, &params, is_real, &answer->body)) {
        internal_error(answer);
    }
    arena_release(&arena);
}

static void answer_detail(struct served_file *file, const char *id, bool is_real, struct api_answer *answer)
{
    const struct served_run *run = served_run_find(&file->runs, id);
    bool is_foreign = false;
    if (!run)
        run_not_found(id, is_real, answer);
    else if (!json_detail(file, run->rowid, is_real, &is_foreign, &answer->body) || (is_real && is_foreign))
        internal_error(answer);
}

static void answer_tool_calls(struct served_file *file, const char *id, bool is_real,
                              struct api_answer *answer)
{
    if (served_run_find(&file->runs, id))
        json_tool_calls(file, id, &answer->body);
    else
        run_not_found(id, is_real, answer);
}

static void put_scope(const char *id, size_t name_len, struct buf *out)
{
    struct text name = {id, name_len};
    buf_str(out, "\"id\":");
    json_string(text_of(id), out);
    buf_str(out, ",\"name\":");
    json_string(name, out);
    buf_str(out, ",\"dir\":\"/home/dev/work\"");
}

/* The scope that is served alone, else that of the last run written. */
static void answer_scope(const struct served_file *file, struct buf *out)
{
    const struct served_runs *runs = &file->runs;
    const char *id = file->scope ? file->scope : runs->count ? runs->runs[runs->count - 1].scope : "empty";
    const char *dash = strrchr(id, '-');
    size_t name_len = dash ? (size_t)(dash - id) : strlen(id);
    buf_char(out, '{');
    put_scope(id, name_len, out);
    buf_str(out, ",\"stack\":[{");
    put_scope(id, name_len, out);
    buf_str(out, "}]}");
}

/* "ID" or "ID/tool-calls" */
static void answer_run(struct served_file *file, const char *rest, bool is_real, struct api_answer *answer)
{
    static const char suffix[] = "/tool-calls";
    size_t n = strcspn(rest, "/");
    struct arena arena;
    arena_init(&arena);
    char *id = percent_decode((struct text){rest, n}, false, &arena);
    if (!rest[n])
        answer_detail(file, id, is_real, answer);
    else if (strcmp(rest + n, suffix) == 0)
        answer_tool_calls(file, id, is_real, answer);
    else
        route_not_found(is_real, answer);
    arena_release(&arena);
}

static void answer_api(struct served_file *file, const char *path, const char *query, bool is_real,
                       struct api_answer *answer)
{
    static const char runs[] = "/executions/";
    if (strcmp(path, "/executions") == 0)
        answer_list(file, query, is_real, answer);
    else if (strcmp(path, "/scope") == 0)
        answer_scope(file, &answer->body);
    else if (strncmp(path, runs, sizeof runs - 1) == 0 && path[sizeof runs - 1])
        answer_run(file, path + sizeof runs - 1, is_real, answer);
    else
        route_not_found(is_real, answer);
}

/* ---- what stands before the routes ---- */

static bool is_local_name(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; host && i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (strncasecmp(host, names[i], n) == 0 && (host[n] == ':' || host[n] == '\0'))
            return true;
    }
    return false;
}

/* The rest of a path below the base, or NULL. */
static const char *below(const char *base, const char *path)
{
    size_t n = strlen(base);
    return strncmp(path, base, n) == 0 && (path[n] == '/' || path[n] == '\0') ? path + n : NULL;
}

static void answer_resume(struct served_file *file, const char *id, struct text body,
                          struct api_answer *answer)
{
    static const struct {
        int status;
        const char *body;
    } answers[] = {
        [SERVED_RESUMED] =
            {200, "{\"text\":\"Resumed\",\"structured\":{\"status\":\"running\"},\"isError\":false}"},
        [SERVED_NOT_WAITING] = {409, "{\"_tag\":\"ExecutionNotWaitingError\"}"},
        [SERVED_NO_ACTION] =
            {400, "{\"_tag\":\"HttpApiDecodeError\",\"issues\":[{\"_tag\":\"Type\",\"path\":[\"action\"],"
                  "\"message\":\"Expected accept, decline or cancel\"}]}"},
    };
    enum served_resume outcome = served_resume(file->path, id, body);
    if (outcome == SERVED_NO_RUN) {
        run_not_found(id, false, answer);
        return;
    }
    answer->status = answers[outcome].status;
    buf_str(&answer->body, answers[outcome].body);
}

/* "/executions/ID/resume" alone. */
static void answer_post(struct served_file *file, const char *path, const struct api_ask *ask,
                        struct api_answer *answer)
{
    static const char runs[] = "/executions/", suffix[] = "/resume";
    enum { BEFORE = sizeof runs - 1, BEHIND = sizeof suffix - 1 };
    size_t n = strlen(path);
    if (ask->is_real || n <= BEFORE + BEHIND || strncmp(path, runs, BEFORE) != 0 ||
        strcmp(path + n - BEHIND, suffix) != 0) {
        route_not_found(ask->is_real, answer);
        return;
    }
    struct arena arena;
    arena_init(&arena);
    answer_resume(file, percent_decode((struct text){path + BEFORE, n - BEFORE - BEHIND}, false, &arena),
                  ask->body, answer);
    arena_release(&arena);
}

static void answer_path(struct served_file *file, const struct api_ask *ask, struct api_answer *answer)
{
    const char *mark = strchr(ask->target, '?');
    size_t path_len = mark ? (size_t)(mark - ask->target) : strlen(ask->target);
    struct arena arena;
    arena_init(&arena);
    const char *path = below(ask->base, arena_strndup(&arena, ask->target, path_len));
    if (!path) {
        answer->content_type = "text/html;charset=utf-8";
        buf_str(&answer->body, WEB_PAGE);
    } else if (strcmp(ask->method, "POST") == 0) {
        answer_post(file, path, ask, answer);
    } else if (strcmp(ask->method, "GET") != 0) {
        route_not_found(ask->is_real, answer);
    } else if (served_file_enter(file)) {
        answer_api(file, path, mark ? mark + 1 : "", ask->is_real, answer);
        served_file_leave(file);
    } else {
        internal_error(answer);
    }
    arena_release(&arena);
}

void api_answer_make(struct served_file *file, const struct api_ask *ask, struct api_answer *answer)
{
    if (ask->is_real && !is_local_name(ask->host)) {
        answer->status = 403;
        answer->content_type = "text/plain;charset=utf-8";
        buf_str(&answer->body, "Forbidden");
    } else {
        answer_path(file, ask, answer);
    }
}
