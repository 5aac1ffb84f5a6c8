/*
 * Runs: made, moved on, ended, and found again where their end is missing.
 */
#include "data/store/store_int.h"

#include <sqlite3.h>

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

enum err_code store_set_logs(struct store *store, struct run_ref ref, struct text logs_json, int64_t at,
                             struct err *err)
{
    return store_change_run(store, SQL_LOGS,
                            (const struct param[]){param_text(ref.scope_id), param_text(ref.id),
                                                   param_text(logs_json), param_number(at)},
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

/* ---- an end that takes everything with it ---- */

static enum err_code end_parts(struct store *store, struct text id, int64_t at, struct text why,
                               struct err *err)
{
    const struct param params[] = {param_text(id), param_number(at), param_text(why)};
    enum err_code code = store_do(store, SQL_END_CALLS, params, err);
    return code ? code : store_do(store, SQL_END_QUESTIONS, params, err);
}

enum err_code store_end_run(struct store *store, struct run_ref ref, const struct run_end *end,
                            struct text unfinished, struct err *err)
{
    enum err_code code = store_step_begin(store, err);
    if (code)
        return code;
    code = store_change_run(store, SQL_END,
                            (const struct param[]){param_text(ref.scope_id), param_text(ref.id),
                                                   param_text(end->status), param_text(end->result_json),
                                                   param_text(end->error_text), param_text(end->logs_json),
                                                   param_number(end->completed_at)},
                            err);
    if (!code)
        code = end_parts(store, ref.id, end->completed_at, unfinished, err);
    return store_step_end(store, code, err);
}

enum err_code store_abandon_run(struct store *store, struct run_ref ref, struct text why, int64_t at,
                                bool *changed, struct err *err)
{
    *changed = false;
    enum err_code code = store_step_begin(store, err);
    if (code)
        return code;
    code = store_do(store, SQL_ABANDON,
                    (const struct param[]){param_text(ref.scope_id), param_text(ref.id), param_text(why),
                                           param_number(at)},
                    err);
    *changed = !code && sqlite3_changes(store->db) > 0;
    if (*changed)
        code = end_parts(store, ref.id, at, why, err);
    code = store_step_end(store, code, err);
    *changed = *changed && !code;
    return code;
}

/* ---- runs without an end ---- */

enum err_code store_open_runs(struct store *store, struct arena *arena, struct store_open_run **runs,
                              size_t *count, struct err *err)
{
    struct sqlite3_stmt *row;
    *count = 0;
    *runs = arena_array(arena, STORE_OPEN_RUNS_MAX, sizeof **runs);
    enum err_code code = store_look(
        store, SQL_OPEN_RUNS,
        (const struct param[]){param_number(STORE_OPEN_META_MAX), param_number(STORE_OPEN_RUNS_MAX)}, &row,
        err);
    while (!code && row && *count < STORE_OPEN_RUNS_MAX && arena->total < STORE_OPEN_BYTES_MAX) {
        (*runs)[(*count)++] = (struct store_open_run){
            .scope_id = arena_text(arena, store_column_text(row, 0)),
            .id = arena_text(arena, store_column_text(row, 1)),
            .trigger_meta_json = arena_text(arena, store_column_text(row, 2)),
        };
        code = store_look_on(store, &row, err);
    }
    store_looked(row);
    return code;
}
