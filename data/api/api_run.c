/*
 * One run, its calls, and which scope is served. A run is read from the table itself, so nothing has to be
 * counted first.
 */
#include "data/api/api_int.h"

#include "data/api/api_body.h"
#include "data/base/die.h"
#include "data/sqlite/source_sqlite.h"
#include "data/wire.h"

#include <stdlib.h>
#include <unistd.h>

/* Without the file no run is there either, but that is another matter. */
enum err_code api_no_run(const struct api *api, enum err_code code)
{
    return code == ERR_NOT_FOUND && access(api->path, F_OK) != 0 ? ERR_IO : code;
}

enum err_code api_read_run(struct api *api, struct text id, struct arena *arena, struct detail_reply *reply,
                           struct err *err)
{
    struct api_lane *lane = api_lane_take(api, NULL, false, err);
    if (!lane)
        return ERR_CANCELLED;
    struct detail_query query = {.id = mem_strndup(id.s, id.n),
                                 .scope = api->scope ? mem_strdup(api->scope) : NULL};
    enum err_code code = conn_detail(lane->conn, &query, &lane->cancel, arena, reply, err);
    free(query.id);
    free(query.scope);
    api_lane_give(api, lane);
    return api_no_run(api, code);
}

void api_run_not_found(struct text id, struct api_response *response)
{
    char *name = mem_strndup(id.s, id.n);
    response->status = 404;
    api_body_not_found(name, &response->body);
    free(name);
}

typedef void write_run(const struct detail_reply *reply, struct buf *out);

static void write_detail(const struct detail_reply *reply, struct buf *out)
{
    wire_detail(&reply->detail, out);
}

static void write_calls(const struct detail_reply *reply, struct buf *out)
{
    wire_tool_calls(reply->calls, reply->call_count, out);
}

static void answer_run(struct api *api, const struct api_request *request, struct text id, write_run *write,
                       struct api_response *response)
{
    struct err err;
    struct arena arena;
    struct detail_reply reply;
    arena_init(&arena);
    enum err_code code = api_read_run(api, id, &arena, &reply, &err);
    if (code == ERR_NOT_FOUND) {
        api_run_not_found(id, response);
    } else if (code) {
        api_fail(response, code, &err);
    } else {
        write(&reply, &response->body);
        api_finish(request, response);
    }
    arena_release(&arena);
}

void api_detail(struct api *api, const struct api_request *request, struct text id,
                struct api_response *response)
{
    answer_run(api, request, id, write_detail, response);
}

void api_tool_calls(struct api *api, const struct api_request *request, struct text id,
                    struct api_response *response)
{
    answer_run(api, request, id, write_calls, response);
}

/* ---- the scope ---- */

/* A scope's id is its name, a dash and eight hexadecimal digits. */
static struct text name_of(struct text id)
{
    enum { HASH_CHARS = 8 };
    if (id.n <= HASH_CHARS + 1 || id.s[id.n - HASH_CHARS - 1] != '-')
        return id;
    for (size_t i = id.n - HASH_CHARS; i < id.n; i++)
        if (!strchr("0123456789abcdef", id.s[i]))
            return id;
    return (struct text){id.s, id.n - HASH_CHARS - 1};
}

/* Where the file stands is nobody's concern but this machine's: its name alone. */
static struct text place_of(const struct api *api)
{
    const char *slash = strrchr(api->path, '/');
    return text_of(slash ? slash + 1 : api->path);
}

static void put_scope(const struct api *api, struct text id, struct buf *out)
{
    struct text place = place_of(api);
    api_body_member("id", id, out);
    api_body_member("name", text_is_null(id) ? place : name_of(id), out);
    api_body_member("dir", place, out);
}

static void write_scopes(const struct api *api, const struct facet_value *scopes, size_t count,
                         struct buf *out)
{
    buf_char(out, '{');
    put_scope(api, count == 1 ? scopes[0].word : TEXT_NULL, out);
    buf_str(out, ",\"stack\":[");
    for (size_t i = 0; i < count; i++) {
        buf_str(out, i ? ",{" : "{");
        put_scope(api, scopes[i].word, out);
        buf_char(out, '}');
    }
    buf_str(out, "]}");
}

/* All that the file holds. */
static enum err_code read_scopes(struct api *api, struct api_lane *lane, struct arena *arena,
                                 struct meta *meta, struct err *err)
{
    uint64_t revision;
    struct meta_query query = {.now = time_now(), .wait_exact = true};
    enum err_code code = source_sqlite_sync(api->source, &lane->cancel, &revision, err);
    return code ? code : conn_meta(lane->conn, &query, &lane->cancel, arena, meta, err);
}

static void answer_scopes(struct api *api, const struct api_request *request, struct api_response *response)
{
    struct err err;
    struct arena arena;
    struct meta meta;
    struct api_lane *lane = api_lane_take(api, request->is_gone, false, &err);
    if (!lane) {
        api_fail(response, ERR_CANCELLED, &err);
        return;
    }
    arena_init(&arena);
    enum err_code code = read_scopes(api, lane, &arena, &meta, &err);
    if (code) {
        api_fail(response, code, &err);
    } else {
        write_scopes(api, meta.scopes.values, meta.scopes.count, &response->body);
        api_finish(request, response);
    }
    arena_release(&arena);
    api_lane_give(api, lane);
}

void api_scope(struct api *api, const struct api_request *request, struct api_response *response)
{
    if (!api->scope) {
        answer_scopes(api, request, response);
        return;
    }
    write_scopes(api, &(struct facet_value){.word = text_of(api->scope)}, 1, &response->body);
    api_finish(request, response);
}
