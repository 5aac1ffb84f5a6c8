/*
 * Requests and their answers as values. Where the API is below the address is found by trying: the likeliest base is simply asked what was to be asked anyway, so that
 * a right guess costs nothing.
 */
#include "data/http/source_http_int.h"

#include "data/base/die.h"
#include "data/http/http_url.h"

#include <inttypes.h>
#include <stdlib.h>

enum { URL_MAX = 16 * 1024 };

/* ---- where the API is ---- */

static size_t base_of(struct http_source *source, bool *is_known)
{
    pthread_mutex_lock(&source->state);
    size_t at = source->base_at;
    *is_known = source->is_base_known;
    pthread_mutex_unlock(&source->state);
    return at;
}

static void set_base(struct http_source *source, size_t at)
{
    pthread_mutex_lock(&source->state);
    source->base_at = at;
    source->is_base_known = true;
    pthread_mutex_unlock(&source->state);
}

static enum err_code fault(const struct http_work *work, const struct http_answer *answer,
                           enum http_expected expected, struct err *err)
{
    return http_fault(answer, expected, &work->source->address, http_auth_origin(work->source->auth), err);
}

/* Whether there may be an API elsewhere below the address: something answered, and it was none. */
static bool is_elsewhere(enum err_code code)
{
    return code == ERR_UNSUPPORTED || code == ERR_NOT_FOUND || code == ERR_CORRUPT;
}

static bool is_list(const struct http_work *work, const struct http_answer *answer)
{
    struct arena arena;
    struct wire_page page;
    struct err err;
    arena_init(&arena);
    bool is_it = fault(work, answer, HTTP_LIST, &err) == ERR_OK &&
                 wire_read_list(buf_as_text(&answer->body), &arena, &page, &err) == ERR_OK;
    arena_release(&arena);
    return is_it;
}

/* Asks all the bases for a short list; false where none is the API's. */
static bool find_base(const struct http_work *work)
{
    const struct http_address *address = &work->source->address;
    char *urls[HTTP_BASES_MAX];
    struct http_answer answers[HTTP_BASES_MAX];
    for (size_t i = 0; i < address->base_count; i++) {
        struct buf url;
        buf_init(&url, URL_MAX);
        buf_printf(&url, "%s/executions?limit=1", address->bases[i]);
        buf_cstr(&url);
        urls[i] = buf_take(&url);
    }
    http_client_get(work->conn->client, (const char *const *)urls, address->base_count, work->cancel,
                    answers);
    bool is_found = false;
    for (size_t i = 0; i < address->base_count; i++) {
        if (!is_found && is_list(work, &answers[i])) {
            set_base(work->source, i);
            is_found = true;
        }
        http_answer_release(&answers[i]);
        free(urls[i]);
    }
    return is_found;
}

/* ---- one request ---- */

typedef enum err_code read_body(struct text body, struct arena *arena, void *out, struct err *err);

struct question {
    const char *path; /* behind the base, with its query */
    enum http_expected expected;
    read_body *read;
    void *out;
};

static enum err_code ask_base(const struct http_work *work, size_t base, const struct question *question,
                              struct arena *arena, struct http_answer *answer, struct err *err)
{
    struct buf url;
    buf_init(&url, URL_MAX);
    buf_printf(&url, "%s%s", work->source->address.bases[base], question->path);
    const char *urls[] = {buf_cstr(&url)};
    enum err_code code = ERR_OK;
    if (buf_is_cut(&url))
        code = err_set(err, ERR_TOO_BIG, "the question to %s is longer than %d bytes",
                       work->source->address.label, URL_MAX);
    http_client_get(work->conn->client, urls, code ? 0 : 1, work->cancel, answer);
    if (!code)
        code = fault(work, answer, question->expected, err);
    if (!code)
        code = question->read(buf_as_text(&answer->body), arena, question->out, err);
    buf_release(&url);
    return code;
}

/* An answer that concerns one run, or is not wanted any more, says nothing about the source; nor does the scope's, which may come from
 * before a list failed. */
static void note(const struct http_work *work, enum err_code code, enum http_expected expected,
                 const struct http_answer *answer, const struct err *err)
{
    if (code == ERR_CANCELLED || expected != HTTP_LIST)
        return;
    if (code == ERR_OK)
        http_note(work->source, NULL, -1);
    else
        http_note(work->source, err, answer->retry_after_ms);
}

static enum err_code ask(const struct http_work *work, const struct question *question, struct arena *arena,
                         int64_t *took_ms, struct err *err)
{
    bool is_known;
    size_t base = base_of(work->source, &is_known);
    struct http_answer answer = {0};
    enum err_code code = ask_base(work, base, question, arena, &answer, err);
    if (!code && !is_known && question->expected == HTTP_LIST)
        set_base(work->source, base);
    if (is_elsewhere(code) && !is_known && find_base(work)) {
        http_answer_release(&answer);
        code = ask_base(work, base_of(work->source, &is_known), question, arena, &answer, err);
    }
    if (took_ms)
        *took_ms = answer.took_ms;
    note(work, code, question->expected, &answer, err);
    http_answer_release(&answer);
    return code;
}

/* ---- lists ---- */

static void put_parameter(const char *name, int64_t value, struct buf *out)
{
    buf_printf(out, "&%s=%" PRId64, name, value);
}

static void write_list_path(const struct list_request *request, struct buf *out)
{
    buf_printf(out, "/executions?limit=%zu", request->limit);
    struct buf params;
    buf_init(&params, URL_MAX);
    http_params_write(request->params, &params);
    if (params.len)
        buf_printf(out, "&%s", buf_cstr(&params));
    buf_release(&params);
    if (request->bounds.from != INT64_MIN)
        put_parameter("from", request->bounds.from, out);
    if (request->bounds.to != INT64_MAX)
        put_parameter("to", request->bounds.to - 1, out);
    if (request->after != TIME_NONE)
        put_parameter("after", request->after, out);
    if (request->is_ascending)
        buf_str(out, "&sort=createdAt%2Casc");
    if (!text_is_null(request->cursor)) {
        buf_str(out, "&cursor=");
        http_escape(request->cursor, out);
    }
}

static enum err_code read_list(struct text body, struct arena *arena, void *out, struct err *err)
{
    return wire_read_list(body, arena, out, err);
}

enum err_code http_ask_list(const struct http_work *work, const struct list_request *request,
                            struct arena *arena, struct page_answer *answer, struct err *err)
{
    struct buf path;
    buf_init(&path, URL_MAX);
    write_list_path(request, &path);
    struct question question = {buf_cstr(&path), HTTP_LIST, read_list, &answer->page};
    enum err_code code = ask(work, &question, arena, &answer->took_ms, err);
    buf_release(&path);
    return code;
}

/* ---- runs ---- */

static char *run_url(const struct http_work *work, struct text id, const char *rest)
{
    bool is_known;
    struct buf url;
    buf_init(&url, URL_MAX);
    buf_printf(&url, "%s/executions/", work->source->address.bases[base_of(work->source, &is_known)]);
    http_escape(id, &url);
    buf_str(&url, rest);
    buf_cstr(&url);
    return buf_take(&url);
}

/* A run's address is no address before the base is known: what is not there could be the API itself. */
static enum err_code make_sure_of_base(const struct http_work *work, struct err *err)
{
    bool is_known;
    base_of(work->source, &is_known);
    if (is_known || find_base(work))
        return ERR_OK;
    struct arena arena;
    struct page_answer answer;
    struct list_request request = {
        .params = &(struct http_params){0}, .bounds = TIME_RANGE_ALL, .after = TIME_NONE, .limit = 1};
    arena_init(&arena);
    enum err_code code = http_ask_list(work, &request, &arena, &answer, err);
    arena_release(&arena);
    return code;
}

static enum err_code read_run(const struct http_work *work, const struct http_answer *answer,
                              struct arena *arena, struct run_detail *detail, struct err *err)
{
    enum err_code code = fault(work, answer, HTTP_RUN, err);
    if (!code)
        code = wire_read_detail(buf_as_text(&answer->body), arena, detail, err);
    if (!code)
        http_note(work->source, NULL, -1);
    return code;
}

enum err_code http_ask_run(const struct http_work *work, struct text id, struct arena *arena,
                           struct run_detail *detail, struct detail_reply *calls, struct err *err)
{
    enum err_code code = make_sure_of_base(work, err);
    if (code)
        return code;
    char *urls[] = {run_url(work, id, ""), run_url(work, id, "/tool-calls")};
    struct http_answer answers[2];
    size_t count = calls ? 2 : 1;
    http_client_get(work->conn->client, (const char *const *)urls, count, work->cancel, answers);
    code = read_run(work, &answers[0], arena, detail, err);
    if (!code && calls)
        code = fault(work, &answers[1], HTTP_RUN, err);
    if (!code && calls)
        code = wire_read_tool_calls(buf_as_text(&answers[1].body), arena, &calls->calls, &calls->call_count,
                                    err);
    for (size_t i = 0; i < count; i++)
        http_answer_release(&answers[i]);
    free(urls[0]);
    free(urls[1]);
    return code;
}

enum err_code http_ask_calls(const struct http_work *work, struct text id, struct detail_reply *reply,
                             struct err *err)
{
    enum err_code code = make_sure_of_base(work, err);
    if (code)
        return code;
    char *url = run_url(work, id, "/tool-calls");
    struct http_answer answer;
    http_client_get(work->conn->client, (const char *const *)&url, 1, work->cancel, &answer);
    code = fault(work, &answer, HTTP_RUN, err);
    if (!code)
        code = wire_read_tool_calls(buf_as_text(&answer.body), work->arena, &reply->calls, &reply->call_count,
                                    err);
    if (!code)
        http_note(work->source, NULL, -1);
    http_answer_release(&answer);
    free(url);
    return code;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

enum err_code http_ask_runs(const struct http_work *work, const struct text *ids, size_t count,
                            struct arena *arena, struct run_detail *details, enum err_code *codes,
                            struct err *err)
{
    enum err_code code = count ? make_sure_of_base(work, err) : ERR_OK;
    for (size_t at = 0; !code && at < count; at += HTTP_REQUESTS_MAX) {
        size_t n = smaller(count - at, HTTP_REQUESTS_MAX);
        char *urls[HTTP_REQUESTS_MAX];
        struct http_answer answers[HTTP_REQUESTS_MAX];
        for (size_t i = 0; i < n; i++)
            urls[i] = run_url(work, ids[at + i], "");
        http_client_get(work->conn->client, (const char *const *)urls, n, work->cancel, answers);
        for (size_t i = 0; i < n; i++) {
            struct err why;
            codes[at + i] = read_run(work, &answers[i], arena, &details[at + i], &why);
            if (codes[at + i] && codes[at + i] != ERR_NOT_FOUND && !code) {
                code = codes[at + i];
                *err = why;
            }
            http_answer_release(&answers[i]);
            free(urls[i]);
        }
    }
    return code;
}

char *http_events_url(struct http_source *source)
{
    bool is_known;
    struct buf url;
    size_t base = base_of(source, &is_known);
    if (!is_known)
        return NULL;
    buf_init(&url, URL_MAX);
    buf_printf(&url, "%s/executions/stream", source->address.bases[base]);
    buf_cstr(&url);
    return buf_take(&url);
}

char *http_resume_url(const struct http_work *work, struct text id)
{
    return run_url(work, id, "/resume");
}

/* ---- the scope ---- */

static enum err_code read_scope(struct text body, struct arena *arena, void *out, struct err *err)
{
    return wire_read_scope(body, arena, out, err);
}

static void copy_text(struct text text, char *out, size_t size)
{
    size_t n = smaller(text.n, size - 1);
    if (n)
        memcpy(out, text.s, n);
    out[n] = '\0';
}

enum err_code http_ask_scope(const struct http_work *work, struct err *err)
{
    struct arena arena;
    struct wire_scope scope;
    struct question question = {"/scope", HTTP_SCOPE, read_scope, &scope};
    struct http_source *source = work->source;
    pthread_mutex_lock(&source->state);
    bool was_asked = source->is_scope_asked;
    source->is_scope_asked = true;
    pthread_mutex_unlock(&source->state);
    if (was_asked)
        return ERR_OK;
    arena_init(&arena);
    enum err_code code = ask(work, &question, &arena, NULL, err);
    if (code == ERR_CANCELLED) {
        pthread_mutex_lock(&source->state);
        source->is_scope_asked = false;
        pthread_mutex_unlock(&source->state);
    }
    if (!code && scope.id.n < sizeof source->scope_id) {
        pthread_mutex_lock(&source->state);
        copy_text(scope.id, source->scope_id, sizeof source->scope_id);
        copy_text(scope.name, source->scope_name, sizeof source->scope_name);
        pthread_mutex_unlock(&source->state);
    }
    arena_release(&arena);
    return code;
}
