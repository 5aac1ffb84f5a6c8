/*
 * See script_walk.h.
 */
#include "tui/script_walk.h"

#include "data/base/die.h"
#include "tui/script_meta.h"

#include <stdlib.h>

enum { FLUSH_BYTES = 64 * 1024 };

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A wire cursor has no duration in it: the run itself tells it. Where the run is gone, the cursor counts as
 * absent. */
static enum err_code complete_cursor(struct script *script, struct row_key *key, bool *is_good,
                                     struct err *err)
{
    struct arena arena;
    struct detail_reply reply;
    arena_init(&arena);
    struct detail_query query = {.id = mem_strdup(key->id),
                                 .scope = script->args.scope ? mem_strdup(script->args.scope) : NULL};
    enum err_code code = conn_detail(script->conn, &query, NULL, &arena, &reply, err);
    if (!code)
        key->duration_ms = run_duration(&reply.detail.run);
    *is_good = !code;
    arena_release(&arena);
    free(query.id);
    free(query.scope);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

static enum err_code place_cursor(struct script *script, struct list_query *query, struct err *err)
{
    if (!script->args.is_cursor_good)
        return ERR_OK;
    query->key = script->args.cursor;
    bool is_good = true;
    enum err_code code = ERR_OK;
    if (query->sort.field == SORT_DURATION)
        code = complete_cursor(script, &query->key, &is_good, err);
    if (is_good)
        query->anchor = ANCHOR_AFTER;
    return code;
}

enum err_code script_walk_start(struct script_walk *walk, struct script *script, struct err *err)
{
    *walk = (struct script_walk){.script = script,
                                 .query = script_list_query(script),
                                 .page = WALK_ROW_PAGE,
                                 .left = script->args.limit};
    arena_init(&walk->arena);
    return place_cursor(script, &walk->query, err);
}

void script_walk_release(struct script_walk *walk)
{
    script_list_release(&walk->query);
    arena_release(&walk->arena);
}

static enum err_code write_page(struct script_walk *walk, walk_row *write, struct err *err)
{
    struct script *script = walk->script;
    struct list_reply reply;
    enum err_code code = conn_list(script->conn, &walk->query, NULL, &walk->arena, &reply, err);
    if (code)
        return code;
    walk->has_more = reply.count > 0 && !reply.is_last;
    for (size_t i = 0; i < reply.count && !code && !script->is_pipe_closed; i++) {
        code = write(walk, &reply, i, err);
        walk->written++;
        if (!code && (script->out.len >= FLUSH_BYTES || i + 1 == reply.count))
            code = script_flush(script, err);
    }
    if (reply.count) {
        walk->last = reply.rows[reply.count - 1];
        walk->query.key = run_row_key(&walk->last);
        walk->query.anchor = ANCHOR_AFTER;
    }
    walk->left -= (int64_t)reply.count;
    return code;
}

enum err_code script_walk_rows(struct script_walk *walk, walk_row *write, struct err *err)
{
    enum err_code code = ERR_OK;
    walk->has_more = true;
    while (!code && walk->has_more && walk->left > 0 && !walk->script->is_pipe_closed) {
        arena_release(&walk->arena);
        walk->query.after = (size_t)smaller(walk->page, walk->left);
        code = write_page(walk, write, err);
    }
    return code;
}
