/*
 * Tool calls of a run.
 */
#include "data/store/store_int.h"

#include <string.h>

enum err_code store_put_call(struct store *store, enum statement which, const struct tool_call *c,
                             struct err *err)
{
    return store_do(store, which,
                    (const struct param[]){
                        param_text(c->id), param_text(c->execution_id), param_text(c->status),
                        param_text(c->tool_path), param_text(c->namespace_), param_text(c->args_json),
                        param_text(c->result_json), param_text(c->error_text), param_number(c->started_at),
                        param_number(c->completed_at), param_number(c->duration_ms)},
                    err);
}

enum err_code store_import_call(struct store *store, const struct tool_call *call, struct err *err)
{
    return store_put_call(store, SQL_CALL, call, err);
}

static struct text first_segment(struct text path)
{
    const char *dot = path.s ? memchr(path.s, '.', path.n) : NULL;
    return dot ? (struct text){path.s, (size_t)(dot - path.s)} : path;
}

enum err_code store_start_call(struct store *store, const struct tool_call *c, struct err *err)
{
    return store_import_call(store,
                             &(struct tool_call){.id = c->id,
                                                 .execution_id = c->execution_id,
                                                 .status = TEXT_LIT("running"),
                                                 .tool_path = c->tool_path,
                                                 .namespace_ = text_is_null(c->namespace_)
                                                                   ? first_segment(c->tool_path)
                                                                   : c->namespace_,
                                                 .args_json = c->args_json,
                                                 .started_at = c->started_at,
                                                 .completed_at = TIME_NONE,
                                                 .duration_ms = DURATION_NONE},
                             err);
}

enum err_code store_start_call_inside(struct store *store, struct run_ref ref, const struct tool_call *c,
                                      struct err *err)
{
    enum err_code code = store_change(
        store, SQL_CALL_INSIDE,
        (const struct param[]){
            param_text(c->id), param_text(ref.scope_id), param_text(c->tool_path),
            param_text(text_is_null(c->namespace_) ? first_segment(c->tool_path) : c->namespace_),
            param_text(c->args_json), param_number(c->started_at), param_text(ref.id)},
        "open run for tool call", err);
    return code == ERR_NOT_FOUND
               ? err_set(err, code, "%s: run %.*s has ended", store->path, (int)ref.id.n, ref.id.s)
               : code;
}

enum err_code store_finish_call(struct store *store, struct text id, const struct call_end *end,
                                struct err *err)
{
    return store_change(store, SQL_FINISH_CALL,
                        (const struct param[]){param_text(id), param_text(end->status),
                                               param_text(end->result_json), param_text(end->error_text),
                                               param_number(end->completed_at)},
                        "running tool call", err);
}
