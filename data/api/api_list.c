/*
 * The list. First what the source knows is brought up to what stands in the file, then it is asked like any
 * source; only the page is read from the table.
 */
#include "data/api/api_int.h"

#include "data/api/api_meta.h"
#include "data/api/api_params.h"
#include "data/base/die.h"
#include "data/sqlite/source_sqlite.h"
#include "data/wire.h"

#include <stdlib.h>

struct listing {
    struct api *api;
    struct api_lane *lane;
    const struct api_list_params *params;
    struct arena *arena;
    struct buf *out;
};

/* A cursor has no duration in it: the run that it names tells it. Where that run is gone the cursor counts as
 * absent. */
static enum err_code complete_cursor(const struct listing *listing, struct list_query *query, struct err *err)
{
    struct detail_reply reply;
    struct detail_query detail = {.id = mem_strdup(query->key.id),
                                  .scope = query->scope ? mem_strdup(query->scope) : NULL};
    enum err_code code =
        conn_detail(listing->lane->conn, &detail, &listing->lane->cancel, listing->arena, &reply, err);
    code = api_no_run(listing->api, code);
    if (!code)
        query->key.duration_ms = run_duration(&reply.detail.run);
    if (code == ERR_NOT_FOUND)
        query->anchor = ANCHOR_FIRST;
    free(detail.id);
    free(detail.scope);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

static struct list_query query_of(const struct listing *listing)
{
    const struct api_list_params *params = listing->params;
    struct list_query query = {.now = time_now(),
                               .scope = listing->api->scope ? mem_strdup(listing->api->scope) : NULL,
                               .sort = params->sort,
                               .anchor = params->has_cursor ? ANCHOR_AFTER : ANCHOR_FIRST,
                               .after = params->limit,
                               .want_full = true,
                               .wait_exact = true,
                               .cutoff = TIME_NONE};
    if (params->has_cursor)
        query.key = params->cursor;
    filter_copy(&query.filter, &params->filter);
    return query;
}

static enum err_code read_page(const struct listing *listing, struct list_reply *reply, struct err *err)
{
    struct list_query query = query_of(listing);
    enum err_code code = ERR_OK;
    if (query.anchor == ANCHOR_AFTER && query.sort.field == SORT_DURATION)
        code = complete_cursor(listing, &query, err);
    if (!code)
        code = conn_list(listing->lane->conn, &query, &listing->lane->cancel, listing->arena, reply, err);
    filter_release(&query.filter);
    free(query.scope);
    return code;
}

static enum err_code read_meta(const struct listing *listing, struct meta *meta, struct err *err)
{
    struct api_meta_question question = {.conn = listing->lane->conn,
                                         .filter = &listing->params->filter,
                                         .scope = listing->api->scope,
                                         .now = time_now(),
                                         .cancel = &listing->lane->cancel};
    struct meta counted;
    enum err_code code = api_meta_read(&question, listing->arena, &counted, err);
    return code ? code : api_meta_narrow(&question, &counted, listing->arena, meta, err);
}

static void write_list(const struct listing *listing, const struct list_reply *reply, const struct meta *meta)
{
    enum { AROUND = 1024 };
    bool has_next = reply->count && !reply->is_last;
    size_t about = listing->arena->total + reply->count * AROUND;
    buf_fill(listing->out, ' ', about < API_BODY_MAX ? about : 0); /* room at once, and not by doubling */
    buf_clear(listing->out);
    wire_list_open(listing->out);
    for (size_t i = 0; i < reply->count; i++)
        wire_list_item(&reply->full[i], i == 0, listing->out);
    wire_list_close(has_next ? &reply->rows[reply->count - 1] : NULL, meta, listing->out);
}

static enum err_code answer_list(const struct listing *listing, struct err *err)
{
    struct list_reply reply;
    struct meta meta;
    enum err_code code = read_page(listing, &reply, err);
    if (!code && listing->params->wants_meta)
        code = read_meta(listing, &meta, err);
    if (!code)
        write_list(listing, &reply, listing->params->wants_meta ? &meta : NULL);
    return code;
}

static void list_by(const struct listing *listing, const struct api_request *request,
                    struct api_response *response)
{
    struct api *api = listing->api;
    struct err err;
    uint64_t revision, fingerprint = listing->params->fingerprint;
    enum err_code code = source_sqlite_sync(api->source, &listing->lane->cancel, &revision, &err);
    if (!code && api_is_known(api, request, fingerprint, revision, response))
        return;
    if (!code)
        code = answer_list(listing, &err);
    if (code)
        api_fail(response, code, &err);
    else
        api_finish_known(api, request, fingerprint, revision, response);
}

static void list_with(struct api *api, const struct api_request *request,
                      const struct api_list_params *params, struct api_response *response)
{
    struct err err;
    struct arena arena;
    bool is_searching = filter_keys_used(&params->filter) & 1u << FILTER_CODE;
    struct api_lane *lane = api_lane_take(api, request->is_gone, is_searching, &err);
    if (!lane) {
        api_fail(response, ERR_CANCELLED, &err);
        return;
    }
    arena_init(&arena);
    struct listing listing = {api, lane, params, &arena, &response->body};
    list_by(&listing, request, response);
    arena_release(&arena);
    api_lane_give(api, lane);
}

void api_list(struct api *api, const struct api_request *request, struct api_response *response)
{
    struct api_list_params params;
    if (api_list_params_read(request, &params, &response->body))
        list_with(api, request, &params, response);
    else
        response->status = 400;
    api_list_params_release(&params);
}
