/*
 * Runs: made, moved on, ended.
 */
#include "data/store/store_int.h"

enum err_code store_put_run(struct store *store, enum statement which, const struct run *r, struct err *err)
{
    return store_do(store, which,
                    (const struct param[]){param_text(r->id), param_text(r->scope_id), param_text(r->status),
                                           param_text(r->code), param_text(r->result_json),
                                           param_text(r->error_text), param_text(r->logs_json),
                                           param_number(r->started_at), param_number(r->completed_at),
                                           param_text(r->trigger_kind), param_text(r->trigger_meta_json),
                                           param_number(r->tool_call_count), param_number(r->created_at),
                                           param_number(r->updated_at)},
                    err);
}

enum err_code store_import_run(struct store *store, const struct run *run, struct err *err)
{
    return store_put_run(store, SQL_RUN, run, err);
}

enum err_code store_create_run(struct store *store, const struct run *r, struct err *err)
{
    return store_import_run(
        store,
        &(struct run){.id = r->id,
                      .scope_id = r->scope_id,
                      .status = text_is_null(r->status) ? TEXT_LIT("running") : r->status,
                      .code = r->code,
                      .started_at = r->started_at == TIME_NONE ? r->created_at : r->started_at,
                      .completed_at = TIME_NONE,
                      .trigger_kind = r->trigger_kind,
                      .trigger_meta_json = r->trigger_meta_json,
                      .created_at = r->created_at,
                      .updated_at = r->created_at},
        err);
}

enum err_code store_set_status(struct store *store, struct run_ref ref, struct text status, int64_t at,
                               struct err *err)
{
    return store_change_run(store, SQL_STATUS,
                            (const struct param[]){param_text(ref.scope_id), param_text(ref.id),
                                                   param_text(status), param_number(at)},
                            err);
}

enum err_code store_finish_run(struct store *store, struct run_ref ref, const struct run_end *end,
                               struct err *err)
{
    return store_change_run(store, SQL_FINISH,
                            (const struct param[]){param_text(ref.scope_id), param_text(ref.id),
                                                   param_text(end->status), param_text(end->result_json),
                                                   param_text(end->error_text), param_text(end->logs_json),
                                                   param_number(end->completed_at),
                                                   param_number(end->tool_call_count)},
                            err);
}
