/*
 * See script_meta.h.
 */
#include "tui/script_meta.h"

#include "data/api/api_meta.h"
#include "data/base/die.h"

#include <stdlib.h>

struct list_query script_list_query(const struct script *script)
{
    struct list_query query = {.now = script->now,
                               .scope = script->args.scope ? mem_strdup(script->args.scope) : NULL,
                               .sort = script->args.sort,
                               .anchor = ANCHOR_FIRST,
                               .wait_exact = true,
                               .cutoff = TIME_NONE};
    filter_copy(&query.filter, &script->args.filter);
    return query;
}

void script_list_release(struct list_query *query)
{
    filter_release(&query->filter);
    free(query->scope);
}

static struct api_meta_question question_of(const struct script *script)
{
    return (struct api_meta_question){.conn = script->conn,
                                      .filter = &script->args.filter,
                                      .scope = script->args.scope,
                                      .now = script->now};
}

enum err_code script_meta(struct script *script, struct arena *arena, struct meta *meta, struct err *err)
{
    struct api_meta_question question = question_of(script);
    return api_meta_read(&question, arena, meta, err);
}

enum err_code script_meta_of_api(struct script *script, const struct meta *meta, struct arena *arena,
                                 struct meta *out, struct err *err)
{
    struct api_meta_question question = question_of(script);
    return api_meta_narrow(&question, meta, arena, out, err);
}
